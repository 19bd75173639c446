"""What a field claims: its type word, its flags, the lines that pages made from a spec print, and its prose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from specledger.documents import choices, mintlify_types, prose
from specledger.documents.conditions import conditions as prose_conditions
from specledger.documents.mintlify_sheet import Field
from specledger.yaml12 import Json, JsonObject, as_list

_MADE = re.compile(
    r"(?P<options>available options|allowed values?)|(?P<range>required range)|(?P<example>examples?)|"
    r"(?P<pattern>pattern)|(?P<length>(?:required|minimum|maximum)(?: (?:string|array|object))? length)",
    re.IGNORECASE,
)
_LABEL = re.compile(rf"(?:{_MADE.pattern})\s*:\s*", re.IGNORECASE)
_GLUED = re.compile(
    r"(?<=[^\s,:(])\s*(?=(?:Available options|Required range|Allowed value|"
    r"(?:Required|Minimum|Maximum) (?:string|array) length):)"
)
_BETWEEN = re.compile(r"(-?[\d.eE+]{1,40})\s*(<=?)\s*x\s*(<=?)\s*(-?[\d.eE+]{1,40})\Z")
_BEYOND = re.compile(r"x\s*(<=|>=|<|>)\s*(-?[\d.eE+]{1,40})\Z")
_REQUIRED_FOR = re.compile(
    r"(?<!not )\b(?:required|mandatory|needed) (?:for|with|by|in) ([^.;\n]{1,200})", re.IGNORECASE
)
_OPTIONAL_FOR = re.compile(
    r"[;,.]? ?(?:and |but )?(?:optional|not (?:required|needed)) (?:for|with|in) ([^.;\n]{1,200})", re.IGNORECASE
)
_TEMPLATE = re.compile(
    r"(?:format(?:ted)?(?: as| of)?:?|of the form|in the form(?: of)?) [\"'`]?"
    r"((?:[\w:/.@-]{0,40}\{[\w-]{1,60}\}){1,6}[\w:/.@-]{0,40})",
    re.IGNORECASE,
)
_MEMBER = re.compile(
    r"\b([A-Za-z_]\w{0,60}) range(?: is)?:? (\d{1,15}) ?[-–] ?(\d{1,15})"
    r"(?:,? (?:excluding|except)(?: for)?((?:[^.\d]{0,40}\d{1,15}){1,20}))?",
    re.IGNORECASE,
)
_QUOTED = r"[\"“][^\"“”\n]{1,80}[\"”]"
_JOIN = r"(?:\s?(?:,|/|\|)\s?(?:or |and )?|,? (?:or|and) )"
_VALUES = re.compile(
    rf"(?:\A|(?<=[:.] )|(?<=\n))({_QUOTED}(?:{_JOIN}{_QUOTED}){{1,50}})(?=\.?(?:\s*\Z|\.? (?-i:[A-Z])|\n))"
)
_REQUIRED = re.compile(r"(?:\A|(?<=[.;] )|(?<=\n))required(?=[.;]| ?[-–—] |\Z|\n)|\(required\)", re.IGNORECASE)
_SIDES = {">=": "minimum", ">": "exclusiveMinimum", "<=": "maximum", "<": "exclusiveMaximum"}
_SIZES = {"string": "Length", "array": "Items", "object": "Properties"}


def read(field: Field) -> JsonObject:
    """Returns the field's keywords without `required`, which depends on where the field stands."""
    typed = mintlify_types.read(field.word) or {} if field.word else {}
    if "type" not in typed and field.children:
        typed = {**typed, "type": "object"}
    if found := field.hint if "type" not in typed else "":
        typed = {**typed, "type": found}
    kind = typed.get("type")
    word = kind if isinstance(kind, str) else ""
    claims: JsonObject = {**typed, **({"vendor_type": field.word} if field.word else {})}
    made, left, spared = _made(field, word)
    said = prose.keywords("\n".join(left), word) if left else {}
    if spared:
        said["digest"] = prose.digest(" ".join([*filter(None, [str(said.get("digest", ""))]), *spared]))
    if (
        word in ("string", "")
        and isinstance(kind, str | None)
        and not {"enum", "const"} & {*said, *made}
        and (values := _VALUES.search("\n".join(left)))
    ):
        said["enum"] = [value[1:-1] for value in re.findall(_QUOTED, values.group(1))]
    claims |= {**said, **made}
    shape = _TEMPLATE.search("\n".join(left)) if word == "string" and "pattern" not in claims else None
    if shape and "}{" not in shape.group(1):
        parts = re.split(r"(\{[^{}]*\})", shape.group(1).rstrip("."))
        claims["pattern"] = f"^{''.join('[^/]+' if part[:1] == '{' else re.escape(part) for part in parts)}$"
    for key, value in field.marks.items():
        claims[key] = literal(str(value), word) if key == "default" else value
    if "const" in claims:
        claims.pop("enum", None)
    return claims


