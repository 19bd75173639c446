"""The ASGI application: bytes in, an answer out, with every API below its own name."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from .admin import Admin
from .answer import Answer, judged, plain
from .api import Api, load
from .faults import Disturbed, Faults
from .journal import Journal
from .operation import MAX_BODY, Operation
from .redaction import Redaction
from .request import Request, add_header
from .route import Found, split
from .store import Store

# ASGI's own types: a message holds values of many kinds, told apart by its keys.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_log = logging.getLogger(__name__)
RECEIVE_SECONDS = 10.0
MAX_DROPPED = 64 * MAX_BODY
MAX_WAYS = 10_000
MAX_PATH_KEPT = 256


class Disconnected(Exception):
    """The client went away before its request was whole."""


class Mock:
    """One server for every API whose contract lies in `apis`; `state` is the SQLite file, memory alone without it.

    With `durable` an answer goes out when every change that it may rest on is in the file. `token` opens the pages
    below /_mock on every interface, to whoever shows it. Without `header_faults` no X-Mock-Fault is listened to.
    """

    def __init__(
        self,
        apis: Path,
        state: Path | None = None,
        receive_seconds: float = RECEIVE_SECONDS,
        durable: bool = False,
        *,
        token: str = "",
        header_faults: bool = True,
    ) -> None:
        self._store = Store(state, durable) if state else None
        self.durable = durable and state is not None
        self.receive_seconds = receive_seconds
        self.faults = Faults()
        self.journal = Journal()
        self._nowhere = Redaction()
        self.apis = load(apis, self._store, self.faults, self.journal, header_faults)
        self._ways: dict[tuple[str, bytes], tuple[Api, Found[Operation]]] = {}  # of paths that came before
        self._admin = Admin(self.apis, self.faults, self.journal, token)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serves one ASGI connection."""
        if scope["type"] == "http":
            await self._exchange(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def _exchange(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            request = await self._request(scope, receive)
        except Disconnected:
            return
        except TimeoutError:
            found = plain(408, "the request did not arrive in time", [(b"connection", b"close")])
        else:
            host, port = scope.get("server") or ("127.0.0.1", 0)
            found = await self.settled(request, self.answered(request, f"{host}:{port}"))
        if type(found) is Disturbed and await _disturb(found, receive, send):
            return
        await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else found.body})

    async def _request(self, scope: Message, receive: Receive) -> Request:
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            add_header(headers, raw_name.decode("latin-1"), raw_value.decode("latin-1"))
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        body, too_large = b"", False
        if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
            body, too_large = await self._body(receive, headers)
        return Request(scope["method"], raw_path, scope["query_string"], headers, body, too_large)

    async def _body(self, receive: Receive, headers: dict[str, str]) -> tuple[bytes, bool]:
        """Returns the body and whether it was beyond the limit. Raises TimeoutError, Disconnected.

        What is beyond the limit is read and dropped: a client that is still sending would miss the answer.
        """
        if announces_too_much(headers):
            return b"", True
        found, received, more = b"", 0, True
        try:
            async with asyncio.timeout(self.receive_seconds):
                while more and received <= MAX_DROPPED:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Disconnected
                    chunk: bytes = message.get("body", b"")
                    received += len(chunk)
                    found = found + chunk if received <= MAX_BODY else b""
                    more = message.get("more_body", False)
        except TimeoutError:
            if received <= MAX_BODY:
                raise
        return found, received > MAX_BODY

    def answered(self, request: Request, address: str) -> Answer:
        """Returns the answer to a whole request, one that says so where the mock itself fails."""
        try:
            return self.answer(request, address)
        except sqlite3.Error as error:
            return _unwritten(error)
        except Exception:  # nothing that is sent may end the server
            _log.exception("%s %r failed", request.method, request.raw_path)
            return plain(500, "the mock failed; its log says how")

    async def settled(self, request: Request, found: Answer) -> Answer:
        """Returns the answer when what it rests on is in the file, if it must be; 503 where that fails."""
        if self._store is not None and self.durable:
            try:
                await self._store.settled()
            except sqlite3.Error as error:
                found = _unwritten(error)
                self.journal.amend(request, found)
        return found

    def answer(self, request: Request, address: str = "127.0.0.1") -> Answer:
        """Returns the answer to a whole request, without a socket."""
        way = self._ways.get((request.method, request.raw_path))
        if way:
            return way[0].answer(request, way[1])
        segments = split(request.raw_path)
        if segments is None:
            return self._lost(request, "the path is no percent-encoded UTF-8")
        mount, below = segments[0], segments[1:]
        if mount == "_mock":
            return self._admin.answer(request, below, address)
        if mount not in self.apis:
            known = ", ".join(f"/{name}" for name in self.apis)
            return self._lost(request, f"no API has this path; there are: {known}")
        api = self.apis[mount]
        found = api.way(request.method, below)
        if isinstance(found, Found) and len(request.raw_path) <= MAX_PATH_KEPT:
            if len(self._ways) >= MAX_WAYS:
                self._ways.clear()
            self._ways[request.method, request.raw_path] = api, found
        return api.answer(request, found)

    def _lost(self, request: Request, reason: str) -> Answer:
        """Returns the answer to a request that reaches no API."""
        found = judged(plain(404, reason), "no_path", reason)
        self.journal.add(self._nowhere, "", request, found)
        return found

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                try:
                    self.close()
                except sqlite3.Error as error:
                    await send({"type": "lifespan.shutdown.failed", "message": f"the last changes are lost: {error}"})
                    return
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def close(self) -> None:
        """Writes what the state file lacks and closes it. Raises sqlite3.Error where that fails."""
        if self._store:
            self._store.close()


def announces_too_much(headers: Mapping[str, str]) -> bool:
    """Says whether a body need not be awaited: beyond what is dropped, or beyond the limit and not yet sent."""
    length = headers.get("content-length", "")
    declared = int(length[:20]) if length.isdecimal() else 0
    return declared > MAX_DROPPED or (declared > MAX_BODY and "expect" in headers)


def _unwritten(error: sqlite3.Error) -> Answer:
    reason = f"the state file cannot be written: {error}"
    return judged(plain(503, reason), "unwritten", reason)


async def _disturb(found: Disturbed, receive: Receive, send: Send) -> bool:
    """Waits, and says whether the answer was cut or lost, so that nothing more may be sent.

    ASGI has no word for breaking a connection off: it is done to uvicorn's own transport, behind `send`. A server
    that hides it, and a client in this process, see the error.
    """
    if found.delay:
        await asyncio.sleep(found.delay)
    if not found.drop and found.keep is None:
        return False
    transport: asyncio.Transport | None = getattr(getattr(send, "__self__", None), "transport", None)
    if not found.drop:
        await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
        await send({"type": "http.response.body", "body": found.body[: found.keep], "more_body": True})
    if transport is None:
        raise ConnectionResetError("a fault broke the connection off")
    if found.drop:
        transport.abort()
    else:
        transport.close()  # what was written goes out first
    while (await receive())["type"] != "http.disconnect":
        pass
    return True
