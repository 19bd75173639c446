"""Directed cases: nothing on a sound mock, and a forgotten bound at its operation and place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from specledger import behavior, ledger, spec
from specledger.emit import mock as mock_emitter
from specledger.fuzz.cases import Case, Unmade, cases, plan
from specledger.fuzz.directed import directed, send
from specledger.fuzz.positions import SILENT
from specledger.fuzz.request import MISSING
from specledger.fuzz.target import Target
from specledger.yaml12 import descend

from .conftest import Known, serving, write
from .directed.forgetful import Forgotten, contract_path, forgettable, read, served

HERE = Path(__file__).parent / "directed"
SAME = "without it the schema takes the same values"
# What is read-only is required of answers alone.
READ_ONLY = "definitions/Every/required id"
# All that JSON Schema 2020-12 asserts or applies, references and what the spec leaves to tools aside.
KEYWORDS = set(
    "type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern format"
    " maxItems minItems uniqueItems maxContains minContains maxProperties minProperties required dependentRequired"
    " allOf anyOf oneOf not if then else dependentSchemas prefixItems items contains properties patternProperties"
    " additionalProperties propertyNames unevaluatedItems unevaluatedProperties $ref".split()
)


def load(folder: Path) -> Known:
    """Returns an API folder, read."""
    api = spec.load(folder)
    return Known(api, behavior.load(folder, api), ledger.load(folder))


@pytest.fixture(scope="module")
def every() -> Known:
    """Returns an API that uses every keyword."""
    return load(HERE)


@pytest.fixture(scope="module")
def planned(every: Known) -> tuple[list[Case], list[Unmade]]:
    """Returns its cases, and the keywords that have none."""
    return plan(every.api, every.behavior, every.ledger, 1)


@pytest.fixture
def forgetful(every: Known, tmp_path: Path) -> Path:
    """Returns a generated mock of it, whose contracts a test may change."""
    write(dict(mock_emitter.emit([(every.api, every.behavior)])), tmp_path / "mock_server")
    return tmp_path


def test_a_sound_mock_passes_every_case(depot: Known, notes: Known, target: Target) -> None:
    for known in (depot, notes):
        outcome = directed(known.api, known.behavior, known.ledger, target, seed=3)
        assert outcome.failures == (), "\n".join(map(str, outcome.failures))
        assert outcome.accepted > 5
        assert outcome.cases > 3 * outcome.accepted / 2


def test_the_same_seed_gives_the_same_cases(depot: Known) -> None:
    first, again = (cases(depot.api, depot.behavior, depot.ledger, 5) for _ in range(2))
    assert list(map(repr, first)) == list(map(repr, again))
    assert {case.side for case in first} == {"broken", "edge", "widened"}


def test_a_mock_that_forgets_a_keyword_is_found_out_or_the_plan_says_that_it_cannot_be(
    every: Known, planned: tuple[list[Case], list[Unmade]], forgetful: Path
) -> None:
    made, unmade = planned
    contract = read(contract_path(forgetful, every.api.name))
    forgotten = {f"forgets{number}": one for number, one in enumerate(forgettable(contract))}
    assert {one.keyword for one in forgotten.values()} == KEYWORDS
    explained = {(one.operation.id, one.at, one.keyword) for one in unmade}
    contracts = {name: one.contract(contract) for name, one in forgotten.items()}
    with served(forgetful, {every.api.name: contract, **contracts}) as target:
        assert send(every.api, every.behavior, every.ledger, target, made).failures == ()
        missed = {
            str(one)
            for name, one in forgotten.items()
            if (every.api.operations[one.operation].id, str(one.at), one.keyword) not in explained
            and not is_found(every, made, target, name, one)
        }
    assert missed == {READ_ONLY}


def is_found(known: Known, made: list[Case], target: Target, name: str, one: Forgotten) -> bool:
    """Says whether a mock is found out, by a request that is about its operation; the likeliest are sent first."""
    api = replace(known.api, name=name)
    own = [case for case in made if case.operation.id == api.operations[one.operation].id]
    here = [case for case in own if case.at == str(one.at)]
    below = [case for case in own if case.at.startswith(str(one.at)) and case.at != str(one.at)]
    above = [case for case in own if not case.at.startswith(str(one.at))]
    for some in ([case for case in here if case.keyword == one.keyword], here, below, above):
        asked = [replace(case, request=replace(case.request, api=api)) for case in some]
        failures = send(api, known.behavior, known.ledger, target, asked).failures
        if failures:
            assert {found.operation for found in failures} == {api.operations[one.operation].label}
            assert all(found.at.startswith("request.") for found in failures)
            return True
    return False


def test_a_keyword_without_a_case_says_why(planned: tuple[list[Case], list[Unmade]], every: Known) -> None:
    made, unmade = planned
    assert ("request.body.choices.conditional.kind", "required", SAME) in {
        (one.at, one.keyword, one.reason) for one in unmade
    }
    assert {case.keyword for case in made} | {one.keyword for one in unmade} >= KEYWORDS - {"$ref"} - SILENT


def test_a_finding_names_the_operation_the_field_the_line_and_the_request(
    every: Known, planned: tuple[list[Case], list[Unmade]], forgetful: Path
) -> None:
    contract = read(contract_path(forgetful, every.api.name))
    (one,) = [one for one in forgettable(contract) if str(one) == "definitions/Numbers/properties/whole/maximum"]
    with served(forgetful, {every.api.name: one.contract(contract)}) as target:
        outcome = send(every.api, every.behavior, every.ledger, target, planned[0])
    (found,) = outcome.failures
    assert (found.code, found.operation, found.at) == (
        "directed-accepted",
        "POST /things",
        "request.body.numbers.whole",
    )
    assert found.line > 0
    assert any("13" in line for line in found.excerpt if line.startswith("curl "))


def test_a_value_at_the_edge_that_a_mock_refuses_is_named(
    every: Known, planned: tuple[list[Case], list[Unmade]], forgetful: Path
) -> None:
    contract = read(contract_path(forgetful, every.api.name))
    whole = descend(contract, ("definitions", "Numbers", "properties", "whole"))
    assert isinstance(whole, dict)
    whole["maximum"] = 11
    with served(forgetful, {every.api.name: contract}) as target:
        outcome = send(every.api, every.behavior, every.ledger, target, planned[0])
    assert {(found.code, found.at) for found in outcome.failures} == {
        ("directed-refused", "request.body.numbers.whole")
    }


def test_a_field_that_is_read_only_need_not_be_sent(planned: tuple[list[Case], list[Unmade]]) -> None:
    edges = [case for case in planned[0] if case.side == "edge" and case.request.body is not MISSING]
    bodies = [case.request.body for case in edges if case.operation.id == "everyKeyword"]
    assert any(isinstance(body, dict) and "id" not in body for body in bodies)


def test_a_live_api_is_sent_only_what_is_pinned_or_read(
    every: Known, planned: tuple[list[Case], list[Unmade]], forgetful: Path
) -> None:
    with serving(forgetful) as target:
        live = replace(target, url=target.base(every.api), bases=None)
        outcome = send(every.api, every.behavior, every.ledger, live, planned[0])
        assert outcome.failures == ()
        assert any("POST /things" in note for note in outcome.notes)
        assert 0 < outcome.accepted < outcome.cases