def is_label(text: str) -> bool:
    """Says whether a line begins with a label that pages made from a spec print below a field."""
    return bool(_LABEL.match(text))


def is_required(field: Field) -> bool:
    """Says whether the field is required, by its flag or by a sentence that says no more than that."""
    return field.required or any(_REQUIRED.search(text) for _, text in field.prose)


def handed(text: str) -> Iterator[tuple[str, JsonObject]]:
    """Yields what a list's text says of a member of its items: `port range: 1-65535, excluding 22 and 80`."""
    for match in _MEMBER.finditer(text):
        claims: JsonObject = {"minimum": int(match.group(2)), "maximum": int(match.group(3))}
        spared = re.findall(r"\d{1,15}", match.group(4) or "")
        if spared:
            claims["not"] = {"enum": [*spared]}
        yield match.group(1).lower(), claims


class Choices:
    """The enums of fields that stand beside each other, found by their values."""

    def __init__(self, siblings: Mapping[str, JsonObject]) -> None:
        self.values = {name: as_list(row["enum"]) for name, row in siblings.items() if "enum" in row}
        self.names: dict[str, list[str]] = {}
        for name, values in self.values.items():
            for value in values:
                self.names.setdefault(str(value).lower(), []).append(name)

    def named(self, text: str, own: str) -> tuple[str, list[Json]]:
        """Returns the first field with values among the words of a text, and those values; `own` is left out."""
        words = dict.fromkeys(word.lower() for word in re.findall(r"[\w-][\w.-]{0,80}", text[:400]))
        name = next((name for word in words for name in self.names.get(word.rstrip("."), ())[:2] if name != own), "")
        bare = {word.rstrip(".") for word in words}
        return name, [value for value in self.values.get(name, []) if str(value).lower() in bare]


def conditions(
    field: Field, claims: JsonObject, siblings: Mapping[str, JsonObject], enums: Choices
) -> list[JsonObject]:
    """Returns the rows of claims that hold under a condition on a field beside this one.

    A constant that is said of one value of a sibling's enum moves from `claims` into such a row.
    """
    if not field.prose or len(siblings) < 2:
        return []
    text = "\n".join(line for _, line in field.prose)
    found = prose_conditions(text, siblings)
    for match in _REQUIRED_FOR.finditer(text) if enums.values else ():
        name, named = enums.named(match.group(1), field.name)
        free = _OPTIONAL_FOR.match(text, match.end())
        if not name and free:
            name, spared = enums.named(free.group(1), field.name)
            named = [value for value in enums.values.get(name, []) if value not in spared]
        if named and len(named) < len(enums.values[name]):
            schema: JsonObject = {"const": named[0]} if len(named) == 1 else {"enum": named}
            found.append({"when": {name: schema}, "required": True})
    if "const" in claims:
        name, named = enums.named(re.split(r"[.;]\s", text)[0], field.name)
        if len(named) == 1:
            found.append({"when": {name: {"const": named[0]}}, "const": claims.pop("const")})
    return found


