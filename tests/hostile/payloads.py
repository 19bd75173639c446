"""What is put into every position, and which positions refuse it."""

from __future__ import annotations

import re

from tests.hostile.positions import files

PAYLOADS = {
    "triple quotes": '"""\nraise SystemExit(1)\n"""',
    "single triple quotes": "'''\nraise SystemExit(1)\n'''",
    "quotes": "\"a\"b'c`d'' e\"",
    "trailing backslash": "a \\N \\x \\u \\",
    "carriage return": "a\rraise SystemExit(1)\r# b",
    "line feed": "a\nraise SystemExit(1)\n\n[project]\nname = 1\n",
    "line separator": "a\u2028raise SystemExit(1)\u2029\x85b\x0cc\x0b",
    "null": "a\x00b",
    "bidi": "a\u202e\u2066b\u200f",
    "braces": "{x} {0!r} %s %(a)s ${y} {{z}} f'{1/0}'",
    "template": "{{ 1/0 }}{% raw %}{# #}",
    "parent folder": "../../../escaped",
    "absolute path": "/tmp/specledger-escaped",  # noqa: S108  # a path that nothing may make
    "keyword": "class",
    "colliding": "odd-word",
    "markup": "</code>|`x`|\n\n# h\n[l](javascript:1) <script> ![i](x) &amp; https://e.example\n\n===\n",
    "fence": "```\n# h\n```\n~~~\n    code\n> q\n- l\n1. x\n---\n",
    "terminal": "a\x1b[31m\x07\x7f\x9b b",
    "only signs": "%%%",
    "compatible letters": "\uff43\uff4c\uff41\uff53\uff53",
    "long": "word " * 60,
}

_COMPONENT = r"[A-Za-z0-9._-]+"
_WORD = r"(?!class$)[a-z][a-z0-9_]*"
_VARIABLE = r"[A-Z][A-Z0-9_]*"
_ADDRESS = r"[A-Za-z0-9/.-]+"
# The positions that take only what matches as a whole; every other takes any text.
TAKEN = {
    "terms of service": _ADDRESS,
    "documentation": _ADDRESS,
    "operation documentation": _ADDRESS,
    "email": "(?!)",
    "server variable": r'[^{}.\[\]"\n]+',
    "server url": r"[^{}]*",
    "path segment": r"[^{}]*",
    "path parameter": r"[^{}]*",
    "parameter pattern": r"[^{}\\\x1b]*",
    "pattern": r"[^{}\\\x1b]*",
    "pattern property": r"[^{}\\\x1b]*",
    "schema name": _COMPONENT,
    "scheme name": _COMPONENT,
    "distribution": r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?",
    "import name": _WORD,
    "class name": r"[A-Z][A-Za-z0-9]*",
    "package version": r"[0-9]+\.[0-9]+\.[0-9]+",
    "credential name": _WORD,
    "keyword": _WORD,
    "option": _WORD,
    "environment": _VARIABLE,
    "keyword environment": _VARIABLE,
    "identity": r"[a-z][a-z0-9-]*",
}


def positions() -> list[str]:
    """Returns the name of every position."""
    found: dict[str, None] = {}

    def put(position: str, harmless: str) -> str:
        found[position] = None
        return harmless

    files(put)
    return list(found)


def is_taken(position: str, payload: str) -> bool:
    """Says whether a position takes a payload; where it does not, the spec is refused."""
    return position not in TAKEN or re.fullmatch(TAKEN[position], payload) is not None
