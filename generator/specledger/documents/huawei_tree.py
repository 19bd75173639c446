"""Where the rows of a page's tables lie in the request or an answer: roots, nested tables, and the rows' claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from specledger.documents import choices, conditions, prose
from specledger.documents import huawei_columns as columns
from specledger.documents import huawei_types as typewords
from specledger.documents.block import Cell
from specledger.documents.huawei_outline import Sheet
from specledger.documents.huawei_types import TypeWord
from specledger.documents.reading import Fact, Lines, Unreadable
from specledger.documents.sample import Node
from specledger.places import Place, parse
from specledger.yaml12 import JsonObject

_MOST_ROWS = 100_000
_DEPTH = 40
_REFERENCE = re.compile(r"(?:\bTable|表)\s*(\d{1,3}(?:[-.]\d{1,3})?)", re.IGNORECASE)
_INDENT = re.compile(r"(?:[»›>└├─│+•·-]\s*)+(?=[A-Za-z_])")
_OPTIONAL = re.compile(r"\s*[(（](optional|可选)[)）]\s*", re.IGNORECASE)
_CREDENTIAL = re.compile(
    r"authorization|x-(?:[\w-]*-)?(?:auth-token|api-?key|access-token)|api-?key|token", re.IGNORECASE
)
_PLACES = {
    "path": "path", "url": "path", "uri": "path", "query": "query", "header": "header", "head": "header",
    "body": "body", "request": "body", "requests": "body", "form": "body", "formdata": "body", "cookie": "cookie",
}  # fmt: skip
_NUMERIC = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
# `[items]` names no field: it stands for the body, which is an array.
_WHOLE = re.compile(r"\[[^\[\]]{1,20}\]")
# The one media type that a request is told to send.
_MEDIA = re.compile(
    r"(?:\bset (?:this parameter )?to|\bfill (?:in )?|\bmust be(?: set to)?|设置为|填为|填写|必须为)\s*[:：]?\s*"
    r"[\"'“]?(\w+/[\w.+-]*\w(?:; ?charset=[\w-]+)?)(?!.{0,200}\bor\b)",
    re.IGNORECASE,
)
_SECTION_WORD = re.compile(r"[\w$.-]+")


@dataclass(slots=True)
class Field:
    """One row of a table, its cells read."""

    name: str
    vendor_type: str
    word: TypeWord
    required: bool | None
    text: str
    where: str
    lines: Lines
    depth: int
    sheet: int
    target: int | None = None
    enum: JsonObject = field(default_factory=dict)
    also: tuple[Lines, ...] = ()


def plain_name(text: str) -> str:
    """Returns the field's name in a cell, without indents and marks."""
    first = text.split("\n")[0].strip()
    bare = _OPTIONAL.sub("", _INDENT.sub("", first, count=1) if _INDENT.match(first) else first).strip(" *`")
    return bare[1:-1] if re.fullmatch(r"\{[\w-]+\}", bare) else bare


def is_credential(name: str) -> bool:
    """Says whether a header of this name carries a credential."""
    return bool(_CREDENTIAL.fullmatch(name))


def loose(name: str) -> str:
    """Returns a name in which the spellings of one word are alike: `project-id`, `project_id`, `projectId`."""
    return re.sub(r"[-_\s]", "", name).lower()


def place(
    own: Sequence[Sheet],
    roots: Sequence[tuple[Sheet, str]],
    shown: Mapping[str, Node],
    template: frozenset[str],
    shared: Sequence[Sheet] = (),
) -> Iterator[list[Fact]]:
    """Yields the rows of each root table with all that lies within.

    `shown` holds the sample of each body, by its place; `template` the names in the path, spelt loosely; `shared`
    are tables of the page's other operations, which a field may refer to.
    Raises Unreadable where shared tables would give more than 100,000 rows.
    """
    sheets = [*own, *shared]
    numbered = {id(sheet): index for index, sheet in enumerate(sheets)}
    fields = [_fields(sheet, index) for index, sheet in enumerate(sheets)]
    _link(sheets, fields, {numbered[id(sheet)] for sheet, _ in roots}, len(own))
    placer = _Placer(fields, shown, template)
    for sheet, at in roots:
        yield list(placer.rows(numbered[id(sheet)], at))


