"""Values of a spec's schemas and operations: drawn ones, and such as hold every field that is declared."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from typing import TypeVar, cast

import jsonschema_rs
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema
from schemathesis.transport.serialization import Binary

from specledger.canonical import canonical
from specledger.fuzz.called.shape import shape
from specledger.fuzz.draw import draw
from specledger.ir import Api
from specledger.yaml12 import Json, JsonObject, as_list, as_object

_PATH = "/drawn"


T = TypeVar("T")


@lru_cache(maxsize=8)
def _draws(name: str, text: str, package: str, seed: int) -> list[Draws]:
    return []


def draws_of(api: Api, seed: int) -> Draws:
    """Returns the draws from an API's spec, those that were made before where the spec is the same."""
    kept = _draws(api.name, api.document.text, repr(api.package), seed)
    if not kept:
        kept.append(Draws(api, seed))
    return kept[0]


class Draws:
    """Draws from one API's spec, each schema once; equal seeds draw equal values."""

    def __init__(self, api: Api, seed: int) -> None:
        self.api = api
        self.seed = seed
        self._drawn: dict[tuple[bool, str, int], list[Json]] = {}
        self._made: dict[str, object] = {}

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Returns what `make` makes, made the first time that the key is asked for."""
        if key not in self._made:
            self._made[key] = make()
        return cast(T, self._made[key])

    def validator(self, schema: Json) -> jsonschema_rs.Draft202012Validator:
        """Returns what says whether a value fits a schema of this API."""
        return jsonschema_rs.Draft202012Validator(
            {"components": self._document.get("components", {}), "allOf": [schema]}, validate_formats=True
        )

    def values(self, schema: Json, count: int) -> list[Json]:
        """Returns different values that fit a schema, as far as any are found."""
        return self._values(False, schema, count)

    def covering(self, schema: Json) -> list[Json]:
        """Returns values that fit a schema and hold, together, every field that can be there."""
        wanted = shape(self.api, [schema]).declared
        all_of = cast(JsonObject, {"required": wanted})
        for filled in (True, False):
            found = self._values(filled, {"allOf": [schema, all_of]} if wanted else schema, 2)
            if found:
                return found[-1:]
        each = [self._values(True, {"allOf": [schema, {"required": [name]}]}, 1) for name in wanted]
        plain = [self._values(False, {"allOf": [schema, {"required": [name]}]}, 1) for name in wanted]
        return [value for filled, simple in zip(each, plain, strict=True) for value in (filled or simple)]

    @cached_property
    def _document(self) -> JsonObject:
        return cast(JsonObject, self.api.document.value)

    @cached_property
    def _filled(self) -> JsonObject:
        """The document with every field of every component required."""
        document = copy.deepcopy(self._document)
        for schema in as_object(as_object(document.get("components")).get("schemas")).values():
            _require(schema)
        return document

    def _values(self, filled: bool, schema: Json, count: int) -> list[Json]:
        key = (filled, canonical(schema), count)
        if key not in self._drawn:
            self._drawn[key] = self._draw(self._filled if filled else self._document, schema, count)
        return self._drawn[key]

    def _draw(self, document: JsonObject, schema: Json, count: int) -> list[Json]:
        fits = self.validator(schema).is_valid
        operation: JsonObject = {
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {"200": {"description": "."}},
        }
        opened = _opened({**document, "security": [], "paths": {_PATH: {"post": operation}}})
        found = [without_bytes(case.body) for case in draw(opened[_PATH]["POST"].as_strategy(), self.seed, count)]
        fitting = {canonical(value): value for value in found if not _is_none(value) and fits(value)}
        return list(fitting.values())


def without_bytes(value: object) -> Json:
    """Returns a drawn value with text in the place of bytes, which schemathesis draws for `format: binary`."""
    if isinstance(value, Binary):
        return value.data.decode("latin-1")
    if isinstance(value, dict):
        return {name: without_bytes(item) for name, item in value.items()}
    return [without_bytes(item) for item in value] if isinstance(value, list) else cast(Json, value)


def _is_none(value: object) -> bool:
    return type(value).__name__ == "NotSet"


def _opened(document: JsonObject) -> BaseSchema:
    return schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict({"cache": {"enabled": False}}))


def _require(schema: Json) -> None:
    for one in _inside(schema):
        known = list(as_object(one.get("properties")))
        if known:
            one["required"] = [*known, *(name for name in as_list(one.get("required")) if name not in known)]


def _inside(schema: Json) -> Iterator[JsonObject]:
    if isinstance(schema, dict):
        yield schema
        for inner in as_object(schema.get("properties")).values():
            yield from _inside(inner)
        for branch in [*as_list(schema.get("allOf")), schema.get("items")]:
            yield from _inside(branch)
