"""The only value, or the only values, that a sentence leaves."""

from __future__ import annotations

import re

from specledger.documents import choices
from specledger.yaml12 import JsonObject

_FIXED = re.compile(
    r"(?:\b(?:value|size|parameter|field|currently|it|and|type|which)?,? ?(?:is |are |be )?(?:always |currently )?"
    r"fixed (?:at|to|as)|\bmust always be|\bconstant(?: value)?[:：]|"
    r"\b(?:the )?(?:value|it) (?:is|must be|should be) always(?: set to)?|\balways(?: set to)|"
    r"(?<!will )\balways(?=:? [\"'“`]?(?!empty|present|required|returned|included|null|set|"
    r"enabled)[\w.-]{1,60}[\"'”`]?[.]?\s*\Z)|"
    r"固定(?:值)?(?:为|是|填写?|[:：])|恒为)\s*"
    r"(\"[^\"]{1,80}\"|[^\s,，;；。]+)(?=[.,;。，；]?(?:\s(?! ?(?:or|and|to)\b)|$))",
    re.IGNORECASE,
)
# A word with a sign or a capital, or a small one in quotes, is a value; "only one" and "must be present" are none.
_WORD = r"(?=[\"'“`]|[\w./-]*[_/0-9]|[A-Z]+\b)(?!(?-i:1|one) )[\"'“`]?([\w./-]{1,60})[\"'”`]?"
_MUST_BE = re.compile(
    rf"\b(?:must be|can only be) (?-i:{_WORD})(?:[.]?\Z|, (?:which )?indicat)", re.IGNORECASE | re.ASCII
)
# `The values of mm and MM must be 00` speaks of parts of the value.
_PARTS_OF = re.compile(r"\bvalues? of (?!this\b|the (?:parameter|field)\b)", re.IGNORECASE)
_ONLY = re.compile(
    rf"\bonly (?:supports? (?:[a-z]{{3,20}}[:：]? )?(?-i:{_WORD})[.]?\Z|"
    rf"(?-i:{_WORD}) is (?:currently )?(?:supported|available|allowed))|"
    r"(?:仅|只)(?:支持|(?:能|可以?)(?:为|是|取))([\w./-]+)[。.]?\Z",
    re.IGNORECASE | re.ASCII,
)
# `Set to x`, `must be set to x to collect Y`: the only value, where it is quoted.
_SET = re.compile(r"(?:\Aset to (?=\S+\Z)|\bmust be set to )[\"'`]([^\"'`\s]{1,80})[\"'`](?! or\b)", re.IGNORECASE)
# `Only IPv4 and IPv6 are supported`.
_ONLY_LIST = re.compile(
    r"\bonly (\S.{2,120}?) (?:is|are) (?:currently )?(?:supported|available|allowed|accepted|permitted)\b",
    re.IGNORECASE,
)


def only(text: str, kind: str) -> JsonObject:
    """Returns the const of `fixed at 30`, or the enum of `only X and Y are supported`; nothing for another sentence."""
    for pattern in (_FIXED, _SET, _MUST_BE, _ONLY):
        said = pattern.search(text) if pattern is not _MUST_BE or not _PARTS_OF.search(text) else None
        value = choices.literal(str(said.group(said.lastindex or 1)), kind) if said else None
        if value is not None and not isinstance(value, (list, dict)) and choices.fits(value, kind):
            # What alone is supported now is the only one of its kind so far.
            return {"enum": [value]} if pattern is _ONLY else {"const": value}
    several = _ONLY_LIST.search(text) if kind in ("string", "integer") else None
    if several and (values := choices.whole(several.group(1), kind, r"\b(?:and|or)\b|,")):
        return {"enum": values}
    return {}
