"""A field's description, English or Chinese, as JSON Schema's keywords; what no keyword says becomes a digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from specledger.documents import amounts, choices, defaults, fixed
from specledger.documents.amounts import bound, bounds, several
from specledger.documents.spelling import compiles, form, spelling
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
    "example": r"examples?(?: values?)?|for example|e\.g\.|示例|样例",
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
_SENTENCE = re.compile(
    r"(?<=[a-z0-9)\]\"'`%][.;])(?<!e\.g\.)(?<!i\.e\.)\s+(?=[A-Z\"'(\[`])|(?<=[A-Z]{2}[.;])\s+(?=[A-Z])|(?<=[。；！])"
)
_KIND = r"(?:available|possible|valid|supported|allowed|accepted|permitted)"
_CHOICE = re.compile(
    r"(?:\b(?:one|any) of(?: the following(?: values)?)?[:：]?|"
    r"(?:\b(?:the )?(?:values?|it|type|options?|parameter|which) |\A)(?:can|may|must|should) (?:only )?be"
    r"(?: set to| either)?(?: one of(?: the following)?[:：]?)?|\bchoose (?:from|between)|\Aset to|"
    rf"\b(?:the )?(?:{_KIND} )?(?:options|values)(?: (?:are|include)(?: as follows)?[:：]?|[:：])|"
    rf"\b{_KIND} [a-z]{{3,20}}(?: [a-z]{{3,20}})?(?: are)?[:：]|"
    rf"\b{_KIND} [a-z]{{3,20}} are(?= )|\bvalues?[:：]|\benum(?:eration)?(?: values?)?[:：]|"
    r"\bvalid value is|\b(?:the )?value is(?= [\w`\"']{1,60}(?:, [\w`\"']{1,60}){0,40},? or [\w`\"']{1,60}[.]?\Z)|"
    r"\bset (?:this parameter|this field|it) to|\bcan be either|"
    r"\bcan be(?= \d+(?:(?:, (?:or )?| or )\d+){1,9}[.]?\Z)|\bmust be(?: one of)?|\beither|"
    r",? including(?: the following)?(?=:? (?-i:[A-Z]))[:：]?|"
    r"\bvalue range[:：]|(?:取值范围|可选值|枚举值|取值)(?:包括|有|为|如下|是)?[:：]?|"
    r"(?:(?:只|仅)?(?<!也)(?:可以?|能)(?:为|是)|可取|支持)[:：]?)\s*(\S.*)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r", (?:and|but|where|which|depending) |; | if (?:set|specified|provided|present)\b")
_INTERVAL = re.compile(
    r"(range\s?(?:is\s?)?[:：]?\s?)?[\[(（［]\s?-?\d[\d.,^+-]{0,40}\s?[,，]\s?-?\d[\d.,^+-]{0,40}\s?[\])）］]",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:values?|options?|one of(?: the following)?|limited to|enum\w*|can be|types?|as follows|following|"
    r"取值范围|取值|如下|包括|枚举值|可选值)"
    r"[^:：]{0,60}[:：]\s*\Z",
    re.IGNORECASE,
)
_FLAGS: tuple[tuple[re.Pattern[str], JsonObject], ...] = (
    (
        re.compile(
            r"\b(?:must|should) be (?:globally )?unique\b|\bglobally[- ]unique\b|(?:必须|需要|全局)唯一|不能重复"
        ),
        {"unique": True},
    ),
    (re.compile(r"\bdeprecated\b|\b(?:is|has been) discarded\b|已废弃|已弃用", re.IGNORECASE), {"deprecated": True}),
    (
        re.compile(
            r"\bread-?only\b(?! (?:access|mode|permissions?|users?|replicas?|nodes?|instances?|shares?|flag)\b)|"
            r"只读(?!模式|权限|实例|节点|用户|副本)",
            re.IGNORECASE,
        ),
        {"readOnly": True},
    ),
    (
        re.compile(
            r"\b(?:can|may) be null\b|\bor null\b|\bnullable\b|可(?:以)?为(?:空(?!字符|串)|null)", re.IGNORECASE
        ),
        {"nullable": True},
    ),
)
_EXAMPLE = re.compile(
    r"\s?[(（](?:e\.g\.|i\.e\.|for example|such as|例如|如)[^()（）]{0,200}[)）]|"
    r"(?:\be\.g\.|\bfor example|\bfor instance|\bsuch as|例如|比如).{0,400}?"
    r"(?=[,，;；]\s?(?:and |with )?(?:up to|at most|max|must|default|长度|最|默认|取值)|$)",
    re.IGNORECASE,
)
# What holds only where another field has some value (`If mode is set to manual, it can be A or B`) is no keyword.
_CONDITIONAL = re.compile(
    r"(?:if|when|unless) (?!it |this |that |specified)[^,]{0,60}?\b(?:is|equals|are|=)(?: set to)? "
    r"(?!(?:not )?(?:set|specified|provided|given|present|empty)\b)|(?:if|when) (?:true|false|set|enabled)\b|"
    r"(?:如果|若|当)[^，,]{1,60}(?:时|，|,)",
    re.IGNORECASE,
)
# A label's own words said again: `默认取值：默认值为10`.
_AGAIN = re.compile(r"\A(?:the )?(?:default(?: value)? is|(?:默认|缺省)值?(?:为|是))\s*(?=\S)", re.IGNORECASE)
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
        r"(?:• )?(?:`?(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{2,}\d?|[a-z0-9]+(?:_[a-z0-9]+)+)`?\s?[:：]\s?\S|"
        r"[A-Za-z][\w-]{0,30}\s?[:：]\s?[\u4e00-\u9fff]|[a-z]{2,20}\s?[:：] (?:specifies|indicates|means)\b)"
    ),
}
_OF_KINDS = re.compile(r"\b(?:type|mode|method|status|state)[.]?\Z", re.IGNORECASE)
_AND_MORE = re.compile(
    r"\A(?:for (?:more|other|all|the (?:full|complete) list of) |more |other )[a-z ]{0,30}(?:codes|values)\b|"
    r"\A(?:更多|其他|完整).{0,30}(?:码|取值)",
    re.IGNORECASE,
)
_OTHER_MEANING = re.compile(r"(?:• )?(?!(?:NOTE|Note|Default|Range|Minimum|Maximum)\b)[A-Za-z]\w{1,30}: \S")


def keywords(text: str, kind: str) -> JsonObject:
    """Returns what a description says of a value of this JSON type, in the words of formats/facts.json.

    Bounds, enum, const, default, format, pattern, flags; `digest` stands for the sentences that none of them says.
    Conditions (`required when …`) are `conditions`' work, whose sentences are no part of the digest here.
    """
    found: JsonObject = {}
    left: list[str] = []
    stated: JsonObject = {}
    several: list[Json] = []
    for remark in remarks(text, kind):
        read = _remark(remark, kind)
        if remark.label == "length" and kind == "array":
            # Beside an array's length, a minimum and maximum are about its items.
            found = {key: value for key, value in found.items() if key not in ("minItems", "maxItems")}
        if "default" in read:
            stated, several = (read, []) if remark.label == "default" else (stated, [*several, read["default"]])
        for key, value in read.items():
            found.setdefault(key, value)
        if not read and not _UNSET.match(remark.text) and remark.label not in ("default", "example"):
            left += [remark.text, *remark.entries]
        elif "enum" in read or "const" in read:
            left += [said for entry in remark.entries for said in _SENTENCE.split(entry)[1:]]
    if "const" in found:
        found.pop("enum", None)
    if stated:
        found["default"] = stated["default"]
    elif any(value != several[0] for value in several):
        # Two sentences with two defaults do not say when either holds.
        del found["default"]
    if left and (rest := [line for line in left if line]):
        found["digest"] = digest(" ".join(rest))
    return found


def digest(text: str) -> str:
    """Returns the SHA-256 of a text with its spaces collapsed and without the backticks of code."""
    return hashlib.sha256(" ".join(text.replace("`", "").split()).encode()).hexdigest()


def remarks(text: str, kind: str = "") -> Iterator[Remark]:
    """Yields a description's labelled values and sentences in order, each with the list that it introduces."""
    label, held = "", False
    lines = [part.strip() for line in plain(text, code=True).split("\n") for part in _INNER.split(line) if part.strip()]
    index = 0
    while index < len(lines):
        line = lines[index]
        listed = _meanings(lines, index, kind)
        if listed and index + listed < len(lines) and _AND_MORE.search(lines[index + listed]):
            yield Remark("", " ".join(lines[index : index + listed]))
            index += listed
            continue
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
        if entries and index < len(lines) and _AND_MORE.search(lines[index]):
            # A list that points to the rest of it is no enum.
            yield Remark("", " ".join([line, *entries]).strip())
            continue
        if held and entries and label in ("minimum", "maximum", "example", "default"):
            # A list below such a label ends it.
            yield Remark("", lines[index - len(entries) - 1], tuple(entries))
            label, held = "", False
            continue
        # `A: one; B: another` is one list.
        whole = (label in ("range", "enum") or kind == "integer") and bool(choices.meant(line, kind or "string"))
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
    pattern = None if choices.meant(lines[start], kind) else _MEANINGS.get(kind)
    count = 0
    while pattern and count < 400 and start + count < len(lines) and pattern.match(lines[start + count]):
        count += 1
    if start + count < len(lines) and _OTHER_MEANING.match(lines[start + count]):
        return 0
    whole = count == len(lines) == 1 and "_" in lines[0].partition(":")[0]
    if count == 1 and start and start == len(lines) - 1 and lines[start].isascii():
        # The one value of a type: `Storage type.`, `LTS: kept on LTS servers`.
        whole = bool(_OF_KINDS.search(lines[start - 1])) and lines[start][:2].isupper()
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
        value = _AGAIN.sub("", value)
        if not re.fullmatch(
            r"\S+|"
            r"[\"'“`].*[\"'”`]",
            value.rstrip("。."),
        ) and kind not in ("array", "object", "string"):
            value = value.split()[0] if value else ""
        default = choices.literal(value, kind)
        return {} if default is None or not choices.fits(default, kind) else {"default": default}
    if label == "pattern":
        return {"pattern": value} if compiles(value) else {}
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
    if kind == "number" and values and bounds(remark.text, kind, ranged=True):
        # Points of a range, each with what it does.
        return _last(remark.entries, values)
    introduced = remark.label in ("range", "enum") or bool(_LEAD.search(remark.text)) or bool(
        re.search(r"[:：]\s*\Z", remark.text)
    )  # fmt: skip
    meant = [entry for entry in remark.entries if re.search(r"[:：]|\s[-–—]\s", entry)]
    if values and (introduced or len(meant) == len(remark.entries) > 1):
        found: JsonObject = {} if kind in ("boolean", "object") else {"enum": values}
        return found | (defaults.marked("\n".join(remark.entries), values, kind) or _last(remark.entries, values))
    read = [_sentence(Remark(remark.label, entry.removeprefix("• ")), kind) for entry in remark.entries]
    merged = {key: value for one in reversed(read) for key, value in one.items()}
    # Where entries disagree, each speaks of a case of its own.
    return {key: value for key, value in merged.items() if all(one.get(key, value) == value for one in read)}


