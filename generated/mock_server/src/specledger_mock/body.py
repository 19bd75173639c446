"""Request bodies by media type: JSON, forms, and what passes as it is."""

from __future__ import annotations

import re
from collections.abc import Callable

import jsonschema_rs

from . import json_text
from .coercion import Coercion
from .json_text import Json, JsonObject, Malformed
from .parameter import Invalid, parse_query, query_text
from .schema import Declared, Schemas, reason

_CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")
_NAME = re.compile(r'[;\s]name="((?:[^"\\]|\\.)*)"|[;\s]name=([^;\s"]+)')
_FILENAME = re.compile(r"[;\s]filename\*?=")
_MAX_PARTS = 1000
_BOUNDARY = "specledger-mock-part"


class Body:
    """One representation of an operation's request body."""

    def __init__(self, media_type: str, row: JsonObject, schemas: Schemas) -> None:
        schema = row["schema"]
        self.media_type = media_type
        self.schema = schema
        self.examples = row["examples"]
        self.declared: Declared = schemas.declared(schema)
        self._coercion = Coercion(schemas, schema)
        self._validator: jsonschema_rs.Draft202012Validator | None = schemas.compile(schema)
        self._read = self._reader(media_type)
        self.may_be_empty = self._read in (_read_text, _read_bytes)
        if self._read == _read_bytes:
            self._validator = None  # bytes have no JSON type that a schema could speak about

    def _reader(self, media_type: str) -> Callable[[bytes, str], Json]:
        if is_json(media_type):
            return _read_json
        if media_type == "application/x-www-form-urlencoded":
            return self._read_form
        if media_type == "multipart/form-data":
            return self._read_multipart
        if "*" in media_type:
            return self._read_any
        return _read_text if media_type.startswith("text/") else _read_bytes

    def _read_any(self, content: bytes, content_type: str) -> Json:
        return self._reader(split_media_type(content_type)[0])(content, content_type)

    def take(self, content: bytes, content_type: str) -> Json:
        """Returns the value of a body. Raises Malformed where it is unreadable, Invalid where its schema refuses it."""
        value = self._read(content, content_type)
        if self._validator is not None and not self._validator.is_valid(value):
            raise Invalid(reason(self._validator, value, "request.body"))
        return value

    def encode(self, value: Json) -> tuple[str, str]:
        """Returns a value as the text of a body that is no JSON, and its Content-Type."""
        if self.media_type == "application/x-www-form-urlencoded" and isinstance(value, dict):
            return query_text([pair for name, item in value.items() for pair in _pairs(name, item)]), self.media_type
        if self.media_type == "multipart/form-data" and isinstance(value, dict):
            pairs = [pair for name, item in value.items() for pair in _pairs(name, item)]
            head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
            parts = [f'{head}"{name}"\r\n\r\n{text}\r\n' for name, text in pairs]
            return f"{''.join(parts)}--{_BOUNDARY}--\r\n", f"{self.media_type}; boundary={_BOUNDARY}"
        shown = self.media_type if "*" not in self.media_type else "text/plain"
        return value if isinstance(value, str) else json_text.write(value).decode(), shown

    def _read_form(self, content: bytes, _: str) -> Json:
        return self._object(parse_query(content))

    def _object(self, texts: dict[str, list[str]]) -> JsonObject:
        found: JsonObject = {}
        for name, given in texts.items():
            field = self._coercion.field(name)
            if field.is_array:
                found[name] = [field.items.value(text) for text in given]
            elif field.is_object:
                found[name] = _json_or_text(given[0])
            else:
                found[name] = field.value(given[0]) if len(given) == 1 else [*given]
        return found

    def _read_multipart(self, content: bytes, content_type: str) -> Json:
        boundary = re.search(r'boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', content_type, re.IGNORECASE)
        if not boundary:
            raise Malformed("the Content-Type names no boundary")
        texts: dict[str, list[str]] = {}
        for name, text in _parts(content, (boundary.group(1) or boundary.group(2)).encode("latin-1")):
            texts.setdefault(name, []).append(text)
        return self._object(texts)


def _pairs(name: str, value: Json) -> list[tuple[str, str]]:
    items = value if isinstance(value, list) else [value]
    return [(name, item if isinstance(item, str) else json_text.write(item).decode()) for item in items]


def is_json(media_type: str) -> bool:
    """Says whether a media type is JSON or built on it."""
    return media_type == "application/json" or media_type.endswith("+json") or media_type == "text/json"


def split_media_type(content_type: str) -> tuple[str, str]:
    """Returns the media type in lower case and its charset, empty where none is given."""
    media_type, *parameters = content_type.split(";")
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name.strip().lower() == "charset":
            return media_type.strip().lower(), value.strip().strip('"').lower()
    return media_type.strip().lower(), ""


def choose(bodies: dict[str, Body], content_type: str) -> Body | None:
    """Returns the representation that a Content-Type names: exact before `text/*` before `*/*`."""
    media_type, charset = split_media_type(content_type)
    if (charset and charset not in _CHARSETS) or not re.fullmatch(r"[^\s/,;]+/[^\s/,;]+", media_type):
        return None
    return bodies.get(media_type) or bodies.get(f"{media_type.partition('/')[0]}/*") or bodies.get("*/*")


def _read_json(content: bytes, _: str) -> Json:
    return json_text.read(content)


def _read_text(content: bytes, _: str) -> Json:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start} of the body is not UTF-8") from None


def _read_bytes(content: bytes, _: str) -> Json:
    return content.decode("latin-1")


def _json_or_text(text: str) -> Json:
    try:
        return json_text.read(text.encode())
    except (Malformed, UnicodeEncodeError):
        return text


def _parts(content: bytes, boundary: bytes) -> list[tuple[str, str]]:
    """Returns name and text of each part of a multipart body (RFC 7578). Raises Malformed."""
    pieces = (b"\r\n" + content).split(b"\r\n--" + boundary)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Malformed("the multipart body has no closing boundary")
    if len(pieces) > _MAX_PARTS:
        raise Malformed(f"the multipart body has more than {_MAX_PARTS} parts")
    found: list[tuple[str, str]] = []
    for piece in pieces[1:-1]:
        head, mark, value = piece.partition(b"\r\n\r\n")
        name = _NAME.search(_disposition(head))
        if not mark or not name:
            raise Malformed("a part of the multipart body has no name")
        is_file = _FILENAME.search(_disposition(head)) is not None
        found.append((name.group(1) or name.group(2) or "", _part_text(value, is_file)))
    return found


def _disposition(head: bytes) -> str:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-disposition":
            return value.decode("utf-8", "replace")
    return ""


def _part_text(value: bytes, is_file: bool) -> str:
    if is_file:
        return value.decode("latin-1")  # bytes in a text: JSON has none, and a file's schema asks for a string
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("a part of the multipart body is not UTF-8") from None
