"""Pages of the Huawei help centre and of clouds that write theirs alike: tables of parameters under captions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from specledger.documents import huawei_calls as calls
from specledger.documents import huawei_tree as tree
from specledger.documents import huawei_words as words
from specledger.documents import prose, sample
from specledger.documents.huawei_calls import Call
from specledger.documents.huawei_outline import Outline, Sheet, outlines
from specledger.documents.reading import Fact, Lines, Operation, Page, Reading, Unreadable
from specledger.documents.sample import Node
from specledger.places import parse
from specledger.yaml12 import JsonObject

NAME = "huawei"

_MARKS = (
    (0.35, re.compile(r"(?:Table|表)\s?\*{0,2}\d{1,2}\b")),
    (0.3, re.compile(r"\bMandatory\b|是否必选|是否必须|是否必填")),
    (0.15, re.compile(r"\bRequest (?:Parameters|Message|Header|Body)|请求(?:参数|消息)", re.IGNORECASE)),
    (0.1, re.compile(r"^[ \t#>*-]*(?:<h\d[^<>]{0,200}>)?(?:URI|URL)\b", re.MULTILINE)),
    (0.1, re.compile(r"X-Auth-Token|\bStatus Codes?\b|^Normal response codes?\b|状态码", re.IGNORECASE | re.MULTILINE)),
    (
        0.4,
        re.compile(
            r"(?:\|\s*|^[ \t]*|>\s*)(?:Name|Parameter)\s*(?:\||\s{2,}|\t|\n|"
            r"</t[hd]>)\s*(?:<t[hd]>)?In\b",
            re.MULTILINE,
        ),
    ),
)
_STACKED = re.compile(
    r"^(?:Name|Parameter|Attribute|Field)[\t\n]+(?:(?:In|Type|Mandatory|Required)[\t\n]+){2,3}Description$|"
    r"^\|? ?Method\s*\|\s*URI\s*\|",
    re.MULTILINE,
)
_ERROR = re.compile(r"err(?:or|code|msg)?(?:[_-]?\w+)?|message|code|request_?id", re.IGNORECASE)
_STRANGE = re.compile(
    r"<(?:ParamField|ResponseField)\b|\bcurl --request\b|[A-Za-z](?:String|Integer|Boolean|List|Map)Required\b"
)
_BORDER = re.compile(r"[\s|+=:-]*\Z|\s*(?:</?\w[^<>]*>\s*)+\Z")
_MARKUP = re.compile(r"[\s|+=:<>-]*\Z|\s*(?:\.\. |:\w+:|```|~~~|</?[\w!])|\s*[=~^\"'-]{3,}\s*\Z")
_BODILESS = ("GET", "DELETE", "HEAD")


def recognises(page: Page) -> float:
    """Returns how sure it is that the page belongs to this family, from 0 to 1."""
    text = page.text[:200_000]
    score = sum(weight for weight, mark in _MARKS if mark.search(text)) + 0.5 * bool(_STACKED.search(text))
    return max(0.0, min(score, 1.0) - (0.5 if _STRANGE.search(text) else 0.0))


def read(page: Page) -> Reading:
    """Returns what the page says.

    Raises Unreadable where there is no method and path, no table of fields, or tables that lost their names.
    """
    parts = [(found, calls.operations(found.calls)) for found in outlines(page)]
    if not any(named for _, named in parts):
        raise Unreadable("no line says a method and a path", "copy the page with its section URI, then read it again")
    if not any(found.sheets or found.samples or found.statuses for found, _ in parts):
        raise Unreadable("the page has no table of parameters and no sample", "copy the page whole, with its tables")
    operations: list[Operation] = []
    for found, named in parts:
        shared = [sheet for other, _ in parts if other is not found for sheet in other.sheets]
        operations += [_operation(found, call, named, shared) for call in named]
    furniture = _furniture(page, [found for found, _ in parts], operations)
    return Reading(NAME, parts[0][0].edition, tuple(operations), tuple(furniture))


def _operation(found: Outline, call: Call, beside: Sequence[Call], shared: Sequence[Sheet]) -> Operation:
    """Returns an operation's rows; `beside` are those that share its outline, `shared` the page's other tables."""
    status = _Statuses(found)
    facts: list[Fact] = []
    shown = {
        "request.body" if side == "request" else f"response.{status.shown(code, node)}.body": node
        for side, code, node in reversed(found.samples)
    }
    template = frozenset(_names(call))
    roots = _roots(found, call, status)
    nested = [sheet for sheet in shared if words.part(sheet.title) == ""]
    for placed in tree.place(found.sheets, roots, shown, template, nested):
        facts += placed
    foreign = {name for other in beside for name in _names(other)} - template
    facts = [fact for fact in _once(facts) if not (foreign and _path_name(fact) in foreign)]
    facts += _unlisted(call, facts)
    facts += _bodies(found, facts, status, roots)
    facts = _headers(found, _sampled(found, facts, status))
    facts += _answers(found, facts, status)
    return Operation(call.method, call.path, found.title, (_head(found, call), *_server(call), *facts))


def _names(call: Call) -> Iterator[str]:
    """Yields the names in a path, spelt loosely."""
    yield from map(tree.loose, re.findall(r"\{([^{}]{1,100})\}", call.path))


def _path_name(fact: Fact) -> str:
    return tree.loose(fact.at.removeprefix("request.path.")) if fact.at.startswith("request.path.") else ""


class _Statuses:
    """Which status an answer has, from its heading, its caption's words or the page's only success."""

    def __init__(self, found: Outline) -> None:
        named = {*found.statuses, *(code for _, code, _ in found.samples if code)}
        named |= {sheet.status for sheet in found.sheets if sheet.status}
        good = sorted(code for code in named if code.startswith("2"))
        bad = sorted(code for code in named if code[:1] in ("4", "5"))
        self.success = found.words.get("success") or (good[0] if len(good) == 1 else "success")
        self.failure = found.words.get("failure") or (bad[0] if len(bad) == 1 else "default")

    def shown(self, code: str, node: Node) -> str:
        """Returns the status of the answer that a sample shows; one that holds only an error is no success."""
        failed = any(name.lower().startswith("err") for name in node.members)
        if not code and failed and all(_ERROR.fullmatch(name) for name in node.members):
            return self.failure
        return code or self.success

    def empty(self, code: str) -> bool:
        """Says whether an answer of this status has no body, whatever a sample of nothing looks like."""
        return (code or self.success) in ("204", "304")

    def of(self, sheet: Sheet) -> str:
        """Returns the status whose answer a table describes."""
        title = sheet.title.lower()
        code = re.search(r"\b([1-5]\d\d)\b", title)
        if code:
            return code.group(1)
        if re.search(r"fail|error|abnormal|失败|错误|异常", title) and not re.search(r"success|成功", title):
            return sheet.status or self.failure
        return sheet.status or self.success


def _roots(found: Outline, call: Call, status: _Statuses) -> list[tuple[Sheet, str]]:
    """Returns the tables that no field refers to, each with the place where its fields lie.

    The place of a table with a column that says where each field goes is `*`: `request.*` or `response.200.*`.
    """
    roots: list[tuple[Sheet, str]] = []
    seen: set[str] = set()
    sent = {name for where, _, node in found.samples if where == "request" for name in node.members}
    for sheet in found.sheets:
        side = (
            "response"
            if sheet.side == "response" or re.search(r"\bresponse|响应|返回", sheet.title, re.I)
            else "request"
        )
        base = f"response.{status.of(sheet)}" if side == "response" else "request"
        part = "*" if "in" in sheet.layout else words.part(sheet.title)
        if part == "any" and not sheet.title and f"{base}.body" in seen:
            part = ""
        if part == "any":
            part = _unsaid(sheet, call, side, sent)
        if part:
            roots.append((sheet, f"{base}.{part}"))
            seen.add(f"{base}.{part}")
    return roots


def _unsaid(sheet: Sheet, call: Call, side: str, sent: set[str]) -> str:
    """Returns where fields go whose caption does not say: by the names in path and sample, the method and the side."""
    if side == "response":
        return "body"
    names = (
        {tree.plain_name(row[sheet.layout.index("name")].text) for row in sheet.rows}
        if "name" in sheet.layout
        else set()
    )
    template = set(_names(call))
    inside = {name for name in names if tree.loose(name) in template}
    if sheet.side == "uri" or (names and inside == names):
        return "path" if inside == names else "path|query"
    if names and all(re.match(r"(?:X-|Content-|Accept|Authorization|Host\Z)", name) for name in names):
        return "header"
    return "path|query" if call.method in _BODILESS and not names & sent else "body"


def _once(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Yields each claim once; a table printed twice adds its lines to the row."""
    known: dict[str, int] = {}
    result: list[Fact] = []
    for fact in facts:
        position = known.get(fact.at) if "when" not in fact.keywords else None
        if position is None:
            if "when" not in fact.keywords:
                known[fact.at] = len(result)
            result.append(fact)
        else:
            result[position] = replace(result[position], also=(*result[position].also, fact.lines, *fact.also))
    yield from result


