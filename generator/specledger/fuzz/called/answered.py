"""What a client gave for an answer, held to what its README says about such an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from specledger.fuzz.called.answers import UNREADABLE, VALUE, Told
from specledger.fuzz.called.half import Half
from specledger.fuzz.called.readers import client_models, named, plain_name
from specledger.fuzz.called.recorder import REQUEST_ID
from specledger.fuzz.called.value import Loss, losses
from specledger.fuzz.judge import Finding
from specledger.fuzz.request import Missing, Request
from specledger.places import Place

# What a client says of an answer that it cannot read: the place, after what it is told apart by.
_NAMED = re.compile(r"than documented: ([^:\s]+): expected ")


def judged(half: Half, request: Request, told: Told, given: object) -> Iterator[Finding]:
    """Yields what a client made of an answer otherwise than is documented."""
    if told.raises == VALUE:
        if isinstance(given, Exception):
            message = f"the {half.name} client raised {type(given).__name__}: {str(given)[:200]}"
            yield Finding(_refused(half, told, given), "client-answer", message)
        else:
            yield from _value(half, told, given, "client-answer")
        return
    if not half.is_error(given, told.raises):
        kind = type(given).__name__ if isinstance(given, Exception) else f"a value of type {type(given).__name__}"
        message = f"the {half.name} client gave {kind} for an answer with {told.reply.status}, not {told.raises}"
        yield Finding(_at(told), "client-error", message)
        return
    wanted = {
        "status_code": told.reply.status,
        "content": told.reply.content,
        "body": told.reply.body,
        "request_id": REQUEST_ID,
        "documented": told.documented,
        "operation": request.operation.label,
    }
    for name, value in wanted.items():
        found = getattr(given, name, None)
        if found != value and not (name == "documented" and not hasattr(given, "parsed")):
            message = (
                f"{name} of the {half.name} client's {told.raises} is {str(found)[:100]!r}, not {str(value)[:100]!r}"
            )
            yield Finding(_at(told), "client-error", message)
    if str(told.reply.status) not in str(given) or request.operation.label not in str(given):
        yield Finding(_at(told), "client-error", f"{told.raises} does not say which operation was answered with what")
    if hasattr(given, "parsed"):
        yield from _parsed(half, told, given.parsed)


def raw(half: Half, request: Request, told: Told) -> Iterator[Finding]:
    """Yields what `with_raw_response` shows otherwise than the answer has it."""
    half.recorder.tell(told.reply)
    try:
        answer = half.caller.raw(request)
        value = answer.parse()  # type: ignore[attr-defined]  # a method that is missing is found
    except Exception as error:
        message = f"with_raw_response of the {half.name} client raised {type(error).__name__}: {str(error)[:200]}"
        yield Finding(_at(told), "client-answer", message)
        return
    wanted = {"status_code": told.reply.status, "request_id": REQUEST_ID, "content": told.reply.content, "attempts": 1}
    for name, came in wanted.items():
        shown = getattr(answer, name, None)
        if shown != came:
            message = f"{name} of the {half.name} client's with_raw_response is {shown!r:.100}, not {came!r:.100}"
            yield Finding(f"{_at(told)}.body" if name == "content" else _at(told), "client-answer", message)
    yield from _value(half, told, value, "client-answer")


def _parsed(half: Half, told: Told, parsed: object) -> Iterator[Finding]:
    if told.documented and not isinstance(told.value, Missing):
        yield from _value(half, told, parsed, "client-error")
    elif parsed is not None:
        yield Finding(_at(told), "client-error", f"the {half.name} client parsed a body that is not documented")


def _value(half: Half, told: Told, given: object, code: str) -> Iterator[Finding]:
    if isinstance(told.value, bytes):
        found: list[Loss] = [] if given == told.value else [((), "the bytes are not those of the answer")]
    elif isinstance(given, dict) and _is_modelled(half, told):
        found = [((), "the value is a plain dict, and the client has a model of it")]
    else:
        wanted = None if isinstance(told.value, Missing) else told.value
        found = list(losses(told.shape, given, wanted))
    for steps, message in found:
        at = Place(("response", str(told.reply.status), "body", *steps))
        yield Finding(str(at), code, f"{message} ({half.name})")


def _is_modelled(half: Half, told: Told) -> bool:
    """Says whether the body is a component of the spec that the client has a model of."""
    named = [str(schema["$ref"]).rpartition("/")[2] for schema in told.shape.schemas if "$ref" in schema]
    return told.shape.certain and any(plain_name(name) in client_models(half.module) for name in named[:1])


def _refused(half: Half, told: Told, given: Exception) -> str:
    """Returns the place that a client names which cannot read an answer; the whole answer where it names none."""
    found = _NAMED.search(str(given))
    if found is None or not half.is_error(given, UNREADABLE):
        return _at(told)
    return str(Place(("response", str(told.reply.status), "body", *named(found[1]))))


def _at(told: Told) -> str:
    return str(Place(told.at))