def _last(entries: Sequence[str], values: Sequence[Json]) -> JsonObject:
    """Returns the default among values, the one whose line ends in that remark."""
    ends = [value for value, entry in zip(values, entries, strict=False) if defaults.ends(entry)]
    return {"default": ends[0]} if len(ends) == 1 and len(values) == len(entries) else {}


def _sentence(remark: Remark, kind: str) -> JsonObject:
    text = _EXAMPLE.sub("", remark.text)
    found, text = defaults.said(text, kind)
    found = ({} if _CONDITIONAL.match(text) else _allowed(text, remark.label, kind)) | found
    if kind in ("string", ""):
        found |= spelling(text) | form(text)
    for pattern, flag in _FLAGS:
        if pattern.search(text) and not (kind == "array" and "unique" in flag):
            found |= flag
    return found


def _allowed(text: str, label: str, kind: str) -> JsonObject:
    """Returns the const, the enum or the bounds that a sentence says."""
    if only := fixed.only(text, kind):
        return only
    if kind == "integer" and (found := several(text, ranged=label == "range")):
        return found
    return _choice(text, label, kind) or bounds(text, kind, ranged=label == "range")


def _chosen(text: str, kind: str) -> tuple[re.Match[str] | None, list[Json]]:
    """Returns what introduces values, and those values; a sentence may go on after them."""
    first = match = _CHOICE.search(text)
    while match:
        whole = match.group(1)
        head = _CLAUSE.split(whole, maxsplit=1)[0]
        values = choices.inline(whole, kind) or (
            choices.inline(head, kind) if head != whole and re.search(r"\bor\b|或", head) else []
        )
        if values:
            return match, values
        match = _CHOICE.search(text, match.start(1))
    return first, []


