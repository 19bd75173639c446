"""YAML files as JSON values with line numbers.

PyYAML's C parser gives the events; plain scalars are resolved by YAML 1.2's JSON schema (chapter 10.2), so that
`no`, `010` and dates stay text. Whatever JSON cannot hold is refused with its line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from specledger.diagnostics import Diagnostic, Failure, excerpt, shown

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
JsonObject = dict[str, Json]
Pointer = tuple[str | int, ...]

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 200
MAX_VALUES = 2_000_000

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?\Z")
_WORDS: Mapping[str, Json] = {"": None, "~": None, "null": None, "true": True, "false": False}
_TEXT_TAG = "tag:yaml.org,2002:str"
_PLAIN_TAGS = {None, "!", _TEXT_TAG, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file: its value, its text and the line of each value by its pointer."""

    path: Path
    value: Json
    text: str = field(repr=False)
    lines: Mapping[Pointer, int] = field(repr=False)

    def line(self, pointer: Pointer) -> int:
        """Returns the line of the value at `pointer`, or of the nearest value around it."""
        while pointer not in self.lines and pointer:
            pointer = pointer[:-1]
        return self.lines.get(pointer, 1)

    def diagnostic(
        self, pointer: Pointer | int, code: str, message: str, remedy: str, *, operation: str = "", at: str = ""
    ) -> Diagnostic:
        """Returns a diagnostic at a pointer (or line) of this file, with the lines around it."""
        line = pointer if isinstance(pointer, int) else self.line(pointer)
        around = excerpt(self.text, line)
        return Diagnostic(shown(self.path), line, code, message, remedy, operation, at, excerpt=around)


