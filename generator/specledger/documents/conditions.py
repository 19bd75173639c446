"""Sentences such as "mandatory when X is set to false" as `when` rows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from specledger.documents import choices
from specledger.documents.prose import LONGEST, remarks
from specledger.yaml12 import JsonObject, as_object

_REQUIRED_IF = re.compile(
    r"(?:mandatory|required|must be (?:specified|set|provided|configured|passed|present)|is needed|needs to be "
    r"(?:specified|set|provided))(?: only)? "
    r"(?:when|if|for|in case|(?P<unless>unless))(?: the)? (?:value of )?(?P<after>.{1,200})",
    re.IGNORECASE,
)
_IF_REQUIRED = re.compile(
    r"(?:when|if)(?: the)? (?:value of )?(?P<after>.{1,120}?),? "
    r"(?:this (?:parameter|field)|it|the parameter) (?:is |must be |"
    r"becomes )"
    r"(?:mandatory|required|specified|provided|configured)|(?:当|如果|"
    r"若)?\s*(?P<chinese>[\w.-]{1,60}(?:参数)?(?:的值)?(?:取值)?(?:为|是|设置为|=|为空)"
    r".{1,60}?)(?:时|(?=[,，]))[,，]?\s*(?:则)?\s*(?:该|此|本)?(?:参数|字段)?\s*(?:必选|必填|必传|必须)",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"[\"'“`]?(?P<name>[\w.\[\]-]{1,80}?)[\"'”`]?(?:参数)?(?: (?:parameter|field))?(?:'s value|的值)? ?(?:"
    r"(?:is )?set to|is not|isn't|!=|is equal to|equals|is one of|is|==?|has the value|取值为|设置为|不为|为|"
    r"是) ?(?P<value>.{1,160})",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    r"[\"'“`]?(?P<name>[\w.\[\]-]{1,80})[\"'”`]? is (?:specified|set(?! to)|provided|present|not (?:empty|null))",
    re.IGNORECASE,
)


def conditions(text: str, siblings: Mapping[str, JsonObject]) -> list[JsonObject]:
    """Returns `{when, required: true}` for each sentence that makes the field mandatory under a condition.

    `siblings` are the fields beside it with their keywords: a condition must name one of them, and its value is read
    as that field's type.
    """
    found: list[JsonObject] = []
    for remark in remarks(text):
        if len(remark.text) > LONGEST:
            continue
        match = _REQUIRED_IF.search(remark.text) or _IF_REQUIRED.search(remark.text)
        state = (match.group("after") or match.groupdict().get("chinese") or "") if match else ""
        if match and not re.search(r"\bnot\s*\Z", remark.text[: match.start()], re.IGNORECASE):
            when = _when(state, siblings)
            if match.groupdict().get("unless"):
                when = {name: {"not": schema} for name, schema in when.items()}
            if when:
                found.append({"when": when, "required": True})
    return found


def _when(state: str, siblings: Mapping[str, JsonObject]) -> JsonObject:
    present = _PRESENT.match(state)
    if present and present.group("name") in siblings:
        return {present.group("name"): {}}
    match = _STATE.match(state)
    if not match or match.group("name") not in siblings:
        return {}
    name, text = match.group("name"), match.group("value")
    kind = str(as_object(siblings[name]).get("type", "string"))
    text = re.split(r"\.(?=\s|$)|[。；;，]|, (?:this|it|otherwise)\b", text)[0]
    values = choices.inline(text, kind)
    if not values:
        return {}
    schema: JsonObject = {"const": values[0]} if len(values) == 1 else {"enum": list(values)}
    negative = re.search(r"is not|isn't|!=|不为", match.group(0)[: match.start("value") - match.start()])
    return {name: {"not": schema} if negative else schema}
