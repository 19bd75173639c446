"""Faults of a spec's schemas: one keyword of one schema dropped, added or moved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import cast

from specledger.mutate.mutant import Fault, Operator
from specledger.mutate.world import Spot, World
from specledger.places import parse
from specledger.soundness.schemas import Found, every
from specledger.yaml12 import Json, JsonObject, Pointer, as_list, as_object, descend

# A schema in, and what it may become, each with a word for it.
Edit = Callable[[JsonObject], Iterator[tuple[str, JsonObject]]]

_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_LENGTHS = ("minLength", "maxLength")
_ITEMS = ("minItems", "maxItems")
_SIZES = ("minProperties", "maxProperties", "minContains", "maxContains")
_OTHER_TYPE = {"string": "integer", "integer": "string", "number": "string", "boolean": "string", "array": "object"}
_OTHER_FORMAT = {"int32": "int64", "int64": "int32", "date-time": "date", "date": "date-time", "uuid": "uri"}
_WIDER = {"integer": "number"}


def _schemas(world: World) -> Iterator[Found]:
    """Yields each schema that an operation uses."""
    for found in every(world.document()):
        if world.spots(found.pointer):
            yield found


def _edited(world: World, pointer: Pointer, value: JsonObject) -> dict[str, str]:
    document = world.document()
    holder = cast(dict[str, Json] | list[Json], descend(document, pointer[:-1]))
    holder[pointer[-1]] = value  # type: ignore[index]  # a name for an object, a number for an array
    return world.respecified(document)


def _keyword(edit: Edit) -> Callable[[World], Iterator[Fault]]:
    """Returns the faults of an edit of one schema, at the places that the schema speaks of."""

    def faults(world: World) -> Iterator[Fault]:
        for found in _schemas(world):
            where = "/".join(map(str, found.pointer))
            for word, schema in edit(found.schema):
                name = f"{word} at {where}"
                yield Fault(world.spots(found.pointer), name, _edited(world, found.pointer, schema))

    return faults


def _dropped(*keywords: str) -> Edit:
    def edit(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        for keyword in keywords:
            if keyword in schema:
                yield keyword, {key: value for key, value in schema.items() if key != keyword}

    return edit


def _moved(by: int, *keywords: str) -> Edit:
    def edit(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        for keyword in keywords:
            bound = schema.get(keyword)
            if isinstance(bound, int | float) and not isinstance(bound, bool):
                least = 0 if keyword not in _NUMBERS else 1 if keyword == "multipleOf" else None
                if least is None or bound + by >= least:
                    yield f"{keyword} {bound}", {**schema, keyword: bound + by}

    return edit


def _renamed(pairs: dict[str, str]) -> Edit:
    def edit(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        for old, new in pairs.items():
            if old in schema and new not in schema:
                yield old, {new if key == old else key: value for key, value in schema.items()}

    return edit


def _enum_dropped(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    members = as_list(schema.get("enum"))
    for number, member in enumerate(members if len(members) > 1 else []):
        yield f"{member!r}", {**schema, "enum": [*members[:number], *members[number + 1 :]]}


def _enum_added(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    members = as_list(schema.get("enum"))
    if members and all(isinstance(member, str) for member in members):
        yield "a member", {**schema, "enum": [*members, f"{members[0]}-2"]}
    elif members and all(isinstance(member, int) for member in members):
        numbers = [int(str(member)) for member in members if not isinstance(member, bool)]
        yield from [("a member", {**schema, "enum": [*members, max(numbers) + 1]})] if numbers else []


def _enum_case(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    members = as_list(schema.get("enum"))
    for number, member in enumerate(members):
        if isinstance(member, str) and member.swapcase() not in (*members, member):
            yield f"{member!r}", {**schema, "enum": [*members[:number], member.swapcase(), *members[number + 1 :]]}


def _const(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    value = schema.get("const")
    if isinstance(value, bool):
        yield "const", {**schema, "const": not value}
    elif isinstance(value, int | float):
        yield "const", {**schema, "const": value + 1}
    elif isinstance(value, str):
        yield "const", {**schema, "const": f"{value}-2"}


def _type_changed(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    kind = schema.get("type")
    if isinstance(kind, str) and kind in _OTHER_TYPE:
        yield kind, {**schema, "type": _OTHER_TYPE[kind]}
    elif isinstance(kind, list):
        other = [_OTHER_TYPE.get(str(one), one) for one in kind]
        yield "types", {**schema, "type": list(dict.fromkeys(map(str, other)))}


def _type_wider(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    kind = schema.get("type")
    if isinstance(kind, str) and kind in _WIDER:
        yield kind, {**schema, "type": _WIDER[kind]}


def _nullable_added(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    kind = schema.get("type")
    if isinstance(kind, str) and kind != "null" and "enum" not in schema:
        yield kind, {**schema, "type": [kind, "null"]}


def _nullable_dropped(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    kind = schema.get("type")
    if isinstance(kind, list) and "null" in kind and len(kind) > 1:
        left = [one for one in kind if one != "null"]
        yield "type", {**schema, "type": left[0] if len(left) == 1 else left}
    for keyword in ("anyOf", "oneOf"):
        branches = as_list(schema.get(keyword))
        left = [one for one in branches if as_object(one).get("type") != "null"]
        if len(left) < len(branches) and left:
            yield keyword, {**schema, keyword: left}


def _format_changed(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    known = schema.get("format")
    if isinstance(known, str):
        yield known, {**schema, "format": _OTHER_FORMAT.get(known, "uri")}


def _pattern(change: Callable[[str], str]) -> Edit:
    def edit(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        known = schema.get("pattern")
        if isinstance(known, str) and change(known) != known:
            yield known, {**schema, "pattern": change(known)}

    return edit


def _unanchored(pattern: str) -> str:
    return pattern.removeprefix("^") if pattern.startswith("^") else pattern.removesuffix("$")


def _wider_class(pattern: str) -> str:
    return re.sub(r"\[(\^?)", lambda found: f"[{found.group(1)}~", pattern, count=1)


def _other_quantifier(pattern: str) -> str:
    bounded = re.sub(r"\{(\d+),(\d+)\}", lambda n: f"{{{n.group(1)},{int(n.group(2)) + 1}}}", pattern, count=1)
    return bounded if bounded != pattern else re.sub(r"(?<!\\)\+", "*", pattern, count=1)


def _if_flipped(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    if "if" in schema:
        yield "if", {**schema, "if": {"not": schema["if"]}}


def _branches_swapped(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    if "if" in schema and ("then" in schema or "else" in schema):
        rest = {key: value for key, value in schema.items() if key not in ("then", "else")}
        yield "then", rest | {new: schema[old] for old, new in (("then", "else"), ("else", "then")) if old in schema}


def _branch_dropped(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    for keyword in ("anyOf", "oneOf", "allOf"):
        branches = as_list(schema.get(keyword))
        for number in range(len(branches) if len(branches) > 1 else 0):
            yield f"{keyword} {number}", {**schema, keyword: [*branches[:number], *branches[number + 1 :]]}


def _closed(keyword: str) -> Edit:
    def edit(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        if "properties" in schema and "type" in schema and schema.get(keyword, True) is not False:
            yield keyword, {**schema, keyword: False}

    return edit


def _opened(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if schema.get(keyword) is False:
            yield keyword, {key: value for key, value in schema.items() if key != keyword}


def _items_changed(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    kind = as_object(schema.get("items")).get("type")
    other = "integer" if kind == "string" else "string"
    if schema.get("type") == "array":
        yield "items", {**schema, "items": {"type": other}}


def _unique_items(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    if schema.get("type") == "array":
        yield "uniqueItems", {**schema, "uniqueItems": schema.get("uniqueItems") is not True}


def _default_changed(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    value = schema.get("default")
    if isinstance(value, bool):
        yield "default", {**schema, "default": not value}
    elif isinstance(value, int | float):
        yield "default", {**schema, "default": value + 1}
    elif isinstance(value, str) and not as_list(schema.get("enum")):
        yield "default", {**schema, "default": f"{value}-2"}
    elif isinstance(value, str):
        others = [member for member in as_list(schema.get("enum")) if member != value]
        yield from (("default", {**schema, "default": other}) for other in others[:1])


def _required_dropped(world: World) -> Iterator[Fault]:
    for found in _schemas(world):
        names = as_list(found.schema.get("required"))
        for number, name in enumerate(names):
            schema = {**found.schema, "required": [*names[:number], *names[number + 1 :]]}
            spots = world.spots((*found.pointer, "required", number))
            where = "/".join(map(str, found.pointer))
            yield Fault(spots, f"{name} no longer required at {where}", _edited(world, found.pointer, schema))


def _required_added(world: World) -> Iterator[Fault]:
    for found in _schemas(world):
        names = as_list(found.schema.get("required"))
        for name in as_object(found.schema.get("properties")):
            if name not in names and not {"if", "contains"} & set(found.pointer):
                schema = {**found.schema, "required": [*names, name]}
                yield _on_field(world, found.pointer, name, f"{name} required", schema)


def _field_renamed(world: World) -> Iterator[Fault]:
    for found in _schemas(world):
        for name in as_object(found.schema.get("properties")):
            fault = _on_field(world, found.pointer, name, f"{name} renamed", _with_name(found.schema, name, f"{name}2"))
            also = [(label, f"{at}2") for label, at in fault.spots if parse(at).leaf == name]
            yield Fault((*fault.spots, *also), fault.name, fault.edits)


def _field_dropped(world: World) -> Iterator[Fault]:
    for found in _schemas(world):
        for name in as_object(found.schema.get("properties")):
            schema = _with_name(found.schema, name, None)
            yield _on_field(world, found.pointer, name, f"{name} dropped", schema)


def _field_added(world: World) -> Iterator[Fault]:
    for found in _schemas(world):
        properties = as_object(found.schema.get("properties"))
        if properties and "type" in found.schema:
            more: JsonObject = {**properties, "invented": {"type": "string"}}
            schema = {**found.schema, "properties": more}
            beside = world.spots((*found.pointer, "properties", next(iter(properties))))
            spots = tuple((label, str(parse(at).parent.child("invented"))) for label, at in beside)
            yield Fault(
                spots, f"invented at {'/'.join(map(str, found.pointer))}", _edited(world, found.pointer, schema)
            )


def _with_name(schema: JsonObject, name: str, new: str | None) -> JsonObject:
    """Returns the schema with a property, and what requires it, under another name or without it."""
    fields = {new if key == name else key: value for key, value in as_object(schema["properties"]).items()}
    fields.pop(None, None)
    changed: JsonObject = {**schema, "properties": cast(JsonObject, fields)}
    if name in as_list(schema.get("required")):
        names = [new if one == name else one for one in as_list(schema["required"])]
        changed["required"] = [one for one in names if one is not None]
    return changed


def _on_field(world: World, pointer: Pointer, name: str, word: str, schema: JsonObject) -> Fault:
    """Returns a fault of one property: its places where it is declared here, else below those of the schema."""
    declared = name in as_object(as_object(descend(world.api.document.value, pointer)).get("properties"))
    spots: tuple[Spot, ...] = world.spots((*pointer, "properties", name)) if declared else ()
    if not spots:
        spots = tuple((label, str(parse(at).child(name))) for label, at in world.spots(pointer))
    return Fault(spots, f"{word} at {'/'.join(map(str, pointer))}", _edited(world, pointer, schema))


def _operator(name: str, says: str, edit: Edit) -> Operator:
    return Operator(name, "spec", says, _keyword(edit))


OPERATORS: tuple[Operator, ...] = (
    Operator("required-dropped", "spec", "a required field may be left out", _required_dropped),
    Operator("required-added", "spec", "an optional field is required", _required_added),
    Operator("field-renamed", "spec", "a field has another name", _field_renamed),
    Operator("field-dropped", "spec", "a field is not declared", _field_dropped),
    Operator("field-added", "spec", "a field is declared that there is not", _field_added),
    _operator("number-raised", "a bound of a number is one higher", _moved(1, *_NUMBERS)),
    _operator("number-lowered", "a bound of a number is one lower", _moved(-1, *_NUMBERS)),
    _operator("number-dropped", "a bound of a number is missing", _dropped(*_NUMBERS)),
    _operator(
        "bound-exclusive",
        "a bound does not include itself",
        _renamed({"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}),
    ),
    _operator(
        "bound-inclusive",
        "a bound includes itself",
        _renamed({"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}),
    ),
    _operator("length-raised", "a bound of a text's length is one higher", _moved(1, *_LENGTHS)),
    _operator("length-lowered", "a bound of a text's length is one lower", _moved(-1, *_LENGTHS)),
    _operator("length-dropped", "a bound of a text's length is missing", _dropped(*_LENGTHS)),
    _operator("items-raised", "a bound of a list's length is one higher", _moved(1, *_ITEMS, *_SIZES)),
    _operator("items-lowered", "a bound of a list's length is one lower", _moved(-1, *_ITEMS, *_SIZES)),
    _operator("items-unbounded", "a bound of a list's length is missing", _dropped(*_ITEMS, *_SIZES)),
    _operator("items-changed", "a list holds items of another type", _items_changed),
    _operator("items-dropped", "a list holds anything", _dropped("items", "prefixItems", "contains")),
    _operator("unique-items", "a list may hold the same twice, or may not", _unique_items),
    _operator("enum-dropped", "a member of an enum is missing", _enum_dropped),
    _operator("enum-added", "an enum has one member more", _enum_added),
    _operator("enum-case", "a member of an enum is in the other case", _enum_case),
    _operator("enum-open", "an enum or a constant is missing", _dropped("enum", "const")),
    _operator("const-changed", "a constant is another", _const),
    _operator("type-changed", "a value has another type", _type_changed),
    _operator("type-wider", "an integer may have a fraction", _type_wider),
    _operator("type-dropped", "a value has any type", _dropped("type")),
    _operator("nullable-added", "a value may be null", _nullable_added),
    _operator("nullable-dropped", "a value may not be null", _nullable_dropped),
    _operator("format-dropped", "a format is missing", _dropped("format")),
    _operator("format-changed", "a format is another", _format_changed),
    _operator("pattern-dropped", "a pattern is missing", _dropped("pattern")),
    _operator("pattern-anchor", "a pattern is not tied to an end of the text", _pattern(_unanchored)),
    _operator("pattern-class", "a class of a pattern has one character more, or less", _pattern(_wider_class)),
    _operator("pattern-quantifier", "a part of a pattern may be repeated otherwise", _pattern(_other_quantifier)),
    _operator("default-changed", "a default is another", _default_changed),
    _operator("default-dropped", "a default is missing", _dropped("default")),
    _operator("then-dropped", "what follows from a condition is missing", _dropped("then")),
    _operator("else-dropped", "what follows where a condition does not hold is missing", _dropped("else")),
    _operator("if-flipped", "a condition holds where it did not", _if_flipped),
    _operator("branches-swapped", "then and else are exchanged", _branches_swapped),
    _operator("not-dropped", "what is forbidden is allowed", _dropped("not")),
    _operator("branch-dropped", "an alternative, or a part of a conjunction, is missing", _branch_dropped),
    _operator("additional-closed", "fields that are not declared are refused", _closed("additionalProperties")),
    _operator("unevaluated-closed", "fields that no part declares are refused", _closed("unevaluatedProperties")),
    _operator("additional-opened", "fields that are not declared are allowed", _opened),
)
