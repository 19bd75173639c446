"""Method, server and path: from the head of a copied page, a line, a table or a prose line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from specledger.documents.block import Block

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_ANY = "|".join(METHODS)
_URL = r"(?:https?://[^\s|`/\"'<>]{1,200})?/[^\s|`\"'<>]{0,400}"
_HOST = re.compile(r"(https?://[^\s/]{1,200})(/\S{0,400})?\Z")
_LINE = re.compile(rf"[`*]*({_ANY})[`*]*\s*[`*]*({_URL})[`*]*\Z")
_WITHIN = re.compile(rf"(?<![A-Za-z])({_ANY})[\s|:`*]{{1,9}}({_URL})")
_TURNED = re.compile(rf"[\s|`*]*({_URL}?)[\s|`*]*({_ANY})[\s|`*]*\Z")
_METHOD = re.compile(rf"[\s|`*]*(?:http )?(?:request )?method[\s|:`*]*({_ANY})\b", re.IGNORECASE)
_PATH = re.compile(rf"[\s|`*]*(?:api |request )?(?:endpoint|ur[il]|path|address|route)[\s|:`*]*({_URL})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """An operation as a page writes it: `server` is empty where none stands before the path."""

    method: str
    server: str
    path: str
    first: int
    last: int
    server_line: int = 0


def head(method: str, url: str, first: int, last: int) -> Head:
    """Returns the operation of a method and an address; a query string is no part of the path."""
    match = _HOST.match(url)
    server, path = (match.group(1), match.group(2) or "/") if match else ("", url)
    return Head(method.upper(), server, re.split(r"[?#]", path)[0] or "/", first, last, first if server else 0)


def segments(blocks: Sequence[Block], start: int) -> tuple[Head, int] | None:
    """Returns the operation whose method stands alone on a line, its path in pieces below; and the next index."""
    if blocks[start].text not in METHODS or start + 1 >= len(blocks):
        return None
    index, server, server_line, path = start + 1, "", 0, ""
    match = _HOST.match(blocks[index].text)
    if match:
        server, path, server_line = match.group(1), match.group(2) or "", blocks[index].first
        index += 1
        if path.strip("/") and index < len(blocks) and blocks[index].text.startswith("/"):
            # A path in pieces begins below; what the address has more is the server's.
            server, path = server + path.rstrip("/"), ""
    while index < len(blocks):
        text = blocks[index].text
        piece = " " not in text and (
            text.startswith("/") or path.endswith("/") or (path and re.fullmatch(r"\{[^{}]+\}", text))
        )
        if not piece:
            break
        path += text[1:] if text.startswith("/") and path.endswith("/") else text
        index += 1
    if not path.startswith("/"):
        return None
    path = re.split(r"[?#]", path)[0]
    return Head(blocks[start].text, server, path, blocks[start].first, blocks[index - 1].last, server_line), index


def line(text: str, number: int) -> Head | None:
    """Returns the operation where a method and a path are all that the line says."""
    match = _LINE.match(text.strip())
    return head(match.group(1), match.group(2), number, number) if match else None


def table(rows: Sequence[tuple[int, str]]) -> Head | None:
    """Returns the operation that rows of a table name, side by side or as two labelled values."""
    method, url, lines = "", "", []
    for number, text in rows:
        within = line(text.replace("\t", " "), number)
        if within:
            return within
        turned = _TURNED.match(text)
        if turned and turned.group(1):
            return head(turned.group(2), turned.group(1), number, number)
        if (match := _METHOD.match(text)) and not method:
            method = match.group(1).upper()
            lines.append(number)
        elif (match := _PATH.match(text)) and not url:
            url = match.group(1)
            lines.append(number)
    return head(method, url, min(lines), max(lines)) if method and url else None


def mention(text: str, number: int) -> Head | None:
    """Returns the operation that a sentence mentions."""
    match = _WITHIN.search(text)
    return head(match.group(1), match.group(2).rstrip(".,;:)"), number, number) if match else None
