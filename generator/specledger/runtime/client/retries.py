"""Which failed attempts are worth another one, and how long to wait before it."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from datetime import UTC

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
"""The methods that may be sent again without a further word (RFC 9110, section 9.2.2)."""

PATIENCE = 120.0
"""Seconds: a server that asks for a longer wait is not asked again."""

_FIRST, _DOUBLED = 0.5, 4
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?")


def transient(status: int) -> bool:
    """Says whether a status may be another one a moment later: 408, 429, 5xx."""
    return status in (408, 429) or 500 <= status < 600


def pause(attempt: int, headers: Mapping[str, str]) -> float | None:
    """Returns the seconds to wait after an attempt, counted from 0; None where the server asks for too long a wait.

    Without a Retry-After it is drawn between 0 and a limit that doubles four times, from 0.5 s to 8 s (full jitter).
    """
    asked = _asked(headers)
    if asked is None:
        return random.uniform(0, _FIRST * 2 ** min(attempt, _DOUBLED))  # noqa: S311  # jitter keeps no secret
    return asked if asked <= PATIENCE else None


def _asked(headers: Mapping[str, str]) -> float | None:
    """Returns the seconds of `retry-after-ms` or Retry-After (RFC 9110, section 10.2.3), None without them."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if _NUMBER.fullmatch(text):
            return float(text) * unit
        seconds = _until(text)
        if seconds is not None:
            return seconds
    return None


def _until(text: str) -> float | None:
    """Returns the seconds until a date, 0 for one that is past, None for what is no date."""
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # which costs an import of the package a tenth of its time

    try:
        then = parsedate_to_datetime(text)
        # A date without a zone is in UTC (RFC 9110, section 5.6.7).
        return max(0.0, (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - time.time())
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
