"""The ASGI application: bytes in, an answer out, with every API below its own name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from .admin import Admin
from .answer import Answer, plain
from .api import load
from .operation import MAX_BODY
from .request import Request
from .route import split
from .state import Store

# ASGI's own types: a message holds values of many kinds, told apart by its keys.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

RECEIVE_SECONDS = 10.0


class Disconnected(Exception):
    """The client went away before its request was whole."""


class Mock:
    """One server for every API whose contract lies in `apis`; `state` is the SQLite file, memory alone without it."""

    def __init__(self, apis: Path, state: Path | None = None, receive_seconds: float = RECEIVE_SECONDS) -> None:
        self._store = Store(state) if state else None
        self._receive_seconds = receive_seconds
        self.apis = load(apis, self._store)
        self._admin = Admin(self.apis)

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
            found = self.answer(request, f"{host}:{port}")
        await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else found.body})

    async def _request(self, scope: Message, receive: Receive) -> Request:
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            if name in headers:
                value = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{value}"
            headers[name] = value
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        body, too_large = b"", False
        if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
            body, too_large = await self._body(receive, headers.get("content-length", ""))
        return Request(scope["method"], raw_path, scope["query_string"], headers, body, too_large)

    async def _body(self, receive: Receive, length: str) -> tuple[bytes, bool]:
        """Returns the body and whether it was cut at the limit. Raises TimeoutError, Disconnected."""
        if length.isdecimal() and int(length[:20]) > MAX_BODY:
            return b"", True
        found = b""
        async with asyncio.timeout(self._receive_seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                found += message.get("body", b"")
                if len(found) > MAX_BODY:
                    return b"", True
                if not message.get("more_body", False):
                    return found, False

    def answer(self, request: Request, address: str = "127.0.0.1") -> Answer:
        """Returns the answer to a whole request, without a socket."""
        segments = split(request.raw_path)
        if segments is None:
            return plain(404, "the path is no percent-encoded UTF-8")
        mount, below = segments[0], segments[1:]
        if mount == "_mock":
            return self._admin.answer(request, below, address)
        if mount not in self.apis:
            return plain(404, f"no API has this path; there are: {', '.join(f'/{name}' for name in self.apis)}")
        return self.apis[mount].answer(request, below)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                self.close()
                return

    def close(self) -> None:
        """Closes the state file."""
        if self._store:
            self._store.close()