def _unlisted(call: Call, facts: Sequence[Fact]) -> list[Fact]:
    """Returns rows for the path's names that no table lists."""
    listed = set(map(_path_name, facts))
    names = dict.fromkeys(re.findall(r"\{([^{}]{1,100})\}", call.path))
    claims: JsonObject = {"type": "string", "required": True}
    return [
        Fact(str(parse("request.path").child(name)), (call.line, call.line), dict(claims))
        for name in names
        if tree.loose(name) not in listed
    ]


def _sampled(found: Outline, facts: list[Fact], status: _Statuses) -> list[Fact]:
    for side, code, node in found.samples:
        base = "request.body" if side == "request" else f"response.{status.shown(code, node)}.body"
        if any(fact.at == f"response.{status.success}.body.{name}" for name in node.members for fact in facts):
            # A table that lists the error beside the rest says itself where it lies.
            base = "request.body" if side == "request" else f"response.{code or status.success}.body"
        if node.kind == "object" and not node.members and status.empty(code):
            continue
        rows = _as_listed(sample.rows(node, base), facts)
        consts = {
            str(fact.keywords["const"]) for fact in facts if fact.at.startswith(base) and "const" in fact.keywords
        }
        if node.kind not in ("object", "array"):
            value = rows[0].keywords.pop("example", None)
            if str(value) in consts:
                rows[0].keywords["const"] = value
        if side == "request":
            rows = [
                replace(row, keywords={"required": False, **row.keywords}) if row.at != base else row for row in rows
            ]
        facts = sample.merge(facts, _outside_maps(rows, facts), examples=side == "request")
    return facts


