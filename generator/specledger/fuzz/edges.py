"""What a keyword may be changed to, and values near to what it says: beside it, at its edge, of another type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import nextafter

from specledger.fuzz import sides
from specledger.fuzz.positions import Spoken, put
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, as_list, as_object

UNKNOWN = "specledger-unknown"
# Values of an enum that are each sent, at most: the first, the last and those between.
_CHOICES = 100


def dropped(said: Spoken) -> Iterator[tuple[Place, JsonObject]]:
    """Yields the node's schema without the keyword, and the place that this is about: each name for itself."""
    value, here = said.value, said.node.schema
    if said.keyword == "required":
        names = [str(name) for name in as_list(value)]
        for name in names:
            left: list[Json] = [other for other in names if other != name]
            yield said.at.child(name), as_object(put(here, said.trail, left))
    elif said.keyword == "dependentRequired":
        for trigger, wanted in as_object(value).items():
            for dependent in as_list(wanted):
                kept = [other for other in as_list(wanted) if other != dependent]
                yield said.at.child(str(dependent)), as_object(put(here, (*said.trail, trigger), kept))
    else:
        yield said.at, said.without()


def tightened(said: Spoken) -> Iterator[JsonObject]:
    """Yields the node's schema a step tighter at the keyword: what it then refuses lies at the edge."""
    change = _STEPS.get(said.keyword)
    value, here = said.value, said.node.schema
    if said.keyword == "enum":
        choices = as_list(value)
        for choice in dict.fromkeys([*range(min(len(choices), _CHOICES)), len(choices) - 1] if choices else []):
            yield said.saying(enum=[other for number, other in enumerate(choices) if number != choice])
    elif said.keyword == "type" and isinstance(value, list):
        for word in value:
            yield said.saying(type=[other for other in value if other != word])
    elif change and isinstance(value, int | float) and not isinstance(value, bool):
        yield from (said.saying(**keywords) for keywords in change(value))
    elif said.keyword in ("anyOf", "oneOf"):
        yield from (as_object(put(here, (*said.trail, number), False)) for number in range(len(as_list(value))))
    elif said.keyword in ("then", "else"):
        yield said.saying(**{said.keyword: False})
    elif said.keyword in ("dependentRequired", "dependentSchemas"):
        for name in as_object(value):
            triggered: JsonObject = {said.keyword: {}, "not": {"required": [name]}}
            yield said.saying(**triggered)
    elif said.keyword in _MET:
        yield said.saying(**{"not": _MET[said.keyword]})


# What a value must be for a keyword to have been asked at all.
_MET: dict[str, JsonObject] = {
    "type": {},
    "const": {},
    "pattern": {"type": "string"},
    "format": {"type": "string"},
    "uniqueItems": {"type": "array", "minItems": 2},
}


def _above(value: float) -> list[JsonObject]:
    if isinstance(value, int):
        return [{"exclusiveMinimum": value + 1}]
    return [{"exclusiveMinimum": nextafter(value, float("inf"))}]


def _below(value: float) -> list[JsonObject]:
    if isinstance(value, int):
        return [{"exclusiveMaximum": value - 1}]
    return [{"exclusiveMaximum": nextafter(value, float("-inf"))}]


_STEPS: dict[str, Callable[[int | float], list[JsonObject]]] = {
    "minimum": lambda value: [{"exclusiveMinimum": value}],
    "maximum": lambda value: [{"exclusiveMaximum": value}],
    "exclusiveMinimum": _above,
    "exclusiveMaximum": _below,
    "multipleOf": lambda value: [{"multipleOf": value * 2}],
    **{
        word: (lambda value, word=word: [{word: value + 1}])  # type: ignore[misc]  # a default binds the word
        for word in ("minLength", "minItems", "minContains", "minProperties")
    },
    **{
        word: (lambda value, word=word: [{word: value - 1}] if value > 0 else [])  # type: ignore[misc]  # as above
        for word in ("maxLength", "maxItems", "maxContains", "maxProperties")
    },
}


