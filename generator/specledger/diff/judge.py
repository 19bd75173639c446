"""Whether one value satisfies a formula, and which texts a format takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import cast

import jsonschema_rs

from specledger.canonical import canonical
from specledger.diff import nodes
from specledger.diff.expression import Unreadable, is_found
from specledger.diff.nodes import Node
from specledger.yaml12 import Json

# For each format: patterns that all of its texts match, and that only its texts match; then texts of it.
_DAY = "[0-9]{4}-(0[1-9]|1[0-2])-"
_BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_UUID = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_IPV4 = rf"^({_BYTE}\.){{3}}{_BYTE}$"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]:"
WIDER = {
    "date": rf"^{_DAY}(0[1-9]|[12][0-9]|3[01])$",
    "date-time": rf"^{_DAY}(0[1-9]|[12][0-9]|3[01])[Tt ]{_CLOCK}[0-6][0-9](\.[0-9]+)?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})$",
    "time": rf"^{_CLOCK}[0-6][0-9](\.[0-9]+)?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})$",
    "uuid": _UUID,
    "ipv4": _IPV4,
    "ipv6": "^[0-9a-fA-F:.]{2,45}$",
    "email": "@",
    "idn-email": "@",
    "uri": "^[A-Za-z][A-Za-z0-9+.-]*:",
    "iri": "^[A-Za-z][A-Za-z0-9+.-]*:",
    "hostname": "^[A-Za-z0-9.-]{1,255}$",
    "duration": "^P[0-9TYMWDHS]+$",
    "json-pointer": "^(/|$)",
}
NARROWER = {
    "date": rf"^{_DAY}(0[1-9]|1[0-9]|2[0-8])$",
    "date-time": rf"^{_DAY}(0[1-9]|1[0-9]|2[0-8])T{_CLOCK}[0-5][0-9](\.[0-9]{{1,9}})?Z$",
    "uuid": _UUID,
    "ipv4": _IPV4,
}
SAMPLES = {
    "date": ("2026-03-01", "1999-12-31"),
    "date-time": ("2026-03-01T12:30:00Z", "1999-12-31T23:59:59+01:00", "2026-03-01T12:30:00.25Z"),
    "time": ("12:30:00Z", "23:59:59+01:00"),
    "duration": ("P1D", "PT5M", "P3Y6M4DT12H30M5S"),
    "email": ("a@example.org", "first.last@example.com"),
    "idn-email": ("a@example.org", "ü@example.org"),
    "hostname": ("example.org", "a"),
    "idn-hostname": ("example.org", "bücher.example"),
    "ipv4": ("192.0.2.1",),
    "ipv6": ("2001:db8::1", "::1"),
    "uri": ("https://example.org/a", "urn:a:b"),
    "uri-reference": ("/a/b", "https://example.org/a"),
    "iri": ("https://example.org/ü", "https://example.org/a"),
    "iri-reference": ("/ü", "/a/b"),
    "uuid": ("123e4567-e89b-12d3-a456-426614174000",),
    "uri-template": ("/a/{b}", "/a"),
    "json-pointer": ("", "/a/0"),
    "relative-json-pointer": ("0", "1/a"),
    "regex": ("a+", ""),
}
WITHIN = frozenset(
    {
        ("email", "idn-email"),
        ("hostname", "idn-hostname"),
        ("uri", "iri"),
        ("uri", "uri-reference"),
        ("uri", "iri-reference"),
        ("iri", "iri-reference"),
        ("uri-reference", "iri-reference"),
    }
)


class Undecided(Exception):
    """Nobody here can say whether a value is so."""


@lru_cache(maxsize=4096)
def _validator(keyword: str, word: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({keyword: word}, validate_formats=True)


@lru_cache(maxsize=65536)
def finds(pattern: str, text: str) -> bool:
    """Says whether a pattern is found in a text. Raises Undecided."""
    try:
        return _validator("pattern", pattern).is_valid(text)
    except (jsonschema_rs.ValidationError, ValueError):
        pass
    try:
        return is_found(pattern, text)
    except Unreadable:
        raise Undecided(pattern) from None


def is_format(name: str, text: str) -> bool:
    """Says whether a text is of a format. Raises Undecided for a format that nobody here knows."""
    if name not in SAMPLES:
        raise Undecided(name)
    return _validator("format", name).is_valid(text)


def number(value: Json) -> Fraction:
    """Returns a number exactly as it is written."""
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def mask_of(value: Json) -> int:
    """Returns the type of a value."""
    if value is None:
        return nodes.NULL
    if isinstance(value, bool):
        return nodes.BOOLEAN
    if isinstance(value, int | float):
        return nodes.NUMBER
    if isinstance(value, str):
        return nodes.STRING
    return nodes.ARRAY if isinstance(value, list) else nodes.OBJECT


class Judge:
    """Judges values by formulas; `named` holds those that speak about themselves."""

    def __init__(self, named: Mapping[str, Node]) -> None:
        self.named = named

    def holds(self, node: Node, value: Json) -> bool:
        """Says whether the value is so. Raises Undecided."""
        match node:
            case nodes.And(among):
                return all(self.holds(one, value) for one in among)
            case nodes.Or(among):
                return any(self.holds(one, value) for one in among)
            case nodes.OneOf(listed):
                return sum(self.holds(one, value) for one in listed) == 1
            case nodes.Not(inner):
                return not self.holds(inner, value)
            case nodes.Named(key):
                return self.holds(self.named[key], value)
            case nodes.Kind(mask):
                return bool(mask_of(value) & mask)
            case nodes.Values(texts):
                return canonical(value) in texts
        return nodes.about(node) != mask_of(value) or self._about_it(node, value)

    def _about_it(self, node: Node, value: Json) -> bool:
        match node:
            case nodes.Low(bound, strict):
                return number(value) > bound if strict else number(value) >= bound
            case nodes.High(bound, strict):
                return number(value) < bound if strict else number(value) <= bound
            case nodes.Multiple(step):
                return (number(value) / step).denominator == 1
            case nodes.AtLeast(_, count):
                return len(cast(str, value)) >= count
            case nodes.AtMost(_, count):
                return len(cast(str, value)) <= count
            case nodes.Pattern(pattern):
                return finds(pattern, cast(str, value))
            case nodes.Format(name):
                return is_format(name, cast(str, value))
            case nodes.Content(word, _):
                raise Undecided(word)
        if isinstance(value, list):
            return self._about_list(node, value)
        return self._about_object(node, cast(dict[str, Json], value))

    def _about_list(self, node: Node, value: list[Json]) -> bool:
        match node:
            case nodes.Unique():
                return len({canonical(item) for item in value}) == len(value)
            case nodes.Item(index, inner):
                return len(value) <= index or self.holds(inner, value[index])
            case nodes.Rest(start, inner):
                return all(self.holds(inner, item) for item in value[start:])
            case nodes.Holds(inner, count):
                return sum(self.holds(inner, item) for item in value) >= count
        raise Undecided(repr(node))

    def _about_object(self, node: Node, value: dict[str, Json]) -> bool:
        match node:
            case nodes.Has(name):
                return name in value
            case nodes.Field(name, inner):
                return name not in value or self.holds(inner, value[name])
            case nodes.Family(pattern, inner):
                return all(self.holds(inner, item) for name, item in value.items() if finds(pattern, name))
            case nodes.Others(names, patterns, inner):
                left = [name for name in value if name not in names and not any(finds(p, name) for p in patterns)]
                return all(self.holds(inner, value[name]) for name in left)
            case nodes.Names(inner):
                return all(self.holds(inner, name) for name in value)
        raise Undecided(repr(node))


def parsed(texts: frozenset[str]) -> list[Json]:
    """Returns the values of canonical texts, in order."""
    return [json.loads(text) for text in sorted(texts)]
