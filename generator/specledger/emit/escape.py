"""The only way for a spec's strings into Python, TOML and Markdown.

Every function takes any text and returns text that stays inside the place it is put into.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata

from specledger.yaml12 import Json

_SPACE = re.compile(r"\s+")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|!~$&])")
_HIDING = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])", re.MULTILINE)


def visible(text: str) -> str:
    """Returns the text without characters that hide or reorder others: controls, bidi marks, line separators.

    Line feeds stay; every other line break becomes one.
    """
    text = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _HIDING)


def line(text: str) -> str:
    """Returns the text on one line, single-spaced."""
    return _SPACE.sub(" ", visible(text)).strip()


def literal(value: Json) -> str:
    """Returns a Python literal that is pure ASCII."""
    if isinstance(value, str):
        inner = "".join(_escaped(c) for c in value)
        return f'"{inner}"'
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    return repr(value)


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if " " <= character <= "~":
        return character
    return ascii(character)[1:-1]


def docstring(text: str, indent: int = 4) -> str:
    """Returns a whole docstring, quotes included, wrapped at 100 columns; paragraphs and `- ` rows are kept."""
    pad = " " * indent
    rows: list[str] = []
    for row in visible(text).strip().split("\n"):
        row = row.rstrip()
        hang = len(row) - len(row.lstrip())
        further = " " * (hang + 2 if row.lstrip().startswith("- ") else hang and hang + 4)
        wrapped = textwrap.wrap(
            row.strip(), 100 - indent - hang, break_long_words=False, break_on_hyphens=False, subsequent_indent=further
        )
        rows += [" " * hang + wrapped[0], *wrapped[1:]] if wrapped else [""]
    body = f"\n{pad}".join(rows).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    body = "\n".join(row.rstrip() for row in body.split("\n"))
    if "\n" in body:
        return f'"""{_closed(body)}\n{pad}"""'
    return f'"""{_closed(body)}"""'


def _closed(body: str) -> str:
    """Returns a docstring's body that neither begins nor ends with a quote of its own."""
    body = " " + body if body.startswith('"') else body
    before = body[:-1]
    backslashes = len(before) - len(before.rstrip("\\"))
    return before + '\\"' if body.endswith('"') and backslashes % 2 == 0 else body


def shown(source: str) -> str:
    """Returns Python source that another generator wrote, its strings without raw characters that hide or reorder."""
    return "".join(_escaped(c) if c != "\n" and unicodedata.category(c) in _HIDING else c for c in source)


def comment(text: str) -> str:
    """Returns text for one comment line."""
    return line(text)


def toml(text: str) -> str:
    """Returns a TOML basic string, quotes included."""
    inner = "".join(_toml(c) for c in text)
    return f'"{inner}"'


def _toml(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    plain = character.isprintable() or character == " "
    return character if plain else "\\ufffd" if 0xD800 <= ord(character) < 0xE000 else f"\\U{ord(character):08x}"


def markdown(text: str) -> str:
    """Returns text for a Markdown paragraph or heading; no part of it is markup, and it is one line."""
    shown = _MARKDOWN.sub(r"\\\1", line(text))
    return _LINE_START.sub(r"\1\\\2", shown)


def prose(text: str) -> str:
    """Returns sentences for a Markdown paragraph in which backticks make code and nothing else is markup."""
    parts = re.split(r"`([^`]+)`", line(text))
    shown = (code(part) if place % 2 else _MARKDOWN.sub(r"\\\1", part) for place, part in enumerate(parts))
    return _LINE_START.sub(r"\1\\\2", "".join(shown))


def cell(text: str) -> str:
    """Returns text for a cell of a Markdown table."""
    return markdown(text)


def code(text: str) -> str:
    """Returns a Markdown code span that also stands in a table; empty text shows as two quotes."""
    shown = line(text)
    if not shown:
        return '`""`'
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    gap = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{ticks}{gap}{shown}{gap}{ticks}".replace("|", "\\|")


def link(address: str) -> str:
    """Returns a Markdown autolink of an http(s) address, a code span of anything else."""
    shown = line(address)
    return f"<{shown}>" if re.fullmatch(r"https?://[^\s<>`|\"\\]+", shown) else code(shown)
