"""How a value travels in a request: as JSON, as the texts of a parameter, or as the fields of a form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, product

from specledger.fuzz.request import Missing, Request
from specledger.ir import Parameter
from specledger.places import Place
from specledger.yaml12 import Json

# In which ways a form's texts are read together, at most.
_READINGS = 64
_PLAIN = re.compile(r"[A-Za-z0-9_~-]+\Z")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,299})(\.[0-9]{1,300})?([eE][-+]?[0-9]{1,3})?\Z")
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Carriage:
    """Puts values into a request at the place of a parameter or of the body; `names` are an object's known fields."""

    base: Request = field(repr=False)
    at: Place
    parameter: Parameter | None = field(default=None, repr=False)
    names: frozenset[str] = frozenset()

    @property
    def is_text(self) -> bool:
        """Says whether types are lost on the way."""
        if self.parameter:
            return self.parameter.media_type is None
        return self.base.is_form

    def request(self, value: Json | Missing) -> Request:
        """Returns the request with the value; without one for MISSING."""
        if isinstance(value, Missing):
            return self.base.without(self.at)
        return replace(self.base, body=value) if self.parameter is None else self.base.with_value(self.at, value)

    def readings(self, value: Json) -> Iterator[Json]:
        """Yields what a value may be read as where it arrives."""
        if not self.is_text:
            yield value
        elif self.parameter:
            yield from _readings(value)
        else:
            yield from _forms(value)

    def carries(self, value: Json) -> bool:
        """Says whether a value can be sent so that it arrives as one of its readings."""
        if not self.is_text:
            return True
        if self.parameter is None:
            return isinstance(value, dict) and bool(value) and all(_is_field(*pair) for pair in value.items())
        if isinstance(value, list):
            return bool(value) and all(_is_part(item) for item in value)
        if isinstance(value, dict):
            return bool(value) and set(value) <= self.names and all(_is_part(item) for item in value.values())
        return self._is_sendable(_text(value))

    def _is_sendable(self, text: str) -> bool:
        location = self.parameter.location if self.parameter else ""
        if self.names or (self.parameter and self.parameter.style in ("label", "matrix", "deepObject")):
            return bool(_PLAIN.match(text))
        if location == "path":
            return bool(text.strip("."))
        if location == "cookie":
            return bool(_PLAIN.match(text))
        plain = text.isascii() and text.isprintable()
        return plain and text == text.strip() and bool(text) if location == "header" else True


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_part(value: Json) -> bool:
    return not isinstance(value, list | dict) and bool(_PLAIN.match(_text(value)))


def _is_field(name: str, value: Json) -> bool:
    if isinstance(value, list) and not (value and all(isinstance(item, str) for item in value)):
        return False
    return bool(_PLAIN.match(name)) and not isinstance(value, dict)


def _read(text: str) -> Iterator[Json]:
    """Yields a text, and the number or word of JSON that it may be."""
    yield text
    if text in _WORDS:
        yield _WORDS[text]
    elif _NUMBER.match(text):
        yield json.loads(text)


def _readings(value: Json) -> Iterator[Json]:
    if isinstance(value, list):
        ways = [list(_read(_text(item))) for item in value]
        yield [way[-1] for way in ways]  # of long lists not every mixture is tried
        yield from (list(made) for made in islice(product(*ways), _READINGS))
        if len(value) == 1:
            yield from _read(_text(value[0]))
    elif isinstance(value, dict):
        pairs = [[(key, one) for one in _read(_text(item))] for key, item in value.items()]
        yield dict(way[-1] for way in pairs)
        yield from (dict(made) for made in islice(product(*pairs), _READINGS))
    else:
        text = _text(value)
        yield from _read(text)
        parts = text.split(",")
        yield [*parts]
        yield [next(reversed(list(_read(part)))) for part in parts]
        if not text:
            yield []


def _forms(value: Json) -> Iterator[Json]:
    if not isinstance(value, dict):
        return
    ways: list[list[tuple[str, Json]]] = []
    for key, item in value.items():
        read = [*item] if isinstance(item, list) else list(_read(_text(item)))
        one: list[Json] = [item, *([read[0]] if len(read) == 1 else [])] if isinstance(item, list) else read
        ways.append([(key, known) for known in [*one, *([] if isinstance(item, list) else [[known] for known in one])]])
    yield from (dict(made) for made in islice(product(*ways), _READINGS))
