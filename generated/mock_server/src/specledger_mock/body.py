"""Request bodies by media type: JSON, forms, and what passes as it is."""

from __future__ import annotations

import re
from collections.abc import Callable

import jsonschema_rs

from . import json_text
from .form import MULTIPART, URLENCODED, Form, parts, split_media_type
from .form import is_json as is_json
from .json_text import Json, JsonObject, Malformed
from .parameter import Invalid, parse_query, plain
from .schema import Declared, Schemas, reason

_CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")


class Body:
    """One representation of an operation's request body."""

    def __init__(self, media_type: str, row: JsonObject, schemas: Schemas) -> None:
        schema = row["schema"]
        self.media_type = media_type
        self.schema = schema
        self.examples = row["examples"]
        self.declared: Declared = schemas.declared(schema)
        self._row = row
        self._schemas = schemas
        self._forms: dict[str, Form] = {}
        self._validator: jsonschema_rs.Draft202012Validator | None = schemas.compile(schema)
        self._read = self._reader(media_type)
        self.may_be_empty = self._read in (_read_text, _read_bytes)
        if self._read == _read_bytes:
            self._validator = None  # bytes have no JSON type that a schema could speak about

    def _reader(self, media_type: str) -> Callable[[bytes, str], Json]:
        if is_json(media_type):
            return _read_json
        if media_type == URLENCODED:
            return self._read_form
        if media_type == MULTIPART:
            return self._read_multipart
        if "*" in media_type:
            return self._read_any
        return _read_text if media_type.startswith("text/") else _read_bytes

    def _read_any(self, content: bytes, content_type: str) -> Json:
        media_type = split_media_type(content_type)[0]
        read = _read_bytes if "*" in media_type else self._reader(media_type)  # nothing is sent as a range
        return read(content, content_type)

    def take(self, content: bytes, content_type: str) -> Json:
        """Returns the value of a body. Raises Malformed where it is unreadable, Invalid where its schema refuses it."""
        value = self._read(content, content_type)
        if self._validator is not None and not self._validator.is_valid(value):
            raise Invalid(reason(self._validator, value, "request.body"))
        return value

    def read(self, content: bytes, content_type: str) -> Json:
        """Returns the value of a body as yet unchecked. Raises Malformed where it is unreadable."""
        return self._read(content, content_type)

    def encode(self, value: Json) -> tuple[str, str]:
        """Returns a value as the text of a body that is no JSON, and its Content-Type."""
        if self.media_type in (URLENCODED, MULTIPART) and isinstance(value, dict):
            return self._form(self.media_type).encode(value)
        shown = self.media_type if "*" not in self.media_type else "text/plain"
        return plain(value), shown

    def _read_form(self, content: bytes, _: str) -> Json:
        return self._form(URLENCODED).read(parse_query(content))

    def _read_multipart(self, content: bytes, content_type: str) -> Json:
        return self._form(MULTIPART).read_parts(parts(content, content_type))

    def _form(self, media_type: str) -> Form:
        if media_type not in self._forms:
            self._forms[media_type] = Form(media_type, self._row, self._schemas)
        return self._forms[media_type]


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
