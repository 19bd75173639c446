"""Numbers, ranges and lengths in a sentence, English or Chinese, as JSON Schema's bounds."""

from __future__ import annotations

import re
from itertools import islice

from specledger.yaml12 import JsonObject

_DIGITS = r"-?(?:\d{1,3}(?:,\d{3}){1,8}(?!\d)|\d{1,30})(?:\.\d{1,20})?"
_NUMBER = _DIGITS + r"(?: ?\^ ?\d{1,2}(?: ?[-+] ?\d{1,3})?)?(?: ?(?:thousand|million|billion)\b)?"
_COUNT = r"(?:\d{1,3}(?:,\d{3}){1,5}(?!\d)|\d{1,18}|one|two|three|four|five|six|seven|eight|nine|ten|a single)"
_WORDS = {
    word: number
    for number, word in enumerate("zero one two three four five six seven eight nine ten".split())
} | {"a single": 1}  # fmt: skip
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_CHARACTERS = (
    r"(?:(?:\w{1,30} ){0,2}?(?:characters?|chars?|letters|bytes?)\b|(?:个)?(?:英文)?(?:字符|字节|字)|位(?:字符|字母))"
)
_ITEMS = (
    r"(?:(?:[\w-]{1,30} ){0,3}?(?:items?|elements?|entries|objects?|tags?|values|records|members|names|IDs|keys|"
    r"labels"
    r"|rules?|targets?|ports?|addresses)\b|个(?!字))"
)
_DASH = r" ?(?:to|through|and|-|–|—|~|～|至|到|－|,|，) ?"

_RANGE = re.compile(rf"(?<![A-Za-z0-9_.^-])({_NUMBER}){_DASH}({_NUMBER})(?![A-Za-z0-9_^]|[-.]\d| ?\^)")
_BRACKETS = re.compile(rf"([\[(（［])\s?({_NUMBER}){_DASH}({_NUMBER})\s?([\])）］])")
_MOST = re.compile(
    r"(?:up to|at most|\bmax(?:imum|\.)?(?= \d)|(?:a )?maximum (?:length |value |number |size )?(?:of|is)|"
    r"no (?:more|longer|greater|larger) than|not (?:be )?"
    r"(?:more|longer|greater|larger) than|(?:cannot|must not|can't|may not|not|never) exceed(?: the length of)?|"
    r"less than or equal to|does not exceed|max(?:imum)?(?: (?:length|value|number|size))?\s?[:：=]|within|≤|<=|"
    r"不超过|"
    r"不能超过|不得超过|不大于|小于等于|小于或等于|最大(?:值|长度)?(?:为|是|[:：])?|最多(?:为|支持|包含|输入)?|"
    r"最长(?:为)?)"
    rf"\s?({_NUMBER}|{_COUNT})(?![A-Za-z0-9_^])",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"(?:at least|\bmin(?:imum|\.)?(?= -?\d)|(?:a )?minimum (?:length |value |number |size )?(?:of|is)|"
    r"no (?:less|fewer|shorter|smaller) than|not (?:be )?(?:less|"
    r"fewer|shorter|smaller) than|greater than or equal to|more than or equal to|min(?:imum)?(?: (?:length|"
    r"value|number"
    r"|size))?\s?[:：=]|≥|>=|不小于|不少于|不低于|大于等于|大于或等于|最小(?:值|长度)?(?:为|是|[:：])?|"
    r"至少(?:为|包含)?|"
    rf"最少(?:为)?|最短(?:为)?)\s?({_NUMBER}|{_COUNT})(?![A-Za-z0-9_^])",
    re.IGNORECASE,
)
_OVER = re.compile(
    rf"(?:(?<!or )(?:greater|larger|more) than|>(?!=)|(?<!不)大于(?!等|"
    rf"或)) ?({_NUMBER})",
    re.IGNORECASE,
)
_UNDER = re.compile(rf"(?:(?:less|smaller|fewer) than|<(?!=)|(?<!不)小于(?!等|或)) ?({_NUMBER})", re.IGNORECASE)
_EXACT = re.compile(
    rf"(?:exactly|fixed (?:length|at)|(?<!max )(?<!min )(?<!maximum )(?<!minimum )length (?:of|is)|长度(?:为|是|"
    rf"固定为)|consists? of|contains?|must be|is) ?({_COUNT})"
    rf"[ -]?{_CHARACTERS}|({_COUNT})[ -]?{_CHARACTERS} (?:long|in length)|({_COUNT})-(?:character|digit) |"
    rf"长度(?:固定)?(?:为|是)\s?(\d+)(?:位)?(?![\d.~～至到-])",
    re.IGNORECASE,
)
_EXACT_ITEMS = re.compile(rf"\bexactly ({_COUNT}) (?!char|letter|byte|digit)", re.IGNORECASE)
_ONLY_ONE = re.compile(
    r"\bonly (?:one|1|a single) (?!of\b)|(?:仅|只)(?:能|支持|允许)(?:\w{0,4})?(?:一|1)个", re.IGNORECASE
)
_SIGNED = (
    (re.compile(r"\bnon-?negative (?:integer|number|whole)|非负整数", re.IGNORECASE), 0),
    (re.compile(r"\bpositive (?:integer|whole number)|(?<!非)正整数", re.IGNORECASE), 1),
)
_MULTIPLE = re.compile(rf"\bmultiples? of ({_NUMBER})|({_NUMBER}) ?的(?:整数)?倍", re.IGNORECASE)
_ABOUT_LENGTH = re.compile(r"length|long\b|character|\bchars?\b|\bbytes?\b|长度|字符|字节", re.IGNORECASE)
_ABOUT_COUNT = re.compile(
    r"\barray|\blength|\bquantity|\bnumber of|\bitems?\b|\belements?\b|\bentries\b|数量|数组", re.IGNORECASE
)
_ABOUT_RANGE = re.compile(
    r"rang|between|value|from|limit|interval|minimum|maximum|port|取值|范围|区间|大小|之间", re.IGNORECASE
)
_MOST_ITEMS = 1024
_OTHER_UNIT = re.compile(
    rf"\s?(?:{_CHARACTERS}|(?:[KMGT]i?B|ms|seconds?|minutes?|hours?|days?)\b|%|秒|分钟|小时|天)", re.IGNORECASE
)
_PLURAL = re.compile(r" [A-Za-z]{2,40}s\b")
_UNIT = re.compile(rf"\s?(?:(?P<characters>{_CHARACTERS})|(?P<items>{_ITEMS}))", re.IGNORECASE)


