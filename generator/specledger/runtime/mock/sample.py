"""A value that a schema accepts: its example where it has a good one, else one made from its keywords."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from .json_text import Json, JsonObject
from .schema import Schemas

_MAX_DEPTH = 6
_MAX_TRIES = 64
_ALPHABET = "a0A-_./ :@+é"
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

    def value(self, schema: Json, examples: list[Json] | None = None) -> Json:
        """Returns the first example that the schema accepts, else a value made. Raises NoSample."""
        validator = self._schemas.compile(schema)
        for candidate in examples or []:
            if validator.is_valid(candidate):
                return candidate
        for number, candidate in enumerate(self._candidates(schema, 0)):
            if validator.is_valid(candidate):
                return candidate
            if number >= _MAX_TRIES:
                break
        raise NoSample

    def _candidates(self, schema: Json, depth: int) -> Iterator[Json]:
        """Yields values that may fit, the likeliest first."""
        if not isinstance(schema, dict):
            yield from [{}] if schema is not False else []
            return
        if "const" in schema:
            yield schema["const"]
        for word in ("example", "default"):
            if word in schema:
                yield schema[word]
        for word in ("examples", "enum"):
            given = schema.get(word)
            yield from given if isinstance(given, list) else []
        if depth <= _MAX_DEPTH:
            for flat in self._flat(schema, 0):
                for kind in _kinds(flat):
                    yield from self._made(kind, flat, depth)

    def _flat(self, schema: JsonObject, level: int) -> Iterator[JsonObject]:
        """Yields the schema without $ref, allOf, choices and conditionals: one merged schema for each way through."""
        if level > 16:
            return
        rest = {key: value for key, value in schema.items() if key not in ("$ref", "allOf", "anyOf", "oneOf")}
        required = [self._schemas.resolve({"$ref": schema["$ref"]})] if "$ref" in schema else []
        given = schema.get("allOf")
        required += given if isinstance(given, list) else []
        for part in required:
            rest = _merged(rest, part) if isinstance(part, dict) else rest
        if any(word in rest for word in ("$ref", "allOf")):
            yield from self._flat(rest, level + 1)
            return
        choices = [choice for word in ("anyOf", "oneOf") for choice in cast("list[Json]", schema.get(word) or [])]
        for choice in choices:
            if isinstance(choice, dict):
                yield from self._flat(_merged(rest, choice), level + 1)
        if not choices:
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
        properties = known if isinstance(known, dict) else {}
        needed = [str(name) for name in cast("list[Json]", schema.get("required") or [])]
        for names in (list(dict.fromkeys([*properties, *needed])), needed):
            found: JsonObject = {}
            for name in names:
                try:
                    found[name] = self._inner(properties.get(name, True), depth + 1)
                except NoSample:
                    if name in needed:
                        break
            else:
                yield found

    def _inner(self, schema: Json, depth: int) -> Json:
        if depth > _MAX_DEPTH:
            raise NoSample
        validator = self._schemas.compile(schema)
        for number, candidate in enumerate(self._candidates(schema, depth)):
            if validator.is_valid(candidate):
                return candidate
            if number >= _MAX_TRIES:
                break
        raise NoSample

    def _arrays(self, schema: JsonObject, depth: int) -> Iterator[Json]:
        count = schema.get("minItems")
        wanted = min(max(count if isinstance(count, int) else 0, 1), 100)
        first = cast("list[Json]", schema.get("prefixItems") or [])
        try:
            found = [self._inner(part, depth + 1) for part in first]
            item = self._inner(schema.get("contains", schema.get("items", True)), depth + 1)
            yield [*found, *[item] * (wanted - len(found))]
            if isinstance(item, (int, float)) and not isinstance(item, bool):
                yield [item + number for number in range(wanted)]
            elif isinstance(item, str):
                yield [f"{item}{number or ''}" for number in range(wanted)]
        except NoSample:
            pass
        yield []


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
    yield from (1, 0)
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
    yield _FORMATS.get(str(schema.get("format")), "")
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        for extra in (0, 1, 2, length):
            made = from_pattern(pattern, extra)
            if made is not None:
                yield made
    text = "example"[: longest if isinstance(longest, int) and longest >= 0 else None]
    yield text + "x" * (length - len(text))
    yield ""


_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?:|\?=|\?!)?|.", re.DOTALL)
_COUNT = re.compile(r"([*+?]|\{(\d+)(,(\d*))?\})[?+]?")


def from_pattern(pattern: str, extra: int) -> str | None:
    """Returns a text after a simple pattern: least counts, `extra` more where they may grow; None for others."""
    try:
        text, end = _alternative(pattern, 0, extra)
        return text if end == len(pattern) else None
    except (re.error, RecursionError, ValueError):
        return None


def _alternative(pattern: str, position: int, extra: int) -> tuple[str, int]:
    """Reads up to the end of a group and returns the text of its first branch with the position behind it."""
    text, is_first = "", True
    while position < len(pattern) and pattern[position] != ")":
        match = _ATOM.match(pattern, position)
        if not match:
            raise ValueError(pattern)
        atom, position = match.group(), match.end()
        if atom == "|":
            is_first = False
            continue
        if atom.startswith("("):
            made, position = _alternative(pattern, position, extra)
            if pattern[position : position + 1] != ")":
                raise ValueError(pattern)
            position += 1
            made = "" if atom in ("(?=", "(?!") else made
        else:
            made = "" if atom in ("^", "$") else _character(atom)
        count = _COUNT.match(pattern, position)
        if count:
            made *= _times(count, extra)
            position = count.end()
        text += made if is_first else ""
    return text, position


def _times(count: re.Match[str], extra: int) -> int:
    sign, least, ranged, most = count.groups()
    if sign in ("*", "+", "?"):
        return min({"*": 0, "+": 1, "?": 0}[sign] + extra, 1 if sign == "?" else 100_000)
    highest = int(least) if ranged is None else int(most) if most else 100_000
    return min(int(least) + extra, highest)


def _character(atom: str) -> str:
    if len(atom) == 1 and atom != ".":
        return atom
    if atom in (r"\b", r"\B", r"\A", r"\Z"):
        return ""
    if atom[0] == "\\" and not atom[1].isalnum():
        return atom[1]
    found = re.compile(atom)
    return next(letter for letter in _ALPHABET + "".join(map(chr, range(33, 0x3000))) if found.fullmatch(letter))
