"""The value that a sentence says is taken where none is given."""

from __future__ import annotations

import re
from collections.abc import Sequence

from specledger.documents import choices
from specledger.yaml12 import Json, JsonObject

_VALUE = r"(?P<value>\"[^\"]{1,80}\"|-?\d{1,3}(?:,\d{3})+(?![\d,])|[^\s,，;；。()（）]+)"
_PROSE = (
    r"(?!(?:is|of|for|will|can|depends|varies|used|taken|applied|an?|the|that|automatically|left|determined|specified|"
    r"it|its|all|no|any|whatever|whether|how)\b)"
)
_SAID = re.compile(
    r"(?:\bdefaults?(?: value of (?:this|the) (?:parameter|field)| [a-z]{3,20})?(?:\s(?:is|to)\b(?: set to\b)?|"
    r"\s?[=:：])|\bdefault value|\ADefault(?= \S+\Z)|\bdefault(?= (?:-?\d|(?:true|false)\b|[\"'“`]))|"
    r"\bby default,? (?:the value|it|this|this parameter|this field) is(?: set to)?|"
    r"\b(?:if|when) (?:this (?:parameter|field) is |it is |it's )?"
    r"(?:not (?:specified|set|provided|given|passed)|omitted|unset|unspecified|left blank|left empty|empty),? "
    r"(?:the value |it |the (?:server|service|system) uses )?"
    r"(?:is |defaults? to |falls back to )?(?=\S+(?: (?:is|will be) (?:used|taken|applied)|[.。]?\Z))|"
    r"\bpar défaut,?\s?[:：]?\s?(?=[\"«]|-?\d)|"
    r"(?:默认|缺省)(?:取?值)?(?:为|是|[:：]|(?=-?\d)|(?=(?:true|false)\b))|默认每\w(?=\d))\s*" + _PROSE + _VALUE,
    re.IGNORECASE,
)
_TAKEN = re.compile(
    r"\buses (?P<used>[\w.+/-]{1,60}) by default|"
    r"(?P<by>-?\d[\d,]*(?:\.\d+)?|(?<=\bis )(?:true|false)|(?<=\bis set to )(?:true|false)|`[^`\s]{1,60}`)"
    r"(?: [a-z]{2,12})? by default\b|"
    r"(?P<the>(?<![\w.])-?\d[\d,]*(?:\.\d+)?|\b(?:true|false)|`[^`\s]{1,60}`) is the default(?: value)?(?=[.,;]|\Z)|"
    r"(?P<mark>`[^`\s]{1,60}`) \((?:the )?default\)|"
    + _PROSE
    + r"(?P<value>[\w.+/-]{1,60}) is (?:used|taken|applied) by default",
    re.IGNORECASE,
)
_SWITCH = re.compile(
    r"\b(?:(?P<on>enabled|on|turned on)|(?P<off>disabled|off|turned off)) by default\b|默认(?:(?P<open>开启|启用)|"
    r"(?P<shut>关闭|不开启|不启用|禁用))",
    re.IGNORECASE,
)
# "Defaults to UTC time" names no value; "defaults to UTC if none is given" does.
_GOES_ON = re.compile(r"\s+(?!(?:if|when|unless|for|and|or|but|which|on|in|with|where|as|is|per)\b)[a-z]")
# What leads to a default at a sentence's end: `It can be A or B, and the default value is A.`
_DANGLING = re.compile(r",?\s+(?:and|with)\s+(?:the\s+|its\s+|a\s+)?\Z|[,，]\s*\Z", re.IGNORECASE)
_MARKED = re.compile(
    r"[\"'“`]?([\w.+/-]{1,60}?)[\"'”`]?\s?[(（](?:by default|(?:the )?default(?: value)?|默认值?|缺省值?)[)）]",
    re.IGNORECASE,
)


def said(sentence: str, kind: str) -> tuple[JsonObject, str]:
    """Returns the default that a sentence says, and the sentence without those words."""
    switch = _SWITCH.search(sentence) if kind == "boolean" else None
    if switch:
        return {"default": bool(switch.group("on") or switch.group("open"))}, sentence
    match = _SAID.search(sentence) or _TAKEN.search(sentence)
    if not match:
        return {}, sentence
    word = next(filter(None, map(match.groupdict().get, ("value", "used", "by", "the", "mark")))).rstrip(".")
    if not word:
        return {}, sentence
    rest = _DANGLING.sub("", sentence[: match.start()]) + sentence[match.end() :]
    if kind in ("string", "") and re.fullmatch(r"[^\x00-\x7f“”]+", word):
        return {}, rest
    if kind in ("string", "") and word[0] not in "\"'“‘`" and word.isalpha() and _GOES_ON.match(sentence, match.end()):
        return {}, rest
    # A slash stands for "no value" in a cell, not in a sentence.
    value = word if word == "/" and kind == "string" else choices.literal(word, kind)
    if value is None:
        return ({"default": None} if word.lower() == "null" else {}), rest
    return ({"default": value} if choices.fits(value, kind) else {}), rest


def ends(text: str) -> bool:
    """Says whether a list's entry ends in a remark that it is the default: `fast - quick answers (default)`."""
    return re.search(r"[(（](?:default|默认)[)）][.。]?\Z", text, re.IGNORECASE) is not None


def opens(text: str) -> bool:
    """Says whether a text begins with a value marked as the default: `ON (default) or OFF`."""
    return _MARKED.match(text) is not None


def marked(text: str, values: Sequence[Json], kind: str) -> JsonObject:
    """Returns the default among values, one of which is marked as such: `ON (default)`."""
    match = _MARKED.search(text)
    value = choices.literal(match.group(1), kind) if match else None
    return {"default": value} if value is not None and value in values else {}
