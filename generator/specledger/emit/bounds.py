"""A schema's constraints in words, for docstrings and for reference.md."""

from __future__ import annotations

import json
from collections.abc import Iterator

from specledger.ir import Api, pointer_of
from specledger.yaml12 import Json, JsonObject

_WIDTHS = {"int32": 31, "int64": 63}


def merged(api: Api, schema: Json, seen: tuple[str, ...] = ()) -> JsonObject:
    """Returns a schema with its $ref followed; what stands beside the $ref wins."""
    if not isinstance(schema, dict):
        return {}
    found: JsonObject = {}
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        found = merged(api, api.at(pointer_of(reference)), (*seen, reference))
    branches = schema.get("allOf")
    for branch in branches if isinstance(branches, list) else ():
        found = {**found, **merged(api, branch, seen)}
    return {**found, **{key: value for key, value in schema.items() if key not in ("$ref", "allOf")}}


def phrases(schema: JsonObject) -> Iterator[str]:
    """Yields each constraint as a short phrase."""
    yield from _choices(schema)
    for low, high, unit in (
        ("minLength", "maxLength", "character"),
        ("minItems", "maxItems", "item"),
        ("minProperties", "maxProperties", "field"),
    ):
        span = _span(schema.get(low), schema.get(high))
        if span:
            yield f"{span} {unit}" + ("" if span in ("1", "exactly 1", "at least 1", "at most 1") else "s")
    least, most = schema.get("minimum"), schema.get("maximum")
    # The format says the range already.
    width = _WIDTHS.get(str(schema.get("format")), 0)
    numbers = _span(least if least != -(2**width) else None, most if most != 2**width - 1 else None)
    if numbers:
        yield numbers
    for key, words in (
        ("exclusiveMinimum", "more than"),
        ("exclusiveMaximum", "less than"),
        ("multipleOf", "a multiple of"),
    ):
        if key in schema:
            yield f"{words} {schema[key]}"
    if isinstance(schema.get("pattern"), str):
        yield f"matches {schema['pattern']}"
    if schema.get("uniqueItems") is True:
        yield "no item twice"
    if isinstance(schema.get("format"), str):
        yield f"format {schema['format']}"
    if "default" in schema:
        yield f"the server takes {_shown(schema['default'])} where it is left out"


def _choices(schema: JsonObject) -> Iterator[str]:
    values = schema.get("enum")
    if isinstance(values, list) and values:
        yield ("one of " if len(values) > 1 else "always ") + ", ".join(_shown(value) for value in values)
    if "const" in schema:
        yield f"always {_shown(schema['const'])}"
    refused = schema.get("not")
    if isinstance(refused, dict) and isinstance(refused.get("enum"), list):
        yield "none of " + ", ".join(_shown(value) for value in refused["enum"])  # type: ignore[union-attr]  # checked above


def _shown(value: Json) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _span(low: Json, high: Json) -> str:
    if low is not None and high is not None:
        return f"exactly {low}" if low == high else f"{low} to {high}"
    if low is not None:
        return f"at least {low}"
    return f"at most {high}" if high is not None else ""


def sentence(schema: JsonObject) -> str:
    """Returns the constraints as one sentence, empty where there is none."""
    text = "; ".join(phrases(schema))
    return f"{text[0].upper()}{text[1:]}." if text else ""


def conditions(schema: JsonObject) -> Iterator[str]:
    """Yields a sentence for each condition that makes fields required: `if`/`then` and dependentRequired."""
    branches = schema.get("allOf")
    for holder in (schema, *(branches if isinstance(branches, list) else ())):
        if not isinstance(holder, dict):
            continue
        condition, then = holder.get("if"), holder.get("then")
        needed = then.get("required") if isinstance(then, dict) else None
        if isinstance(needed, list) and isinstance(condition, dict):
            yield f"{_condition(condition)}: {', '.join(map(str, needed))} required."
        dependent = holder.get("dependentRequired")
        for name, fields in dependent.items() if isinstance(dependent, dict) else ():
            if isinstance(fields, list):
                yield f"With {name}: {', '.join(map(str, fields))} required."


def _one_of(schema: JsonObject) -> str:
    values = schema.get("enum")
    if isinstance(values, list):
        return " or ".join(_shown(value) for value in values)
    return _shown(schema["const"]) if "const" in schema else " and ".join(phrases(schema))


def _condition(schema: JsonObject) -> str:
    return f"Where {_state(schema)}" if _state(schema) else "On a condition"


def _state(schema: JsonObject) -> str:
    """Returns what a condition asks of an object's fields, empty where words fail."""
    properties = schema.get("properties")
    parts = []
    for name, value in properties.items() if isinstance(properties, dict) else ():
        inner = value.get("contains") if isinstance(value, dict) else None
        if isinstance(inner, dict) and _state(inner):
            parts.append(f"{name} holds an item whose {_state(inner)}")
        elif isinstance(value, dict) and any(phrases(value)):
            parts.append(f"{name} is {_one_of(value)}")
    return " and ".join(parts)