def _fields(sheet: Sheet, index: int) -> list[Field]:
    if "name" not in sheet.layout:
        return []
    marks = [sheet.layout.index(role) for role in ("name", "type") if role in sheet.layout]
    marked = any(_OPTIONAL.search(row[column].text) for row in sheet.rows for column in marks if column < len(row))
    fields: list[Field] = []
    for row in sheet.rows:
        cells = dict(zip(sheet.layout, row, strict=False))
        name = plain_name(cells["name"].text)
        if not name or (columns.role(name) == "name" and len(fields) == 0 and len(row) == 1):
            continue
        fields.append(_field(cells, name, sheet, index, marked))
    return fields


def _field(cells: Mapping[str, Cell], name: str, sheet: Sheet, index: int, marked: bool) -> Field:
    flag: bool | None = None
    text = "\n".join(cells["name"].text.split("\n")[1:])
    if "required" in cells:
        flag = columns.required(cells["required"].text) or False
        text += "\n" + "\n".join(cells["required"].text.split("\n")[1:])
    elif "optional" in cells:
        flag = columns.required(cells["optional"].text) is False
    elif marked:
        optional = any(_OPTIONAL.search(cells[role].text) for role in ("name", "type") if role in cells)
        # An answer's table that marks some fields says nothing of the others.
        flag = False if optional else None if sheet.side == "response" else True
    vendor_type = _OPTIONAL.sub("", " ".join(cells["type"].text.split())) if "type" in cells else ""
    if "description" in cells:
        text += "\n" + (cells["description"].said or cells["description"].text)
    if not vendor_type and (stated := re.search(r"(?:^|\n)(?:Type|类型|参数类型)\s*[:：]\s*([^\n.。]+)", text)):
        vendor_type = stated.group(1).strip()
    for key, label in (
        ("constraints", "Constraints"),
        ("range", "Range"),
        ("default", "Default Value"),
        ("example", "Example"),
    ):
        if key in cells and cells[key].text:
            text += f"\n{label}: {cells[key].said or cells[key].text}"
    depth = len(re.findall(r"[»›>└├+•·-]", match.group(0))) if (match := _INDENT.match(cells["name"].text)) else 0
    lines = (min(cell.first for cell in cells.values() if cell.first), max(cell.last for cell in cells.values()))
    where = _PLACES.get(cells["in"].text.strip().lower().split("\n")[0], "body") if "in" in cells else ""
    word = typewords.read(vendor_type)
    if _WHOLE.fullmatch(name) and word.type != "array":
        word = TypeWord("array", word.type, "", ("[]", *word.steps), word.name, word.known)
    return Field(name, vendor_type, word, flag, text.strip(), where, lines, depth, index)


def _link(sheets: Sequence[Sheet], fields: Sequence[Sequence[Field]], roots: set[int], own: int) -> None:
    """Finds the table that holds each object's fields: by its number, its type's name, its own name, or coming next.

    Only the first `own` sheets can come next.
    """
    index = _Titles(sheets, roots)
    taken: set[int] = set()
    for rows in fields:
        for one in rows:
            one.target = index.explicit(one)
            if one.target is not None and "name" not in sheets[one.target].layout:
                values = sheets[one.target]
                one.enum, one.target = _values(values, one.word), None
                one.also = tuple((row[0].first, row[-1].last) for row in values.rows)
            elif one.target is not None:
                taken.add(one.target)
    free = [n for n in range(own) if n not in roots and n not in taken]
    pool = [n for n in free if "name" in sheets[n].layout]
    position = 0
    for number, rows in enumerate(fields):
        inline = {one.name.split(".")[0].removesuffix("[]") for one in rows if "." in one.name}
        for here, one in enumerate(rows):
            deeper = here + 1 < len(rows) and rows[here + 1].depth > one.depth
            if one.target is not None or not one.word.holds_object or one.word.type not in ("object", "array"):
                continue
            if deeper or one.name in inline:
                continue
            while position < len(pool) and pool[position] <= number:
                position += 1
            if position < len(pool) and sheets[pool[position]].side == sheets[number].side:
                one.target = pool[position]
                position += 1


