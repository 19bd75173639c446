"""Where an answer sends a request on, and what must not go along (RFC 9110, section 15.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import unquote_plus, urljoin, urlsplit

from .transport import Request, Response

MOST = 5
STATUSES = frozenset({301, 302, 303, 307, 308})
_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "host"})
_HARMLESS = frozenset({"accept", "content-length", "content-type", "user-agent"})
_PORTS = {"http": 80, "https": 443}


def follow(request: Request, response: Response, secret_query: str, own: Iterable[str]) -> Request | None:
    """Returns the request that an answer with one of STATUSES asks for, None where it is not to be followed.

    Followed are 307 and 308, the others where nothing is changed by the request, and 303 by a GET. Never followed
    is the way from https to http. To another origin no credential goes along, nor the headers named in `own`; a
    credential of the query that the Location repeats is taken out.
    """
    url = _target(request.url, response.headers.get("location", ""))
    if url is None:
        return None
    url = _without(url, secret_query)
    method, content = request.method, request.content
    headers = dict(request.headers)
    if response.status_code == 303 and method != "HEAD":
        method, content = "GET", None
        headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
    elif (response.status_code < 307 and method not in ("GET", "HEAD")) or not request.replayable:
        return None
    if origin(url) == origin(request.url):
        return replace(request, method=method, url=url, content=content, headers=headers)
    dropped = _SECRET | ({name.lower() for name in own} - _HARMLESS)
    headers = {name: value for name, value in headers.items() if name.lower() not in dropped}
    return replace(request, method=method, url=url, content=content, headers=headers, trusted=False)


def origin(url: str) -> tuple[str, str, int | None]:
    """Returns scheme, host and port of a URL. Raises ValueError where the host is no name or the port no number."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host and not all(0 < len(label) < 64 for label in host.removesuffix(".").split(".")):
        raise ValueError(f"{host!r} is no host")
    return parts.scheme, host, parts.port or _PORTS.get(parts.scheme)


def _without(url: str, secret_query: str) -> str:
    """Returns a URL without the parameters that the credential was sent in."""
    head, mark, query = url.partition("?")
    if not secret_query or not mark:
        return url
    secret = {unquote_plus(pair) for pair in secret_query.split("&")}
    kept = "&".join(pair for pair in query.split("&") if unquote_plus(pair) not in secret)
    return f"{head}?{kept}" if kept else head


def _target(url: str, location: str) -> str | None:
    """Returns the URL that a Location means, None where it is no place to go."""
    if not location:
        return None
    try:
        found = urljoin(url, location).partition("#")[0]
        scheme, host, _ = origin(found)
    except ValueError:
        return None
    if not host or scheme not in _PORTS or (scheme == "http" and url.startswith("https:")):
        return None
    return found if "@" not in urlsplit(found).netloc else None
