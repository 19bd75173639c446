"""JSON text to values and back, stricter than the usual readers where a request could mean two things."""

from __future__ import annotations

import json
import re
from typing import cast

import orjson

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
JsonObject = dict[str, Json]

MAX_DEPTH = 200

_LONG_NUMBER = re.compile(rb"[0-9]{19}")


class Malformed(ValueError):
    """The bytes are not the text that they claim to be; the message says why."""


def read(text: bytes) -> Json:
    """Returns the value of a JSON text (RFC 8259, UTF-8).

    Raises Malformed for what orjson refuses (NaN, a byte order mark, invalid UTF-8, lone surrogates, numbers
    beyond a double) and for what it lets pass: a key that stands twice, nesting beyond 200 levels. Integers are
    exact whatever their size.
    """
    try:
        value = cast(Json, orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise Malformed(str(error)) from None
    if isinstance(value, (dict, list)):
        keys, colons = _census(value)
        if _LONG_NUMBER.search(text) or b"\\u" in text or text.count(b":") != keys + colons:
            return cast(Json, json.loads(text, object_pairs_hook=_pairs))
    elif _LONG_NUMBER.search(text):
        return cast(Json, json.loads(text))
    return value


def _census(value: Json) -> tuple[int, int]:
    """Returns how many keys a value holds and how many colons stand in its texts.

    Each key of the text brings one colon, and without \\u escapes the others stand inside texts: where the sums
    are equal, no key was dropped as the first of two.
    """
    keys = colons = depth = 0
    level = [value]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise Malformed(f"nested deeper than {MAX_DEPTH} levels")
        following: list[Json] = []
        for container in level:
            items: list[Json]
            if isinstance(container, dict):
                keys += len(container)
                for key in container:
                    colons += key.count(":")
                items = list(container.values())
            else:
                items = cast(list[Json], container)
            for item in items:
                if isinstance(item, str):
                    colons += item.count(":")
                elif isinstance(item, (dict, list)):
                    following.append(item)
        level = following
    return keys, colons


def _pairs(pairs: list[tuple[str, Json]]) -> JsonObject:
    found: JsonObject = {}
    for key, value in pairs:
        if key in found:
            raise Malformed(f"the key {key[:80]!r} stands twice in one object")
        found[key] = value
    return found


def write(value: Json) -> bytes:
    """Returns the JSON text of a value."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits, or more levels than orjson writes
        return json.dumps(value, separators=(",", ":")).encode()
