"""Values on either side of one keyword, and values of a type: candidates, which a validator then sorts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import nextafter

import jsonschema_rs

from specledger.canonical import canonical
from specledger.yaml12 import Json, JsonObject, as_list, as_object

# One value of each JSON type, and those that are easily mistaken for another.
OF_EACH_TYPE: tuple[Json, ...] = (
    "text",
    "",
    7,
    1.5,
    True,
    None,
    [],
    {},
    ["text"],
    {"key": "text"},
    "7",
    "true",
    "null",
)
_OUTSIDE_ASCII = "é😀"
# How far a text is stretched or cut a character at a time.
_STEPS = 300


def near(keyword: str, bound: Json, held: list[Json], schema: JsonObject) -> Iterator[Json]:
    """Yields values at, below and above what a keyword allows; `held` are values known to be good at the place.

    `schema` is all that is claimed about the place.
    """
    count = bound if isinstance(bound, int) and not isinstance(bound, bool) else None
    counts = () if count is None else (count - 1, count, count + 1)
    if keyword in ("enum", "const"):
        yield from _beside_choices(bound if isinstance(bound, list) else [bound])
    elif keyword in _NUMBERS and isinstance(bound, int | float):
        yield from _around(bound, _is_whole(schema, held))
    elif keyword == "multipleOf" and isinstance(bound, int | float):
        yield from (bound, bound * 2, bound + 1, bound / 2, bound * 1.5)
    elif keyword in ("minLength", "maxLength", "pattern", "format") or (keyword == "not" and _is_text(schema)):
        yield from _not_allowed(bound)
        yield from _texts(held, counts, schema)
    elif keyword in ("minItems", "maxItems", "uniqueItems"):
        yield from _lists(held, counts or (2,))
    elif keyword in ("minProperties", "maxProperties", "additionalProperties", "propertyNames"):
        yield from _objects(held, 1 if count is None else count)
    elif keyword == "items":
        yield from ([*value, other] for value in _held_lists(held) for other in OF_EACH_TYPE)
    elif keyword == "not":
        yield from _not_allowed(bound)
        yield from held
    else:
        yield from held
        yield from OF_EACH_TYPE


def instance(schema: JsonObject) -> Json:
    """Returns a plain value of a schema made of claims: the first choice, else the least of its type."""
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        return choices[0]
    for branch in as_list(schema.get("anyOf")):
        return instance(branch) if isinstance(branch, dict) else None
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((word for word in kind if word != "null"), None)
    if kind == "object":
        properties = as_object(schema.get("properties"))
        return {str(name): instance(as_object(properties.get(str(name)))) for name in as_list(schema.get("required"))}
    if kind == "array":
        least = schema.get("minItems")
        return [instance(as_object(schema.get("items"))) for _ in range(least if isinstance(least, int) else 1)]
    if kind in ("integer", "number"):
        low, high = schema.get("minimum"), schema.get("maximum")
        return max(low, 1) if isinstance(low, int) else min(high, 1) if isinstance(high, int) else 1
    return {"boolean": True, "null": None}.get(str(kind), "text")


_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "limit.minimum", "limit.maximum")


def _beside_choices(choices: list[Json]) -> Iterator[Json]:
    yield from choices
    for choice in choices:
        if isinstance(choice, str):
            yield from (choice.swapcase(), f"{choice}x", f" {choice}", f"{choice}\n", choice[:-1])
        elif isinstance(choice, bool):
            yield not choice
        elif isinstance(choice, int | float):
            yield from (choice + 1, choice - 1, choice + 0.5, str(choice))
    yield from ("", None)


def _around(bound: int | float, whole: bool) -> Iterator[Json]:
    if whole:
        yield from (int(bound) + step for step in (0, -1, 1))
        return
    yield from (bound, bound - 1, bound + 1)
    yield from (nextafter(bound, float("-inf")), nextafter(bound, float("inf")))


def _texts(held: list[Json], lengths: tuple[int, ...], schema: JsonObject) -> Iterator[Json]:
    base = [value for value in held if isinstance(value, str)] or [str(instance({**schema, "type": "string"}))]
    free = {key: value for key, value in schema.items() if key not in ("minLength", "maxLength")}
    allows = jsonschema_rs.Draft202012Validator(free, validate_formats=True).is_valid
    yield from base
    for text in base:
        for length in lengths:
            if 0 <= length <= 1_000_000:
                yield from _of_length(text, length)
                yield from _fitted(text, length, allows)
        yield from ("", f"{text}\n", f"\n{text}", f" {text}", f"{text} ", text[1:], text[:-1])
        for number in range(min(len(text), 40)):
            # Each character left out or doubled, or one that patterns seldom allow in its place.
            yield text[:number] + text[number + 1 :]
            yield from (text[:number] + other + text[number:] for other in (text[number], "/", "!", "é"))
    yield from ("text", "0", "-", "x" * 300)


def _of_length(text: str, length: int) -> Iterator[str]:
    """Yields texts of a length in characters, near a good one: cut, or filled up in the middle or at the end."""
    if length <= len(text):
        yield from (text[:length], text[len(text) - length :])
        return
    missing = length - len(text)
    for filler in (text[-1:] or "x", "a", "0", *_OUTSIDE_ASCII):
        yield text + filler * missing
        yield text[: len(text) // 2] + filler * missing + text[len(text) // 2 :]


def _fitted(text: str, length: int, allows: Callable[[str], bool]) -> Iterator[str]:
    """Yields a text of a length that is allowed at every step on the way from a good one, a character a step.

    The end changes first: what comes before is more often what makes the text good.
    """
    if abs(len(text) - length) > _STEPS:
        return
    while len(text) != length:
        if len(text) > length:
            nearer = (text[:number] + text[number + 1 :] for number in reversed(range(len(text))))
        else:
            nearer = (text[:number] + text[number] + text[number:] for number in reversed(range(len(text))))
        found = next((one for one in nearer if allows(one)), None)
        if found is None:
            return
        text = found
    yield text


def _lists(held: list[Json], lengths: tuple[int, ...]) -> Iterator[Json]:
    for value in _held_lists(held):
        for length in lengths:
            if 0 <= length <= 10_000:
                repeated = value * (length // max(len(value), 1) + 1)
                yield repeated[:length]
                # Distinct items, for lists whose items are texts that must differ.
                yield [
                    f"{item}{n}" if isinstance(item, str) and n else item for n, item in enumerate(repeated[:length])
                ]


def _held_lists(held: list[Json]) -> list[list[Json]]:
    return [value for value in held if isinstance(value, list)] or [["text"]]


def _objects(held: list[Json], count: int) -> Iterator[Json]:
    for value in held:
        if isinstance(value, dict):
            yield value
            yield {**value, "specledger-unknown": "text"}
            names = list(value)
            yield from (
                {name: value[name] for name in names[:size]} for size in (count - 1, count, count + 1) if size >= 0
            )
            padding: JsonObject = {f"specledger-{n}": "text" for n in range(max(count + 1 - len(names), 0))}
            yield {**value, **padding}


def _not_allowed(schema: Json) -> Iterator[Json]:
    """Yields values that a schema under `not` names."""
    for word in ("enum", "const"):
        named = schema.get(word) if isinstance(schema, dict) else None
        yield from _beside_choices(named if isinstance(named, list) else [] if named is None else [named])
    if isinstance(schema, dict) and isinstance(schema.get("pattern"), str):
        yield re.sub(r"[\\^$]", "", str(schema["pattern"]))


def distinct(values: Iterator[Json]) -> Iterator[Json]:
    """Yields the values once each: 1 and True are two values."""
    seen: set[str] = set()
    for value in values:
        key = canonical(value) + (".0" if isinstance(value, float) else "")
        if key not in seen:
            seen.add(key)
            yield value


def _is_whole(schema: JsonObject, held: list[Json]) -> bool:
    if "type" in schema:
        return schema["type"] == "integer"
    return any(isinstance(value, int) for value in held)


def _is_text(schema: JsonObject) -> bool:
    return schema.get("type") == "string"
