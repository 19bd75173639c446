"""Which objects a list holds and in what order, as the query's parameters ask."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import cast

from .json_text import Json, JsonObject, write
from .request import steps_of, values

_DOWN = ("desc", "descending", "-1")
_WAYS = (*_DOWN, "asc", "ascending", "1")


class Selection:
    """The filters and the order that the parameters of one list can ask for."""

    def __init__(self, row: JsonObject, moments: list[str]) -> None:
        self._filters = cast("list[JsonObject]", row["filters"])
        self._sort = cast(JsonObject, row["sort"])
        self._moments = moments

    def of(self, items: list[JsonObject], query: JsonObject) -> list[JsonObject]:
        """Returns the items that a query asks for, in its order; a parameter that is not sent has its default."""
        for row in self._filters:
            wanted = query.get(str(row["name"]), row["default"])
            if wanted is not None and wanted not in cast("list[Json]", row["any"]):
                items = [item for item in items if _passes(item, row, wanted)]
        return self._sorted(items, query)

    def _sorted(self, items: list[JsonObject], query: JsonObject) -> list[JsonObject]:
        text = self._asked("by", query)
        field, _, way = text.lstrip("+-").replace(" ", ":").partition(":")
        if field.lower() in _WAYS:
            field, way = "", field
        way = way or self._asked("way", query)
        steps = _steps(field, items) if field else tuple(self._moments[:1])
        if steps is None or not (field or way):
            return items
        down = text.startswith("-") or way.lower() in _DOWN
        numbered = sorted(enumerate(items), key=lambda pair: (_order(_at(pair[1], steps)), pair[0]), reverse=down)
        return [item for _, item in numbered]

    def _asked(self, role: str, query: JsonObject) -> str:
        row = self._sort.get(role)
        value = query.get(str(row["name"]), row["default"]) if isinstance(row, dict) else None
        value = value[0] if isinstance(value, list) and value else value
        return value if isinstance(value, str) else ""


def _at(item: JsonObject, steps: tuple[str, ...]) -> Json:
    return next(values(item, steps), None) if steps else None


def _steps(field: str, items: list[JsonObject]) -> tuple[str, ...] | None:
    """Returns where the items hold what a query calls by this name: `created` may be `created_at`."""
    dotted = tuple(field.split("."))
    if any(True for item in items for _ in values(item, dotted)):
        return dotted
    for item in items:
        inner = item.get("attributes")
        ways: list[tuple[tuple[str, ...], str]] = [((name,), name) for name in item]
        ways += [(("attributes", name), name) for name in (inner if isinstance(inner, dict) else ())]
        for suffix in ("", "at", "on"):
            for steps, name in ways:
                if _plain(name) == _plain(field) + suffix:
                    return steps
    return None


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _passes(item: JsonObject, row: JsonObject, wanted: Json) -> bool:
    """Says whether an item is what a filter asks for; of several values, one is enough."""
    test, at = str(row["test"]), steps_of(row["at"])
    asked = wanted if isinstance(wanted, list) else [wanted]
    if test == "holds":
        text = " ".join(_texts(item)).casefold()
        return all(_text(value).casefold() in text for value in asked)
    if test == "is":
        held = [inner for value in values(item, at) for inner in (value if isinstance(value, list) else [value])]
        return any(_text(value) == _text(other) for value in held for other in asked)
    stored = _at(item, at)
    return all(_compares(stored, test, other) for other in asked)


def _compares(stored: Json, test: str, bound: Json) -> bool:
    """Says whether a stored value keeps a bound; what cannot be compared with it does not."""
    one, other = _measure(stored), _measure(bound)
    if one is None or other is None or one[0] != other[0]:
        return False
    return {
        "least": one >= other,
        "above": one > other,
        "most": one <= other,
        "below": one < other,
    }[test]


def _measure(value: Json) -> tuple[int, float, str] | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return 1, moment.timestamp(), ""
        except (ValueError, OverflowError):
            return 2, 0, value
    return 1, value, ""


def _texts(value: Json) -> list[str]:
    """Returns every text within a value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in _texts(item)]


def _text(value: Json) -> str:
    return value if isinstance(value, str) else write(value).decode()


def _order(value: Json) -> tuple[int, float, str]:
    if isinstance(value, (int, float)):
        return 1, value, ""
    return (0, 0, "") if value is None else (2, 0, _text(value))
