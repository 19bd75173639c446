"""Parameters as they come over the wire, decoded by their style and coerced to what their schema asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote, unquote_to_bytes

from . import json_text
from .coercion import Coercion
from .json_text import Json, JsonObject, Malformed
from .schema import Schemas, reason

Texts = Mapping[str, list[str]]

# These separators have no place in a URL as they are: there an escaped one parts as well.
_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


class Invalid(ValueError):
    """A part of a request that leaves the contract; the message begins with the place."""


class Sent(dict[str, list[str]]):
    """Texts by name with their escapes decoded, which remembers how they were written."""

    def __init__(self, pairs: list[tuple[str, str]], decode: Callable[[str], str]) -> None:
        super().__init__()
        self._pairs = pairs
        self._decode = decode
        for name, text in pairs:
            self.setdefault(decode(name), []).append(decode(text))

    def parts(self, name: str) -> list[str]:
        """Returns what commas part under a name; one that is escaped belongs to its part (RFC 6570, 3.2.8)."""
        texts = [text for known, text in self._pairs if self._decode(known) == name]
        return [self._decode(part) for text in texts if text for part in text.split(",")]


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
        self._is_object = self._coercion.is_object
        self._validator = schemas.compile(self.schema)
        self._key = self.name.lower() if self.location == "header" else self.name
        self._place = f"request.{self.location}.{self.name}"
        styled = self._style not in ("simple", "form") or self._media_type
        self._is_text = not styled and self._coercion.types == frozenset({"string"})
        is_several = self._coercion.is_array or self._is_object
        self._is_joined = is_several and self._style == "form" and not self._explode

    def take(self, texts: Texts) -> tuple[bool, Json]:
        """Returns whether the parameter was sent, and its value. Raises Invalid."""
        sent, value = self.read(texts)
        if not sent:
            if self.required:
                raise Invalid(f"{self._place}: is required")
        elif not self._validator.is_valid(value):
            raise Invalid(reason(self._validator, value, self._place))
        return sent, value

    def read(self, texts: Texts) -> tuple[bool, Json]:
        """Returns whether the parameter was sent, and its value as yet unchecked. Raises Invalid."""
        if self._is_object and not self._media_type and (names := self.spread(texts)) is not None:
            cut = len(self.name) + 1 if self._style == "deepObject" else 0
            return self._fields({key[cut:-1] if cut else key: texts[key] for key in names})
        given = texts.get(self._key)
        if not given:
            return False, None
        if self._is_text and len(given) == 1:
            return True, given[0]
        if self._media_type:
            return True, self._content(given)
        if self._is_joined and isinstance(texts, Sent):
            return True, self._joined(texts.parts(self._key), len(given))
        return True, self._value(given)

    def spread(self, texts: Texts) -> list[str] | None:
        """Returns the names under which the fields of an object were sent; None where it goes under its own name."""
        if self._is_object and self._style == "deepObject":
            return [key for key in texts if key.startswith(f"{self.name}[") and key.endswith("]")]
        if self._is_object and self._style == "form" and self._explode:
            return [key for key in texts if key in self._coercion.names]
        return None

    def _joined(self, parts: list[str], texts: int) -> Json:
        if self._coercion.is_array:
            return [self._coercion.item(number).value(part) for number, part in enumerate(parts)]
        if texts > 1:
            raise Invalid(f"{self._place}: is sent more than once")
        return self._paired(parts)

    def _fields(self, texts: Texts) -> tuple[bool, Json]:
        return bool(texts), {key: self._field(key, given) for key, given in texts.items()}

    def _field(self, name: str, given: list[str]) -> Json:
        field = self._coercion.field(name)
        if field.is_array:
            return [field.item(number).value(text) for number, text in enumerate(given)]
        return field.value(given[0]) if len(given) == 1 else [*given]

    def _content(self, given: list[str]) -> Json:
        if len(given) > 1:
            raise Invalid(f"{self._place}: is sent more than once")
        if "json" not in self._media_type:
            return self._coercion.value(given[0])
        try:
            return json_text.read(given[0].encode())
        except Malformed as error:
            raise Invalid(f"{self._place}: {error}") from None

    def _value(self, given: list[str]) -> Json:
        text = self._bare(given[0])
        if self._coercion.is_array:
            parts = self._items([text, *given[1:]])
            return [self._coercion.item(number).value(part) for number, part in enumerate(parts)]
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
        if not self._explode:
            return self._paired(text.split(_SEPARATORS.get(self._style, ",")))
        parts = [part for part in text.split({"label": ".", "matrix": ";"}.get(self._style, ",")) if part]
        return self._named([(key, value) for key, _, value in (part.partition("=") for part in parts)])

    def _paired(self, parts: list[str]) -> JsonObject:
        if len(parts) % 2:
            raise Invalid(f"{self._place}: a name without a value")
        return self._named(list(zip(parts[::2], parts[1::2], strict=True)))

    def _named(self, pairs: list[tuple[str, str]]) -> JsonObject:
        found: dict[str, list[str]] = {}
        for key, value in pairs:
            is_header = self.location == "header"
            found.setdefault(key.strip() if is_header else key, []).append(value.strip() if is_header else value)
        return {key: self._field(key, given) for key, given in found.items()}

    def encode(self, value: Json) -> list[tuple[str, str]]:
        """Returns the names and texts by which a value is sent: percent-encoded, but in a header."""
        name = self.name if self.location == "header" else quote(self.name, safe="")
        if self._media_type:
            return [(name, self._quoted(json_text.write(value).decode() if "json" in self._media_type else value))]
        separator = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(self._style, ",")
        if isinstance(value, dict):
            pairs = [(self._quoted(key), self._quoted(item)) for key, item in value.items()]
            if self._style == "deepObject":
                return [(f"{name}[{key}]", item) for key, item in pairs]
            if self._style == "form" and self._explode:
                return pairs
            if self._explode:
                mark = {"label": ".", "matrix": ";"}.get(self._style, ",")
                text = mark.join(f"{key}={item}" for key, item in pairs)
                return [(name, f";{text}" if self._style == "matrix" else self._marked(text))]
            return [(name, self._marked(separator.join(part for pair in pairs for part in pair)))]
        if isinstance(value, list):
            texts = [self._quoted(item) for item in value]
            if self._style == "form" and self._explode:
                return [(name, text) for text in texts]
            if self._explode and self._style in ("label", "matrix"):
                separator = "." if self._style == "label" else f";{self.name}="
            return [(name, self._marked(separator.join(texts)))]
        return [(name, self._marked(self._quoted(value)))]

    def _quoted(self, value: Json) -> str:
        text = plain(value)
        return text if self.location == "header" else quote(text, safe="")

    def _marked(self, text: str) -> str:
        if self._style == "label":
            return f".{text}"
        return f";{self.name}={text}" if self._style == "matrix" else text


def plain(value: Json) -> str:
    """Returns the text of a value: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json_text.write(value).decode()


def parse_query(query: bytes) -> Sent:
    """Returns the texts of a query or form by name (URL standard, urlencoded). Raises Malformed for bad escapes."""
    pairs = [pair.partition("=") for pair in query.decode("latin-1").split("&") if pair]
    return Sent([(name, text) for name, _, text in pairs], _unescape)


def _unescape(text: str) -> str:
    if "%" not in text and "+" not in text and text.isascii():
        return text
    if _BAD_ESCAPE.search(text):
        raise Malformed("a percent sign without two hexadecimal digits after it")
    try:
        return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("a percent-encoded text that is not UTF-8") from None


def parse_cookies(header: str) -> Sent:
    """Returns the cookies of a Cookie header by name; an escape that is none is a text as well."""
    pairs = [pair.strip().partition("=") for pair in header.split(";")]
    return Sent([(name, text) for name, mark, text in pairs if mark], unquote)


def query_text(pairs: list[tuple[str, str]]) -> str:
    """Returns names and texts, percent-encoded already, as a query."""
    return "&".join(f"{name}={text}" for name, text in pairs)
