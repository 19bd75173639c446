"""Timestamps that only move forward, in the textual form that the stored one has."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from time import time_ns

from .json_text import Json

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z")
_NO_ZONE = re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d\Z")
_WRITTEN = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d\d):(\d\d) ([AP]M)\Z")
_LENGTH = len("2026-01-05T09:00:00.000000Z")
_MILLISECONDS = 10_000_000_000


def present() -> datetime:
    """Returns the present moment."""
    return datetime.now(UTC)


def later(stored: Json, now: Callable[[], datetime] = present) -> Json:
    """Returns the present moment in the form of `stored`, or the smallest step after `stored` where that is later.

    Forms: RFC 3339 (answered with `Z` and microseconds), the same without a zone, `Nov 25, 2025 11:51:50 AM`, and
    seconds or milliseconds since 1970 as an integer. Anything else becomes RFC 3339.
    """
    if now is present and isinstance(stored, str) and (text := _at_once(stored)):
        return text
    moment = now()
    if isinstance(stored, int) and not isinstance(stored, bool):
        factor = 1000 if stored > _MILLISECONDS else 1
        return max(int(moment.timestamp() * factor), stored + 1)
    text = stored if isinstance(stored, str) else ""
    try:
        return _later_text(text, moment)
    except (ValueError, OverflowError):  # a text with the right shape that is no moment, or the last one there is
        return _rfc3339(moment)


def _at_once(stored: str) -> str:
    """Returns the present moment where `stored` is an earlier one as this module writes it, else nothing.

    Texts of one form compare as their moments do.
    """
    if len(stored) != _LENGTH or stored[10] != "T" or stored[-1] != "Z":
        return ""
    second, part = divmod(time_ns() // 1000, 1_000_000)
    text = f"{_to_the_second(second)}.{part:06}Z"
    return text if text > stored else ""


@lru_cache(maxsize=1)
def _to_the_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _later_text(text: str, moment: datetime) -> str:
    second = timedelta(seconds=1)
    if _RFC3339.match(text):
        before = datetime.fromisoformat(text.upper())
        return _rfc3339(max(moment, before + timedelta(microseconds=1)))
    if plain := _NO_ZONE.match(text):
        before = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return max(moment, before + second).strftime(f"%Y-%m-%d{plain.group(1)}%H:%M:%S")
    if written := _WRITTEN.match(text):
        comma = "," if text.count(",") > 1 else ""
        return _in_words(max(moment, _from_words(written) + second), comma)
    return _rfc3339(moment)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _from_words(match: re.Match[str]) -> datetime:
    month, day, year, hour, minute, second, half = match.groups()
    hours = int(hour) % 12 + (12 if half == "PM" else 0)
    return datetime(int(year), _MONTHS.index(month) + 1, int(day), hours, int(minute), int(second), tzinfo=UTC)


def _in_words(moment: datetime, comma: str) -> str:
    half = "PM" if moment.hour >= 12 else "AM"
    date = f"{_MONTHS[moment.month - 1]} {moment.day}, {moment.year}{comma}"
    return f"{date} {moment.hour % 12 or 12}:{moment.minute:02}:{moment.second:02} {half}"
