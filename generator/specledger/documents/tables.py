"""Markdown's pipe tables and reStructuredText's grid and simple tables as rows of cells with line numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docutils.parsers.rst.tableparser import GridTableParser, SimpleTableParser, TableMarkupError
from docutils.statemachine import StringList

from specledger.documents.block import Cell, Row, Table

_RULE = re.compile(r"(?: {0,3}|[ \t]*\|)[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_GRID = re.compile(r"\s*\+-[-+]*\+\s*\Z")
_SIMPLE = re.compile(r"\s*={2,}( +={2,})*\s*\Z")
_BREAK = re.compile(r"</?(?:br|p|ul|ol|li|div)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:a|abbr|b|blockquote|caption|code|div|em|font|h[1-6]|i|img|ins|kbd|label|li|note|ol|p|pre|q|s|samp|"
    r"small|span"
    r"|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|wbr)(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
_LINK = re.compile(r"!?\[([^\[\]]{0,400})\]\(([^()\s]{0,800})(?: \"[^\"]{0,200}\")?\)")
_ROLE = re.compile(r":[a-z:]{2,30}:`([^`<]{0,300}?)(?: ?<[^`<>]{0,300}>)?`_{0,2}")
_REFERENCE = re.compile(r"`([^`<]{1,300}?) ?<[^`<>]{1,500}>`__?")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITIES = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&#124;": "|", "&amp;": "&"}


def plain(text: str, *, code: bool = False) -> str:
    """Returns text without Markdown's or reStructuredText's inline markup; breaks and list tags become new lines.

    `code` keeps words that are marked as code, or by bold, in backticks: prose takes them for values.
    """
    text = re.sub(r"<li\b[^<>]{0,200}>", "\n• ", text, flags=re.IGNORECASE) if "<" in text else text
    text = _TAG.sub(_untagged, _BREAK.sub("\n", text)) if "<" in text else text
    text = _LINK.sub(r"\1", text) if "](" in text else text
    if "`" in text:
        text = _REFERENCE.sub(r"\1", _ROLE.sub(r"\1", text))
        text = _CODE.sub(_quoted, text) if code else text.replace("`", "")
    if len(_BOLD_LABEL.findall(text)) > 1:
        text = _BOLD_LABEL.sub(r"\n\1: ", text)
    text = (_BOLD_WORD.sub(r"`\1`", text) if code else text).replace("**", "")
    text = re.sub(r"(?<![\w*\\])\*([^*\s][^*\n]{0,200}?)\*(?![\w*])", r"\1", text) if "*" in text else text
    text = _ESCAPE.sub(r"\1", text) if "\\" in text else text
    if "&" in text:
        for entity, sign in _ENTITIES.items():
            text = text.replace(entity, sign)
    lines = (" ".join(part.split()) for part in text.split("\n"))
    return "\n".join(f"• {line[2:]}" if line[:2] in ("- ", "* ") else line for line in lines if line)


# What is in backticks, or a backtick alone; numbers and flags need no quotes.
_CODE = re.compile(r"``?([^`\n]{1,120})``?|`")
_WORD = re.compile(r"(?!(?:true|false|null|-?[\d.,]+%?)\Z|[\^\"'])\S{1,80}", re.IGNORECASE)
_BOLD_WORD = re.compile(
    r"(?<![\w*`])\*\*(?!(?:not|must|required|mandatory|optional|only|deprecated|never|always|all|any|cannot|and|or|no|"
    r"unique|empty|none|lowercase|uppercase|letters|digits|numbers|enabled|disabled|true|false|null)\b)([A-Za-z][\w./-]{0,60})\*\*(?![\w*`]|\s?[:：])",
    re.IGNORECASE,
)


def _quoted(match: re.Match[str]) -> str:
    word = (match.group(1) or "").strip()
    return f"`{word}`" if _WORD.fullmatch(word) else word


# The labels of a cell whose breaks and colons a copy has lost; one alone may be a word of a sentence.
_BOLD_LABEL = re.compile(
    r"(?<![ \t])[ \t]*\*\*(Definition|Constraints?|(?:Value )?Range|Default(?: Value)?|"
    r"参数解释|约束限制|取值范围|默认取值)"
    r"[ \t]?[:：]?\*\*[ \t]?[:：]?[ \t]*",
    re.IGNORECASE,
)


def _untagged(match: re.Match[str]) -> str:
    """Returns what a tag leaves: nothing, or itself where it is the name of a type, as in `List<Label>`."""
    name = match.group(0).strip("</>")
    return match.group(0) if name[:1].isupper() and not name.isupper() and name.isalpha() else ""


def pipe(lines: Sequence[str], start: int) -> Table | None:
    """Returns the Markdown table whose head is `lines[start]`, or None; its last line is `table.last`, from 1."""
    if "|" not in lines[start] or start + 1 >= len(lines) or "-" not in lines[start + 1]:
        return None
    if not _RULE.match(lines[start + 1]):
        return None
    head = _pipe_cells(lines[start])
    if len(head) != len(_pipe_cells(lines[start + 1])):
        return None
    rows: list[Row] = [_row(head, start + 1)]
    end = start + 2
    while end < len(lines) and "|" in lines[end]:
        cells = _pipe_cells(lines[end])[: len(head)]
        rows.append(_row([*cells, *[""] * (len(head) - len(cells))], end + 1))
        end += 1
    return Table(tuple(rows), start + 1, end)


def _pipe_cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip())
    if parts and not parts[0].strip():
        parts = parts[1:]
    if parts and not parts[-1].strip():
        parts = parts[:-1]
    return [part.strip().replace("\\|", "|") for part in parts]


def _row(cells: Sequence[str], line: int) -> Row:
    return tuple(Cell(plain(cell), line, line, plain(cell, code=True)) for cell in cells)


def rst(lines: Sequence[str], start: int) -> Table | None:
    """Returns the grid or simple table that begins at `lines[start]`, or None; `table.last` is its last line."""
    if _GRID.match(lines[start]):
        end = _grid_end(lines, start)
        parser: GridTableParser | SimpleTableParser = GridTableParser()
    elif _SIMPLE.match(lines[start]) and " " in lines[start].strip():
        end = _simple_end(lines, start)
        parser = SimpleTableParser()
    else:
        return None
    indent = len(lines[start]) - len(lines[start].lstrip())
    block = [line[indent:].rstrip() for line in lines[start:end]]
    width = max(map(len, block))
    if isinstance(parser, GridTableParser):
        block = [line.ljust(width) for line in block]
    try:
        _, head, body = parser.parse(StringList(block, "page"))
    except (TableMarkupError, IndexError, AssertionError):
        return None
    rows = [_rst_row(row, start, end) for row in [*head, *body]]
    filled = tuple(row for row in rows if row)
    return Table(filled, start + 1, end) if filled else None


def _grid_end(lines: Sequence[str], start: int) -> int:
    end = start
    while end < len(lines) and lines[end].lstrip()[:1] in ("+", "|") and lines[end].strip():
        end += 1
    return end


def _simple_end(lines: Sequence[str], start: int) -> int:
    borders = 1
    end = start + 1
    while end < len(lines):
        if _SIMPLE.match(lines[end]):
            borders += 1
            following = lines[end + 1].strip() if end + 1 < len(lines) else ""
            if borders > 2 or not following:
                return end + 1
        end += 1
    return end


def _rst_row(row: Sequence[object], start: int, end: int) -> Row:
    cells: list[Cell] = []
    for entry in row:
        if not isinstance(entry, (list, tuple)):
            continue
        _, more_columns, offset, content = entry
        text = "\n".join(_joined(list(content)))
        first = start + 1 + int(offset)
        cell = Cell(plain(text), first, min(first + max(len(content) - 1, 0), end), plain(text, code=True))
        cells += [cell] * (1 + int(more_columns))
    return tuple(cells)


def _joined(lines: Sequence[str]) -> list[str]:
    """Puts a paragraph's wrapped lines together; a bullet begins a paragraph of its own."""
    paragraphs: list[str] = []
    fresh = True
    for line in lines:
        text = line.strip()
        if not text or text.startswith((".. ", "::")):
            fresh = True
            continue
        bullet = re.match(r"[-*•+] +", text)
        if bullet:
            text = f"• {text[bullet.end() :]}"
        if fresh or bullet:
            paragraphs.append(text)
        else:
            paragraphs[-1] += f" {text}"
        fresh = False
    return paragraphs