class _Titles:
    """Finds tables by number, and by the words of their captions."""

    def __init__(self, sheets: Sequence[Sheet], roots: set[int]) -> None:
        self.sheets = sheets
        self.numbers: dict[str, list[int]] = {}
        self.words: dict[str, list[int]] = {}
        self.dotted: dict[str, list[int]] = {}
        for index, sheet in enumerate(sheets):
            if index in roots:
                continue
            if sheet.number:
                self.numbers.setdefault(sheet.number, []).append(index)
            for word in {found.lower().strip(".-") for found in _SECTION_WORD.findall(sheet.title)}:
                (self.dotted if "." in word else self.words).setdefault(word, []).append(index)

    def explicit(self, one: Field) -> int | None:
        wants = one.word.holds_object and (one.word.type in ("object", "array") or not one.vendor_type)
        named = one.word.name if one.word.type in ("object", "array") else ""
        for text in (one.vendor_type, one.text):
            for number in _REFERENCE.findall(text):
                found = self.nearest(self.numbers.get(number, []), one.sheet)
                if found is not None and (wants or "name" not in self.sheets[found].layout):
                    return found
        around = _SECTION_WORD.findall(self.sheets[one.sheet].title)
        for path in (f"{outer}.{one.name}".lower() for outer in around if wants):
            # Captions that say the whole way: `auth.identity`, `auth.identity.password`.
            if path in self.dotted:
                return self.nearest(self.dotted[path], one.sheet)
        for word in (named, one.name):
            found = self.nearest(
                self.words.get(word.lower(), []) if word else [], one.sheet, values=not wants, word=word
            )
            # What a request may send is not all that an answer may say.
            same = found is not None and self.sheets[found].side == self.sheets[one.sheet].side
            if found is not None and (same or "name" in self.sheets[found].layout):
                return found
        ending = [n for word, where in self.dotted.items() if word.endswith(f".{one.name.lower()}") for n in where]
        return self.nearest(ending, one.sheet, values=False) if wants and ending else None

    def nearest(self, found: Sequence[int], here: int, values: bool | None = None, word: str = "") -> int | None:
        """Returns the first of the tables behind this one on its side, else any on its side, else any."""
        allowed = [n for n in found if values is None or ("name" not in self.sheets[n].layout) == values]
        exact = [n for n in allowed if word and self.sheets[n].title.strip(" *").lower() == word.lower()]
        side = self.sheets[here].side
        for candidates in (exact, allowed):
            for keeps in (
                [n for n in candidates if n > here and self.sheets[n].side == side],
                [n for n in candidates if self.sheets[n].side == side],
                candidates,
            ):
                if keeps:
                    return keeps[0]
        return None


def _values(sheet: Sheet, word: TypeWord) -> JsonObject:
    """Returns the enum that a table of values lists."""
    column = sheet.layout.index("value") if "value" in sheet.layout else 0
    values = choices.listed([row[column].text for row in sheet.rows], word.type or "string")
    return {"enum": values} if values else {}


