"""The two halves of a client: one waits, one awaits; everything else is Core's and exchange's."""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Generic, Protocol, Self, TypeAlias, TypeVar, cast

from . import wire
from .body import Stream
from .core import Core
from .credential import masked
from .errors import APIConnectionError, SettingError
from .exchange import Ask, Send, Step, Steps, exchange
from .profile import Operation
from .raw import APIResponse
from .spans import Silent, span
from .transport import AsyncMiddleware, AsyncTransport, Middleware, Request, Response, Timeout, Transport

T = TypeVar("T")
V = TypeVar("V")
W = TypeVar("W")
R = TypeVar("R")
Around: TypeAlias = Callable[[Request, Callable[[Request], R]], R]
ASK_ASYNC = "the credential's function is async; the Async client takes it, or give one that returns the text"
TWO_WAYS = "http_client and transport are two ways for the same requests: give one of them"


class Caller(Protocol):
    """What the methods of a resource call."""

    def call(self, operation: Operation[T], **arguments: Any) -> T:
        """Returns the value of one call."""
        ...


class AsyncCaller(Protocol):
    """Caller's asynchronous twin."""

    async def call(self, operation: Operation[T], **arguments: Any) -> T:
        """Returns the value of one call."""
        ...


class Answering:
    """Calls through a client, and returns each answer unread."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def call(self, operation: Operation[T], **arguments: Any) -> T:
        """Returns an APIResponse; `answers` gives the methods that call this their type."""
        return cast(T, self._client.answer(operation, **arguments))


class AsyncAnswering:
    """Answering's asynchronous twin."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def call(self, operation: Operation[T], **arguments: Any) -> T:
        """Returns an APIResponse."""
        return cast(T, await self._client.answer(operation, **arguments))


