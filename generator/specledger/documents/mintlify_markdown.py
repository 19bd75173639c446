"""Mintlify's Markdown twins: ParamField, ResponseField and Expandable tags among headings, text and samples."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from http import HTTPStatus

from specledger.documents import mintlify_code, mintlify_head, mintlify_words, tables
from specledger.documents.block import Block
from specledger.documents.mintlify_outline import Outline, section, status
from specledger.documents.mintlify_sheet import WHERE, Field, Sheet
from specledger.documents.reading import Page

_FIELDS = ("ParamField", "ResponseField", "Param", "Property", "Field")
_TAG = re.compile(r"</?([A-Z][A-Za-z.]{0,60})(?=[\s/>]|$)")
_ATTRIBUTE = re.compile(r"\s*([A-Za-z_][\w:.-]*)(\s*=\s*(\"[^\"]*\"|'[^']*'|\{)?)?")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*\Z")
_ITEM = re.compile(r"(\s*)(?:[*+\-•]|\d{1,3}[.)])[ \t]+(?=\S)")
_INDEX = re.compile(
    r"> ?(?:## documentation index|fetch the complete documentation|use this file to discover|for the complete)",
    re.IGNORECASE,
)
_FOOTER = re.compile(r"(?:built|powered) (?:with|by) \[?mintlify|was this page helpful", re.IGNORECASE)
_FRONT = re.compile(r"\s*(title|api|openapi|description)\s*:\s*(.*)\Z")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)\Z")
_SPANS = re.compile(
    r"(?:\A\s*|(?<=[:.] ))`[^`\"]{1,80}`(?:(?:,|/|\s?\|)? ?(?:or |and )?`[^`\"]{1,80}`){1,50}(?=\.?\s*\Z|\. [A-Z])"
)
_ADDRESSES = {"url", "path", "endpoint", "route"}
_LONGEST_TAG = 60


def is_marked(source: Page) -> bool:
    """Says whether the page holds fields as tags."""
    return bool(re.search(r"^[ \t>]*<(?:ParamField|ResponseField)\b", source.text, re.MULTILINE))


def read(source: Page) -> Sheet:
    """Returns the page taken apart; nesting is that of the tags."""
    return _Reader(source.lines).run()


class _Reader:
    """Goes over the lines once; a tag may reach over several."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.sheet = Sheet()
        self.outline = Outline(self.sheet)
        self.open: list[tuple[str, Field | None]] = []

    def run(self) -> Sheet:
        index = self.front_matter()
        while index < len(self.lines):
            index = self.step(index)
        return self.sheet

    def front_matter(self) -> int:
        if not self.lines or self.lines[0].strip() != "---":
            return 0
        for index, line in enumerate(self.lines[1:200], start=1):
            if line.strip() == "---":
                self.sheet.furniture.append((1, index + 1, "front matter"))
                return index + 1
            match = _FRONT.match(line)
            if match:
                self.front(match.group(1), match.group(2).strip().strip("\"'"), index + 1)
        return 0

    def front(self, key: str, value: str, number: int) -> None:
        if key == "title":
            self.sheet.title = value
            self.sheet.head.append((number, number))
        elif key in ("api", "openapi"):
            found = mintlify_head.mention(value, number)
            if found:
                self.take_head(found)
        elif value:
            self.sheet.notes.append((number, "operation", value))

    def take_head(self, found: mintlify_head.Head) -> None:
        self.sheet.method, self.sheet.path, self.sheet.server = found.method, found.path, found.server
        self.sheet.server_line = found.server_line
        self.sheet.head.insert(0, (found.first, found.last))

    def step(self, index: int) -> int:
        line = self.lines[index]
        number = index + 1
        if not line.strip():
            return index + 1
        if fence := _FENCE.match(line):
            return self.fence(index, fence.group(1), fence.group(2))
        table = tables.pipe(self.lines, index)
        if table is not None:
            self.outline.table(Block("table", "", table.first, table.last, table=table))
            self.sheet.furniture.append((index + 2, index + 2, "rule of a table"))
            return table.last
        if _INDEX.match(line) or (_FOOTER.match(line.strip())):
            self.sheet.furniture.append((number, number, "navigation"))
            return number
        if _TAG.search(line):
            return self.tags(index)
        self.line(line, number)
        return number

    def line(self, line: str, number: int) -> None:
        """Takes a line without tags: a heading, an item, a line of text, perhaps method and path."""
        heading = _HEADING.match(line)
        item = _ITEM.match(line)
        text = _unmarked(line).replace("\n", " ")
        only = None if self.sheet.method else mintlify_head.line(text, number)
        if heading:
            self.open = []
            self.outline.heading(number, mintlify_words.english(tables.plain(heading.group(2))), len(heading.group(1)))
        elif item:
            self.outline.item(number, len(item.group(1)), _unmarked(line[item.end() :]))
        elif only:
            self.take_head(only)
        elif (bold := re.fullmatch(r"\s*\*\*([^*]{1,80})\*\*:?\s*", line)) and not self.open and section(bold.group(1)):
            self.outline.heading(number, bold.group(1))
        elif text:
            # A line that is indented no deeper than the items' marks goes on with what stands around the list.
            indent = len(line) - len(line.lstrip())
            while self.outline.bullets and self.outline.bullets[-1][0] >= indent:
                self.outline.bullets.pop()
            self.outline.text(number, _unmarked(line, code=True).replace("\n", " ") if self.outline.stack else text)

    def fence(self, index: int, mark: str, label: str) -> int:
        end = index + 1
        while end < len(self.lines) and not self.lines[end].strip().startswith(mark):
            end += 1
        body = self.lines[index + 1 : end]
        indent = min((len(line) - len(line.lstrip()) for line in body if line.strip()), default=0)
        text = "\n".join(line[indent:] for line in body)
        shown = _status(label)
        only = mintlify_head.line(text, index + 2)
        parts = mintlify_code.parts(text, index + 2)
        if parts:
            for part in parts:
                part.status = shown
                part.answer = any(name == "ResponseExample" for name, _ in self.open)
                self.outline.code(part)
            self.sheet.furniture += [(line, line, "fence") for line in (index + 1, end + 1)]
        elif only and not self.sheet.method:
            self.take_head(only)
        else:
            self.sheet.furniture.append((index + 1, end + 1, "sample in another language"))
        return end + 1

    def tags(self, index: int) -> int:
        """Takes the tags and texts of a line, and of the lines that its last tag goes on over."""
        text, last = self.lines[index], index
        position, number = 0, index + 1
        while match := _TAG.search(text, position):
            self.between(text[position : match.start()], number)
            end = _end(text, match.end())
            while end < 0 and last + 1 < len(self.lines) and last - index < _LONGEST_TAG:
                last += 1
                text += "\n" + self.lines[last]
                end = _end(text, match.end())
            if end < 0:
                self.between(text[match.start() :], number)
                return last + 1
            closing = index + 1 + text.count("\n", 0, end)
            self.tag(
                match.group(1),
                text[match.start() : end],
                text[match.end() : end],
                index + 1 + text.count("\n", 0, match.start()),
                closing,
            )
            position, number = end, closing
        self.between(text[position:], number)
        return last + 1

    def between(self, text: str, number: int) -> None:
        if text.strip():
            self.line(text, number)

    def tag(self, name: str, whole: str, inside: str, first: int, last: int) -> None:
        """Opens or closes one tag; those of no meaning here are furniture."""
        if whole.startswith("</"):
            while self.open:
                opened, found = self.open.pop()
                if found is not None:
                    self.outline.end(first)
                elif opened == "Expandable" and self.outline.stack:
                    self.outline.fold(self.outline.stack[-1], first)
                if opened == name:
                    break
            if not self.outline.stack:
                self.sheet.furniture.append((first, first, "layout"))
            return
        values = _attributes(inside.rstrip(">").rstrip("/"))
        found = _field(name, values, first, last) if name in _FIELDS else None
        if found is not None:
            self.outline.begin(found)
        elif name == "Expandable" and self.outline.current is not None:
            self.outline.current.last = max(self.outline.current.last, last)
        elif not self.sheet.method and values.get("method") and _ADDRESSES & values.keys():
            url = next(values[key] for key in values if key in _ADDRESSES)
            self.take_head(mintlify_head.head(values["method"], url, first, last))
        elif self.outline.section == "answer" and (code := status(values.get("title", ""))) and code[0].isdigit():
            self.outline.open_answer(first, *code)
        elif not self.outline.stack:
            self.sheet.furniture.append((first, last, "layout"))
        if not whole.endswith("/>"):
            self.open.append((name, found))
        elif found is not None:
            self.outline.end(last)


