"""HTML as blocks: headings, paragraphs, items, code and tables, each with the lines of the source."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from specledger.documents.block import Block, Cell, Kind, Row, Table

_HIDDEN = {"script", "style", "noscript", "template", "svg", "head", "iframe", "select", "textarea", "button"}
_BREAKS = {
    "address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main",
    "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_VOID = {"br", "hr", "img", "input", "meta", "link", "wbr", "source", "area", "base", "col", "embed", "track"}
_MAX_SPAN = 100


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


class _Reader(HTMLParser):
    """Collects blocks from tags as they come; what nests badly closes what it must."""

    def __init__(self, line: int) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.above = line - 1  # the parser has an `offset` of its own
        self.text: list[str] = []
        self.first = 0
        self.hidden: list[str] = []
        self.code = 0
        self.kind: Kind = "text"
        self.level = 0
        self.lists = 0
        self.grids: list[_Grid] = []

    @property
    def line(self) -> int:
        return self.getpos()[0] + self.above

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN and tag not in _VOID:
            self.hidden.append(tag)
        if self.hidden:
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
            self.grids.append(_Grid(self.line))
        elif self.grids:
            self.start_in_table(tag, attrs)

    def start_in_table(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        grid = self.grids[-1]
        if tag == "tr":
            self.end_row()
        elif tag in ("td", "th"):
            self.end_cell()
            values = dict(attrs)
            grid.spans = (_span(values.get("colspan")), _span(values.get("rowspan")))
            grid.paragraphs, grid.cell_first = [], self.line
        elif tag == "caption":
            grid.paragraphs, grid.cell_first = [], self.line

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            if tag in self.hidden:
                del self.hidden[self.hidden.index(tag) :]
            return
        if tag in _BREAKS and not (self.code and tag in ("div", "p", "li", "ol", "ul")):
            self.flush()
        if re.fullmatch("h[1-6]|li", tag):
            self.kind = "text"
        elif tag in ("ul", "ol"):
            self.lists = max(self.lists - 1, 0)
        elif tag == "pre":
            self.code = max(self.code - 1, 0)
        elif tag == "table" and self.grids:
            self.end_table()
        elif self.grids and tag in ("td", "th"):
            self.end_cell()
        elif self.grids and tag == "tr":
            self.end_row()
        elif self.grids and tag == "caption" and self.grids[-1].paragraphs is not None:
            self.grids[-1].caption = " ".join(self.grids[-1].paragraphs)
            self.grids[-1].paragraphs = None

    def handle_data(self, data: str) -> None:
        if self.hidden:
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
        for _ in range(columns):
            if rows > 1:
                grid.below[len(grid.row)] = (rows - 1, cell)
            grid.row.append(cell)
        grid.paragraphs = None

    def fill_below(self, grid: _Grid) -> None:
        while (found := grid.below.get(len(grid.row))) is not None:
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


def _span(text: str | None) -> int:
    number = text or ""
    return min(max(int(number), 1), _MAX_SPAN) if number.isdecimal() and len(number) < 4 else 1


def blocks(source: str, line: int = 1) -> list[Block]:
    """Returns the blocks of HTML, in order; `line` is the page line on which the source begins.

    Scripts, styles and forms' controls are left out. A table inside a cell adds its texts to that cell.
    """
    reader = _Reader(line)
    reader.feed(source)
    reader.close()
    reader.flush()
    while reader.grids:
        reader.end_table()
    return reader.blocks
