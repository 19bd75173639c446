"""Where samples stand in copied text, which has no fences: curl commands, JSON values, code in other languages."""

from __future__ import annotations

import re

from specledger.documents import mintlify_types, sample
from specledger.documents.mintlify_sheet import Code

_CURL = re.compile(r"[ \t]*(?:\$[ \t]*)?curl(?=[ \t\\]|$)", re.MULTILINE)
_JSON = re.compile(r"[ \t]*[{\[]")
_OTHER = re.compile(
    r"\s*(?:import\s+[\w{*\"]|from\s+\S+\s+import\b|(?:const|let|var)\s+[\w{]|<\?php|package\s+\w+;?\s*\Z|"
    r"require[ (]['\"]|using\s+[\w.]+;|#include|HttpResponse<|"
    r"fetch\(|print\(|console\.|\$\w+\s*=|func\s+\w+\(|client\s*=|url\s*=|"
    r"(?:GET|POST|PUT|PATCH|DELETE) /\S* HTTP/[\d.]+\s*\Z)"
)
_HEAD = re.compile(
    r"[ \t]*(?:GET|POST|PUT|PATCH|DELETE) (?:/|https?://)\S{0,400}(?: HTTP/[\d.]+)?[ \t]*"
    r"(?:\n[ \t]*(?!https?:)[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]+\S[^\n]*){1,40}"
)
_GOES_ON = re.compile(r"\n[ \t]*--?[a-zA-Z][\w-]*[ ='\"]")
_MAX_FAILURES = 50


def find(text: str) -> list[Code]:
    """Returns the samples in the order of the page; what follows one on its last line belongs to the next."""
    return _Finder(text).run()


def other(line: str) -> bool:
    """Says whether the line begins a sample in a language other than curl and JSON."""
    return bool(_OTHER.match(line))


def head(text: str) -> int:
    """Returns how long the head of a raw request (its line and headers) is with which the text begins, else 0."""
    match = _HEAD.match(text)
    return match.end() if match else 0


def parts(text: str, first: int) -> list[Code]:
    """Returns what a block of code holds that says something: a request, a value, a raw request with its body."""
    blank = len(text) - len(text.lstrip())
    first, text = first + text.count("\n", 0, blank), text.strip()
    end = head(text)
    pieces = [text[:end], text[end:]] if end else [text]
    found: list[Code] = []
    for piece in pieces:
        start = first + piece.count("\n", 0, len(piece) - len(piece.lstrip()))
        bare = piece.strip()
        if bare.startswith(("curl", "$ curl", "{", "[")) or (end and piece is pieces[0]):
            found.append(Code(bare, start, start + bare.count("\n")))
        first += piece.count("\n")
    return found


class _Finder:
    """Goes through the text once, line by line, and over each sample in one step."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.failures = 0

    def run(self) -> list[Code]:
        found: list[Code] = []
        position, line = 0, 1
        while position < len(self.text):
            end = self.end(position)
            if end > position:
                raw = self.text[position:end]
                text = raw.strip()
                first = line + raw[: len(raw) - len(raw.lstrip())].count("\n")
                found.append(Code(text, first, first + text.count("\n")))
                position, line = end, line + raw.count("\n")
                if self.end(position) > position:
                    continue
            following = self.text.find("\n", position)
            if following < 0:
                break
            position, line = following + 1, line + 1
        return found

    def end(self, position: int) -> int:
        """Returns where the sample that begins at this position ends; the position itself where none begins."""
        if _CURL.match(self.text, position):
            return self.command(position)
        if raw := _HEAD.match(self.text, position):
            return raw.end()
        if self.failures < _MAX_FAILURES and _JSON.match(self.text, position):
            return self.value(position)
        return position

    def command(self, position: int) -> int:
        """Returns the end of a shell command: a line end outside quotes that no backslash escapes."""
        quote = ""
        index = position
        while index < len(self.text):
            sign = self.text[index]
            if sign == "\\" and quote != "'":
                index += 1
            elif quote and sign == quote:
                quote = ""
                if self.text[index + 1 : index + 2].strip(" \t\n\\'\"|&;)"):
                    return index + 1
            elif not quote and sign in "'\"":
                quote = sign
            elif not quote and sign == "\n" and not self.goes_on(index):
                return index
            index += 1
        if quote:
            gap = self.text.find("\n\n", position)
            return gap if gap > 0 else len(self.text)
        return len(self.text)

    def goes_on(self, index: int) -> bool:
        """Some copies lose the backslash before an option."""
        return bool(_GOES_ON.match(self.text, index))

    def value(self, position: int) -> int:
        start = position
        while self.text[start] in " \t":
            start += 1
        found = sample.json_at(self.text, start, 1)
        if found is None:
            self.failures += 1
            return position
        node, end = found
        if mintlify_types.read(self.text[start:end]) is not None:
            return position
        whole = "\n" in self.text[start:end] or self.text[end : end + 1] in ("", "\n")
        return end if whole and (node.members or node.items or end - start == 2) else position
