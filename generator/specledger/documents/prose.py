"""A field's description, English or Chinese, as JSON Schema's keywords; what no keyword says becomes a digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from specledger.documents import amounts, choices
from specledger.documents.amounts import bound, bounds
from specledger.documents.spelling import spelling
from specledger.documents.tables import plain
from specledger.yaml12 import Json, JsonObject

_LABELS = {
    "definition": r"definition|description|meaning|explanation|参数解释|参数说明|功能说明|功能描述|定义|含义|描述|解释",
    "constraints": r"constraints?|restrictions?|约束限制|约束|限制",
    "range": r"(?:value |valid |allowed |supported )?ranges?|values|value|取值范围|参数取值范围|范围",
    "enum": (
        r"enum(?:eration|erated)?(?: values?)?|(?:available|possible|valid|supported|allowed|accepted|permitted) "
        r"(?:options|values?)|options|one of|value options|枚举值|可选值|取值|枚举"
    ),
    "default": r"default(?: value)?|defaults? to|缺省值|默认取值|默认值|默认",
    "minimum length": r"min(?:imum)? ?length|最小长度",
    "maximum length": r"max(?:imum)? ?length|最大长度",
    "minimum": r"minimum(?: value)?|min|最小值",
    "maximum": r"maximum(?: value)?|max|最大值",
    "length": r"array length|length(?: range)?|required string length|数组长度|长度|长度范围",
    "range of value": r"required range",
    "pattern": r"pattern|regex|regular expression(?: matching)?|正则匹配|正则表达式",
    "example": r"examples?|for example|e\.g\.|示例|样例",
    "note": r"notes?|notice|caution|warning|tips?|说明|注意|提示",
}
_LABEL = re.compile(
    "(?:" + "|".join(f"(?P<g{i}>{words})" for i, words in enumerate(_LABELS.values())) + r")\s*[:：]\s*", re.IGNORECASE
)
_LABEL_LINE = re.compile(_LABEL.pattern.removesuffix(r"\s*[:：]\s*"), re.IGNORECASE)
_NAMES = tuple(_LABELS)
# A copy that lost its breaks has the labels of a cell on one line.
_INNER = re.compile(
    r"\s+(?=(?:Definition|Constraints?|(?:Value )?Range|(?:Default|Minimum|Maximum)(?: (?:Value|value|length))?|"
    r"Enumeration values|参数解释|约束限制|约束|取值范围|枚举值|默认取值|默认值|缺省值|最小值|最大值|最小长度|"
    r"最大长度)\s*[:：])"
)
_SENTENCE = re.compile(r"(?<=[a-z0-9)\]\"'%][.;])\s+(?=[A-Z\"'(\[`])|(?<=[A-Z]{2}[.;])\s+(?=[A-Z])|(?<=[。；！])")
_DEFAULT = re.compile(
    r"(?:\bdefaults?(?: value of (?:this|the) (?:parameter|field)| [a-z]{3,20})?(?:\s(?:is|to)\b(?: set to\b)?|"
    r"\s?[=:：])|"
    r"\bdefault value|\bdefault(?= (?:-?\d|(?:true|false)\b|[\"'“]))|\bby default,? (?:the value|it) is(?: set to)?|"
    r"(?:默认|缺省)(?:取?值)?(?:为|是|[:：]))\s*"
    r"(?!(?:is|of|for|will|can|depends|varies|used|taken|applied|an?|the|that|automatically|left|determined|specified)\b)([^\s,，;；。()（）]+)",
    re.IGNORECASE,
)
# What leads to a default at a sentence's end: `It can be A or B, and the default value is A.`
_DANGLING = re.compile(r",?\s+(?:and|with)\s+(?:the\s+|its\s+|a\s+)?\Z|[,，]\s*\Z", re.IGNORECASE)
_FIXED = re.compile(
    r"(?:\b(?:value|size|parameter|field|currently|it|and|type|which)?,? ?(?:is |are |be )?(?:always |currently )?"
    r"fixed (?:at|to|as)|\b(?:the )?(?:value|it) (?:is|must be|should be) always(?: set to)?|\balways(?: set to)|"
    r"(?<!will )\balways(?=:? [\"'“]?(?!empty|present|required|returned|included|null|set|"
    r"enabled)[\w.-]{1,60}[\"'”]?[.]?\s*\Z)|"
    r"固定(?:值)?(?:为|是|填|填写)?|恒为)\s*"
    r"(\"[^\"]{1,80}\"|[^\s,，;；。]+)(?=[.,;。，；]?(?:\s(?! ?(?:or|and|to)\b)|$))",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"(?:\b(?:one|any) of(?: the following(?: values)?)?[:：]?|\b(?:the )?(?:values?|it|type|options?|"
    r"parameter|which) (?:can|may|must|should) (?:only )?be(?: set to)?(?: one of)?|\b(?:the )?(?:available |"
    r"possible |"
    r"valid |supported |allowed )?(?:options|values) (?:are|include)(?: as follows)?[:：]?|\b(?:valid|allowed|"
    r"possible|"
    r"supported|available|accepted)? ?values?[:：]|\benum(?:eration)?(?: values?)?[:：]|\bcan be either|"
    r"\bmust be(?: one of)?|\bvalid value is|\bset (?:this parameter|it) to|"
    r"\beither|,? including(?: the following)?(?=:? (?-i:[A-Z]))[:：]?|\bvalue range[:：]|\boptions[:：]|"
    r"(?:取值范围|可选值|枚举值|取值)(?:包括|有|为|如下|是)?[:：]?|(?:可以?为|可取|支持)[:：]?)\s*(\S.*)",
    re.IGNORECASE,
)
_INTERVAL = re.compile(
    r"(range\s?(?:is\s?)?[:：]?\s?)?[\[(（［]\s?-?\d[\d.,^+-]{0,40}\s?[,，]\s?-?\d[\d.,^+-]{0,40}\s?[\])）］]",
    re.IGNORECASE,
)
# What holds only where another field has some value: `If mode is set to manual, it can be A or B`.
_CONDITIONAL = re.compile(
    r"(?:if|when) (?!it |this |that |specified)[\"'`]?[\w.]+[\"'`]? (?:is|equals)(?: set to)? "
    r"(?!(?:not )?(?:set|specified|provided|given|present|empty)\b)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:values?|options?|one of(?: the following)?|enum\w*|can be|types?|as follows|following|取值范围|取值|"
    r"如下|包括|枚举值|可选值)"
    r"[^:：]{0,60}[:：]\s*\Z",
    re.IGNORECASE,
)
_FORMATS = (
    (
        re.compile(
            r"\b(?:in|an?|valid|standard|format:?) UUID\b(?! of)|\bUUID (?:format|"
            r"v[1-8])\b|UUID ?格式|标准的?UUID",
            re.IGNORECASE,
        ),
        "uuid",
    ),
    (
        re.compile(
            r"\b(?:ISO ?8601|RFC ?3339)\b(?! or\b)|"
            r"(?:\b(?:like|as|format|e\.g\.)[,:]? ?[\"'“]?)\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|"
            r"[+-]\d\d:\d\d)|yyyy-mm-dd['’]?T['’]?hh:mm:ss(?:[.:]S+)?['’]?(?:Z|X|[+-])",
            re.IGNORECASE,
        ),
        "date-time",
    ),
    (re.compile(r"\byyyy-mm-dd\b(?![ T'’])", re.IGNORECASE), "date"),
)
_FLAGS: tuple[tuple[re.Pattern[str], JsonObject], ...] = (
    (
        re.compile(
            r"\b(?:must|should) be (?:globally )?unique\b|\bglobally[- ]unique\b|(?:必须|需要|全局)唯一|不能重复"
        ),
        {"unique": True},
    ),
    (re.compile(r"\bdeprecated\b|\b(?:is|has been) discarded\b|已废弃|已弃用", re.IGNORECASE), {"deprecated": True}),
    (re.compile(r"\bread-?only\b|只读", re.IGNORECASE), {"readOnly": True}),
    (
        re.compile(
            r"\b(?:can|may) be null\b|\bor null\b|\bnullable\b|可(?:以)?为(?:空(?!字符|串)|null)", re.IGNORECASE
        ),
        {"nullable": True},
    ),
)
# No sentence that says a keyword is longer; a page that is out to cost time has some that are.
LONGEST = 2000
_UNSET = re.compile(r"\A(?:n/?a|none|-+|无|不涉及)[.。]?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Remark:
    """A stretch of a description: its label (empty for plain prose), its sentence, and the list that follows it."""

    label: str
    text: str
    entries: tuple[str, ...] = ()


_MEANINGS = {
    "integer": re.compile(r"(?:• )?-?\d{1,18}\s?(?:[:：=]|[-–]\s?(?=\D))\s?\S"),
    "string": re.compile(
        r"(?:• )?(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{2,}\d?|[a-z0-9]+(?:_[a-z0-9]+)+)\s?[:：]\s?\S"
    ),
}
_OTHER_MEANING = re.compile(r"(?:• )?(?!(?:NOTE|Note|Default|Range|Minimum|Maximum)\b)[A-Za-z]\w{1,30}: \S")
# A word that looks like a value rather than like a thing: in quotes, in capitals, or with a digit or underscore.
_VALUE = r"(?-i:[\"“][^\"”]{1,60}[\"”]|[A-Z][A-Z0-9_]+|[a-z]\w*[\d_]\w*)"
_SOLE = re.compile(
    rf"\bonly ({_VALUE}) (?:is|are) (?:currently )?(?:supported|allowed|accepted|available)|"
    rf"\bonly (?:supports?|accepts?|allows?)(?: [a-z]+:)? ({_VALUE})(?=\.?\s*\Z)",
    re.IGNORECASE,
)
_PREFERRED = re.compile(
    r"[\"'“]?([\w.+/-]{1,60}?)[\"'”]?\s?[(（](?:by default|(?:the )?default(?: value)?|默认值?|缺省值?)[)）]",
    re.IGNORECASE,
)


def keywords(text: str, kind: str) -> JsonObject:
    """Returns what a description says of a value of this JSON type, in the words of formats/facts.json.

    Bounds, enum, const, default, format, pattern, flags; `digest` stands for the sentences that none of them says.
    Conditions (`required when …`) are `conditions`' work, whose sentences are no part of the digest here.
    """
    found: JsonObject = {}
    left: list[str] = []
    stated: JsonObject = {}
    defaults: list[Json] = []
    for remark in remarks(text, kind):
        read = _remark(remark, kind)
        if remark.label == "length" and kind == "array":
            # Beside an array's length, a minimum and maximum are about its items.
            found = {key: value for key, value in found.items() if key not in ("minItems", "maxItems")}
        if "default" in read:
            stated, defaults = (read, []) if remark.label == "default" else (stated, [*defaults, read["default"]])
        for key, value in read.items():
            found.setdefault(key, value)
        if not read and not _UNSET.match(remark.text) and remark.label not in ("default", "example"):
            left += [remark.text, *remark.entries]
    if "const" in found:
        found.pop("enum", None)
    if stated:
        found["default"] = stated["default"]
    elif any(value != defaults[0] for value in defaults):
        # Two sentences with two defaults do not say when either holds.
        del found["default"]
    if left and (rest := [line for line in left if line]):
        found["digest"] = digest(" ".join(rest))
    return found


def digest(text: str) -> str:
    """Returns the SHA-256 of a text with its spaces collapsed."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def remarks(text: str, kind: str = "") -> Iterator[Remark]:
    """Yields a description's labelled values and sentences in order, each with the list that it introduces."""
    label, held = "", False
    lines = [part.strip() for line in plain(text).split("\n") for part in _INNER.split(line) if part.strip()]
    index = 0
    while index < len(lines):
        line = lines[index]
        listed = _meanings(lines, index, kind)
        if listed:
            yield Remark("enum", "", tuple(lines[index : index + listed]))
            index += listed
            continue
        match = _LABEL.match(line.removeprefix("• ")) or (None if line[0].islower() else _LABEL_LINE.fullmatch(line))
        if match:
            label = _NAMES[int(str(match.lastgroup)[1:])]
            line = line.removeprefix("• ")[match.end() :]
            held = not line
        elif held:
            held = False
        elif line.startswith("• ") is False and label in ("minimum", "maximum", "example", "default"):
            label = ""
        index += 1
        entries: list[str] = []
        while index < len(lines) and _is_entry(lines[index], line, label):
            entries.append(lines[index])
            index += 1
        # `A: one; B: another` is one list.
        whole = label in ("range", "enum") and bool(choices.meant(line, "string"))
        sentences = [line] if whole else [part.strip() for part in _SENTENCE.split(line) if part.strip()] or [""]
        for position, sentence in enumerate(sentences):
            if position and (inner := _LABEL.match(sentence)):
                label = _NAMES[int(str(inner.lastgroup)[1:])]
                sentence = sentence[inner.end() :]
            last = position == len(sentences) - 1
            if sentence or (last and entries):
                yield Remark(label, sentence, tuple(entries) if last else ())


