"""The parts of a request on their way: what is written, and what of it arrives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from .body import Body, is_json
from .json_text import Json, JsonObject, Malformed, write
from .parameter import Invalid, Parameter, parse_cookies, parse_query, query_text

_HEADER = re.compile(r"([!-~]([ -~]*[!-~])?)?\Z")
_COOKIE = re.compile(r"[!#-:<-\[\]-~]*\Z")  # RFC 6265, 4.1.1, and the comma that parts the values of a list


@dataclass(frozen=True)
class Part:
    """A parameter or a body, and how it travels."""

    at: str
    schema: Json
    carrier: Parameter | Body

    def arrives(self, value: Json) -> list[Json]:
        """Returns what a server reads where a value was sent: it alone, or nothing where it cannot be sent."""
        try:
            return self._arrives(value)
        except (Invalid, Malformed, UnicodeError):
            return []

    def _arrives(self, value: Json) -> list[Json]:
        if isinstance(self.carrier, Body):
            if takes_json(self.carrier):
                return [value]
            text, content_type = self.carrier.encode(value)
            return [self.carrier.read(text.encode(), content_type)] if text or self.carrier.may_be_empty else []
        parameter = self.carrier
        pairs = parameter.encode(value)
        joined = ",".join(text for _, text in pairs)
        if parameter.location == "path":
            found = parameter.read({parameter.name: [unquote(joined)]}) if is_segment(joined) else (False, None)
        elif parameter.location == "query":
            found = parameter.read(parse_query(query_text(pairs).encode("ascii")))
        elif parameter.location == "cookie":
            is_sent = all(_COOKIE.match(text) for _, text in pairs)
            found = parameter.read(parse_cookies(cookie_text(pairs))) if is_sent else (False, None)
        else:
            found = parameter.read({parameter.name.lower(): [joined]}) if _HEADER.match(joined) else (False, None)
        return [found[1]] if found[0] else []


def is_segment(text: str) -> bool:
    """Says whether a text can be a segment of a path: clients take dots for a way up."""
    return unquote(text) not in ("", ".", "..")


def takes_json(body: Body) -> bool:
    """Says whether a body can be sent as JSON."""
    return is_json(body.media_type) or body.media_type in ("*/*", "application/*")


def cookie_text(pairs: list[tuple[str, str]]) -> str:
    """Returns names and texts as a Cookie header has them."""
    return "; ".join(f"{name}={text}" for name, text in pairs)


def written(body: Body, value: Json) -> tuple[bytes, str]:
    """Returns the bytes of a body, and its Content-Type."""
    if takes_json(body):
        return write(value), body.media_type if "*" not in body.media_type else "application/json"
    text, content_type = body.encode(value)
    return text.encode(), content_type


def with_value(parts: JsonObject, steps: tuple[str, ...], value: Json) -> JsonObject:
    """Returns the parts of a request with a value where the steps lead; `[]` leads to the first item."""
    found = _put(parts, steps, value)
    return found if isinstance(found, dict) else parts


def _put(held: Json, steps: tuple[str, ...], value: Json) -> Json:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if step == "[]":
        items = held if isinstance(held, list) else []
        return [_put(items[0] if items else None, rest, value), *items[1:]]
    inner = held if isinstance(held, dict) else {}
    return {**inner, step: _put(inner.get(step), rest, value)}
