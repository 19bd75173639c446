"""Requests as values: from an operation and the values of its parameters and body to what goes over the wire."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, cast
from urllib.parse import quote, urlencode

import httpx2

from specledger import places
from specledger.behavior import Effect
from specledger.ir import Api, MediaType, Operation, Parameter, SecurityScheme
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject

_BOUNDARY = "specledger-boundary"
_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}


class Missing:
    """The absence of a body: null is a body, this is none."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to one operation: `parameters` by location and wire name, and the body.

    `content` stands for the body's bytes where they are none that a JSON value gives; `credential` is the secret
    without its prefix, None for none, shown in the way that the `alternative` of the operation's security says.
    """

    api: Api = field(repr=False)
    operation: Operation = field(repr=False)
    parameters: Mapping[str, JsonObject] = field(default_factory=dict)
    body: Json | Missing = MISSING
    content: bytes | None = None
    media_type: str = ""
    credential: str | None = None
    alternative: int = 0

    @property
    def is_form(self) -> bool:
        """Says whether the body is sent as the fields of a form."""
        media_type = self.media_type or body_media_type(self.operation)
        return media_type.partition(";")[0] in ("application/x-www-form-urlencoded", "multipart/form-data")

    def with_value(self, place: Place, value: Json) -> Request:
        """Returns the request with the value at a place set; what lies on the way is made where it is missing."""
        location, steps = place.steps[1], place.steps[2:]
        if location == "body":
            return replace(self, body=_set({} if self.body is MISSING and steps else self.body, steps, value))
        return self._with_parameters(location, _set(self.located(location), steps, value))

    def without(self, place: Place) -> Request:
        """Returns the request with the value at a place left out."""
        location, steps = place.steps[1], place.steps[2:]
        if location == "body":
            return replace(self, body=_drop(self.body, steps) if steps else MISSING)
        return self._with_parameters(location, _drop(self.located(location), steps))

    def located(self, location: str) -> JsonObject:
        """Returns the values of the parameters in one location."""
        return self.parameters.get(location, {})

    def _with_parameters(self, location: str, values: Json | Missing) -> Request:
        return replace(self, parameters={**self.parameters, location: cast(JsonObject, values)})

    def values(self, place: Place) -> list[Json]:
        """Returns what stands at a place of the request."""
        parts: JsonObject = dict(self.parameters)
        if not isinstance(self.body, Missing):
            parts["body"] = self.body
        return list(places.values({"request": parts}, place.steps))

    def url(self, base_url: str) -> str:
        """Returns the address, path parameters percent-encoded as segments."""
        path = self.operation.path
        for parameter in self._declared("path"):
            coded = _segment(parameter, self.located("path")[parameter.wire_name])
            # A segment `.` or `..` would be resolved away by every HTTP client.
            coded = coded if coded.strip(".") else coded.replace(".", "%2E")
            path = path.replace("{" + parameter.wire_name + "}", coded)
        pairs = [
            pair for known in self._declared("query") for pair in _pairs(known, self.located("query")[known.wire_name])
        ]
        pairs += [(quote(name, ""), quote(value, "")) for place, name, value in self._credentials() if place == "query"]
        text = "&".join(f"{name}={value}" for name, value in pairs)
        return base_url.rstrip("/") + path + (f"?{text}" if text else "")

    def headers(self) -> dict[str, str]:
        """Returns the headers: declared ones, the credential, cookies and the body's media type."""
        found = {name: value for place, name, value in self._credentials() if place == "header"}
        for parameter in self._declared("header"):
            found[parameter.wire_name] = ",".join(_texts(parameter, self.located("header")[parameter.wire_name]))
        cookies = [
            pair
            for known in self._declared("cookie")
            for pair in _pairs(known, self.located("cookie")[known.wire_name])
        ]
        cookies += [(name, quote(value)) for place, name, value in self._credentials() if place == "cookie"]
        if cookies:
            found["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies)
        if self.payload() is not None:
            media_type = self.media_type or body_media_type(self.operation)
            multipart = media_type.startswith("multipart/")
            found["Content-Type"] = f"{media_type}; boundary={_BOUNDARY}" if multipart else media_type
        return found

    def payload(self) -> bytes | None:
        """Returns the body's bytes in its media type; None for no body."""
        if self.content is not None:
            return self.content
        if isinstance(self.body, Missing):
            return None
        media_type = self.media_type or body_media_type(self.operation)
        if media_type.startswith("multipart/"):
            return _multipart(self.body)
        if media_type == "application/x-www-form-urlencoded":
            return urlencode(list(_fields(self.body))).encode()
        if is_json(media_type) or not isinstance(self.body, str):
            return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        return self.body.encode()

    def curl(self, base_url: str) -> str:
        """Returns the request as a command; the credential is left to a variable."""
        parts = ["curl", "-X", self.operation.method]
        for name, value in self.headers().items():
            parts += ["-H", shlex.quote(f"{name}: {value}")]
        payload = self.payload()
        if payload is not None:
            parts += ["--data-binary", shlex.quote(payload[:2000].decode("utf-8", "replace"))]
        text = " ".join([*parts, shlex.quote(self.url(base_url))])
        for key in self._keys():
            scheme = self.api.schemes[key]
            secret = shown_credential(scheme, self.credential or "").removeprefix(scheme.prefix)
            text = text.replace(secret, "$CREDENTIAL") if secret else text
        return text

    def _declared(self, location: str) -> Iterator[Parameter]:
        values = self.located(location)
        for parameter in self.operation.parameters:
            if parameter.location == location and parameter.wire_name in values:
                yield parameter

    def _credentials(self) -> Iterator[tuple[str, str, str]]:
        """Yields location, name and value of each part of the credential."""
        for key in self._keys() if self.credential is not None else ():
            scheme = self.api.schemes[key]
            yield scheme.location, scheme.wire_name, shown_credential(scheme, self.credential or "")

    def _keys(self) -> tuple[str, ...]:
        """Returns the schemes that the credential is shown by."""
        ways = [keys for keys in self.operation.security if keys]
        return ways[self.alternative] if ways else ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is the JSON value, MISSING where there is none or it is no JSON."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    body: Json | Missing


def send(client: httpx2.Client, base_url: str, request: Request) -> Answer:
    """Sends the request and returns the answer. Raises httpx2.HTTPError where none comes."""
    answer = client.request(
        request.operation.method, request.url(base_url), headers=request.headers(), content=request.payload()
    )
    return Answer(answer.status_code, dict(answer.headers), answer.content, as_json(answer.content))


def as_json(content: bytes) -> Json | Missing:
    """Returns the JSON value of a body; MISSING where it has none."""
    try:
        value: Json = json.loads(content)
    except (ValueError, RecursionError):
        return MISSING
    return value


def working(api: Api, operation: Operation, effect: Effect, credential: str | None) -> Request:
    """Returns the request that behavior.yaml says works as it stands."""
    parameters = {name: value for name, value in effect.request.items() if name != "body" and isinstance(value, dict)}
    return Request(api, operation, parameters, effect.request.get("body", MISSING), credential=credential)


def shown_credential(scheme: SecurityScheme, credential: str) -> str:
    """Returns all that a scheme sends for a credential: with its prefix, `user:password` of basic encoded."""
    if scheme.type == "http" and scheme.scheme == "basic":
        credential = base64.b64encode(credential.encode()).decode()
    return scheme.prefix + credential


def body_media_type(operation: Operation) -> str:
    """Returns the media type that a body is sent in: JSON where the operation takes it, else the first."""
    content: tuple[MediaType, ...] = operation.body.content if operation.body else ()
    ranked = sorted(content, key=lambda media: not is_json(media.media_type))
    return ranked[0].media_type if ranked and "*" not in ranked[0].media_type else "application/json"


def is_json(media_type: str) -> bool:
    """Says whether a media type holds JSON (RFC 6839, 3.1)."""
    essence = media_type.partition(";")[0].strip().lower()
    return essence == "application/json" or essence.endswith("+json")


def _set(value: Json | Missing, steps: tuple[str, ...], new: Json) -> Json:
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if step == "[]":
        items = value if isinstance(value, list) and value else [{} if rest else None]
        return [_set(items[0], rest, new), *items[1:]]
    held = value if isinstance(value, dict) else {}
    if step == "{}":
        step = next(iter(held), "key")
    return {**held, step: _set(held.get(step), rest, new)}


def _drop(value: Json | Missing, steps: tuple[str, ...]) -> Json | Missing:
    step, rest = steps[0], steps[1:]
    if step == "[]" and isinstance(value, list) and value:
        inner = _drop(value[0], rest) if rest else MISSING
        return value[1:] if isinstance(inner, Missing) else [inner, *value[1:]]
    if not isinstance(value, dict):
        return value
    if step == "{}":
        step = next(iter(value), "")
    if step not in value:
        return value
    inner = _drop(value[step], rest) if rest else MISSING
    kept = {key: item for key, item in value.items() if key != step}
    return kept if isinstance(inner, Missing) else {**value, step: inner}


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _texts(parameter: Parameter, value: Json) -> list[str]:
    """Returns the parts of a value in the style `simple` (RFC 6570, 3.2.2)."""
    if parameter.media_type:
        return [_text(value)]
    if isinstance(value, list):
        return [_text(item) for item in value]
    if isinstance(value, dict):
        joint = "=" if parameter.explode else ","
        return [f"{key}{joint}{_text(item)}" for key, item in value.items()]
    return [_text(value)]


def _content(parameter: Parameter, value: Json) -> str:
    """Returns a value as the text of its media type, where the parameter has one: a text in JSON has its quotes."""
    return (
        json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if is_json(parameter.media_type or "")
        else _text(value)
    )


def _segment(parameter: Parameter, value: Json) -> str:
    """Returns a path parameter in its style, percent-encoded save for the style's own marks (RFC 6570, 3.2)."""
    name = quote(parameter.wire_name, safe="")
    if parameter.media_type or not isinstance(value, list | dict):
        texts = [quote(_content(parameter, value), safe="")]
    elif isinstance(value, list):
        texts = [quote(_text(item), safe="") for item in value]
    else:
        joint = "=" if parameter.explode else ","
        texts = [f"{quote(key, safe='')}{joint}{quote(_text(item), safe='')}" for key, item in value.items()]
    if parameter.style == "label":
        return "." + ("." if parameter.explode else ",").join(texts)
    if parameter.style != "matrix":
        return ",".join(texts)
    if not parameter.explode:
        return f";{name}={','.join(texts)}"
    return "".join(f";{text}" if isinstance(value, dict) else f";{name}={text}" for text in texts)


def _pairs(parameter: Parameter, value: Json) -> Iterable[tuple[str, str]]:
    """Returns a query or cookie parameter as names and values, percent-encoded, delimiters as its style has them."""
    name = quote(parameter.wire_name, "")
    if parameter.media_type or not isinstance(value, list | dict):
        return [(name, quote(_content(parameter, value), ""))]
    if isinstance(value, dict) and parameter.style == "deepObject":
        return [(f"{name}[{quote(key, '')}]", quote(_text(item), "")) for key, item in value.items()]
    if isinstance(value, dict) and parameter.explode:
        return [(quote(key, ""), quote(_text(item), "")) for key, item in value.items()]
    if isinstance(value, list) and parameter.explode:
        return [(name, quote(_text(item), "")) for item in value]
    delimiter = _DELIMITERS.get(parameter.style, ",")
    flat = [part for pair in value.items() for part in pair] if isinstance(value, dict) else value
    return [(name, delimiter.join(quote(_text(part), "") for part in flat))]


def _fields(body: Json) -> Iterator[tuple[str, str]]:
    for name, value in body.items() if isinstance(body, dict) else ():
        for item in value if isinstance(value, list) else [value]:
            yield name, _text(item)


def _multipart(body: Json) -> bytes:
    parts = []
    for name, text in _fields(body):
        quoted = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        parts.append(f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{quoted}"\r\n\r\n{text}\r\n')
    return ("".join(parts) + f"--{_BOUNDARY}--\r\n").encode()
