"""Answers as they go out: status, headers, body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import cast

from . import json_text
from .json_text import Json, JsonObject

Headers = list[tuple[bytes, bytes]]

_NOT_IN_A_HEADER = re.compile(r"[^\x20-\x7e]")


@dataclass(slots=True)  # one is made for each request: a frozen one takes five times as long to make
class Answer:
    """A whole answer; the body is what goes over the wire."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)

    def named(self, media_type: str) -> Answer:
        """Returns the same answer under another Content-Type."""
        kept = [(name, value) for name, value in self.headers if name != b"content-type"]
        return Answer(self.status, self.body, [*kept, (b"content-type", media_type.encode("latin-1", "replace"))])


@dataclass(slots=True)
class Judged(Answer):
    """An answer to a request that was not simply accepted: the journal's verdict, and why."""

    verdict: str = ""
    reason: str = ""


def judged(found: Answer, verdict: str, reason: str) -> Judged:
    """Returns the same answer with a verdict."""
    return Judged(found.status, found.body, found.headers, verdict, reason)


def answer(status: int, body: bytes, media_type: str, headers: Headers | None = None) -> Answer:
    """Returns an answer with its Content-Type and Content-Length; a status that has no body gets none (RFC 9110)."""
    if status in (204, 205, 304):
        return Answer(status, b"", [*(headers or [])])
    found: Headers = [(b"content-length", b"%d" % len(body))]
    if body:
        found.append(_content_type(media_type))
    return Answer(status, body, [*found, *headers] if headers else found)


@lru_cache(maxsize=256)
def _content_type(media_type: str) -> tuple[bytes, bytes]:
    return header("content-type", media_type)


def as_json(status: int, value: Json, headers: Headers | None = None) -> Answer:
    """Returns an answer with a JSON body."""
    return answer(status, json_text.write(value), "application/json", headers)


def plain(status: int, text: str, headers: Headers | None = None) -> Answer:
    """Returns an answer outside of every operation: a line of text."""
    return answer(status, f"{text}\n".encode(), "text/plain; charset=utf-8", headers)


def header(name: str, value: str) -> tuple[bytes, bytes]:
    """Returns a header that cannot break out of its line."""
    return _NOT_IN_A_HEADER.sub("?", name).encode(), _NOT_IN_A_HEADER.sub("?", value).encode()


def with_reason(body: Json, reason: str) -> Json:
    """Returns a refusal's body with the text `{reason}` replaced wherever it stands."""
    if isinstance(body, str):
        return body.replace("{reason}", reason)
    if isinstance(body, list):
        return [with_reason(item, reason) for item in body]
    if isinstance(body, dict):
        return {key: with_reason(value, reason) for key, value in body.items()}
    return body


@dataclass(frozen=True, slots=True)
class Refusal:
    """How one kind of refusal is answered; `media_type` is empty until what the status documents is known.

    `longest` is how many characters of a reason the documented schema has room for.
    """

    kind: str
    status: int
    body: Json
    challenge: str
    fitted: bool = True
    media_type: str = ""
    longest: int | None = None

    def answer(self, reason: str) -> Judged:
        """Returns the answer, with WWW-Authenticate where the status is 401 (RFC 9110, 15.5.2)."""
        headers = [header("www-authenticate", self.challenge)] if self.status == 401 else []
        if self.body is None:
            return Judged(self.status, b"", [(b"content-length", b"0"), *headers], self.kind, reason)
        body = with_reason(self.body, reason[: self.longest])
        is_text = isinstance(body, str) and self.media_type.startswith("text/")
        content = cast(str, body).encode("utf-8", "replace") if is_text else json_text.write(body)
        return judged(answer(self.status, content, self.media_type or "application/json", headers), self.kind, reason)

    def fitting(self, body: Json, media_type: str, longest: int | None = None) -> Refusal:
        """Returns the same refusal with a body that its documented schema accepts, as its documented media type."""
        return replace(self, body=body, media_type=media_type, fitted=True, longest=longest)


def refusals(rows: Mapping[str, JsonObject], challenge: str) -> dict[str, Refusal]:
    """Returns the refusals of a contract by kind."""
    return {
        kind: Refusal(kind, cast(int, row["status"]), row["body"], challenge, row["fitted"] is True)
        for kind, row in rows.items()
    }
