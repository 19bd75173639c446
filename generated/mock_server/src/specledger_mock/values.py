"""Values of a schema, drawn by Hypothesis: whatever its keywords are, what is drawn is judged by all of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import cast

import jsonschema_rs
from hypothesis import reject
from hypothesis import strategies as st

from .json_text import Json, JsonObject, write
from .pattern import from_pattern
from .sample import NoSample, Sampler
from .schema import Schemas
from .ways import Ways, all_of

Texts = st.SearchStrategy[str]

_TRIES = 4
_DEEP = 3
_DEEPEST = 7
_MORE = 3  # items and characters beyond the least, mostly
_LONGER = 24
_EXACT = 2**53
_ANY = st.characters(codec="utf-8")
PRINTABLE = st.characters(min_codepoint=32, max_codepoint=126)
_TEXT: JsonObject = {"type": "string"}
_WORD = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789"), min_size=1, max_size=12)
_SIGNS: Mapping[str, tuple[str, ...]] = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "patternProperties"),
    "array": ("items", "prefixItems", "minItems", "contains", "uniqueItems"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


_FORMATS: Mapping[str, Texts] = {
    "date-time": st.datetimes().map(lambda found: found.replace(microsecond=0).isoformat() + "Z"),
    "date": st.dates().map(str),
    "time": st.times().map(lambda found: found.replace(microsecond=0).isoformat() + "Z"),
    "duration": st.integers(0, 999).map(lambda days: f"P{days}D"),
    "uuid": st.uuids().map(str),
    "email": st.tuples(_WORD, _WORD).map(lambda pair: f"{pair[0]}@{pair[1]}.example"),
    "idn-email": st.tuples(_WORD, _WORD).map(lambda pair: f"{pair[0]}@{pair[1]}.example"),
    "hostname": _WORD.map(lambda word: f"{word}.example"),
    "idn-hostname": _WORD.map(lambda word: f"{word}.example"),
    "ipv4": st.ip_addresses(v=4).map(str),
    "ipv6": st.ip_addresses(v=6).map(str),
    "uri": _WORD.map(lambda word: f"https://example.com/{word}"),
    "iri": _WORD.map(lambda word: f"https://example.com/{word}"),
    "uri-reference": _WORD.map(lambda word: f"/{word}"),
    "iri-reference": _WORD.map(lambda word: f"/{word}"),
    "uri-template": _WORD.map(lambda word: f"/{word}/{{id}}"),
    "json-pointer": _WORD.map(lambda word: f"/{word}/0"),
    "relative-json-pointer": _WORD.map(lambda word: f"1/{word}"),
    "regex": _WORD.map(lambda word: f"^{word}+$"),
}


class Values:
    """The strategies of one API's schemas; texts without a pattern hold the characters of `alphabet`."""

    def __init__(self, schemas: Schemas, alphabet: st.SearchStrategy[str] = _ANY) -> None:
        self._schemas = schemas
        self._alphabet = alphabet
        self._ways = Ways(schemas)
        self._sampler = Sampler(schemas)
        # By the identity of schemas that are kept beside: a new one at the same address would be taken for another.
        self._validators: dict[int, tuple[Json, jsonschema_rs.Draft202012Validator]] = {}
        self._together: dict[tuple[int, ...], tuple[tuple[Json, ...], Json]] = {}
        self._written: dict[tuple[str, str, int, int], Texts] = {}

    def strategy(self, schema: Json) -> st.SearchStrategy[Json]:
        """Returns a strategy of what a schema accepts, without fields that have no place in such a message."""
        return st.composite(lambda draw: self.draw(draw, schema))()

    def accepts(self, schema: Json, value: Json) -> bool:
        """Says whether a schema accepts a value."""
        key = id(schema)
        if not isinstance(schema, dict):
            return schema is not False
        if key not in self._validators:
            self._validators[key] = schema, self._schemas.compile(schema)
        return self._validators[key][1].is_valid(value)

    def draw(self, draw: st.DrawFn, schema: Json) -> Json:
        """Returns a value that the schema accepts; the draw is given up where none can be made."""
        try:
            return self._drawn(draw, schema, 0)
        except NoSample:
            return reject()

    def _drawn(self, draw: st.DrawFn, schema: Json, depth: int) -> Json:
        """Returns a value that the schema accepts; a sample where none is met in a few tries. Raises NoSample."""
        if schema is False:
            raise NoSample
        if not isinstance(schema, dict):
            return cast(Json, draw(st.none() | st.booleans() | st.integers(-9, 9) | self._texts({})))
        ways = self._ways.of(schema)
        for _ in range(_TRIES if depth <= _DEEPEST and ways else 0):
            with suppress(NoSample):  # one way may be none where another one is
                made = self._made(draw, draw(st.sampled_from(ways)) if len(ways) > 1 else ways[0], depth)
                if self.accepts(schema, made):
                    return made
        return self._sampler.value(schema)

    def sample(self, schema: Json) -> Json:
        """Returns one value that the schema accepts, always the same one; the draw is given up where there is none."""
        found = self.samples(schema)
        return found[0] if found else reject()

    def samples(self, schema: Json, ways: int = 0) -> list[Json]:
        """Returns values that the schema accepts, always the same ones: one, and one for each of so many ways."""
        found: list[Json] = []
        for way in [schema, *(self._ways.of(schema)[:ways] if isinstance(schema, dict) else [])]:
            with suppress(NoSample):
                made = self._sampler.value(way)
                found += [made] if made not in found and self.accepts(schema, made) else []
        return found

    def _made(self, draw: st.DrawFn, way: JsonObject, depth: int) -> Json:
        if "const" in way:
            return way["const"]
        choices = way.get("enum")
        if isinstance(choices, list):
            return draw(st.sampled_from(choices)) if choices else None
        kinds = _kinds(way)
        kind = draw(st.sampled_from(kinds)) if len(kinds) > 1 else kinds[0]
        if kind == "object":
            return self._object(draw, way, depth)
        if kind == "array":
            return self._array(draw, way, depth)
        if kind == "string":
            return draw(self._texts(way))
        if kind in ("integer", "number"):
            return draw(_numbers(way, kind))
        return draw(st.booleans()) if kind == "boolean" else None

    def _object(self, draw: st.DrawFn, way: JsonObject, depth: int) -> JsonObject:
        known = _object(way.get("properties"))
        wanted = [str(name) for name in _list(way.get("required"))]
        most = way.get("maxProperties")
        for name in known:
            is_open = known[name] is not False and not self._schemas.is_hidden(known[name]) and depth <= _DEEP
            if name not in wanted and is_open and draw(st.booleans()):
                wanted.append(name)
        for trigger, needed in _object(way.get("dependentRequired")).items():
            wanted += [str(name) for name in _list(needed) if trigger in wanted and name not in wanted]
        if isinstance(most, int) and len(wanted) > most:
            must = [name for name in wanted if name in _list(way.get("required"))]
            wanted = [*must, *(name for name in wanted if name not in must)][:most]
        found = {name: self._field(draw, way, name, depth) for name in [*known, *wanted] if name in wanted}
        self._fill(draw, way, found, depth)
        return found

    def _field(self, draw: st.DrawFn, way: JsonObject, name: str, depth: int) -> Json:
        known = _object(way.get("properties"))
        said = [inner for pattern, inner in _object(way.get("patternProperties")).items() if _matches(pattern, name)]
        if name in known or said:
            return self._drawn(draw, self.all_of(*([known[name]] if name in known else []), *said), depth + 1)
        return self._drawn(draw, way.get("additionalProperties", True), depth + 1)

    def _fill(self, draw: st.DrawFn, way: JsonObject, found: JsonObject, depth: int) -> None:
        """Adds fields without a name of their own: as many as are missing, and a few where they are spoken of."""
        patterns = list(_object(way.get("patternProperties")))
        others = next((way[word] for word in ("additionalProperties", "unevaluatedProperties") if word in way), True)
        is_map = isinstance(others, dict) and others != {}
        least, most = way.get("minProperties"), way.get("maxProperties")
        missing = (least if isinstance(least, int) else 0) - len(found)
        room = (most if isinstance(most, int) else _EXACT) - len(found)
        extra = draw(st.integers(0, 2)) if (patterns or is_map) and depth <= _DEEP else 0
        for _ in range(min(max(missing, extra, 0), room, 100)):
            names = way.get("propertyNames")
            stems = [*patterns, *([] if others is False else [""])]
            if not stems:
                return
            stem = draw(st.sampled_from(stems))
            made: Json
            if stem:
                made = draw(self._texts({"pattern": stem}))
            else:
                made = self._drawn(draw, self.all_of(names, _TEXT), depth + 1) if names else draw(_WORD)
            if isinstance(made, str) and made not in found:
                found[made] = self._field(draw, way, made, depth)

    def _array(self, draw: st.DrawFn, way: JsonObject, depth: int) -> list[Json]:
        first = _list(way.get("prefixItems"))
        rest = next((way[word] for word in ("items", "unevaluatedItems") if word in way), True)
        held, least, most = way.get("contains"), way.get("minItems"), way.get("maxItems")
        low = least if isinstance(least, int) else 0
        high = most if isinstance(most, int) else max(low, len(first)) + _MORE
        high = min(high, len(first)) if rest is False else high
        holding = 0
        if held is not None:
            asked, limit = way.get("minContains", 1), way.get("maxContains")
            holding = asked if isinstance(asked, int) else 1
            holding = draw(st.integers(holding, min(holding + 1, limit if isinstance(limit, int) else holding + 1)))
        low = max(low, holding)
        few = low if depth > _DEEP else min(high, max(low, len(first)) + _MORE)
        size = draw(st.integers(low, max(few, low)))
        found: list[Json] = []
        known: set[bytes] = set()
        for place in range(size):
            inner = first[place] if place < len(first) else rest
            inner = self.all_of(inner, held) if len(first) <= place < len(first) + holding else inner
            made = self._drawn(draw, inner, depth + 1)
            key = write(made)
            if way.get("uniqueItems") is not True or key not in known:
                found.append(made)
            known.add(key)
        return found

    def all_of(self, *schemas: Json) -> Json:
        """Returns one schema that says what all say, the same one each time."""
        key = tuple(map(id, schemas))
        if key not in self._together:
            self._together[key] = schemas, all_of(*schemas)
        return self._together[key][1]

    def _texts(self, way: JsonObject) -> Texts:
        least, most = way.get("minLength"), way.get("maxLength")
        low = least if isinstance(least, int) else 0
        high = max(low, min(most if isinstance(most, int) else _EXACT, low + _LONGER))
        key = str(way.get("pattern", "")), str(way.get("format", "")), low, high
        if key not in self._written:
            self._written[key] = self._text(*key)
        return self._written[key]

    def _text(self, pattern: str, form: str, low: int, high: int) -> Texts:
        if pattern:
            return _from_regex(pattern, self._alphabet, low)
        return _FORMATS[form] if form in _FORMATS else st.text(self._alphabet, min_size=low, max_size=high)


