"""What a client is called with: drawn requests, the least, the fullest, each null, and texts that need encoding."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import cast
from urllib.parse import unquote

from schemathesis.core import NotSet

from specledger.emit.client_schema import content_of, kind_of
from specledger.fuzz.called import shape
from specledger.fuzz.called.drawn import Draws
from specledger.fuzz.plugin import Drawn
from specledger.fuzz.request import MISSING, Missing, Request, is_json
from specledger.ir import Api, MediaType, Operation, Parameter
from specledger.yaml12 import Json, JsonObject, as_object

AWKWARD = "a b/c?d#e%41+f&g=h;i,j:k@l$é€😀"
_AWKWARD_HEADER = 'a b/c;d,e="f"'
_BYTES = b"\x00\xff\r\n--specledger\r\n\xc3\x28"
_LOCATIONS = ("path", "query", "header", "cookie")
_DRAWN = 10
_MOST_NULLS = 40


def requests(api: Api, operation: Operation, draws: Draws) -> list[Request]:
    """Returns the requests that an operation's method is called with; empty where none can be drawn."""
    media = content_of(operation.body.content) if operation.body else None
    drawn = [_request(api, operation, media, case) for case in draws.cases(operation, media, _DRAWN)]
    made = [_sound(request) for request in drawn if not is_unfit(request)]
    if not made:
        return []
    fullest = [_filled(made[0], draws, body) for body in _bodies(made[0], media, draws)]
    least = _least(fullest[0], media, draws)
    found = [*fullest, least, *_nulls(fullest[0], media, draws), *_awkward(fullest[0], draws), *made]
    return [request for request in map(_sound, found) if not is_unfit(request)]


def is_unfit(request: Request) -> bool:
    """Says whether a part of the request is one that every client refuses, because no URL or header can hold it."""
    return any(_leads_elsewhere(value) for value in request.located("path").values()) or any(
        not text.isprintable() for where in ("header", "cookie") for text in _texts(request.located(where))
    )


def parameters(operation: Operation, case: Drawn) -> dict[str, JsonObject]:
    """Returns the drawn parameters that the operation declares; a credential is the client's own."""
    drawn = {"path": case.path_parameters, "query": case.query, "header": case.headers, "cookie": case.cookies}
    found: dict[str, JsonObject] = {location: {} for location in drawn}
    for parameter in operation.parameters:
        values = drawn[parameter.location] or {}
        if parameter.wire_name in values:
            value = cast(Json, values[parameter.wire_name])
            if isinstance(value, str) and parameter.location == "path":
                value = unquote(str(value))  # a path's values are drawn as they stand in the URL
            elif isinstance(value, str) and is_json(parameter.media_type or ""):
                value = json.loads(value)  # and those with a media type as it writes them
            found[parameter.location][parameter.wire_name] = value
    return found


def body(case: Drawn) -> Json | Missing:
    """Returns the body that was drawn."""
    return MISSING if isinstance(case.body, NotSet) else cast(Json, case.body)


def _request(api: Api, operation: Operation, media: MediaType | None, case: Drawn) -> Request:
    request = Request(api, operation, parameters(operation, case), body(case))
    if media is None:
        return replace(request, body=MISSING)
    request = replace(request, media_type=media.media_type)
    if kind_of(media.media_type) == "bytes":
        return replace(request, body=MISSING, content=_BYTES)
    return request


def _sound(request: Request) -> Request:
    """Returns the request as the client documents it: no optional body where none of its fields is given."""
    wanted = request.operation.body
    headers: JsonObject = {name: value for name, value in request.located("header").items() if value is not None}
    request = replace(request, parameters={**request.parameters, "header": headers})
    return replace(request, body=MISSING) if request.body == {} and wanted and not wanted.required else request


def _bodies(request: Request, media: MediaType | None, draws: Draws) -> list[Json | Missing]:
    """Returns bodies that hold, together, every declared field; the request's own where there is nothing to fill."""
    if media is None or request.content is not None or media.schema is None:
        return [request.body]
    return list(draws.covering(media.schema)) or [request.body]


def _filled(request: Request, draws: Draws, content: Json | Missing) -> Request:
    """Returns the request with a body, and with every parameter that it does not have yet."""
    request = replace(request, body=content)
    for parameter in request.operation.parameters:
        held = request.located(parameter.location)
        if parameter.wire_name not in held:
            for value in draws.values(parameter.schema, 1):
                known: JsonObject = {**held, parameter.wire_name: value}
                request = replace(request, parameters={**request.parameters, parameter.location: known})
    return request


def _least(request: Request, media: MediaType | None, draws: Draws) -> Request:
    """Returns the request without whatever may be left out."""
    required = [(one.location, one.wire_name) for one in request.operation.parameters if one.required]
    kept: dict[str, JsonObject] = {where: {} for where in _LOCATIONS}
    for where, name in required:
        if name in request.located(where):
            kept[where][name] = request.located(where)[name]
    request = replace(request, parameters=kept)
    if media is None or not isinstance(request.body, dict):
        return request
    fits = draws.validator(media.schema if media.schema is not None else True).is_valid
    least: JsonObject = request.body
    for name in request.body:
        without = {key: value for key, value in least.items() if key != name}
        least = without if fits(without) else least
    return replace(request, body=least)


def _nulls(request: Request, media: MediaType | None, draws: Draws) -> Iterator[Request]:
    """Yields the request with each field that may be null as null."""
    if media is None or media.schema is None or not isinstance(request.body, dict):
        return
    fits = draws.validator(media.schema).is_valid
    known = shape.shape(request.api, [media.schema])
    for path, _ in list(shape.places(known, request.body))[1 : _MOST_NULLS + 1]:
        changed = shape.replaced(request.body, path, None)
        if shape.at(request.body, path) is not None and fits(changed):
            yield replace(request, body=changed)


def _awkward(request: Request, draws: Draws) -> Iterator[Request]:
    """Yields the request with texts in its parameters that must be encoded."""
    found = {where: dict(request.located(where)) for where in _LOCATIONS}
    for parameter in request.operation.parameters:
        for value in _awkward_values(parameter):
            if parameter.wire_name in found[parameter.location] and draws.validator(parameter.schema).is_valid(value):
                found[parameter.location][parameter.wire_name] = value
                break
    yield replace(request, parameters=found)


def _awkward_values(parameter: Parameter) -> list[Json]:
    text = _AWKWARD_HEADER if parameter.location == "header" else AWKWARD
    return [text, [text, "b"], {"key": text}]


def _leads_elsewhere(value: Json) -> bool:
    """Says whether a path parameter is empty, or decodes to what names another path."""
    parts = value if isinstance(value, list) else [*as_object(value).values()] if isinstance(value, dict) else [value]
    text = ",".join(str(part) for part in parts)
    while (further := unquote(text)) != text:
        text = further
    return text in ("", ".", "..")


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from _texts(item)
