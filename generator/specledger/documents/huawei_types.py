"""A vendor's type words as JSON's: `Array of Tag objects`, `Map<String,Long>`, `string[]`, `整数`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from specledger.documents import amounts
from specledger.yaml12 import JsonObject

_PLAIN: dict[str, tuple[str, str]] = {
    **dict.fromkeys("string str text char varchar enum 字符串 字符串型 字符 字符型 枚举".split(), ("string", "")),
    **dict.fromkeys("integer int short byte unsigned tinyint smallint 整数 整型 整形".split(), ("integer", "")),
    **dict.fromkeys("long int64 bigint uint64 biginteger 长整型 长整数".split(), ("integer", "int64")),
    **dict.fromkeys("int32 uint32".split(), ("integer", "int32")),
    **dict.fromkeys("number numeric decimal bigdecimal real 数字 数值 浮点数 浮点型 小数".split(), ("number", "")),
    **dict.fromkeys("double float64".split(), ("number", "double")),
    **dict.fromkeys("float float32".split(), ("number", "float")),
    **dict.fromkeys("boolean bool 布尔 布尔值 布尔型 布尔类型".split(), ("boolean", "")),
    **dict.fromkeys("object dict dictionary map json struct structure hashmap".split(), ("object", "")),
    **dict.fromkeys("jsonobject 对象 结构体 字典".split(), ("object", "")),
    **dict.fromkeys("array list set jsonarray collection 数组 列表 集合 objects".split(), ("array", "")),
    **dict.fromkeys("uuid guid".split(), ("string", "uuid")),
    **dict.fromkeys("date".split(), ("string", "date")),
    **dict.fromkeys("datetime date-time".split(), ("string", "date-time")),
    **dict.fromkeys("timestamp time ip ipv4 ipv6 cidr url uri email 时间".split(), ("string", "")),
    **dict.fromkeys("file binary 文件".split(), ("string", "binary")),
    "null": ("null", ""),
}  # fmt: skip
_WORD = r"[A-Za-z_][\w.$-]{0,100}"
_ARRAY_OF = re.compile(r"(?:an? )?(?:array|list|set|collection|数组)s?\s*(?:of\s+|of$|\s)(.*)", re.IGNORECASE)
_GENERIC = re.compile(r"(?:array|list|set|collection|arraylist|数组|列表)\s*[<\[(（《](.*)[>\])）》]", re.IGNORECASE)
_MAP = re.compile(r"(?:\w*map|dict|dictionary|object)\s*[<\[(（](?:\s*\w+\s*[,，:]\s*)(.*)[>\])）]", re.IGNORECASE)
_TRAILING = re.compile(r"(.+?)\s*(?:\[\]|\barrays?|\blists?|数组|列表)", re.IGNORECASE)
_OBJECT = re.compile(rf"({_WORD})\s*(?:objects?|structures?|对象|结构体?)", re.IGNORECASE)
_ASIDE = re.compile(r"\s*[(（]([^()（）]{0,60})[)）]|\s*\[(\d[^\[\]]{0,60})\]")
_DEPTH = 6


@dataclass(frozen=True, slots=True)
class TypeWord:
    """A type as JSON has it; `steps` lead from the field to the object inside (`[]`, `{}`), `name` is that object's.

    `known` is false for a bare word that may or may not be a type.
    """

    type: str
    items: str = ""
    format: str = ""
    steps: tuple[str, ...] = ()
    name: str = ""
    known: bool = True

    @property
    def holds_object(self) -> bool:
        """Says whether fields can lie within."""
        return (self.items or self.type) in ("object", "array", "") or self.type == "object"

    def keywords(self) -> JsonObject:
        """Returns type, items and format, each where there is one."""
        found: JsonObject = {"type": self.type} if self.type else {}
        if self.items:
            found["items"] = self.items
        return found | ({"format": self.format} if self.format else {})


def read(text: str, depth: int = 0) -> TypeWord:
    """Returns what a vendor's type word means; an unknown name is an object of that name, not `known`."""
    word = " ".join(text.split()).strip(" .。*`")
    word = re.sub(r" data structures?\Z", "", word)
    lower = word.lower()
    if lower in _PLAIN:
        kind, form = _PLAIN[lower]
        return TypeWord(kind, "", form)
    if not word or depth > _DEPTH or len(word) > 400:
        return TypeWord("", known=False)
    mapped = _MAP.fullmatch(word)
    if mapped:
        return _around("object", "{}", mapped.group(1), depth)
    for pattern in (_GENERIC, _ARRAY_OF, _TRAILING):
        match = pattern.fullmatch(word)
        if match:
            return _around("array", "[]", match.group(1), depth)
    if word[0] == "[" and word[-1] == "]":
        return _around("array", "[]", word[1:-1], depth)
    named = _OBJECT.fullmatch(word)
    if named:
        plain = named.group(1).lower() in _PLAIN
        return TypeWord("object", name="" if plain else named.group(1))
    plural = lower.removesuffix("s")
    if plural in _PLAIN and plural != lower:
        return TypeWord(*_PLAIN[plural][:1], "", _PLAIN[plural][1])
    aside = _ASIDE.search(word)
    if aside:
        inner, outer = read(aside.group(1) or aside.group(2) or "", depth + 1), read(_ASIDE.sub("", word), depth + 1)
        if outer.known or inner.known:
            # `Integer (int64)` narrows the word, `Tag (array of objects)` explains it.
            narrow = outer.known and inner.known and inner.type == outer.type
            name = outer.name or inner.name
            base = inner if (narrow and inner.format) or not outer.known else outer
            return TypeWord(base.type, base.items, base.format, base.steps, name)
    first = re.match(r"[A-Za-z]+|[\u4e00-\u9fff]+", word)
    if first and first.group(0).lower() in _PLAIN and re.match(r"\s*[,，;；:/|]", word[first.end() :]):
        return read(first.group(0), depth + 1)
    return TypeWord("object", name=word, known=False) if re.fullmatch(_WORD, word) else TypeWord("", known=False)


def size(text: str, kind: str) -> JsonObject:
    """Returns the bounds in a type word: `String(64)`, `varchar(1-64)`, `Integer[0,9]`."""
    aside = _ASIDE.search(text)
    inside = (aside.group(1) or aside.group(2) or "").strip() if aside else ""
    if kind == "string" and re.fullmatch(r"\d{1,9}", inside):
        return {"maxLength": int(inside)}
    unit = " characters" if kind == "string" and re.search(r"\d\Z", inside) else ""
    plain = re.sub(r"\s?(?:,|，|\.{2,3})\s?", "-", inside)
    return amounts.bounds(f"{plain}{unit}", kind, ranged=True) if kind in ("string", "integer", "number") else {}


def _around(kind: str, step: str, inner: str, depth: int) -> TypeWord:
    content = read(re.sub(r"\A(?:an?|the) ", "", inner.strip()), depth + 1)
    if kind == "array" and content.type == "array" and re.fullmatch(r"objects", inner.strip(), re.IGNORECASE):
        content = TypeWord("object")
    return TypeWord(kind, content.type, "", (step, *content.steps), content.name)
