"""Lines that say a method and a path: the operation's own, and those of samples that spell it with real values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from specledger.documents.block import Block, Row

_METHODS = "GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS"
_CALL = re.compile(
    rf"(?:^|[\s`:：>])({_METHODS})\s+(?:(https?://[^\s/]{{1,200}}|\{{[\w -]{{1,60}}\}}|"
    r"[\w.-]{1,100}\.[a-z]{2,6}(?=/)))?(/[^\s`,，。]*)"
)
_LABEL = r"(?:(?:Request |API )?(?:URI|URL|Path|Method|Line|Syntax|Format)|请求方法|请求路径|请求URI|接口地址)"
_WHOLE = re.compile(rf"(?:{_LABEL}\s*[:：]\s*)?(?:{_METHODS})\s\S+(?: HTTP/\d(?:\.\d)?)?[.。]?", re.IGNORECASE)
_METHOD = re.compile(rf"(?:(?:HTTP )?(?:Method|请求方法|方法)\s*[:：]?\s*)?({_METHODS})\Z")
_PATH = re.compile(rf"(?:{_LABEL}\s*[:：]\s*)?(https?://[^\s/]{{1,200}})?(/[^\s`]*)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """A method and path as a line of the page has them; `query` is what follows the `?`, `host` a real server.

    `own` says that the line holds nothing else and stands outside samples.
    """

    method: str
    path: str
    query: str
    host: str
    line: int
    own: bool = False

    def shows(self, template: Call) -> bool:
        """Says whether this is the template's call, with the same names in its path or with real values for them."""
        mine, theirs = self.path.strip("/").split("/"), template.path.strip("/").split("/")
        pairs = zip(mine, theirs, strict=False)
        return (
            self.method == template.method
            and len(mine) == len(theirs)
            and all(one == other or "{" in other for one, other in pairs)
        )


def at(blocks: Sequence[Block], index: int, *, sampling: bool) -> tuple[list[Call], int]:
    """Returns the calls that a block's lines say, and the first line of its text behind the last of them."""
    block = blocks[index]
    found: list[Call] = []
    used = 0
    for offset, text in enumerate(block.text.split("\n") if block.kind == "code" else [block.text]):
        match = _CALL.search(text)
        if match:
            own = not sampling and bool(_WHOLE.fullmatch(text.strip()))
            found.append(_call(match.group(1), match.group(2) or "", match.group(3), block.first + offset, own))
            used = offset + 1
        elif found:
            break
    if not found and is_split(blocks, index):
        method, path = _METHOD.fullmatch(block.text), _PATH.match(blocks[index + 1].text)
        if method and path:
            found.append(_call(method.group(1), path.group(1) or "", path.group(2), block.first, not sampling))
    return found, used


def in_row(head: Row, row: Row) -> Call | None:
    """Returns the call that a table's row holds, where its head has a column for the method and one for the path."""
    cells = {cell.text.strip().lower(): value for cell, value in zip(head, row, strict=False)}
    method = next((cells[word] for word in ("method", "http method", "请求方法", "方法") if word in cells), None)
    path = next((cells[word] for word in ("uri", "url", "path", "路径") if word in cells), None)
    if method is None or path is None or not _METHOD.fullmatch(method.text.strip()):
        return None
    match = _PATH.match(path.text.strip())
    return _call(method.text.strip(), match.group(1) or "", match.group(2), path.first, True) if match else None


def path_only(block: Block) -> Call | None:
    """Returns a call without a method where the block is nothing but a path."""
    match = _PATH.match(block.text)
    return Call("", match.group(2), "", "", block.first) if match else None


def is_own(text: str) -> bool:
    """Says whether a line holds a method and a path and nothing else."""
    return bool(_WHOLE.fullmatch(text) and _CALL.search(text))


def is_split(blocks: Sequence[Block], index: int) -> bool:
    """Says whether a method stands alone on this line and its path on the next."""
    if not _METHOD.fullmatch(blocks[index].text) or index + 1 >= len(blocks):
        return False
    return bool(_PATH.match(blocks[index + 1].text))


def is_in(text: str) -> bool:
    """Says whether a line has a method and a path in it."""
    return bool(_CALL.search(text))


def operations(calls: Sequence[Call]) -> list[Call]:
    """Returns the calls that are a page's operations: those on lines of their own, else the first with a name in it."""
    named = [call for call in calls if call.method]
    own = [call for call in named if call.own]
    if not own:
        return ([call for call in named if "{" in call.path] or named)[:1]
    templates = sorted(own, key=lambda call: "{" not in call.path)
    found: list[Call] = []
    for call in templates:
        if not any(call.shows(other) for other in found):
            found.append(call)
    return sorted(found, key=lambda call: call.line)


def _call(method: str, host: str, target: str, line: int, own: bool) -> Call:
    path, _, query = target.replace("\\", "").partition("?")
    real = host if "{" not in host and "endpoint" not in host.lower() else ""
    return Call(method, path, query, real, line, own)
