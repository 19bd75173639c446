"""Badges that copying has glued together: `opaqueLinkedHashMapRequired` is opaque, LinkedHashMap, Required."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from specledger.yaml12 import JsonObject

# What the words of Java's types are in JSON.
_STRING: JsonObject = {"type": "string"}
_INT32: JsonObject = {"type": "integer", "format": "int32"}
_INT64: JsonObject = {"type": "integer", "format": "int64"}
_INTEGER: JsonObject = {"type": "integer"}
_NUMBER: JsonObject = {"type": "number"}
_BOOLEAN: JsonObject = {"type": "boolean"}
_OBJECT: JsonObject = {"type": "object"}
_ARRAY: JsonObject = {"type": "array"}
_WORDS: dict[str, JsonObject] = {
    **dict.fromkeys(("String", "string", "Character", "char", "UUID", "Enum", "Date", "Timestamp"), _STRING),
    **dict.fromkeys(("DateTime", "LocalDate", "LocalDateTime", "ZonedDateTime", "Instant", "Duration"), _STRING),
    **dict.fromkeys(("Integer", "int", "Short", "short", "Byte", "byte", "AtomicInteger"), _INT32),
    **dict.fromkeys(("Long", "long", "AtomicLong"), _INT64),
    **dict.fromkeys(("BigInteger", "integer"), _INTEGER),
    **dict.fromkeys(("Double", "double", "Float", "float", "Number", "number", "BigDecimal"), _NUMBER),
    **dict.fromkeys(("Boolean", "boolean", "bool", "AtomicBoolean"), _BOOLEAN),
    **dict.fromkeys(("Map", "HashMap", "LinkedHashMap", "TreeMap", "SortedMap", "ConcurrentHashMap"), _OBJECT),
    **dict.fromkeys(("Object", "object", "JSONObject", "JsonObject", "Properties", "ErrorCode"), _OBJECT),
    **dict.fromkeys(("List", "ArrayList", "LinkedList", "Set", "HashSet", "LinkedHashSet", "TreeSet"), _ARRAY),
    **dict.fromkeys(("Collection", "Array", "array", "JSONArray", "JsonArray", "SortedSet"), _ARRAY),
}
_FORMATS = {"float": "float", "Float": "float", "double": "double", "Double": "double"}
# A class named so is a set of words in Java and a text in JSON.
_ENUM_ENDINGS = (
    *("Action", "Category", "Enum", "Format", "Kind", "Level", "Mode", "Phase", "Platform", "Policy", "Priority"),
    *("Protocol", "Reason", "Role", "Scope", "Stage", "State", "Status", "Strategy", "Type", "Unit"),
)
# English words that end like a primitive type.
_NOT_INT = (
    *("Point", "Endpoint", "Checkpoint", "Breakpoint", "Mountpoint"),
    *("Constraint", "Hint", "Fingerprint", "Blueprint"),
)

_MAX_TOKEN = 200
_MAX_WORDS = 16
_SHORTEST, _LONGEST = min(map(len, _WORDS)), max(map(len, _WORDS))
# How type words end, so that most places in a token are passed over at once.
_TAILS = frozenset(word[-_SHORTEST:] for word in _WORDS)
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*", re.ASCII)
_CAMEL = re.compile(r"[A-Z]?[a-z0-9_$-]+|[A-Z0-9_$-]+(?![a-z])|[A-Z]")
_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*\Z", re.ASCII)
_GENERIC = re.compile(r"\s?<[A-Za-z0-9_.,?<>\[\] ]{1,200}>|(?:\[\])+")
_FLAG = re.compile(
    r"(Required(?! (?:by|for|if|in|only|to|unless|when)\b)|Optional(?!\.)|Deprecated|"
    r"必填|必选|可选|非必填|选填|Since ?\d+(?:\.\d+)*)\s*"
)
_BRACKETED = re.compile(
    r"([A-Za-z_$][\w$-]*)\s*[(（]\s*([\w.<>\[\]]{1,80}(?:<[^()]{0,80}>)?)\s*(?:[,，;；]([^()（）]{0,40}))?[)）]\s*[:：—–-]*\s*(.*)",
    re.ASCII | re.DOTALL,
)
_TRAILING = re.compile(r"(?:Required|Optional|Deprecated|必填|必选|可选)\Z")
_HUMP = re.compile(r"[a-z][A-Z]")
_NEEDED = ("Required", "必填", "必选")
_SEE = re.compile(r"(?:\b[Ss]ee (?:the )?|参考|参见|参阅|详见) ?`?([A-Za-z_]\w*)", re.ASCII)


_Hints = tuple[Collection[str], Collection[str]]


@dataclass(frozen=True, slots=True)
class Badge:
    """A field as its badges name it; `required` says whether that flag was printed, `rest` is glued-on description."""

    name: str
    vendor_type: str
    required: bool = False
    deprecated: bool = False
    rest: str = ""


def is_type(word: str) -> bool:
    """Says whether a word is the name of a type that is known, generic arguments aside."""
    return _GENERIC.sub("", word).strip() in _WORDS


def is_flag(text: str) -> bool:
    """Says whether a text is flags and nothing else."""
    return bool(text) and not _flags(text)[1]


def is_badge(text: str) -> bool:
    """Says whether a text is a type, flags after it or not: `String`, `LongRequired`, `ShelfInventory Required`."""
    word, _, rest = text.partition(" ")
    bare = _TRAILING.sub("", word)
    if rest and not is_flag(rest):
        return False
    return is_type(bare) or (
        bool(_CLASS.match(bare)) and not is_flag(bare) and (bare != text or bool(_HUMP.search(bare)))
    )


def seen(text: str) -> list[str]:
    """Returns the fields that a description points at: `See inventory.`"""
    return _SEE.findall(text)


def is_map(vendor_type: str) -> bool:
    """Says whether the type word names a map, whose keys are data."""
    return _base(vendor_type).endswith("Map")


def schema(vendor_type: str) -> JsonObject:
    """Returns what a type word claims: type, format, items; only an enum-like class is a text, others are objects."""
    base = _base(vendor_type)
    arguments = re.search(r"<(.*)>", vendor_type)
    if vendor_type.endswith("[]"):
        return {"type": "array", "items": _type(vendor_type.removesuffix("[]"))}
    keywords = dict(_WORDS.get(base) or (_STRING if base.endswith(_ENUM_ENDINGS) else _OBJECT))
    if base in _FORMATS:
        keywords["format"] = _FORMATS[base]
    if arguments and (keywords["type"] == "array" or base.endswith("Map")):
        inner = arguments.group(1).partition(",")[2] if base.endswith("Map") else arguments.group(1)
        if inner.strip():
            keywords["items"] = _type(inner.strip())
    return keywords


def known(vendor_type: str) -> bool:
    """Says whether `schema` knows the word, so that it does not have to guess what the class is."""
    return vendor_type.endswith("[]") or _base(vendor_type) in _WORDS


def split(text: str, names: Collection[str] = (), prose: str = "") -> Badge | None:
    """Returns the field that a line of glued badges names, or None where it names none.

    `names` are those that samples and path show, `prose` is the field's description ("see error."): both tell where
    the name ends. Else the longest known type word does; else the class is thought to begin at the first capital.
    """
    apart = _apart(text)
    if apart is not None:
        return apart
    match = _IDENTIFIER.match(text)
    if match is None or len(match.group()) > _MAX_TOKEN:
        return None
    hints = (names, seen(prose))
    token = match.group()
    tail = text[match.end() :]
    for name, vendor_type, rest in _readings(token, tail, hints):
        flags, description = _flags(rest)
        return _badge(name, vendor_type, flags, description)
    return None


def _apart(text: str) -> Badge | None:
    """Reads `name Type Required` and `name (Type, required): …`, as markup that keeps its spaces gives them."""
    plain = text.replace("`", "").replace("*", "")
    bracketed = _BRACKETED.match(plain)
    if bracketed and (is_type(bracketed.group(2)) or _HUMP.search(bracketed.group(2))):
        flags = [flag.strip().capitalize() for flag in re.split("[,，;；]", bracketed.group(3) or "")]
        return _badge(bracketed.group(1), bracketed.group(2), flags, bracketed.group(4))
    words = plain.split(None, 2)
    if len(words) < 2 or not _IDENTIFIER.fullmatch(words[0]):
        return None
    bare = _TRAILING.sub("", words[1])
    flags, rest = _flags(" ".join([words[1][len(bare) :], *words[2:]]))
    # `The Map of …` is a sentence, where no tab divides it.
    if rest[:1].islower() and "\t" not in text:
        return None
    needed = any(flag in _NEEDED for flag in flags)
    is_class = bool(_CLASS.match(bare)) and not is_flag(bare)
    if is_type(bare) or (is_class and (needed or (not rest and _HUMP.search(bare)))):
        return _badge(words[0], bare, flags, rest)
    return None


def _badge(name: str, vendor_type: str, flags: Collection[str], rest: str) -> Badge:
    return Badge(name, vendor_type, any(flag in _NEEDED for flag in flags), "Deprecated" in flags, rest)


def _is_hinted(name: str, hints: _Hints) -> bool:
    return any(name in names for names in hints)


def _readings(token: str, tail: str, hints: _Hints) -> Iterator[tuple[str, str, str]]:
    """Yields name, type word and rest, the likeliest first."""
    ends = _type_ends(token, tail, hints)
    flagged = [end for end in ends if _is_flagged(token[end:], tail)]
    whole = [end for end in ends if end == len(token) and not tail.strip()]
    generic = [end for end in ends if end == len(token) and _GENERIC.match(tail)]
    for end in flagged[:1] or generic or whole or sorted(ends, reverse=True):
        chosen = _longest_type(token[:end], hints)
        if chosen is not None:
            arguments = _GENERIC.match(tail) if end == len(token) else None
            more = arguments.group().strip() if arguments else ""
            rest = tail[arguments.end() :] if arguments else token[end:] + tail
            yield token[: end - len(chosen)], chosen + more, rest
    head, rest = _before_flag(token, tail)
    if head:
        name = _class_name_end(head, hints)
        if name and _CLASS.match(head[len(name) :]):
            yield name, head[len(name) :], rest


def _type_ends(token: str, tail: str, hints: _Hints) -> list[int]:
    """Returns where in the token a known type word ends that a flag, a description or nothing follows."""
    found: list[int] = []
    for end in range(_SHORTEST + 1, len(token) + 1):
        if token[end - _SHORTEST : end] not in _TAILS:
            continue
        words = [size for size in range(_SHORTEST, min(_LONGEST, end - 1) + 1) if token[end - size : end] in _WORDS]
        following = token[end : end + 1] or tail[:1]
        # A description begins with a capital, or with anything where the name is one that is known.
        capital = following == "" or not (following.islower() or following.isspace() or following in "_$-.,;:")
        named = not following.isspace() and any(_is_hinted(token[: end - size], hints) for size in words)
        if words and (capital or named or _is_flagged(token[end:], tail)):
            found.append(end)
    return found


def _is_flagged(left: str, tail: str) -> bool:
    return _FLAG.match((left + tail[:14]).lstrip()) is not None


def _longest_type(head: str, hints: _Hints) -> str | None:
    """Returns the longest known type word that the head ends in and that leaves a name, one that is known at best."""
    found = [head[-size:] for size in range(min(_LONGEST, len(head) - 1), _SHORTEST - 1, -1) if head[-size:] in _WORDS]
    known_names = [word for word in found if _is_hinted(head.removesuffix(word), hints)]
    if not known_names and found and found[0] == "int" and head.endswith(_NOT_INT):
        return None
    return next(iter(known_names or found), None)


def _before_flag(token: str, tail: str) -> tuple[str, str]:
    """Returns name and class glued together, and what follows them; empty where nothing shows where they end."""
    for flag in ("Required", "Optional", "Deprecated"):
        head, mark, rest = token.rpartition(flag)
        if mark and head:
            return head, mark + rest + tail
    if not tail.strip() or _FLAG.match(tail):
        return token, tail
    return "", ""


def _class_name_end(head: str, hints: _Hints) -> str:
    """Returns the name in a head whose type is some class."""
    for end in range(len(head) - 1, 0, -1):
        if head[end].isupper() and _is_hinted(head[:end], hints) and _CLASS.match(head[end:]):
            return head[:end]
    words = _CAMEL.findall(head)[:_MAX_WORDS]
    if not words:
        return ""
    # `rootVolumeVolumeInventory`, `inventoryModelInventory`: a class often repeats how the name of its field ends.
    pascal = [word[:1].upper() + word[1:] for word in words]
    ends = range(1, len(words))
    repeats = {end: _repeated(pascal[:end], pascal[end:]) for end in ends}
    end = max(ends, key=lambda end: (repeats[end], end), default=1)
    if not repeats.get(end):
        end = next((each for each in reversed(ends) if pascal[each:][-each:] == pascal[:each]), 1)
    return "".join(words[:end])


def _repeated(name: list[str], rest: list[str]) -> int:
    """Returns how many words at the name's end the class begins with."""
    return max((size for size in range(1, len(name) + 1) if name[-size:] == rest[:size]), default=0)


def _flags(text: str) -> tuple[list[str], str]:
    """Returns the flags that the text begins with, and what follows them."""
    found: list[str] = []
    position = len(text) - len(text.lstrip())
    while (match := _FLAG.match(text, position)) is not None and len(found) < len(_NEEDED) + 3:
        found.append(match.group(1))
        position = match.end()
    return found, text[position:].strip()


def _base(vendor_type: str) -> str:
    return _GENERIC.sub("", vendor_type).strip()


def _type(word: str) -> str:
    keyword = schema(word)["type"]
    return keyword if isinstance(keyword, str) else "object"
