"""pyreqwest's clients as a transport: the extra `fast`.

`Vendor(transport=FastTransport())`. Proxies come from the environment, or from a builder of the caller's.
"""

from __future__ import annotations

import asyncio
import atexit
import gzip
import threading
import time
import zlib
from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, Generic, TypeVar

from .body import Stream
from .errors import APIConnectionError, SettingError
from .transport import Headers, Request, Response, Timeout, closed, unanswered

try:
    from pyreqwest import exceptions
    from pyreqwest.client import ClientBuilder, SyncClientBuilder
except ImportError as missing:
    raise SettingError("FastTransport needs pyreqwest: install this package with its extra [fast]") from missing

B = TypeVar("B", ClientBuilder, SyncClientBuilder)
C = TypeVar("C")
_MOST = 16
_PARTING = 0.05


def _part() -> None:
    """Waits until pyreqwest's threads have put down what they hold of Python's."""
    time.sleep(_PARTING)


# A thread that does so after the interpreter has begun to end aborts the process: seen in a third of all programs
# that end at once after an async call, closed client or not.
atexit.register(_part)


class FastTransport:
    """Sends through pyreqwest; `builder` returns what clients are built from, with a proxy or a CA of the caller's."""

    def __init__(self, builder: Callable[[], SyncClientBuilder] = SyncClientBuilder) -> None:
        # Another origin: what the caller's builder adds may be a credential.
        self._clients = _Clients(
            lambda request: _set(builder() if request.trusted else SyncClientBuilder(), request.timeout).build()
        )

    def send(self, request: Request) -> Response:
        """Returns the answer."""
        try:
            made = self._clients.of(request).request(request.method, _url(request)).headers(request.headers)
            content = request.content
            if isinstance(content, bytes):
                made = made.body_bytes(content)
            elif isinstance(content, Iterable):
                made = made.body_stream(iter(content))
            answer = made.build().send()
            return _response(answer.status, answer.headers, bytes(answer.bytes()))
        except exceptions.PyreqwestError as error:
            failure = _failure(request, error)
        # Raised here, not above: pyreqwest's error holds the URL, and with it a secret of the query.
        raise failure

    def close(self) -> None:
        """Closes the connections."""
        for client in self._clients.end():
            client.close()


class AsyncFastTransport:
    """FastTransport's asynchronous twin."""

    def __init__(self, builder: Callable[[], ClientBuilder] = ClientBuilder) -> None:
        # As above.
        self._clients = _Clients(
            lambda request: _set(builder() if request.trusted else ClientBuilder(), request.timeout).build()
        )

    async def send(self, request: Request) -> Response:
        """Returns the answer."""
        try:
            made = self._clients.of(request).request(request.method, _url(request)).headers(request.headers)
            content = request.content
            if isinstance(content, bytes):
                made = made.body_bytes(content)
            elif content is not None:
                made = made.body_stream(aiter(content if isinstance(content, AsyncIterable) else Stream(content)))
            answer = await made.build().send()
            return _response(answer.status, answer.headers, bytes(await answer.bytes()))
        except exceptions.PyreqwestError as error:
            failure = _failure(request, error)
        # As above.
        raise failure

    async def close(self) -> None:
        """Closes the connections."""
        await asyncio.gather(*(client.close() for client in self._clients.end()))


class _Clients(Generic[C]):
    """A client for each timeout: pyreqwest has them for each client, not for each request."""

    def __init__(self, made: Callable[[Request], C]) -> None:
        self._made = made
        self._kept: dict[tuple[Timeout, bool], C] = {}
        self._lock = threading.Lock()
        self._closed = False

    def of(self, request: Request) -> C:
        """Returns the client that sends a request. Raises APIConnectionError once they are closed."""
        key = (request.timeout, request.trusted)
        with self._lock:
            if self._closed:
                raise closed(request)
            found = self._kept.get(key)
            if found is None:
                if len(self._kept) >= _MOST:
                    # Not closed: a request of another thread may be on its way.
                    del self._kept[next(iter(self._kept))]
                found = self._kept[key] = self._made(request)
            return found

    def end(self) -> list[C]:
        """Returns the clients that are to be closed, and gives out none any more."""
        with self._lock:
            self._closed = True
            return list(self._kept.values())


def _set(builder: B, timeout: Timeout) -> B:
    built = builder.follow_redirects(False).error_for_status(False).referer(False)
    # We unpack ourselves: pyreqwest gives no answer at all where that fails.
    built = built.gzip(False).deflate(False).brotli(False).zstd(False).default_headers({"Accept-Encoding": "gzip"})
    if timeout.connect is not None:
        built = built.connect_timeout(timedelta(seconds=timeout.connect))
    return built if timeout.read is None else built.read_timeout(timedelta(seconds=timeout.read))


def _response(status: int, headers: Any, content: bytes) -> Response:
    found = Headers(_pairs(headers))
    if found.get("content-encoding", "").strip().lower() in ("gzip", "x-gzip"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            return Response(status, found, content)
    return Response(status, found, content)


def _pairs(headers: Any) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys(headers):
        # pyreqwest cannot show a value that is not ASCII.
        with suppress(ValueError):
            yield from ((name, value) for value in headers.getall(name))


def _url(request: Request) -> str:
    if not request.secret_query:
        return request.url
    return f"{request.url}{'&' if '?' in request.url else '?'}{request.secret_query}"


def _failure(request: Request, error: Exception) -> APIConnectionError:
    details: dict[str, Any] = getattr(error, "details", None) or {}
    causes = [str(cause.get("message")) for cause in details.get("causes") or ()]
    reason = f"{type(error).__name__}: {causes[-1] if causes else error}"
    # pyreqwest has no class of its own for it.
    store = "; is the CA that signed the server's certificate installed?" if "ertificate" in reason else ""
    return unanswered(request, reason, store, late=isinstance(error, exceptions.RequestTimeoutError))
