"""Values that prose names: one in a literal, several in a list, inline or one a line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from specledger.yaml12 import Json

NOTHING = frozenset(
    "n/a na none - -- — / null nil nothing empty no无 无 不涉及 无默认值 没有 空 暂无 not_applicable".split()
) | {"no default value", "no default", "not applicable", "not involved", "not available", ""}
_QUOTES = "\"'`“”‘’「」《》"
_TOKEN = re.compile(r"(?:[A-Za-z0-9_.+/:@*#$%{}-]{1,80}|[<>=!]{1,2})\Z")
_SEPARATOR = re.compile(
    r"\s*(?:[,，、;；|]|\bor\b|\band\b|/(?= )|(?<= )/|或者?|和|以及|及)\s*(?:\bor\b|\band\b|或)?\s*"
)
_ASIDE = re.compile(r"\s*[(（][^()（）]{0,200}[)）]")
_MEANING = re.compile(
    r"[\"'`“‘]?([\w.+/@*#-]{1,80}?)[\"'`”’]?\s*(?:[(（][^()（）]{0,80}[)）]\s*)?(?:[:：](?!\d)|\s[-–—]+\s|"
    r"[=＝,，](?=\s)|\s?[-–—]{2}|——|[，,]?\s?(?:表示|代表|指的是)|\s(?:indicates|means)\s)\s*(\S.*)?\Z"
)
_MEANS = r"(?:[:：](?!\d)|表示|代表|=| (?:indicates|means|represents|stands for) | [-–] (?=[a-z]))"
_MEANT = re.compile(rf"(?:The )?(?:value )?[\"'`“‘]?([A-Za-z0-9_.-]{{1,60}})[\"'`”’]?\s?{_MEANS}\s?\S", re.IGNORECASE)
_NEXT_MEANT = re.compile(
    rf"[;；]\s*(?:and )?|(?:[,，、]| and)\s*(?:and )?"
    rf"(?=(?:the )?(?:value )?[\"'`“‘]?[A-Za-z0-9_.-]{{1,60}}[\"'`”’]?\s?{_MEANS})",
    re.IGNORECASE,
)
_BEFORE_MEANT = re.compile(rf"\A[^:：]{{1,200}}?[.。,，:：(（]\s*(?=(?:-?\d{{1,9}}|true|false)\s?{_MEANS})")
_GLOSS = re.compile(r"(-?\d{1,9}|[A-Z][A-Z0-9_]{1,40}) ?\([^()]{1,80}\)")
_GLOSSED = re.compile(rf"{_GLOSS.pattern}(?:(?:[,;]? (?:or|and) |[,;] ){_GLOSS.pattern}){{1,50}}")
_DASHED = re.compile(r"(?:(?<=\s)|\A)(\d{1,9}) ?[-–—] ?[\u4e00-\u9fff]")
_DASHED_LIST = re.compile(
    r"(?:\s|\A)\d{1,9} ?[-–—] ?[\u4e00-\u9fff][^\s\d]{0,40}"
    r"(?:[,，;；、]? +\d{1,9} ?[-–—] ?[\u4e00-\u9fff][^\s\d]{0,40}){1,50}"
    r"[。.]?\Z"
)
_ITEM = r"`?[\w.+/:@*-]{1,60}`?(?: ?\([^()]{1,60}\))?"
_NAMED = re.compile(
    rf"(?:\A|(?P<lead>[:：] ?| \())(?P<values>{_ITEM}(?:(?:, ?(?:or |and )?| or | ?\| ?|、|，){_ITEM}){{1,60}})"
    r"\)?(?: \(default[^()]{0,60}\))?[.。]?\Z"
)
# ``asc` for ascending order and `desc` for descending order`.
_EACH = re.compile(r"`([^`]{1,60})` (?:for|means|indicates|returns|sorts)\b")
# What stands before a list whose words are no values of this field.
_OTHER = re.compile(
    r"\b(?:see|e\.?g|examples?|such as|fields?|headers?|propert\w+|keys?|columns?|units?|param\w*|scopes?|requires?|"
    r"like|note|includes?|default)\b[^:：]{0,30}[:：]? ?\Z|格式[:：]\Z|"
    r"\b(?:required|mandatory|needed|ignored|applies|applicable|only for|if|when|unless)\b[^:：]{0,60}[:：(]? ?\Z",
    re.IGNORECASE,
)
_SORT = re.compile(
    r"\b(?:state|status|mode|type|kind|level|phase|role|direction|order|action|protocol|format|method|severity|outcome|"
    r"result|one of the following)(?: of [\w ]{1,40}?)?\s?[:：(][^:：(]*\Z",
    re.IGNORECASE,
)
_PROSE = frozenset(
    "the a an this that it if when must only can cannot is are note for up at in by on all any not".split()
)


def literal(text: str, kind: str) -> Json:
    """Returns the value that a text writes, read as the JSON type; the bare text where the type does not fit.

    None stands for "no value": `N/A`, `-`, `无`.
    """
    word = text.strip().rstrip("。.;；,，").strip("` ")
    bare = word.strip(_QUOTES) if word.strip(_QUOTES) or not word else word
    if bare.lower() in NOTHING and word == bare:
        return None
    if kind == "boolean":
        return {"true": True, "false": False, "yes": True, "no": False}.get(bare.lower(), bare)
    if kind in ("integer", "number"):
        digits = bare.replace(",", "")
        if re.fullmatch(r"-?\d{1,300}", digits):
            return int(digits)
        return float(digits) if re.fullmatch(r"-?\d{1,300}\.\d{1,300}", digits) else bare
    if kind in ("array", "object") and bare[:1] in ("[", "{"):
        try:
            value: Json = json.loads(bare)
        except (ValueError, RecursionError):
            return bare
        return value
    return bare


def fits(value: Json, kind: str) -> bool:
    """Says whether a value is of the JSON type."""
    if kind in ("integer", "number"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    wanted = {"boolean": bool, "array": list, "object": dict}.get(kind)
    return wanted is None or isinstance(value, wanted)


def inline(text: str, kind: str) -> list[Json]:
    """Returns the values of a list such as `A, B, or C` or `0 (off) or 1 (on)`; none where it is no such list."""
    bare = _ASIDE.sub("", text).strip().rstrip(".。;；")
    bare = re.sub(
        r"\A(?:either|both|exactly|any of|one of|the following values?[:：]?)\s+", "", bare, flags=re.IGNORECASE
    )
    if re.fullmatch(r"\[.*\]", bare):
        bare = bare[1:-1]
    words = [part.strip() for part in _SEPARATOR.split(bare)]
    words = [word for word in words if word]
    if not words or len(words) > 400:
        return []
    meanings = [_MEANING.match(word) for word in words]
    if all(meanings):
        words = [match.group(1) for match in meanings if match]
    return _values(words, kind)


def whole(text: str, kind: str, joined: str = r"\bor\b|或") -> list[Json]:
    """Returns the values of a sentence that is nothing but `EUR or USD`: words with a capital, a digit or a sign.

    Any word is one where it is marked as code.
    """
    if not re.search(joined, text) or len(text) > 200:
        return []
    values = inline(text, kind)
    plain = [
        value
        for value in values
        if isinstance(value, str) and not re.search(r"[\d_/-]|\A[A-Z]{2}", value) and f"`{value}`" not in text
    ]
    return [] if plain else values


def named(text: str, kind: str) -> list[Json]:
    """Returns the values that end a sentence after what they are values of: `The state: OPEN, SHUT or LOST`."""
    each = _EACH.findall(text) if text.startswith("`") else []
    if len(each) > 1 and len(each) == text.count("`") // 2:
        return _values([f"`{word}`" for word in each], kind)
    match = _NAMED.search(text)
    if not match or _OTHER.search(text[: match.start()] + (match.group("lead") or "")):
        return []
    words = match.group("values")
    values = inline(words, kind)
    coded = len(re.findall(r"`[^`]+`", words)) == len(values) and (
        "(" not in (match.group("lead") or "") or " or " in words
    )
    upper = all(isinstance(value, str) and re.fullmatch(r"[A-Z][A-Z0-9_-]+", value) for value in values)
    return values if len(values) > 1 and (coded or (match.group("lead") and (upper or _SORT.search(text)))) else []


def listed(lines: Sequence[str], kind: str) -> list[Json]:
    """Returns the values of lines such as `• VALUE: meaning` or `VALUE`; none where any line is no such entry."""
    words: list[str] = []
    for line in lines:
        bare = line.removeprefix("• ").strip()
        match = _MEANING.match(bare)
        word = match.group(1) if match else _ASIDE.sub("", bare).strip().rstrip(".。;；,，")
        words.append(word)
    return _values(words, kind)


def meant(text: str, kind: str) -> list[Json]:
    """Returns the values of a sentence such as `0: off; 1: on` or `0表示关闭，1表示开启`; none where it is another."""
    text = text if _MEANT.match(text) else _BEFORE_MEANT.sub("", text)
    parts = [part.strip() for part in _NEXT_MEANT.split(text.rstrip(".。;；)）")) if part.strip()]
    found = [_MEANT.match(part) for part in parts]
    return _values([match.group(1) for match in found if match], kind) if len(parts) > 1 and all(found) else []


def glossed(text: str, kind: str) -> list[Json]:
    """Returns the values of a list, each with a remark: `type: 4 (block), 5 (allow)`, `0-开启 1-关闭`."""
    _, colon, rest = text.rpartition(": ")
    found = _GLOSSED.fullmatch(rest.rstrip(". ")) if colon else None
    if found:
        return _values(_GLOSS.findall(found.group(0)), kind)
    return _values(_DASHED.findall(text), kind) if kind == "integer" and _DASHED_LIST.search(text) else []


def _values(words: Sequence[str], kind: str) -> list[Json]:
    values: list[Json] = []
    for word in words:
        bare = word.strip(_QUOTES).strip()
        prose = bare.lower() in _PROSE and not (bare.lower() == "on" and "off" in (other.lower() for other in words))
        if not _TOKEN.match(bare) or (bare == word and not bare.isupper() and prose):
            return []
        # Beside other values, `none` is one too.
        named = kind in ("string", "") and len(words) > 1 and bare.lower() in ("none", "no", "empty")
        value = bare if named else literal(word, kind)
        if value is None or (kind in ("integer", "number") and isinstance(value, str)):
            return []
        if value not in values:
            values.append(value)
    return values
