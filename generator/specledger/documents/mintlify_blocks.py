"""A copied or HTML page as blocks: lines of text, bullets, tables that tabs or bars part, and samples."""

from __future__ import annotations

import re
from dataclasses import replace

from specledger.documents import mintlify_code, mintlify_tables, mintlify_words, page, tables
from specledger.documents.block import Block
from specledger.documents.mintlify_sheet import Code
from specledger.documents.reading import Page

# The statuses to choose from are buttons, which as controls would be left out.
_PICKER = re.compile(r"<button\b[^<>]{0,2000}>((?:<span\b[^<>]{0,500}>)?[1-5]\d\d(?:</span>)?)</button>", re.IGNORECASE)
_ANCHOR = re.compile(r"\[|\]\([^()\s]{0,400}#[^()\s]{0,200}\)")
_ITEM = re.compile(r"(\s*)[•◦▪*\-–][ \t\u00a0]+(?=\S)")
_LITTER = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff\u2060"))


def read(source: Page) -> list[Block]:
    """Returns the blocks of a page without the marks that a copy brings along."""
    if source.form == "html":
        source = replace(source, text=_PICKER.sub(r"<div>\1</div>", source.text))
    if source.form != "text":
        found = [block for block in page.blocks(source) if block.kind in ("code", "table") or clean(block.text)]
        return [block if block.kind in ("code", "table") else _cleaned(block) for block in found]
    codes = mintlify_code.find(source.text)
    blocks: list[Block] = []
    lines = source.lines
    number = 1
    for code in [*codes, Code("", len(lines) + 1, len(lines) + 1)]:
        while number < code.first:
            table = tables.pipe(lines, number - 1) or mintlify_tables.lines(lines, number - 1)
            if table is not None:
                blocks.append(Block("table", "", table.first, table.last, table=table))
                number = table.last + 1
            else:
                blocks += _line(lines[number - 1], number)
                number += 1
        if code.text:
            blocks.append(Block("code", code.text, code.first, code.last))
            tail = lines[code.last - 1].rpartition(code.text.rsplit("\n", 1)[-1])[2]
            if tail.strip() and not tail.lstrip().startswith(("curl", "{", "[")):
                blocks += _line(tail, code.last)
        number = max(number, code.last + 1)
    return blocks


def _line(line: str, number: int) -> list[Block]:
    bullet = _ITEM.match(line)
    text = _said(line[bullet.end() :] if bullet else line)
    if not text:
        return []
    return [Block("item" if bullet else "text", text, number, number, len(bullet.group(1)) if bullet else 0)]


def clean(text: str) -> str:
    """Returns a line without anchors, signs of no width and spaces around it."""
    if _ANCHOR.fullmatch(text.strip()):
        return ""
    return re.sub(r"\[\]\(#[^()\s]{0,200}\)", "", text).translate(_LITTER).replace("\u00a0", " ").strip()


def _said(text: str) -> str:
    return mintlify_words.english(clean(text))


def _cleaned(block: Block) -> Block:
    return Block(block.kind, _said(block.text), block.first, block.last, block.level)
