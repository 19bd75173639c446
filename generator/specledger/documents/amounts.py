"""Numbers, ranges and lengths in a sentence, English or Chinese, as JSON Schema's bounds."""

from __future__ import annotations

import re
from itertools import islice, pairwise

from specledger.yaml12 import JsonObject

_DIGITS = r"-?(?:\d{1,3}(?:,\d{3}){1,8}(?!\d)|\d{1,30})(?:\.\d{1,20})?"
_NUMBER = (
    _DIGITS + r"(?: ?\^ ?\d{1,2}(?: ?[-+] ?\d{1,3})?)?"
    r"(?: ?(?:thousand|million|billion)\b|[kKmM](?= (?:char|token|record|item|row)))?"
)
_COUNT = (
    r"(?:\d{1,3}(?:,\d{3}){1,5}(?!\d)|\d{1,18}|one|two|three|four|five|six|seven|eight|nine|ten|a single|"
    r"[一两二三四五六七八九十](?=[个条项]))"
)
_WORDS = {
    word: number
    for number, word in enumerate("zero one two three four five six seven eight nine ten".split())
} | {word: number for number, word in enumerate("零一二三四五六七八九十")} | {"a single": 1, "两": 2}  # fmt: skip
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "k": 10**3, "m": 10**6}
_CHARACTERS = (
    r"(?:(?:\w{1,30} ){0,2}?(?:characters?|chars?|letters|bytes?)\b|(?:个)?(?:英文)?(?:字符|字节|字)|位(?:字符|字母))"
)
_ITEMS = (
    r"(?:(?:[\w-]{1,30} ){0,3}?(?:items?|elements?|entries|objects?|tags?|values|records|members|names|IDs|keys|"
    r"labels|rules?|targets?|ports?|addresses|pairs|properties)\b|个(?!字)|条|项)"
)
_SIZE = (
    r"(?:(?:[KMGTP]i?[Bb]|[KMG]bit/s|[KMG]bps|ms|s|seconds?|minutes?|hours?|days?|months?|px|pixels?|IOPS)\b|%|秒|分钟|"
    r"小时|天)"
)
_DASH = r" ?(?:to|through|and|-|–|—|~|～|至|到|和|与|－|,|，) ?"

