"""A help-centre page as sheets (tables of fields with their side, status and caption), samples, calls and prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from specledger.documents import huawei_calls as calls
from specledger.documents import huawei_columns as columns
from specledger.documents import huawei_samples as samples
from specledger.documents import huawei_words as words
from specledger.documents import page as pages
from specledger.documents.block import Block, Row, Table
from specledger.documents.huawei_calls import Call
from specledger.documents.huawei_samples import Header
from specledger.documents.reading import Lines, Page
from specledger.documents.sample import Node

_JSON = ("{", "[", "[{", "[ {")


@dataclass(slots=True)
class Sheet:
    """A table of fields: what its columns hold, where it stands and what its caption says."""

    table: Table
    layout: tuple[str, ...]
    title: str
    number: str
    side: str
    status: str
    lines: Lines

    @property
    def rows(self) -> Iterator[Row]:
        """Yields the rows of cells without heads, each as wide as the layout."""
        head = [cell.text for cell in self.table.rows[0]]
        for row in self.table.rows[1:]:
            if [cell.text for cell in row] != head and any(cell.text for cell in row):
                yield row


@dataclass(slots=True)
class Outline:
    """What stands on a page, in order."""

    title: str = ""
    title_line: int = 0
    edition: str = ""
    calls: list[Call] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    samples: list[tuple[str, str, Node]] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    statuses: dict[str, list[Lines]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    prose: list[Block] = field(default_factory=list)
    furniture: list[tuple[int, int, str]] = field(default_factory=list)


def outlines(page: Page) -> list[Outline]:
    """Returns an outline for each operation of the page, in order; several that share their tables share one.

    The page's lines are all in them once: in a sheet, a sample, a call, prose or furniture.
    """
    blocks = pages.blocks(page)
    if page.form in ("text", "markdown"):
        names = frozenset(found[1] for block in blocks if (found := words.caption(block.text)))
        ends = [
            _ends(block) or calls.is_split(blocks, index) or block.text in _JSON for index, block in enumerate(blocks)
        ]
        # The line above an operation's own line, or above the section that opens it, is its title.
        opens = [*map(_opens, blocks[1:]), False][: len(blocks)]
        titles = [opened and block.text[-1:] not in ".。" for opened, block in zip(opens, blocks, strict=True)]
        ends = [end or title for end, title in zip(ends, titles, strict=True)]
        blocks = columns.copied(blocks, ends, names)
    return _Walk(blocks).walk()


def _ends(block: Block) -> bool:
    named = not block.text.endswith((":", "：")) and not words.LABEL.fullmatch(block.text) and words.section(block.text)
    known = words.caption(block.text) or named or words.STATUS.fullmatch(block.text) or calls.is_own(block.text)
    return bool(known) or block.kind == "code"


def _opens(block: Block) -> bool:
    described = words.section(block.text) == "description" and not columns.role(block.text)
    return described or calls.is_own(block.text)


def _names(blocks: Sequence[Block]) -> Iterator[str]:
    """Yields the names of fields and types in tables, by which a table without a caption may be called."""
    for block in blocks:
        if block.table and columns.roles(block.table.rows[0]):
            for cell in (cell for row in block.table.rows[1:] for cell in row[:3] if len(cell.text) < 80):
                yield from re.findall(r"[A-Za-z_][\w.-]{2,80}", cell.text)


class _Walk:
    """Goes through the blocks once, keeping the section, the side and the status that each stands under."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.found = Outline()
        self.finished: list[Outline] = []
        self.heading: Block | None = None
        self.names = frozenset(_names(blocks))
        self.side = ""
        self.sampling = False
        self.status = ""
        self.last_caption: tuple[str, str, int] | None = None

    def walk(self) -> list[Outline]:
        index = 0
        while index < len(self.blocks):
            index = self.step(index)
        found = [*self.finished, self.found]
        if not found[0].title:
            found[0].title = next((block.text for block in self.blocks if block.kind == "heading"), "")
        return found

    def step(self, index: int) -> int:
        block = self.blocks[index]
        if block.kind == "table" and block.table is not None:
            self.sheet(block.table, self.subtitle(index))
            return index + 1
        if block.kind != "code" and self.label(block, index):
            return index + 1
        if not samples.is_curl(block.text) and self.call(index):
            return index + 1
        end = self.sample(index)
        if end > index:
            return end
        if index + 1 < len(self.blocks) and _opens(self.blocks[index + 1]) and block.text[-1:] not in ".。":
            self.heading = block
        self.text(block)
        return index + 1

    def label(self, block: Block, index: int) -> bool:
        """Takes captions, headings, statuses, the date and navigation."""
        named = words.caption(block.text)
        if named and self.is_before_table(index):
            self.last_caption = (*named, block.first)
            return True
        kind = words.section(block.text) if block.kind != "item" or len(block.text) < 40 else ""
        if kind:
            self.enter(kind)
            self.furniture(block, "heading")
            return True
        status = words.STATUS.fullmatch(block.text) or words.PROTOCOL.match(block.text)
        if status:
            code = (status.groupdict().get("code") or status.group(1)).upper()
            self.status = code
            if self.side != "uri" and (self.side != "request" or self.sampling):
                self.side = "response"
            self.found.statuses.setdefault(code, []).append((block.first, block.last))
            word = (status.groupdict().get("word") or "").lower()
            for side, pattern in (
                ("success", r"success|normal|成功|正常"),
                ("failure", r"fail|error|abnormal|失败|异常"),
            ):
                if re.search(pattern, word):
                    self.found.words.setdefault(side, code)
            return True
        codes = words.CODES.fullmatch(block.text)
        if codes:
            for code in re.findall(r"\b[1-5]\d\d\b", codes.group("codes")):
                self.found.statuses.setdefault(code, []).append((block.first, block.last))
            return True
        edition = words.EDITION.search(block.text) if not self.found.edition and len(block.text) < 100 else None
        if edition:
            year, month, day = edition.groups()
            self.found.edition = f"{year}-{month:0>2}-{day:0>2}"
            self.furniture(block, "date of the edition")
            return True
        if words.NAVIGATION.fullmatch(block.text):
            self.furniture(block, "navigation")
            return True
        return False

    def enter(self, kind: str) -> None:
        self.sampling = kind.endswith("example")
        self.side = kind.removesuffix(" example")
        self.status = ""

    def is_before_table(self, index: int) -> bool:
        return any(block.kind == "table" for block in self.blocks[index + 1 : index + 4])

    def furniture(self, block: Block, why: str) -> None:
        self.found.furniture.append((block.first, block.last, why))

    def subtitle(self, index: int) -> str:
        """Returns what the line above a table calls it, where that is a part of the request or a known name."""
        above = self.blocks[index - 1] if index else None
        if above is None or above.kind not in ("heading", "text") or self.last_caption:
            return ""
        text = above.text.strip(" *:：")
        known = re.sub(r"(?i) (?:objects?|structure|fields?|parameters?)\Z", "", text) in self.names
        return text if words.PART.fullmatch(text) or words.SHOWS.match(text) or known else ""

    def sheet(self, table: Table, subtitle: str) -> None:
        if self.listed(table):
            return
        layout = columns.roles(table.rows[0])
        number, title, first = self.last_caption or ("", "", table.first)
        self.last_caption = None
        if not number and (named := words.caption(table.caption)):
            number, title = named
        title = title or table.caption or subtitle
        if layout and "status" in layout and "name" not in layout:
            self.status_table(table, layout, first)
            return
        if not layout:
            self.found.prose.append(Block("text", title, first, table.last))
            return
        sheet = Sheet(table, layout, title, number, self.side, self.status, (first, table.rows[0][0].last))
        self.found.sheets.append(sheet)
        self.found.furniture.append((first, max(cell.last for cell in table.rows[0]), "caption and head of a table"))
        head = [cell.text for cell in table.rows[0]]
        for row in table.rows[1:]:
            if [cell.text for cell in row] == head:
                self.found.furniture.append((row[0].first, row[-1].last, "head of a table, repeated"))

    def listed(self, table: Table) -> bool:
        """Takes the operations of a table with a column for the method and one for the path."""
        found = [one for row in table.rows[1:] for one in [calls.in_row(table.rows[0], row)] if one]
        for one in found:
            self.operation(one)
            self.found.calls.append(one)
        if found:
            self.found.furniture.append((table.first, table.last, "table of methods and paths"))
        return bool(found)

    def status_table(self, table: Table, layout: tuple[str, ...], first: int) -> None:
        self.found.furniture.append((first, table.rows[0][-1].last, "head of a table"))
        column = layout.index("status")
        for row in table.rows[1:]:
            cell = row[column] if column < len(row) else None
            codes = re.findall(r"\b[1-5]\d\d\b", cell.text) if cell else []
            lines = (
                (min(cell.first for cell in row), max(cell.last for cell in row)) if row else (table.first, table.last)
            )
            if cell and codes and self.side != "errors":
                self.found.statuses.setdefault(codes[0], []).append(lines)
            else:
                self.found.prose.append(Block("text", " ".join(cell.text for cell in row), *lines))

    def call(self, index: int) -> bool:
        block = self.blocks[index]
        # No sample of an answer has a call in it: what follows one is the next operation's.
        found, used = calls.at(self.blocks, index, sampling=self.sampling and self.side != "response")
        for one in found:
            if one.own:
                self.operation(one)
            self.found.calls.append(one)
        if found:
            # A sample may follow in the same block.
            return block.kind != "code" or used >= block.text.rstrip().count("\n") + 1
        path = calls.path_only(block)
        if path and any(path.path.partition("?")[0].rstrip("/") == call.path.rstrip("/") for call in self.found.calls):
            self.found.calls.append(path)
            return True
        return False

    def operation(self, call: Call) -> None:
        """Begins an outline of its own for an operation that comes after another's tables."""
        before = self.found
        last = next((other for other in reversed(before.calls) if other.own), None)
        if last is None or any(other.own and call.shows(other) for other in before.calls):
            return
        if not (before.sheets or before.samples or before.statuses):
            return
        title = self.heading if self.heading and self.heading.first > last.line else None
        first = title.first if title else call.line
        self.finished.append(before)
        self.found = Outline(title.text if title else "", title.first if title else 0, before.edition)
        self.found.prose = [block for block in before.prose if block.first > first]
        before.prose = [block for block in before.prose if block.first < first]
        before.furniture = [entry for entry in before.furniture if entry[0] != first]
        self.side, self.sampling, self.status, self.last_caption = "uri", False, "", None

    def sample(self, index: int) -> int:
        """Takes the sample that begins in this block, or a bare value under a status; returns the block behind it."""
        block = self.blocks[index]
        code = block.kind == "code"
        if not self.side and not self.sampling:
            return index
        if not code and self.sampling and self.side != "response" and (one := samples.header(block.text, block.first)):
            self.found.headers.append(one)
            return index + 1
        if not code and not block.text.lstrip().startswith(("{", "[")) and not samples.is_curl(block.text):
            return self.scalar(index)
        end, texts, numbers = self.gather(index)
        found = samples.read(texts, numbers, code=code)
        if not found.nodes and not found.headers:
            return index
        side = self.side if self.side in ("request", "response") else self.sampled_side()
        self.found.samples += [(side, self.status, node) for node in found.nodes]
        if side == "request":
            self.found.headers += found.headers
        for status, number in found.statuses:
            self.found.statuses.setdefault(status, []).append((number, number))
        read = set(samples.lines(found))
        for text, number in zip(texts[: found.used], numbers, strict=False):
            if text.strip() and number not in read and (samples.is_curl(text) or not calls.is_in(text)):
                self.found.furniture.append((number, number, "a sample's own words"))
        return end if code else index + found.used

    def gather(self, index: int) -> tuple[int, list[str], list[int]]:
        """Returns the block behind a sample, its lines and their numbers; copied lines go on to the next section."""
        texts: list[str] = []
        numbers: list[int] = []
        end = index
        while end < len(self.blocks) and self.blocks[end].kind != "table":
            part = self.blocks[end]
            lines = part.text.split("\n") if part.kind == "code" else [part.text]
            texts += lines
            numbers += range(part.first, part.first + len(lines))
            end += 1
            ended = _ends(part) or calls.is_split(self.blocks, end - 1)
            if self.blocks[index].kind == "code" or (len(texts) > 1 and part.kind != "code" and ended):
                break
        return end, texts, numbers

    def scalar(self, index: int) -> int:
        block = self.blocks[index]
        before = self.blocks[index - 1] if index else None
        if not (self.sampling and before and words.STATUS.fullmatch(before.text)):
            return index
        value = samples.scalar(block.text, block.first)
        if value is None:
            return index
        self.found.samples.append(("response", self.status, value))
        return index + 1

    def sampled_side(self) -> str:
        asked = any(side == "request" for side, _, _ in self.found.samples)
        return "response" if asked or self.status else "request"

    def text(self, block: Block) -> None:
        found = self.found
        early = not self.side or (self.side == "uri" and bool(self.finished))
        if not found.title and (block.kind == "heading" or early) and len(block.text) < 200:
            found.title, found.title_line = block.text, block.first
            return
        named = words.NAMED.fullmatch(block.text) if self.side == "status" else None
        if named:
            found.statuses.setdefault(named.group("code"), []).append((block.first, block.last))
            if named.group("good"):
                found.words.setdefault("success", named.group("code"))
            return
        if self.side in ("status", "errors") and words.LINK.fullmatch(block.text):
            self.furniture(block, "links to tables on other pages")
            return
        if block.kind == "heading":
            self.heading = block
            self.furniture(block, "heading")
            if block.level <= 2:
                self.side, self.sampling, self.status = "", False, ""
            return
        found.prose.append(block)
