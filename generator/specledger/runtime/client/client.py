"""The two halves of a client: one waits, one awaits; everything else is Core's."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from .core import Core
from .profile import Operation
from .transport import AsyncHttpxTransport, AsyncTransport, HttpxTransport, Transport

T = TypeVar("T")


class SyncClient:
    """The synchronous half: it sends, and waits."""

    _core: Core
    _transport: Transport

    def _open(self, core: Core, http_client: Any, transport: Transport | None) -> None:
        self._core = core
        self._transport = transport or HttpxTransport(http_client)

    def call(self, operation: Operation[T], **arguments: Any) -> T:
        """Returns the value of one call; the resources' methods are its typed face."""
        request = self._core.prepare(operation, **arguments)
        return self._core.finish(operation, self._transport.send(request))

    def close(self) -> None:
        """Closes the connections; a client that was handed in stays open."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._core.base_url!r})"


class AsyncClient:
    """The asynchronous half."""

    _core: Core
    _transport: AsyncTransport

    def _open(self, core: Core, http_client: Any, transport: AsyncTransport | None) -> None:
        self._core = core
        self._transport = transport or AsyncHttpxTransport(http_client)

    async def call(self, operation: Operation[T], **arguments: Any) -> T:
        """Returns the value of one call; the resources' methods are its typed face."""
        request = self._core.prepare(operation, **arguments)
        return self._core.finish(operation, await self._transport.send(request))

    async def close(self) -> None:
        """Closes the connections; a client that was handed in stays open."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._core.base_url!r})"
