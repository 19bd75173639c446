"""The default transport: httpx2, or a client of it that the caller made."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx2

from .body import Stream
from .errors import APIConnectionError, SettingError
from .transport import Request, Response, closed, unanswered

_CODING = "content-encoding"
_STORES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
T = TypeVar("T")
_BODIED = frozenset({"POST", "PUT", "PATCH", "QUERY"})
_LENGTHS = frozenset({b"content-length", b"transfer-encoding"})
_BUILDERS = (httpx2.Client.build_request, httpx2.AsyncClient.build_request)


class HttpxTransport:
    """The default transport; a client that the caller made is used as it is, and left open."""

    def __init__(self, client: httpx2.Client | None = None) -> None:
        # Not every caller checks types.
        if client is not None and not isinstance(client, httpx2.Client):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise SettingError(f"http_client is an httpx2.Client here, not {type(client).__name__}")
        self._owned = client is None
        self._client = _opened(httpx2.Client) if client is None else client

    def send(self, request: Request) -> Response:
        """Returns the answer."""
        failure: APIConnectionError
        try:
            built = _built(self._client, request, _pieces(request))
            answer = self._client.send(built, stream=True, auth=_auth(request), follow_redirects=False)
            try:
                plain = _CODING not in answer.headers or answer.is_stream_consumed
                content = answer.read() if plain else _decoded(answer, b"".join(answer.iter_raw()))
            except BaseException:
                answer.close()
                raise
            return Response(answer.status_code, answer.headers, content)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            failure = _failure(request, error, self._owned)
        except RuntimeError:
            if not self._client.is_closed:
                raise
            failure = closed(request)
        # Raised here, not above: httpx2's error holds the request, and with it the credential.
        raise failure

    def close(self) -> None:
        """Closes the connections of a client that is our own."""
        if self._owned:
            self._client.close()


class AsyncHttpxTransport:
    """HttpxTransport's asynchronous twin."""

    def __init__(self, client: httpx2.AsyncClient | None = None) -> None:
        # Not every caller checks types.
        if client is not None and not isinstance(client, httpx2.AsyncClient):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise SettingError(f"http_client is an httpx2.AsyncClient here, not {type(client).__name__}")
        self._owned = client is None
        self._client = _opened(httpx2.AsyncClient) if client is None else client

    async def send(self, request: Request) -> Response:
        """Returns the answer."""
        failure: APIConnectionError
        try:
            built = _built(self._client, request, _async_pieces(request))
            answer = await self._client.send(built, stream=True, auth=_auth(request), follow_redirects=False)
            try:
                plain = _CODING not in answer.headers or answer.is_stream_consumed
                content = (
                    await answer.aread() if plain else _decoded(answer, b"".join([p async for p in answer.aiter_raw()]))
                )
            except BaseException:
                await answer.aclose()
                raise
            return Response(answer.status_code, answer.headers, content)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            failure = _failure(request, error, self._owned)
        except RuntimeError as error:
            # asyncio says only in words that a connection belongs to an event loop that has ended.
            if not self._client.is_closed and "loop is closed" not in str(error):
                raise
            failure = closed(request) if self._client.is_closed else _failure(request, error, self._owned)
        # As above.
        raise failure

    async def close(self) -> None:
        """Closes the connections of a client that is our own."""
        if self._owned:
            await self._client.aclose()


def _auth(request: Request) -> Any:
    """Returns the word for the caller's own client to add its credential, None where another origin would get it."""
    return httpx2.USE_CLIENT_DEFAULT if request.trusted else None


def _decoded(answer: httpx2.Response, raw: bytes) -> bytes:
    """Returns a compressed body as it was, its bytes as they came where it is none."""
    try:
        return httpx2.Response(answer.status_code, headers=answer.headers, content=raw).content
    except httpx2.DecodingError:
        return raw


def _pieces(request: Request) -> bytes | Iterator[bytes] | None:
    content = request.content
    if content is None or isinstance(content, bytes):
        return content
    return iter(cast(Iterable[bytes], content))


def _async_pieces(request: Request) -> bytes | AsyncIterator[bytes] | None:
    content = request.content
    if content is None or isinstance(content, bytes):
        return content
    return aiter(content if isinstance(content, AsyncIterable) else Stream(content))