def near(said: Spoken, held: Json) -> Iterator[Json]:
    """Yields values beside a good one that a keyword may be about, the nearest first."""
    keyword, value = said.keyword, said.value
    schema = as_object(said.node.schema)
    if keyword == "properties" and isinstance(held, dict):
        yield from ({**held, name: other} for name in as_object(value) for other in sides.OF_EACH_TYPE)
    if keyword in ("required", "dependentRequired", "minProperties", "properties", "anyOf", "oneOf", "then", "else"):
        yield from _poorer(held, said)
    elif keyword in ("items", "uniqueItems", "contains", "minContains", "maxContains", "prefixItems"):
        yield from _lists(held)
        yield from sides.near("minItems", len(held) if isinstance(held, list) else 0, [held], schema)
    elif keyword in _SIDED:
        yield from sides.near(keyword, value, [held], schema)
    if keyword in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(value, float):
        yield from (nextafter(value, float("-inf")), nextafter(value, float("inf")))


_SIDED = (
    *("enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength"),
    *("maxLength", "pattern", "format", "not", "minItems", "maxItems", "maxProperties", "additionalProperties"),
    *("propertyNames", "type"),
)


def _poorer(held: Json, said: Spoken) -> Iterator[Json]:
    if not isinstance(held, dict):
        return
    for name in held:
        yield {key: item for key, item in held.items() if key != name}
    triggers = as_object(said.value) if said.keyword == "dependentRequired" else {}
    for trigger in triggers:
        yield {**held, trigger: held.get(trigger, "text")}
    yield {}


def _lists(held: Json) -> Iterator[Json]:
    if isinstance(held, list):
        yield []
        for number, item in enumerate(held[:3]):
            yield [*held, item]
            yield [other for place, other in enumerate(held) if place != number]


def widenings(schemas: list[JsonObject], held: Json) -> Iterator[tuple[str, Json]]:
    """Yields what a server that reads generously might take for the value, with the keyword that each is about."""
    for schema in schemas:
        choices = as_list(schema.get("enum")) or ([schema["const"]] if "const" in schema else [])
        keyword = "enum" if "enum" in schema else "const"
        for choice in choices:
            if isinstance(choice, str):
                for text in (choice.upper(), choice.lower(), choice.swapcase(), choice.capitalize()):
                    yield keyword, text
                yield from ((keyword, text) for text in (f"{choice}x", f" {choice}", f"{choice} ", choice[:-1]))
            elif isinstance(choice, int | float) and not isinstance(choice, bool):
                yield from ((keyword, number) for number in (choice + 1, choice - 1))
        if choices:
            yield from ((keyword, value) for value in ("", None))
    yield from (("type", value) for value in _mistaken(held))


def _mistaken(held: Json) -> Iterator[Json]:
    if isinstance(held, bool):
        yield int(held)
        yield str(held).lower()
    elif isinstance(held, int | float):
        yield str(held)
        yield bool(held)
        yield float(held)
        yield held + 0.5 if abs(held) < 2**50 else 0.5
    elif isinstance(held, str):
        yield 7
        yield True
        yield [held]
        yield {"value": held}
    elif isinstance(held, list):
        yield held[0] if held else "text"
        yield {"0": held[0]} if held else {}
        yield ""
    elif isinstance(held, dict):
        yield [held]
        yield ""
        yield "{}"
    yield None


def pinned(schema: JsonObject, held: Json, said: Spoken) -> JsonObject:
    """Returns an object's schema with each field held to its value, save those that the keyword may be about."""
    if not isinstance(held, dict) or said.trail == ("properties",):
        return schema
    first = str(said.trail[0])
    words = ("if", "then", "else") if first in ("if", "then", "else") else (first,)
    free = {name for word in words for name in _named(said.node.schema.get(word))}
    return _pinned(schema, held, free)


def _pinned(schema: JsonObject, held: JsonObject, free: set[str]) -> JsonObject:
    made = dict(schema)
    if "properties" in schema:
        made["properties"] = {
            name: inner if name in free else {"const": held[name]} if name in held else False
            for name, inner in as_object(schema["properties"]).items()
        }
    if "allOf" in schema:
        made["allOf"] = [_pinned(as_object(one), held, free) for one in as_list(schema["allOf"])]
    return made


def _named(value: Json) -> Iterator[str]:
    """Yields every name that stands in a part of a schema."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)
    elif isinstance(value, str):
        yield value