def _choice(text: str, label: str, kind: str) -> JsonObject:
    interval = _INTERVAL.search(text)
    ranged = interval is not None and (label == "range" or bool(interval.group(1)))
    if kind in ("boolean", "object") or (kind in ("integer", "number", "array") and ranged):
        return {}
    match, values = _chosen(text, kind)
    if values and all(str(value).startswith(".") for value in values):
        # The endings of files.
        return {}
    least = 2
    if not values and kind in ("integer", "string"):
        values = choices.meant(text, kind) or choices.glossed(text, kind)
        between = bounds(text, kind, ranged=label == "range")
        if len(values) == 2 and values == [between.get("minimum"), between.get("maximum")] != [0, 1]:
            # `0-100; 0: never, 100: always` tells of the ends of a range.
            return {}
    if not values and kind == "string":
        values = choices.inline(text, kind) if defaults.opens(text) else choices.whole(text, kind)
        values = values or choices.named(text, kind)
    if not values and label in ("range", "enum"):
        values = choices.inline(text, kind)
        least = 1 if label == "enum" else 2
    if match and re.match(r"enum", match.group(0), re.IGNORECASE):
        least = 1
    found: JsonObject = {"enum": values}
    return found | defaults.marked(text, values, kind) if len(values) >= least else {}
