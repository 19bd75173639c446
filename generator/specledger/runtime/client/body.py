"""Request bodies as bytes: JSON, forms, multipart, text and whatever is bytes already."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from functools import partial
from typing import IO, Any, Literal, TypeAlias
from urllib.parse import quote_plus

from . import encoding, wire
from .kinds import is_array, is_parts, is_several

Kind: TypeAlias = Literal["json", "form", "multipart", "text", "bytes"]
_WHOLE = (str, bytes, bytearray, memoryview)
_PIECE = 1 << 16
Content: TypeAlias = bytes | IO[bytes] | Iterable[bytes] | AsyncIterable[bytes]
Upload: TypeAlias = (
    bytes | IO[bytes] | tuple[str, bytes | IO[bytes]] | tuple[str, bytes | IO[bytes], str]
)  # content; name and content; name, content and media type


class Stream:
    """A body that is sent piece by piece: a file from where it stands, or an iterable of bytes.

    A file that can go back can be sent again, as can a list of pieces; `size` is a file's length in bytes.
    """

    __slots__ = ("_source", "_start", "asynchronous", "replayable", "size")

    def __init__(self, source: Any) -> None:
        self._source = source
        self._start = 0
        self.size: int | None = None
        self.asynchronous = hasattr(source, "__aiter__")
        file = hasattr(source, "read") and hasattr(source, "seekable") and source.seekable()
        if file:
            self._start = source.tell()
            self.size = source.seek(0, 2) - self._start
            source.seek(self._start)
        self.replayable = file or isinstance(source, Sequence)

    def __iter__(self) -> Iterator[bytes]:
        if self.size is not None:
            self._source.seek(self._start)
        pieces = iter(partial(self._source.read, _PIECE), b"") if hasattr(self._source, "read") else self._source
        for piece in pieces:
            yield _bytes(piece)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.asynchronous:
            async for piece in self._source:
                yield _bytes(piece)
        else:
            for piece in self:
                yield piece


def encode(kind: Kind, media_type: str, value: Any) -> tuple[str, bytes | Stream]:
    """Returns the Content-Type and the bytes of a body. Raises ValueError or TypeError for what cannot be sent."""
    if kind == "json":
        return media_type, _json(wire.write(value))
    if kind == "form":
        pairs = (f"{quote_plus(name)}={quote_plus(text)}" for name, text in _form(value))
        return media_type, "&".join(pairs).encode()
    if kind == "multipart":
        boundary = os.urandom(16).hex()
        return f"{media_type}; boundary={boundary}", b"".join(_multipart(value, boundary.encode()))
    if kind == "text":
        return f"{media_type}; charset=utf-8", encoding.scalar(value).encode()
    if hasattr(value, "read") or (isinstance(value, (Iterable, AsyncIterable)) and not isinstance(value, _WHOLE)):
        return media_type, Stream(value)
    return media_type, _content(value)


def _json(value: Any) -> bytes:
    dumped = partial(json.dumps, value, separators=(",", ":"), allow_nan=False)
    try:
        return dumped(ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, as a server leaves it that cuts a text: only an escape holds it.
        return dumped(ensure_ascii=True).encode()


def _members(value: Any) -> list[tuple[str, Any]]:
    found = encoding.members(value)
    if found is None:
        raise TypeError(f"a form is an object, not {type(value).__name__}")
    return found


def _form(value: Any) -> Iterator[tuple[str, str]]:
    for name, item in _members(value):
        for one in item if is_several(item) else (item,):
            yield name, encoding.scalar(one)


def _content(value: Any) -> bytes:
    return _bytes(value.read() if hasattr(value, "read") else value)


def _bytes(content: Any) -> bytes:
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, (bytes, bytearray)):
        return bytes(content)
    if isinstance(content, memoryview):
        return content.tobytes()
    raise TypeError(f"a binary body is bytes or a file opened in binary mode, not {type(content).__name__}")


def _multipart(value: Any, boundary: bytes) -> Iterator[bytes]:
    for name, item in _members(value):
        for part in item if is_array(item) else (item,):
            yield b"--" + boundary + b"\r\n" + _part(name, part) + b"\r\n"
    yield b"--" + boundary + b"--\r\n"


def _part(name: str, item: Any) -> bytes:
    head = f'Content-Disposition: form-data; name="{_disposition(name)}"'
    if isinstance(item, (bytes, bytearray, tuple)) or hasattr(item, "read"):
        filename, content, media_type = _upload(name, item)
        head += (
            f'; filename="{_disposition(filename)}"\r\nContent-Type: {encoding.header_text("Content-Type", media_type)}'
        )
        return head.encode() + b"\r\n\r\n" + _content(content)
    if not isinstance(item, (str, int, float)):
        written = wire.write(item)
        if isinstance(written, (dict, list)):
            head += "\r\nContent-Type: application/json"
    return head.encode() + b"\r\n\r\n" + encoding.scalar(item).encode()


def _upload(name: str, item: Any) -> tuple[str, Any, str]:
    if is_parts(item):
        filename, content, *rest = item
        return filename, content, rest[0] if rest else "application/octet-stream"
    given = getattr(item, "name", None)
    filename = given.replace("\\", "/").rsplit("/", 1)[-1] if isinstance(given, str) else name
    return filename, item, "application/octet-stream"


def _disposition(text: str) -> str:
    """Returns a name as browsers write it into Content-Disposition (HTML, "multipart/form-data")."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
