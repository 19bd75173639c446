"""How requests leave: what a transport is given and gives back."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from .codecs import UNSET
from .credential import Masked
from .errors import APIConnectionError, APITimeoutError, SettingError


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds to wait: for a connection, and for each read or write after it. None waits for ever."""

    read: float | None = 60.0
    connect: float | None = 5.0


@dataclass(slots=True)
class Request:
    """A request as it is sent. `secret_query` belongs after the URL and is kept apart from what is shown.

    `attempt` counts from 0; `trusted` is False once a redirect led to another origin.
    """

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    content: bytes | Iterable[bytes] | AsyncIterable[bytes] | None = field(repr=False)
    timeout: Timeout
    operation: str
    secret_query: str = field(default="", repr=False)
    attempt: int = 0
    trusted: bool = True

    @property
    def replayable(self) -> bool:
        """Says whether the body can be sent a second time."""
        return self.content is None or isinstance(self.content, bytes) or getattr(self.content, "replayable", False)

    def signed(self, headers: dict[str, str], secret_query: str) -> Request:
        """Returns the request with its secrets; dataclasses.replace takes four times as long."""
        made = Request(self.method, self.url, headers, self.content, self.timeout, self.operation, secret_query)
        made.attempt, made.trusted = self.attempt, self.trusted
        return made


class Headers(Mapping[str, str]):
    """An answer's headers by name, which compares without case; several of one name are joined by commas."""

    __slots__ = ("_found",)

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._found: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            self._found[key] = f"{self._found[key]}, {value}" if key in self._found else value

    def __getitem__(self, name: str) -> str:
        return self._found[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"Headers({self._found!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Headers, (tuple(self._found.items()),)


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
        ...

    def close(self) -> None:
        """Closes the connections."""


class AsyncTransport(Protocol):
    """Sends requests, asynchronously; raises as Transport does."""

    async def send(self, request: Request) -> Response:
        """Returns the answer."""
        ...

    async def close(self) -> None:
        """Closes the connections."""


Middleware: TypeAlias = Callable[[Request, Callable[[Request], Response]], Response]
"""Stands around each attempt: given the request and the way on, it returns an answer."""

AsyncMiddleware: TypeAlias = Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]
"""Middleware's asynchronous twin."""


def unanswered(request: Request, reason: str, lasting: str = "", *, late: bool = False) -> APIConnectionError:
    """Returns what a transport raises where no answer came, with no secret of the request in its words.

    `lasting` says why another attempt would fail as well, where it would; `late` that the time ran out.
    """
    secrets = [value for value in request.headers.values() if isinstance(value, Masked)]
    for secret in filter(None, [*secrets, request.secret_query]):
        reason = reason.replace(secret, "***")
    if late:
        return APITimeoutError(f"{request.operation}: no answer in time ({reason})", request.operation)
    failure = APIConnectionError(f"{request.operation}: no answer ({reason}){lasting}", request.operation)
    failure.lasting = bool(lasting)
    return failure


def closed(request: Request) -> APIConnectionError:
    """Returns what a closed transport raises."""
    failure = APIConnectionError(f"{request.operation}: the client is closed", request.operation)
    failure.lasting = True
    return failure


def timeout_of(value: object, default: Timeout) -> Timeout:
    """Returns the Timeout that a caller means by a number, a Timeout (httpx2's too), None or nothing.

    None waits for ever. Raises SettingError for anything else.
    """
    if value is UNSET:
        return default
    read, connect = getattr(value, "read", UNSET), getattr(value, "connect", UNSET)
    if read is not UNSET and connect is not UNSET:
        return Timeout(_seconds(read), _seconds(connect))
    seconds = _seconds(value)
    if seconds is None:
        return Timeout(None, None)
    return Timeout(seconds, min(seconds, default.connect or seconds))


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
        # Sockets count milliseconds in 31 bits; nobody waits that long for an answer.
        return float(value) if value < 2_000_000 else None
    raise SettingError(f"timeout is a number of seconds above 0, a Timeout or None, not {value!r}")
