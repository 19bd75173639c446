"""A value that a schema accepts: its example where it has a good one, else one made from its keywords."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import cast

from . import json_text
from .json_text import Json, JsonObject
from .pattern import from_pattern
from .schema import Schemas

_MAX_DEPTH = 6
_MAX_OPTIONAL_DEPTH = 2
_MAX_TRIES = 64
_NOTHING = object()
MADE = "example"  # the text that stands where a schema says nothing of one
_FORMATS = {
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "time": "00:00:00Z",
    "duration": "P1D",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/example",
    "iri-reference": "/example",
    "uri-template": "/example/{id}",
    "json-pointer": "/example",
    "relative-json-pointer": "0",
    "regex": "^a$",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


class NoSample(ValueError):
    """No value could be made that the schema accepts."""


class Sampler:
    """Makes values for the schemas of one API, the same ones every time."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._made_before: dict[tuple[int, int], tuple[Json, object]] = {}

    def value(self, schema: Json, examples: list[Json] | None = None) -> Json:
        """Returns the first example that the schema accepts, else a value made. Raises NoSample."""
        validator = self._schemas.compile(schema)
        for candidate in examples or []:
            if validator.is_valid(candidate):
                return candidate
        return self._inner(schema, 0)

    def _candidates(self, schema: Json, depth: int) -> Iterator[Json]:
        """Yields values that may fit, the likeliest first."""
        if not isinstance(schema, dict):
            yield from [{}] if schema is not False else []
            return
        yield from _given(schema)
        if depth <= _MAX_DEPTH:
            for flat in self._flat(schema, 0):
                yield from _given(flat)
                for kind in _kinds(flat):
                    yield from self._made(kind, flat, depth)

    def _flat(self, schema: JsonObject, level: int) -> Iterator[JsonObject]:
        """Yields the schema without $ref, allOf, choices and conditionals: one merged schema for each way through."""
        if level > 16:
            return
        rest = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        given = schema.get("allOf")
        for part in ({"$ref": schema["$ref"]} if "$ref" in schema else {}, *(given if isinstance(given, list) else [])):
            inner = self._schemas.resolve(part)
            rest = _merged(rest, inner) if isinstance(inner, dict) else rest
        if any(word in rest for word in ("$ref", "allOf")):
            yield from self._flat(rest, level + 1)
            return
        for word in ("anyOf", "oneOf"):
            if isinstance(choices := rest.pop(word, None), list):
                for choice in choices:
                    if isinstance(choice, dict):
                        yield from self._flat(_merged(rest, choice), level + 1)
                return
        yield rest
        branches = [branch for word in ("then", "else") if isinstance(branch := rest.get(word), dict)]
        bare = {key: value for key, value in rest.items() if key not in ("if", "then", "else")}
        for branch in branches:
            yield from self._flat(_merged(bare, branch), level + 1)

    def _made(self, kind: str, schema: JsonObject, depth: int) -> Iterator[Json]:
        if kind == "object":
            yield from self._objects(schema, depth)
        elif kind == "array":
            yield from self._arrays(schema, depth)
        elif kind == "string":
            yield from _strings(schema)
        elif kind in ("integer", "number"):
            yield from _numbers(schema, kind)
        elif kind == "boolean":
            yield from (True, False)
        else:
            yield None

    def _objects(self, schema: JsonObject, depth: int) -> Iterator[Json]:
        known = schema.get("properties")
        described = known if isinstance(known, dict) else {}
        hidden = {name for name, inner in described.items() if self._schemas.is_hidden(inner)}
        properties = {name: inner for name, inner in described.items() if name not in hidden}
        needed = [str(name) for name in cast("list[Json]", schema.get("required") or []) if name not in hidden]
        optional = list(properties) if depth <= _MAX_OPTIONAL_DEPTH else []
        for names in (list(dict.fromkeys([*optional, *needed])), needed):
            found: JsonObject = {}
            for name in names:
                try:
                    found[name] = self._inner(properties.get(name, True), depth + 1)
                except NoSample:
                    if name in needed:
                        break
            else:
                yield found
                yield from self._filled(schema, found, depth)

    def _filled(self, schema: JsonObject, found: JsonObject, depth: int) -> Iterator[Json]:
        """Yields the object with as many unnamed properties as it still needs."""
        least = schema.get("minProperties")
        missing = min(least if isinstance(least, int) else 0, 100) - len(found)
        if missing <= 0:
            return
        patterns = schema.get("patternProperties")
        named: list[tuple[str, Json]] = [("^property$", schema.get("additionalProperties", True))]
        for pattern, inner in [*(patterns.items() if isinstance(patterns, dict) else ()), *named]:
            try:
                value = self._inner(inner, depth + 1)
            except NoSample:
                continue
            stem = from_pattern(pattern, 0) or "property"
            yield {**found, **{stem + str(number or ""): value for number in range(missing)}}

    def _inner(self, schema: Json, depth: int) -> Json:
        """Returns a value for a schema inside another one. Raises NoSample."""
        key = (id(schema), depth)
        if key not in self._made_before:
            # The schema is kept beside its value: a new one at the same address would be taken for it.
            self._made_before[key] = (schema, next(self._accepted(schema, depth), _NOTHING))
        value = self._made_before[key][1]
        if value is _NOTHING:
            raise NoSample
        return cast(Json, value)

    def _accepted(self, schema: Json, depth: int) -> Iterator[Json]:
        if depth <= _MAX_DEPTH:
            validator = self._schemas.compile(schema)
            candidates = islice(self._candidates(schema, depth), _MAX_TRIES)
            yield from (candidate for candidate in candidates if validator.is_valid(candidate))

    def _arrays(self, schema: JsonObject, depth: int) -> Iterator[Json]:
        least = [schema.get("minItems"), schema.get("minContains")]
        wanted = min(max([1, *(count for count in least if isinstance(count, int))]), 100)
        first = cast("list[Json]", schema.get("prefixItems") or [])
        inner = schema.get("contains", schema.get("items", True))
        if depth > _MAX_OPTIONAL_DEPTH:
            yield []
        try:
            found = [self._inner(part, depth + 1) for part in first]
            item = self._inner(inner, depth + 1)
            yield [*found, *[item] * (wanted - len(found))]
            if isinstance(item, (int, float)) and not isinstance(item, bool):
                yield [item + number for number in range(wanted)]
            elif isinstance(item, str):
                yield [f"{item}{number or ''}" for number in range(wanted)]
            different = {json_text.write(value): value for value in self._accepted(inner, depth + 1)}
            yield list(different.values())[:wanted]
        except NoSample:
            pass
        yield []


