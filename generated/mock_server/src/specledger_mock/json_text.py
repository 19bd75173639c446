"""JSON text to values and back, stricter than the usual readers where a request could mean two things."""

from __future__ import annotations

import json
from typing import cast

import orjson

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
JsonObject = dict[str, Json]

MAX_DEPTH = 200

_LONG_NUMBER = b"0" * 19
_DIGITS = bytes(ord("0") if byte in b"0123456789" else ord(" ") for byte in range(256))


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
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise Malformed(f"nested deeper than {MAX_DEPTH} levels")
    # Each key brings one colon, and without \u escapes the others stand inside texts: where both counts are equal,
    # no key was dropped as the first of two.
    if _LONG_NUMBER in text.translate(_DIGITS) or b"\\u" in text or text.count(b":") != orjson.dumps(value).count(b":"):
        return cast(Json, json.loads(text, object_pairs_hook=_pairs))
    return value


def _depth(value: Json) -> int:
    """Returns how deep containers lie in each other."""
    depth = 0
    level = [value]
    while level := [item for item in level if isinstance(item, (dict, list))]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


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
