"""Which of several media types an Accept header prefers (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_RANGE = re.compile(r"\s*([^\s/;,]+/[^\s/;,]+)\s*((?:;(?:[^,\"]|\"[^\"]*\")*)?)\Z")
_QUALITY = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|\Z)", re.IGNORECASE)


@lru_cache(maxsize=1024)
def preferred(accept: str, offered: tuple[str, ...]) -> str | None:
    """Returns the media type of the highest quality, the first among equals; None where none is acceptable.

    A header that holds no media range at all asks for nothing.
    """
    ranges = list(_ranges(accept))
    if not ranges:
        return offered[0] if offered else None
    best, found = 0.0, None
    for media_type in offered:
        quality = _quality(media_type.lower(), ranges)
        if quality > best:
            best, found = quality, media_type
    return found


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for text in accept.lower().split(","):
        match = _RANGE.match(text)
        if match:
            quality = _QUALITY.search(match.group(2))
            yield match.group(1), float(quality.group(1)) if quality else 1.0


def _quality(media_type: str, ranges: list[tuple[str, float]]) -> float:
    """Returns what the most specific range that a media type is in gives it."""
    for wanted in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        qualities = [quality for text, quality in ranges if text == wanted]
        if qualities:
            return max(qualities)
    return 0.0
