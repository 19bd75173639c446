"""Mintlify pages as they copy: a name, its type, its flags and its text on lines of their own; HTML likewise."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from specledger.documents import mintlify_blocks, mintlify_claims, mintlify_code, mintlify_head, mintlify_types
from specledger.documents.block import Block
from specledger.documents.mintlify_outline import Outline, section
from specledger.documents.mintlify_sheet import Field, Sheet
from specledger.documents.reading import Form, Page

_NAME = re.compile(r"[A-Za-z_$@][\w$@.\[\]{}*-]{0,120}(?<![.-])\Z")
_PARTS = re.compile(
    r"(.{3,80}?)[\s·,]*(path|query|header|cookie|body)?[\s·,]*(required|optional|deprecated)?[\s·,]*"
    r"(default:.{1,200}?)?[\s·,]*(?<!default:)(required|optional|deprecated|read-only|write-only)?\Z"
)
_STRONG = re.compile(
    r"(?:nullable )?(?:string|integer|number|boolean|object|array|any|null|int|int32|int64|float|double|bool|json|"
    r"enum)\b|.*[\[<|]",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r"skip to (?:main )?content|try it(?: out)?|copy(?: page| as markdown)?|curl|shell|bash|python|javascript|"
    r"typescript|"
    r"node(?:\.js)?|php|go|java|ruby|swift|c#|kotlin|rust|powershell|http|json|was this page helpful\??|yes|no|"
    r"suggest edits|raise issue|(?:powered|built) (?:by|with) .{1,80}|this documentation is built .*|"
    r"documentation index.{0,120}|fetch the complete documentation index.*|use this file to discover .*|"
    r"(?:> )?for the complete documentation index.*|source: /.*|ask (?:ai|a question).*|assistant|"
    r"responses are generated using ai.*|previous|next|on this page|search\.{3}|navigation|⌘\s?.|ctrl\s?.|open in .*|"
    r"(?:show|hide)(?: [\w-]+)? (?:attributes|properties|fields|parameters|items|details)|(?:show|hide) \d+ .*",
    re.IGNORECASE,
)
_EDITED = re.compile(r"last (?:modified|updated)(?: on| at)?:? (.{4,40})", re.IGNORECASE)
_EXPANDED = re.compile(r"(show|hide)\b.*\b(?:attributes|properties|fields|parameters|items|details)\Z", re.IGNORECASE)
_MADE = re.compile(
    r"(?:bearer|basic) authentication header of the form|available options:|required range:|show child attributes",
    re.IGNORECASE,
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read(source: Page) -> Sheet:
    """Returns the page taken apart. Nesting that a flat copy hides is left to the samples."""
    blocks = mintlify_blocks.read(source)
    sheet = _Reader(blocks, source.form).run()
    if source.form == "html":
        _nest(sheet, source.text)
    said = {line for block in blocks for line in range(block.first, block.last + 1)}
    for number, line in enumerate(source.lines, start=1):
        if line.strip() and number not in said and (source.form != "text" or not mintlify_blocks.clean(line)):
            sheet.furniture.append((number, number, "markup"))
    return sheet


def _nest(sheet: Sheet, source: str) -> None:
    """Puts the fields below each other as the folds of the HTML do, where it marks each field's name."""
    depths = [_depth(node) for node in LexborHTMLParser(source).css('[data-component-part="field-name"]')]
    if len(depths) != len(sheet.fields):
        return
    top: list[Field] = []
    around: list[Field] = []
    for found, depth in zip(sheet.fields, depths, strict=True):
        found.open = False
        del around[depth:]
        (around[-1].children if around else top).append(found)
        around.append(found)
    sheet.fields = top


def _depth(node: LexborNode) -> int:
    """Returns how many folds the node lies in."""
    folds = parts = 0
    parent = node.parent
    for _ in range(200):
        if parent is None:
            break
        folds += parent.tag == "details"
        parts += parent.attributes.get("data-component-part") == "expandable-content"
        parent = parent.parent
    return max(folds, parts)


