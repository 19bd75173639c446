"""Witnesses come from facts and rulings, stand on either side of each, and catch a mock that does otherwise."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from specledger.fuzz.proof import prove
from specledger.fuzz.target import Target
from specledger.fuzz.witness import Proof, Witness
from specledger.fuzz.witnesses import Plan, plan

from .conftest import SPECS, Defect, Known, Patch, Serving, read
from .test_fuzz import EDIT, LABEL, effects, open_schemas, resources

Reread = Callable[[str, str], Known]


def planned(known: Known) -> Plan:
    return plan(known.api, known.behavior, known.ledger)


def proved(known: Known, target: Target) -> Proof:
    return prove(known.api, known.behavior, list(planned(known).witnesses), target)


def of(known: Known, at: str, keyword: str) -> list[Witness]:
    """Returns the witnesses of one claim."""
    found = [w for w in planned(known).witnesses if w.at == at and w.entry.claim.keyword == keyword]
    assert found, (at, keyword)
    return found


@pytest.fixture
def reread(tmp_path: Path) -> Reread:
    """Returns a function that reads the API with one text of its facts changed."""

    def change(text: str, instead: str) -> Known:
        folder = tmp_path / "depot"
        shutil.copytree(SPECS / "depot", folder)
        files = [path for path in (folder / "facts").iterdir() if text in path.read_text()]
        assert len(files) == 1, text
        files[0].write_text(files[0].read_text().replace(text, instead))
        return read(folder)

    return change


def test_every_witness_holds_on_a_sound_mock(depot: Known, target: Target) -> None:
    proof = proved(depot, target)
    assert proof.failures == ()
    assert proof.unseen == ()
    assert proof.held == len(planned(depot).witnesses) > 200


def test_every_claim_has_a_witness_or_a_reason(depot: Known) -> None:
    found = planned(depot)
    reasons = {(str(one.entry.claim.at), one.entry.claim.keyword): one.reason for one in found.unwitnessed}
    assert all(reasons.values())
    # Both sides of a bound, and no reason.
    for at, keyword in (("request.body.weight", "maximum"), ("request.body.name", "minLength")):
        assert {witness.side for witness in of(depot, at, keyword)} == {"accept", "refuse"}
        assert (at, keyword) not in reasons


def test_the_sides_of_a_bound_lie_next_to_it(depot: Known) -> None:
    values = {
        side: [
            w.request.values(w.entry.claim.at)[0] for w in of(depot, "request.body.weight", "maximum") if w.side == side
        ]
        for side in ("accept", "refuse")
    }
    assert values["accept"][0] == 1000
    assert values["refuse"] == [1001]
    lengths = [len(str(w.request.values(w.entry.claim.at)[0])) for w in of(depot, "request.body.name", "maxLength")]
    assert {12, 13} <= set(lengths)


def test_a_conditional_is_met_and_kept_met_and_broken_and_not_met(depot: Known) -> None:
    found = [w for w in planned(depot).witnesses if w.at == "request.body.pin" and w.entry.claim.when]
    shown = [
        (w.side, dict(w.request.body).get("mode"), "pin" in w.request.body)
        for w in found
        if isinstance(w.request.body, dict)
    ]
    assert ("accept", "locked", True) in shown
    assert ("refuse", "locked", False) in shown
    assert any(side == "accept" and mode != "locked" and not pin for side, mode, pin in shown)


def test_each_value_of_an_enum_is_accepted_and_its_neighbours_are_not(depot: Known) -> None:
    found = of(depot, "request.body.mode", "enum")
    values = {
        side: [w.request.values(w.entry.claim.at)[0] for w in found if w.side == side] for side in ("accept", "refuse")
    }
    assert set(map(str, values["accept"])) == {"open", "locked"}
    assert "LOCKED" in values["refuse"]


@pytest.mark.parametrize(
    ("text", "instead", "operation", "at"),
    [
        ("maximum: 1000", "maximum: 999", EDIT, "request.body.weight"),
        ("maximum: 1000", "maximum: 1001", EDIT, "request.body.weight"),
        ("minLength: 3", "minLength: 6", EDIT, "request.body.name"),
        (
            "[open, locked], required: false, lines: [10",
            "[open, locked, ajar], required: false, lines: [10",
            EDIT,
            "request.body.mode",
        ),
        (
            "[open, locked], required: false, lines: [10",
            "[open], required: false, lines: [10",
            EDIT,
            "request.body.mode",
        ),
        (
            "request.body.weight, type: integer, required: false",
            "request.body.weight, type: integer, required: true",
            EDIT,
            "request.body.weight",
        ),
        (
            "request.body.text, type: string, required: true",
            "request.body.text, type: string, required: false",
            LABEL,
            "request.body.text",
        ),
        ("when: { mode: { enum: [locked] } }", "when: { mode: { enum: [open] } }", EDIT, "request.body.pin"),
        (
            "request.body.note, type: string, nullable: true",
            "request.body.note, type: string",
            EDIT,
            "request.body.note",
        ),
        ("request.body.weight, type: integer", "request.body.weight, type: number", EDIT, "request.body.weight"),
        ("effect: merge", "effect: replace", EDIT, "request.body"),
        ("effect: replace", "effect: merge", LABEL, "request.body"),
        ("minimum: 1, maximum: 50 }", "minimum: 1, maximum: 49 }", LABEL, "request.body.rank"),
        ("breaks: { color: red, rank: 3 }", "breaks: { color: red, rank: 1 }", LABEL, "request.body.color"),
        (
            "format: date-time, required: true, touched: true",
            "format: date-time, required: true, immutable: true",
            EDIT,
            "response.200.body.box.changed",
        ),
        ("{ at: response.503, refuses: [unknown]", "{ at: response.404, refuses: [unknown]", EDIT, "response.404"),
        (
            "response.200.body.box.weight, type: integer",
            "response.200.body.box.weight, type: string",
            EDIT,
            "response.200.body.box.weight",
        ),
    ],
)
def test_a_fact_that_the_mock_does_not_bear_out_fails_at_its_row(
    text: str, instead: str, operation: str, at: str, reread: Reread, target: Target
) -> None:
    known = reread(text, instead)
    failures = proved(known, target).failures
    named = [found for found in failures if (found.operation, found.at) == (operation, at)]
    assert named, "\n".join(map(str, failures))
    assert "facts/" in named[0].file
    assert named[0].page


@pytest.mark.parametrize(
    ("defect", "operation", "at"),
    [
        (effects(owned={}), EDIT, r"request\.body\.name|response\.400"),
        (effects(scope=""), EDIT, "security|response.400"),
        (effects(limits=()), LABEL, r"request\.body\.rank"),
        (effects(rules=()), LABEL, r"request\.body\.color"),
        (effects(effect="replace"), EDIT, r"request\.body"),
        (effects(unmapped=()), EDIT, r"request\.body\.hint"),
        (effects(within={}), EDIT, r"request\.path\.shelf"),
        (resources(unique=()), EDIT, r"request\.body\.name"),
        (resources(touched=()), EDIT, r"response\.200\.body\.box\.changed"),
        (open_schemas, EDIT, r"request\.body\..*"),
        (Patch("operation.py", 'raise Invalid("request.body: is required")', "pass"), EDIT, r"request\.body"),
    ],
    ids=lambda value: "" if callable(value) or isinstance(value, Patch) else None,
)
def test_a_defect_of_the_mock_fails_the_witness_of_its_fact(
    defect: Defect, operation: str, at: str, depot: Known, broken: Serving
) -> None:
    with broken(defect) as target:
        failures = proved(depot, target).failures
    named = [found for found in failures if found.operation == operation and re.fullmatch(at, found.at)]
    assert named, "\n".join(map(str, failures))


def test_witnesses_do_not_come_from_the_spec(depot: Known, reread: Reread, target: Target) -> None:
    """A keyword that only the spec has is witnessed by nobody."""
    known = reread(", minLength: 3", "")
    assert not [w for w in planned(known).witnesses if w.entry.claim.keyword == "minLength"]
