"""A transport to an ASGI application in this process, such as the mock: no socket, no port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, MutableMapping
from concurrent.futures import CancelledError
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from .errors import APIConnectionError, APITimeoutError
from .transport import Headers, Request, Response, closed

Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[[Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


class InProcessTransport:
    """Calls an ASGI application, in an event loop of its own that runs in a thread while the transport is open."""

    def __init__(self, app: App) -> None:
        self._inner = AsyncInProcessTransport(app)
        self._lock = threading.Lock()
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._thread: threading.Thread | None = None
        self._closed = False

    def send(self, request: Request) -> Response:
        """Returns the answer."""
        with self._lock:
            if self._closed:
                raise closed(request)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, args=(self._runner.get_loop(),), daemon=True)
                self._thread.start()
            answer = asyncio.run_coroutine_threadsafe(self._inner.send(request), self._runner.get_loop())
        try:
            return answer.result()
        except CancelledError:
            raise closed(request) from None

    def close(self) -> None:
        """Ends the loop and whatever still waits for an answer; the application is left as it is."""
        with self._lock:
            self._closed = True
            if self._thread is not None:
                loop = self._runner.get_loop()
                loop.call_soon_threadsafe(loop.stop)
                self._thread.join()
                self._thread = None

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._runner:
            loop.run_forever()


class AsyncInProcessTransport:
    """Calls an ASGI application in the running event loop."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Returns the answer. Raises APIConnectionError where the application gives none, or breaks it off."""
        if self._closed:
            raise closed(request)
        failure: APIConnectionError
        pieces = _pieces(request)
        started: Message = {}
        body: list[bytes] = []

        async def receive() -> Message:
            piece = await anext(pieces, None)
            return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            elif message["type"] == "http.response.body":
                body.append(message.get("body", b""))
                started["ended"] = not message.get("more_body", False)

        try:
            async with asyncio.timeout(request.timeout.read):
                await self._app(_scope(request), receive, send)
        except TimeoutError:
            failure = APITimeoutError(f"{request.operation}: no answer in time", request.operation)
        except ConnectionError:
            failure = APIConnectionError(f"{request.operation}: the application broke off", request.operation)
        else:
            if started.get("ended"):
                pairs = ((name.decode("latin-1"), text.decode("latin-1")) for name, text in started.get("headers", ()))
                return Response(started["status"], Headers(pairs), b"".join(body))
            failure = APIConnectionError(f"{request.operation}: the application did not answer", request.operation)
        raise failure

    async def close(self) -> None:
        """Takes no further request; the application is left as it is."""
        self._closed = True


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    content = request.content
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, AsyncIterable):
        async for piece in content:
            yield piece
    elif content is not None:
        for piece in content:
            yield piece


def _scope(request: Request) -> Message:
    parts = urlsplit(request.url)
    query = "&".join(part for part in (parts.query, request.secret_query) if part)
    headers = [(name.lower().encode(), text.encode()) for name, text in request.headers.items()]
    if isinstance(request.content, bytes):
        headers.append((b"content-length", str(len(request.content)).encode()))
    elif request.content is not None and "Content-Length" not in request.headers:
        headers.append((b"transfer-encoding", b"chunked"))
    host = parts.netloc.rpartition("@")[2]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": parts.scheme,
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", host.encode()), *headers],
        "client": ("127.0.0.1", 0),
        "server": (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)),
    }