class _Reader:
    """Goes over the blocks once, looking at most a few ahead."""

    def __init__(self, blocks: Sequence[Block], form: Form) -> None:
        self.blocks = blocks
        self.gaps = form == "text"
        self.sheet = Sheet()
        self.outline = Outline(self.sheet)
        self.foreign = False
        self.framed = form == "html" and any(block.kind == "heading" and block.level == 1 for block in blocks)
        self.over = False
        self.spaced = self.gaps and self.has_spaced_fields()

    def run(self) -> Sheet:
        index = 0
        while index < len(self.blocks):
            index = self.step(index)
        if not self.sheet.fields and any(_MADE.match(text) for _, _, text in self.sheet.notes):
            self.sheet.lost += 1
        return self.sheet

    def step(self, index: int) -> int:
        block = self.blocks[index]
        self.framed = self.framed and not (block.kind == "heading" and block.level == 1)
        if block.kind == "code":
            self.code(block)
        elif self.framed or self.over:
            # What stands before the title or after the question at the end is the frame of the site.
            self.edited(block)
            if re.fullmatch(r"[1-5]\d\d", block.text):
                self.outline.labels.append(block.text)
            self.furnish(block, "navigation")
        elif block.kind == "table":
            self.outline.table(block)
        elif block.kind == "heading":
            self.foreign = False
            self.outline.heading(block.first, block.text, block.level)
        elif block.kind == "item" and not self.foreign:
            self.outline.item(block.first, block.level, block.text)
        else:
            return self.line(index)
        return index + 1

    def line(self, index: int) -> int:
        block = self.blocks[index]
        found = None if self.sheet.method else mintlify_head.segments(self.blocks, index)
        if found:
            self.take_head(found[0])
            return self.title(found[1])
        after = self.field(index)
        if after:
            self.foreign = False
            return after
        only = None if self.sheet.method else mintlify_head.line(block.text, block.first)
        if only:
            self.take_head(only)
            return self.title(index + 1)
        self.plain(index)
        return index + 1

    def take_head(self, found: mintlify_head.Head) -> None:
        self.sheet.method, self.sheet.path, self.sheet.server = found.method, found.path, found.server
        self.sheet.server_line = found.server_line
        self.sheet.head.insert(0, (found.first, found.last))

    def title(self, index: int) -> int:
        """Takes the line after the head as the title, where it is neither furniture nor a section."""
        while index < len(self.blocks) and _FURNITURE.fullmatch(self.blocks[index].text):
            self.furnish(self.blocks[index], "navigation")
            index += 1
        if self.sheet.title or index >= len(self.blocks) or self.blocks[index].kind not in ("text", "heading"):
            return index
        block = self.blocks[index]
        if section(block.text) or self.begins_field(index) or len(block.text) > 120:
            return index
        self.sheet.title = block.text
        self.sheet.head.append((block.first, block.last))
        return index + 1

    def code(self, block: Block) -> None:
        text = html.unescape(block.text)
        current = self.outline.current
        if current is not None and current.prose and re.fullmatch(r"examples?:", current.prose[-1][1], re.IGNORECASE):
            current.prose.append((block.first, " ".join(text.split())))
            current.last = max(current.last, block.last)
            return
        self.outline.stack, self.outline.bullets = [], []
        only = None if self.sheet.method else mintlify_head.line(text, block.first)
        if only:
            self.take_head(only)
            return
        parts = mintlify_code.parts(text, block.first)
        for part in parts:
            self.outline.code(part)
        if not parts:
            self.furnish(block, "sample in another language")

    def is_title(self, index: int) -> bool:
        """Says whether the line is the first that says anything, and reads like a title."""
        block = self.blocks[index]
        fresh = not (self.sheet.title or self.sheet.notes or self.sheet.fields or self.sheet.codes or self.sheet.method)
        return (
            self.gaps
            and fresh
            and self.gap(index + 1)
            and len(block.text) < 80
            and not re.search(r"[.,;:!]\Z", block.text)
        )

    def plain(self, index: int) -> None:
        """Takes a line that begins no field: furniture, a section's heading, foreign code, or text."""
        block = self.blocks[index]
        expanded = _EXPANDED.fullmatch(block.text)
        last = self.outline.stack[-1] if self.outline.stack else None
        if self.edited(block):
            self.outline.stack, self.outline.bullets = [], []
            self.furnish(block, "date of the edition")
        elif expanded:
            if last is not None:
                last.open = expanded.group(1).lower() == "hide"
            self.furnish(block, "fold")
        elif _FURNITURE.fullmatch(block.text) and not self.is_value(last):
            self.over = self.over or block.text.lower().startswith("was this page")
            self.furnish(block, "navigation")
        elif self.is_title(index) and not section(block.text):
            self.sheet.title = block.text
            self.sheet.head.append((block.first, block.last))
        elif self.opens_section(index):
            self.foreign = False
            self.outline.heading(block.first, block.text)
        elif self.foreign and not re.match(r"[A-Z][^(){};=]*\.\Z|[1-5]\d\d\Z", block.text):
            self.furnish(block, "sample in another language")
        elif mintlify_code.other(block.text):
            self.foreign = True
            self.outline.stack, self.outline.bullets = [], []
            self.furnish(block, "sample in another language")
        elif self.is_heading(index):
            self.outline.heading(block.first, block.text)
        else:
            self.foreign = False
            self.lost_name(index)
            self.outline.text(block.first, block.text)

    def edited(self, block: Block) -> bool:
        """Takes the date that the page gives itself; says whether the line is one."""
        match = _EDITED.fullmatch(block.text)
        if match:
            self.sheet.edition = _iso(match.group(1))
        return match is not None

    def lost_name(self, index: int) -> None:
        """Counts a type that stands without a name above it."""
        block, following = self.blocks[index], self.text(index + 1)
        if not self.is_value(self.outline.current) and _is_strong(block.text):
            bare = Field("", "", 0, 0).mark(following) and following.lower() not in ("body", "path", "query", "header")
            self.sheet.lost += 1 if bare or self.outline.current is None else 0

    def is_value(self, current: Field | None) -> bool:
        """Says whether a list of options is open, whose next line is a value whatever it looks like."""
        prose = current.prose[-1][1] if current is not None and current.prose else ""
        return prose.endswith((",", "options:", "Example:", "Examples:", "value:"))

    def furnish(self, block: Block, why: str) -> None:
        self.sheet.furniture.append((block.first, block.last, why))

    def text(self, index: int) -> str:
        return self.blocks[index].text if index < len(self.blocks) and self.blocks[index].kind == "text" else ""

    def gap(self, index: int) -> bool:
        """Says whether an empty line stands before the block; the page's ends count as such."""
        if not 0 < index < len(self.blocks):
            return True
        return self.gaps and self.blocks[index].first - self.blocks[index - 1].last > 1

    def opens_section(self, index: int) -> bool:
        text = self.blocks[index].text
        if not section(text) or text.endswith(":") or self.is_value(self.outline.current):
            return False
        return self.gap(index) or text[:1].isupper()

    def is_heading(self, index: int) -> bool:
        text = self.blocks[index].text
        alone = (
            self.gaps and not self.spaced and self.gap(index) and self.gap(index + 1) and index + 1 < len(self.blocks)
        )
        alone = alone and not mintlify_claims.is_label(text)
        return alone and len(text) < 60 and text[:1].isupper() and not re.search(r"[.,;:!?=\"]\Z|\d{3}", text)

    def has_spaced_fields(self) -> bool:
        """Says whether the page sets a field's text apart from its name by an empty line."""
        for index in range(len(self.blocks) - 2):
            if self.begins_field(index):
                after = index + 2
                while Field("", "", 0, 0).mark(self.text(after)) and not self.begins_field(after):
                    after += 1
                text = self.text(after)
                if text and self.gap(after) and not section(text) and not self.begins_field(after):
                    return True
        return False

    def begins_field(self, index: int) -> bool:
        name, word, third = self.text(index), self.text(index + 1), self.text(index + 2)
        if not word or not _NAME.match(name):
            return False
        if name[:1].isupper() and section(name) and name.lower() != "authorization":
            return False
        if self.is_untyped(index):
            return True
        typed = _typed(word)
        if typed and _is_strong(typed[0]):
            # One word of text may stand above a field that is called `object`.
            return not (name[:1].isupper() and len(typed) == 1 and _NAME.match(word) and _is_strong(third))
        # A word such as `url` is as good a name as a type: the next line tells.
        return bool(typed) and word.islower() and mintlify_types.read(third) is None

    def is_untyped(self, index: int) -> bool:
        """Says whether a field begins whose type has no word, as that of a union: a flag stands where it would."""
        return self.gap(index) and bool(re.match(r"default:\S", self.text(index + 1)))

    def is_mark(self, index: int) -> bool:
        """Says whether the line goes with the field above; a name such as `required` or `path` has a type below it."""
        text = self.text(index)
        if text[:1].isupper() and section(text):
            return False
        return not self.begins_field(index) or self.begins_field(index + 1)

    def field(self, index: int) -> int:
        """Takes the field that begins here; returns the index after its flags, 0 where none begins."""
        block = self.blocks[index]
        if self.is_value(self.outline.current) and not self.gap(index) and block.text.endswith(","):
            return 0
        if self.begins_field(index):
            word, *marks = ["", self.text(index + 1)] if self.is_untyped(index) else _typed(self.text(index + 1))
            found = Field(block.text, "", block.first, self.blocks[index + 1].last, word=word)
            for mark in marks:
                found.mark(mark)
            index += 2
        else:
            single = _single_line(block)
            if single is None:
                return 0
            found = single
            index += 1
        while index < len(self.blocks) and self.is_mark(index) and found.mark(self.text(index)):
            found.last = self.blocks[index].last
            index += 1
        self.outline.stack, self.outline.bullets = [], []
        self.outline.begin(found)
        return index


