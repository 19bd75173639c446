"""No value that was drawn is refused where `diff` said that all are taken."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import jsonschema_rs

from specledger.diff.contract import Contract
from specledger.diff.sets import Sets
from specledger.yaml12 import Json, JsonObject

NOBODY = Contract("nobody", {})
SIMPLE: list[Json] = [None, True, False, 0, 1, 2, 3, -1, 1.5, 2.5, "", "a", "b", "ab", "abc", "x", "2026-01-01"]
INNER: list[Json] = [0, 1, "a", "b", None, 2.5, True, [], ["a"], {}, {"a": 1}]
VALUES: list[Json] = [
    *SIMPLE,
    [],
    *([one] for one in SIMPLE),
    *([one, other] for one in INNER[:6] for other in INNER[:6]),
    {},
    *({name: one} for name in "abx" for one in INNER),
    *({"a": one, "b": other} for one in INNER for other in INNER),
    *({"a": {"a": one}, "x": 1} for one in INNER),
]


def schema(draw: random.Random, depth: int) -> Any:  # Any: a schema is JSON, whose type mypy cannot follow here
    """Returns a schema of a few keywords, drawn from all of 2020-12 that say something of values."""
    if depth == 0 or draw.random() < 0.1:
        return draw.choice(
            [True, {"type": "string"}, {"type": "integer"}, {"const": 1}, {"enum": ["a", 1, None]}, {"type": "null"}]
        )

    def inner() -> Json:
        return schema(draw, depth - 1)

    made: dict[str, Callable[[], Any]] = {
        "type": lambda: draw.choice(["string", "integer", "number", "object", "array", ["object", "null"]]),
        "enum": lambda: draw.sample([0, 1, "a", "ab", None, 1.5, [], {}, {"a": 1}], 4),
        "minimum": lambda: draw.choice([0, 1, 1.5]),
        "exclusiveMaximum": lambda: draw.choice([1, 2, 2.5]),
        "multipleOf": lambda: draw.choice([1, 2, 0.5]),
        "minLength": lambda: draw.choice([0, 1, 2]),
        "maxLength": lambda: draw.choice([0, 1, 2]),
        "pattern": lambda: draw.choice(["^a", "b$", "^[ab]+$", "^.{1,2}$"]),
        "items": inner,
        "prefixItems": lambda: [inner(), inner()],
        "contains": inner,
        "maxContains": lambda: draw.choice([0, 1, 2]),
        "minItems": lambda: draw.choice([1, 2]),
        "uniqueItems": lambda: True,
        "properties": lambda: {"a": inner(), "b": inner()},
        "required": lambda: draw.sample("ab", 1),
        "additionalProperties": lambda: draw.choice([False, inner()]),
        "patternProperties": lambda: {"^[ax]": inner()},
        "propertyNames": lambda: {"pattern": "^[ab]$"},
        "minProperties": lambda: draw.choice([1, 2]),
        "dependentRequired": lambda: {"a": ["b"]},
        "dependentSchemas": lambda: {"b": inner()},
        "allOf": lambda: [inner(), inner()],
        "anyOf": lambda: [inner(), inner()],
        "oneOf": lambda: [inner(), inner()],
        "not": inner,
        "if": inner,
        "then": inner,
        "unevaluatedProperties": lambda: False,
        "unevaluatedItems": lambda: False,
    }
    return {word: made[word]() for word in draw.sample(sorted(made), draw.choice([1, 2, 2, 3]))}


def beside(draw: random.Random, one: Json) -> Json:
    """Returns the schema with a keyword more, less or otherwise."""
    if not isinstance(one, dict) or draw.random() < 0.2:
        return schema(draw, 2)
    found: JsonObject = {key: value for key, value in one.items() if draw.random() < 0.8}
    more = schema(draw, 2)
    return {**found, **more} if isinstance(more, dict) and draw.random() < 0.7 else found


def test_what_is_called_included_takes_every_value_that_was_drawn() -> None:
    draw = random.Random(7)  # noqa: S311  # drawn again alike in every run
    holds = unsure = 0
    for _ in range(1500):
        less = schema(draw, 3)
        more = beside(draw, less)
        sets = Sets(NOBODY, NOBODY, "request")
        sets.as_sent.mode = "open"
        verdict = sets.included(less, more)
        sent, taken = (jsonschema_rs.validator_for(json.dumps(one), validate_formats=True) for one in (less, more))
        refused = [value for value in VALUES if sent.is_valid(value) and not taken.is_valid(value)]
        holds += verdict.holds
        unsure += not verdict.certain
        assert not (verdict.holds and refused), (json.dumps(less), json.dumps(more), refused[0])
        if verdict.witness is not None:
            assert sent.is_valid(verdict.witness.value)
            assert not taken.is_valid(verdict.witness.value)
    assert holds > 300
    assert unsure < 5
