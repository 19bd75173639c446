"""Faults of the contract that a mock is given, as if its emitter had them; those of its runtime are in `served`."""

# ruff: noqa: E501  # a line for each operator
from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import cast

from specledger import effects
from specledger.mutate import served
from specledger.mutate.mutant import Fault, Operator
from specledger.mutate.world import Spot, World
from specledger.soundness.schemas import every
from specledger.yaml12 import Json, JsonObject, Pointer, as_list, as_object, as_rows, descend

_DEFINITIONS: Pointer = ("components", "schemas")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_FREE_STATUS = 418

# Yields what one schema may become, with the steps below it that this speaks of and a name.
Change = Callable[[JsonObject], Iterator[tuple[Pointer, str, JsonObject]]]


def _contract(world: World) -> tuple[str, JsonObject]:
    """Returns the path of the contract of an API, and a copy of it that may be changed."""
    path = f"generated/mock_server/src/specledger_mock/apis/{world.name}.json"
    return path, cast(JsonObject, json.loads(world.mock[path]))


def _edit(path: str, contract: JsonObject) -> dict[str, str]:
    return {path: f"{json.dumps(contract, indent=2)}\n"}


def _schemas(change: Change) -> Callable[[World], Iterator[Fault]]:
    """Returns the faults of the schemas that a request is held to, of equal ones in one component the first."""

    def faults(world: World) -> Iterator[Fault]:
        seen: set[str] = set()
        path, original = _contract(world)
        for found in every(world.document()):
            pointer = found.pointer
            if pointer[:2] != _DEFINITIONS or {"if", "not"} & {*pointer}:
                continue
            here = as_object(descend(original["definitions"], pointer[2:]))
            for steps, name, changed in change(here):
                said = {key: value for key, value in here.items() if key not in ("description", "examples")}
                kind = f"{pointer[2]} {json.dumps(said)} {name}"
                spots = tuple(spot for spot in world.spots((*pointer, *steps)) if spot[1].startswith("request."))
                if spots and kind not in seen:
                    seen.add(kind)
                    contract = _contract(world)[1]
                    held = cast("dict[str | int, Json]", descend(contract["definitions"], pointer[2:-1]))
                    held[pointer[-1]] = changed
                    yield Fault(spots, f"{'.'.join(map(str, pointer[2:]))}: {name}", _edit(path, contract))

    return faults


def _moved(by: int, *keywords: str) -> Change:
    def change(schema: JsonObject) -> Iterator[tuple[Pointer, str, JsonObject]]:
        for keyword in keywords:
            bound = schema.get(keyword)
            if isinstance(bound, int) and not isinstance(bound, bool) and (bound + by >= 0 or "imum" in keyword):
                yield (keyword,), f"{keyword} {bound + by}", {**schema, keyword: bound + by}

    return change


def _ignored(*keywords: str) -> Change:
    def change(schema: JsonObject) -> Iterator[tuple[Pointer, str, JsonObject]]:
        for keyword in keywords:
            # An enum says the type as well.
            if keyword in schema and not (keyword == "type" and "enum" in schema):
                yield (keyword,), f"{keyword} ignored", {key: value for key, value in schema.items() if key != keyword}

    return change


def _required(schema: JsonObject) -> Iterator[tuple[Pointer, str, JsonObject]]:
    """Yields the schema with each of its fields no longer required."""
    names = as_list(schema.get("required"))
    for name in names:
        left = [one for one in names if one != name]
        yield ("properties", str(name)), f"{name} not required", {**schema, "required": left}


def _wider(schema: JsonObject) -> Iterator[tuple[Pointer, str, JsonObject]]:
    """Yields the schema with the type that a careless reader takes for its own."""
    other = {"string": "integer", "integer": "string", "boolean": "string", "array": "object", "object": "array"}
    kind = schema.get("type")
    if isinstance(kind, str) and kind in other and "enum" not in schema:
        yield ("type",), f"{kind} or {other[kind]}", {**schema, "type": [kind, other[kind]]}


def _nullable(schema: JsonObject) -> Iterator[tuple[Pointer, str, JsonObject]]:
    kind = schema.get("type")
    if isinstance(kind, str) and kind != "null" and "enum" not in schema:
        yield ("type",), f"{kind} or null", {**schema, "type": [kind, "null"]}


def _any_case(schema: JsonObject) -> Iterator[tuple[Pointer, str, JsonObject]]:
    members = [one for one in as_list(schema.get("enum")) if isinstance(one, str)]
    if members:
        yield (
            ("enum",),
            "in any case",
            {**schema, "enum": [*{**dict.fromkeys(members), **{one.swapcase(): None for one in members}}]},
        )


def _member_lost(schema: JsonObject) -> Iterator[tuple[Pointer, str, JsonObject]]:
    members = as_list(schema.get("enum"))
    if len(members) > 1:
        yield ("enum",), f"without {members[-1]}", {**schema, "enum": members[:-1]}