def _headers(found: Outline, facts: Sequence[Fact]) -> list[Fact]:
    """Returns the facts with the headers that a sample request sends."""
    result = list(facts)
    index = {fact.at.lower(): n for n, fact in enumerate(result) if fact.at.startswith("request.header.")}
    for name, value, line in found.headers:
        at = str(parse("request.header").child(name))
        known = index.get(at.lower())
        if known is None:
            claims: JsonObject = {"required": False, "from": "sample"}
            if tree.is_credential(name):
                claims["credential"] = True
            elif name.lower() == "content-type":
                claims["const"] = value
            index[at.lower()] = len(result)
            result.append(Fact(at, (line, line), claims))
        else:
            result[known] = replace(result[known], also=(*result[known].also, (line, line)))
    return result


def _as_listed(rows: Sequence[Fact], facts: Sequence[Fact]) -> list[Fact]:
    """Returns a sample's rows; where it shows one object for an array of them, or the reverse, its fields lie alike."""
    kinds = {fact.at: fact.keywords.get("type") for fact in facts}
    steps = {"object": (".", "[]."), "array": ("[].", ".")}
    moved: dict[str, str] = {}
    for row in rows:
        mine, theirs = row.keywords.get("type"), kinds.get(row.at)
        if isinstance(mine, str) and mine in steps and theirs in steps and theirs != mine:
            shown, listed = steps[mine]
            moved[f"{row.at}{shown}"] = f"{row.at}{listed}"
    result: list[Fact] = []
    for row in rows:
        at = row.at
        for shown, listed in moved.items():
            if at.startswith(shown):
                at = listed + at.removeprefix(shown)
        result.append(replace(row, at=at))
    return result


