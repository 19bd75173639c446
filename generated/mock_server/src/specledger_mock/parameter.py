"""Parameters as they come over the wire, decoded by their style and coerced to what their schema asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes

from . import json_text
from .coercion import Coercion
from .json_text import Json, JsonObject, Malformed
from .schema import Schemas, reason

Texts = Mapping[str, list[str]]

_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class Invalid(ValueError):
    """A part of a request that leaves the contract; the message begins with the place."""


class Parameter:
    """One parameter of one operation, as the contract describes it."""

    def __init__(self, row: JsonObject, schemas: Schemas) -> None:
        self.location = str(row["in"])
        self.name = str(row["name"])
        self.required = row["required"] is True
        self.schema = row["schema"]
        self.examples = row["examples"]
        self._style = str(row["style"])
        self._explode = row["explode"] is True
        self._media_type = str(row["media_type"] or "")
        self._coercion = Coercion(schemas, self.schema)
        self._validator = schemas.compile(self.schema)
        self._key = self.name.lower() if self.location == "header" else self.name
        self._place = f"request.{self.location}.{self.name}"

    def take(self, texts: Texts) -> tuple[bool, Json]:
        """Returns whether the parameter was sent, and its value. Raises Invalid."""
        sent, value = self._decode(texts)
        if not sent:
            if self.required:
                raise Invalid(f"{self._place}: is required")
        elif not self._validator.is_valid(value):
            raise Invalid(reason(self._validator, value, self._place))
        return sent, value

    def _decode(self, texts: Texts) -> tuple[bool, Json]:
        if self._coercion.is_object and not self._media_type:
            if self._style == "deepObject":
                return self._fields({key[len(self.name) + 1 : -1]: texts[key] for key in texts if self._is_deep(key)})
            if self._style == "form" and self._explode:
                return self._fields({key: texts[key] for key in texts if key in self._coercion.names})
        given = texts.get(self._key)
        if not given:
            return False, None
        if self._media_type:
            return True, self._content(given[0])
        return True, self._value(given)

    def _is_deep(self, key: str) -> bool:
        return key.startswith(f"{self.name}[") and key.endswith("]")

    def _fields(self, texts: Texts) -> tuple[bool, Json]:
        return bool(texts), {key: self._field(key, given) for key, given in texts.items()}

    def _field(self, name: str, given: list[str]) -> Json:
        field = self._coercion.field(name)
        if field.is_array:
            return [field.items.value(text) for text in given]
        return field.value(given[0]) if len(given) == 1 else [*given]

    def _content(self, text: str) -> Json:
        if "json" not in self._media_type:
            return text
        try:
            return json_text.read(text.encode())
        except Malformed as error:
            raise Invalid(f"{self._place}: {error}") from None

    def _value(self, given: list[str]) -> Json:
        text = self._bare(given[0])
        if self._coercion.is_array:
            return [self._coercion.items.value(part) for part in self._items([text, *given[1:]])]
        if self._coercion.is_object:
            return self._object(text)
        if len(given) > 1:
            return [*given]  # sent twice it is no single value, and the schema says so
        return self._coercion.value(text)

    def _bare(self, text: str) -> str:
        """Returns a text without the mark that `label` and `matrix` put before it. Raises Invalid without."""
        mark = "." if self._style == "label" else f";{self.name}=" if self._style == "matrix" else ""
        if self._style == "matrix" and self._explode and self._coercion.is_object:
            mark = ";"
        if not text.startswith(mark):
            raise Invalid(f"{self._place}: does not begin with {mark}, as the style {self._style} has it")
        return text[len(mark) :]

    def _items(self, given: list[str]) -> list[str]:
        if self._style == "form" and self._explode:
            return given
        separator = _SEPARATORS.get(self._style, ",")
        if self._explode and self._style in ("label", "matrix"):
            separator = "." if self._style == "label" else f";{self.name}="
        parts = [part for text in given if text for part in text.split(separator)]
        return [part.strip() for part in parts] if self.location == "header" else parts

    def _object(self, text: str) -> JsonObject:
        if self._explode:
            parts = [part for part in text.split({"label": ".", "matrix": ";"}.get(self._style, ",")) if part]
            pairs = [(key, value) for key, _, value in (part.partition("=") for part in parts)]
        else:
            parts = text.split(_SEPARATORS.get(self._style, ","))
            if len(parts) % 2:
                raise Invalid(f"{self._place}: a name without a value")
            pairs = list(zip(parts[::2], parts[1::2], strict=True))
        found: dict[str, list[str]] = {}
        for key, value in pairs:
            is_header = self.location == "header"
            found.setdefault(key.strip() if is_header else key, []).append(value.strip() if is_header else value)
        return {key: self._field(key, given) for key, given in found.items()}

    def encode(self, value: Json) -> list[tuple[str, str]]:
        """Returns the names and texts by which a value is sent, not yet percent-encoded."""
        if self._media_type:
            return [(self.name, json_text.write(value).decode() if "json" in self._media_type else _plain(value))]
        separator = _SEPARATORS.get(self._style, ",")
        if isinstance(value, dict):
            if self._style == "deepObject":
                return [(f"{self.name}[{key}]", _plain(item)) for key, item in value.items()]
            if self._style == "form" and self._explode:
                return [(key, _plain(item)) for key, item in value.items()]
            if self._explode:
                mark = {"label": ".", "matrix": ";"}.get(self._style, ",")
                text = mark.join(f"{key}={_plain(item)}" for key, item in value.items())
                return [(self.name, f";{text}" if self._style == "matrix" else self._marked(text))]
            return [(self.name, self._marked(separator.join(f"{key},{_plain(item)}" for key, item in value.items())))]
        if isinstance(value, list):
            texts = [_plain(item) for item in value]
            if self._style == "form" and self._explode:
                return [(self.name, text) for text in texts]
            if self._explode and self._style in ("label", "matrix"):
                separator = "." if self._style == "label" else f";{self.name}="
            return [(self.name, self._marked(separator.join(texts)))]
        return [(self.name, self._marked(_plain(value)))]

    def _marked(self, text: str) -> str:
        if self._style == "label":
            return f".{text}"
        return f";{self.name}={text}" if self._style == "matrix" else text


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else json_text.write(value).decode()


def parse_query(query: bytes) -> dict[str, list[str]]:
    """Returns the texts of a query or form by name (URL standard, urlencoded). Raises Malformed for bad escapes."""
    found: dict[str, list[str]] = {}
    for pair in query.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            found.setdefault(_unescape(name), []).append(_unescape(value))
    return found


def _unescape(text: bytes) -> str:
    if _BAD_ESCAPE.search(text):
        raise Malformed("a percent sign without two hexadecimal digits after it")
    try:
        return unquote_to_bytes(text.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("a percent-encoded text that is not UTF-8") from None


def parse_cookies(header: str) -> dict[str, list[str]]:
    """Returns the cookies of a Cookie header by name."""
    found: dict[str, list[str]] = {}
    for pair in header.split(";"):
        name, mark, value = pair.strip().partition("=")
        if mark:
            found.setdefault(name, []).append(value)
    return found


def query_text(pairs: list[tuple[str, str]]) -> str:
    """Returns names and texts as a query string."""
    return "&".join(f"{quote(name, safe='[]')}={quote(text, safe='')}" for name, text in pairs)
