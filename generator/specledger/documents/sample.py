"""Samples: JSON as people print it, and curl commands, as values with their lines; and the rows they give."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from specledger.documents.reading import Fact, Lines
from specledger.places import Place, parse
from specledger.yaml12 import Json, JsonObject

_DEPTH = 100
_SPACE = re.compile(r"[ \t\r\n\u00a0\u200b\ufeff]+|//[^\n]*|/\*(?:[^*]|\*(?!/)){0,2000}\*/|\.{3,}|…")
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|“([^”\n]*)”')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])")
_BARE = re.compile(r"<[^<>\n]{1,100}>|[^\s,\[\]{}\"][^,\[\]{}\"\n]*")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_WORDS: Mapping[str, Json] = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_PLACEHOLDER = re.compile(
    r"<[^<>]*>|\{+[^{}]*\}+|\$\{?\w+\}?|\*{3,}|x{3,}|string|\.{3}|…|your[-_ ].*|.*\*{4,}.*", re.IGNORECASE
)


@dataclass(slots=True)
class Node:
    """A value in a sample with the lines it stands on: members of an object, items of an array, else a scalar."""

    kind: str
    first: int
    last: int
    value: Json = None
    members: dict[str, Node] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)

    def plain(self) -> Json:
        """Returns the value without its lines."""
        if self.kind == "object":
            return {name: member.plain() for name, member in self.members.items()}
        return [item.plain() for item in self.items] if self.kind == "array" else self.value


@dataclass(frozen=True, slots=True)
class Request:
    """What a curl command sends; headers and query with their lines, the body as a sample or as bare text."""

    method: str
    url: str
    first: int
    last: int
    headers: tuple[tuple[str, str, int], ...] = ()
    body: Node | None = None
    url_line: int = 0


class _Broken(Exception):
    """The text is no JSON, not even nearly."""


class _Parser:
    """Reads one value; forgives trailing and missing commas, comments, ellipses and bare placeholders."""

    def __init__(self, text: str, position: int, line: int) -> None:
        self.text, self.position, self.line = text, position, line

    def skip(self) -> None:
        while (match := _SPACE.match(self.text, self.position)) is not None:
            self.advance(match.end())

    def advance(self, to: int) -> None:
        self.line += self.text.count("\n", self.position, to)
        self.position = to

    def peek(self) -> str:
        self.skip()
        return self.text[self.position : self.position + 1]

    def value(self, depth: int = 0) -> Node:
        if depth > _DEPTH:
            raise _Broken
        sign = self.peek()
        if sign == "{":
            return self.object(depth)
        if sign == "[":
            return self.array(depth)
        line = self.line
        if sign and sign in '"“':
            return Node("string", line, line, self.string())
        match = _NUMBER.match(self.text, self.position) or _BARE.match(self.text, self.position)
        if not match:
            raise _Broken
        self.advance(match.end())
        word = match.group(0).strip()
        if word in _WORDS:
            value = _WORDS[word]
            return Node("null" if value is None else "boolean", line, line, value)
        if _NUMBER.fullmatch(word) and len(word) < 300:
            whole = re.fullmatch(r"-?\d+", word)
            amount = int(word) if whole else float(word)
            return Node("integer" if whole else "number", line, line, amount if math.isfinite(amount) else None)
        return Node("string", line, line, word)

    def string(self) -> str:
        match = _STRING.match(self.text, self.position)
        if not match:
            raise _Broken
        self.advance(match.end())
        raw = match.group(1) if match.group(1) is not None else match.group(2)
        return re.sub(r"\\(u[0-9A-Fa-f]{4}|.)", _unescape, raw) if "\\" in raw else raw

    def object(self, depth: int) -> Node:
        node = Node("object", self.line, self.line)
        self.position += 1
        while (sign := self.peek()) != "}":
            if sign == ",":
                self.position += 1
                continue
            if not sign or sign not in '"“':
                raise _Broken
            line = self.line
            name = self.string()
            if self.peek() not in (":", "："):
                raise _Broken
            self.position += 1
            member = self.value(depth + 1)
            member.first = line
            node.members.setdefault(name, member)
        self.position += 1
        node.last = self.line
        return node

    def array(self, depth: int) -> Node:
        node = Node("array", self.line, self.line)
        self.position += 1
        while (sign := self.peek()) != "]":
            if sign == ",":
                self.position += 1
                continue
            if not sign:
                raise _Broken
            node.items.append(self.value(depth + 1))
        self.position += 1
        node.last = self.line
        return node


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPES.get(code, code)


def json_at(text: str, position: int, line: int) -> tuple[Node, int] | None:
    """Returns the JSON value that begins at `position` of a text, and where it ends; None where there is none.

    `line` is the page line of that position. Forgives what samples get wrong: trailing commas, comments, `...`.
    """
    parser = _Parser(text, position, line)
    try:
        node = parser.value()
    except (_Broken, RecursionError):
        return None
    return node, parser.position


def find(lines: Sequence[str], first: int, last: int, above: int = 0) -> Iterator[Node]:
    """Yields the JSON objects and arrays that begin at the start of a line from `first` to `last` (1-based).

    `above` is how many lines of the page stand above these lines.
    """
    index = first - 1
    text = "\n".join(lines[:last])
    starts = [0]
    for line in lines[:last]:
        starts.append(starts[-1] + len(line) + 1)
    while index < last:
        stripped = lines[index].lstrip(" \t\u00a0•")
        found = None
        if stripped[:1] in ("{", "["):
            found = json_at(text, starts[index] + len(lines[index]) - len(stripped), above + index + 1)
        if found is not None:
            yield found[0]
            index = found[0].last - above
        else:
            index += 1


def together(first: Node, other: Node) -> Node:
    """Returns two samples of one value as one: the first, with the members and items that only the other has."""
    if first.kind != other.kind:
        return first
    members = dict(first.members)
    for name, member in other.members.items():
        members[name] = together(members[name], member) if name in members else member
    return replace(first, members=members, items=[*first.items, *other.items])


_OPTION = re.compile(r"'((?:[^']|'\\'')*)'|\"((?:[^\"\\]|\\.)*)\"|(\\\n|[ \t\n]+)|((?:[^\s'\"\\]|\\.)+)")
_DATA = {"-d", "--data", "--data-raw", "--data-binary", "--json", "--data-urlencode", "--data-ascii"}
_FORM = {"-F", "--form", "--form-string"}
_VALUED = {"-X", "--request", "-H", "--header", "--url", "-u", "--user", "-o", "--output", *_DATA, *_FORM}


def curl(lines: Sequence[str], start: int) -> Request | None:
    """Returns the request of the curl command that begins on line `start` (1-based), or None where none does."""
    if not re.match(r"[\s$>]*curl\s", lines[start - 1]):
        return None
    words = _words(lines, start)
    method, url, url_line, last = "", "", start, start
    headers: list[tuple[str, str, int]] = []
    body: Node | None = None
    option = ""
    for word, line, end in words:
        last = end
        if not option and word in _VALUED:
            option = word
            continue
        attached = re.match(r"(-[XHdF])(.+)|(--[a-z-]+)=(.+)", word, re.DOTALL) if not option else None
        if attached:
            option, word = attached.group(1) or attached.group(3), attached.group(2) or attached.group(4)
        if option in ("-X", "--request"):
            method = word.upper()
        elif option in ("-H", "--header"):
            name, _, value = word.partition(":")
            headers.append((name.strip(), value.strip(), line))
        elif option in _DATA:
            found = json_at(word, 0, line)
            body = found[0] if found else Node("string", line, end, word)
        elif option == "--url" or (not option and re.match(r"https?://|/|\{|\$|[\w.-]+(?:\.[a-z]{2,}|:\d+)/", word)):
            url, url_line = word, line
        option = ""
    return Request(method or ("POST" if body else "GET"), url, start, last, tuple(headers), body, url_line)


def _words(lines: Sequence[str], start: int) -> Iterator[tuple[str, int, int]]:
    """Yields the command's words as a shell splits them, each with its first and last line."""
    text = "\n".join(lines[start - 1 : start + 4999])
    position = text.index("curl") + 4
    line = start
    word, first = "", 0
    while position < len(text) and (match := _OPTION.match(text, position)) is not None:
        single, double, space, bare = match.groups()
        if space is not None:
            if word:
                yield word, first, line
            word, first = "", 0
            if "\n" in space and not space.startswith("\\") and not _continues(text, match.end()):
                return
        else:
            first = first or line
            part = single.replace("'\\''", "'") if single is not None else double if double is not None else bare
            word += part if single is not None else re.sub(r'\\(["\\$`])', r"\1", part)
        line += match.group(0).count("\n")
        position = match.end()
    if word:
        yield word, first, line


