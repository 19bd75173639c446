"""Bytes to a page, and a page to blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from specledger.documents import markup, tables
from specledger.documents.block import Block, Table
from specledger.documents.reading import Form, Page, Unreadable

MAX_BYTES = 5 * 1024 * 1024

_SUFFIXES: dict[str, Form] = {
    ".html": "html", ".htm": "html", ".xhtml": "html", ".md": "markdown", ".mdx": "markdown", ".markdown": "markdown",
    ".rst": "rst", ".rest": "rst",
}  # fmt: skip
_UNDERLINE = re.compile(r"([=\-~^\"'`#*+.:_])\1{2,}\Z")
_BULLET = re.compile(r"(\s*)[•◦▪‣·●○*+\-–][ \t\u00a0]+(?=\S)")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*\Z")
_CAPTION = re.compile(r"\s*\.\. (?:table|list-table)::\s*(.*)")


def decode(name: str, raw: bytes, address: str = "", form: Form | None = None) -> Page:
    """Returns the page that the bytes hold; its form is the given one, else the name's suffix, else by its look.

    Raises Unreadable for more than 5 MB, for what is not UTF-8, for binary data, and for an empty page.
    """
    if len(raw) > MAX_BYTES:
        raise Unreadable(f"the page has {len(raw)} bytes, more than {MAX_BYTES}", "save the one page that is meant")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"line {line}: byte {error.start} is not UTF-8", "save the page as UTF-8") from None
    if "\0" in text:
        raise Unreadable("the file holds NUL bytes: it is no text", "save the page as text, Markdown or HTML")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Unreadable("the page is empty", "save the page again, after its scripts have run")
    return Page(name, text, form or _form(name, text), address)


def _form(name: str, text: str) -> Form:
    suffix = PurePath(name).suffix.lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    head = text[:4000].lstrip().lower()
    if head.startswith(("<!doctype html", "<html")) or re.search(r"<(?:body|head|table|h1|div)\b", head):
        return "html"
    if re.search(r"^\.\. (?:table|code-block|_[\w-]+)\b|^:original_name:|^ *\+-{3,}\+", text, re.MULTILINE):
        return "rst"
    # `# curl …` is a command at a root's prompt.
    if re.search(r"^#{1,6} (?!curl\s)\S|^```|^\|? *:?-{3,}:? *\||^<ParamField\b", text, re.MULTILINE):
        return "markdown"
    return "text"


def blocks(page: Page) -> list[Block]:
    """Returns the page as blocks in order, inline markup taken away; copied text gives one block a line."""
    if page.form == "html":
        return markup.blocks(page.text)
    if page.form == "rst":
        return _rst_blocks(page.lines)
    return _markdown_blocks(page.lines, page.form == "markdown")


def _markdown_blocks(lines: Sequence[str], marked: bool) -> list[Block]:
    found: list[Block] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        stripped = line.strip()
        table = tables.pipe(lines, index)
        if not stripped:
            index += 1
        elif table is not None:
            found.append(_table_block(table))
            index = table.last
        elif marked and stripped.startswith(("```", "~~~")):
            index = _fence(lines, index, found)
        elif stripped[:6].lower() == "<table":
            index = _html_table(lines, index, found)
        else:
            found.append(_line_block(line, index + 1, marked))
            index += 1
    return found


def _line_block(line: str, number: int, marked: bool) -> Block:
    heading = _HEADING.match(line) if marked else None
    if heading:
        return Block("heading", tables.plain(heading.group(2)), number, number, len(heading.group(1)))
    bullet = _BULLET.match(line)
    text = line[bullet.end() :] if bullet else line
    text = tables.plain(text).replace("\n", " ") if marked else text.strip()
    return Block("item" if bullet else "text", text, number, number, len(bullet.group(1)) // 2 if bullet else 0)


def _table_block(table: Table) -> Block:
    return Block("table", table.caption, table.first, table.last, table=table)


def _fence(lines: Sequence[str], start: int, found: list[Block]) -> int:
    opening = lines[start].strip()
    mark = opening[:3]
    end = start + 1
    while end < len(lines) and not lines[end].strip().startswith(mark):
        end += 1
    found.append(Block("code", "\n".join(lines[start + 1 : end]), start + 2, end))
    return end + 1


def _html_table(lines: Sequence[str], start: int, found: list[Block]) -> int:
    end = start
    depth = 0
    while end < len(lines):
        lower = lines[end].lower()
        depth += lower.count("<table") - lower.count("</table")
        end += 1
        if depth <= 0:
            break
    found += markup.blocks("\n".join(lines[start:end]), start + 1)
    return end


def _rst_blocks(lines: Sequence[str]) -> list[Block]:
    found: list[Block] = []
    ranks: list[str] = []
    caption = ""
    index = 0
    while index < len(lines):
        line = lines[index]
        stripped = line.strip()
        following = lines[index + 1].rstrip() if index + 1 < len(lines) else ""
        table = tables.rst(lines, index) if stripped[:1] in ("+", "=") else None
        if not stripped or stripped.startswith((".. _", ":original_name:")):
            index += 1
        elif table is not None:
            found.append(_table_block(Table(table.rows, table.first, table.last, caption)))
            caption, index = "", table.last
        elif (match := _CAPTION.match(line)) is not None:
            caption = tables.plain(match.group(1))
            found.append(Block("text", caption, index + 1, index + 1))
            index += 1
        elif re.match(r"\.\. (?:code-block|code|sourcecode|parsed-literal)::", stripped) or stripped == "::":
            index = _literal(lines, index, found)
        elif _UNDERLINE.match(following) and len(following) + 2 >= len(stripped) and line[:1].strip():
            if following[0] not in ranks:
                ranks.append(following[0])
            found.append(Block("heading", tables.plain(stripped), index + 1, index + 2, ranks.index(following[0]) + 1))
            index += 2
        else:
            index = _rst_paragraph(lines, index, found)
    return found


def _rst_paragraph(lines: Sequence[str], start: int, found: list[Block]) -> int:
    bullet = _BULLET.match(lines[start])
    end = start + 1
    while end < len(lines) and lines[end].strip() and not _BULLET.match(lines[end]):
        if lines[end].lstrip().startswith(("+-", ".. ")):
            break
        end += 1
    text = " ".join(line.strip() for line in lines[start:end])
    kind, level = ("item", len(bullet.group(1)) // 2) if bullet else ("text", 0)
    text = text[len(bullet.group(0).lstrip()) :] if bullet else text
    opens_literal = text.endswith("::")
    text = tables.plain(text.removesuffix(":") if opens_literal else text).replace("\n", " ")
    found.append(Block("item" if kind == "item" else "text", text, start + 1, end, level))
    return _literal(lines, end, found) if opens_literal else end


def _literal(lines: Sequence[str], start: int, found: list[Block]) -> int:
    """Reads the indented lines after a directive's own line and options."""
    base = len(lines[start]) - len(lines[start].lstrip()) if start < len(lines) and lines[start].strip() else 0
    index = start + 1 if start < len(lines) and lines[start].strip() else start
    while index < len(lines) and (not lines[index].strip() or re.match(r"\s+:[a-z-]+:", lines[index])):
        index += 1
    end = index
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > base):
        end += 1
    last = end
    while last > index and not lines[last - 1].strip():
        last -= 1
    if last > index:
        found.append(Block("code", "\n".join(lines[index:last]), index + 1, last))
    return max(end, start + 1)
