"""Faults of a facts file: a row misread, lost or made up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from specledger.ledger import Facts
from specledger.mutate.mutant import Fault, Operator
from specledger.mutate.world import Spot, World, written
from specledger.places import Place, parse
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_rows

_NUMBERS = "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength minItems maxItems".split()
_MARKS = ("unique", "owned", "unmapped", "immutable", "touched", "limit", "coerce", "rule", "scope", "deprecated")
_OTHER_TYPE = {"string": "integer", "integer": "string", "number": "string", "boolean": "string", "array": "object"}
_OTHER_STATUS = {"400": "422", "401": "403", "403": "401", "404": "410", "200": "201", "success": "202"}
_OTHER_METHOD = {"GET": "POST", "PUT": "PATCH", "PATCH": "PUT", "POST": "PUT", "DELETE": "POST"}

# A row in, and what it may become; None drops it.
Edit = Callable[[JsonObject], Iterator[tuple[str, JsonObject | None]]]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a facts file, with where it stands and the places that it ends at once rulings are laid over it."""

    facts: Facts
    number: int
    value: JsonObject
    spots: tuple[Spot, ...]


def _rows(world: World) -> Iterator[_Row]:
    for facts in world.ledger.facts:
        for number, value in enumerate(as_rows(as_object(facts.document.value).get("facts"))):
            at = str(value["at"])
            spots = world.placed.get((facts.stem, number), ((facts.label, at),))
            yield _Row(facts, number, value, spots)


def _edited(world: World, facts: Facts, number: int, value: JsonObject | None) -> dict[str, str]:
    path = world.facts_path(facts)
    document = world.document(path)
    rows = as_list(document["facts"])
    document["facts"] = [*rows[:number], *([value] if value is not None else []), *rows[number + 1 :]]
    return {path: written(document)}


def _each(
    edit: Edit, moved: Callable[[Place], Place | None] = lambda place: None
) -> Callable[[World], Iterator[Fault]]:
    """Returns the faults of an edit of one row; `moved` says where its place is to be found as well."""

    def faults(world: World) -> Iterator[Fault]:
        for row in _rows(world):
            for word, value in edit(row.value):
                known = [*row.spots, (row.facts.label, str(row.value["at"]))]
                others = [(label, moved(parse(at))) for label, at in known]
                spots = (*row.spots, *((label, str(at)) for label, at in others if at is not None))
                name = f"{word} at {row.value['at']} of {row.facts.stem}"
                yield Fault(spots, name, _edited(world, row.facts, row.number, value))

    return faults


def _with(row: JsonObject, key: str, value: Json) -> JsonObject:
    return {**row, key: value}


def _without(row: JsonObject, *keys: str) -> JsonObject:
    return {key: value for key, value in row.items() if key not in keys}