def _built(client: httpx2.Client | httpx2.AsyncClient, request: Request, content: Any) -> httpx2.Request:
    """Returns httpx2's request, with the headers, cookies and parameters of the client.

    Made as `build_request` makes it, in a third of the time; a client with a `build_request` of its own is asked.
    """
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    limits = request.timeout
    timeout = {"connect": limits.connect, "read": limits.read, "write": limits.read, "pool": limits.read}
    more: dict[str, Any] = {"extensions": {"timeout": timeout}}
    if not request.trusted:
        # Another origin: what the caller's client adds may be a credential.
        return httpx2.Request(request.method, request.url, headers=headers, content=content, **more)
    url = _joined(request.url, request.secret_query, str(client.params) if client.params else "")
    if type(client).build_request not in _BUILDERS:
        if client.params:
            # build_request lets the client's parameters replace the URL's.
            more["params"] = httpx2.URL(url).params
        built = client.build_request(request.method, url, headers=headers, content=content, **more)
    else:
        target = _parsed(url)
        names = {name.lower() for name, _ in headers}
        headers = [pair for pair in client.headers.raw if pair[0].lower() not in names] + headers
        if content is None or type(content) is bytes:
            # httpx2 takes a stream as it is, and adds these to anything else.
            names.update(name.lower() for name, _ in headers)
            if b"host" not in names:
                headers.insert(0, (b"Host", target.netloc))
            if (content or request.method in _BODIED) and not names & _LENGTHS:
                headers.append((b"Content-Length", b"%d" % len(content or b"")))
            more["stream"] = httpx2.ByteStream(content or b"")
        else:
            more["content"] = content
        built = httpx2.Request(request.method, target, headers=headers, cookies=client.cookies, **more)
        if "stream" in more:
            built.read()
    cookies = [value for name, value in request.headers.items() if name.lower() == "cookie"] if client.cookies else ()
    for own in cookies:
        # httpx2 takes a header in place of the client's cookies; both are sent.
        kept = httpx2.Request(request.method, built.url, cookies=client.cookies).headers.get("cookie")
        built.headers["Cookie"] = f"{kept}; {own}" if kept else own
    if request.secret_query:
        built.url = MaskedURL(built.url, request.url)
    return built


@lru_cache(maxsize=16)
def _origin(url: str) -> httpx2.URL:
    return httpx2.URL(url)


def _parsed(url: str) -> httpx2.URL:
    """Returns a URL; parsing is dear, so path and query that need no escaping are put into a parsed origin."""
    end = url.find("/", len("https://"))
    if end < 0 or len(url) > _SHORT or _ESCAPING.search(url, end) or not _QUICK:
        return httpx2.URL(url)
    return _placed(url, end)


def _placed(url: str, end: int) -> httpx2.URL:
    made = httpx2.URL(_origin(url[:end]))
    path, asked, query = url[end:].partition("?")
    parts = made._uri_reference  # pyright: ignore[reportPrivateUsage]  # _quick says whether it is as it is here
    made._uri_reference = parts._replace(path=path, query=query if asked else None)  # pyright: ignore[reportPrivateUsage]
    return made


def _quick() -> bool:
    """Says whether this httpx2 keeps what it parsed where `_placed` puts it."""
    url = "https://example.com:8443/a/b%2Fc?d=e&f="
    try:
        made, parsed = _placed(url, 24), httpx2.URL(url)
        return (str(made), made.raw_path, made) == (url, parsed.raw_path, parsed)
    except (AttributeError, TypeError, ValueError):
        return False


# What httpx2 would escape, and the steps that it would resolve.
_ESCAPING = re.compile(r"[^A-Za-z0-9/_~!$&'()*+,;=:@?%.-]|%(?![0-9A-Fa-f]{2})|/\.")
_SHORT = 8_000
_QUICK = _quick()


def _joined(url: str, *queries: str) -> str:
    for query in queries:
        if query:
            url += f"{'&' if '?' in url else '?'}{query}"
    return url


class MaskedURL(httpx2.URL):
    """A URL whose text is another: httpx2 logs the URL of each request."""

    def __init__(self, url: httpx2.URL, shown: str) -> None:
        super().__init__(url)
        self._shown = shown

    def __str__(self) -> str:
        return self._shown

    def __repr__(self) -> str:
        return f"URL({self._shown!r})"


def _failure(request: Request, error: Exception, owned: bool) -> APIConnectionError:
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return unanswered(request, reason, trust(error, owned), late=isinstance(error, httpx2.TimeoutException))


def trust(error: BaseException | None, owned: bool = True) -> str:
    """Returns a sentence on the CA store where an error comes from a certificate that it does not vouch for."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    if error is None:
        return ""
    if not owned:
        return "; the CA store of your http_client does not vouch for the server: hand in one that does"
    paths = ssl.get_default_verify_paths()
    given = [os.environ[name] for name in _STORES if os.environ.get(name)]
    stores = given[:1] or [paths.openssl_cafile, paths.openssl_capath]
    told = " and ".join(store if Path(store).exists() else f"{store} (missing)" for store in stores)
    remedy = "set SSL_CERT_FILE to the CA's file, or hand in an http_client that trusts it"
    return f"; the CA store is {told}: install it, {remedy}"


def _opened(kind: Callable[..., T]) -> T:
    """Returns a client of our own. Raises SettingError where the environment names a CA store that cannot be read."""
    try:
        return kind(follow_redirects=False)
    except OSError as error:
        named = next((name for name in _STORES if os.environ.get(name)), None)
        if named is None:
            raise
        what = "is missing" if isinstance(error, FileNotFoundError) else "holds no certificates that can be read"
    raise SettingError(f"{named} names {os.environ[named]}, which {what}")