def _meanings(lines: Sequence[str], start: int, kind: str) -> int:
    """Returns how many lines from here say `VALUE: meaning` without a line that introduces them."""
    pattern = _MEANINGS.get(kind)
    count = 0
    while pattern and count < 400 and start + count < len(lines) and pattern.match(lines[start + count]):
        count += 1
    if start + count < len(lines) and _OTHER_MEANING.match(lines[start + count]):
        return 0
    whole = count == len(lines) == 1 and "_" in lines[0].partition(":")[0]
    return count if kind == "integer" or count > 1 or whole else 0


def _is_entry(line: str, lead: str, label: str) -> bool:
    if _LABEL.match(line.removeprefix("• ")) and not line.startswith("• "):
        return False
    if line.startswith("• "):
        return True
    introduced = (not lead and label in ("range", "enum")) or bool(_LEAD.search(lead))
    return introduced and bool(choices.listed([line], "string"))


def _remark(remark: Remark, kind: str) -> JsonObject:
    if len(remark.text) > LONGEST or (_UNSET.match(remark.text) and not remark.entries):
        return {}
    if remark.label in ("minimum", "maximum", "minimum length", "maximum length", "default", "pattern", "length"):
        return _labelled(remark, kind)
    found: JsonObject = {}
    if remark.entries:
        found |= _entries(remark, kind)
    if remark.text:
        found = _sentence(remark, kind) | found
    return found


