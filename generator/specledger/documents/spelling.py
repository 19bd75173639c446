"""Which characters a sentence allows, as a pattern."""

from __future__ import annotations

import re

from specledger.yaml12 import JsonObject

_CLASSES = (
    (re.compile(r"\blower-?case letters?|小写字母", re.IGNORECASE), "a-z"),
    (re.compile(r"\bupper-?case letters?|大写字母", re.IGNORECASE), "A-Z"),
    (re.compile(r"(?<!case )\bletters?\b|(?<![大小]写)字母", re.IGNORECASE), r"\p{L}"),
    (re.compile(r"\bdigits?\b|\bnumbers\b|数字", re.IGNORECASE), r"\p{Nd}"),
    (re.compile(r"\bunderscores?\b|下划线", re.IGNORECASE), "_"),
    (re.compile(r"\b(?:dots?|periods?|full stops?)\b|英文句号|点号?|句点", re.IGNORECASE), "."),
    (re.compile(r"\bspaces?\b|空格", re.IGNORECASE), " "),
    (re.compile(r"\bcolons?\b|冒号", re.IGNORECASE), ":"),
    (re.compile(r"(?<!back)\bslash(?:es)?\b|(?<!反)斜杠", re.IGNORECASE), "/"),
    (re.compile(r"\bat signs?\b", re.IGNORECASE), "@"),
    (re.compile(r"\bhyphens?\b|\bdash(?:es)?\b|中划线|连字符|短横线", re.IGNORECASE), "-"),
)
_ONLY = re.compile(
    r"(?:only (?:contain|consist of|include|use|have|be)|consists? only of|only[^.]{0,30}allowed|(?:只|仅)(?:能|"
    r"可以?|支持)?(?:包含|由|含有))(.*)",
    re.IGNORECASE,
)
_START = re.compile(
    r"(?:start|begin)s? with (?:an? )?(.*?)(?=,| and can| and must|and end|$)|以(.{1,20}?)开头", re.IGNORECASE
)
_UNSURE = re.compile(
    r"\bexcept\b|\bother than\b|\bspecial characters?\b|\bChinese\b|中文|汉字|"
    r"特殊字符",
    re.IGNORECASE,
)


def spelling(sentence: str) -> JsonObject:
    """Returns the pattern of a sentence such as "starts with a letter and can only contain letters and digits"."""
    only = _ONLY.search(sentence)
    if not only or _UNSURE.search(sentence):
        return {}
    allowed = _class(only.group(1))
    if not allowed:
        return {}
    start = _START.search(sentence)
    first = _class(start.group(1) or start.group(2) or "") if start else ""
    if not first:
        return {"pattern": f"^[{allowed}]*$"}
    return {
        "pattern": f"^{first if first.startswith(chr(92)) and first.count(chr(92)) == 1 else f'[{first}]'}[{allowed}]*$"
    }


def _class(text: str) -> str:
    return "".join(sign for pattern, sign in _CLASSES if pattern.search(text))