def literal(text: str, kind: str) -> Json:
    """Returns a value as the type has it; text stays text where the type is string, or where it is nothing else."""
    text = text.strip()
    if len(text) > 2 and text[0] + text[-1] == "{}" and kind != "object" and ":" not in text:
        text = text[1:-1].strip()
    if text == "null":
        return None
    if kind == "string":
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`" else text
    try:
        value: Json = json.loads(text[1:-1] if kind and len(text) > 1 and text[0] == text[-1] == '"' else text)
    except (ValueError, RecursionError):
        return choices.literal(text, kind)
    return choices.literal(value, kind) if isinstance(value, str) and kind else value


def _made(field: Field, kind: str) -> tuple[JsonObject, list[str], list[str]]:
    """Parts the lines that a spec's page prints below a field, as claims, from its prose and its items' bounds."""
    claims: JsonObject = {}
    spared: list[str] = []
    left: list[str] = []
    lines = [part.strip() for _, text in field.prose for part in _GLUED.split(text) if part.strip()]
    index = 0
    while index < len(lines):
        match = _LABEL.match(lines[index])
        if not match:
            left.append(lines[index])
            index += 1
            continue
        label, rest = str(match.lastgroup), lines[index][match.end() :]
        index += 1
        values = [rest] if rest else []
        while index < len(lines) and (not values or (label == "options" and values[-1].endswith(","))):
            if _LABEL.match(lines[index]):
                break
            values.append(lines[index])
            index += 1
        if kind == "array" and (label == "range" or "string" in match.group(0).lower()):
            spared.append(" ".join([match.group(0), *values]))
            continue
        read_claims = _labelled(label, match.group(0), values, kind)
        claims |= read_claims
        if not read_claims:
            left.append(" ".join([match.group(0), *values]))
    return claims, left, spared


def _labelled(label: str, name: str, values: list[str], kind: str) -> JsonObject:
    text = " ".join(values).strip()
    if not text:
        return {}
    if label == "options":
        words = [word.strip() for word in re.split(r",(?:\s+|$)", text) if word.strip()]
        read_values = [literal(word, "string" if kind in ("array", "") else kind) for word in words]
        single = name.lower().startswith("allowed value:")
        return {"const": read_values[0]} if single and len(read_values) == 1 else {"enum": read_values}
    if label == "range":
        return _range(text)
    if label == "length":
        return _length(name.lower(), text, kind)
    if label == "pattern":
        return {"pattern": text} if _compiles(text) else {}
    example = literal(values[0], kind)
    return {} if example is None else {"example": example}


def _range(text: str) -> JsonObject:
    between, beyond = _BETWEEN.match(text), _BEYOND.match(text)
    claims: JsonObject = {}
    try:
        if between:
            low, left, right, high = between.groups()
            claims["minimum" if left == "<=" else "exclusiveMinimum"] = _number(low)
            claims["maximum" if right == "<=" else "exclusiveMaximum"] = _number(high)
        elif beyond:
            claims[_SIDES[beyond.group(1)]] = _number(beyond.group(2))
    except ValueError:
        return {}
    return claims


def _number(text: str) -> int | float:
    value = float(text)
    return int(text) if re.fullmatch(r"-?\d{1,40}", text) else value


def _length(name: str, text: str, kind: str) -> JsonObject:
    about = next((size for word, size in _SIZES.items() if word in name), "Items" if kind == "array" else "Length")
    numbers = [int(number) for number in re.findall(r"\d{1,15}", text)][:2]
    if not numbers:
        return {}
    if name.startswith("minimum"):
        return {f"min{about}": numbers[0]}
    if name.startswith("maximum"):
        return {f"max{about}": numbers[0]}
    if len(numbers) == 2:
        return {f"min{about}": numbers[0], f"max{about}": numbers[1]}
    side = text.lstrip()[:1]
    bound: JsonObject = {f"max{about}": numbers[0]} if side == "<" else {f"min{about}": numbers[0]}
    return bound if side in "<>" else {f"min{about}": numbers[0], f"max{about}": numbers[0]}


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
