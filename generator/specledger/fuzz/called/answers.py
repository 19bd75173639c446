"""Answers to give a client, each with what it must make of it: every documented status, and what nobody documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import jsonschema_rs

from specledger import places
from specledger.emit.client_schema import content_of, kind_of
from specledger.fuzz.called import shape
from specledger.fuzz.called.drawn import Draws
from specledger.fuzz.called.recorder import Reply, json_reply
from specledger.fuzz.called.value import as_read
from specledger.fuzz.request import MISSING, Missing
from specledger.fuzz.sides import OF_EACH_TYPE
from specledger.ir import Api, Operation, Response
from specledger.yaml12 import Json, as_object

# The tree of exceptions, as the client's README draws it.
_BY_STATUS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}
UNREADABLE = "APIResponseValidationError"
FAILED = "APIFailureError"
VALUE = ""
UNKNOWN = "specledger-unknown"
_HTML = Reply(content=b"<!DOCTYPE html><title>Gateway</title>", media_type="text/html")
_TEXT = "plain \N{LATIN SMALL LETTER E WITH ACUTE} \N{GRINNING FACE}\r\n"
_STRANGE = (207, 304, 418, 451, 520)
_SCALARS = {"string", "integer", "number", "boolean"}
_DRAWN = 8
_MOST_VARIANTS = 60
# As servers write them, and what no calendar holds.
_MOMENTS = {
    "date-time": ("2026-01-02T03:04:05Z", "2026-01-02t03:04:05.6789+05:30", "2026-13-02T03:04:05Z"),
    "date": ("2026-02-03", "2026-02-30"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, the name of the exception that it must raise, empty for none, and the value that it holds.

    `documented` says whether the spec knows the status and the body; `shape` is what it says about the body, and
    `steps` lead to what is particular about it.
    """

    reply: Reply
    raises: str
    value: Json | Missing | bytes
    documented: bool
    shape: shape.Shape
    steps: tuple[str, ...] = ()

    @property
    def at(self) -> tuple[str, ...]:
        """Returns the steps of the place in the contract that the answer is about."""
        return ("response", str(self.reply.status), *(("body", *self.steps) if self.steps else ()))


def error_of(status: int) -> str:
    """Returns the exception of a status that is no success."""
    return _BY_STATUS.get(status, "InternalServerError" if status >= 500 else "APIStatusError")


def documented(operation: Operation, status: int) -> Response | None:
    """Returns what is documented for a status; `default` speaks of no success where another entry does."""
    found = operation.response(status)
    if found and found.status == "default" and 200 <= status < 300 and operation.success():
        return None
    return found


def answers(api: Api, operation: Operation, draws: Draws) -> Iterator[Told]:
    """Yields the answers to give to an operation's calls, the fullest of each status first."""
    seen: list[Json] = []
    for response in operation.responses:
        for status in _statuses(operation, response):
            known = [media.schema for media in response.content]
            yield from _documented(api, operation, response, status, draws, briefly=known in seen)
            seen.append(known)
    nothing = shape.shape(api, [])
    for status in _STRANGE:
        if documented(operation, status) is None and operation.responses:
            raises = UNREADABLE if status < 300 else error_of(status)
            for reply in (json_reply(status, {"message": "unheard of"}), replace(_HTML, status=status), Reply(status)):
                yield Told(reply, raises, MISSING, False, nothing)


def success(api: Api, operation: Operation, draws: Draws) -> Told | None:
    """Returns an answer of success that gives a value; None where none can be made."""
    found = operation.success()
    told = _documented(api, operation, found, int(found.status.replace("XX", "00")), draws) if found else ()
    return next((one for one in told if one.raises == VALUE), None)


def _statuses(operation: Operation, response: Response) -> list[int]:
    """Returns statuses that an entry speaks of: that one, or of a range some that no other entry names."""
    if response.status.isdigit():
        return [int(response.status)]
    first = int(response.status[0]) * 100 if response.status[0].isdigit() else 0
    tried = (first, first + 4, first + 22, first + 51) if first else (200, 404, 418, 500)
    return [status for status in tried if documented(operation, status) is response]