# The first number may have the unit too ("40 GB to 1,024 GB"); where the two units differ, it is no bound.
_RANGE = re.compile(
    rf"(?<![A-Za-z0-9_.^-])(?<!\d:)(?P<first>{_NUMBER})(?: ?(?P<unit>{_SIZE}))?(?P<dash>{_DASH})(?P<last>{_NUMBER})"
    rf"(?(unit) ?(?P=unit))(?![A-Za-z0-9_^]|[-.:]\d| ?\^)"
)
_BRACKETS = re.compile(rf"([\[(（［])\s?({_NUMBER}){_DASH}({_NUMBER})\s?([\])）］])")
_CHAIN = re.compile(rf"({_NUMBER}) ?(<=?|≤) ?[\w.-]{{1,60}} ?(<=?|≤) ?({_NUMBER})")
_MOST = re.compile(
    r"(?:up to|at most|\bmax(?:imum|\.)?(?= \d)|limited to(?= [\d,]+ (?:char|item|entr))|"
    r"(?:a )?max(?:imum)? (?:allowed )?(?:length |value |number |size )?(?:of|is)|"
    r"no (?:more|longer|greater|larger) than|not (?:be )?(?:more|longer|greater|larger) than|"
    r"(?:cannot|must not|can't|may not|not|never) exceed(?: the length of)?|less than or equal to|does not exceed|"
    r"max(?:imum)?(?: (?:length|value|number|size))?\s?[:：=]|"
    r"\blimit(?: per [a-z]{3,12})?(?:[:：]| is| of)|within|≤|<=|"
    r"不(?:能|得|可|应)?(?:超过|大于|多于|高于)|小于等于|小于或等于|最大(?:值|长度|数量)?(?:为|是|支持|[:：])?|"
    r"最多(?:可|能|可以|允许)?(?:为|支持|包含|输入|添加|绑定|指定|设置|传入?)?|最长(?:为)?)"
    rf"\s?(?P<amount>{_NUMBER}|{_COUNT})(?![A-Za-z0-9_^])",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"(?:at least|\bmin(?:imum|\.)?(?= -?\d)|(?:a )?min(?:imum)? (?:length |value |number |size )?(?:of|is)|"
    r"no (?:less|fewer|shorter|smaller) than|not (?:be )?(?:less|fewer|shorter|smaller) than|"
    r"greater than or equal to|more than or equal to|min(?:imum)?(?: (?:length|value|number|size))?\s?[:：=]|≥|>=|"
    r"不(?:能|得|可|应)?(?:小于|少于|低于)|大于等于|大于或等于|最小(?:值|长度|数量)?(?:为|是|[:：])?|"
    rf"(?:至少|最少)(?:为|包含|需要?|指定|有)?|最短(?:为)?)\s?(?P<amount>{_NUMBER}|{_COUNT})(?![A-Za-z0-9_^])",
    re.IGNORECASE,
)
_OR_LESS = re.compile(
    rf"(?P<amount>{_NUMBER})(?:(?: [A-Za-z]{{2,20}})? or (?:fewer|less|lower|below|shorter)|"
    r"(?: [A-Za-z]{2,20}){0,3} at most|个?(?:字符|字)(?:以内|之内))",
    re.IGNORECASE,
)
_OR_MORE = re.compile(
    rf"(?P<amount>{_NUMBER})(?: [A-Za-z]{{2,20}})? or (?:more|greater|higher|above|longer|larger|older)", re.IGNORECASE
)
_OVER = re.compile(
    rf"(?:(?<!or )(?:greater|larger|more|longer) than|>(?!=)|(?<!不)大于(?!等|或)) ?({_NUMBER})", re.IGNORECASE
)
_UNDER = re.compile(
    rf"(?:(?:(?:less|smaller|fewer|shorter) than|\bunder(?= \d))|<(?!=)|(?<!不)小于(?!等|或)) ?({_NUMBER})",
    re.IGNORECASE,
)
_EXACT = re.compile(
    rf"(?:exactly|fixed (?:length|at)|(?<!max )(?<!min )(?<!maximum )(?<!minimum )length (?:of|is)|"
    rf"长度(?:为|是|固定为)|consists? of|contains?|must be|is) ?({_COUNT})[ -]?{_CHARACTERS}|"
    rf"({_COUNT})[ -]?{_CHARACTERS} (?:long|in length)|({_COUNT})-(?:character|char|digit|letter|byte)s? |"
    rf"exactly ({_COUNT}) digits|"
    rf"长度(?:固定)?(?:为|是)\s?(\d+)(?:位)?(?![\d.~～至到-])",
    re.IGNORECASE,
)
_EXACT_ITEMS = re.compile(rf"\bexactly ({_COUNT}) (?!char|letter|byte|digit)", re.IGNORECASE)
_ONLY_ONE = re.compile(
    r"\bonly (?:one|1|a single) (?!of\b)|(?:仅|只)(?:能|支持|允许)(?:\w{0,4})?(?:一|1)个", re.IGNORECASE
)
_SIGNED = (
    (
        re.compile(
            r"\bnon-?negative (?:integer|number|whole)|\b(?:counted|starts?|starting) (?:from|at|with) (?:0|zero)\b|"
            r"\b(?:cannot|must not) be negative|非负整数",
            re.IGNORECASE,
        ),
        0,
    ),
    (
        re.compile(
            r"\bpositive (?:integer|whole number)|\b(?:counted|starts?|starting) (?:from|at|with) (?:1|one)\b|"
            r"(?<!非)正整数",
            re.IGNORECASE,
        ),
        1,
    ),
)
_FILLED = re.compile(
    r"\bnon-?empty (?:string|array|list|text)|\b(?:cannot|can't|must not|may not) be "
    r"(?:(?:an )?empty|left (?:blank|empty))\b|"
    r"非空(?:字符串|数组)|不(?:能|可|可以|允许)为空",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:if|when|unless)\b|时", re.IGNORECASE)
