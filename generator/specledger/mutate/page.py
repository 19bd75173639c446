"""Faults of a documentation page: what its vendor may change overnight. They are made at the lines of the facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from specledger.ledger import Facts, Row
from specledger.mutate.mutant import Fault, Operator
from specledger.mutate.world import Spot, World
from specledger.places import Place
from specledger.yaml12 import Json, as_list, as_object

_NUMBERS = "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength minItems maxItems".split()
_OTHER_METHOD = {"GET": "POST", "PUT": "PATCH", "PATCH": "PUT", "POST": "PUT", "DELETE": "POST"}
_OTHER_TYPE = {
    "string": "integer",
    "integer": "string",
    "int": "string",
    "long": "string",
    "boolean": "string",
    "object": "string",
    "object[]": "string",
    "list": "string",
    "map": "string",
}
# How families mark a field that must be there, and what stands there for one that need not.
_MARKS = (
    ("required={true}", "required={false}"),
    ("required={false}", "required={true}"),
    (", required)", ")"),
    ("Yes", "No"),
    ("No", "Yes"),
)
_CONDITIONAL = re.compile(r"\b(required|mandatory|must|when|if|only)\b", re.IGNORECASE)
_SENTENCE = "It must not contain spaces."

# A row with its lines (the whole page, from 0) in; the changed page, and a word for it, out.
Edit = Callable[[Row, list[str]], Iterator[tuple[str, list[str]]]]


def _pages(world: World) -> Iterator[tuple[Facts, list[str]]]:
    """Yields the facts of each page that is at hand, with its lines."""
    for facts in world.ledger.facts:
        text = world.files.get(world.page_path(facts))
        if text is not None:
            yield facts, text.split("\n")


def _spots(world: World, facts: Facts, row: Row) -> tuple[Spot, ...]:
    number = int(row.pointer[1])
    return ((facts.label, str(row.at)), *world.placed.get((facts.stem, number), ()))


def _each(edit: Edit, moved: Callable[[Place], Place | None] = lambda at: None) -> Callable[[World], Iterator[Fault]]:
    """Returns the faults of an edit at the lines of one row; `moved` says where its place is to be found as well."""

    def faults(world: World) -> Iterator[Fault]:
        for facts, lines in _pages(world):
            for row in facts.rows:
                for word, changed in edit(row, lines):
                    other = moved(row.at)
                    spots = _spots(world, facts, row)
                    spots = (*spots, *([(facts.label, str(other))] if other else []))
                    edits = {world.page_path(facts): "\n".join(changed)}
                    yield Fault(spots, f"{word} at {row.at} of {facts.page.document}", edits)

    return faults


def _numbers(row: Row) -> list[int]:
    """Returns the numbers, from 0, of all lines of a row."""
    return sorted({number for first, last in row.lines for number in range(first - 1, last)})


def _replaced(row: Row, lines: list[str], old: str, new: str) -> list[str] | None:
    """Returns the page with a word replaced wherever it stands as one in the lines of a row; None for nowhere."""
    word = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])")
    changed = list(lines)
    for number in _numbers(row):
        changed[number] = word.sub(lambda _: new, changed[number])
    return changed if changed != lines else None


def _substituted(pairs: Callable[[Row], Iterator[tuple[str, str]]]) -> Edit:
    def edit(row: Row, lines: list[str]) -> Iterator[tuple[str, list[str]]]:
        for old, new in pairs(row):
            changed = _replaced(row, lines, old, new)
            if changed:
                yield f"{old} as {new}", changed

    return edit


def _members(row: Row) -> Iterator[tuple[str, str]]:
    for member in as_list(row.keywords.get("enum")):
        if isinstance(member, str) and "credential" not in row.keywords:
            yield member, f"{member}2"


def _bounds(row: Row) -> Iterator[tuple[str, str]]:
    for key in _NUMBERS:
        bound = row.keywords.get(key)
        if isinstance(bound, int) and not isinstance(bound, bool):
            yield str(bound), str(bound + 1)


def _default(row: Row) -> Iterator[tuple[str, str]]:
    if "default" in row.keywords:
        known = row.keywords["default"]
        if isinstance(known, bool):
            yield str(known).lower(), str(not known).lower()
        else:
            yield str(known), str(known + 1 if isinstance(known, int) else f"{known}2")


def _type(row: Row) -> Iterator[tuple[str, str]]:
    known = row.keywords.get("vendor_type")
    other = _OTHER_TYPE.get(known.lower()) if isinstance(known, str) else None
    if isinstance(known, str) and other:
        yield known, other.capitalize() if known[:1].isupper() else other


def _glued_type(row: Row, lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yields a changed type where the page writes it right behind the name, as a list without a space."""
    name = row.at.leaf
    for old, new in _type(row):
        for number in _numbers(row)[:1]:
            if f"{name}{old}" in lines[number]:
                changed = list(lines)
                changed[number] = lines[number].replace(f"{name}{old}", f"{name}{new}")
                yield f"{old} as {new}", changed


