"""A schema's constraints in words, for docstrings and for reference.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from specledger.ir import Api, pointer_of
from specledger.yaml12 import Json, JsonObject, as_list, as_object

_DEEPEST = 3
_TIGHTER: Mapping[str, Callable[[float, float], float]] = {
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
}
_WIDTHS = {"int32": 31, "int64": 63}


def merged(api: Api, schema: Json, seen: tuple[str, ...] = ()) -> JsonObject:
    """Returns a schema with its $ref followed; what stands beside the $ref wins."""
    if not isinstance(schema, dict):
        return {}
    found: JsonObject = {}
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        found = merged(api, api.at(pointer_of(reference)), (*seen, reference))
    for branch in as_list(schema.get("allOf")):
        found = _both(found, merged(api, branch, seen))
    return _both(found, {key: value for key, value in schema.items() if key not in ("$ref", "allOf")})


def _both(first: JsonObject, second: JsonObject) -> JsonObject:
    """Returns what holds where two schemas do: the tighter of two bounds, else what the second says."""
    found = {**first, **second}
    for key in first.keys() & second.keys() & _TIGHTER.keys():
        one, other = first[key], second[key]
        if isinstance(one, (int, float)) and isinstance(other, (int, float)):
            found[key] = _TIGHTER[key](one, other)
    return found


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
    if isinstance(schema.get("contentEncoding"), str):
        yield f"in {schema['contentEncoding']}"
    if isinstance(schema.get("contentMediaType"), str):
        yield f"holds {schema['contentMediaType']}"
    if "default" in schema:
        yield f"the server takes {_shown(schema['default'])} where it is left out"


def _choices(schema: JsonObject) -> Iterator[str]:
    values = schema.get("enum")
    if isinstance(values, list) and values:
        yield ("one of " if len(values) > 1 else "always ") + ", ".join(_shown(value) for value in values)
    if "const" in schema:
        yield f"always {_shown(schema['const'])}"
    refused = as_object(schema.get("not"))
    values = as_list(refused.get("enum")) or ([refused["const"]] if "const" in refused else [])
    if values:
        yield ("none of " if len(values) > 1 else "never ") + ", ".join(_shown(value) for value in values)
    if isinstance(refused.get("pattern"), str):
        yield f"does not match {refused['pattern']}"


def _shown(value: Json) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _span(low: Json, high: Json) -> str:
    if low is not None and high is not None:
        return f"exactly {low}" if low == high else f"{low} to {high}"
    if low is not None:
        return f"at least {low}"
    return f"at most {high}" if high is not None else ""


def sentence(api: Api, schema: JsonObject) -> str:
    """Returns the constraints as one sentence, those of items, values and alternatives included, or nothing."""
    text = "; ".join([*phrases(schema), *_inner(api, schema, 0)])
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _inner(api: Api, schema: JsonObject, depth: int) -> Iterator[str]:
    """Yields a phrase for what is in an array, a map or a union; an object with fields speaks for itself."""
    parts = [("each item", schema.get("items")), ("each value", schema.get("additionalProperties"))]
    parts += [("each key", schema.get("propertyNames")), (_some(schema), schema.get("contains"))]
    parts += [(f"item {place}", one) for place, one in enumerate(as_list(schema.get("prefixItems")), 1)]
    parts += [(f"keys that match {key}", one) for key, one in as_object(schema.get("patternProperties")).items()]
    for branch in [*as_list(schema.get("anyOf")), *as_list(schema.get("oneOf"))]:
        kind = merged(api, branch).get("type")
        parts.append((f"as {kind}" if isinstance(kind, str) else "or", branch))
    for words, part in parts:
        found = merged(api, part)
        if depth < _DEEPEST and "properties" not in found:
            said = ", ".join([*phrases(found), *_inner(api, found, depth + 1)])
            if said:
                yield f"{words}: {said}"


def _some(schema: JsonObject) -> str:
    count = _span(schema.get("minContains", 1), schema.get("maxContains"))
    return f"{count} item" if count.endswith(" 1") else f"{count} items"


def conditions(schema: JsonObject) -> Iterator[str]:
    """Yields a sentence for each condition that makes fields required: `if`/`then` and dependentRequired."""
    for holder in map(as_object, (schema, *as_list(schema.get("allOf")))):
        condition = as_object(holder.get("if"))
        for words, key in ((_condition(condition), "then"), ("Otherwise", "else")):
            asked = list(_asked(as_object(holder.get(key))))
            if asked:
                yield f"{words}: {'; '.join(asked)}."
        for name, fields in as_object(holder.get("dependentRequired")).items():
            yield f"With {name}: {', '.join(map(str, as_list(fields)))} required."


def _asked(then: JsonObject) -> Iterator[str]:
    """Yields what a branch of a condition asks of an object."""
    needed = as_list(then.get("required"))
    if needed:
        yield f"{', '.join(map(str, needed))} required"
    for name, value in as_object(then.get("properties")).items():
        said = ", ".join(phrases(as_object(value)))
        if said:
            yield f"{name} {said}"


def _one_of(schema: JsonObject) -> str:
    values = as_list(schema.get("enum"))
    if values:
        return " or ".join(_shown(value) for value in values)
    if schema.get("type") == "null":
        return "null"
    return _shown(schema["const"]) if "const" in schema else " and ".join(phrases(schema))


def _condition(schema: JsonObject) -> str:
    return f"Where {_state(schema)}" if _state(schema) else "On a condition"


def _state(schema: JsonObject) -> str:
    """Returns what a condition asks of an object's fields, empty where words fail."""
    parts = []
    for name, value in as_object(schema.get("properties")).items():
        found = as_object(value)
        inner = _state(as_object(found.get("contains")))
        if inner:
            parts.append(f"{name} holds an item whose {inner}")
        elif _one_of(found):
            # A condition on a field holds as well where the field is not there.
            absent = "" if name in as_list(schema.get("required")) else " or left out"
            parts.append(f"{name} is {_one_of(found)}{absent}")
    return " and ".join(parts)