def _continues(text: str, position: int) -> bool:
    return text[position : position + 1] == "-" and text[position + 1 : position + 2] not in (" ", "\n", "")


def rows(node: Node, at: str) -> list[Fact]:
    """Returns a row for the value and each value within: type, items and, where it is no placeholder, `example`.

    Every row says `from: sample`. Items of one array are read together; a member of any of them is a member.
    """
    found: dict[str, Fact] = {}
    _collect(node, parse(at), found)
    return list(found.values())


def _collect(node: Node, at: Place, found: dict[str, Fact]) -> None:
    claims: JsonObject = {"from": "sample"}
    if node.kind == "null":
        claims["nullable"] = True
    else:
        claims["type"] = node.kind
    items = {item.kind for item in node.items if item.kind != "null"}
    if len(items) == 1 and not (items == {"string"} and all(_is_placeholder(item.value) for item in node.items)):
        claims["items"] = items.pop()
    if node.kind not in ("object", "array", "null") and node.value is not None and not _is_placeholder(node.value):
        claims["example"] = node.value
    place = str(at)
    known = found.get(place)
    if known is None:
        found[place] = Fact(place, (node.first, node.last), claims)
    elif "type" not in known.keywords and "type" in claims:
        found[place] = Fact(place, known.lines, {**claims, **known.keywords})
    for name, member in node.members.items():
        _collect(member, at.child(name), found)
    for item in node.items:
        if item.kind == "object":
            for name, member in item.members.items():
                _collect(member, at.child("[]").child(name), found)
        elif item.kind == "array":
            for inner in item.items:
                for name, member in inner.members.items():
                    _collect(member, at.child("[]").child("[]").child(name), found)