class _Placer:
    """Walks from a root table into those nested in it."""

    def __init__(self, fields: Sequence[Sequence[Field]], shown: Mapping[str, Node], template: frozenset[str]) -> None:
        self.fields = fields
        self.shown = shown
        self.template = template
        self.count = 0

    def rows(self, sheet: int, at: str) -> Iterator[Fact]:
        """Yields the rows of a root table; `at` is the place, with `*` or `path|query` where the rows differ."""
        fields = self.fields[sheet]
        base, _, where = at.rpartition(".")
        if where not in ("*", "path|query"):
            yield from self.below(fields, parse(at), (sheet,))
            return
        groups: dict[str, list[Field]] = {}
        for one in fields:
            groups.setdefault(one.where or ("path" if loose(one.name) in self.template else "query"), []).append(one)
        for name, members in groups.items():
            yield from self.below(members, parse(f"{base}.{name}"), (sheet,))

    def below(self, fields: Sequence[Field], around: Place, stack: tuple[int, ...]) -> Iterator[Fact]:
        siblings = {one.name: one.word.keywords() for one in fields}
        places: dict[str, Place] = {}
        shown = self.shown.get(str(around))
        flat = _inner(shown, fields, around) if shown else {}
        open_at: list[tuple[int, Place]] = []
        for one in fields:
            while open_at and open_at[-1][0] >= one.depth:
                open_at.pop()
            base = open_at[-1][1] if open_at else around
            at = _inside(one.name, base, places) if around.steps[-1:] != ("header",) else base.child(one.name)
            at = base if _WHOLE.fullmatch(one.name) else flat.get(one.name, at)
            inner = Place((*at.steps, *one.word.steps))
            places[one.name] = inner
            open_at.append((one.depth, inner))
            self.count += 1
            if self.count > _MOST_ROWS:
                remedy = "split the page, one operation a page"
                raise Unreadable(f"its tables refer to each other for more than {_MOST_ROWS} fields", remedy)
            yield from self.facts(one, at, siblings, stack)
            if one.target is not None and one.target not in stack and len(stack) < _DEPTH:
                yield from self.below(self.fields[one.target], inner, (*stack, one.target))

    def facts(
        self, one: Field, at: Place, siblings: Mapping[str, JsonObject], stack: tuple[int, ...]
    ) -> Iterator[Fact]:
        request = at.starts_with("request")
        claims: JsonObject = {}
        word = one.word
        if one.target is not None and word.type not in ("object", "array"):
            claims["type"] = "object"
        claims |= word.keywords()
        if word.name and not word.known and one.target is None and not one.vendor_type:
            claims.pop("type", None)
        if one.vendor_type:
            claims["vendor_type"] = one.vendor_type
        if request or one.required is not None:
            claims["required"] = bool(one.required) or (
                request and at.starts_with("request", "path") and one.required is None
            )
        kind = str(claims.get("type", ""))
        said = typewords.size(one.vendor_type, kind) | prose.keywords(one.text, kind) | one.enum
        if kind == "string":
            # A range in the prose about a string is about what it spells, and no bound in JSON Schema's words.
            said = {key: value for key, value in said.items() if key not in _NUMERIC}
        claims |= {key: value for key, value in said.items() if key not in claims or key == "format"}
        if not kind and claims.get("enum") in (["true", "false"], ["false", "true"]):
            del claims["enum"]
            claims |= {"type": "boolean"} | ({"default": claims["default"] == "true"} if "default" in claims else {})
        if (
            request
            and one.name.lower() == "content-type"
            and "enum" not in claims
            and (sent := _MEDIA.search(one.text))
        ):
            claims.setdefault("const", sent.group(1))
        if request and at.steps[1] == "header" and is_credential(one.name):
            claims["credential"] = True
        if one.target is not None and one.target in stack:
            claims["recurs"] = stack[::-1].index(one.target) + 1
        yield Fact(str(at), one.lines, claims, one.also)
        if request:
            for condition in conditions.conditions(one.text, siblings):
                yield Fact(str(at), one.lines, condition)


def _inner(shown: Node, fields: Sequence[Field], around: Place) -> dict[str, Place]:
    """Returns the places of fields that the table lists beside their object and the sample shows within it."""
    listed = {one.name for one in fields if one.target is None and one.depth == 0}
    # A sample may show all of them within a wrapper that the table leaves out.
    wrapper = next(iter(shown.members.values())) if len(shown.members) == 1 else None
    wrapped = wrapper is not None and wrapper.kind == "object" and bool(listed & set(wrapper.members))
    if not wrapped and not (listed & set(shown.members)):
        return {}
    found: dict[str, Place] = {}
    waiting = [(shown, around)]
    while waiting:
        node, at = waiting.pop(0)
        for name, member in node.members.items():
            place = at.child(name)
            if name in listed:
                found.setdefault(name, place)
            if name in listed or node is not shown or wrapped:
                waiting.append((member, place))
        waiting += [(item, at.child("[]")) for item in node.items]
    found = {name: place for name, place in found.items() if name not in shown.members}
    first = fields[0].name
    if wrapped and wrapper is not None and first in shown.members and found:
        # The table names the wrapper first; what it lists more, and no sample shows, lies within as well.
        inner = around.child(first)
        found |= {
            name: inner.child(name)
            for name in listed - found.keys() - {first}
            if "." not in name and not name.startswith(f"{first}_")
        }
    return found


def _inside(name: str, base: Place, places: Mapping[str, Place]) -> Place:
    """Returns the place of a name; dots lead into the field before them, with `[]` where that is an array."""
    if "." not in name.strip(".") and "[]" not in name:
        return base.child(name)
    head, _, leaf = name.rpartition(".")
    if base.steps[1:2] == ("query",) and head not in places:
        return base.child(name)
    known = places.get(head) or places.get(head.removesuffix("[]"))
    if known is not None:
        return known.child(leaf.removesuffix("[]"))
    steps: list[str] = []
    for step in name.split("."):
        steps += [step.removesuffix("[]"), *(["[]"] if step.endswith("[]") else [])]
    return Place((*base.steps, *(step for step in steps if step)))
