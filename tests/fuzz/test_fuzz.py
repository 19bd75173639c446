"""What schemathesis and our checks find: nothing on a sound mock, and each seeded defect by operation and field."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import httpx2
import pytest

from specledger.diagnostics import Failure
from specledger.fuzz import settings
from specledger.fuzz.run import run
from specledger.fuzz.target import Target, reach
from specledger.yaml12 import Json, JsonObject

from .conftest import Defect, Known, Patch, Serving

EDIT, LABEL = "PATCH /shelves/{shelf}/boxes/{box}", "POST /labels"
COMMIT = "self._state.commit(self._collection, identity, new)\n        return"
UPDATED = "return {**stored, **sent}"


def effects(**changes: object) -> Callable[[Known], Known]:
    """Returns a defect: other words for each operation in the mock's behavior.yaml."""

    def changed(known: Known) -> Known:
        found = {name: replace(effect, **changes) for name, effect in known.behavior.effects.items()}
        return replace(known, behavior=replace(known.behavior, effects=found))

    return changed


def resources(**changes: object) -> Callable[[Known], Known]:
    """Returns a defect: other words for each collection in the mock's behavior.yaml."""

    def changed(known: Known) -> Known:
        found = {name: replace(one, **changes) for name, one in known.behavior.resources.items()}
        return replace(known, behavior=replace(known.behavior, resources=found))

    return changed


def open_schemas(known: Known) -> Known:
    """Returns what a mock is made from that validates no body."""
    operations = tuple(
        replace(
            one,
            body=replace(
                one.body, content=tuple(replace(m, schema=relaxed(known, m.schema)) for m in one.body.content)
            ),
        )
        for one in known.api.operations
        if one.body
    )
    return replace(known, api=replace(known.api, operations=operations))


def relaxed(known: Known, schema: Json) -> JsonObject:
    """Returns the schema's properties without what it says about them."""
    found = known.api.resolve(schema)
    assert isinstance(found, dict)
    properties = found["properties"]
    assert isinstance(properties, dict)
    return {"properties": {name: {} for name in properties}}


# Each with what its diagnostic must name: the operation, and one of the places.
DEFECTS: dict[str, tuple[Defect, str, str]] = {
    "a merge clears": (effects(effect="replace"), EDIT, r"request\.body\.\w+"),
    "a replacement merges": (effects(effect="merge"), LABEL, r"request\.body\.(color|rank)"),
    "an unmapped field is stored": (effects(unmapped=()), EDIT, r"request\.body\.hint"),
    "a limit is not enforced": (effects(limits=()), LABEL, r"request\.body\.rank"),
    "whatever is owned will do": (effects(owned={}), EDIT, r"request\.body\.name"),
    "the scope does not matter": (effects(scope=""), EDIT, "security"),
    "a workspace is open to all": (resources(workspace=""), EDIT, "security"),
    "a timestamp stands still": (resources(touched=()), EDIT, r"response\.200\.body\.box\.changed"),
    "no body is validated": (open_schemas, EDIT, r"request\.body\.\w+"),
    "nothing is stored": (Patch("effect.py", COMMIT, "return"), EDIT, r"request\.body\.\w+"),
    "one field overwrites another": (
        Patch("effect.py", UPDATED, 'return {**stored, **sent, **({"note": "x"} if "weight" in sent else {})}'),
        EDIT,
        r"request\.body\.note",
    ),
    "a refusal has written already": (
        Patch(
            "effect.py",
            "        self._check_owned(caller, sent)\n",
            "        self._state.commit(self._collection, identity, self._updated(stored, sent))\n"
            "        self._check_owned(caller, sent)\n",
        ),
        LABEL,
        r"request\.body\.\w+",
    ),
    "another object changes as well": (
        Patch(
            "effect.py",
            COMMIT,
            "for key, other in list(self._collection.objects.items()):\n"
            "            self._state.commit(self._collection, key, {**other, 'weight': 9})\n"
            f"        {COMMIT}",
        ),
        EDIT,
        r"request\.body\.weight",
    ),
    "any credential will do": (
        Patch("operation.py", "if caller is None:", "caller = caller or self.gate.identities[0]\n        if False:"),
        EDIT,
        "security",
    ),
    "an answer leaves a field out": (
        Patch("effect.py", "value: Json = seen if", "seen.pop('weight', None)\n        value: Json = seen if"),
        EDIT,
        r"response\.200\.body\.box\.weight",
    ),
}


