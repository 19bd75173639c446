"""JSON values as the YAML of facts files: rows as blocks, everything inside a row on one line."""

from __future__ import annotations

import json
import re

from specledger.yaml12 import Json, JsonObject

_PLAIN = re.compile(r"[A-Za-z_/^][A-Za-z0-9_./ +-]*(?<! )\Z|[0-9]+\.[0-9]+\.[0-9]+\Z")
# Words that one version of YAML or the other reads as something else than text.
_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}


def flow(value: Json) -> str:
    """Returns the value as YAML on one line, which YAML 1.2 and 1.1 read alike."""
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{_text(key)}: {flow(inner)}" for key, inner in value.items()) + " }" if value else "{}"
        )
    if isinstance(value, list):
        return f"[{', '.join(flow(inner) for inner in value)}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    if _PLAIN.match(value) and value.lower() not in _WORDS:
        return value
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def row(value: JsonObject, indent: int) -> str:
    """Returns an object as an item of a block sequence, one key a line, the dash at column `indent`."""
    between = "\n" + " " * (indent + 2)
    return " " * indent + "- " + between.join(f"{_text(key)}: {flow(inner)}" for key, inner in value.items())


def file(document: JsonObject) -> str:
    """Returns a file of ours: an object as blocks, a list of rows as blocks, `drafted` one row a line."""
    return "\n".join(_section(key, value) for key, value in document.items()) + "\n"


def _section(key: str, value: Json, indent: int = 0) -> str:
    head = " " * indent + f"{_text(key)}:"
    if isinstance(value, dict) and value:
        return "\n".join([head, *(_section(name, inner, indent + 2) for name, inner in value.items())])
    if isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        return "\n".join([head, *(item(inner, indent + 2, key) for inner in value)])
    return f"{head} {flow(value)}"


def item(value: Json, indent: int, section: str) -> str:
    """Returns one item of a section's list, without the line's end."""
    if isinstance(value, dict) and section != "drafted":
        return row(value, indent)
    return " " * indent + f"- {flow(value)}"
