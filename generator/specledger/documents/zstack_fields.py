"""Fields as an explorer lists them: a tree by the bullets' indent, or by the samples where a copy has lost it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from specledger.documents import badges, prose, sample
from specledger.documents.badges import Badge
from specledger.documents.conditions import conditions
from specledger.documents.reading import Fact
from specledger.documents.sample import Node
from specledger.places import Place
from specledger.yaml12 import JsonObject

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$-]*\Z", re.ASCII)
_NOTHING = re.compile(
    r"(?:Optional|可选)(?:[.。]\s*|\Z)|No description(?: provided| available)?[.。]?|暂无描述[.。]?|"
    r"(?:For more information, )?[Ss]ee [\w.]+\Z|(?:详情)?请?(?:参考|参见|参阅|详见) ?[\w.]+[。]?\Z"
)
_NULL = re.compile(r"\bif not null\b|\b(?:is|to|be|value:?|defaults?:?) null\b|为 ?null|若不为null", re.IGNORECASE)
_FAILS = re.compile(r"if not null, the operation (?:fails|failed)|若不为null[,，]则表示操作失败", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"<[^<>]*>\Z")
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: its number, its text, and the columns before its bullet and before it, -1 where it has none."""

    number: int
    text: str
    level: int = -1
    indent: int = -1


@dataclass(slots=True)
class Field:
    """A field that a page lists: its badges, the lines it stands on, its description, and what is nested in it."""

    badge: Badge
    first: int
    last: int
    level: int = -1
    indent: int = -1
    prose: list[str] = field(default_factory=list)
    children: list[Field] = field(default_factory=list)


def listed(lines: Sequence[Line], names: set[str]) -> tuple[list[Field], list[Line]]:
    """Returns the fields of one section, in order and not yet nested, and the lines before the first of them.

    `names` are those that path and samples show; they tell where a glued name ends.
    """
    bulleted = any(line.level >= 0 and badges.split(line.text, names) for line in lines)
    fields: list[Field] = []
    before: list[Line] = []
    index = 0
    while index < len(lines):
        line, taken = _joined(lines, index)
        following = next((other.text for other in lines[index + taken : index + taken + 1] if other.level < 0), "")
        badge = _field(line, bulleted, names, following)
        if badge is not None:
            new = Field(badge, line.number, lines[index + taken - 1].number, line.level, line.indent)
            new.prose += [badge.rest] if badge.rest else []
            fields.append(new)
        elif fields:
            fields[-1].prose.append(f"• {line.text}" if line.level >= 0 else line.text)
            fields[-1].last = line.number
        else:
            before.append(line)
        index += taken
    return fields, before


def _joined(lines: Sequence[Line], index: int) -> tuple[Line, int]:
    """Puts name, type and flags together where they stand on lines of their own, and says how many lines these are."""
    line = lines[index]
    following = [
        other.text for other in itertools.takewhile(lambda other: other.level < 0, lines[index + 1 : index + 5])
    ]
    typed = bool(following) and bool(_IDENTIFIER.match(line.text)) and badges.is_badge(following[0])
    text = f"{line.text} {following[0]}" if typed else line.text
    flags = list(itertools.takewhile(badges.is_flag, following[typed:]))
    if not typed and not (flags and badges.split(text)):
        return line, 1
    return replace(line, text="".join([text, *flags])), 1 + typed + len(flags)


def _field(line: Line, bulleted: bool, names: set[str], following: str) -> Badge | None:
    if bulleted and line.level < 0:
        return None
    badge = badges.split(line.text, names, following)
    if badge is None or bulleted:
        return badge
    return badge if badge.required or badge.name in names or badges.known(badge.vendor_type) else None


def nested(fields: Sequence[Field], shown: Node | None) -> list[Field]:
    """Returns the fields as a tree: by their bullets' or their own indent, else by where the sample has them."""
    if any(one.level >= 0 for one in fields):
        return _by_indent(fields, [one.level for one in fields])
    indents = [one.indent for one in fields]
    if len(set(indents)) > 1 and min(indents) == indents[0]:
        return _by_indent(fields, indents)
    return _by_sample(fields, shown)


