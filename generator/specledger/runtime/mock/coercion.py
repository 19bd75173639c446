"""Texts to JSON values, by what a schema asks for: a query, a header or a form field has no types of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from math import isfinite

import jsonschema_rs

from .json_text import Json
from .schema import Schemas

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,299})\Z")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,299})(\.[0-9]{1,300})?([eE][-+]?[0-9]{1,3})?\Z")
_WORDS: Mapping[str, tuple[str, Json]] = {
    "true": ("boolean", True),
    "false": ("boolean", False),
    "null": ("null", None),
}


class Coercion:
    """What one schema makes of a text."""

    def __init__(self, schemas: Schemas, schema: Json) -> None:
        self._schemas = schemas
        self._schema = schema
        self.types = schemas.types(schema)
        self._fields: dict[str, Coercion] = {}

    @property
    def is_array(self) -> bool:
        """Says whether several texts make one value."""
        return "array" in self.types

    @property
    def is_object(self) -> bool:
        """Says whether named texts make one value."""
        return "object" in self.types and not self.is_array

    @cached_property
    def items(self) -> Coercion:
        """Returns what the items of an array become."""
        found = (part["items"] for part in self._schemas.parts(self._schema) if "items" in part)
        return Coercion(self._schemas, next(found, True))

    def item(self, number: int) -> Coercion:
        """Returns what an item of an array becomes, by its place where the schema speaks of places."""
        return self._places[number] if number < len(self._places) else self.items

    @cached_property
    def _places(self) -> list[Coercion]:
        found = (part.get("prefixItems") for part in self._schemas.parts(self._schema))
        none: list[Json] = []
        places = next((given for given in found if isinstance(given, list)), none)
        return [Coercion(self._schemas, schema) for schema in places]

    @cached_property
    def names(self) -> frozenset[str]:
        """Returns the fields that an object declares."""
        return self._schemas.declared(self._schema).names

    def field(self, name: str) -> Coercion:
        """Returns what a field of an object becomes."""
        if name not in self._fields:
            known = self._schemas.property(self._schema, name)
            if name not in self.names:
                return Coercion(self._schemas, known)
            self._fields[name] = Coercion(self._schemas, known)
        return self._fields[name]

    def value(self, text: str) -> Json:
        """Returns the value that a text stands for: the first reading that the schema accepts, else the first."""
        readings = list(self._readings(text))
        if len(readings) > 1:
            return next((reading for reading in readings if self._validator.is_valid(reading)), readings[0])
        return readings[0] if readings else text

    def _readings(self, text: str) -> Iterator[Json]:
        if "string" in self.types:
            yield text
        if self.types & {"integer", "number"} and _INTEGER.match(text):
            yield int(text)
        elif self.types & {"integer", "number"} and _NUMBER.match(text) and isfinite(float(text)):
            yield float(text)
        kind, value = _WORDS.get(text, ("", None))
        if kind in self.types:
            yield value

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return self._schemas.compile(self._schema)