def _unanchored(schema: JsonObject) -> Iterator[tuple[Pointer, str, JsonObject]]:
    pattern = str(schema.get("pattern", ""))
    for name, other in (("begin", pattern.removeprefix("^")), ("end", pattern.removesuffix("$"))):
        if other != pattern:
            yield ("pattern",), f"pattern open at the {name}", {**schema, "pattern": other}


def _closed(schema: JsonObject) -> Iterator[tuple[Pointer, str, JsonObject]]:
    """Yields an object that refuses what the spec does not name."""
    if "properties" in schema and "additionalProperties" not in schema and "if" not in schema:
        yield (), "no other fields", {**schema, "additionalProperties": False}


def _operations(world: World) -> Iterator[tuple[str, str, JsonObject, JsonObject, str]]:
    """Yields each operation's label and id, its row in a copy of the contract, and the copy with its path."""
    for number, operation in enumerate(world.api.operations):
        path, contract = _contract(world)
        yield operation.label, operation.id, as_rows(contract["operations"])[number], contract, path


def _answer_status(world: World) -> Iterator[Fault]:
    """Yields accepted requests that are answered with a status that nobody documents."""
    for label, name, row, contract, path in _operations(world):
        answer = as_object(as_object(row["effect"]).get("answer"))
        if answer:
            known, answer["status"] = answer["status"], 203
            spots = ((label, f"response.{known}"), (label, "response.203"))
            yield Fault(spots, f"{name}: 203", _edit(path, contract))


def _refused(change: Callable[[JsonObject], tuple[JsonObject, ...]]) -> Callable[[World], Iterator[Fault]]:
    """Returns the faults of each refusal that an operation can give."""

    def faults(world: World) -> Iterator[Fault]:
        for label, name, row, _, path in _operations(world):
            operation = world.api.operation(name)
            claims = [*effects.claims(world.api, world.behavior, operation)] if operation else []
            for claim in claims:
                kind = claim.keyword.removeprefix("refuses:")
                if kind == claim.keyword:
                    continue
                for changed in change(as_object(as_object(row["refusals"])[kind])):
                    contract = _contract(world)[1]
                    for one in as_rows(contract["operations"]):
                        if one["id"] == name:
                            as_object(one["refusals"])[kind] = changed
                    spots: tuple[Spot, ...] = ((label, str(claim.at)), (label, f"response.{changed['status']}"))
                    shown = changed["body"] if changed["body"] != as_object(row["refusals"])[kind] else ""
                    yield Fault(
                        spots, f"{name}: {kind} {changed['status']} {json.dumps(shown)[:60]}", _edit(path, contract)
                    )

    return faults


def _other_status(row: JsonObject) -> tuple[JsonObject, ...]:
    return ({**row, "status": _FREE_STATUS},)


def _server_error(row: JsonObject) -> tuple[JsonObject, ...]:
    return ({**row, "status": 500},)


def _other_body(row: JsonObject) -> tuple[JsonObject, ...]:
    return ({**row, "body": "{reason}"},)


def _operator(name: str, says: str, faults: Callable[[World], Iterator[Fault]]) -> Operator:
    return Operator(f"mock-{name}", "mock", says, faults)


OPERATORS: tuple[Operator, ...] = (
    _operator("lower-bound-lowered", "a lower bound is one lower", _schemas(_moved(-1, *_LOWER))),
    _operator("lower-bound-raised", "a lower bound is one higher", _schemas(_moved(1, *_LOWER))),
    _operator("upper-bound-raised", "an upper bound is one higher", _schemas(_moved(1, *_UPPER))),
    _operator("upper-bound-lowered", "an upper bound is one lower", _schemas(_moved(-1, *_UPPER))),
    _operator("keyword-ignored", "a keyword is ignored", _schemas(_ignored(*_LOWER, *_UPPER, "pattern", "enum", "type", "items", "then"))),
    _operator("required-ignored", "a required field may be left out", _schemas(_required)),
    _operator("type-wider", "another type is taken as well", _schemas(_wider)),
    _operator("null-taken", "null is taken", _schemas(_nullable)),
    _operator("enum-any-case", "an enum is taken in any case", _schemas(_any_case)),
    _operator("enum-member-lost", "a value of an enum is refused", _schemas(_member_lost)),
    _operator("pattern-unanchored", "a pattern may match a part", _schemas(_unanchored)),
    _operator("unknown-field-refused", "a field that the spec does not name is refused", _schemas(_closed)),
    _operator("answer-undeclared", "an accepted request has a status that is not documented", _answer_status),
    _operator("refusal-undeclared", "a refusal has a status that is not documented", _refused(_other_status)),
    _operator("refusal-500", "a refusal is told as a failure of the server", _refused(_server_error)),
    _operator("refusal-not-the-vendors", "a refusal's body is not as the vendor's are", _refused(_other_body)),
    *served.OPERATORS,
)  # fmt: skip
