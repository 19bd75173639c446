"""What stands for the server: it keeps each request as it goes over the wire, and answers as told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from specledger.fuzz.request import Missing, as_json, is_json
from specledger.yaml12 import Json

REQUEST_ID = "specledger-request-7"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request on the wire: whom it is sent to, and in `target` what the request line holds, path and query.

    `timeout` is what the client told its transport, which no wire shows.
    """

    method: str
    origin: str
    target: str
    headers: tuple[tuple[str, str], ...]
    content: bytes
    timeout: Mapping[str, float | None] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """Returns a header's value, empty where it is not there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or none where the connection is `lost`."""

    status: int = 200
    content: bytes = b""
    media_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False

    @property
    def body(self) -> Json:
        """Returns what an error shows as its body: the JSON value, else the text, None for nothing."""
        if not self.content:
            return None
        found = as_json(self.content)
        return self.content.decode("utf-8", "replace") if isinstance(found, Missing) else found


def json_reply(status: int, value: Json, media_type: str = "application/json") -> Reply:
    """Returns an answer whose body is a JSON value."""
    return Reply(status, json.dumps(value).encode(), media_type if is_json(media_type) else "application/json")


class Recorder:
    """Keeps what was sent since it was last told how to answer; the last answer is given again and again."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.replies: tuple[Reply, ...] = (Reply(),)

    def tell(self, *replies: Reply) -> None:
        """Says how the next requests are answered."""
        self.sent, self.replies = [], replies

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """Returns the answer to a request. Raises ConnectError where the connection is to be lost."""
        self.sent.append(seen(request))
        reply = self.replies[min(len(self.sent), len(self.replies)) - 1]
        if reply.lost:
            raise httpx2.ConnectError("the connection is lost", request=request)
        headers = {"X-Request-Id": REQUEST_ID, **({"Content-Type": reply.media_type} if reply.media_type else {})}
        return httpx2.Response(reply.status, headers={**headers, **reply.headers}, content=reply.content)


def seen(request: httpx2.Request) -> Sent:
    """Returns a request as it goes over the wire."""
    headers = tuple((name.decode(), value.decode("utf-8", "replace")) for name, value in request.headers.raw)
    target = request.url.raw_path.decode("latin-1")
    origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
    timeout: Mapping[str, float | None] = request.extensions.get("timeout", {})
    return Sent(request.method, origin, target, headers, request.content, timeout)
