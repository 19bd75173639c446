"""Directed cases: nothing on a sound mock, and a forgotten bound at its operation and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from specledger import behavior, ledger, spec
from specledger.emit import mock as mock_emitter
from specledger.fuzz.cases import Case, Unmade, cases, plan
from specledger.fuzz.directed import directed
from specledger.fuzz.positions import SILENT
from specledger.fuzz.request import MISSING
from specledger.fuzz.target import Target

from .conftest import Known, write
from .directed.forgetful import contract_path, forgettable, read, served

HERE = Path(__file__).parent / "directed"
SAME = "without it the schema takes the same values"
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


def test_a_keyword_without_a_case_says_why(planned: tuple[list[Case], list[Unmade]], every: Known) -> None:
    made, unmade = planned
    assert ("request.body.choices.conditional.kind", "required", SAME) in {
        (one.at, one.keyword, one.reason) for one in unmade
    }
    assert {case.keyword for case in made} | {one.keyword for one in unmade} >= KEYWORDS - {"$ref"} - SILENT


def test_a_finding_names_the_operation_the_field_the_line_and_the_request(every: Known, forgetful: Path) -> None:
    contract = read(contract_path(forgetful, every.api.name))
    (one,) = [one for one in forgettable(contract) if str(one) == "definitions/Numbers/properties/whole/maximum"]
    with served(forgetful, {every.api.name: one.contract(contract)}) as target:
        outcome = directed(every.api, every.behavior, every.ledger, target, seed=1)
    (found,) = outcome.failures
    assert (found.code, found.operation, found.at) == (
        "directed-accepted",
        "POST /things",
        "request.body.numbers.whole",
    )
    assert found.line > 0
    assert any("13" in line for line in found.excerpt if line.startswith("curl "))


def test_a_field_that_is_read_only_need_not_be_sent(planned: tuple[list[Case], list[Unmade]]) -> None:
    edges = [case for case in planned[0] if case.side == "edge" and case.request.body is not MISSING]
    bodies = [case.request.body for case in edges if case.operation.id == "everyKeyword"]
    assert any(isinstance(body, dict) and "id" not in body for body in bodies)