def _outside_maps(rows: Sequence[Fact], facts: Sequence[Fact]) -> list[Fact]:
    """Leaves out what a sample shows inside a map: its keys are values, not fields."""
    maps = tuple(f"{fact.at}." for fact in facts if fact.keywords.get("type") == "object" and "items" in fact.keywords)
    return [row for row in rows if not (maps and row.at.startswith(maps))]


def _bodies(
    found: Outline, facts: Sequence[Fact], status: _Statuses, roots: Sequence[tuple[Sheet, str]]
) -> Iterator[Fact]:
    """Yields a row for each body that a table describes."""
    # A table of fields whose sample is a bare value says nothing about the body's own type.
    bare = {code or status.success for side, code, node in found.samples if node.kind not in ("object", "array")}
    have = {fact.at for fact in facts} | {f"response.{code}.body" for code in bare}
    lines: dict[str, Lines] = {}
    for sheet, at in roots:
        lines.setdefault(at, (sheet.lines[0], sheet.lines[0]))
    for base in dict.fromkeys(
        str(parse(fact.at)).partition(".body.")[0] + ".body" for fact in facts if ".body." in fact.at
    ):
        if base not in have:
            yield Fact(base, lines.get(base, _first(facts, base)), {"type": "object"})


def _first(facts: Sequence[Fact], base: str) -> Lines:
    return next(((fact.lines[0], fact.lines[0]) for fact in facts if fact.at.startswith(base)), (1, 1))


def _answers(found: Outline, facts: Sequence[Fact], status: _Statuses) -> Iterator[Fact]:
    """Yields a row for each status that the page names, or whose answer it describes."""
    described: dict[str, list[Lines]] = {}
    for fact in facts:
        if fact.at.startswith("response."):
            described.setdefault(fact.at.split(".")[1], [(fact.lines[0], fact.lines[0])])
    for code, lines in sorted({**described, **found.statuses}.items()):
        yield Fact(f"response.{code}", lines[0], {}, tuple(lines[1:]))


def _head(found: Outline, call: Call) -> Fact:
    """Returns the operation's own row: its line, and the prose that belongs to no field, as a digest."""
    also = [(other.line, other.line) for other in found.calls if other.line != call.line]
    also += [(found.title_line, found.title_line)] if found.title_line else []
    also += [(block.first, block.last) for block in found.prose]
    text = " ".join(block.text for block in found.prose)
    return Fact(
        "operation", (call.line, call.line), {"digest": prose.digest(text)} if text else {}, tuple(sorted(also))
    )


def _server(call: Call) -> list[Fact]:
    host = call.host if call.host.startswith("http") else f"https://{call.host}" if call.host else ""
    return [Fact("server", (call.line, call.line), {"url": host})] if host else []


def _furniture(page: Page, parts: Sequence[Outline], operations: Sequence[Operation]) -> Iterator[tuple[int, int, str]]:
    """Yields the lines that say nothing, with why; in marked-up pages also those that are only markup."""
    said: set[int] = set()
    for operation in operations:
        for fact in operation.facts:
            for first, last in (fact.lines, *fact.also):
                said.update(range(first, last + 1))
    for first, last, why in sorted(entry for found in parts for entry in found.furniture):
        if not said.issuperset(range(first, last + 1)):
            yield first, last, why
        said.update(range(first, last + 1))
    if page.form == "text":
        return
    tables = {
        number for found in parts for sheet in found.sheets for number in range(sheet.lines[0], sheet.table.last + 1)
    }
    for number, line in enumerate(page.lines, 1):
        if not line.strip() or number in said:
            continue
        if (_BORDER if number in tables else _MARKUP).match(line) or (page.form == "html" and number not in tables):
            yield number, number, "markup"