def _documented(
    api: Api, operation: Operation, response: Response, status: int, draws: Draws, *, briefly: bool = False
) -> Iterator[Told]:
    """Yields answers of one status; `briefly` where others with the same schema were seen."""
    media = content_of(response.content) if operation.method != "HEAD" else None
    nothing = shape.shape(api, [])
    raises = VALUE if 200 <= status < 300 else error_of(status)
    kind = kind_of(media.media_type) if media else ""
    if media is None:
        yield Told(Reply(status), raises, None, True, nothing)
    elif kind != "json":
        text = kind in ("text", "form", "multipart") and kind != "multipart"
        content = _TEXT.encode() if text else b"\x00\xff\xfe binary"
        value: Json | bytes = _TEXT if text else content
        yield Told(Reply(status, content, media.media_type), raises, value if raises == VALUE else None, True, nothing)
    else:
        schema = media.schema if media.schema is not None else True
        known = shape.shape(api, [schema])
        bodies = [*draws.covering(schema), *draws.values(schema, _DRAWN)][: 2 if briefly else None]
        if raises == VALUE:
            fits = draws.validator(schema).is_valid
            bodies = [*filter(fits, _reporting(api, bodies[:1], failed=False)), *bodies]
            bodies += filter(fits, _reporting(api, bodies[:1], failed=True))
        for body in bodies:
            yield _told(api, json_reply(status, body, media.media_type), known, body)
        for body in bodies[:1] if not briefly else ():
            yield from _variants(api, status, known, body, draws.validator(schema))
        unread = UNREADABLE if raises == VALUE else raises
        for reply in (replace(_HTML, status=status), Reply(status, media_type=media.media_type)):
            yield Told(reply, unread, MISSING, False, known)


def _told(
    api: Api, reply: Reply, known: shape.Shape, body: Json, steps: tuple[str, ...] = (), *, readable: bool = True
) -> Told:
    raises = VALUE if 200 <= reply.status < 300 else error_of(reply.status)
    if raises == VALUE and _reports_failure(api, body):
        raises = FAILED
    elif raises == VALUE and not readable:
        raises = UNREADABLE
    value = as_read(known, body) if readable else MISSING
    return Told(reply, raises, value, readable, known, steps)


def _reports_failure(api: Api, body: Json) -> bool:
    """Says whether a body of success reports a failure all the same, by the signs in package.yaml."""
    for sign in api.package.failures:
        steps = places.parse(sign.at).steps[3:]
        fits = jsonschema_rs.Draft202012Validator(sign.schema).is_valid
        if any(fits(value) for value in places.values(body, steps)):
            return True
    return False


def _reporting(api: Api, bodies: list[Json], *, failed: bool) -> Iterator[Json]:
    """Yields bodies that report a failure by each sign, or the bodies without what makes them report one."""
    for body in bodies:
        for sign in api.package.failures if failed else ():
            steps = places.parse(sign.at).steps[3:]
            fits = jsonschema_rs.Draft202012Validator(sign.schema).is_valid
            yield from (shape.replaced(body, steps, one) for one in OF_EACH_TYPE if fits(one) and "[]" not in steps)
        found = body
        for sign in api.package.failures if not failed else ():
            *way, name = places.parse(sign.at).steps[3:]
            for held in places.values(found, tuple(way)):
                without = {key: item for key, item in as_object(held).items() if key != name}
                found = shape.replaced(found, tuple(way), without) if "[]" not in way else found
        if found is not body:
            yield found


def _variants(
    api: Api, status: int, known: shape.Shape, body: Json, validator: jsonschema_rs.Draft202012Validator
) -> Iterator[Told]:
    """Yields a body with what the spec does not know, or not at that place."""
    known_places = {shape.steps(path): (path, here) for path, here in shape.places(known, body) if here.schemas}
    for steps, (path, here) in list(known_places.items())[:_MOST_VARIANTS]:
        held = shape.at(body, path)
        if isinstance(held, dict) and here.is_open and UNKNOWN not in held:
            extra = shape.replaced(body, path, {**held, UNKNOWN: {"kept": [1, None]}})
            yield _told(api, json_reply(status, extra), known, extra, steps)
        if isinstance(held, str) and here.enums and not here.is_coerced and here.certain:
            other = shape.replaced(body, path, UNKNOWN)
            yield _told(api, json_reply(status, other), known, other, steps)
        for text in _MOMENTS.get(here.format, ()) if isinstance(held, str) else ():
            moment = shape.replaced(body, path, text)
            yield _told(api, json_reply(status, moment), known, moment, steps)
        empty = shape.replaced(body, path, None)
        if path and held is not None and validator.is_valid(empty):
            yield _told(api, json_reply(status, empty), known, empty, steps)
        if here.certain and len(here.types) == 1 and here.types <= _SCALARS:
            wrong = shape.replaced(body, path, {})
            yield _told(api, json_reply(status, wrong), known, wrong, steps, readable=False)
        for name in _required(here, held):
            without = shape.replaced(body, path, {key: item for key, item in as_object(held).items() if key != name})
            yield _told(api, json_reply(status, without), known, without, (*steps, name), readable=False)


def _required(here: shape.Shape, held: Json) -> Iterator[str]:
    if here.certain and isinstance(held, dict):
        for schema in here.schemas:
            required = schema.get("required")
            for name in required if isinstance(required, list) else ():
                if name in held and name in here.declared:
                    yield str(name)