def _iso(date: str) -> str:
    """Returns a date such as `May 28, 2025` as ISO 8601 has it; another one as it stands."""
    match = re.match(r"([A-Za-z]{3})[a-z]* (\d{1,2}),? (\d{4})\Z", date.strip())
    if not match or match.group(1).title() not in _MONTHS:
        return date.strip()
    return f"{match.group(3)}-{_MONTHS.index(match.group(1).title()) + 1:02}-{int(match.group(2)):02}"


def _typed(text: str) -> list[str]:
    """Returns the type word of a line and the flags that some copies glue to it; nothing where it is no type."""
    if mintlify_types.read(text) is not None:
        return [text]
    match = (
        _PARTS.match(text)
        if text.endswith(("path", "query", "header", "cookie", "body", "d", "l", "only")) or "default:" in text
        else None
    )
    if not match or not _is_strong(match.group(1)):
        return []
    return [part for part in match.groups() if part]


def _is_strong(text: str) -> bool:
    return any(_STRONG.match(part) for part in text.split(" · ")) and mintlify_types.read(text) is not None


def _single_line(block: Block) -> Field | None:
    """Returns the field that stands on one line, `name type required`."""
    words = block.text.split()
    if not 2 <= len(words) <= 6 or not _NAME.match(words[0]) or not _is_strong(words[1]):
        return None
    found = Field(words[0], "", block.first, block.last, word=words[1])
    return found if all(found.mark(word) for word in words[2:]) else None
