"""Faults of the generated mock: each stands where its code or contract is, and the ordinary gate names it."""

from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path

import jsonschema_rs
import pytest

from specledger.mutate import mock
from specledger.mutate.mutant import Mutant
from specledger.mutate.nursery import Nursery
from specledger.mutate.trial import Case, packed
from specledger.mutate.world import World

SPECS = Path(__file__).resolve().parents[2] / "specs"


@pytest.fixture(scope="module")
def mutants(worlds: list[World]) -> list[Mutant]:
    return [mutant for one in worlds for operator in mock.OPERATORS for mutant in operator.mutants(one)]


def test_every_operator_finds_a_place_in_the_committed_apis(mutants: list[Mutant]) -> None:
    made = Counter(mutant.operator for mutant in mutants)
    assert len(mock.OPERATORS) >= 18
    assert [operator.name for operator in mock.OPERATORS if not made[operator.name]] == []


def test_every_operation_is_tried_by_many_operators(worlds: list[World], mutants: list[Mutant]) -> None:
    for one in worlds:
        for label in one.labels:
            tried = {mutant.operator for mutant in mutants if (mutant.api, mutant.operation) == (one.name, label)}
            assert len(tried) > 35


def test_a_faulty_mock_is_python_or_a_contract_whose_schemas_hold(mutants: list[Mutant]) -> None:
    for mutant in mutants:
        ((path, text),) = mutant.edits.items()
        assert path.startswith("generated/mock_server/src/specledger_mock/")
        if path.endswith(".py"):
            ast.parse(text)
        else:
            for schema in json.loads(text)["definitions"].values():
                jsonschema_rs.meta.validate(schema)


def test_places_of_answers_are_no_places_of_what_a_request_is_held_to(mutants: list[Mutant]) -> None:
    checked = [mutant for mutant in mutants if mutant.operator in ("mock-keyword-ignored", "mock-required-ignored")]
    assert checked
    assert all(at.startswith("request.") for mutant in checked for _, at in mutant.spots)


@pytest.mark.parametrize("name", ["mock-challenge-lost", "mock-prefix-ignored", "mock-not-stored-answered"])
def test_the_ordinary_gate_names_it(worlds: list[World], name: str) -> None:
    one = next(known for known in worlds if known.name == "baseten_gateway")
    operator = next(operator for operator in mock.OPERATORS if operator.name == name)
    nursery = Nursery()
    found = nursery.bring_up(Case(next(operator.mutants(one)), packed(one), 1, 5))
    nursery.close()
    assert found.outcome == "killed", found
