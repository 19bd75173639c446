"""The heads of HTTP/1.1 messages: what a request's target means, and how an answer begins."""

from __future__ import annotations

import re
from http import HTTPStatus

import httptools

from .answer import Answer

_STATUSES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_UPGRADE = re.compile(rb"\r\nupgrade(?=[ \t]*:)", re.IGNORECASE)


def stayed(data: bytes) -> bytes:
    """Returns a request that asks for no other protocol: the parser would leave the body of one that does unread.

    Java's client asks for HTTP/2 with every first request; a server may answer as if it had not (RFC 9110, 7.8).
    """
    head, mark, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nx-asked", head) + mark + rest


def of_origin(url: bytes) -> bytes:
    """Returns a target that names its origin (RFC 9112, 3.2.2) as path and query."""
    try:
        parsed = httptools.parse_url(url)
    except httptools.HttpParserInvalidURLError:
        return url
    path: bytes = parsed.path or b"/"
    return b"%b?%b" % (path, parsed.query) if parsed.query else path


def first_lines(found: Answer, usual: bytes) -> bytes:
    """Returns the first lines of an answer: status, the usual headers and its own, with a length where one belongs."""
    parts = [_STATUSES.get(found.status) or b"HTTP/1.1 %d \r\n" % found.status, usual]
    parts += [b"%b: %b\r\n" % pair for pair in found.headers]
    has_length = found.body or found.status in (204, 304) or any(name == b"content-length" for name, _ in found.headers)
    return b"".join(parts if has_length else [*parts, b"content-length: 0\r\n"])
