"""Objects that are drawn in less time are still those of their schema, fields that nobody speaks of among them."""

from __future__ import annotations

import jsonschema_rs
import pytest
from schemathesis.generation.jsonschema.builder import build
from schemathesis.generation.jsonschema.context import Alphabet

from specledger.fuzz.draw import draw
from specledger.fuzz.quick import quick
from specledger.fuzz.values import DRAFT
from specledger.yaml12 import Json, JsonObject

NAMES: JsonObject = {"a": {"type": "integer"}, "b": {"type": "object", "properties": {"c": {"enum": [1, 2]}}}}
OPEN: JsonObject = {"type": "object", "required": ["a"], "properties": NAMES}


def drawn(schema: JsonObject, count: int = 60) -> list[JsonObject]:
    """Returns values of a schema."""
    with quick():
        found: list[Json] = draw(build(schema, draft=DRAFT, formats={}, alphabet=Alphabet()), 1, count)
    assert len(found) == count
    return [value for value in found if isinstance(value, dict)]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"additionalProperties": False},
        {"minProperties": 5, "maxProperties": 6},
        {"patternProperties": {"^x": {"type": "boolean"}}},
        {"propertyNames": {"maxLength": 3}},
    ],
    ids=lambda more: next(iter(more), "open"),
)
def test_every_object_is_one_of_its_schema(more: JsonObject) -> None:
    judge = jsonschema_rs.Draft202012Validator({**OPEN, **more})
    assert all(judge.is_valid(value) for value in drawn({**OPEN, **more}))


def test_each_field_and_unknown_ones_are_drawn() -> None:
    found = drawn(OPEN, 400)
    assert all(any(name in value for value in found) for name in NAMES)
    unknown = [item for value in found for name, item in value.items() if name not in NAMES]
    assert {type(item) for item in unknown} >= {list, dict, str, bool, int}


def test_schemathesis_draws_its_own_way_afterwards() -> None:
    from schemathesis.generation.jsonschema import strategy

    before = dict(vars(strategy))
    drawn(OPEN, 1)
    assert dict(vars(strategy)) == before
