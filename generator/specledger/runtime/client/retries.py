"""Which failed attempts are worth another one, and how long to wait before it."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
"""The methods that may be sent again without a further word (RFC 9110, section 9.2.2)."""

PATIENCE = 120.0
"""Seconds: a server that asks for a longer wait is not asked again."""

_FIRST, _LONGEST = 0.5, 8.0


def transient(status: int) -> bool:
    """Says whether a status may be another one a moment later: 408, 429, 500 and above."""
    return status in (408, 429) or status >= 500


def pause(attempt: int, headers: Mapping[str, str]) -> float | None:
    """Returns the seconds to wait after an attempt, counted from 0; None where the server asks for too long a wait.

    Without a Retry-After it is drawn between 0 and a limit that doubles at each attempt (full jitter).
    """
    asked = _asked(headers)
    if asked is None:
        return random.uniform(0, min(_LONGEST, _FIRST * 2**attempt))  # noqa: S311  # jitter keeps no secret
    return asked if asked <= PATIENCE else None


def _asked(headers: Mapping[str, str]) -> float | None:
    """Returns the seconds of `retry-after-ms` or Retry-After (RFC 9110, section 10.2.3), None without them."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if not text:
            continue
        try:
            seconds = float(text) * unit
        except ValueError:
            try:
                seconds = parsedate_to_datetime(text).timestamp() - time.time()
            except (ValueError, OverflowError, OSError):
                continue
            seconds = max(0.0, seconds)
        if seconds >= 0:
            return seconds
    return None
