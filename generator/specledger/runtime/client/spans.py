"""A span for each call, where the API package of OpenTelemetry is installed; nothing where it is not.

Names and attributes follow its semantic conventions for HTTP clients. No header, query or body goes into them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from .core import Core
from .errors import APIResponseError
from .profile import Operation
from .transport import Request, Response


class Silent:
    """Stands in for a span where nobody traces."""

    __slots__ = ()

    def sending(self, request: Request) -> None:
        """Tells of an attempt."""

    def answered(self, response: Response) -> None:
        """Tells of the answer."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass


class Passing(Silent):
    """Passes the caller's context on where the API package is there and nothing that records: no span is made."""

    __slots__ = ("_current", "_inject")

    def __init__(self) -> None:
        self._current = import_module("opentelemetry.context").get_current
        self._inject = import_module("opentelemetry.propagate").inject

    def sending(self, request: Request) -> None:
        """Puts the context into the request's headers."""
        if self._current():
            self._inject(request.headers)


class Traced(Silent):
    """A span of the kind `client` that is current while the call lasts, and goes along in `traceparent`."""

    __slots__ = ("_entered", "_failed", "_passing", "_span")

    def __init__(self, trace: Any, passing: Passing, core: Core, operation: Operation[Any]) -> None:
        parts = urlsplit(core.base_url)
        attributes = {
            "http.request.method": operation.method,
            "url.template": operation.path,
            "server.address": parts.hostname or "",
            "server.port": parts.port or (443 if parts.scheme == "https" else 80),
        }
        name, _, version = core.profile.user_agent.partition("/")
        tracer = trace.get_tracer(name, version)
        self._entered = tracer.start_as_current_span(
            operation.label,
            kind=trace.SpanKind.CLIENT,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        )
        self._failed = trace.StatusCode.ERROR
        self._passing = passing

    def sending(self, request: Request) -> None:
        """Puts the span's context into the request's headers."""
        self._passing.sending(request)
        if request.attempt:
            self._span.set_attribute("http.request.resend_count", request.attempt)

    def answered(self, response: Response) -> None:
        """Notes the status."""
        self._span.set_attribute("http.response.status_code", response.status_code)

    def __enter__(self) -> Self:
        self._span = self._entered.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            status = str(error.status_code) if isinstance(error, APIResponseError) else kind.__name__
            self._span.set_attribute("error.type", status)
            self._span.set_status(self._failed)
        self._entered.__exit__(None, None, None)


_SILENT = Silent()


def span(core: Core, operation: Operation[Any]) -> Silent:
    """Returns the span of one call, to be entered."""
    found = _api()
    if found is None:
        return _SILENT
    trace, passing = found
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return passing
    return Traced(trace, passing, core, operation)


@cache
def _api() -> tuple[Any, Passing] | None:
    try:
        return import_module("opentelemetry.trace"), Passing()
    except ImportError:
        return None
