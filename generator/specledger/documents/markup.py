"""HTML as blocks: headings, paragraphs, items, code and tables, each with the lines of the source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from specledger.documents.block import Block, Cell, Kind, Row, Table

_HIDDEN = {"script", "style", "noscript", "template", "svg", "head", "iframe", "select", "textarea", "button"}
_BREAKS = {
    "address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "html", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
}  # fmt: skip
_MAX_SPAN = 100
_MAX_COLUMNS = 60
_MAX_TABLES = 8
_RAW = {"script", "style", "textarea", "title", "xmp", "noembed", "noframes"}
_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"[\s/]*(?:([^\s=>/]+)\s*(?:=\s*(\"[^\"]*\"|'[^']*'|[^\s>]*))?|(>)|=)")


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of HTML: a tag that opens or closes with its attributes, or text; `line` is where it begins."""

    kind: str
    text: str
    line: int
    attributes: dict[str, str]


def _tokens(source: str, line: int) -> Iterator[_Token]:
    """Yields tags and texts in one pass; what a tag or comment that never ends holds is left out, as a browser does."""
    position = counted = 0
    while position < len(source):
        opening = source.find("<", position)
        opening = len(source) if opening < 0 else opening
        if opening > position:
            line, counted = line + source.count("\n", counted, position), position
            yield _Token("text", unescape(source[position:opening]), line, {})
        line, counted = line + source.count("\n", counted, opening), opening
        position = opening
        match = _NAME.match(source, opening)
        if match:
            name = match.group(1).lower()
            position, attributes = _attributes(source, match.end())
            if position < 0:
                return
            closing = source[opening + 1] == "/"
            yield _Token("end" if closing else "start", name, line, attributes)
            if name in _RAW and not closing:
                raw_end = re.compile(rf"</{name}", re.IGNORECASE).search(source, position)
                position = raw_end.start() if raw_end else len(source)
        elif source.startswith("<!--", opening):
            end = source.find("-->", opening + 4)
            position = end + 3 if end >= 0 else len(source)
        elif source.startswith(("<!", "<?", "</"), opening):
            end = source.find(">", opening)
            position = end + 1 if end >= 0 else len(source)
        elif opening < len(source):
            yield _Token("text", "<", line, {})
            position = opening + 1


def _attributes(source: str, position: int) -> tuple[int, dict[str, str]]:
    """Returns where a tag ends and its attributes; -1 where it does not end."""
    found: dict[str, str] = {}
    while (match := _ATTRIBUTE.match(source, position)) is not None:
        position = match.end()
        if match.group(3):
            return position, found
        if match.group(1):
            value = match.group(2) or ""
            found.setdefault(match.group(1).lower(), value[1:-1] if value[:1] in ("'", '"') else value)
    return -1, found


@dataclass(slots=True)
class _Grid:
    """A table under construction; `below` holds cells that reach down into later rows, by column."""

    first: int
    rows: list[Row] = field(default_factory=list)
    row: list[Cell] = field(default_factory=list)
    below: dict[int, tuple[int, Cell]] = field(default_factory=dict)
    caption: str = ""
    paragraphs: list[str] | None = None
    cell_first: int = 0
    spans: tuple[int, int] = (1, 1)


