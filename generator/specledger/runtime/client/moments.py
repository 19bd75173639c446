"""Dates and times that go back as they came (RFC 3339)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, SupportsIndex

_TOO_FINE = re.compile(r"[.,]\d{7}")


class WrittenTime(dt.datetime):
    """A datetime that remembers how the vendor wrote it, where Python would write it differently.

    What is computed from it is another moment, for which nothing is `written`.
    """

    written = ""

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        if self.written:
            return _written_time, (self.written,)
        return dt.datetime.combine(self.date(), self.timetz()).__reduce_ex__(protocol)


def _written_time(written: str) -> dt.datetime:
    plain = dt.datetime.fromisoformat(written.upper())
    made = WrittenTime.combine(plain.date(), plain.timetz())
    made.written = written
    return made


def parse_time(written: str) -> dt.datetime | str:
    """Returns the date and time that a text means, the text itself where datetime cannot hold it."""
    try:
        value = dt.datetime.fromisoformat(written.upper())
    except ValueError:
        return written
    if write_time(value) == written:
        return value
    return written if _TOO_FINE.search(written) or len(written) < 19 else _written_time(written)


def parse_date(written: str) -> dt.date | str:
    """Returns the date that a text means, the text itself where it is none."""
    try:
        value = dt.date.fromisoformat(written)
    except ValueError:
        return written
    return value if value.isoformat() == written else written


def write_time(value: dt.datetime) -> str:
    """Returns the text of a date and time (RFC 3339): as the vendor wrote it, else with `Z` for UTC."""
    if type(value) is WrittenTime and value.written:
        return value.written
    written = value.isoformat()
    return f"{written[:-6]}Z" if written.endswith("+00:00") else written
