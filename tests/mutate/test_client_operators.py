"""Faults of the generated clients: each stands where its code is, and the ordinary gate names it."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from specledger.mutate import client, sources
from specledger.mutate.code import everywhere, rewritten
from specledger.mutate.mutant import Mutant, Operator
from specledger.mutate.nursery import Nursery
from specledger.mutate.trial import Case, packed
from specledger.mutate.world import World

SPECS = Path(__file__).resolve().parents[2] / "specs"


@pytest.fixture(scope="module")
def mutants(worlds: list[World]) -> list[Mutant]:
    return [mutant for one in worlds for operator in client.OPERATORS for mutant in operator.mutants(one)]


def test_every_operator_finds_a_place_in_the_committed_apis(mutants: list[Mutant]) -> None:
    made = Counter(mutant.operator for mutant in mutants)
    assert len(client.OPERATORS) >= 14
    assert [operator.name for operator in client.OPERATORS if not made[operator.name]] == []


def test_every_operation_is_tried_by_many_operators(worlds: list[World], mutants: list[Mutant]) -> None:
    for one in worlds:
        for label in one.labels:
            tried = {mutant.operator for mutant in mutants if (mutant.api, mutant.operation) == (one.name, label)}
            assert len(tried) > 50


def test_a_faulty_client_is_python_and_differs_in_one_module(mutants: list[Mutant]) -> None:
    for mutant in mutants:
        ((path, text),) = mutant.edits.items()
        assert path.startswith(f"generated/{mutant.api}/src/")
        ast.parse(text)


def test_code_that_has_changed_is_told(worlds: list[World]) -> None:
    faults = rewritten("client", "/_runtime/core.py", "what is nowhere", "pass", everywhere)
    with pytest.raises(LookupError, match="0 times"):
        next(faults(worlds[0]))
    with pytest.raises(LookupError, match="not once"):
        next(rewritten("client", "/_runtime/core.py", "return", "pass", everywhere)(worlds[0]))


def test_a_node_is_replaced_behind_letters_of_several_bytes() -> None:
    text = 'a = "é😀"; b = f("ü", old)\nc = old\n'
    (call,) = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    assert sources.replaced(text, (call.args[1], call.args[1], "new")) == 'a = "é😀"; b = f("ü", new)\nc = old\n'


def _first(one: World, name: str) -> Mutant:
    operator: Operator = next(operator for operator in client.OPERATORS if operator.name == name)
    return next(operator.mutants(one))


@pytest.mark.parametrize(
    "name",
    ["client-redirect-keeps-secret", "client-timeout-none", "client-extra-query-ignored", "client-wire-name"],
)
def test_the_ordinary_gate_names_it(worlds: list[World], name: str) -> None:
    one = next(known for known in worlds if known.name == "baseten_gateway")
    nursery = Nursery()
    found = nursery.bring_up(Case(_first(one, name), packed(one), 1, 5))
    nursery.close()
    assert (found.outcome, found.gate) == ("killed", "client"), found