class _Reader:
    """Collects blocks from tags as they come; what nests badly closes what it must."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.line = 1
        self.skipped = 0
        self.text: list[str] = []
        self.first = 0
        self.hidden = ("", 0)
        self.code = 0
        self.kind: Kind = "text"
        self.level = 0
        self.lists = 0
        self.grids: list[_Grid] = []

    def take(self, token: _Token) -> None:
        """Goes on by one token."""
        self.line = token.line
        if token.kind == "text":
            self.data(token.text)
        elif token.kind == "start":
            self.start(token.text, token.attributes)
        else:
            self.end(token.text)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        hidden, depth = self.hidden
        if hidden or tag in _HIDDEN:
            self.hidden = (hidden or tag, depth + (tag == (hidden or tag)))
            return
        if tag in _BREAKS and not (self.code and tag in ("br", "div", "p", "li", "ol", "ul")):
            self.flush()
        if tag == "br" and self.code:
            self.text.append("\n")
        if re.fullmatch("h[1-6]", tag):
            self.kind, self.level = "heading", int(tag[1])
        elif tag == "li":
            self.kind, self.level = "item", max(self.lists - 1, 0)
        elif tag in ("ul", "ol"):
            self.lists += 1
        elif tag == "pre":
            self.code += 1
        elif tag == "table":
            if len(self.grids) < _MAX_TABLES:
                self.grids.append(_Grid(self.line))
            else:
                self.skipped += 1
        elif self.grids and not self.skipped:
            self.start_in_table(tag, attributes)

    def start_in_table(self, tag: str, attributes: dict[str, str]) -> None:
        grid = self.grids[-1]
        if tag == "tr":
            self.end_row()
        elif tag in ("td", "th"):
            self.end_cell()
            grid.spans = (_span(attributes.get("colspan", "")), _span(attributes.get("rowspan", "")))
            grid.paragraphs, grid.cell_first = [], self.line
        elif tag == "caption":
            grid.paragraphs, grid.cell_first = [], self.line

    def end(self, tag: str) -> None:
        hidden, depth = self.hidden
        if hidden:
            if tag == hidden:
                self.hidden = (hidden, depth - 1) if depth > 1 else ("", 0)
            return
        if tag in _BREAKS and not (self.code and tag in ("div", "p", "li", "ol", "ul")):
            self.flush()
        if re.fullmatch("h[1-6]|li", tag):
            self.kind = "text"
        elif tag in ("ul", "ol"):
            self.lists = max(self.lists - 1, 0)
        elif tag == "pre":
            self.code = max(self.code - 1, 0)
        elif tag == "table" and self.skipped:
            self.skipped -= 1
        elif self.skipped:
            return
        elif tag == "table" and self.grids:
            self.end_table()
        elif self.grids and tag in ("td", "th"):
            self.end_cell()
        elif self.grids and tag == "tr":
            self.end_row()
        elif self.grids and tag == "caption" and self.grids[-1].paragraphs is not None:
            self.grids[-1].caption = " ".join(self.grids[-1].paragraphs)
            self.grids[-1].paragraphs = None

    def data(self, data: str) -> None:
        if self.hidden[0]:
            return
        if not self.text and not data.strip() and not self.code:
            return
        if not self.text:
            self.first = self.line + (0 if self.code else data[: len(data) - len(data.lstrip())].count("\n"))
        self.text.append(data)

    def flush(self) -> None:
        """Ends the paragraph: it goes into the innermost cell, else among the blocks."""
        raw = "".join(self.text)
        text = raw.strip("\n") if self.code else " ".join(raw.split())
        self.text = []
        if text.strip():
            first = self.first + (len(raw) - len(raw.lstrip("\n")) if self.code else 0)
            # A paragraph that the source wraps stands on several of its lines.
            last = max(first + (text if self.code else raw.strip()).count("\n"), first)
            grid = self.grids[-1] if self.grids else None
            if grid is None or grid.paragraphs is None:
                kind: Kind = "code" if self.code else self.kind
                self.blocks.append(Block(kind, text, first, last, self.level))
            else:
                grid.paragraphs.append(f"• {text}" if self.kind == "item" else text)
            if self.kind == "item":
                self.kind = "text"

    def end_cell(self) -> None:
        self.flush()
        grid = self.grids[-1]
        if grid.paragraphs is None:
            return
        self.fill_below(grid)
        cell = Cell("\n".join(grid.paragraphs), grid.cell_first, max(self.line, grid.cell_first))
        columns, rows = grid.spans
        for _ in range(min(columns, _MAX_COLUMNS - len(grid.row))):
            if rows > 1:
                grid.below[len(grid.row)] = (rows - 1, cell)
            grid.row.append(cell)
        grid.paragraphs = None

    def fill_below(self, grid: _Grid) -> None:
        while len(grid.row) < _MAX_COLUMNS and (found := grid.below.get(len(grid.row))) is not None:
            left, cell = found
            if left > 1:
                grid.below[len(grid.row)] = (left - 1, cell)
            else:
                del grid.below[len(grid.row)]
            grid.row.append(cell)

    def end_row(self) -> None:
        self.end_cell()
        grid = self.grids[-1]
        if grid.row:
            self.fill_below(grid)
            grid.rows.append(tuple(grid.row))
        grid.row = []

    def end_table(self) -> None:
        self.end_row()
        grid = self.grids.pop()
        if self.grids and self.grids[-1].paragraphs is not None:
            self.grids[-1].paragraphs += [cell.text for row in grid.rows for cell in row if cell.text]
        elif grid.rows:
            table = Table(tuple(grid.rows), grid.first, self.line, grid.caption)
            self.blocks.append(Block("table", grid.caption, grid.first, self.line, table=table))


def _span(text: str) -> int:
    return min(max(int(text), 1), _MAX_SPAN) if text.isascii() and text.isdecimal() and len(text) < 4 else 1


def blocks(source: str, line: int = 1) -> list[Block]:
    """Returns the blocks of HTML, in order; `line` is the page line on which the source begins.

    Scripts, styles and forms' controls are left out. A table inside a cell adds its texts to that cell.
    """
    reader = _Reader()
    for token in _tokens(source, line):
        reader.take(token)
    reader.flush()
    while reader.grids:
        reader.end_table()
    return reader.blocks