def _labelled(remark: Remark, kind: str) -> JsonObject:
    label, value = remark.label, remark.text
    if label == "default" and value.strip(" .。").lower() == "null":
        return {"default": None}
    if label == "default":
        if not re.fullmatch(
            r"\S+|"
            r"[\"'“`].*[\"'”`]",
            value.rstrip("。."),
        ) and kind not in ("array", "object", "string"):
            value = value.split()[0] if value else ""
        default = choices.literal(value, kind)
        return {} if default is None else {"default": default}
    if label == "pattern":
        return {"pattern": value} if _compiles(value) else {}
    if label == "length":
        about = "items" if kind == "array" else "characters"
        unit = f"{value} {'items' if about == 'items' else 'characters'}"
        return bounds(unit, kind, ranged=True)
    side, _, length = label.partition(" ")
    amount = re.match(r"-?\d[\d,]{0,40}(?:\.\d{1,20})?(?:\^\d{1,2}(?:-\d{1,3})?)?(?![\d^])", value)
    if not amount:
        return {}
    about = "length" if length or kind in ("string", "array") else "value"
    # `Minimum: 1 Maximum: 64` stands on one line where a copy lost its breaks.
    rest = value[amount.end() :].strip(" .,;。，；")
    inner = _LABEL.match(rest)
    other = _labelled(Remark(_NAMES[int(str(inner.lastgroup)[1:])], rest[inner.end() :]), kind) if inner else {}
    return other | bound(side, amounts.number(amount.group(0)), kind, about)


