"""uvicorn's HTTP connection, with an end to requests whose head never comes to one."""

from __future__ import annotations

import asyncio
import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
MAX_HEAD = 64 * 1024

_LATE = b"408 Request Timeout", b"the head of the request did not arrive in time"
_LONG = b"431 Request Header Fields Too Large", b"the head of the request is too large"

_UPGRADE = re.compile(rb"\r\nupgrade(?=[ \t]*:)", re.IGNORECASE)


def _stayed(data: bytes) -> bytes:
    """Returns a request that asks for no other protocol: the parser would leave the body of one that does unread.

    Java's client asks for HTTP/2 with every first request; a server may answer as if it had not (RFC 9110, 7.8).
    """
    head, mark, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nx-asked", head) + mark + rest


class Connection(HttpToolsProtocol):
    """Answers 408 to a head that takes longer than 10 s, 431 to one of more than 64 KiB; closes a silent socket."""

    _timer: asyncio.TimerHandle | None = None
    _begun = False
    _received = 0
    _chunk = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's own class
        """Begins to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the wait with the connection."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feeds the parser and counts what it takes before the head is whole."""
        self._chunk = len(data)
        if self._timer is not None and b"pgrade" in data:
            data = _stayed(data)
        super().data_received(data)
        if self._timer is not None and not self.transport.is_closing():
            self._received += len(data)
            if self._received > MAX_HEAD:
                self._refuse(*_LONG)

    def on_message_begin(self) -> None:
        """Begins to wait for the rest of a head."""
        super().on_message_begin()
        self._stop()
        self._wait()
        self._begun = True

    def on_headers_complete(self) -> None:
        """Ends the wait: from here on the application has its own."""
        self._stop()
        if self._received + self._chunk > MAX_HEAD and self._head_length() > MAX_HEAD:
            self._refuse(*_LONG)
            raise ValueError("the head of the request is too large")  # ends the parser's work on this connection
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP, unless the connection already had its last answer."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _head_length(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _wait(self) -> None:
        self._begun, self._received = False, 0
        self._timer = self.loop.call_later(HEAD_SECONDS, self._late)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        # None until the first request, whatever uvicorn's annotation says.
        idle = self.cycle is None or self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]
        if self._begun and idle:
            self._refuse(*_LATE)
        else:
            self.transport.close()

    def _refuse(self, status: bytes, text: bytes) -> None:
        self._stop()
        head = (
            b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head % (status, len(text)) + text)
        self.transport.close()
