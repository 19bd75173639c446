"""The ways through a schema: each without references, choices and conditions, in one schema about the value."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from .json_text import Json, JsonObject, write
from .schema import Schemas

_DEEPEST = 16
_MOST = 64
_LOWER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")
_HIGHER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_INNER = ("items", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "contains")
_NAMED = ("properties", "patternProperties", "dependentSchemas", "dependentRequired")


class Ways:
    """Finds the ways through the schemas of one API; each schema is taken apart once."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._found: dict[int, tuple[Json, list[JsonObject]]] = {}

    def of(self, schema: JsonObject) -> list[JsonObject]:
        """Returns the ways, at most 64. A value of one may still leave the schema: a way says less."""
        key = id(schema)
        if key not in self._found:
            # The schema is kept beside its ways: a new one at the same address would be taken for it.
            self._found[key] = schema, list(islice(self._through(schema, 0), _MOST))
        return self._found[key][1]

    def _through(self, schema: JsonObject, depth: int) -> Iterator[JsonObject]:
        if depth > _DEEPEST:
            return
        rest = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        given = schema.get("allOf")
        parts = [self._schemas.resolve({"$ref": schema["$ref"]})] if "$ref" in schema else []
        for part in [*parts, *(given if isinstance(given, list) else [])]:
            if part is False:
                return
            rest = merged(rest, part) if isinstance(part, dict) else rest
        if "$ref" in rest or "allOf" in rest:
            yield from self._through(rest, depth + 1)
            return
        for word in ("anyOf", "oneOf"):
            choices = rest.get(word)
            if isinstance(choices, list):
                bare = {key: value for key, value in rest.items() if key != word}
                for choice in choices:
                    if choice is not False:
                        yield from self._through(merged(bare, choice if isinstance(choice, dict) else {}), depth + 1)
                return
        yield from self._conditions(rest, depth)

    def _conditions(self, rest: JsonObject, depth: int) -> Iterator[JsonObject]:
        """Yields the schema with its condition met, with it unmet, and without it."""
        dependent = rest.get("dependentSchemas")
        if isinstance(dependent, dict) and dependent:
            bare = {key: value for key, value in rest.items() if key != "dependentSchemas"}
            yield from self._conditions(bare, depth)
            for name, inner in dependent.items():
                if isinstance(inner, dict):
                    yield from self._through(merged(merged(bare, {"required": [name]}), inner), depth + 1)
            return
        bare = {key: value for key, value in rest.items() if key not in ("if", "then", "else")}
        asked = rest.get("if")
        if isinstance(asked, dict):
            met, unmet = rest.get("then", True), rest.get("else", True)
            if met is not False:
                yield from self._through(merged(merged(bare, asked), met if isinstance(met, dict) else {}), depth + 1)
            if isinstance(unmet, dict):
                yield from self._through(merged(bare, unmet), depth + 1)
        yield bare


def merged(one: JsonObject, other: JsonObject) -> JsonObject:
    """Returns a schema that says what both say, as far as one set of keywords can."""
    found = dict(one)
    for word, value in other.items():
        found[word] = _both(word, found[word], value) if word in found and found[word] != value else value
    return found


def _both(word: str, mine: Json, theirs: Json) -> Json:
    if isinstance(mine, (int, float)) and isinstance(theirs, (int, float)):
        if word in _LOWER:
            return min(mine, theirs)
        if word in _HIGHER:
            return max(mine, theirs)
    if word in _NAMED and isinstance(mine, dict) and isinstance(theirs, dict):
        alike = {name: all_of(mine[name], inner) for name, inner in theirs.items() if name in mine}
        return {**mine, **theirs, **alike}
    if isinstance(mine, list) and isinstance(theirs, list):
        return _lists(word, mine, theirs)
    if word == "type":
        return _types(mine, theirs)
    return all_of(mine, theirs) if word in _INNER else theirs


def _types(mine: Json, theirs: Json) -> Json:
    one, other = (found if isinstance(found, list) else [found] for found in (mine, theirs))
    kept: list[Json] = [kind for kind in one if kind in other or (kind == "integer" and "number" in other)]
    kept += ["integer"] if "integer" in other and "number" in one and "integer" not in kept else []
    return kept or mine


def _lists(word: str, mine: list[Json], theirs: list[Json]) -> Json:
    if word in ("required", "allOf"):
        return [*mine, *(found for found in theirs if found not in mine)]
    if word == "enum":
        known = {write(value) for value in theirs}
        return [value for value in mine if write(value) in known]
    if word in ("anyOf", "oneOf"):
        return [all_of(choice, another) for choice in mine for another in theirs]
    if word == "prefixItems":
        longer = mine if len(mine) > len(theirs) else theirs
        return [*(all_of(*pair) for pair in zip(mine, theirs, strict=False)), *longer[min(len(mine), len(theirs)) :]]
    return _types(mine, theirs) if word == "type" else theirs


def all_of(*schemas: Json) -> Json:
    """Returns one schema that says what all of them say."""
    said = [schema for schema in schemas if schema is not True and schema != {}]
    if False in said:
        return False
    return said[0] if len(said) == 1 else {"allOf": said} if said else True
