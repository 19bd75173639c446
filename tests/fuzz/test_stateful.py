"""The directed sequence: nothing on a sound mock, each fault of the state by operation and field."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from specledger.emit import mock as mock_emitter
from specledger.fuzz.outcome import Outcome
from specledger.fuzz.stateful import stateful
from specledger.fuzz.target import Target, within

from .conftest import Defect, Known, Patch, Serving, read, write
from .test_fuzz import COMMIT, DEFECTS, EDIT, LABEL, UPDATED, effects, open_schemas, resources

FLEETS = Path(__file__).resolve().parents[1] / "mock" / "inferred"


def driven(known: Known, target: Target, seed: int = 1) -> Outcome:
    return stateful(known.api, known.behavior, known.ledger, target, seed=seed)


def test_a_sound_mock_gives_no_failure_for_any_seed(depot: Known, notes: Known, target: Target) -> None:
    for known in (depot, notes):
        outcomes = [driven(known, target, seed) for seed in (1, 2, 3)]
        assert [outcome.failures for outcome in outcomes] == [()] * 3
        assert min(outcome.accepted for outcome in outcomes) > 10


def test_the_same_seed_sends_the_same(depot: Known, target: Target) -> None:
    first, again = driven(depot, target, 5), driven(depot, target, 5)
    assert (first.cases, first.accepted, first.notes) == (again.cases, again.accepted, again.notes)


def test_each_field_that_is_written_is_written_with_two_values_or_noted(depot: Known, target: Target) -> None:
    assert driven(depot, target).notes == ()


def _refusals(kind: str, **changes: object) -> Defect:
    """Returns a defect: another status or body for one kind of refusal of each operation."""

    def changed(known: Known) -> Known:
        found = {
            name: replace(effect, refusals={**effect.refusals, kind: replace(effect.refusals[kind], **changes)})
            for name, effect in known.behavior.effects.items()
        }
        return replace(known, behavior=replace(known.behavior, effects=found))

    return changed


MORE: dict[str, tuple[Defect, str, str]] = {
    "no name is unique": (resources(unique=()), EDIT, r"request\.body\.name"),
    "an immutable field can be sent": (
        Patch(
            "effect.py",
            UPDATED,
            "return {**stored, **sent, **({'made': '2030-01-01T00:00:00Z'} if 'weight' in sent else {})}",
        ),
        EDIT,
        r"response\.200\.body\.box\.made",
    ),
    "an unknown object is refused otherwise": (_refusals("unknown", status=404), EDIT, r"request\.path\.box"),
    "a refusal has another body": (_refusals("unknown", body={"reason": "{reason}"}), EDIT, r"response\.\d+\.body"),
    "a value that is taken is refused otherwise": (_refusals("taken", status=409), EDIT, r"request\.body\.name"),
    "where an object lies does not matter": (effects(within={}), EDIT, r"request\.path\.shelf"),
    "an answer has another status": (effects(status=201), EDIT, r"response\.(200|201)"),
    "the first object changes instead": (
        Patch(
            "effect.py",
            COMMIT,
            "identity = next(iter(self._collection.objects))\n        " + COMMIT,
        ),
        EDIT,
        r"request\.body\.\w+|request\.path\.box|response\.200\.body\.box\.\w+",
    ),
}
# What refuses an answer that would leave the spec hides it from the operation that shows the object.
ALL = {**DEFECTS, **MORE, "no body is validated": (open_schemas, LABEL, r"request\.body\.\w+")}


@pytest.mark.parametrize("name", ALL)
def test_a_seeded_defect_is_found_and_named(name: str, depot: Known, broken: Serving) -> None:
    defect, operation, at = ALL[name]
    with broken(defect) as target:
        outcome = driven(depot, target)
    named = [found for found in outcome.failures if found.operation == operation and re.fullmatch(at, found.at)]
    assert named, "\n".join(str(found) for found in outcome.failures)
    assert named[0].line > 0
    assert any(line.startswith("curl ") for line in named[0].excerpt)


def test_a_limit_that_is_one_off_is_found(depot: Known, broken: Serving) -> None:
    def loose(known: Known) -> Known:
        effect = known.behavior.effects["setLabel"]
        limits = tuple(replace(limit, bounds={"minimum": 1, "maximum": 51}) for limit in effect.limits)
        found = {**known.behavior.effects, "setLabel": replace(effect, limits=limits)}
        return replace(known, behavior=replace(known.behavior, effects=found))

    with broken(loose) as target:
        outcome = driven(depot, target)
    assert [(found.operation, found.at) for found in outcome.failures] == [(LABEL, "request.body.rank")]


def test_a_live_api_is_left_alone(depot: Known, target: Target) -> None:
    outcome = driven(depot, replace(target, bases=None))
    assert outcome.cases == 0
    assert outcome.notes


@pytest.fixture(scope="session")
def inferred(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Known], Path]:
    """Returns APIs that have no behavior.yaml, and the folder of their mock."""
    folder = tmp_path_factory.mktemp("inferred")
    known = {path.name: read(path) for path in sorted(FLEETS.iterdir())}
    write(dict(mock_emitter.emit([(one.api, one.behavior) for one in known.values()])), folder / "mock_server")
    return known, folder


def test_an_inferred_life_holds(inferred: tuple[dict[str, Known], Path]) -> None:
    known, folder = inferred
    with within(folder) as target:
        outcomes = [driven(one, target) for one in known.values()]
    assert [outcome.failures for outcome in outcomes] == [()] * len(outcomes)
    assert sum(outcome.accepted for outcome in outcomes) > 20


LIVES = {
    "created-not-found": Patch("state.py", "            collection.put(identity, new)", "            pass"),
    "not-persisted": Patch(
        "writing.py", "wanted = {**given, **self._defaults, **sent}", "wanted = {**given, **self._defaults}"
    ),
    "created-not-listed": Patch("listing.py", "every = self.collection.objects.values()", "every = []"),
    "deleted-found": Patch("state.py", "collection.remove(identity)", "pass"),
    "deleted-listed": Patch("state.py", "collection.remove(identity)", "pass"),
}


@pytest.mark.parametrize("code", LIVES)
def test_a_life_that_a_mock_breaks_is_found(code: str, inferred: tuple[dict[str, Known], Path], tmp_path: Path) -> None:
    known, defect = inferred[0]["tracker"], LIVES[code]
    write(dict(mock_emitter.emit([(known.api, known.behavior)])), tmp_path / "mock_server")
    path = tmp_path / "mock_server" / "src" / "specledger_mock" / defect.file
    text = path.read_text()
    assert defect.text in text, f"{defect.file} no longer has the text that this defect replaces"
    path.write_text(text.replace(defect.text, defect.instead))
    with within(tmp_path) as target:
        failures = driven(known, target).failures
    assert code in {found.code for found in failures}, "\n".join(map(str, failures))
    assert all(found.operation and found.line > 0 for found in failures)