def _is_placeholder(value: Json) -> bool:
    return isinstance(value, str) and (not value or bool(_PLACEHOLDER.fullmatch(value)))


def merge(facts: Sequence[Fact], found: Sequence[Fact], *, examples: bool = True) -> list[Fact]:
    """Returns the facts with what a sample adds.

    A field that the facts know takes the sample's lines and example; one whose type the sample contradicts, or that
    only the sample knows, is a row of its own with `from: sample`.
    """
    result = list(facts)
    index = {fact.at: position for position, fact in reversed(list(enumerate(result))) if "when" not in fact.keywords}
    for row in found:
        position = index.get(row.at)
        claims = row.keywords if examples else {key: value for key, value in row.keywords.items() if key != "example"}
        if position is None:
            result.append(replace(row, keywords=claims))
            index[row.at] = len(result) - 1
            continue
        known = result[position]
        if contradicts(known.keywords, claims):
            result.append(replace(row, keywords=claims))
            continue
        also: tuple[Lines, ...] = (*known.also, *(() if _within(row.lines, known) else (row.lines,)))
        added = {"example": claims["example"]} if "example" in claims and "example" not in known.keywords else {}
        if "items" in claims and known.keywords.get("type") == "array" and "items" not in known.keywords:
            added["items"] = claims["items"]
        result[position] = replace(known, keywords={**known.keywords, **added}, also=also)
    return result


def contradicts(known: JsonObject, sampled: JsonObject) -> bool:
    """Says whether a sample's value has another type than the field's row; an integer is a number too."""
    mine, theirs = known.get("type"), sampled.get("type")
    if mine is None or theirs is None:
        return mine is not None and sampled.get("nullable") is True and known.get("nullable") is not True
    return mine != theirs and (mine, theirs) != ("number", "integer")


def _within(lines: Lines, known: Fact) -> bool:
    return any(first <= lines[0] and lines[1] <= last for first, last in (known.lines, *known.also))