def _entries(remark: Remark, kind: str) -> JsonObject:
    values = choices.listed(remark.entries, kind)
    introduced = remark.label in ("range", "enum") or bool(_LEAD.search(remark.text)) or bool(
        re.search(r"[:：]\s*\Z", remark.text)
    )  # fmt: skip
    meant = [entry for entry in remark.entries if re.search(r"[:：]|\s[-–—]\s", entry)]
    if values and (introduced or len(meant) == len(remark.entries) > 1):
        found: JsonObject = {} if kind in ("boolean", "object") else {"enum": values}
        return found | _preferred("\n".join(remark.entries), values, kind)
    found = {}
    for entry in remark.entries:
        read = _sentence(Remark(remark.label, entry.removeprefix("• ")), kind)
        # Two entries with two defaults do not say when either holds.
        apart = "default" in read and "default" in found and read["default"] != found["default"]
        found = {key: value for key, value in (found | read).items() if not (apart and key == "default")}
    return found


def _sentence(remark: Remark, kind: str) -> JsonObject:
    text = remark.text
    found: JsonObject = {}
    default = _DEFAULT.search(text)
    if default:
        bare = default.group(1).rstrip(".")
        # A slash stands for "no value" in a cell, not in a sentence.
        value = bare if bare == "/" and kind == "string" else choices.literal(bare, kind)
        if not bare.isascii() and bare[:1] not in "\"'“‘「":
            # `默认为当前时间` tells what is taken, not which value that is.
            value = None
        unset = value is None and default.group(1).lower().strip(".") != "null"
        found |= {"default": value} if not unset and _fits(value, kind) else {}
        text = _DANGLING.sub("", text[: default.start()]) + text[default.end() :]
    fixed = _FIXED.search(text)
    value = choices.literal(fixed.group(1), kind) if fixed else None
    if value is not None and not isinstance(value, (list, dict)) and _fits(value, kind):
        found["const"] = value
    else:
        found |= _choice(text, remark.label, kind)
    if "enum" not in found and "const" not in found:
        found |= bounds(text, kind, ranged=remark.label == "range")
    if kind in ("string", ""):
        found |= spelling(text)
        found |= next(({"format": word} for pattern, word in _FORMATS if pattern.search(text)), {})
    for pattern, flag in _FLAGS:
        if pattern.search(text) and not (kind == "array" and "unique" in flag):
            found |= flag
    return found