_DISTINCT = re.compile(
    r"\b(?:items?|elements?|entries) (?:must|should) be (?:unique|distinct)|s must (?:all )?be (?:unique|distinct)\b|"
    r"\beach (?:one )?unique\b|\b(?:no|without) duplicates?\b|"
    r"duplicates? (?:\w+ )?(?:is|are) not allowed|不(?:能|可|允许)重复",
    re.IGNORECASE,
)
_MULTIPLE = re.compile(rf"\b(?:multiples? of|divisible by) ({_NUMBER})|({_NUMBER}) ?的(?:整数)?倍", re.IGNORECASE)
_ABOUT_LENGTH = re.compile(r"length|long\b|character|\bchars?\b|\bbytes?\b|长度|字符|字节", re.IGNORECASE)
_ABOUT_COUNT = re.compile(
    r"\barray|\blength|\bquantity|\bnumber of|\bitems?\b|\belements?\b|\bentries\b|数量|数组|长度", re.IGNORECASE
)
_ABOUT_RANGE = re.compile(
    r"rang|between|percent|value|limit|interval|minimum|maximum|port|\b(?:integer|float|decimal)|"
    r"\bnumber (?:from|in)|"
    r"取值|范围|区间|大小|之间|介于",
    re.IGNORECASE,
)
# A range that is a clause of its own ("Share of the requests, 1-100.") bounds the value; one amid other words does not.
_CLAUSE_OPENS = re.compile(r"(?:\A|[,，、:：;；(（]|\b(?:be|is|are)\b|为|是)\s?(?:from |between )?\Z", re.IGNORECASE)
_CLAUSE_ENDS = re.compile(rf"\s?(?:{_SIZE})?\s?(?:[,，.。;；)）]|\Z)")
# What happens, or what an account may have, is not what the value may be.
_ELSEWHERE = re.compile(
    r"\b(?:takes?|lasts?|waits?|expires?|retry|retried|charged?|valid for|you can (?:create|have)|recommend\w*|"
    r"typical(?:ly)?|usually|approximately|section|version)\b|需要|耗时|有效期|重试|建议|推荐",
    re.IGNORECASE,
)
_UNDER_CONDITION = re.compile(
    r"\b(?:if|when|whenever|once|until)\b[^,]{0,200}\Z|(?:如果|若|当)[^,，]{0,100}\Z", re.IGNORECASE
)
_RATE = re.compile(r"\s?(?:[\w-]+ ){1,3}(?:per|in an|for an|for each) ", re.IGNORECASE)
_REMARK = re.compile(r"(?<=\d)\s?[(（](?:[^()（）\d]{0,60}|\d{1,4}%[^()（）\d]{0,60})[)）]")
# The digits of an alphabet: `a-z, A-Z, 0-9`.
_ALPHABET = re.compile(r"(?<![\d-])0-9(?![\d-])(?=.{0,80}(?:[aA]-[zZ]|[_-]))|(?<=[zZ字])[^\d]{0,4}0-9(?!\d)")
_OUTSIDE = r"\s?[(（](?:exclusive|excluded|not included|不含|不包含|不包括)"
_MOST_ITEMS = 1024
_MOST_VALUES = 64
_OR_ELSE = re.compile(r",? or (?:from )?-?\d")
_SPAN = re.compile(rf"({_DIGITS})(?: ?(?:to|-|–|—|~|～|至|到) ?({_DIGITS}))?")
_SEVERAL = re.compile(
    rf"(?<![\w.^-])(?={_DIGITS}[^.;。]{{0,200}}?\d ?(?:to|-|–|—|~|～|至|到) ?\d|{_DIGITS} ?(?:to|-|–|—|~|～|至|到) ?\d)"
    rf"{_SPAN.pattern}(?:(?:,? (?:or|and) |, |、|，|或|和){_SPAN.pattern}){{1,40}}(?=\s*(?:[.;。；)]|\Z))"
)
_OTHER_UNIT = re.compile(rf"\s?(?:{_CHARACTERS}|{_SIZE}|(?:words|tokens|lines)\b)", re.IGNORECASE)
_PLURAL = re.compile(r" [A-Za-z]{2,40}s\b")
_UNIT = re.compile(rf"\s?(?:(?P<characters>{_CHARACTERS})|(?P<items>{_ITEMS}))", re.IGNORECASE)
_SPEAKS = re.compile(
    r"\d|\b(?:one|single|two|three|positive|non-?negative|negative|non-?empty|empty|blank|unique|distinct|duplicates?)\b|"
    r"整数|空|重复|[一两二三四五六七八九十][个条项]",
    re.IGNORECASE,
)


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
    if not _SPEAKS.search(sentence):
        return {}
    sentence = _ALPHABET.sub(" ", sentence) if "0-9" in sentence and kind == "string" else sentence
    found: JsonObject = {}
    if kind == "array" and _ONLY_ONE.search(sentence):
        found = {"maxItems": 1}
    for read in (_chain, _ranges, _brackets, _one_sided, _exact, _signed):
        if not found:
            found = read(sentence, kind, ranged)
    multiple = _MULTIPLE.search(sentence)
    if multiple and not _UNDER_CONDITION.search(sentence[: multiple.start()]):
        found["multipleOf"] = number(multiple.group(1) or multiple.group(2))
    if kind in ("string", "array") and _FILLED.search(sentence) and not _CONDITION.search(sentence):
        found = bound("minimum", 1, kind, "length") | found
    if kind == "array" and _DISTINCT.search(sentence):
        found["uniqueItems"] = True
    return found