def _given(schema: JsonObject) -> Iterator[Json]:
    """Yields the values that a schema names itself."""
    for word in ("const", "example", "default"):
        if word in schema:
            yield schema[word]
    for word in ("examples", "enum"):
        given = schema.get(word)
        yield from given if isinstance(given, list) else []


def _merged(one: JsonObject, other: JsonObject) -> JsonObject:
    """Returns both schemas in one: properties and required together, other keywords from the second."""
    found = {**one, **other}
    for word in ("properties", "patternProperties", "$defs"):
        mine, theirs = one.get(word), other.get(word)
        if isinstance(mine, dict) and isinstance(theirs, dict):
            found[word] = {**mine, **{key: _both(mine.get(key), value) for key, value in theirs.items()}}
    mine, theirs = one.get("required"), other.get("required")
    if isinstance(mine, list) and isinstance(theirs, list):
        found["required"] = list(dict.fromkeys([*map(str, mine), *map(str, theirs)]))
    mine, theirs = one.get("allOf"), other.get("allOf")
    if isinstance(mine, list) and isinstance(theirs, list):
        found["allOf"] = [*mine, *theirs]
    for word in ("anyOf", "oneOf"):
        mine, theirs = one.get(word), other.get(word)
        if isinstance(mine, list) and isinstance(theirs, list):
            found[word] = [{"allOf": [choice, another]} for choice in mine for another in theirs]
    return found


def _both(mine: Json, theirs: Json) -> Json:
    return {"allOf": [theirs, mine]} if mine is not None and mine != theirs else theirs


def _kinds(schema: JsonObject) -> list[str]:
    given = schema.get("type")
    if isinstance(given, list):
        return sorted((str(kind) for kind in given), key=lambda kind: kind == "null")
    if isinstance(given, str):
        return [given]
    words = {
        "object": ("properties", "required", "additionalProperties", "minProperties", "patternProperties"),
        "array": ("items", "prefixItems", "minItems", "contains"),
        "string": ("pattern", "minLength", "maxLength", "format"),
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }
    told = [kind for kind, signs in words.items() if any(sign in schema for sign in signs)]
    return [*told, *(kind for kind in ("object", "string", "integer", "boolean", "null") if kind not in told)]


def _numbers(schema: JsonObject, kind: str) -> Iterator[Json]:
    bounds = [schema.get(word) for word in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")]
    step = schema.get("multipleOf", 1)
    step = step if isinstance(step, (int, float)) and step > 0 else 1
    yield from (1, 0, 0.5) if kind == "number" else (1, 0)
    for bound in bounds:
        if isinstance(bound, (int, float)):
            near = int(bound // step) * step
            yield from (bound, near, near + step, near - step)
            if kind == "number":
                yield from (bound + 0.5, bound - 0.5)
    yield step


def _strings(schema: JsonObject) -> Iterator[Json]:
    shortest = schema.get("minLength")
    length = min(shortest, 100_000) if isinstance(shortest, int) else 0
    longest = schema.get("maxLength")
    written = str(schema.get("format"))
    if written in _FORMATS:
        yield _FORMATS[written]
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        for extra in (0, 1, 2, length):
            made = from_pattern(pattern, extra)
            if made is not None:
                yield made
    text = MADE[: longest if isinstance(longest, int) and longest >= 0 else None]
    yield text + "x" * (length - len(text))
    yield ""
