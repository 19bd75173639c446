"""An explorer page as sections under known headings, the headings that copying has glued to a line cut off again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from specledger.documents import page as pages
from specledger.documents import sample
from specledger.documents.reading import Lines, Page
from specledger.documents.sample import Node
from specledger.documents.zstack_fields import Line, listed

_HEADINGS = {
    "path": ("path parameters", "url parameters", "路径参数"),
    "query": ("query parameters", "查询参数"),
    "header": ("header parameters", "request headers", "header fields", "请求头参数", "请求头"),
    "cookie": ("cookie parameters",),
    "body": ("body fields", "body parameters", "request body", "form fields", "请求体字段", "请求体参数", "请求体"),
    "responses": ("responses", "response fields", "响应状态", "响应字段", "返回字段"),
    "success": ("success response", "成功响应", "成功返回"),
    "failure": ("error response", "failure response", "错误响应", "失败响应", "错误返回"),
    "endpoint": ("endpoint", "endpoints", "请求地址", "接口地址"),
    "operation id": ("operation id", "操作 id", "操作id"),
    "permalink": ("permalink", "永久链接", "固定链接"),
    "request example": ("request example", "request examples", "request sample", "请求示例"),
    "response example": ("response example", "response examples", "response sample", "响应示例", "返回示例"),
    "history": ("change history", "变更历史", "变更记录"),
    "console": ("execution availability", "try it out", "调试可用性", "在线调试"),
    "inputs": ("request inputs", "请求参数"),
}
_SECTIONS = {heading: section for section, headings in _HEADINGS.items() for heading in headings}
# What other families do not print; "path parameters", "responses", "request example" and the like stand on any page.
_OWN = frozenset(
    [heading for name in ("console", "permalink", "history", "operation id") for heading in _HEADINGS[name]]
) | {"request inputs", "body fields", "请求体字段", "响应状态"}
_LONGEST = max(map(len, _SECTIONS))
_MOST_COMMANDS = _MOST_SAMPLES = 20
_ANY = "|".join(sorted(map(re.escape, _SECTIONS), key=len, reverse=True))
_COUNT = re.compile(r" ?[(（]\d{1,4}[)）]\Z")
_GLUED = re.compile(rf"[}}\]'\"]({_ANY})\Z", re.IGNORECASE)
_STATUS = re.compile(
    r"(?:HTTP |Status(?: code)?:? |状态码[:：]? ?)?([1-5]\d\d)"
    r"(?:(?: ?[-–:：] ?|\s+)[A-Z][A-Za-z' -]{1,40}|\s?[:：]?\s?[\u4e00-\u9fff]{1,12})?\Z"
)
_STATUS_GLUED = re.compile(r"([1-5]\d\d)(?: [A-Z][A-Za-z]{1,20})?\s*(?=[{\[])")

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
BADGES = re.compile(
    rf"(?:{'|'.join(METHODS)})(?![a-z])"
    r".*(?:Since ?\d|Synchronous|Asynchronous|Auth Required|起始版本|同步|异步|需要认证)"
)
CREDENTIAL = re.compile(r"Auth Required|需要认证")


@dataclass(slots=True)
class Section:
    """The lines under one heading; `name` is empty above the first."""

    name: str
    heading: Line
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Answer:
    """What a page says about one status: where it names it, its lines, its samples as one, and where these stand."""

    status: str
    heading: Line
    lines: list[Line] = field(default_factory=list)
    sample: Node | None = None
    sample_lines: list[Lines] = field(default_factory=list)
    sample_headings: list[Line] = field(default_factory=list)


def sections(page: Page) -> list[Section]:
    """Returns the page's sections in order."""
    found = [Section("", Line(0, ""))]
    for line in _lines(page):
        name = _heading(line.text)
        if name:
            found.append(Section(name, line))
        else:
            found[-1].lines.append(line)
    return found


def likeness(page: Page) -> float:
    """Returns how much of what only this family prints is on the page, from 0 to 1."""
    own: set[str] = set()
    others: set[str] = set()
    for line in _lines(page):
        if len(line.text) <= _LONGEST + 4:
            word = _plain(line.text)
            if word in _OWN:
                own.add(word)
            elif word in _SECTIONS:
                others.add(word)
        if len(line.text) < 200 and BADGES.match(line.text):
            own.add("badges")
    return min(1.0, (len(own) + len(others) / 3) / 4) if own else 0.0


def _lines(page: Page) -> Iterator[Line]:
    """Yields the lines that hold something, inline markup taken away, glued headings on lines of their own."""
    for block in pages.blocks(page):
        if block.kind == "code":
            yield from _unglued(
                Line(number, text) for number, text in enumerate(block.text.split("\n"), block.first) if text.strip()
            )
        elif block.table is not None:
            for row in block.table.rows:
                for cell in row:
                    yield from _unglued(Line(cell.first, text) for text in cell.text.split("\n") if text)
        else:
            indent = block.level if page.form == "html" else _indent(page.lines[block.first - 1])
            level = indent if block.kind == "item" else -1
            yield from _unglued([Line(block.first, block.text, level, -1 if page.form == "html" else indent)])