# A sentence with more ranges than that is a list of figures, and no bound.
_MOST_RANGES = 20


def number(text: str) -> int | float:
    """Returns the number that the text writes: `1,024`, `2^31-1`, `5 million`, `three`."""
    word = text.strip().lower()
    if word in _WORDS:
        return _WORDS[word]
    scale = 1
    for name, factor in _SCALES.items():
        if word.endswith(name):
            word, scale = word.removesuffix(name).strip(), factor
    word = word.replace(",", "").replace(" ", "")
    power = re.fullmatch(r"(-?)(\d+)\^(\d+)(?:([-+])(\d+))?", word)
    if power:
        value: int = int(power.group(2)) ** int(power.group(3))
        value = -value if power.group(1) else value
        return value + int(f"{power.group(4)}{power.group(5)}") if power.group(4) else value
    exact = float(word) if "." in word else int(word)
    return (int(exact) if isinstance(exact, float) and exact.is_integer() else exact) * scale


def bounds(sentence: str, kind: str, *, ranged: bool = False) -> JsonObject:
    """Returns the bounds that a sentence gives a value of this JSON type, in JSON Schema's words.

    Lengths where it counts characters, items where it counts those; `ranged` says that the sentence stands under
    a label such as Range, so that a bare `0-255` is one.
    """
    if not re.search(r"\d|one|single|two|three|positive|negative|整数|一个", sentence):
        return {}
    found: JsonObject = {}
    for read in (_ranges, _brackets, _one_sided, _exact, _signed):
        if not found:
            found = read(sentence, kind, ranged)
    multiple = _MULTIPLE.search(sentence)
    if multiple:
        found["multipleOf"] = number(multiple.group(1) or multiple.group(2))
    return found


def bound(side: str, amount: int | float, kind: str, about: str = "value") -> JsonObject:
    """Returns one bound; `side` is `minimum` or `maximum`, `about` what is counted: value, characters or items."""
    short = {"minimum": "min", "maximum": "max"}[side]
    if about == "characters" or (about == "length" and kind == "string"):
        return {f"{short}Length": int(amount)}
    if about == "items" or (about == "length" and kind == "array"):
        return {f"{short}Items": int(amount)}
    return {side: amount}


