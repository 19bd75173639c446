"""A help-centre page's samples: JSON, raw requests with their headers, curl commands; in code or as copied lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from specledger.documents import huawei_words as words
from specledger.documents import sample
from specledger.documents.sample import Node

Header = tuple[str, str, int]

_HEADER = re.compile(r"((?:[A-Z][A-Za-z0-9]*-)+[A-Za-z0-9-]+|Authorization)\s?:\s(\S.*)")
_CURL = re.compile(r"[\s$>#]*curl\s")
_PROMPT = re.compile(r"\A\s*[#$>]+\s*(?=curl\s)")
# What any HTTP client sends by itself.
_TRANSPORT = re.compile(
    r"Host|Date|User-Agent|Accept(?:-Encoding)?|Content-Length|Connection|Cache-Control", re.IGNORECASE
)


@dataclass(slots=True)
class Sampled:
    """What lines of a sample hold, with the page's line numbers; `used` counts the lines that belong to it."""

    nodes: list[Node] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    statuses: list[tuple[str, int]] = field(default_factory=list)
    used: int = 0


def is_curl(text: str) -> bool:
    """Says whether a line begins a curl command."""
    return bool(_CURL.match(text))


def header(text: str, line: int) -> Header | None:
    """Returns the header that a line of a raw request sets, or None."""
    match = _HEADER.fullmatch(text.strip())
    if not match or _TRANSPORT.fullmatch(match.group(1)):
        return None
    return match.group(1), match.group(2), line


def read(texts: Sequence[str], numbers: Sequence[int], *, code: bool) -> Sampled:
    """Returns what a sample says; `numbers` are its lines' numbers. Copied lines hold one value, code may hold more."""
    found = Sampled(used=len(texts))
    start = next((number for number, text in enumerate(texts, 1) if is_curl(text)), 0)
    sent = sample.curl([_PROMPT.sub("", text) for text in texts], start) if start else None
    if sent:
        found.nodes = [sent.body] if sent.body and sent.body.kind in ("object", "array") else []
        found.headers = [(name, value, numbers[line - 1]) for name, value, line in sent.headers if _sent(name)]
        found.used = len(texts) if code else sent.last
    else:
        found.nodes = list(sample.find(texts, 1, len(texts))) if code else _first(texts)
        found.used = len(texts) if code else max((node.last for node in found.nodes), default=0)
        inside = {line for node in found.nodes for line in range(node.first, node.last + 1)}
        for number, text in enumerate(texts, 1):
            if number not in inside:
                found.statuses += [(code, numbers[number - 1]) for code in words.PROTOCOL.findall(text.strip())[:1]]
                found.headers += [one for one in [header(text, numbers[number - 1])] if one]
    for node in found.nodes:
        _renumber(node, numbers)
    return found


def lines(found: Sampled) -> Iterator[int]:
    """Yields the lines on which values and headers stand."""
    for node in found.nodes:
        yield from range(node.first, node.last + 1)
    for _, _, line in found.headers:
        yield line


def scalar(text: str, line: int) -> Node | None:
    """Returns the bare value that a line is, or None."""
    word = text.strip()
    if not re.fullmatch(r"-?\d{1,18}(?:\.\d{1,9})?|true|false|\"[^\"]*\"", word):
        return None
    found = sample.json_at(word, 0, line)
    return found[0] if found else None


def _sent(name: str) -> bool:
    return bool(name) and not _TRANSPORT.fullmatch(name)


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
