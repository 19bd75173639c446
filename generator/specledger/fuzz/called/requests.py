"""What a client is called with: drawn requests, the least, the fullest, each null, and texts that need encoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from specledger.canonical import canonical
from specledger.emit.client_schema import content_of, kind_of
from specledger.fuzz.called import shape
from specledger.fuzz.called.drawn import Draws
from specledger.fuzz.request import MISSING, Missing, Request
from specledger.ir import Api, MediaType, Operation, Parameter
from specledger.yaml12 import Json, JsonObject, as_object

AWKWARD = "a b/c?d#e%41+f&g=h;i,j:k@l$é€😀"
_AWKWARD_HEADER = 'a b/c;d,e="f"'
_BYTES = b" \x00\xff\r\n--specledger\r\n\xc3\x28 \n"
_LOCATIONS = ("path", "query", "header", "cookie")
_DRAWN = 10
_MOST_NULLS = 40


def requests(api: Api, operation: Operation, draws: Draws) -> list[Request]:
    """Returns the requests that an operation's method is called with; empty where none can be drawn."""
    media = content_of(operation.body.content) if operation.body else None
    made = [_drawn(api, operation, media, draws, number) for number in range(_DRAWN)]
    fitting = [request for request in made if request is not None]
    if not fitting:
        return []
    fullest = [_filled(fitting[0], draws, body) for body in _bodies(fitting[0], media, draws)]
    least = _least(fullest[0], media, draws)
    found = [*fullest, least, *_nulls(fullest[0], media, draws), _awkward(fullest[0], draws), *fitting]
    return [_sound(request) for request in found]


def _drawn(api: Api, operation: Operation, media: MediaType | None, draws: Draws, number: int) -> Request | None:
    """Returns the request of that number, with half of what may be left out; None where it cannot be drawn."""
    request = Request(api, operation, {where: {} for where in _LOCATIONS})
    for place, parameter in enumerate(operation.parameters):
        values = fitting(parameter, draws.values(parameter.schema, _DRAWN))
        if not values and parameter.required:
            return None
        if values and (parameter.required or (number + place) % 2):
            # Parameters with the same schema draw the same values.
            request = _with(request, parameter, values[(number + 3 * place) % len(values)])
    if media is None:
        return request
    request = replace(request, media_type=media.media_type)
    if kind_of(media.media_type) == "bytes":
        return replace(request, content=_BYTES)
    bodies = draws.values(media.schema if media.schema is not None else True, _DRAWN)
    return replace(request, body=bodies[number % len(bodies)]) if bodies else None


def fitting(parameter: Parameter, values: list[Json]) -> list[Json]:
    """Returns the values of a parameter that a URL or header can hold; every client refuses the others."""
    if parameter.location == "path":
        return [value for value in values if value is not None and not _leads_elsewhere(value)]
    if parameter.location in ("header", "cookie"):
        return [value for value in values if value is not None and all(map(str.isprintable, _texts(value)))]
    return list(values)


def _with(request: Request, parameter: Parameter, value: Json) -> Request:
    held: JsonObject = {**request.located(parameter.location), parameter.wire_name: value}
    return replace(request, parameters={**request.parameters, parameter.location: held})


def _sound(request: Request) -> Request:
    """Returns the request as the client documents it: no optional body where none of its fields is given."""
    wanted = request.operation.body
    return replace(request, body=MISSING) if request.body == {} and wanted and not wanted.required else request


def _bodies(request: Request, media: MediaType | None, draws: Draws) -> list[Json | Missing]:
    """Returns bodies that hold, together, every declared field; the request's own where there is nothing to fill."""
    if media is None or request.content is not None or media.schema is None:
        return [request.body]
    return list(draws.covering(media.schema)) or [request.body]


def _filled(request: Request, draws: Draws, content: Json | Missing) -> Request:
    """Returns the request with a body, and with the longest of the values drawn for each parameter."""
    request = replace(request, body=content)
    for place, parameter in enumerate(request.operation.parameters):
        values = sorted(
            fitting(parameter, draws.values(parameter.schema, _DRAWN)), key=lambda one: -len(canonical(one))
        )
        if values:
            request = _with(request, parameter, values[place % min(3, len(values))])
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


def _awkward(request: Request, draws: Draws) -> Request:
    """Returns the request with texts in its parameters that must be encoded."""
    for place, parameter in enumerate(request.operation.parameters):
        text = f"{_AWKWARD_HEADER if parameter.location == 'header' else AWKWARD}{place}"
        fits = draws.validator(parameter.schema).is_valid
        tried: tuple[Json, ...] = (text, [text, "b"], {"key": text})
        value = next((one for one in tried if fits(one)), None)
        request = request if value is None else _with(request, parameter, value)
    return request


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
