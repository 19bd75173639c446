"""How requests leave: a small protocol, and httpx2 behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from .credential import Masked
from .errors import APIConnectionError, APITimeoutError, SettingError

if TYPE_CHECKING:
    import httpx2


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds to wait: for a connection, and for each read or write after it. None waits for ever."""

    read: float | None = 60.0
    connect: float | None = 5.0


@dataclass(slots=True)
class Request:
    """A request as it is sent. `secret_query` belongs after the URL and is kept apart from what is shown."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    timeout: Timeout
    operation: str
    secret_query: str = field(default="", repr=False)


@dataclass(slots=True)
class Response:
    """An answer, read to its end; header names compare without case."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


class Transport(Protocol):
    """Sends requests. Raises APIConnectionError or APITimeoutError where no answer comes."""

    def send(self, request: Request) -> Response:
        """Returns the answer."""

    def close(self) -> None:
        """Closes the connections."""


class AsyncTransport(Protocol):
    """Sends requests, asynchronously; raises as Transport does."""

    async def send(self, request: Request) -> Response:
        """Returns the answer."""

    async def close(self) -> None:
        """Closes the connections."""


class HttpxTransport:
    """The default transport; a client that the caller made is used as it is, and left open."""

    def __init__(self, client: httpx2.Client | None = None) -> None:
        import httpx2

        if client is not None and not isinstance(client, httpx2.Client):
            raise SettingError(f"http_client is an httpx2.Client here, not {type(client).__name__}")
        self._owned = client is None
        self._client = httpx2.Client(follow_redirects=False) if client is None else client

    def send(self, request: Request) -> Response:
        """Returns the answer."""
        import httpx2

        failure: APIConnectionError
        try:
            answer = self._client.send(_built(self._client, request), follow_redirects=False)
            return Response(answer.status_code, answer.headers, answer.content)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            failure = _failure(request, error)
        # Raised here, not above: httpx2's error holds the request, and with it the credential.
        raise failure

    def close(self) -> None:
        """Closes the connections of a client that is our own."""
        if self._owned:
            self._client.close()


class AsyncHttpxTransport:
    """HttpxTransport's asynchronous twin."""

    def __init__(self, client: httpx2.AsyncClient | None = None) -> None:
        import httpx2

        if client is not None and not isinstance(client, httpx2.AsyncClient):
            raise SettingError(f"http_client is an httpx2.AsyncClient here, not {type(client).__name__}")
        self._owned = client is None
        self._client = httpx2.AsyncClient(follow_redirects=False) if client is None else client

    async def send(self, request: Request) -> Response:
        """Returns the answer."""
        import httpx2

        failure: APIConnectionError
        try:
            answer = await self._client.send(_built(self._client, request), follow_redirects=False)
            return Response(answer.status_code, answer.headers, answer.content)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            failure = _failure(request, error)
        # As above.
        raise failure

    async def close(self) -> None:
        """Closes the connections of a client that is our own."""
        if self._owned:
            await self._client.aclose()


def _built(client: httpx2.Client | httpx2.AsyncClient, request: Request) -> httpx2.Request:
    import httpx2

    timeout = httpx2.Timeout(request.timeout.read, connect=request.timeout.connect)
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    built = client.build_request(request.method, request.url, headers=headers, content=request.content, timeout=timeout)
    if request.secret_query:
        built.url = _masked_url(request.url + ("&" if "?" in request.url else "?") + request.secret_query, request.url)
    return built


def _masked_url(url: str, shown: str) -> httpx2.URL:
    """Returns a URL whose text is another: httpx2 logs the URL of each request."""
    import httpx2

    class MaskedURL(httpx2.URL):
        def __str__(self) -> str:
            return shown

        def __repr__(self) -> str:
            return f"URL({shown!r})"

    return MaskedURL(url)


def _failure(request: Request, error: Exception) -> APIConnectionError:
    import httpx2

    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    for value in request.headers.values():
        if isinstance(value, Masked):
            reason = reason.replace(value, "***")
    if isinstance(error, httpx2.TimeoutException):
        return APITimeoutError(f"{request.operation}: no answer in time ({reason})", request.operation)
    return APIConnectionError(f"{request.operation}: no answer ({reason})", request.operation)


def timeout_of(value: Any, default: Timeout) -> Timeout:
    """Returns the Timeout that a caller means by a number, a Timeout, None (wait for ever) or nothing."""
    if isinstance(value, Timeout):
        return value
    if value is None:
        return Timeout(None, None)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Timeout(float(value), min(float(value), default.connect or float(value)))
    return default
