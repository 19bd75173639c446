"""Values of a schema: drawn once for each, and the judge of what is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import jsonschema_rs
from hypothesis import strategies
from hypothesis.errors import HypothesisException, Unsatisfiable
from jsonschema_rs import canonical as forms
from schemathesis.core.errors import InvalidSchema
from schemathesis.generation.jsonschema.builder import build
from schemathesis.generation.jsonschema.context import Alphabet

from specledger.canonical import canonical
from specledger.fuzz.draw import draw
from specledger.fuzz.positions import ROOT
from specledger.yaml12 import Json, JsonObject

DRAFT = jsonschema_rs.Draft202012
# Each format that the judge asserts; those of more than one value can be told apart where items must differ.
_FORMATS: Mapping[str, tuple[str, ...]] = {
    "date": ("2026-02-28", "2024-02-29"),
    "date-time": ("2026-02-28T09:30:00Z", "2024-02-29T23:59:59.5+01:00"),
    "time": ("09:30:00Z", "23:59:59.5+01:00"),
    "duration": ("P1D", "PT36H"),
    "email": ("a@example.com", "b.c@example.org"),
    "idn-email": ("a@example.com", "ü@example.org"),
    "hostname": ("example.com", "a-b.example.org"),
    "idn-hostname": ("example.com", "bücher.example.org"),
    "ipv4": ("192.0.2.1", "198.51.100.7"),
    "ipv6": ("2001:db8::1", "::1"),
    "uri": ("https://example.com/a", "urn:example:b"),
    "uri-reference": ("/a", "../b?c=1"),
    "iri": ("https://example.com/ä", "urn:example:b"),
    "iri-reference": ("/ä", "../b?c=1"),
    "uri-template": ("/a/{b}", "/c"),
    "uuid": ("6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "00000000-0000-4000-8000-000000000000"),
    "json-pointer": ("/a/0", ""),
    "relative-json-pointer": ("0", "1/a"),
    "regex": ("^a+$", "b"),
}
_ALPHABET = Alphabet(codec="ascii", exclude_characters="".join(map(chr, [*range(32), 127])))
# Where the opposite of a schema cannot be drawn, how many values are drawn from which the judge then picks.
_MANY = 25


@cache
def _strategies() -> dict[str, strategies.SearchStrategy[str]]:
    return {name: strategies.sampled_from(texts) for name, texts in _FORMATS.items()}


class Values:
    """Draws the values of schemas whose references lead into `definitions`, the same for the same seed."""

    def __init__(self, definitions: Mapping[str, Json], seed: int) -> None:
        self.definitions = definitions
        self._seed = seed
        self._drawn: dict[str, list[Json]] = {}
        self._references = {name: frozenset(_names(schema)) for name, schema in definitions.items()}

    def judge(self, schema: Json) -> jsonschema_rs.Draft202012Validator:
        """Returns what judges values by a schema; formats are asserted, as the mock does."""
        return jsonschema_rs.Draft202012Validator(self._bundled(schema), validate_formats=True, offline=True)

    def drawn(self, schemas: Sequence[Json], but: Json = None, count: int = 4) -> list[Json]:
        """Returns values that keep to all of the schemas, and where `but` is given not to that one."""
        opposite: list[Json] = [] if but is None else [{"not": but}]
        key = canonical([*schemas, *opposite])
        if key not in self._drawn:
            made = self._draw([*schemas, *opposite], count)
            if made is None and opposite:
                judge = self.judge(but)
                made = [value for value in self._draw(schemas, _MANY) or [] if not judge.is_valid(value)][:count]
            self._drawn[key] = made or []
        return self._drawn[key]

    def covers(self, wide: Json, narrow: Json) -> bool:
        """Says whether it is proved that a schema takes all that another one takes."""
        try:
            pair = [
                jsonschema_rs.canonicalize(self._bundled(one), draft=DRAFT, validate_formats=True)
                for one in (wide, narrow)
            ]
        except ValueError:
            return False
        return pair[0].covers(pair[1]) is forms.Containment.YES

    def _draw(self, schemas: Sequence[Json], count: int) -> list[Json] | None:
        """Returns values that keep to the schemas; none where there are none, None where they cannot be drawn."""
        whole = self._bundled({"allOf": [*schemas]})
        try:
            strategy = build(whole, draft=DRAFT, formats=_strategies(), alphabet=_ALPHABET)
            made = draw(strategy, self._seed, count)
        except Unsatisfiable:
            return []
        except (InvalidSchema, HypothesisException, ValueError, RecursionError):
            return None
        judge = self.judge({"allOf": [*schemas]})
        return [value for value in made if judge.is_valid(value)]

    def _bundled(self, schema: Json) -> JsonObject:
        """Returns a schema with the definitions that it leads to."""
        known: set[str] = set()
        waiting = list(_names(schema))
        while waiting:
            name = waiting.pop()
            if name not in known:
                known.add(name)
                waiting += self._references.get(name, ())
        defined: JsonObject = {name: self.definitions.get(name, True) for name in sorted(known)}
        return {**({"$defs": defined} if defined else {}), "allOf": [schema]}


def _names(value: Json) -> Iterator[str]:
    """Yields the names of the definitions that a schema refers to."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(ROOT):
            yield reference[len(ROOT) :]
        for inner in value.values():
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)
