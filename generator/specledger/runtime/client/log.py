"""What a client says through `logging`: each attempt, with the headers that hold no secret."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from .errors import APIConnectionError
from .transport import Request, Response

SHOWN = frozenset(
    "accept content-length content-type date retry-after retry-after-ms server user-agent "
    "x-request-id request-id x-correlation-id x-amzn-requestid traceparent".split()
)
"""The headers whose values are logged; of any other only the name is."""


class Log:
    """Writes to the logger that is named like the package: attempts at DEBUG, repeats at INFO."""

    __slots__ = ("_logger",)

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    @property
    def open(self) -> bool:
        """Says whether anybody listens to attempts."""
        return self._logger.isEnabledFor(logging.DEBUG)

    def sending(self, request: Request) -> None:
        """Tells of a request that is about to leave."""
        size = len(request.content) if isinstance(request.content, bytes) else "?" if request.content else 0
        self._logger.debug("%s %s, %s bytes, %s", request.method, _line(request.url), size, _shown(request.headers))

    def answered(self, request: Request, response: Response, seconds: float) -> None:
        """Tells of an answer."""
        told = (request.operation, response.status_code, seconds * 1000, _shown(response.headers))
        self._logger.debug("%s answered %d after %.0f ms, %s", *told)

    def lost(self, request: Request, failure: APIConnectionError) -> None:
        """Tells that no answer came."""
        self._logger.debug("%s", _line(f"{failure.message}, at attempt {request.attempt + 1}"))

    def repeating(self, request: Request, cause: APIConnectionError | Response | None, seconds: float) -> None:
        """Tells that an attempt failed and another follows."""
        why = f"status {cause.status_code}" if isinstance(cause, Response) else type(cause).__name__
        told = (request.operation, why, request.attempt + 1, seconds)
        self._logger.info("%s: %s at attempt %d, the next one in %.2f s", *told)


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: _line(value) if name.lower() in SHOWN else "…" for name, value in headers.items()}


def _line(text: str) -> str:
    """Returns a text in which nothing can end a line of the log."""
    return text if text.isprintable() else text.encode("unicode_escape").decode()
