"""Values and schemas in a form in which equal meanings are equal texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from specledger.yaml12 import Json, JsonObject, as_list, as_object

# Keywords that say nothing about values.
ANNOTATIONS = ("title", "description", "examples", "example", "$comment", "externalDocs", "xml")


def canonical(value: Json) -> str:
    """Returns the value as JSON with sorted keys, 1.0 as 1, so that equal values are equal texts."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def ordered(values: Iterable[Json]) -> list[Json]:
    """Returns the values in the order of their canonical texts, for lists whose order means nothing."""
    return sorted(values, key=canonical)


def plain(schema: JsonObject, inner: Callable[[Json], Json]) -> JsonObject:
    """Returns one schema without annotations, `const` as `enum`, sets sorted, `inner` applied to schemas in it."""
    result: JsonObject = {}
    for key, value in schema.items():
        if key in ANNOTATIONS or key.startswith("x-"):
            continue
        if key == "const":
            result["enum"] = [value]
        elif key in ("enum", "required"):
            result[key] = ordered(as_list(value))
        elif key in ("properties", "patternProperties", "dependentSchemas", "$defs"):
            result[key] = {name: inner(child) for name, child in as_object(value).items()}
        elif key in ("allOf", "anyOf", "oneOf"):
            result[key] = ordered(inner(child) for child in as_list(value))
        elif isinstance(value, dict):
            result[key] = inner(value)
        else:
            result[key] = value
    return result


def plain_value(schema: Json) -> Json:
    """Returns a schema that has no references, made comparable as `plain` does."""
    return plain(schema, plain_value) if isinstance(schema, dict) else schema


def read_condition(schema: Json) -> JsonObject | None:
    """Returns an `if` as fields and what they must be: `{"moderation": {"enum": [false]}}`; None where it is not one.

    A field that need not be there gets a `?`: without `required` an `if` also holds where the field is missing.
    `a[].b` is a field of any item (`contains`).
    """
    if not isinstance(schema, dict):
        return None
    if set(schema) == {"not"}:
        inner = read_condition(schema["not"])
        return None if inner is None else {"not": inner}
    if not set(schema) <= {"properties", "required", "type", *ANNOTATIONS} or schema.get("type", "object") != "object":
        return None
    required = {str(name) for name in as_list(schema.get("required"))}
    properties = as_object(schema.get("properties"))
    found: JsonObject = {}
    for name, value in properties.items():
        mark = "" if name in required else "?"
        for path, leaf in _leaves(value):
            found[f"{name}{mark}{path}"] = leaf
    for name in sorted(required - set(properties)):
        found[name] = {}
    return found or None


def _leaves(schema: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(schema, dict):
        contained = schema.get("contains")
        prefix, inner = ("[]", contained) if contained is not None else ("", schema)
        nested = read_condition(inner) if isinstance(inner, dict) and "properties" in inner else None
        if nested is not None and "not" not in nested:
            yield from ((f"{prefix}.{path}", leaf) for path, leaf in nested.items())
            return
        if prefix:
            yield prefix, plain_value(inner)
            return
    yield "", plain_value(schema)
