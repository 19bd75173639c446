"""Pages over the network, politely: slow, small, within the host, and only where robots.txt allows it."""

from __future__ import annotations

import json
import ssl
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx2

from specledger import __version__
from specledger.documents.page import MAX_BYTES
from specledger.drift import files
from specledger.drift.robots import Robots
from specledger.drift.source import unreadable

AGENT = "specledger"
_REDIRECTS = 5
_MOVED = (301, 302, 303, 307, 308)
_ACCEPT = "text/html, text/markdown;q=0.9, text/plain;q=0.8, */*;q=0.1"
_ROBOTS_BYTES = 500 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered with; `etag` and `modified` let it say next time that nothing changed."""

    body: bytes = field(repr=False)
    content_type: str = ""
    etag: str = ""
    modified: str = ""


class Fetcher:
    """Fetches pages, one request a `pause` (seconds) from each host; `cache` is a folder for conditional requests."""

    def __init__(self, cache: Path | None = None, *, pause: float = 1.0, timeout: float = 20.0) -> None:
        self.cache = cache
        self.pause = pause
        self.timeout = timeout
        self.last: dict[str, float] = {}
        self.robots: dict[str, Robots | None] = {}
        limits = httpx2.Timeout(timeout, connect=min(timeout, 10.0))
        headers = {"User-Agent": f"{AGENT}/{__version__}", "Accept": _ACCEPT, "Accept-Encoding": "gzip"}
        self.client = httpx2.Client(headers=headers, timeout=limits, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def get(self, address: str) -> Fetched:
        """Returns what stands at an http(s) address.

        Raises Failure (exit code 2): robots.txt forbids it, more than five redirects or one to another host, a
        status that is no success, more than 5 MB, a time-out, no connection.
        """
        known = self._recall(address)
        _parts(address, address)
        here = address
        for _ in range(_REDIRECTS + 1):
            self._allow(address, here)
            headers = {}
            if known and known.etag:
                headers["If-None-Match"] = known.etag
            if known and known.modified:
                headers["If-Modified-Since"] = known.modified
            status, answered, body = self._request(address, here, headers, MAX_BYTES)
            if status == 304 and known:
                return known
            if status in _MOVED and "location" in answered:
                here = _redirected(address, here, answered["location"])
                continue
            if not 200 <= status < 300:
                raise unreadable(
                    address, f"the host answered {status}", _REMEDIES.get(status, "look at it in a browser")
                )
            found = Fetched(
                body,
                answered.get("content-type", ""),
                answered.get("etag", ""),
                answered.get("last-modified", ""),
            )
            self._remember(address, found)
            return found
        raise unreadable(address, f"more than {_REDIRECTS} redirects", "write the page's own address into the facts")

    def _request(
        self, address: str, url: str, headers: dict[str, str], limit: int
    ) -> tuple[int, httpx2.Headers, bytes]:
        """Sends one GET, not sooner than the host's turn, and reads at most `limit` bytes."""
        host = urlsplit(url).netloc.lower()
        wait = self.last.get(host, 0.0) + self.pause - time.monotonic() if host in self.last else 0.0
        if wait > 0:
            time.sleep(wait)
        try:
            with self.client.stream("GET", url, headers=headers) as response:
                body = b"" if response.is_redirect else _body(address, response, limit, self.timeout)
                return response.status_code, response.headers, body
        except httpx2.TimeoutException:
            raise unreadable(address, f"no answer within {self.timeout:g} seconds", "try again later") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError, ValueError, zlib.error) as error:
            reason = str(error)[:200] or type(error).__name__
            raise unreadable(address, f"it cannot be fetched: {reason}", "check the address") from None
        finally:
            self.last[host] = time.monotonic()

    def _allow(self, address: str, url: str) -> None:
        """Raises Failure where the host's robots.txt forbids the url, or where the host is too ill to be asked."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self.robots:
            self.robots[origin] = self._read_robots(address, origin)
        rules = self.robots[origin]
        if rules is None:
            raise unreadable(address, "robots.txt of the host cannot be had, so nothing is fetched", "try again later")
        if not rules.allows(parts.path + (f"?{parts.query}" if parts.query else "")):
            raise unreadable(address, "robots.txt of the host forbids it", "read the page in a browser and save it")

    def _read_robots(self, address: str, origin: str) -> Robots | None:
        """Returns the host's rules; none where the host is not well, for then nothing may be fetched."""
        url = f"{origin}/robots.txt"
        for _ in range(_REDIRECTS + 1):
            status, answered, body = self._request(address, url, {}, _ROBOTS_BYTES)
            if status in _MOVED and "location" in answered:
                url = _redirected(address, url, answered["location"])
                continue
            if status >= 500:
                return None
            return Robots(body.decode("utf-8", errors="replace") if status < 300 else "", AGENT)
        return None

    def _recall(self, address: str) -> Fetched | None:
        """Returns what the address answered with last time, where that is kept and whole."""
        if self.cache is None:
            return None
        body, head = _kept(self.cache, address)
        try:
            written = json.loads(head.read_bytes())
            content = body.read_bytes()
            if sha256(content).hexdigest() != written["sha256"]:
                return None
            return Fetched(content, str(written["content_type"]), str(written["etag"]), str(written["modified"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _remember(self, address: str, found: Fetched) -> None:
        if self.cache is None or not (found.etag or found.modified):
            return
        body, head = _kept(self.cache, address)
        words = {key: value for key, value in asdict(found).items() if key != "body"}
        written = json.dumps({"address": address, "sha256": sha256(found.body).hexdigest(), **words})
        files.replace({body: found.body, head: written})


_REMEDIES = {
    401: "the page wants a login; save it from a browser",
    403: "the host refuses; save the page from a browser",
    404: "the page has moved; write its new address into the facts",
    410: "the page is gone; write its new address into the facts",
    429: "the host wants fewer requests; try again later",
}


def _kept(cache: Path, address: str) -> tuple[Path, Path]:
    name = sha256(address.encode()).hexdigest()
    return cache / f"{name}.page", cache / f"{name}.json"


def _parts(address: str, url: str) -> SplitResult:
    """Returns an address in its parts. Raises Failure where it is none."""
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass  # told below, like an address without a host
    raise unreadable(address, f"{url[:200]!r} is no address of a page", "write http(s)://host/path")


def _redirected(address: str, here: str, location: str) -> str:
    """Returns where a redirect leads. Raises Failure where that is another host, or less than https."""
    try:
        target = urljoin(here, location)
    except ValueError:
        target = location
    old, new = urlsplit(here), _parts(address, target)
    secure = new.scheme == old.scheme or (old.scheme, new.scheme) == ("http", "https")
    if new.hostname != old.hostname or not secure:
        remedy = "if that is the page now, write its address into the facts"
        raise unreadable(address, f"the address leads elsewhere: {target[:200]}", remedy)
    return target


def _body(address: str, response: httpx2.Response, limit: int, seconds: float) -> bytes:
    """Reads an answer, unpacked, up to the limit in bytes and four time-outs in all."""
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        raise unreadable(address, f"it came as {encoding[:40]}, which was not asked for", "save it from a browser")
    body = bytearray()
    until = time.monotonic() + 4 * seconds
    for part in _unpacked(response.iter_raw(), limit, packed="gzip" in encoding):
        body += part
        if len(body) > limit:
            raise unreadable(address, f"it has more than {limit} bytes", "save the one page that is meant")
        if time.monotonic() > until:
            raise unreadable(address, f"it took more than {4 * seconds:g} seconds", "try again later")
    return bytes(body)


def _unpacked(parts: Iterator[bytes], limit: int, *, packed: bool) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(31)
    begun = False
    for part in parts:
        begun = True
        yield unpacker.decompress(part, limit + 1) if packed else part
    if packed and begun and not unpacker.eof:
        raise ValueError("it ends before it is all there")
