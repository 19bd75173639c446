"""Values near to a good one that may break a keyword, and no other: a judge picks those that do."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .json_text import Json, JsonObject

UNKNOWN = "specledger-unknown"
_OTHERS: tuple[Json, ...] = (None, True, 7, 0.5, "text", "", [], {})
_LONGEST = 10_000
_TEXTS = ("", " ", "!", "/", "ü", "A", "0", "no such text", "-1", "\n", "(")


def near(keyword: str, says: Json, here: Json) -> Iterator[Json]:
    """Yields values near to one that is there, the likeliest first."""
    if keyword in _NUMBERS and isinstance(says, (int, float)):
        yield from _numbers(says, here)
    elif keyword in ("minLength", "maxLength", "pattern", "format"):
        yield from _texts(says if isinstance(says, int) else 0, here)
    elif keyword in ("enum", "const"):
        yield from _choices(says if keyword == "enum" and isinstance(says, list) else [says])
    elif keyword in _LISTS:
        yield from _lists(says if isinstance(says, int) else 0, here)
    elif keyword in _OBJECTS:
        yield from _objects(says, here)
    elif keyword == "type":
        yield from _types(here)
    else:
        yield from _mixed(says, here)


_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_LISTS = ("minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "items", "unevaluatedItems")
_OBJECTS = (
    *("minProperties", "maxProperties", "additionalProperties", "unevaluatedProperties", "propertyNames", "required"),
    "dependentRequired",
)


def _numbers(says: int | float, here: Json) -> Iterator[Json]:
    yield from (says - 1, says + 1, says)
    if isinstance(here, (int, float)) and not isinstance(here, bool):
        yield from (here + 1, here + says / 2, here + 0.001)
    yield from (says / 2, says - 0.5, says + 0.5, says * 1.5, 0)
    if isinstance(says, float):
        yield from (math.nextafter(says, -math.inf), math.nextafter(says, math.inf))


def _texts(length: int, here: Json) -> Iterator[Json]:
    text = here if isinstance(here, str) else ""
    if 0 < length <= _LONGEST:
        yield from (text[: length - 1], "x" * (length - 1))
    if length < _LONGEST:
        yield from (text + "x" * max(length + 1 - len(text), 0), "x" * (length + 1), "0" * (length + 1))
    yield from _TEXTS
    yield from (f"{text}{more}" for more in ("x", " ", "!", "\n"))
    yield from (f"{more}{text}" for more in ("x", " ", "!"))
    for place in range(min(len(text), 40)):
        yield text[:place] + text[place + 1 :]
        yield text[:place] + ("é" if text[place].isalnum() else "x") + text[place + 1 :]
    yield from (text.upper(), text.lower(), text * 2, text[::-1])


def _choices(says: list[Json]) -> Iterator[Json]:
    for choice in says[:50]:
        if isinstance(choice, str):
            yield from (choice.upper(), choice.lower(), choice.capitalize(), f"{choice}x", f" {choice}", choice[:-1])
        elif isinstance(choice, bool):
            yield not choice
        elif isinstance(choice, (int, float)):
            yield from (choice + 1, choice - 1)
        elif isinstance(choice, dict):
            yield from ({**choice, UNKNOWN: None}, {})
    yield UNKNOWN
    yield from _OTHERS


def _lists(count: int, here: Json) -> Iterator[Json]:
    held = here if isinstance(here, list) else []
    if count > 0:
        yield held[: count - 1]
    if count < _LONGEST and held:
        yield (held * (count + 1))[: max(count + 1, len(held) + 1)]
        # Items that differ, where equal ones would break another keyword.
        if all(isinstance(item, (int, float)) for item in held):
            yield [*held, *range(1000, 1000 + max(count + 1 - len(held), 1))]
        if all(isinstance(item, str) for item in held):
            yield [*held, *(f"{held[0]}{number}" for number in range(max(count + 1 - len(held), 1)))]
    if count < _LONGEST:
        yield [*range(count + 1)]
    for item in held[:3]:
        yield [*held, item]
    yield []
    yield from (held[:place] + held[place + 1 :] for place in range(min(len(held), 10)))
    for other in (*_OTHERS, 10**6, -(10**6)):
        yield [*held, other]
        yield [other]
        yield [other, other]
        yield [*held, *[other] * (count + 1)][:_LONGEST]


def _objects(says: Json, here: Json) -> Iterator[Json]:
    held: JsonObject = here if isinstance(here, dict) else {}
    for name in held:
        yield {key: item for key, item in held.items() if key != name}
    yield from ({**held, UNKNOWN: other} for other in _OTHERS)
    for name in ("", "A B", "x" * 300, "ü", "0", "a"):
        yield {**held, name: 7}
    if isinstance(says, int) and 0 <= says < _LONGEST:
        for filler in ("text", 7):
            more: JsonObject = {f"{UNKNOWN}{number}": filler for number in range(max(says + 1 - len(held), 0))}
            yield {**held, **more}
        yield dict(list(held.items())[: max(says - 1, 0)])
    if isinstance(says, dict):
        for trigger in says:
            yield from ({**held, trigger: other} for other in ("text", 7, True))
    yield {}


def _types(here: Json) -> Iterator[Json]:
    if isinstance(here, bool):
        yield from (int(here), str(here).lower())
    elif isinstance(here, (int, float)):
        yield from (str(here), here + 0.5 if abs(here) < 2**50 else 0.5, bool(here))
    elif isinstance(here, str):
        kinds: tuple[Json, ...] = (7, True, [here], {"value": here})
        yield from kinds
    elif isinstance(here, list):
        yield from (here[0] if here else "text", {"0": here[0] if here else None})
    elif isinstance(here, dict):
        yield [here]
    yield from _OTHERS


def _mixed(says: Json, here: Json) -> Iterator[Json]:
    """Yields values for keywords that hold other schemas: `not`, `anyOf`, `oneOf`, and what is not known."""
    yield from _types(here)
    if isinstance(here, dict):
        yield from _objects(None, here)
    if isinstance(here, list):
        yield from _lists(0, here)
    if isinstance(here, str):
        yield from _texts(0, here)
    for schema in says if isinstance(says, list) else [says]:
        if isinstance(schema, dict):
            yield from _named(schema)
    if isinstance(here, (int, float)) and not isinstance(here, bool):
        yield from (*range(-3, 13), -(10**6), 10**6)


def _named(schema: JsonObject) -> Iterator[Json]:
    """Yields the values that a schema names."""
    choices = schema.get("enum")
    yield from choices if isinstance(choices, list) else ()
    if "const" in schema:
        yield schema["const"]