def test_a_sound_mock_gives_no_failure_and_the_same_cases_for_the_same_seed(depot: Known, target: Target) -> None:
    first = run(depot.api, depot.behavior, depot.ledger, target, seed=7, max_examples=25)
    again = run(depot.api, depot.behavior, depot.ledger, target, seed=7, max_examples=25)
    assert first.failures == ()
    assert first.accepted > 20
    assert (first.cases, first.accepted, first.failures) == (again.cases, again.accepted, again.failures)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_seeded_defect_is_found_and_named(name: str, depot: Known, broken: Serving) -> None:
    defect, operation, at = DEFECTS[name]
    with broken(defect) as target:
        outcome = run(depot.api, depot.behavior, depot.ledger, target, max_examples=12)
    named = [found for found in outcome.failures if found.operation == operation and re.fullmatch(at, found.at)]
    assert named, "\n".join(str(found) for found in outcome.failures)
    assert named[0].line > 0
    assert any(line.startswith("curl ") for line in named[0].excerpt)


def test_an_operation_that_takes_nothing_fails(depot: Known, broken: Serving) -> None:
    with broken(resources(seed=())) as target:
        outcome = run(depot.api, depot.behavior, depot.ledger, target, max_examples=5)
    assert {found.operation for found in outcome.failures if found.code == "missing-test-data"} == {EDIT, LABEL}


def test_a_diagnostic_names_the_line_of_the_page(depot: Known, broken: Serving) -> None:
    with broken(DEFECTS["a timestamp stands still"][0]) as target:
        outcome = run(depot.api, depot.behavior, depot.ledger, target, max_examples=5)
    found = next(found for found in outcome.failures if found.code == "not-touched")
    assert found.page == "boxes.txt:26"


def test_our_check_leaves_nothing_behind_in_schemathesis(depot: Known, target: Target) -> None:
    from schemathesis.checks import CHECKS

    run(depot.api, depot.behavior, depot.ledger, target, max_examples=1, phases=("examples",))
    assert "behavior_conformance" not in CHECKS.get_all_names()


def test_only_checks_that_cannot_accept_a_ruled_status_are_switched_off(depot: Known) -> None:
    edit, label = depot.api.operations
    # 400 for a missing credential in Authorization, and a unique name.
    off = {"positive_data_acceptance", "ignored_auth", "missing_required_header"}
    assert set(settings.switched_off(depot.api, depot.behavior, edit)) == off
    assert set(settings.switched_off(depot.api, depot.behavior, label)) == off - {"positive_data_acceptance"}


@pytest.mark.parametrize(
    ("url", "code", "exit_code"),
    [
        ("http://example.com:8800", "fuzz-live", 2),
        ("http://10.0.0.1", "fuzz-live", 2),
        ("ftp://127.0.0.1", "fuzz-url", 2),
        ("http://[::1", "fuzz-url", 2),
        ("127.0.0.1:8800", "fuzz-url", 2),
        ("http://127.0.0.1:1", "fuzz-unreachable", 1),
    ],
)
def test_an_address_that_cannot_be_fuzzed_is_refused_with_its_reason(url: str, code: str, exit_code: int) -> None:
    with httpx2.Client(trust_env=False) as client, pytest.raises(Failure) as failure:
        reach(url, client)
    assert failure.value.diagnostics[0].code == code
    assert failure.value.exit_code == exit_code


def test_a_server_that_goes_away_is_one_message(depot: Known, broken: Serving) -> None:
    with broken(effects()) as target:
        gone = replace(target)
    with httpx2.Client(trust_env=False) as client, pytest.raises(Failure) as failure:
        run(depot.api, depot.behavior, depot.ledger, replace(gone, client=client), max_examples=1)
    assert [found.code for found in failure.value.diagnostics] == ["fuzz-unreachable"]