def _enum_changed(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    members = as_list(row.get("enum"))
    for number, member in enumerate(members):
        if isinstance(member, str):
            yield f"{member} misread", _with(row, "enum", [*members[:number], f"{member}2", *members[number + 1 :]])


def _enum_dropped(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    members = as_list(row.get("enum"))
    for number, member in enumerate(members if len(members) > 1 else []):
        yield f"{member} lost", _with(row, "enum", [*members[:number], *members[number + 1 :]])


def _moved(by: int) -> Edit:
    def edit(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        for key in _NUMBERS:
            bound = row.get(key)
            if isinstance(bound, int) and not isinstance(bound, bool) and (bound + by >= 0 or "Length" not in key):
                yield f"{key} {bound}", _with(row, key, bound + by)

    return edit


def _bound_dropped(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    for key in _NUMBERS:
        if key in row:
            yield f"{key} lost", _without(row, key)


def _default(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    value = row.get("default")
    if "default" in row:
        other: Json = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}2"
        yield "default", _with(row, "default", other)


def _flipped(key: str) -> Edit:
    def edit(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        if isinstance(row.get(key), bool):
            yield f"{key} flipped", _with(row, key, not row[key])

    return edit


def _type(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    kind = row.get("type")
    if isinstance(kind, str) and kind in _OTHER_TYPE and not row.get("credential"):
        yield kind, _with(row, "type", _OTHER_TYPE[kind])


def _items(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    kind = row.get("items")
    if isinstance(kind, str):
        yield kind, _with(row, "items", "integer" if kind == "string" else "string")


def _dropped(*keys: str) -> Edit:
    def edit(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        for key in keys:
            if key in row:
                yield f"{key} lost", _without(row, key)

    return edit


def _condition_changed(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    condition = as_object(row.get("when"))
    if condition:
        yield "condition turned", _with(row, "when", condition.get("not", {"not": condition}))


def _row_dropped(row: JsonObject) -> Iterator[tuple[str, JsonObject | None]]:
    if parse(str(row["at"])).steps[0] in ("request", "response", "server", "security"):
        yield "row", None


def _named(place: Place) -> Place | None:
    """Returns the place with its last name misread; None where it ends in no name."""
    steps = place.steps
    if steps[0] not in ("request", "response") or len(steps) < 3 or place.leaf in ("[]", "{}", "body"):
        return None
    return Place((*steps[:-1], f"{steps[-1]}2"))


def _name(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    other = _named(parse(str(row["at"])))
    if other:
        yield "name", _with(row, "at", str(other))


def _other_status(place: Place) -> Place | None:
    steps = place.steps
    if steps[0] != "response" or steps[1] not in _OTHER_STATUS:
        return None
    return Place(("response", _OTHER_STATUS[steps[1]], *steps[2:]))


def _status(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    other = _other_status(parse(str(row["at"])))
    if other:
        yield "status", _with(row, "at", str(other))


def _row_added(world: World) -> Iterator[Fault]:
    for row in _rows(world):
        place = parse(str(row.value["at"]))
        if place.starts_with("request", "body") and len(place.steps) > 2 and "when" not in row.value:
            other = Place((*place.steps[:-1], "invented"))
            value: JsonObject = {"at": str(other), "type": "string", "lines": row.value["lines"]}
            path = world.facts_path(row.facts)
            document = world.document(path)
            document["facts"] = [*as_list(document["facts"]), value]
            named = tuple((label, str(Place((*parse(at).steps[:-1], "invented")))) for label, at in row.spots)
            yield Fault(
                (*named, (row.facts.label, str(other))), f"{other} in {row.facts.stem}", {path: written(document)}
            )


def _heading(change: Callable[[str, str], tuple[str, str]]) -> Callable[[World], Iterator[Fault]]:
    def faults(world: World) -> Iterator[Fault]:
        for facts in world.ledger.facts:
            path = world.facts_path(facts)
            document = world.document(path)
            method, where = change(facts.method, facts.path)
            if (method, where) != (facts.method, facts.path):
                document["operation"] = f"{method} {where}"
                labels = (facts.label, f"{method} {where}")
                yield Fault(tuple((one, "operation") for one in labels), f"{method} {where}", {path: written(document)})

    return faults


def _server(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    if isinstance(row.get("url"), str):
        yield "server", _with(row, "url", str(row["url"]).replace("://", "://other.", 1))


def _scheme(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    schemes = as_list(row.get("schemes"))
    for number in range(len(schemes)):
        other: JsonObject = {"type": "http", "scheme": "basic"}
        yield f"scheme {number}", _with(row, "schemes", [*schemes[:number], other, *schemes[number + 1 :]])


def _refuses(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    kinds = as_list(row.get("refuses"))
    for number, kind in enumerate(kinds):
        left = [*kinds[:number], *kinds[number + 1 :]]
        yield f"{kind} lost", _with(row, "refuses", left) if left else _without(row, "refuses")


def _effect(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    if row.get("effect") in ("merge", "replace"):
        yield "effect", _with(row, "effect", "replace" if row["effect"] == "merge" else "merge")


def _media_type(row: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    if isinstance(row.get("mediaType"), str):
        yield "media type", _with(row, "mediaType", "text/plain")


OPERATORS: tuple[Operator, ...] = (
    Operator("fact-enum-changed", "facts", "a member of an enum is misread", _each(_enum_changed)),
    Operator("fact-enum-dropped", "facts", "a member of an enum is lost", _each(_enum_dropped)),
    Operator("fact-bound-raised", "facts", "a bound is read one higher", _each(_moved(1))),
    Operator("fact-bound-lowered", "facts", "a bound is read one lower", _each(_moved(-1))),
    Operator("fact-bound-dropped", "facts", "a bound is lost", _each(_bound_dropped)),
    Operator("fact-default", "facts", "a default is misread", _each(_default)),
    Operator(
        "fact-required", "facts", "a field is read as required where it is not, or not", _each(_flipped("required"))
    ),
    Operator(
        "fact-nullable", "facts", "a value is read as nullable where it is not, or not", _each(_flipped("nullable"))
    ),
    Operator("fact-type", "facts", "a type is misread", _each(_type)),
    Operator("fact-items", "facts", "the type of a list's items is misread", _each(_items)),
    Operator(
        "fact-pattern",
        "facts",
        "a pattern, a format or what is forbidden is lost",
        _each(_dropped("pattern", "format", "not")),
    ),
    Operator("fact-name", "facts", "a field's name is misread", _each(_name, _named)),
    Operator("fact-unconditional", "facts", "the condition of a sentence is lost", _each(_dropped("when"))),
    Operator("fact-condition", "facts", "the condition of a sentence is turned", _each(_condition_changed)),
    Operator("fact-row-dropped", "facts", "a row of the page is lost", _each(_row_dropped)),
    Operator("fact-row-added", "facts", "a row is made up", _row_added),
    Operator("fact-status", "facts", "a status is misread", _each(_status, _other_status)),
    Operator("fact-method", "facts", "the method is misread", _heading(lambda m, p: (_OTHER_METHOD.get(m, "POST"), p))),
    Operator("fact-path", "facts", "the path is misread", _heading(lambda method, path: (method, f"{path}2"))),
    Operator("fact-server", "facts", "the server is misread", _each(_server)),
    Operator("fact-scheme", "facts", "the way to show a credential is misread", _each(_scheme)),
    Operator("fact-refusal", "facts", "what a status stands for is lost", _each(_refuses)),
    Operator("fact-effect", "facts", "merge is read as replace, or the other way round", _each(_effect)),
    Operator("fact-mark", "facts", "what a sentence says of a field's life is lost", _each(_dropped(*_MARKS))),
    Operator("fact-media-type", "facts", "a media type is misread", _each(_media_type)),
)