def _about(sentence: str, end: int, kind: str) -> str:
    unit = _UNIT.match(sentence, end)
    if unit and unit.group("characters") and kind in ("string", "", "array"):
        return "characters" if kind != "array" else ""
    if kind == "array":
        counted = (unit and unit.group("items")) or _ABOUT_COUNT.search(sentence) or _PLURAL.match(sentence, end)
        return "items" if counted and not _OTHER_UNIT.match(sentence, end) else ""
    if kind in ("string", ""):
        return "characters" if _ABOUT_LENGTH.search(sentence) else "value"
    return "value" if kind in ("integer", "number") else ""


def _counted(last: str, kind: str, ranged: bool) -> str:
    """Says that an array's bare range counts its items, unless it reaches where only values (ports, say) do."""
    return "items" if kind == "array" and ranged and number(last) <= _MOST_ITEMS else ""


def _ranges(sentence: str, kind: str, ranged: bool) -> JsonObject:
    if _BRACKETS.search(sentence):
        return {}
    for match in islice(_RANGE.finditer(sentence), _MOST_RANGES):
        first, last = match.groups()
        bare = match.group(0)[len(first) :].removesuffix(last).strip()
        about = _about(sentence, match.end(), kind) or _counted(last, kind, ranged)
        if bare in (",", "，") or not about or (bare == "and" and "between" not in sentence.lower()):
            continue
        if about == "value" and not (ranged or _ABOUT_RANGE.search(sentence) or match.group(0) == sentence.strip(" .")):
            continue
        low, high = number(first), number(last)
        if low <= high:
            return bound("minimum", low, kind, about) | bound("maximum", high, kind, about)
    return {}


def _brackets(sentence: str, kind: str, ranged: bool) -> JsonObject:
    match = _BRACKETS.search(sentence)
    if not match:
        return {}
    opening, first, last, closing = match.groups()
    low, high = number(first), number(last)
    about = _about(sentence, match.end(), kind) or _counted(last, kind, ranged)
    rounded = opening in "(（" and closing in ")）"
    if low > high or not about or (rounded and not (ranged or _ABOUT_RANGE.search(sentence))):
        return {}
    if about != "value":
        return bound("minimum", low, kind, about) | bound("maximum", high, kind, about)
    # `(1-64)` is a range in passing; only a comma makes the bracket an open end.
    open_low = opening in "(（" and ("," in match.group(0) or closing in "]］")
    open_high = closing in ")）" and ("," in match.group(0) or opening in "[［")
    return {
        "exclusiveMinimum" if open_low else "minimum": low,
        "exclusiveMaximum" if open_high else "maximum": high,
    }


def _exact(sentence: str, kind: str, _: bool) -> JsonObject:
    match = _EXACT.search(sentence) if kind in ("string", "") else None
    if match:
        amount = number(next(group for group in match.groups() if group))
        return bound("minimum", amount, kind, "characters") | bound("maximum", amount, kind, "characters")
    if kind != "array":
        return {}
    match = _EXACT_ITEMS.search(sentence)
    if match:
        return {"minItems": int(number(match.group(1))), "maxItems": int(number(match.group(1)))}
    return {"maxItems": 1} if _ONLY_ONE.search(sentence) else {}


def _one_sided(sentence: str, kind: str, _: bool) -> JsonObject:
    found: JsonObject = {}
    for pattern, side in ((_LEAST, "minimum"), (_MOST, "maximum")):
        match = pattern.search(sentence)
        about = _about(sentence, match.end(), kind) if match else ""
        if match and kind == "array" and not _OTHER_UNIT.match(sentence, match.end()):
            about = "items"
        if match and about:
            # A number in a string's prose is about some value; only "characters" or "length" is about the string.
            if about == "value" and kind in ("string", ""):
                continue
            # Words for numbers count something else: "at least six decimal places".
            if about == "value" and match.group(1)[:1].isalpha():
                continue
            found |= bound(side, number(match.group(1)), kind, about)
    if kind in ("integer", "number"):
        over, under = _OVER.search(sentence), _UNDER.search(sentence)
        if over and "minimum" not in found:
            found["exclusiveMinimum"] = number(over.group(1))
        if under and "maximum" not in found:
            found["exclusiveMaximum"] = number(under.group(1))
    return found


def _signed(sentence: str, kind: str, _: bool) -> JsonObject:
    if kind != "integer":
        return {}
    return next(({"minimum": least} for pattern, least in _SIGNED if pattern.search(sentence)), {})
