"""Dates and times that go back as they came (RFC 3339)."""

from __future__ import annotations

import datetime as dt
from typing import Any


class WrittenTime(dt.datetime):
    """A datetime that remembers how the vendor wrote it, where Python would write it differently."""

    written: str

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return _written_time, (self.written,)

    # A copy made by arithmetic or replace() is another moment, and has no text of the vendor's.
    def __add__(self, other: dt.timedelta) -> dt.datetime:  # type: ignore[override]  # plainer on purpose
        return _plain_time(self) + other

    def replace(self, *args: Any, **changes: Any) -> dt.datetime:  # type: ignore[override]  # as above
        """Returns a plain datetime with the changes."""
        return _plain_time(self).replace(*args, **changes)


def _plain_time(value: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(value.date(), value.timetz())


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
    _, point, fraction = written.partition(".")
    digits = len(fraction) - len(fraction.lstrip("0123456789"))
    return written if (point and digits > 6) or len(written) < 19 else _written_time(written)


def parse_date(written: str) -> dt.date | str:
    """Returns the date that a text means, the text itself where it is none."""
    try:
        value = dt.date.fromisoformat(written)
    except ValueError:
        return written
    return value if value.isoformat() == written else written


def write_time(value: dt.datetime) -> str:
    """Returns the text of a date and time (RFC 3339): as the vendor wrote it, else with `Z` for UTC."""
    if type(value) is WrittenTime:
        return value.written
    written = value.isoformat()
    return f"{written[:-6]}Z" if written.endswith("+00:00") else written