class Half(Generic[W, R]):
    """What both clients have: settings, a transport `W`, and a way to send, which returns `R`."""

    _awaits: ClassVar[bool]
    _core: Core
    _transport: W
    _send: Callable[[Request], R]

    def _join(self, core: Core, transport: W, send: Callable[[Request], R], middleware: Sequence[Around[R]]) -> None:
        self._core = core
        self._transport = transport
        self._send = send
        for around in reversed(middleware):
            self._send = partial(_around, around, self._send)

    def _steps(self, operation: Operation[Any], max_retries: Any = wire.UNSET, **arguments: Any) -> Steps:
        request = self._core.prepare(operation, **arguments)
        if isinstance(request.content, Stream) and request.content.asynchronous and not self._awaits:
            raise TypeError(f"{operation.label}: an asynchronous body needs the asynchronous client")
        extra = arguments.get("extra_headers")
        return exchange(self._core, operation, request, max_retries=max_retries, extra_headers=extra)

    def with_options(
        self,
        *,
        timeout: float | Timeout | wire.Unset | None = wire.UNSET,
        max_retries: int | wire.Unset = wire.UNSET,
        default_headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Returns a client with other settings over the same connections; closing one closes both."""
        made = type(self).__new__(type(self))
        core = self._core.changed(timeout, max_retries, default_headers)
        made._join(core, self._transport, self._send, ())
        return made

    def __repr__(self) -> str:
        # Also of a client whose constructor has failed: crash reports show that too.
        core: Core | None = vars(self).get("_core")
        return f"{type(self).__name__}({f'base_url={core.base_url!r}' if core else ''})"


class SyncClient(Half[Transport, Response]):
    """The synchronous half: it sends, and waits."""

    _awaits = False

    def _open(
        self, core: Core, http_client: Any, transport: Transport | None, middleware: Sequence[Middleware] = ()
    ) -> None:
        if transport is None:
            from .httpx_transport import HttpxTransport

            transport = HttpxTransport(http_client)
        elif http_client is not None:
            raise SettingError(TWO_WAYS)
        self._join(core, transport, transport.send, middleware)

    def call(self, operation: Operation[T], **arguments: Any) -> T:
        """Returns the value of one call; the resources' methods are its typed face."""
        value, _ = self._exchange(operation, arguments, self._core.answers.read)
        return value

    def answer(self, operation: Operation[T], **arguments: Any) -> APIResponse[T]:
        """Returns the answer of one call, not read yet; raises as `call` does where it is no success."""
        response, attempts = self._exchange(operation, arguments, _unread)
        return APIResponse(self._core, operation, response, attempts)

    def _exchange(
        self, operation: Operation[T], arguments: dict[str, Any], read: Callable[[Operation[T], Response], V]
    ) -> tuple[V, int]:
        steps = self._steps(operation, **arguments)
        with span(self._core, operation) as told:
            given: object = None
            while True:
                try:
                    step = steps.send(given)
                except StopIteration as end:
                    response, attempts = end.value
                    break
                given = self._take(step, told)
            told.answered(response)
            self._core.answers.check(operation, response)
            return read(operation, response), attempts

    def _take(self, step: Step, told: Silent) -> object:
        if isinstance(step, Send):
            told.sending(step.request)
            try:
                return self._attempt(step.request)
            except APIConnectionError as error:
                return error
        if isinstance(step, Ask):
            secret = masked(cast(Callable[[], object], step.source)())
            if inspect.isawaitable(secret):
                if inspect.iscoroutine(secret):
                    secret.close()
                raise SettingError(ASK_ASYNC)
            return secret
        time.sleep(step.seconds)
        return None

    def _attempt(self, request: Request) -> Response:
        log = self._core.log
        if not log.open:
            return self._send(request)
        log.sending(request)
        started = time.monotonic()
        response = self._send(request)
        log.answered(request, response, time.monotonic() - started)
        return response

    def close(self) -> None:
        """Closes the connections; a client that was handed in stays open."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(Half[AsyncTransport, Awaitable[Response]]):
    """The asynchronous half: it sends, and awaits."""

    _awaits = True

    def _open(
        self, core: Core, http_client: Any, transport: AsyncTransport | None, middleware: Sequence[AsyncMiddleware] = ()
    ) -> None:
        if transport is None:
            from .httpx_transport import AsyncHttpxTransport

            transport = AsyncHttpxTransport(http_client)
        elif http_client is not None:
            raise SettingError(TWO_WAYS)
        self._join(core, transport, transport.send, middleware)

    async def call(self, operation: Operation[T], **arguments: Any) -> T:
        """Returns the value of one call; the resources' methods are its typed face."""
        value, _ = await self._exchange(operation, arguments, self._core.answers.read)
        return value

    async def answer(self, operation: Operation[T], **arguments: Any) -> APIResponse[T]:
        """Returns the answer of one call, not read yet; raises as `call` does where it is no success."""
        response, attempts = await self._exchange(operation, arguments, _unread)
        return APIResponse(self._core, operation, response, attempts)

    async def _exchange(
        self, operation: Operation[T], arguments: dict[str, Any], read: Callable[[Operation[T], Response], V]
    ) -> tuple[V, int]:
        steps = self._steps(operation, **arguments)
        with span(self._core, operation) as told:
            given: object = None
            while True:
                try:
                    step = steps.send(given)
                except StopIteration as end:
                    response, attempts = end.value
                    break
                given = await self._take(step, told)
            told.answered(response)
            self._core.answers.check(operation, response)
            return read(operation, response), attempts

    async def _take(self, step: Step, told: Silent) -> object:
        if isinstance(step, Send):
            told.sending(step.request)
            try:
                return await self._attempt(step.request)
            except APIConnectionError as error:
                return error
        if isinstance(step, Ask):
            secret = masked(cast(Callable[[], object], step.source)())
            return masked(await secret) if inspect.isawaitable(secret) else secret
        import anyio

        await anyio.sleep(step.seconds)
        return None

    async def _attempt(self, request: Request) -> Response:
        log = self._core.log
        if not log.open:
            return await self._send(request)
        log.sending(request)
        started = time.monotonic()
        response = await self._send(request)
        log.answered(request, response, time.monotonic() - started)
        return response

    async def close(self) -> None:
        """Closes the connections; a client that was handed in stays open."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _unread(operation: Operation[Any], response: Response) -> Response:
    return response


def _around(around: Around[R], send: Callable[[Request], R], request: Request) -> R:
    return around(request, send)