def _from_regex(pattern: str, alphabet: st.SearchStrategy[str], least: int) -> Texts:
    """Returns texts that a pattern finds itself in; a few where Python has no such pattern."""
    made = [text for extra in (0, 1, 2, least) if (text := from_pattern(pattern, extra)) is not None]
    samples = st.sampled_from(sorted(set(made))) if made else st.nothing()
    try:
        return st.from_regex(re.compile(pattern), alphabet=alphabet) | samples
    except (re.error, OverflowError):
        return samples if made else st.just("")


def _numbers(way: JsonObject, kind: str) -> st.SearchStrategy[Json]:
    low, high = _bounds(way)
    step = way.get("multipleOf")
    step = step if isinstance(step, (int, float)) and step > 0 else 1
    first, last = math.ceil(low / step), math.floor(high / step)
    if kind == "integer" or "multipleOf" in way:
        if isinstance(step, int) and step == 1:
            first, last = math.ceil(low), math.floor(high)  # exact where a quotient is not
        whole = st.integers(min(first, last), max(first, last))
        return cast("st.SearchStrategy[Json]", whole if step == 1 else whole.map(lambda count: count * step))
    floats = st.floats(float(low), float(high), allow_nan=False, allow_infinity=False)
    return floats if math.ceil(low) > math.floor(high) else floats | st.integers(math.ceil(low), math.floor(high))


def _bounds(way: JsonObject) -> tuple[int | float, int | float]:
    """Returns the least and the greatest number; an excluded bound is kept out by the judge."""
    lows = [bound for word in ("minimum", "exclusiveMinimum") if isinstance(bound := way.get(word), (int, float))]
    highs = [bound for word in ("maximum", "exclusiveMaximum") if isinstance(bound := way.get(word), (int, float))]
    low, high = max(lows, default=-_EXACT), min(highs, default=_EXACT)
    low, high = (low if lows else min(low, high - _EXACT)), (high if highs else max(high, low + _EXACT))
    return low, max(low, high)


def _kinds(way: JsonObject) -> list[str]:
    given = way.get("type")
    if isinstance(given, (str, list)):
        return [str(kind) for kind in (given if isinstance(given, list) else [given])] or ["null"]
    told = [kind for kind, signs in _SIGNS.items() if any(sign in way for sign in signs)]
    return told or ["string", "integer", "boolean", "null"]


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
