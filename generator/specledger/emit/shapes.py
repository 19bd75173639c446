"""What a schema is: an object, an enum, a union, …, with its $ref, allOf and branches brought together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from specledger.ir import Api, pointer_of
from specledger.yaml12 import Json, JsonObject, Pointer

_STRUCTURE = frozenset({"properties", "required", "anyOf", "oneOf", "items", "prefixItems", "additionalProperties"})
_SHAPE = _STRUCTURE | {"$ref", "allOf", "type", "enum", "const"}
_TYPED = frozenset({"type", "$ref", "enum", "const", "properties", "items", "oneOf", "anyOf", "allOf"})


class Shapes:
    """Says what an API's schemas are."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.components = {id(schema) for _, schema in api.components()}

    def merged(self, schema: Json, seen: tuple[str, ...] = ()) -> JsonObject:
        """Returns a schema with its $ref, allOf and conditional branches brought together."""
        if not is_object(schema):
            return {}
        found: JsonObject = {}
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            found = dict(self.merged(self.api.at(pointer_of(reference)), (*seen, reference)))
        for key, value in schema.items():
            if key not in ("$ref", "allOf", "if", "then", "else", "not", "dependentSchemas"):
                found[key] = self._join(key, found.get(key), value)
        for branch in as_list(schema.get("allOf")):
            for key, value in self.merged(branch, seen).items():
                found[key] = self._join(key, found.get(key), value)
        return found

    @staticmethod
    def _join(key: str, first: Json, second: Json) -> Json:
        if key == "properties" and isinstance(first, dict) and isinstance(second, dict):
            together: JsonObject = {**first, **second}
            for name in first.keys() & second.keys():
                together[name] = {"allOf": [first[name], second[name]]}
            return together
        if key == "required" and isinstance(first, list) and isinstance(second, list):
            return [*first, *(name for name in second if name not in first)]
        if key == "enum" and isinstance(first, list) and isinstance(second, list):
            return [value for value in first if value in second] or first
        if key == "type" and isinstance(first, (str, list)) and isinstance(second, (str, list)):
            kept: list[Json] = [one for one in types_of(first) if one in types_of(second)]
            return kept[0] if len(kept) == 1 else kept or first
        return second if first is None else first

    def kind(self, schema: Json) -> str:
        """Returns model, map, enum, array, union, const, coerced, any, or a scalar's type."""
        found = self.merged(schema)
        if found.get("x-specledger-coerce") == "string":
            return "coerced"
        kinds = types_of(found.get("type"))
        if (
            literals(found)
            and len(not_null(kinds)) <= 1
            and "null" not in kinds
            and None not in as_list(found.get("enum"))
        ):
            return "enum"
        if len(kinds) > 1:
            return "union"
        if "const" in found and isinstance(found["const"], (str, int, bool)):
            return "const"
        branches = [*as_list(found.get("oneOf")), *as_list(found.get("anyOf"))]
        fields = found.get("properties")
        if isinstance(fields, dict) and fields and (not kinds or kinds == ["object"]):
            return "model"
        if any(is_object(branch) and _TYPED & branch.keys() for branch in branches):
            return "union"
        if kinds == ["object"]:
            return "model" if id(schema) in self.components else "map"
        if kinds == ["array"] or (not kinds and "items" in found):
            return "array"
        return kinds[0] if kinds else "any"

    def properties(self, schema: Json, pointer: Pointer, seen: tuple[str, ...] = ()) -> dict[str, tuple[Json, Pointer]]:
        """Returns every property that a schema or one of its branches declares, and where it stands."""
        if not is_object(schema):
            return {}
        found: dict[str, tuple[Json, Pointer]] = {}
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            found = self.properties(self.api.at(pointer_of(reference)), pointer_of(reference), (*seen, reference))
            seen = (*seen, reference)
        for wire_name, value in as_object(schema.get("properties")).items():
            place = (*pointer, "properties", wire_name)
            if wire_name in found:
                value = {"allOf": [found[wire_name][0], value]}
            found[wire_name] = (value, place)
        branches: list[tuple[Pointer, Json]] = [
            ((*pointer, key, number), branch)
            for key in ("allOf", "oneOf", "anyOf")
            for number, branch in enumerate(as_list(schema.get(key)))
        ]
        branches += [((*pointer, key), schema[key]) for key in ("then", "else") if key in schema]
        dependent = as_object(schema.get("dependentSchemas"))
        branches += [((*pointer, "dependentSchemas", key), value) for key, value in dependent.items()]
        for place, branch in branches:
            demanded = place[-2] == "allOf"
            for wire_name, (value, where) in self.properties(branch, place, seen).items():
                if wire_name not in found:
                    found[wire_name] = (value, where)
                elif demanded and found[wire_name][0] != value:
                    found[wire_name] = ({"allOf": [found[wire_name][0], value]}, found[wire_name][1])
        return found


def is_object(schema: Json) -> TypeGuard[JsonObject]:
    return isinstance(schema, dict)


def alias(schema: Json) -> str | None:
    """Returns the $ref that a schema comes down to when what stands beside it only describes or constrains."""
    if not is_object(schema) or _STRUCTURE & schema.keys():
        return None
    reference, branches = schema.get("$ref"), as_list(schema.get("allOf"))
    if isinstance(reference, str):
        return None if branches else reference
    found = [branch for branch in branches if is_object(branch) and _SHAPE & branch.keys()]
    return alias(found[0]) if len(found) == 1 else None


def as_object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def types_of(value: Json) -> list[str]:
    found = [value] if isinstance(value, str) else [one for one in as_list(value) if isinstance(one, str)]
    return ["number" if one == "number" else one for one in found if not (one == "integer" and "number" in found)]


def not_null(kinds: list[str]) -> list[str]:
    return [kind for kind in kinds if kind != "null"]


def literals(found: JsonObject) -> tuple[str | int, ...]:
    """Returns the values of an enum that Python can name: all strings or all integers; none otherwise."""
    values = [value for value in as_list(found.get("enum")) if value is not None]
    strings = [value for value in values if isinstance(value, str)]
    integers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    kinds = not_null(types_of(found.get("type")))
    if strings and len(strings) == len(values) and kinds in ([], ["string"]):
        return tuple(dict.fromkeys(strings))
    if integers and len(integers) == len(values) and kinds in ([], ["integer"]):
        return tuple(dict.fromkeys(integers))
    return ()


def value_types(found: JsonObject) -> list[str]:
    return [
        kind
        for kind in ("string", "integer", "number", "boolean", "object", "array")
        if any(is_a(value, kind) for value in as_list(found.get("enum")))
    ]


def is_a(value: Json, kind: str) -> bool:
    types: Mapping[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (float, int),
        "boolean": (bool,),
        "object": (dict,),
        "array": (list,),
        "null": (type(None),),
    }
    return isinstance(value, types.get(kind, ())) and (kind == "boolean" or not isinstance(value, bool))


def rest_of(found: JsonObject) -> Json:
    """Returns the schema of the fields that an object does not name."""
    others = found.get("additionalProperties", True)
    patterns = list(as_object(found.get("patternProperties")).values())
    return patterns[0] if len(patterns) == 1 and others is False and not found.get("properties") else others


def only_branch(found: JsonObject) -> Json:
    """Returns the single branch of a choice that has one."""
    branches = [*as_list(found.get("oneOf")), *as_list(found.get("anyOf"))]
    return branches[0] if len(branches) == 1 and not types_of(found.get("type")) else None
