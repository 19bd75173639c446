"""pyreqwest's clients as a transport: the extra `fast`.

`Vendor(transport=FastTransport())`. Proxies come from the environment, or from a builder of the caller's.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from .body import Stream
from .credential import Masked
from .errors import APIConnectionError, APITimeoutError, SettingError
from .transport import Headers, Request, Response, Timeout, closed

try:
    from pyreqwest import exceptions
    from pyreqwest.client import Client, ClientBuilder, SyncClient, SyncClientBuilder
except ImportError as missing:
    raise SettingError("FastTransport needs pyreqwest: install this package with its extra [fast]") from missing

K = TypeVar("K")
C = TypeVar("C")
_MOST = 16


class FastTransport:
    """Sends through pyreqwest; `builder` returns what clients are built from, with a proxy or a CA of the caller's."""

    def __init__(self, builder: Callable[[], SyncClientBuilder] = SyncClientBuilder) -> None:
        self._builder = builder
        self._closed = False
        self._clients: dict[tuple[Timeout, bool], SyncClient] = {}

    def _client(self, request: Request) -> SyncClient:
        key = (request.timeout, request.trusted)
        found = self._clients.get(key)
        if found is None:
            # Another origin: what the caller's builder adds may be a credential.
            builder = self._builder() if request.trusted else SyncClientBuilder()
            found = _kept(self._clients, key, _built(builder, request.timeout).build())
        return found

    def send(self, request: Request) -> Response:
        """Returns the answer."""
        if self._closed:
            raise closed(request)
        try:
            made = self._client(request).request(request.method, _url(request)).headers(request.headers)
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
        self._closed = True
        for client in self._clients.values():
            client.close()


class AsyncFastTransport:
    """FastTransport's asynchronous twin."""

    def __init__(self, builder: Callable[[], ClientBuilder] = ClientBuilder) -> None:
        self._builder = builder
        self._closed = False
        self._clients: dict[tuple[Timeout, bool], Client] = {}

    def _client(self, request: Request) -> Client:
        key = (request.timeout, request.trusted)
        found = self._clients.get(key)
        if found is None:
            # As above.
            builder = self._builder() if request.trusted else ClientBuilder()
            found = _kept(self._clients, key, _built(builder, request.timeout).build())
        return found

    async def send(self, request: Request) -> Response:
        """Returns the answer."""
        if self._closed:
            raise closed(request)
        try:
            made = self._client(request).request(request.method, _url(request)).headers(request.headers)
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
        self._closed = True
        await asyncio.gather(*(client.close() for client in self._clients.values()))


def _kept(clients: dict[K, C], key: K, made: C) -> C:
    """Returns the client that is kept for a timeout: pyreqwest has them for each client, not for each request."""
    if len(clients) >= _MOST:
        # Not closed: a request of another thread may be on its way.
        clients.pop(next(iter(clients)), None)
    return clients.setdefault(key, made)


def _built(builder: Any, timeout: Timeout) -> Any:
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
    secrets = [value for value in request.headers.values() if isinstance(value, Masked)]
    for secret in [*secrets, request.secret_query]:
        reason = reason.replace(secret, "***") if secret else reason
    if isinstance(error, exceptions.RequestTimeoutError):
        return APITimeoutError(f"{request.operation}: no answer in time ({reason})", request.operation)
    store = "; is the CA that signed the server's certificate installed?" if "ertificate" in reason else ""
    failure = APIConnectionError(f"{request.operation}: no answer ({reason}){store}", request.operation)
    failure.lasting = bool(store)
    return failure
