"""A help-centre page as sheets (tables of fields with their side, status and caption), samples, calls and prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from specledger.documents import huawei_columns as columns
from specledger.documents import page as pages
from specledger.documents import sample
from specledger.documents.block import Block, Row, Table
from specledger.documents.reading import Lines, Page
from specledger.documents.sample import Node

_SECTIONS = {
    "request example": (
        r"(?:example|sample)s? (?:of )?(?:the )?(?:api )?requests?(?: messages?| body)?|requests? (?:message )?"
        r"(?:examples?|samples?)(?: \w+)?|请求(?:消息|参数|体)?(?:示例|样例)|body示例"
    ),
    "response example": (
        r"(?:example|sample)s? (?:of )?(?:the )?(?:api )?(?:success(?:ful)? )?responses?(?: messages?| body)?|"
        r"(?:success(?:ful)? )?responses? (?:message )?(?:examples?|samples?)(?: \w+)?|(?:正常|成功)?(?:响应|"
        r"返回)(?:消息|参数|体)?(?:示例|样例)"
    ),
    "example": r"examples?|samples?|示例|样例|调用示例|示例代码",
    "uri": (
        r"(?:api |request )?(?:uri|url|path)s?(?: format| parameters?)?|request (?:line|method|path)|calling method|"
        r"http (?:request|method).*|endpoints?|(?:请求|接口)?(?:uri|url)(?:格式)?|请求(?:方法|路径|行|地址)|"
        r"接口(?:格式|约束|地址)|调用方法|路径参数"
    ),
    "request": (
        r"(?:http )?(?:api )?requests?(?: \(?(?:message|body|header|query|path|parameters?|params|elements?|"
        r"syntax)s?\)?){0,2}|"
        r"input(?: parameters?)?|请求(?:消息|参数|体|头|元素)?(?:头|体)?(?:参数)?|输入参数|入参"
    ),
    "response": (
        r"(?:normal |success(?:ful)? )?(?:http )?responses?(?: \(?(?:message|body|header|parameters?|params|"
        r"elements?|"
        r"syntax)s?\)?){0,2}|(?:output|return(?:ed)?)(?: (?:parameters?|results?))?|响应(?:消息|参数|体|头|"
        r"元素)?(?:头|体)?(?:参数)?|返回(?:参数|结果|消息)|输出参数|出参"
    ),
    "status": r"(?:http )?(?:status|return(?:ed)?) (?:codes?|values?)|状态码|返回值|返回码",
    "errors": r"error(?: \w+)? codes?|error responses?|错误码|异常返回码",
    "description": (
        r"(?:api |function(?:al)? )?(?:functions?|descriptions?|introduction)|overview|功能(?:介绍|描述|说明)|"
        r"接口(?:描述|说明|功能|介绍)|描述|功能"
    ),
    "aside": (
        r"(?:notes? and )?constraints?|restrictions?|prerequisites?|debugging|authorization(?: information)?|"
        r"api calling|"
        r"authentication|permissions?|sdk sample code|约束(?:与|和)?限制|约束|前提条件|调试|授权信息|调用方式|"
        r"使用说明|约束说明|sdk代码示例"
    ),
}
_HEADINGS = tuple((name, re.compile(words, re.IGNORECASE)) for name, words in _SECTIONS.items())
_CAPTION = re.compile(
    r"(?:Table|表格?)\s*([\d.-]{1,12})\s*[:.：]?\s*(?!describes|lists|shows|is\b|describe\b|provides)(.*)",
    re.IGNORECASE,
)
_STATUS = re.compile(
    r"(?P<word>[A-Za-z ]{0,40}?(?:response|result)?[.:]? ?|"
    r"[正常成功失败异常响应返回,，.。:： ]{0,20})(?:http )?(?:status code|response code|"
    r"return code|状态码|返回码)(?: is|为)?\s*[:：]?\s*(?P<code>[1-5]\d\d)\b.{0,60}",
    re.IGNORECASE,
)
_PROTOCOL = re.compile(r"HTTP/\d(?:\.\d)?\s+([1-5]\d\d)\b")
_CODES = re.compile(
    r"(?P<kind>normal|success|"
    r"error)\w* response codes?\s*[:：]?\s*(?P<codes>.*\d{3}.*)",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"(?:^|[\s`:：>])(GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS)\s+(?:(https?://[^\s/]{1,200}|\{[\w -]{1,60}\}|"
    r"[\w.-]{1,100}\.[a-z]{2,6}(?=/)))?(/[^\s`,，。]*)"
)
_METHOD = re.compile(r"(?:Method\s*[:：]?\s*)?(GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS)\Z")
_PATH = re.compile(
    r"(?:(?:Request )?(?:URI|URL|"
    r"Path)\s*[:：]\s*)?(https?://[^\s/]{1,200})?(/[^\s`]*)\Z",
    re.IGNORECASE,
)
_EDITION = re.compile(
    r"(?:updated|modified|release[ds]?|更新|发布)[^\d]{0,20}(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})", re.IGNORECASE
)
_NAVIGATION = re.compile(
    r"(?:\*\*)?(?:parent topic|previous topic|next topic|previous|next|view pdf|share|feedback|help center|"
    r"was this page "
    r"helpful|copied|copy|父主题|上一篇|下一篇|查看pdf|分享|意见反馈|帮助中心)\b.{0,80}",
    re.IGNORECASE,
)  # fmt: skip
_LINK = re.compile(
    r"(?:for (?:more )?details[, ]|see |refer to |请参见|详情请参|参见|"
    r"具体请参).{0,200}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Call:
    """A method and path as a line of the page has them; `query` is what follows the `?`, `host` a real server."""

    method: str
    path: str
    query: str
    host: str
    line: int


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
    statuses: dict[str, list[Lines]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    prose: list[Block] = field(default_factory=list)
    furniture: list[tuple[int, int, str]] = field(default_factory=list)


def section(text: str) -> str:
    """Returns which section a heading of this text begins, or an empty text."""
    if len(text) > 80:
        return ""
    word = re.sub(r"\A[\d.]+\s+|[\s:：*#]+\Z|\A[*#\s]+", "", text)
    return next((name for name, pattern in _HEADINGS if word and pattern.fullmatch(word)), "")


def caption(text: str) -> tuple[str, str] | None:
    """Returns a table's number and title where the text is its caption."""
    match = _CAPTION.fullmatch(" ".join(text.split())) if len(text) < 300 else None
    return (match.group(1).rstrip("."), match.group(2).strip(" *")) if match else None