def _indent(line: str) -> int:
    """Returns the column in which a line begins."""
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _unglued(lines: Iterator[Line] | Sequence[Line]) -> Iterator[Line]:
    for line in lines:
        text = line.text
        status = _STATUS_GLUED.match(text)
        if status:
            yield replace(line, text=text[: status.end()].strip())
            text = text[status.end() :]
        tail = text[-_LONGEST - 1 :]
        heading = _GLUED.search(tail)
        if heading:
            yield replace(line, text=text[: len(text) - len(heading.group(1))])
            text = heading.group(1)
        yield replace(line, text=text)


def _heading(text: str) -> str:
    return _SECTIONS.get(_plain(text), "") if len(text) <= _LONGEST + 4 else ""


def _plain(text: str) -> str:
    return _COUNT.sub("", text.strip(" :：#​")).casefold()


def status(text: str) -> str:
    """Returns the status that a line names and nothing else, or an empty text."""
    match = _STATUS.match(text.strip())
    return match.group(1) if match else ""


def values(lines: Sequence[Line]) -> list[Node]:
    """Returns the JSON values that begin on these lines."""
    if not lines:
        return []
    above = lines[0].number - 1
    placed = _placed([replace(line, number=line.number - above) for line in lines])
    return list(sample.find(placed, 1, len(placed), above))


def requests(found: Sequence[Section]) -> list[sample.Request]:
    """Returns what the page's first curl commands send."""
    sent: list[sample.Request] = []
    for section in found:
        starts = [line.number for line in section.lines if line.text.lstrip("$> ").startswith("curl ")]
        placed = _placed(section.lines) if starts and len(sent) < _MOST_COMMANDS else []
        read = (sample.curl(placed, start) for start in starts[: _MOST_COMMANDS - len(sent)])
        sent += [request for request in read if request is not None]
    return sent


def sent(found: Sequence[Section]) -> Node | None:
    """Returns the first JSON value of a request's example, where it is no curl command."""
    examples = (values(section.lines) for section in found if section.name == "request example")
    return next((nodes[0] for nodes in examples if nodes), None)


def _placed(lines: Sequence[Line]) -> list[str]:
    """Returns the lines at their numbers, empty ones between them."""
    placed = [""] * lines[-1].number
    for line in lines:
        placed[line.number - 1] = line.text
    return placed


def answers(found: Sequence[Section]) -> list[Answer]:
    """Returns what the page says of each status, in order; what it calls an error without a number is `default`."""
    by_status: dict[str, Answer] = {}
    for section in found:
        if section.name == "responses":
            _listed(section, by_status)
        elif section.name in ("success", "failure", "response example"):
            _shown(section, by_status)
    return list(by_status.values())


def _listed(section: Section, by_status: dict[str, Answer]) -> None:
    current = Answer("success", section.heading)
    for line in section.lines:
        named = status(line.text) if line.level < 0 else ""
        if named:
            current = by_status.setdefault(named, Answer(named, line))
        else:
            by_status.setdefault(current.status, current)
            current.lines.append(line)


def _shown(section: Section, by_status: dict[str, Answer]) -> None:
    """Reads samples, each after the line with its status; one without is that of the only status named so far."""
    parts: list[tuple[Line, str, list[Line]]] = [(section.heading, "", [])]
    for line in section.lines:
        named = status(line.text)
        if named:
            parts.append((line, named, []))
        else:
            parts[-1][2].append(line)
    for heading, named, lines in parts:
        nodes = values(lines)
        shown = {number for node in nodes for number in range(node.first, node.last + 1)}
        rest = [line for line in lines if line.number not in shown]
        fields = listed(rest, set())[0] if section.name != "response example" else []
        if not nodes and not named and not fields:
            continue
        known = [one for one in by_status if one != "default" and not one.startswith(("4", "5"))]
        fallback = "default" if section.name == "failure" else known[0] if known else "success"
        if section.name == "response example" and named and "success" in by_status and named.startswith("2"):
            _rename(by_status, named)
        answer = by_status.setdefault(named or fallback, Answer(named or fallback, heading))
        answer.lines += rest if fields else []
        answer.sample_headings.append(heading)
        for node in nodes[: _MOST_SAMPLES - len(answer.sample_lines)]:
            answer.sample = sample.together(answer.sample, node) if answer.sample is not None else node
            answer.sample_lines.append((node.first, node.last))


def _rename(by_status: dict[str, Answer], named: str) -> None:
    """Gives the answer without a number the one that its sample is printed under."""
    if named not in by_status:
        by_status["success"].status = named
        renamed = [(answer.status, answer) for answer in by_status.values()]
        by_status.clear()
        by_status.update(renamed)