def _status(label: str) -> str:
    """Returns the status that a fence's label names by number or by phrase; `default` for an error of no status."""
    number = re.search(r"(?<!\d)([1-5]\d\d)(?!\d)", label)
    if number:
        return number.group(1)
    lower = label.lower()
    named = next((status for status in HTTPStatus if status >= 400 and status.phrase.lower() in lower), None)
    return str(named.value) if named else "default" if re.search(r"\berror|\bfail", lower) else ""


def _unmarked(text: str, *, code: bool = False) -> str:
    """Returns text without inline markup; where code alone makes a sentence, or is a default, its words are quoted.

    `code` keeps the backticks of other words in code, as a field's description needs them.
    """
    text = re.sub(r"(?<=[Dd]efault )`([^`\s\"]{1,80})`(?=[.,;)]|$)", r'"\1"', text)
    text = _SPANS.sub(lambda match: re.sub(r"`([^`]*)`", r'"\1"', match.group(0)), text)
    return tables.plain(text, code=code)


def _end(text: str, start: int) -> int:
    """Returns where the tag ends, quotes and braces closed; -1 where the text is too short."""
    quote, depth = "", 0
    for index in range(start, len(text)):
        sign = text[index]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'" and (depth or text[index - 1] in "= "):
            quote = sign
        elif sign in "{}":
            depth += 1 if sign == "{" else -1
        elif sign == ">" and depth <= 0:
            return index + 1
    return -1


