"""Schemas as they hold for what is sent: a read-only property is never required of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from specledger.fuzz.positions import ROOT
from specledger.yaml12 import Json, JsonObject, as_list, as_object

_SAME_VALUE = ("allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas")
_NAMED = ("properties", "patternProperties", "$defs", "dependentSchemas")
_AS_WRITTEN = ("const", "enum", "default", "example", "examples", "if", "not")


def as_sent(schema: Json, definitions: Mapping[str, Json], outer: frozenset[str] = frozenset()) -> Json:
    """Returns a schema that requires no read-only property; `outer` are those of the schemas around it."""
    if isinstance(schema, list):
        return [as_sent(item, definitions, outer) for item in schema]
    if not isinstance(schema, dict):
        return schema
    hidden = outer | _read_only(schema, definitions)
    made: JsonObject = {}
    for key, value in schema.items():
        inner = hidden if key in _SAME_VALUE else frozenset[str]()
        if key == "required" and isinstance(value, list):
            made[key] = [name for name in value if name not in hidden]
        elif key in _NAMED and isinstance(value, dict):
            made[key] = {name: as_sent(item, definitions, inner) for name, item in value.items()}
        else:
            made[key] = value if key in _AS_WRITTEN else as_sent(value, definitions, inner)
    return made


def _read_only(schema: JsonObject, definitions: Mapping[str, Json]) -> frozenset[str]:
    return frozenset(
        name
        for part in _parts(schema, definitions)
        for name, inner in as_object(part.get("properties")).items()
        if any(one.get("readOnly") is True for one in _parts(inner, definitions))
    )


def _parts(schema: Json, definitions: Mapping[str, Json]) -> Iterator[JsonObject]:
    """Yields the schemas that speak of the same value."""
    seen: set[int] = set()
    waiting = [schema]
    while waiting:
        here = waiting.pop()
        if not isinstance(here, dict) or id(here) in seen:
            continue
        seen.add(id(here))
        yield here
        reference = here.get("$ref")
        if isinstance(reference, str):
            waiting.append(definitions.get(reference.removeprefix(ROOT)))
        for word in _SAME_VALUE:
            inner = here.get(word)
            waiting += as_list(inner) if isinstance(inner, list) else [inner]
        waiting += as_object(here.get("dependentSchemas")).values()
