"""Forms, urlencoded and multipart: their fields by what a schema and the encoding of a media type say of each."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import quote, unquote

from . import json_text
from .coercion import Coercion
from .json_text import Json, JsonObject, Malformed
from .parameter import Invalid, Parameter, Texts, plain
from .schema import Schemas

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_BOUNDARY = "specledger-mock-part"
_GIVEN_BOUNDARY = re.compile(r';\s*boundary=(?:"([ !#-~]{1,70})"|([!#-:<-~]{1,70}))', re.IGNORECASE)
_DISPOSITION = re.compile(r';\s*([^\s;="]+)\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s;"]*))', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\])|%(22|0D|0A)', re.IGNORECASE)
_MAX_PARTS = 1000

Part = tuple[str, str, str]  # the name, the text, and the media type where the part says one


class Form:
    """The fields of one form."""

    def __init__(self, media_type: str, row: JsonObject, schemas: Schemas) -> None:
        self.media_type = media_type
        self._coercion = Coercion(schemas, row["schema"])
        encoding = cast("dict[str, JsonObject]", row.get("encoding") or {})
        self._types = {name: split_media_type(str(said["media_type"]))[0] for name, said in encoding.items()}
        self._styled = {
            name: Parameter(_as_parameter(name, said, schemas.property(row["schema"], name)), schemas)
            for name, said in encoding.items()
            if said["style"]
        }

    def read(self, texts: Texts) -> JsonObject:
        """Returns the fields of a form without media types of their own. Raises Invalid."""
        found: JsonObject = {}
        taken: set[str] = set()
        for name, parameter in self._styled.items():
            spread = parameter.spread(texts)
            taken.update([name] if spread is None else (key for key in spread if key not in self._coercion.names))
            sent, value = parameter.read(texts)
            if sent:
                found[name] = value
        for name, given in texts.items():
            if name not in taken and name not in found:
                found[name] = self._field(name, [(text, "") for text in given])
        return found

    def read_parts(self, parts: list[Part]) -> JsonObject:
        """Returns the fields that the parts of a multipart body make. Raises Invalid."""
        texts: dict[str, list[str]] = {}
        typed: dict[str, list[tuple[str, str]]] = {}
        for name, text, media_type in parts:
            if is_json(media_type):
                typed.setdefault(name, [(given, "") for given in texts.pop(name, [])])
            if name in typed:
                typed[name].append((text, media_type))
            else:
                texts.setdefault(name, []).append(text)
        return {**self.read(texts), **{name: self._field(name, given) for name, given in typed.items()}}

    def _field(self, name: str, given: list[tuple[str, str]]) -> Json:
        field = self._coercion.field(name)
        if field.is_array:
            values = [self._value(name, text, said, field.item(n)) for n, (text, said) in enumerate(given)]
            is_whole = len(values) == 1 and isinstance(values[0], list) and not field.items.is_array
            return values[0] if is_whole else values
        values = [self._value(name, text, said, field) for text, said in given]
        return values[0] if len(values) == 1 else values

    def _value(self, name: str, text: str, said: str, field: Coercion) -> Json:
        if is_json(said or self._types.get(name, "")):
            try:
                return json_text.read(text.encode())
            except Malformed as error:
                raise Invalid(f"request.body.{name}: {error}") from None
        if field.is_object or field.is_array:
            try:
                found = json_text.read(text.encode())
            except Malformed:
                return text
            return found if isinstance(found, (dict, list)) else field.value(text)
        return field.value(text)

    def encode(self, value: JsonObject) -> tuple[str, str]:
        """Returns the text of a form, and its Content-Type."""
        if self.media_type == URLENCODED:
            pairs = [pair for name, item in value.items() for pair in self._pairs(name, item)]
            return "&".join(f"{name}={text}" for name, text in pairs), self.media_type
        written = "".join(part for name, item in value.items() for part in self._parts(name, item))
        return f"{written}--{_BOUNDARY}--\r\n", f"{self.media_type}; boundary={_BOUNDARY}"

    def _pairs(self, name: str, item: Json) -> list[tuple[str, str]]:
        """Returns the names and texts by which a field is sent, percent-encoded."""
        if name in self._styled:
            return self._styled[name].encode(item)
        return [(quote(name, safe=""), quote(text, safe="")) for text in self._texts(name, item)]

    def _parts(self, name: str, item: Json) -> list[str]:
        written: list[str] = []
        for title, text in self._pairs(name, item):  # a part is not percent-encoded
            escaped = re.sub(r'["\r\n]', lambda found: f"%{ord(found[0]):02X}", unquote(title).replace("\\", "\\\\"))
            head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{escaped}"\r\n'
            head += f"Content-Type: {self._types[name]}\r\n" if is_json(self._types.get(name, "")) else ""
            written.append(f"{head}\r\n{unquote(text)}\r\n")
        return written

    def _texts(self, name: str, item: Json) -> list[str]:
        items = item if isinstance(item, list) else [item]
        if is_json(self._types.get(name, "")):
            return [json_text.write(one).decode() for one in items]
        return [plain(one) for one in items]


def _as_parameter(name: str, said: JsonObject, schema: Json) -> JsonObject:
    row: JsonObject = {"in": "body", "name": name, "required": False, "media_type": "", "examples": []}
    return {**row, "schema": schema, "style": said["style"], "explode": said["explode"]}


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


def parts(content: bytes, content_type: str) -> list[Part]:
    """Returns the parts of a multipart body (RFC 7578). Raises Malformed."""
    boundary = _GIVEN_BOUNDARY.search(content_type)
    if not boundary:
        raise Malformed("the Content-Type names no boundary")
    pieces = (b"\r\n" + content).split(b"\r\n--" + (boundary[1] or boundary[2]).encode("ascii"))
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Malformed("the multipart body has no closing boundary")
    if len(pieces) > _MAX_PARTS:
        raise Malformed(f"the multipart body has more than {_MAX_PARTS} parts")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, mark, value = piece.partition(b"\r\n\r\n")
    headers: dict[str, str] = {}
    for line in head.split(b"\r\n"):
        title, _, text = line.decode("utf-8", "replace").partition(":")
        headers.setdefault(title.strip().lower(), text.strip())
    said: dict[str, str] = {}
    for found in _DISPOSITION.finditer(headers.get("content-disposition", "")):
        said.setdefault(found[1].lower(), _unescaped(found[2]) if found[2] is not None else found[3])
    if not mark or "name" not in said:
        raise Malformed("a part of the multipart body has no name")
    is_file = "filename" in said or "filename*" in said
    media_type = split_media_type(headers.get("content-type", ""))[0]
    return said["name"], _part_text(value, is_file and not is_json(media_type)), media_type


def _unescaped(text: str) -> str:
    """Returns a name as it was before it was put between quotes: with backslashes or, as browsers do, escapes."""
    return _ESCAPE.sub(lambda found: found[1] or chr(int(found[2], 16)), text)


def _part_text(value: bytes, is_file: bool) -> str:
    if is_file:
        return value.decode("latin-1")  # bytes in a text: JSON has none, and a file's schema asks for a string
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("a part of the multipart body is not UTF-8") from None
