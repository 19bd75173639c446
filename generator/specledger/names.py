"""Python names from a vendor's words: valid, never a keyword, never two alike in one scope."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+")


def words(text: str) -> list[str]:
    """Returns the words of a camelCase, kebab-case or spaced name, lower-cased, ASCII only."""
    plain = unicodedata.normalize("NFKD", text)
    return [word.lower() for word in _WORD.findall(plain) if word.isascii()]


def snake(text: str, fallback: str = "value") -> str:
    """Returns a Python identifier in snake_case: `SAMPLE_SIZE` gives `sample_size`, `1` gives `field_1`."""
    name = "_".join(words(text)) or fallback
    if name[0].isdigit():
        name = f"field_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in ("self", "cls") else name


def pascal(text: str, fallback: str = "Value") -> str:
    """Returns a Python class name: `gateway endpoint` gives `GatewayEndpoint`."""
    name = "".join(word[0].upper() + word[1:] for word in words(text)) or fallback
    if name[0].isdigit():
        name = f"Class{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def unique(name: str, taken: Iterable[str]) -> str:
    """Returns the name, with `_2`, `_3`, … where it is taken."""
    used = set(taken)
    candidate, count = name, 1
    while candidate in used:
        count += 1
        candidate = f"{name}_{count}"
    return candidate
