"""One call as a row of steps: what to ask for, what to send, how long to wait. Nothing here blocks or awaits."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from . import redirects, retries, wire
from .core import Core, repeats
from .credential import Source
from .errors import APIConnectionError
from .profile import Operation
from .transport import Headers, Request, Response


@dataclass(slots=True)
class Ask:
    """Call this for the credential, and give back what it returns."""

    source: Source


@dataclass(slots=True)
class Send:
    """Send this, and give back the answer or the APIConnectionError."""

    request: Request


@dataclass(slots=True)
class Wait:
    """Wait so many seconds."""

    seconds: float


Step: TypeAlias = Ask | Send | Wait
Steps: TypeAlias = Generator[Step, object, tuple[Response, int]]


def exchange(
    core: Core,
    operation: Operation[Any],
    request: Request,
    *,
    max_retries: Any = wire.UNSET,
    extra_headers: Mapping[str, str] | None = None,
) -> Steps:
    """Yields the steps of one call; returns the last answer and how often the request was sent.

    With `max_retries` a failed attempt is repeated whatever the method; without, where that does no harm. Raises
    the APIConnectionError of the last attempt where no answer came.
    """
    repeated = hops = 0
    most = core.max_retries if operation.idempotent or operation.method in retries.IDEMPOTENT else 0
    most = most if max_retries is wire.UNSET else repeats(max_retries)
    while True:
        secrets: dict[str, object] = {}
        for key, source in core.credential.sources(core.keys(operation)) if request.trusted else ():
            secrets[key] = (yield Ask(source)) if callable(source) else source
        signed = core.sign(request, secrets, extra_headers)
        given = yield Send(signed)
        failure = given if isinstance(given, APIConnectionError) else None
        response = _answer(given) if failure is None else None
        if failure is not None:
            core.log.lost(signed, failure)
        if response is not None and response.status_code in redirects.STATUSES and hops < redirects.MOST:
            onward = redirects.follow(request, response, signed.secret_query, _own(core, extra_headers))
            if onward is not None:
                request, hops = onward, hops + 1
                continue
        again = repeated < most and request.replayable and _passing(core, operation, response, failure)
        seconds = retries.pause(repeated, response.headers if response is not None else {}) if again else None
        if seconds is not None:
            core.log.repeating(signed, failure or response, seconds)
            yield Wait(seconds)
            repeated += 1
            request.attempt = repeated
        elif response is not None:
            return response, repeated + 1
        elif failure is not None:
            raise failure


def _answer(given: object) -> Response:
    """Returns what a transport gave; it may be the caller's own. Raises TypeError where that is no Response."""
    if not hasattr(given, "status_code"):
        raise TypeError(f"the transport or a middleware returned {type(given).__name__}, no Response")
    answer = cast(Response, given)
    if isinstance(answer.headers, dict):
        # Names compare without case.
        answer.headers = Headers(answer.headers.items())
    return answer


def _own(core: Core, extra_headers: Mapping[str, str] | None) -> set[str]:
    """Returns the headers that may hold a secret: those of the schemes, and whatever the caller gave."""
    return {*core.secret_names, *core.default_headers, *(extra_headers or ())}


def _passing(
    core: Core, operation: Operation[Any], response: Response | None, failure: APIConnectionError | None
) -> bool:
    if response is None:
        return failure is not None and not failure.lasting
    return retries.transient(response.status_code) and not core.answers.final(operation, response)
