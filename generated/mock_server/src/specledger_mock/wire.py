"""Requests sent to an address, no faster than a rate allows."""

from __future__ import annotations

import http.client
import ipaddress
import shlex
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from .call import Call

_SECONDS = 30.0


class Unsendable(ValueError):
    """An address to which nothing is sent; the message says why."""


@dataclass(frozen=True)
class Reply:
    """What came back; status 0 where nothing did."""

    status: int
    content: bytes = b""
    media_type: str = ""


class Wire:
    """One address. Raises Unsendable where it is none, or lies beyond this machine without `live`."""

    def __init__(self, url: str, rate: float, live: bool) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise Unsendable(f"{url} is no base URL of an API")
        if parts.username is not None or parts.password is not None:
            raise Unsendable("the base URL holds a credential: it belongs in an environment variable")
        if not live and not is_loopback(parts.hostname):
            raise Unsendable(f"{parts.hostname} is not this machine: --live sends to it")
        if not rate > 0:
            raise Unsendable("the rate is a number of requests a second, above 0")
        self.url = url.rstrip("/")
        self.is_here = is_loopback(parts.hostname)
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path.rstrip("/")
        self._is_secure = parts.scheme == "https"
        self._pause = 1 / rate
        self._next = 0.0

    def send(self, call: Call) -> Reply:
        """Returns the answer to a request, sent when it is its turn; a redirect is an answer like others."""
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._pause
        kind = http.client.HTTPSConnection if self._is_secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=_SECONDS)
        try:
            connection.request(call.method, self._path + call.url, call.content or None, call.headers)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read(), answer.getheader("content-type", ""))
        except (OSError, http.client.HTTPException):
            return Reply(0)
        finally:
            connection.close()

    def curl(self, call: Call) -> str:
        """Returns a request as a line for the shell."""
        words = ["curl", "-X", call.method, self.url + call.url]
        for name, text in call.headers.items():
            words += ["-H", f"{name}: {text}"]
        if call.content:
            words += ["--data-binary", call.content.decode("utf-8", "replace")]
        return " ".join(map(shlex.quote, words))


def is_loopback(host: str) -> bool:
    """Says whether a host is this machine, without asking anyone for its address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