def _fits(value: Json, kind: str) -> bool:
    """Says whether a word of a sentence can be a value of the type: `always repeated` is no number."""
    return kind not in ("integer", "number", "boolean", "array", "object") or not isinstance(value, str)


def _preferred(text: str, values: Sequence[Json], kind: str) -> JsonObject:
    """Returns the default among values, one of which is marked as such: `ON (default)`."""
    match = _PREFERRED.search(text)
    value = choices.literal(match.group(1), kind) if match else None
    return {"default": value} if value is not None and value in values else {}


def _choice(text: str, label: str, kind: str) -> JsonObject:
    interval = _INTERVAL.search(text)
    ranged = interval is not None and (label == "range" or bool(interval.group(1)))
    if kind in ("boolean", "object") or (kind in ("integer", "number", "array") and ranged):
        return {}
    match = None if _CONDITIONAL.match(text) else _CHOICE.search(text)
    values: list[Json] = choices.inline(match.group(1), kind) if match else []
    least = 2
    if not values and kind in ("integer", "string") and re.match(r"\S{1,40}?(?:[:：]|表示| indicates )", text):
        values = choices.meant(text, kind)
    if not values and label in ("range", "enum"):
        values = choices.inline(text, kind)
        least = 1 if label == "enum" else 2
    if not values and kind == "string" and _PREFERRED.match(text):
        values = choices.inline(text, kind)
    if match and re.match(r"enum", match.group(0), re.IGNORECASE):
        least = 1
    only = _SOLE.search(text) if not values and kind in ("string", "integer") else None
    if only and (values := choices.inline(next(word for word in only.groups() if word), kind)):
        least = 1
    found: JsonObject = {"enum": values}
    return found | _preferred(text, values, kind) if len(values) >= least else {}


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return bool(pattern)