def _types(row: Row, lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    yield from _substituted(_type)(row, lines)
    yield from _glued_type(row, lines)


def _required(row: Row, lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    known = row.keywords.get("required")
    if not isinstance(known, bool) or "from" in row.keywords or "when" in row.keywords:
        return
    first, last = row.lines[0]
    for number in range(first - 1, last):
        other = _other_mark(lines[number], known)
        if other is not None:
            changed = [*lines[:number], *other, *lines[number + 1 :]]
            yield "required", changed
            return


def _other_mark(line: str, known: bool) -> list[str] | None:
    """Returns what stands in place of a line that says whether a field is required; None for every other line."""
    for old, new in _MARKS:
        if old.isalpha() and line.strip() == old:
            return [line.replace(old, new)]
        if not old.isalpha() and old in line:
            return [line.replace(old, new, 1)]
    if known and line.strip() == "required":
        return []
    if known and line.rstrip().endswith("Required") and line.strip() != "Required":
        return [line.rstrip().removesuffix("Required")]
    return None


def _other_name(place: Place) -> Place | None:
    steps = place.steps
    if steps[0] not in ("request", "response") or len(steps) < 3 or place.leaf in ("[]", "{}", "body"):
        return None
    return Place((*steps[:-1], f"{place.leaf}2"))


def _name(row: Row, lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    name, other = row.at.leaf, _other_name(row.at)
    if other and "when" not in row.keywords:
        glued = re.compile(rf"(?<![\w-]){re.escape(name)}(?=$|[^\w-]|(?:String|Integer|Long|[Bb]oolean|List|Map)\b)")
        changed = list(lines)
        for number in _numbers(row):
            changed[number] = glued.sub(f"{name}2", lines[number])
        if changed != lines:
            yield name, changed


def _status_pairs(row: Row) -> Iterator[tuple[str, str]]:
    if row.at.steps[0] == "response" and len(row.at.steps) == 2 and row.at.steps[1].isdigit():
        yield row.at.steps[1], _status(row.at.steps[1])


def _status(known: str) -> str:
    return {"200": "201", "400": "422", "401": "403", "403": "423", "404": "410"}.get(known, "418")


def _other_status(place: Place) -> Place | None:
    return Place(("response", _status(place.steps[1]))) if place.steps[0] == "response" else None


def _sentences(row: Row, lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yields pages without the sentence that says under which condition a row holds."""
    if "when" not in row.keywords:
        return
    for number in _numbers(row):
        for sentence in re.findall(r"[^.!?]+[.!?]", lines[number]):
            if _CONDITIONAL.search(sentence) and sentence.strip() != lines[number].strip():
                changed = list(lines)
                changed[number] = lines[number].replace(sentence, "", 1)
                yield sentence.strip()[:20].split(":")[0], changed
                return


def _conditions(row: Row) -> Iterator[tuple[str, str]]:
    for value in _texts(as_object(row.keywords.get("when"))):
        yield value, f"{value}2"


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _more(row: Row, lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yields pages on which the words about a field end with one sentence more."""
    first, last = row.lines[0]
    prose = [number for number in range(first - 1, last) if lines[number].rstrip().endswith(".")]
    if prose and row.at.steps[0] == "request" and len(row.at.steps) > 2:
        number = max(prose, key=lambda one: len(lines[one]))
        yield "a sentence", [*lines[:number], f"{lines[number].rstrip()} {_SENTENCE}", *lines[number + 1 :]]


def _rows(change: Callable[[list[str], int, int, str], list[str] | None]) -> Callable[[World], Iterator[Fault]]:
    """Returns the faults of a change of all lines of one field, which no other field shares."""

    def faults(world: World) -> Iterator[Fault]:
        for facts, lines in _pages(world):
            for row in facts.rows:
                first, last = row.lines[0]
                others = [other for other in facts.rows if other.at != row.at]
                shared = any(a <= last and first <= b for other in others for a, b in other.lines)
                again = "from" in row.keywords and len(row.lines) > 1
                if shared or again or _other_name(row.at) is None or "when" in row.keywords:
                    continue
                changed = change(lines, first - 1, last, row.at.leaf)
                if changed:
                    beside = (facts.label, str(Place((*row.at.steps[:-1], f"{row.at.leaf}Extra"))))
                    edits = {world.page_path(facts): "\n".join(changed)}
                    spots = (*_spots(world, facts, row), beside)
                    yield Fault(spots, f"{row.at} of {facts.page.document}", edits)

    return faults


def _without(lines: list[str], first: int, last: int, name: str) -> list[str]:
    return [*lines[:first], *lines[last:]]


def _twice(lines: list[str], first: int, last: int, name: str) -> list[str] | None:
    """Returns the page with a copy of a field below it, under a name of its own."""
    copy = [line.replace(name, f"{name}Extra") for line in lines[first:last]]
    return [*lines[:last], *copy, *lines[last:]] if copy != lines[first:last] else None


def _heading(pairs: Callable[[Facts], Iterator[tuple[str, str]]]) -> Callable[[World], Iterator[Fault]]:
    """Returns the faults of a word in the lines that name method, path and server."""

    def faults(world: World) -> Iterator[Fault]:
        for facts, lines in _pages(world):
            rows = [row for row in facts.rows if row.at.steps in (("operation",), ("server",))]
            for old, new in pairs(facts):
                changed = lines
                for row in rows:
                    changed = _replaced(row, changed, old, new) or changed
                if changed != lines:
                    edits = {world.page_path(facts): "\n".join(changed)}
                    labels = (facts.label, facts.label.replace(old, new))
                    spots = tuple((label, "operation") for label in labels)
                    yield Fault(spots, f"{old} as {new} of {facts.page.document}", edits)

    return faults


def _methods(facts: Facts) -> Iterator[tuple[str, str]]:
    other = _OTHER_METHOD.get(facts.method, "POST")
    yield facts.method, other


def _segments(facts: Facts) -> Iterator[tuple[str, str]]:
    for segment in re.findall(r"(?<=/)[^/{}]+(?=/|\Z)", facts.path)[-1:]:
        yield segment, f"{segment}2"


def _hosts(facts: Facts) -> Iterator[tuple[str, str]]:
    for row in facts.rows:
        found = re.match(r"https?://([^/:{}]+)", str(row.keywords.get("url", "")))
        if found:
            yield found.group(1), f"other.{found.group(1)}"


OPERATORS: tuple[Operator, ...] = (
    Operator("page-enum", "page", "a member of an enum is another", _each(_substituted(_members))),
    Operator("page-bound", "page", "a bound is one higher", _each(_substituted(_bounds))),
    Operator("page-default", "page", "a default is another", _each(_substituted(_default))),
    Operator("page-required", "page", "a field is required that was not, or not", _each(_required)),
    Operator("page-type", "page", "a field has another type", _each(_types)),
    Operator("page-name", "page", "a field has another name", _each(_name, _other_name)),
    Operator("page-status", "page", "a status is another", _each(_substituted(_status_pairs), _other_status)),
    Operator("page-sentence-dropped", "page", "a conditional sentence is gone", _each(_sentences)),
    Operator("page-condition", "page", "a condition speaks of another value", _each(_substituted(_conditions))),
    Operator("page-sentence-added", "page", "a field's text has one sentence more", _each(_more)),
    Operator("page-row-dropped", "page", "a field is gone", _rows(_without)),
    Operator("page-row-added", "page", "there is one field more", _rows(_twice)),
    Operator("page-method", "page", "the method is another", _heading(_methods)),
    Operator("page-path", "page", "the path is another", _heading(_segments)),
    Operator("page-server", "page", "the server is another", _heading(_hosts)),
)
