"""Objects made to fit a schema, as near to what was meant as it lets them be."""

from __future__ import annotations

from functools import cached_property

import jsonschema_rs

from .json_text import Json, JsonObject
from .sample import NoSample, Sampler
from .schema import Declared, Schemas


def properties(schemas: Schemas, schema: Json) -> dict[str, Json]:
    """Returns the fields that a schema declares at its top level, with their schemas, in the order found."""
    found: dict[str, Json] = {}
    for part in schemas.parts(schema):
        given = part.get("properties")
        for name, inner in given.items() if isinstance(given, dict) else ():
            found.setdefault(name, inner)
    return found


def inside(schemas: Schemas, schema: Json, steps: tuple[str, ...]) -> Json:
    """Returns the schema that steps into properties, and by `[]` into items, lead to."""
    for step in steps:
        schema = items_of(schemas, schema) if step == "[]" else schemas.property(schema, step)
    return schema


def items_of(schemas: Schemas, schema: Json) -> Json:
    """Returns the schema of an array's items; None where it says nothing of them."""
    return next((part["items"] for part in schemas.parts(schema) if "items" in part), None)


def put(body: Json, steps: tuple[str, ...], value: Json) -> Json:
    """Returns a body with a value where the steps lead, and objects around it where there are none."""
    if not steps:
        return value
    held = body if isinstance(body, dict) else {}
    return {**held, steps[0]: put(held.get(steps[0]), steps[1:], value)}


class Fitting:
    """What one schema shows of an object; fields that are `apart` show only where it names them."""

    def __init__(self, schemas: Schemas, schema: Json, apart: frozenset[str] = frozenset()) -> None:
        self._schemas = schemas
        self.schema = schema
        self.properties = properties(schemas, schema)
        self._hidden = {name for name, inner in self.properties.items() if schemas.is_hidden(inner)}
        self._hidden |= apart - self.properties.keys()
        self._declared: Declared = schemas.declared(schema)

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return self._schemas.compile(self.schema)

    @cached_property
    def sample(self) -> JsonObject:
        """Returns an object that the schema accepts; an empty one where none could be made."""
        try:
            made = Sampler(self._schemas).value(self.schema)
        except NoSample:
            made = None
        return made if isinstance(made, dict) else {}

    def accepts(self, value: Json) -> bool:
        """Says whether the schema allows the value."""
        return self._validator.is_valid(value)

    def shows(self, name: str) -> bool:
        """Says whether a stored field is part of what is shown."""
        return name not in self._hidden and (name in self._declared or not self._declared.names)

    def shown(self, stored: JsonObject, otherwise: JsonObject | None = None) -> JsonObject:
        """Returns the part of a stored object that the schema shows, made to fit it.

        What does not fit gives way to what `otherwise`, or a sample, holds in its place.
        """
        wanted = {name: value for name, value in stored.items() if self.shows(name)}
        if self.accepts(wanted):
            return wanted
        for base in (otherwise or {}, self.sample):
            if self.accepts(base):
                return self._nearest(base, wanted)
        return wanted

    def _nearest(self, base: JsonObject, wanted: JsonObject) -> JsonObject:
        found = dict(base)
        for _ in range(2):  # a field may be allowed only once another one is there
            for name in [*wanted, *(name for name in base if name not in wanted)]:
                tried = {key: value for key, value in found.items() if key != name}
                if name in wanted:
                    tried[name] = wanted[name]
                if self.accepts(tried):
                    found = tried
        return found
