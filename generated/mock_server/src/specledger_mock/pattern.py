"""A text for a simple regular expression."""

from __future__ import annotations

import re

_ALPHABET = "a0A-_./ :@+é"
_CATEGORIES = {"L": "a", "Ll": "a", "Lu": "A", "N": "0", "Nd": "0", "P": ".", "S": "+", "Z": " "}
_ATOM = re.compile(r"\\[pP]\{\w+\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?:|\?=|\?!)?|.", re.DOTALL)
_COUNT = re.compile(r"([*+?]|\{(\d+)(,(\d*))?\})[?+]?")


def from_pattern(pattern: str, extra: int) -> str | None:
    """Returns a text after a simple pattern: least counts, `extra` more where they may grow; None for others."""
    try:
        text, end = _alternative(pattern, 0, extra)
        return text if end == len(pattern) else None
    except (re.error, RecursionError, ValueError, KeyError):
        return None


def _alternative(pattern: str, position: int, extra: int) -> tuple[str, int]:
    """Reads up to the end of a group and returns the text of its first branch with the position behind it."""
    text, is_first = "", True
    while position < len(pattern) and pattern[position] != ")":
        match = _ATOM.match(pattern, position)
        if not match:
            raise ValueError(pattern)
        atom, position = match.group(), match.end()
        if atom == "|":
            is_first = False
            continue
        if atom.startswith("("):
            made, position = _alternative(pattern, position, extra)
            if pattern[position : position + 1] != ")":
                raise ValueError(pattern)
            position += 1
            made = "" if atom in ("(?=", "(?!") else made
        else:
            made = "" if atom in ("^", "$") else _character(atom)
        count = _COUNT.match(pattern, position)
        if count:
            made *= _times(count, extra)
            position = count.end()
        text += made if is_first else ""
    return text, position


def _times(count: re.Match[str], extra: int) -> int:
    sign, least, ranged, most = count.groups()
    if sign in ("*", "+", "?"):
        return min({"*": 0, "+": 1, "?": 0}[sign] + extra, 1 if sign == "?" else 100_000)
    highest = int(least) if ranged is None else int(most) if most else 100_000
    return min(int(least) + extra, highest)


def _character(atom: str) -> str:
    if len(atom) == 1 and atom != ".":
        return atom
    if atom in (r"\b", r"\B", r"\A", r"\Z"):
        return ""
    if atom[0] == "\\" and not atom[1].isalnum():
        return atom[1]
    if atom[:2] in (r"\p", r"\P") and len(atom) > 2:
        return _CATEGORIES[atom[3:-1]] if atom[1] == "p" else "é" if atom[3] != "L" else "0"
    found = re.compile(atom)
    return next(letter for letter in _ALPHABET + "".join(map(chr, range(33, 0x3000))) if found.fullmatch(letter))
