"""How often a call is sent: again where that does no harm, once where it may."""

from __future__ import annotations

from collections.abc import Iterator

from specledger.fuzz.called.answers import Told, error_of
from specledger.fuzz.called.half import Half
from specledger.fuzz.called.recorder import Reply, Sent
from specledger.fuzz.judge import Finding
from specledger.fuzz.request import Request
from specledger.ir import Operation

# RFC 9110, 9.2.2: what may be sent again without a further word.
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
_PASSING = (503, 502, 500, 429, 408)
_LASTING = (400, 404, 409, 422)
_BEFORE_ALL = {"Retry-After": "0"}


def repeated(half: Half, request: Request, told: Told) -> Iterator[Finding]:
    """Yields where a call is sent more often than it should be, less often, or differently the second time."""
    operation = request.operation
    again = operation.idempotent or operation.method in _IDEMPOTENT
    lost = Reply(lost=True)
    most = 3 if again else 1
    for status in _PASSING:
        response = operation.response(status)
        if response and response.permanent:
            continue
        refusal = Reply(status, headers=_BEFORE_ALL)
        yield from _sent(half, request, (refusal, told.reply), 2 if again else 1, f"was answered with {status}")
        yield from _sent(half, request, (refusal,), most, f"is always answered with {status}", error_of(status))
    yield from _sent(half, request, (lost, told.reply), 2 if again else 1, "lost its connection")
    yield from _sent(half, request, (lost,), most, "loses its connection each time", "APIConnectionError")
    yield from _sent(half, request, (lost, told.reply), 2, "may be repeated once", retries=1)
    yield from _sent(half, request, (lost, told.reply), 1, "may not be repeated", retries=0)
    for status in _lasting(operation):
        refusal = Reply(status, headers=_BEFORE_ALL)
        yield from _sent(half, request, (refusal, told.reply), 1, f"was answered with {status}", error_of(status))


def _lasting(operation: Operation) -> list[int]:
    """Returns statuses after which nothing is sent again; a documented one is so only with the body that it has."""
    return [status for status in _LASTING if not (found := operation.response(status)) or not found.permanent]


def _sent(
    half: Half,
    request: Request,
    replies: tuple[Reply, ...],
    wanted: int,
    why: str,
    raises: str = "",
    retries: int | None = None,
) -> Iterator[Finding]:
    given = half.give(request, *replies, **({} if retries is None else {"max_retries": retries}))
    sent = half.recorder.sent
    if len(sent) != wanted:
        message = f"the {half.name} client sent a call {len(sent)} times that {why}, not {wanted}"
        yield Finding("operation", "client-retry", message)
    elif len({_told_apart(one) for one in sent}) > 1:
        yield Finding("operation", "client-retry", f"the {half.name} client did not send the same request again")
    elif raises and not half.is_error(given, raises):
        found = type(given).__name__
        yield Finding("operation", "client-retry", f"the {half.name} client gave {found} for a call that {why}")


def _told_apart(sent: Sent) -> tuple[str, str, tuple[tuple[str, str], ...], int]:
    # A multipart boundary is made anew for no second attempt, but its length says enough.
    return sent.method, sent.target, sent.headers, len(sent.content)