def _attributes(text: str) -> dict[str, str]:
    """Returns a tag's attributes as text; one without a value is `true`, one in braces is what they hold."""
    found: dict[str, str] = {}
    position = 0
    while match := _ATTRIBUTE.match(text, position):
        name, value = match.group(1), match.group(3) or ""
        position = match.end()
        if value == "{":
            end = _closing(text, position)
            value, position = text[position:end].strip(), end + 1
            value = (
                value[1:-1] if value[:1] in ("'", '"', "`") and value[-1:] == value[:1] and len(value) > 1 else value
            )
        elif value:
            value = value[1:-1]
        found[name] = html.unescape(value) if match.group(2) else "true"
    return found


def _closing(text: str, start: int) -> int:
    depth = 1
    for index in range(start, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if depth == 0:
            return index
    return len(text)


def _field(name: str, values: dict[str, str], first: int, last: int) -> Field | None:
    where = next((place for place in WHERE if values.get(place)), "")
    wire_name = values.get(where) or values.get("name") or values.get("id") or ""
    if not wire_name:
        return None
    found = Field(
        wire_name, where or ("answer" if name == "ResponseField" else ""), first, last, word=values.get("type", "")
    )
    found.required = values.get("required", "false").lower() == "true"
    if "default" in values:
        found.marks["default"] = values["default"]
    for flag in ("deprecated", "nullable"):
        if values.get(flag, "false").lower() == "true":
            found.marks[flag] = True
    return found
