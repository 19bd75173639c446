"""What patches make of a value: JSON merge patch (RFC 7396) and JSON Patch (RFC 6902)."""

from __future__ import annotations

import re
from typing import cast

from .json_text import Json, JsonObject

MERGE_PATCH = ("application/merge-patch+json", "application/strategic-merge-patch+json")
JSON_PATCH = "application/json-patch+json"

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
# Copies of copies double with each operation, so how much a patch puts, and how deep, is bounded.
_MAX_OPERATIONS = 1000
_MAX_PUT = 100_000
_MAX_DEPTH = 100


class Unpatched(ValueError):
    """A patch that cannot be applied, with the reason."""


def merged(old: Json, patch: Json) -> Json:
    """Returns a value after a JSON merge patch."""
    if not isinstance(patch, dict):
        return patch
    found = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def patched(value: Json, operations: Json) -> Json:
    """Returns a value after every operation of a JSON Patch. Raises Unpatched; the value given stays as it is."""
    rows = operations if isinstance(operations, list) else [operations]
    if len(rows) > _MAX_OPERATIONS:
        raise Unpatched(f": more than {_MAX_OPERATIONS} operations")
    room = _MAX_PUT
    for number, row in enumerate(rows):
        try:
            value, room = _applied(value, row if isinstance(row, dict) else {}, room)
        except Unpatched as error:
            raise Unpatched(f"[{number}]: {error}") from None
    return value


def _applied(value: Json, row: JsonObject, room: int) -> tuple[Json, int]:
    """Returns a value after one operation, and how much more may be put into it."""
    act, path = row.get("op"), _steps(row, "path")
    if act == "remove":
        return _removed(value, path), room
    if act in ("move", "copy"):
        source = _steps(row, "from")
        new = _at(value, source)
        if act == "move" and len(path) > len(source) and path[: len(source)] == source:
            raise Unpatched("a value cannot be moved into itself")
        value = _removed(value, source) if act == "move" and source else value
    elif act not in ("add", "replace", "test"):
        raise Unpatched("op is none of add, remove, replace, move, copy and test")
    elif "value" not in row:
        raise Unpatched("value is required")
    else:
        new = row["value"]
    if act == "test":
        if not same(_at(value, path), new):
            raise Unpatched(f"the test of {row['path']} fails")
        return value, room
    if act == "replace":
        _at(value, path)
        value = _removed(value, path) if path else value
    return _added(value, path, new), _left(room, new, len(path))


def _left(room: int, new: Json, depth: int) -> int:
    """Returns the room that is left beside a value that is put so deep. Raises Unpatched where there is not enough."""
    level = [new]
    while level:
        room, depth = room - len(level), depth + 1
        if room < 0 or depth > _MAX_DEPTH:
            raise Unpatched("the patch makes the object too large")
        level = [inner for outer in level for inner in _parts(outer)]
    return room


def _parts(value: Json) -> list[Json]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _steps(row: JsonObject, name: str) -> list[str]:
    """Returns the steps of a JSON Pointer (RFC 6901)."""
    text = row.get(name)
    if not isinstance(text, str) or (text and not text.startswith("/")) or re.search("~(?![01])", text):
        raise Unpatched(f"{name} is no JSON Pointer")
    return [step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:]]


def _at(value: Json, steps: list[str]) -> Json:
    for step in steps:
        if isinstance(value, list):
            value = value[_index(value, step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            raise Unpatched(f"there is no /{'/'.join(steps)}")
    return value


def _index(value: list[Json], step: str, room: int = 0) -> int:
    if not _INDEX.fullmatch(step) or int(step) >= len(value) + room:
        raise Unpatched(f"{step[:80]} is no index of the array")
    return int(step)


def _added(value: Json, steps: list[str], new: Json) -> Json:
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        if rest:
            at = _index(value, step)
            return [*value[:at], _added(value[at], rest, new), *value[at + 1 :]]
        at = len(value) if step == "-" else _index(value, step, room=1)
        return [*value[:at], new, *value[at:]]
    if not isinstance(value, dict) or (rest and step not in value):
        raise Unpatched(f"there is no place for {step[:80]}")
    return {**value, step: _added(value[step], rest, new) if rest else new}


def _removed(value: Json, steps: list[str]) -> Json:
    if not steps:
        raise Unpatched("the whole cannot be removed")
    _at(value, steps)
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        at = _index(value, step)
        return [*value[:at], *([_removed(value[at], rest)] if rest else []), *value[at + 1 :]]
    held = cast(JsonObject, value)
    if rest:
        return {**held, step: _removed(held[step], rest)}
    return {name: inner for name, inner in held.items() if name != step}


def same(one: Json, other: Json) -> bool:
    """Says whether two values are equal as JSON has it: 1 is 1.0, and true is no number."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    return isinstance(one, bool) == isinstance(other, bool) and one == other