def several(sentence: str, *, ranged: bool = False) -> JsonObject:
    """Returns what several ranges say of an integer: `1 to 9, or 99, or 33 to 36`; nothing where there is one.

    Few integers are an enum; of many, only the least and the greatest.
    """
    match = _SEVERAL.search(_REMARK.sub("", sentence)) if len(sentence) < 1000 else None
    if not match or not (ranged or _ABOUT_RANGE.search(sentence)) or _ELSEWHERE.search(sentence[: match.start()]):
        return {}
    spans: list[tuple[int, int]] = []
    for one in _SPAN.finditer(match.group(0)):
        low = number(one.group(1))
        high = number(one.group(2) or one.group(1))
        if not isinstance(low, int) or not isinstance(high, int) or low > high:
            return {}
        spans.append((low, high))
    spans.sort()
    if len(spans) < 2 or any(high >= low for (_, high), (low, _) in pairwise(spans)):
        return {}
    if sum(high - low + 1 for low, high in spans) > _MOST_VALUES:
        return {"minimum": spans[0][0], "maximum": spans[-1][1]}
    return {"enum": [value for low, high in spans for value in range(low, high + 1)]}


def bound(side: str, amount: int | float, kind: str, about: str = "value") -> JsonObject:
    """Returns one bound; `side` is `minimum` or `maximum`, `about` what is counted: value, characters or items."""
    short = {"minimum": "min", "maximum": "max"}[side]
    if about == "characters" or (about == "length" and kind == "string"):
        return {f"{short}Length": int(amount)}
    if about == "items" or (about == "length" and kind == "array"):
        return {f"{short}{'Properties' if kind == 'object' else 'Items'}": int(amount)}
    return {side: amount}


def _about(sentence: str, end: int, kind: str) -> str:
    unit = _UNIT.match(sentence, end)
    if unit and unit.group("characters") and kind in ("string", "", "array"):
        return "characters" if kind != "array" else ""
    if kind == "object":
        return "items" if unit and unit.group("items") else ""
    if kind == "array":
        counted = (unit and unit.group("items")) or _ABOUT_COUNT.search(sentence) or _PLURAL.match(sentence, end)
        return "items" if counted and not _OTHER_UNIT.match(sentence, end) else ""
    if kind == "string":
        # A number in a string's prose is about some value; only "characters" or "length" is about the string.
        return "characters" if _ABOUT_LENGTH.search(sentence) and not _OTHER_UNIT.match(sentence, end) else ""
    return "value" if kind in ("integer", "number", "") else ""


def _counted(last: str, kind: str, ranged: bool) -> str:
    """Says that an array's bare range counts its items, unless it reaches where only values (ports, say) do."""
    return "items" if kind == "array" and ranged and number(last) <= _MOST_ITEMS else ""


def _chain(sentence: str, kind: str, _: bool) -> JsonObject:
    match = _CHAIN.search(sentence) if kind in ("integer", "number") else None
    if not match:
        return {}
    low, over, under, high = match.groups()
    return {
        "exclusiveMinimum" if over == "<" else "minimum": number(low),
        "exclusiveMaximum" if under == "<" else "maximum": number(high),
    }


