"""The default transport: httpx2, or a client of it that the caller made."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .body import Stream
from .credential import Masked
from .errors import APIConnectionError, APITimeoutError, SettingError
from .transport import Request, Response

if TYPE_CHECKING:
    import httpx2


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
            answer = self._client.send(_built(self._client, request, _pieces(request)), follow_redirects=False)
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
            answer = await self._client.send(
                _built(self._client, request, _async_pieces(request)), follow_redirects=False
            )
            return Response(answer.status_code, answer.headers, answer.content)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            failure = _failure(request, error)
        # As above.
        raise failure

    async def close(self) -> None:
        """Closes the connections of a client that is our own."""
        if self._owned:
            await self._client.aclose()


def _pieces(request: Request) -> bytes | Iterator[bytes] | None:
    content = request.content
    if content is None or isinstance(content, bytes):
        return content
    if not isinstance(content, Iterable):
        raise TypeError(f"{request.operation}: an asynchronous body needs the asynchronous client")
    return iter(content)


def _async_pieces(request: Request) -> bytes | AsyncIterator[bytes] | None:
    content = request.content
    if content is None or isinstance(content, bytes):
        return content
    return aiter(content if isinstance(content, AsyncIterable) else Stream(content))


def _built(client: httpx2.Client | httpx2.AsyncClient, request: Request, content: bytes | Any | None) -> httpx2.Request:
    import httpx2

    timeout = httpx2.Timeout(request.timeout.read, connect=request.timeout.connect)
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    built = client.build_request(request.method, request.url, headers=headers, content=content, timeout=timeout)
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
    return APIConnectionError(f"{request.operation}: no answer ({reason}){trust(error)}", request.operation)


def trust(error: BaseException | None) -> str:
    """Returns a sentence on the CA store where an error comes from a certificate that it does not vouch for."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    if error is None:
        return ""
    paths = ssl.get_default_verify_paths()
    given = [os.environ[name] for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
    stores = given[:1] or [paths.openssl_cafile, paths.openssl_capath]
    told = " and ".join(store if Path(store).exists() else f"{store} (missing)" for store in stores)
    remedy = "set SSL_CERT_FILE to the CA's file, or hand in an http_client that trusts it"
    return f"; the CA store is {told}: install it, {remedy}"