def outline(page: Page) -> Outline:
    """Returns the page's outline. Its lines are all in it once: in a sheet, a sample, a call, prose or furniture."""
    blocks = pages.blocks(page)
    if page.form in ("text", "markdown"):
        names = frozenset(found[1] for block in blocks if (found := caption(block.text)))
        blocks = columns.copied(blocks, [_ends(block) for block in blocks], names)
    return _Walk(blocks).walk()


def _ends(block: Block) -> bool:
    named = not block.text.endswith((":", "：")) and section(block.text)
    return bool(caption(block.text) or named or _STATUS.fullmatch(block.text)) or block.kind == "code"


class _Walk:
    """Goes through the blocks once, keeping the section, the side and the status that each stands under."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.found = Outline()
        self.side = ""
        self.sampling = False
        self.status = ""
        self.last_caption: tuple[str, str, int] | None = None

    def walk(self) -> Outline:
        index = 0
        while index < len(self.blocks):
            index = self.step(index)
        if not self.found.title:
            self.found.title = next((block.text for block in self.blocks if block.kind == "heading"), "")
        return self.found

    def step(self, index: int) -> int:
        block = self.blocks[index]
        if block.kind == "table" and block.table is not None:
            self.sheet(block.table)
            return index + 1
        if block.kind != "code" and self.label(block, index):
            return index + 1
        if self.call(index):
            return index + 1
        end = self.sample(index)
        if end > index:
            return end
        self.text(block)
        return index + 1

    def label(self, block: Block, index: int) -> bool:
        """Takes captions, headings, statuses, the date and navigation."""
        named = caption(block.text)
        if named and self.is_before_table(index):
            self.last_caption = (*named, block.first)
            return True
        kind = section(block.text) if block.kind != "item" or len(block.text) < 40 else ""
        if kind:
            self.enter(kind)
            self.furniture(block, "heading")
            return True
        status = _STATUS.fullmatch(block.text) or _PROTOCOL.match(block.text)
        if status:
            code = status.groupdict().get("code") or status.group(1)
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
        codes = _CODES.fullmatch(block.text)
        if codes:
            for code in re.findall(r"\b[1-5]\d\d\b", codes.group("codes")):
                self.found.statuses.setdefault(code, []).append((block.first, block.last))
            return True
        edition = _EDITION.search(block.text) if not self.found.edition and len(block.text) < 100 else None
        if edition:
            year, month, day = edition.groups()
            self.found.edition = f"{year}-{month:0>2}-{day:0>2}"
            self.furniture(block, "date of the edition")
            return True
        if _NAVIGATION.fullmatch(block.text):
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

    def sheet(self, table: Table) -> None:
        layout = columns.roles(table.rows[0])
        number, title, first = self.last_caption or ("", "", table.first)
        self.last_caption = None
        if not number and (named := caption(table.caption)):
            number, title = named
        title = title or table.caption
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
        for offset, text in enumerate(block.text.split("\n") if block.kind == "code" else [block.text]):
            match = _CALL.search(text)
            if match:
                self.add_call(match.group(1), match.group(2) or "", match.group(3), block.first + offset)
                # A sample may follow in the same block.
                return block.kind != "code" or "{\n" not in block.text
        method = _METHOD.fullmatch(block.text)
        if method and index + 1 < len(self.blocks) and (path := _PATH.match(self.blocks[index + 1].text)):
            self.add_call(method.group(1), path.group(1) or "", path.group(2), block.first)
            return True
        known = {call.path.rstrip("/") for call in self.found.calls}
        path = _PATH.match(block.text)
        if path and path.group(2).partition("?")[0].rstrip("/") in known:
            self.found.calls.append(Call("", path.group(2), "", "", block.first))
            return True
        return False

    def add_call(self, method: str, host: str, target: str, line: int) -> None:
        path, _, query = target.replace("\\", "").partition("?")
        real = host if "{" not in host and "endpoint" not in host.lower() else ""
        self.found.calls.append(Call(method, path, query, real, line))

    def sample(self, index: int) -> int:
        """Takes JSON that begins in this block, or a bare value right under a status; returns the block behind it."""
        block = self.blocks[index]
        stripped = block.text.lstrip()
        if stripped[:1] not in ("{", "[") and block.kind != "code":
            return self.scalar(index)
        if not self.side and not self.sampling:
            return index
        texts: list[str] = []
        numbers: list[int] = []
        end = index
        while end < len(self.blocks) and self.blocks[end].kind != "table":
            part = self.blocks[end]
            lines = part.text.split("\n") if part.kind == "code" else [part.text]
            texts += lines
            numbers += range(part.first, part.first + len(lines))
            end += 1
            if block.kind == "code" or (len(texts) > 1 and part.kind != "code" and _ends(part)):
                break
        found = list(sample.find(texts, 1, len(texts))) if block.kind == "code" else _first(texts)
        for node in found:
            last = node.last
            _renumber(node, numbers)
            side = self.side if self.side in ("request", "response") else self.sampled_side(block)
            self.found.samples.append((side, self.status, node))
        if not found:
            return index
        if block.kind == "code":
            read = {line for node in found for line in range(node.first, node.last + 1)}
            for text, number in zip(texts, numbers, strict=True):
                if text.strip() and number not in read and not _CALL.search(text):
                    status = _PROTOCOL.match(text.strip())
                    if status:
                        self.found.statuses.setdefault(status.group(1), []).append((number, number))
                    self.found.furniture.append((number, number, "a sample's own words"))
            return end
        return index + last

    def scalar(self, index: int) -> int:
        block = self.blocks[index]
        before = self.blocks[index - 1] if index else None
        word = block.text.strip()
        if not (self.sampling and before and _STATUS.fullmatch(before.text)):
            return index
        if not re.fullmatch(r"-?\d{1,18}(?:\.\d{1,9})?|true|false|\"[^\"]*\"", word):
            return index
        found = sample.json_at(word, 0, block.first)
        if not found:
            return index
        self.found.samples.append(("response", self.status, found[0]))
        return index + 1

    def sampled_side(self, block: Block) -> str:
        asked = any(side == "request" for side, _, _ in self.found.samples)
        return "response" if asked or self.status else "request"

    def text(self, block: Block) -> None:
        found = self.found
        if not found.title and (block.kind == "heading" or not self.side) and len(block.text) < 200:
            found.title, found.title_line = block.text, block.first
            return
        if self.side == "status" and re.fullmatch(r"[1-5]\d\d", block.text):
            found.statuses.setdefault(block.text, []).append((block.first, block.last))
            return
        if self.side in ("status", "errors") and _LINK.fullmatch(block.text):
            self.furniture(block, "links to tables on other pages")
            return
        if block.kind == "heading":
            self.furniture(block, "heading")
            if block.level <= 2:
                self.side, self.sampling, self.status = "", False, ""
            return
        found.prose.append(block)


def _first(texts: Sequence[str]) -> list[Node]:
    found = sample.json_at("\n".join(texts), len(texts[0]) - len(texts[0].lstrip()), 1)
    return [found[0]] if found else []


def _renumber(node: Node, numbers: Sequence[int]) -> None:
    """Puts the page's line numbers in the place of those of the sample's own text."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        one.first, one.last = numbers[one.first - 1], numbers[one.last - 1]
        waiting += [*one.members.values(), *one.items]