def load(path: Path) -> Document:
    """Reads a YAML or JSON file.

    Raises Failure, with the line, for what cannot be read: not UTF-8, broken YAML, a duplicate key, a tag, more
    than one document, an alias bomb, nesting beyond 200 levels, a number that is not finite.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise Failure([Diagnostic(shown(path), 0, "unreadable", reason, "check the path and its rights")]) from None
    if len(raw) > MAX_BYTES:
        message = f"the file has {len(raw)} bytes, more than {MAX_BYTES}"
        raise Failure([Diagnostic(shown(path), 0, "too-large", message, "split the API into smaller specs")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} is not UTF-8"
        raise Failure([Diagnostic(shown(path), line, "encoding", message, "save the file as UTF-8")]) from None
    return parse(text, path)


def parse(text: str, path: Path) -> Document:
    """Parses YAML text; `path` is used in messages only. Raises Failure as `load` does."""
    return _Builder(text, path).document()


def descend(value: Json, pointer: Pointer) -> Json:
    """Returns what `pointer` leads to inside a JSON value; None where it leads nowhere."""
    for step in pointer:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and str(step).isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def as_object(value: Json) -> JsonObject:
    """Returns the value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """Returns the value where it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def as_rows(value: Json) -> list[JsonObject]:
    """Returns the objects of an array; none where the value is no array."""
    return [row for row in as_list(value) if isinstance(row, dict)]


def as_text(value: Json) -> str:
    """Returns the value where it is text, else an empty one."""
    return value if isinstance(value, str) else ""


@dataclass(slots=True)
class _Frame:
    """A collection under construction; `size` counts its values with aliases expanded."""

    value: list[Json] | JsonObject
    pointer: Pointer
    anchor: str | None
    size: int = 1
    key: str | None = None


class _Builder:
    """Builds the value from parse events with a stack of its own, so that depth costs no recursion."""

    def __init__(self, text: str, path: Path) -> None:
        self.text = text
        self.path = path
        self.lines: dict[Pointer, int] = {}
        self.anchors: dict[str, tuple[Json, int]] = {}
        self.stack: list[_Frame] = []
        self.root: Json = None
        self.line = 1

    def document(self) -> Document:
        documents = 0
        try:
            for event in self._events():
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        raise self._failure("documents", "a second document begins here", "keep one document a file")
                else:
                    self._take(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.line = mark.line + 1 if mark else self.line
            problem = error.problem or "broken YAML"
            raise self._failure("yaml", problem, "mend the YAML at this line") from None
        except yaml.YAMLError as error:
            position = getattr(error, "position", None)
            if isinstance(position, int):
                self.line = self.text.count("\n", 0, position) + 1
            raise self._failure("yaml", "a character that YAML does not allow", "remove the character") from None
        return Document(self.path, self.root, self.text, self.lines)

    def _events(self) -> Iterator[yaml.Event]:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        yield from yaml.parse(self.text, Loader=loader)

    def _failure(self, code: str, message: str, remedy: str) -> Failure:
        around = excerpt(self.text, self.line)
        return Failure([Diagnostic(shown(self.path), self.line, code, message, remedy, excerpt=around)])

    def _take(self, event: yaml.Event) -> None:
        if event.start_mark is not None:
            self.line = event.start_mark.line + 1
        if isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag not in _PLAIN_TAGS:
            raise self._failure("tag", f"the tag {event.tag} has no JSON value", "write the value without a tag")
        if len(self.stack) >= MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels"
            raise self._failure("depth", message, "flatten the document, or name the inner schemas as components")
        self._refuse_as_key("a collection")
        value: list[Json] | JsonObject = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Frame(value, self._place(value), event.anchor))

    def _refuse_as_key(self, what: str) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame and isinstance(frame.value, dict) and frame.key is None:
            raise self._failure("key", f"{what} stands where a key is expected", "use a plain text key")

    def _close(self) -> None:
        frame = self.stack.pop()
        if frame.anchor:
            self.anchors[frame.anchor] = (frame.value, frame.size)
        self._count(frame.size)

    def _count(self, size: int) -> None:
        if self.stack:
            self.stack[-1].size += size
            size = self.stack[-1].size
        if size > MAX_VALUES:
            message = f"more than {MAX_VALUES} values once its aliases are expanded"
            raise self._failure("bomb", message, "write the values out, or use $ref")

    def _alias(self, event: yaml.AliasEvent) -> None:
        self._refuse_as_key("an alias")
        if event.anchor not in self.anchors:
            message = f"the alias *{event.anchor} has no finished anchor before it"
            raise self._failure("alias", message, f"define &{event.anchor} above, outside of itself")
        value, size = self.anchors[event.anchor]
        self._place(value)
        self._count(size)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame and isinstance(frame.value, dict) and frame.key is None:
            if event.value in frame.value:
                message = f"the key {event.value!r} stands twice in one object"
                raise self._failure("duplicate-key", message, "remove one of the two")
            frame.key = event.value
            self.lines[(*frame.pointer, event.value)] = self.line
            return
        value = self._resolve(event)
        self._place(value)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        self._count(1)

    def _resolve(self, event: yaml.ScalarEvent) -> Json:
        if event.tag not in _PLAIN_TAGS:
            raise self._failure("tag", f"the tag {event.tag} has no JSON value", "write the value without a tag")
        text: str = event.value
        if event.tag == _TEXT_TAG or not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.match(text):
            if len(text) > 400:
                raise self._failure("number", "a number of more than 400 digits", "quote it if it is text")
            return int(text)
        if _FLOAT.match(text):
            number = float(text)
            if not math.isfinite(number):
                raise self._failure("number", f"{text[:40]} is beyond a double's range", "quote it if it is text")
            return number
        return text

    def _place(self, value: Json) -> Pointer:
        """Puts a value where the parser stands and returns its pointer."""
        if not self.stack:
            self.root = value
            self.lines[()] = self.line
            return ()
        frame = self.stack[-1]
        pointer: Pointer
        if isinstance(frame.value, dict):
            key = frame.key or ""
            pointer = (*frame.pointer, key)
            frame.value[key] = value
            frame.key = None
        else:
            pointer = (*frame.pointer, len(frame.value))
            frame.value.append(value)
            self.lines[pointer] = self.line
        return pointer