def _by_indent(fields: Sequence[Field], columns: Sequence[int]) -> list[Field]:
    roots: list[Field] = []
    open_: list[tuple[int, Field]] = []
    for one, column in zip(fields, columns, strict=True):
        while open_ and open_[-1][0] >= column:
            open_.pop()
        (open_[-1][1].children if open_ else roots).append(one)
        if len(open_) < _DEPTH:
            open_.append((column, one))
    return roots


@dataclass(slots=True)
class _Open:
    """A field whose nested fields may still come; `shown` is None where no sample has it."""

    children: list[Field]
    shown: dict[str, Node] | None
    vendor_type: str = ""
    announced: bool = False
    names: set[str] = field(default_factory=set)


def _by_sample(fields: Sequence[Field], shown: Node | None) -> list[Field]:
    root = _Open([], _inside(shown))
    levels = [root]
    for one in fields:
        name = one.badge.name
        level = levels[_depth(levels, one)]
        del levels[levels.index(level) + 1 :]
        level.children.append(one)
        level.names.add(name)
        node = (level.shown or {}).get(name)
        inner = _inside(node)
        if badges.is_map(one.badge.vendor_type):
            inner = _values(node)
        announced = name in badges.seen(" ".join(one.prose))
        opens = announced or (node is None and _is_class(one.badge.vendor_type) and not _recurs(levels, one))
        if (inner or opens) and len(levels) < _DEPTH:
            levels.append(_Open(one.children, inner or None, one.badge.vendor_type, announced))
    return root.children


def _recurs(levels: Sequence[_Open], one: Field) -> bool:
    return any(level.vendor_type == one.badge.vendor_type for level in levels)


def _depth(levels: Sequence[_Open], one: Field) -> int:
    """Returns the level that a field belongs to when nothing but names and order tells."""
    name, innermost = one.badge.name, len(levels) - 1
    if levels[innermost].announced and not levels[innermost].names:
        return innermost
    free = [depth for depth in range(innermost, -1, -1) if name not in levels[depth].names]
    showing = [depth for depth in free if name in (levels[depth].shown or {})]
    if not showing:
        if one.badge.vendor_type == "ErrorCode" and not _recurs(levels, one):
            return 0
        # No sample has it: it goes on with what was being listed, and is not the first of what only a sample opens.
        going = [depth for depth in free if levels[depth].names or levels[depth].shown is None]
        return next(iter(going or free), innermost)
    first = next(iter(levels[innermost].shown or {}), "")
    if showing[0] == innermost and not levels[innermost].names and len(showing) > 1 and first != name:
        return showing[1]
    return showing[0]


def _inside(node: Node | None) -> dict[str, Node]:
    """Returns the members of an object, or those of an array's items taken together."""
    if node is None:
        return {}
    return _together(node.items) if node.kind == "array" else node.members


def _values(node: Node | None) -> dict[str, Node]:
    """Returns the members of a map's values taken together."""
    return _together(node.members.values()) if node is not None else {}


