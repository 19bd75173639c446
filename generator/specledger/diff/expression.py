"""Patterns (ECMA 262) read as languages."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache, lru_cache

from specledger.diff.regular import (
    ALL,
    EMPTY,
    NONE,
    Language,
    Ranges,
    both,
    cat,
    chars,
    either,
    nullable,
    opposite,
    other,
    repeat,
    union,
)

_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = union(
    (low, high)
    for low, high in (
        *((9, 13), (32, 32), (160, 160), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029)),
        *((0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)),
    )
)
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_LETTERS = {"n": 10, "r": 13, "t": 9, "v": 11, "f": 12, "0": 0}
_NEWLINES: Ranges = ((10, 10), (13, 13), (0x2028, 0x2029))


class Unreadable(Exception):
    """A pattern that is no regular language, or that is written in words that are not read here."""


Tree = tuple["str | int | Language | Tree | None", ...]


@lru_cache(maxsize=4096)
def language(pattern: str) -> Language:
    """Returns every string in which the pattern is found. Raises Unreadable."""
    reader = _Reader(pattern)
    tree = reader.choice()
    if reader.position < len(pattern):
        raise Unreadable(pattern)
    begun = _build(tree, ALL, True)
    later = _build(tree, ALL, False)
    return either(begun, cat(repeat(chars(opposite(())), 1, None), later)) if later is not NONE else begun


def _build(tree: Tree, then: Language, start: bool) -> Language:
    """Returns the language of a tree with what follows it."""
    kind = tree[0]
    if kind == "class":
        assert isinstance(tree[1], Language)  # noqa: S101  # a tree of this kind holds one
        return cat(tree[1], then)
    inner = [part for part in tree[1:] if isinstance(part, tuple)]
    if kind == "choice":
        return either(*(_build(part, then, start) for part in inner))
    if kind == "sequence":
        for number in range(len(inner) - 1, -1, -1):
            at_start = start and all(_is_narrow(before) for before in inner[:number])
            then = _build(inner[number], then, at_start)
        return then
    if kind == "start":
        return then if start else NONE
    if kind == "end":
        return both(EMPTY, then)
    if kind == "ahead":
        return both(_build(inner[0], ALL, start), then)
    if kind == "not ahead":
        return both(other(_build(inner[0], ALL, start)), then)
    low, high = tree[1], tree[2]
    if not isinstance(low, int) or isinstance(high, str | tuple | Language) or _looks(inner[0]):
        raise Unreadable("a look round inside a repetition")
    return cat(repeat(_build(inner[0], EMPTY, False), low, high), then)


def _is_narrow(tree: Tree) -> bool:
    return tree[0] in ("start", "end", "ahead", "not ahead")


def _looks(tree: Tree) -> bool:
    return _is_narrow(tree) or any(_looks(part) for part in tree if isinstance(part, tuple))


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def ahead(self, word: str) -> bool:
        return self.text.startswith(word, self.position)

    def eat(self, word: str) -> bool:
        found = self.ahead(word)
        self.position += len(word) * found
        return found

    def one(self) -> str:
        if self.position >= len(self.text):
            raise Unreadable(self.text)
        self.position += 1
        return self.text[self.position - 1]

    def choice(self) -> Tree:
        branches = [self.sequence()]
        while self.eat("|"):
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else ("choice", *branches)

    def sequence(self) -> Tree:
        parts: list[Tree] = []
        while self.position < len(self.text) and not self.ahead("|") and not self.ahead(")"):
            parts.append(self.repeated(self.atom()))
        return ("sequence", *parts)

    def atom(self) -> Tree:
        for word, kind in (("(?=", "ahead"), ("(?!", "not ahead")):
            if self.eat(word):
                return self.closed((kind, self.choice()))
        if self.ahead("(?<=") or self.ahead("(?<!"):
            raise Unreadable(self.text)
        if self.eat("(?:"):
            return self.closed(self.choice())
        if self.eat("(?<") or self.eat("(?P<"):
            self.position = self.text.find(">", self.position) + 1
            if self.position == 0:
                raise Unreadable(self.text)
            return self.closed(self.choice())
        if self.ahead("(?"):
            raise Unreadable(self.text)
        if self.eat("("):
            return self.closed(self.choice())
        if self.eat("^"):
            return ("start",)
        if self.eat("$"):
            return ("end",)
        return ("class", chars(self.char_class()))

    def closed(self, tree: Tree) -> Tree:
        if not self.eat(")"):
            raise Unreadable(self.text)
        return tree

    def repeated(self, tree: Tree) -> Tree:
        low: int
        high: int | None
        while True:
            if self.eat("*"):
                low, high = 0, None
            elif self.eat("+"):
                low, high = 1, None
            elif self.eat("?"):
                low, high = 0, 1
            else:
                counts = self.counts()
                if counts is None:
                    return tree
                low, high = counts
            self.eat("?")
            tree = ("repeat", low, high, tree)

    def counts(self) -> tuple[int, int | None] | None:
        end = self.text.find("}", self.position)
        if not self.ahead("{") or end < 0:
            return None
        low, comma, high = self.text[self.position + 1 : end].partition(",")
        if not low.isdigit() or (high and not high.isdigit()):
            return None
        self.position = end + 1
        return int(low), int(high) if high else None if comma else int(low)

    def char_class(self) -> Ranges:
        char = self.one()
        if char == ".":
            return opposite(_NEWLINES)
        if char == "\\":
            return self.escape(False)
        if char == "[":
            return self.bracket()
        if char in "*+?)":
            raise Unreadable(self.text)
        return ((ord(char), ord(char)),)

    def bracket(self) -> Ranges:
        negated = self.eat("^")
        found: list[tuple[int, int]] = []
        while not self.eat("]"):
            if self.ahead("["):
                raise Unreadable(self.text)  # readers differ on a bracket in brackets
            low = self.member()
            if len(low) == 1 and low[0][0] == low[0][1] and self.ahead("-") and not self.ahead("-]"):
                self.eat("-")
                high = self.member()
                if len(high) != 1 or high[0][0] != high[0][1] or high[0][0] < low[0][0]:
                    raise Unreadable(self.text)
                low = ((low[0][0], high[0][0]),)
            found.extend(low)
        return opposite(union(found)) if negated else union(found)

    def member(self) -> Ranges:
        char = self.one()
        return self.escape(True) if char == "\\" else ((ord(char), ord(char)),)

    def escape(self, inside: bool) -> Ranges:
        char = self.one()
        if char in "dws":
            return _CLASSES[char]
        if char in "DWS":
            return opposite(_CLASSES[char.lower()])
        if char in "pP" and self.eat("{"):
            end = self.text.find("}", self.position)
            name, self.position = self.text[self.position : end], end + 1
            found = _category(name)
            return found if char == "p" else opposite(found)
        if char in _LETTERS:
            code = _LETTERS[char]
        elif char in "xu":
            code = self.code(2 if char == "x" else 4)
        elif char == "b" and inside:
            code = 8
        elif char == "c":
            code = ord(self.one()) % 32
        elif char.isalnum():
            raise Unreadable(self.text)  # a back reference, a word's edge
        else:
            code = ord(char)
        return ((code, code),)

    def code(self, digits: int) -> int:
        if self.eat("{"):
            end = self.text.find("}", self.position)
            word, self.position = self.text[self.position : end], end + 1
        else:
            word = self.text[self.position : self.position + digits]
            self.position += digits
        try:
            return int(word, 16)
        except ValueError:
            raise Unreadable(self.text) from None


@cache
def _category(name: str) -> Ranges:
    short = {"Letter": "L", "Number": "N", "Punctuation": "P", "Symbol": "S", "Lowercase_Letter": "Ll"}
    short |= {"Uppercase_Letter": "Lu", "Decimal_Number": "Nd", "Mark": "M", "Separator": "Z"}
    wanted = short.get(name.rpartition("=")[2], name.rpartition("=")[2])
    if wanted[:1] not in "LMNPSZC" or len(wanted) > 2:
        raise Unreadable(name)
    codes = range(sys.maxunicode + 1)
    found = union((code, code) for code in codes if unicodedata.category(chr(code)).startswith(wanted))
    if not found:
        raise Unreadable(name)
    return found


def is_found(pattern: str, text: str) -> bool:
    """Says whether a pattern is found in a text. Raises Unreadable."""
    from specledger.diff.regular import after

    here = language(pattern)
    for char in text:
        here = after(here, ord(char))
    return nullable(here)
