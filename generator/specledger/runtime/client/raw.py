"""An answer of success before it is read: its headers, its bytes, and its value when asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar, cast

from .errors import request_id
from .profile import Operation
from .transport import Response

if TYPE_CHECKING:
    from .core import Core

T = TypeVar("T")
P = ParamSpec("P")


class APIResponse(Generic[T]):
    """What `with_raw_response` returns; `attempts` counts how often the request was sent."""

    __slots__ = ("_core", "_operation", "_response", "attempts")

    def __init__(self, core: Core, operation: Operation[T], response: Response, attempts: int) -> None:
        self._core = core
        self._operation = operation
        self._response = response
        self.attempts = attempts

    @property
    def status_code(self) -> int:
        """Returns the answer's status."""
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """Returns the answer's headers; names compare without case."""
        return self._response.headers

    @property
    def content(self) -> bytes:
        """Returns the answer's bytes."""
        return self._response.content

    @property
    def request_id(self) -> str | None:
        """Returns the id under which the vendor knows the request, where the answer carries one."""
        return request_id(self.headers)

    def parse(self) -> T:
        """Returns what the method without `with_raw_response` returns. Raises APIResponseValidationError."""
        return self._core.answers.read(self._operation, self._response)

    def __repr__(self) -> str:
        return f"APIResponse(status_code={self.status_code}, operation={self._operation.label!r})"


def answers(method: Callable[P, T]) -> Callable[P, APIResponse[T]]:
    """Returns a method whose client answers with APIResponse, typed so."""
    return cast(Callable[P, APIResponse[T]], method)


def async_answers(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[APIResponse[T]]]:
    """Returns an async method whose client answers with APIResponse, typed so."""
    return cast(Callable[P, Awaitable[APIResponse[T]]], method)
