"""Type words as Mintlify pages print them: `object[]`, `enum<string>`, `integer | null`, `map<string, X>`."""

from __future__ import annotations

import json
import re

from specledger.yaml12 import Json, JsonObject

_WORDS: dict[str, JsonObject] = {
    **{key: {"type": "string"} for key in ("string", "str", "text", "password")},
    **{key: {"type": "integer"} for key in ("integer", "int", "number (integer)", "uint")},
    "int32": {"type": "integer", "format": "int32"},
    **{key: {"type": "integer", "format": "int64"} for key in ("int64", "long", "bigint")},
    **{key: {"type": "number"} for key in ("number", "float", "double", "decimal", "float32", "float64", "numeric")},
    **{key: {"type": "boolean"} for key in ("boolean", "bool")},
    **{key: {"type": "object"} for key in ("object", "json", "dict", "dictionary", "map", "hash", "record", "struct")},
    **{key: {"type": "array"} for key in ("array", "list", "tuple", "set")},
    "null": {"type": "null"},
    **{key: {} for key in ("any", "unknown", "mixed", "timestamp")},
    **{key: {"type": "string", "format": "binary"} for key in ("file", "binary")},
    **{key: {"type": "string", "format": "date-time"} for key in ("date-time", "datetime")},
    "date": {"type": "string", "format": "date"},
    "uuid": {"type": "string", "format": "uuid"},
    **{key: {"type": "string", "format": "uri"} for key in ("uri", "url")},
    "email": {"type": "string", "format": "email"},
    "enum": {"type": "string"},
}
_FORMATS = {
    "date-time", "date", "time", "uuid", "uri", "email", "int32", "int64", "float", "double", "byte", "binary",
    "password", "hostname", "ipv4", "ipv6", "duration",
}  # fmt: skip
_ARRAYS = {"array", "list", "set", "sequence"}
_MAPS = {"map", "dict", "record", "object"}
_SHAPE = re.compile(r"([A-Za-z]+)\s*(?:<(.*)>|\[(.+)\]|\((.*)\))\Z")
_LITERAL = re.compile(r"[\"']([^\"']{1,100})[\"']")
_OWN = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")
_LONGEST = 200


def read(word: str) -> JsonObject | None:
    """Returns what a type word claims (type, items, enum, nullable, format), or None where it is none.

    `items` is the type word of an array's items or of a map's values; a map has it beside `type: object`.
    """
    word = word.strip()
    if not word or len(word) > _LONGEST:
        return None
    if " · " in word:
        # A name of the schema stands before the type of it, or a title behind.
        parts = [read(part) for part in word.split(" · ")]
        return next((part for part in reversed(parts) if part is not None), None)
    members = _split(word)
    return _union(members) if len(members) > 1 else _single(word)


def _split(word: str) -> list[str]:
    """Parts the members of a union, brackets kept whole."""
    members, depth, start = [], 0, 0
    for index, sign in enumerate(word):
        depth += (sign in "<[(") - (sign in ">])")
        if depth == 0 and sign in "|/" and word[start:index].strip():
            members.append(word[start:index])
            start = index + 1
    members.append(word[start:])
    parts = [part.strip() for member in members for part in re.split(r"\s+or\s+", member)]
    return parts if all(parts) else [word]


def _union(members: list[str]) -> JsonObject | None:
    literals: list[Json] = []
    read_members: list[JsonObject] = []
    nullable = False
    for member in members:
        if member in ("null", "None", "nil"):
            nullable = True
        elif member[:1] in ("'", '"') and member[-1:] == member[:1] and len(member) > 1:
            literals.append(member[1:-1])
        else:
            found = _single(member)
            if found is None:
                return None
            read_members.append(found)
    if literals and not read_members:
        claims: JsonObject = {"type": "string", "enum": literals}
    elif len(read_members) == 1:
        claims = dict(read_members[0])
    else:
        types = list(dict.fromkeys(str(member["type"]) for member in read_members if "type" in member))
        claims = {} if not types else {"type": types[0]} if len(types) == 1 else {"type": [*types]}
        items = {json.dumps(member.get("items")) for member in read_members}
        if len(types) == 1 and len(items) == 1 and "items" in read_members[0]:
            claims["items"] = read_members[0]["items"]
    return {**claims, "nullable": True} if nullable else claims


def _single(word: str) -> JsonObject | None:
    lower = word.lower()
    if (lower.endswith("?") and len(lower) > 1) or lower.startswith("nullable "):
        inner = _single(word[:-1] if lower.endswith("?") else word[len("nullable ") :])
        return None if inner is None else {**inner, "nullable": True}
    if lower in _WORDS:
        return dict(_WORDS[lower])
    if literal := _LITERAL.fullmatch(word):
        return {"type": "string", "const": literal.group(1)}
    # A page shows the two sides of a union as tabs, whose words a copy glues: `string[]string`.
    if (glued := re.fullmatch(r"(\w+)\[\]\1", word)) is not None:
        return _array(read(glued.group(1)))
    if lower.endswith("[]"):
        # A name of the page's own stands for an object of which it may say more.
        return _array(read(word[:-2].strip("()")) or ({} if _OWN.fullmatch(word[:-2]) else None))
    if lower.startswith("[") and lower.endswith("]"):
        return _array(read(word[1:-1]))
    go = re.match(r"map\[\w+\](.+)\Z", word)
    if go:
        word = f"map<string, {go.group(1)}>"
    found = re.match(r"(?:array|list)\s+of\s+(.+?)\Z", word, re.IGNORECASE)
    if found:
        return _array(read(found.group(1)) or read(found.group(1).removesuffix("s")) or {})
    return _shaped(word)


def _array(inner: JsonObject | None) -> JsonObject | None:
    if inner is None:
        return None
    claims: JsonObject = {"type": "array"}
    if isinstance(inner.get("type"), str):
        claims["items"] = inner["type"]
    return claims


def _shaped(word: str) -> JsonObject | None:
    found = _SHAPE.match(word)
    if not found:
        return None
    outer, inner = (
        found.group(1).lower(),
        next((group for group in found.groups()[1:] if group is not None), "").strip(),
    )
    if outer in _ARRAYS:
        return _array(read(inner) or {})
    if outer == "enum":
        return read(inner)
    if outer in _MAPS and "," in inner:
        value = read(inner.split(",", 1)[1])
        return {"type": "object", "items": str(value["type"])} if value and "type" in value else {"type": "object"}
    base = _WORDS.get(outer)
    if base is None:
        return None
    if inner.lower() in _FORMATS:
        return {**base, "format": inner.lower()}
    if inner.lower() == "enum":
        return dict(base)
    return dict(base) if found.group(4) is not None and base.get("type") == "object" else None