def _ranges(sentence: str, kind: str, ranged: bool) -> JsonObject:
    if _BRACKETS.search(sentence):
        return {}
    text = _REMARK.sub("", sentence)
    for match in islice(_RANGE.finditer(text), _MOST_RANGES):
        first, last, dash = match.group("first", "last", "dash")
        about = _about(text, match.end(), kind) or _counted(last, kind, ranged)
        if dash.strip() in (",", "，") or not about or not _joins(dash.strip(), text):
            continue
        if about == "value" and not (ranged or _is_of_the_value(text, match)):
            continue
        low, high = number(first), number(last)
        if about == "value" and _OR_ELSE.match(text, match.end()):
            return {}
        if low <= high:
            return _side("minimum", low, kind, about, sentence, first) | _side(
                "maximum", high, kind, about, sentence, last
            )
    return {}


def _joins(dash: str, text: str) -> bool:
    return dash not in ("and", "和", "与") or re.search("between|介于|之间|在", text, re.IGNORECASE) is not None


def _is_of_the_value(text: str, match: re.Match[str]) -> bool:
    before = re.split(r"[.;] ", text[: match.start()])[-1]
    if _ELSEWHERE.search(before):
        return False
    return _ABOUT_RANGE.search(text) is not None or bool(
        _CLAUSE_OPENS.search(before) and _CLAUSE_ENDS.match(text, match.end())
    )


def _side(side: str, amount: int | float, kind: str, about: str, sentence: str, written: str) -> JsonObject:
    if about == "value" and re.search(rf"(?<!\d){re.escape(written)}{_OUTSIDE}", sentence, re.IGNORECASE):
        return {f"exclusive{side.capitalize()}": amount}
    return bound(side, amount, kind, about)


def _brackets(sentence: str, kind: str, ranged: bool) -> JsonObject:
    match = _BRACKETS.search(sentence)
    if not match:
        return {}
    opening, first, last, closing = match.groups()
    low, high = number(first), number(last)
    about = _about(sentence, match.end(), kind) or _counted(last, kind, ranged)
    rounded = opening in "(（" and closing in ")）"
    comma = re.search("[,，]", match.group(0))
    if low > high or not about or _ELSEWHERE.search(sentence[: match.start()]):
        return {}
    # `(1-64)` is a range in passing; `(1, 64)` may be any two figures.
    if rounded and comma and not (ranged or _ABOUT_RANGE.search(sentence)):
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
    return {}


def _one_sided(sentence: str, kind: str, _: bool) -> JsonObject:
    found: JsonObject = {}
    for patterns, side in (((_LEAST, _OR_MORE), "minimum"), ((_MOST, _OR_LESS), "maximum")):
        match = next((match for pattern in patterns if (match := pattern.search(sentence))), None)
        if not match or _is_elsewhere(sentence[: match.start()]) or _RATE.match(sentence, match.end()):
            continue
        about = _about(sentence, match.end("amount"), kind)
        if kind == "array" and not _OTHER_UNIT.match(sentence, match.end("amount")):
            about = "items"
        # Words for numbers count something else: "at least six decimal places".
        if about and (about != "value" or not match.group("amount")[0].isalpha()):
            found |= bound(side, number(match.group("amount")), kind, about)
    rest = _MOST.sub(" ", _LEAST.sub(" ", sentence))
    for pattern, side, step in ((_OVER, "minimum", 1), (_UNDER, "maximum", -1)):
        match = pattern.search(rest)
        about = _about(rest, match.end(), kind) if match else ""
        if not match or not about or _is_elsewhere(rest[: match.start()]):
            continue
        amount = number(match.group(1))
        open_end: JsonObject = {f"exclusive{side.capitalize()}": amount}
        found = (open_end if about == "value" else bound(side, amount + step, kind, about)) | found
    return found


def _is_elsewhere(before: str) -> bool:
    """Says whether what stands before a figure makes it one of an event, or of the condition it is part of."""
    return bool(_ELSEWHERE.search(before) or _UNDER_CONDITION.search(before))


def _signed(sentence: str, kind: str, _: bool) -> JsonObject:
    if kind not in ("integer", "number"):
        return {}
    return next(({"minimum": least} for pattern, least in _SIGNED if pattern.search(sentence)), {})