def _together(nodes: Iterable[Node]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for node in nodes:
        for name, member in node.members.items():
            if name not in found or found[name].kind == "null":
                found[name] = member
    return found


def _is_class(vendor_type: str) -> bool:
    return vendor_type in ("Object", "ErrorCode") or (
        not badges.known(vendor_type) and badges.schema(vendor_type)["type"] == "object"
    )


def facts(fields: Sequence[Field], place: Place, shown: Node | None) -> Iterator[Fact]:
    """Yields a row for each field, for what is nested in it, and for each field that only the sample shows."""
    yield from _rows(fields, place, _inside(shown), ())


def sampled(place: Place, node: Node) -> Iterator[Fact]:
    """Yields the rows of what only a sample shows: the value's own, and those of what is in it."""
    for fact in sample.rows(node, str(place)):
        claims = {key: value for key, value in fact.keywords.items() if key != "example"}
        if place.steps[0] == "request":
            claims["required"] = False
        yield replace(fact, keywords=claims)


def _rows(fields: Sequence[Field], place: Place, shown: Mapping[str, Node], around: tuple[str, ...]) -> Iterator[Fact]:
    request = place.steps[0] == "request"
    siblings = {one.badge.name: badges.schema(one.badge.vendor_type) for one in fields}
    for name, one in _once(fields).items():
        inner, here = shown.get(name), place.child(name)
        claims = _claims(one, inner, around, request)
        also = ((inner.first, inner.last),) if inner is not None else ()
        yield Fact(str(here), (one.first, one.last), claims, also)
        for condition in conditions(_text(one), siblings):
            yield Fact(str(here), (one.first, one.last), condition)
        if inner is not None and _contradicts(claims, inner):
            yield replace(next(sampled(here, inner)), at=str(here))
            inner = None
        yield from _below(one, here, str(claims.get("type", "")), inner, around)
    for name, node in shown.items():
        if name not in siblings:
            yield from sampled(place.child(name), node)


def _once(fields: Iterable[Field]) -> dict[str, Field]:
    """Returns each name's first field: a list that is printed twice is one list."""
    found: dict[str, Field] = {}
    for one in fields:
        found.setdefault(one.badge.name, one)
    return found


def _claims(one: Field, shown: Node | None, around: tuple[str, ...], request: bool) -> JsonObject:
    vendor_type, text = one.badge.vendor_type, _text(one)
    claims = badges.schema(vendor_type)
    guessed = not one.children and (vendor_type == "Timestamp" or not badges.known(vendor_type))
    if guessed and shown is not None and shown.kind != "null":
        claims = {"type": shown.kind}
    described = prose.keywords(text, str(claims["type"])) if text else {}
    if guessed and shown is None and "enum" in described:
        claims = {"type": "string"}
    claims["vendor_type"] = vendor_type
    if one.badge.required or request:
        claims["required"] = one.badge.required
    if one.badge.deprecated:
        claims["deprecated"] = True
    if _NULL.search(text):
        claims["nullable"] = True
    if _FAILS.search(text):
        claims["fails"] = {"not": {"type": "null"}}
    if "items" not in claims and (items := _items(one, shown, str(claims["type"]))):
        claims["items"] = items
    if claims["type"] == "object" and vendor_type in around and not one.children:
        claims["recurs"] = around[::-1].index(vendor_type) + 1
    return {**described, **claims}


def _text(one: Field) -> str:
    return "\n".join(rest for line in one.prose if (rest := _NOTHING.sub("", line, count=1).strip()))


def _items(one: Field, shown: Node | None, kind: str) -> str:
    """Returns the type of an array's items or a map's values; a placeholder `["<name>"]` proves none."""
    if kind != "array" and not (kind == "object" and _is_keyed(one, shown)):
        return ""
    if one.children:
        return "object"
    if shown is None:
        return ""
    if kind == "array":
        return str(sample.rows(shown, "request.body")[0].keywords.get("items", ""))
    kinds = {node.kind for node in shown.members.values()} - {"null"}
    return kinds.pop() if len(kinds) == 1 else ""


def _is_keyed(one: Field, shown: Node | None) -> bool:
    """Says whether a field is a map whose keys are data: not where a sample has the listed names for keys."""
    direct = any(child.badge.name in _inside(shown) for child in one.children)
    return badges.is_map(one.badge.vendor_type) and not direct


def _contradicts(claims: JsonObject, shown: Node) -> bool:
    """Says whether a sample's value has another type; `1.0` is an integer, and a placeholder has any type."""
    if isinstance(shown.value, float) and shown.value.is_integer() and claims.get("type") == "integer":
        return False
    if isinstance(shown.value, str) and _PLACEHOLDER.match(shown.value):
        return False
    return sample.contradicts(claims, {"nullable": True} if shown.kind == "null" else {"type": shown.kind})


def _below(one: Field, place: Place, kind: str, shown: Node | None, around: tuple[str, ...]) -> Iterator[Fact]:
    """Yields the rows inside an object, an array's items or a map's values."""
    within = (*around, one.badge.vendor_type)
    if kind == "array":
        yield from _rows(one.children, place.child("[]"), _inside(shown), within)
    elif kind == "object" and _is_keyed(one, shown):
        yield from _rows(one.children, place.child("{}"), _values(shown), within)
    else:
        yield from _rows(one.children, place, _inside(shown), within)
