"""Schemas of which one accepts less than the other, pairs that accept the same, and places to put them."""

from __future__ import annotations

from collections.abc import Callable

from specledger.yaml12 import Json, JsonObject

TEXT: JsonObject = {"type": "string"}
COUNT: JsonObject = {"type": "integer"}
AB: JsonObject = {"type": "object", "properties": {"a": TEXT, "b": COUNT}}
LIST: JsonObject = {"type": "array", "items": TEXT}
CAT: JsonObject = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "cat"}, "m": COUNT}}
DOG: JsonObject = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}, "w": TEXT}}

# name: what accepts less, what accepts more.
NARROW_WIDE: dict[str, tuple[Json, Json]] = {
    "type of two": (TEXT, {"type": ["string", "null"]}),
    "type none": (TEXT, {}),
    "integer": (COUNT, {"type": "number"}),
    "nullable by a branch": (COUNT, {"anyOf": [COUNT, {"type": "null"}]}),
    "enum": ({"enum": ["x", "y"]}, {"enum": ["x", "y", "z"]}),
    "enum of a type": ({"type": "string", "enum": ["x", "y"]}, TEXT),
    "const": ({"const": 5}, {"enum": [5, 6]}),
    "minimum": ({"type": "integer", "minimum": 2}, {"type": "integer", "minimum": 1}),
    "maximum": ({"type": "number", "maximum": 2.5}, {"type": "number", "maximum": 2.75}),
    "exclusiveMinimum": ({"type": "number", "exclusiveMinimum": 0}, {"type": "number", "minimum": 0}),
    "exclusiveMaximum": ({"type": "number", "exclusiveMaximum": 9}, {"type": "number", "maximum": 9}),
    "multipleOf": ({"type": "integer", "multipleOf": 4}, {"type": "integer", "multipleOf": 2}),
    "multipleOf a fraction": ({"type": "number", "multipleOf": 0.1}, {"type": "number", "multipleOf": 0.01}),
    "minLength": ({"type": "string", "minLength": 1}, TEXT),
    "maxLength": ({"type": "string", "maxLength": 255}, {"type": "string", "maxLength": 256}),
    "pattern": ({"type": "string", "pattern": "^[a-z]+$"}, {"type": "string", "pattern": "^[a-z0-9]+$"}),
    "pattern and none": ({"type": "string", "pattern": "^a{1,255}$"}, TEXT),
    "pattern ahead": ({"type": "string", "pattern": "^(?!x-)[a-z-]+$"}, {"type": "string", "pattern": "^[a-z-]+$"}),
    "pattern begun": ({"type": "string", "pattern": "^ab"}, {"type": "string", "pattern": "ab"}),
    "pattern against length": ({"type": "string", "pattern": "^[0-9]{4}$"}, {"type": "string", "maxLength": 4}),
    "date": ({"type": "string", "format": "date"}, TEXT),
    "date-time": ({"type": "string", "format": "date-time", "minLength": 5}, {"type": "string", "minLength": 5}),
    "uuid": ({"type": "string", "format": "uuid"}, {"type": "string", "maxLength": 36}),
    "email": ({"type": "string", "format": "email", "maxLength": 99}, {"type": "string", "maxLength": 99}),
    "uri": ({"type": "string", "format": "uri"}, {"type": "string", "format": "uri-reference"}),
    "int32": ({"type": "integer", "format": "int32"}, {"type": "integer", "format": "int64"}),
    "int64": ({"type": "integer", "format": "int64", "minimum": 0}, {"type": "integer", "minimum": 0}),
    "byte": ({"type": "string", "format": "byte"}, TEXT),
    "minItems": ({**LIST, "minItems": 2}, {**LIST, "minItems": 1}),
    "maxItems": ({**LIST, "maxItems": 3}, LIST),
    "uniqueItems": ({**LIST, "uniqueItems": True}, LIST),
    "items": (LIST, {"type": "array"}),
    "items false": ({"type": "array", "prefixItems": [TEXT], "items": False}, {"type": "array", "prefixItems": [TEXT]}),
    "prefixItems": ({"type": "array", "prefixItems": [TEXT, COUNT]}, {"type": "array", "prefixItems": [TEXT]}),
    "prefixItems second": (
        {"type": "array", "prefixItems": [TEXT, COUNT]},
        {"type": "array", "prefixItems": [TEXT, {"type": "number"}]},
    ),
    "contains": ({**LIST, "contains": {"const": "a"}}, LIST),
    "contains what": (
        {"type": "array", "contains": {"type": "integer", "minimum": 5}},
        {"type": "array", "contains": COUNT},
    ),
    "minContains": (
        {**LIST, "contains": {"const": "a"}, "minContains": 2},
        {**LIST, "contains": {"const": "a"}},
    ),
    "maxContains": (
        {**LIST, "contains": {"const": "a"}, "maxContains": 1},
        {**LIST, "contains": {"const": "a"}, "maxContains": 2},
    ),
    "unevaluatedItems": (
        {"type": "array", "allOf": [{"prefixItems": [TEXT]}], "unevaluatedItems": False},
        {"type": "array", "allOf": [{"prefixItems": [TEXT]}]},
    ),
    "required": ({**AB, "required": ["a", "b"]}, {**AB, "required": ["a"]}),
    "minProperties": ({**AB, "minProperties": 1}, AB),
    "maxProperties": ({**AB, "maxProperties": 2}, {**AB, "maxProperties": 3}),
    "closed": ({**AB, "additionalProperties": False}, AB),
    "map": ({"type": "object", "additionalProperties": COUNT}, {"type": "object", "additionalProperties": True}),
    "map of": (
        {"type": "object", "additionalProperties": COUNT},
        {"type": "object", "additionalProperties": {"type": "number"}},
    ),
    "propertyNames": (
        {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}},
        {"type": "object", "propertyNames": {"pattern": "^[a-z0-9]+$"}},
    ),
    "patternProperties": (
        {"type": "object", "patternProperties": {"^x-": COUNT}},
        {"type": "object", "patternProperties": {"^x-": {"type": "number"}}},
    ),
    "patternProperties which": (
        {"type": "object", "patternProperties": {"^x": COUNT}},
        {"type": "object", "patternProperties": {"^x-[a-z]": COUNT}},
    ),
    "dependentRequired": ({**AB, "dependentRequired": {"a": ["b"]}}, AB),
    "dependentSchemas": ({**AB, "dependentSchemas": {"a": {"properties": {"b": {"minimum": 3}}}}}, AB),
    "unevaluatedProperties": ({"allOf": [AB], "unevaluatedProperties": False}, {"allOf": [AB]}),
    "unevaluatedProperties of branches": (
        {"type": "object", "anyOf": [CAT, DOG], "unevaluatedProperties": False},
        {"type": "object", "anyOf": [CAT, DOG]},
    ),
    "a field's bound": (
        {"type": "object", "properties": {"a": {"type": "integer", "maximum": 5}, "b": COUNT}},
        {"type": "object", "properties": {"a": {"type": "integer", "maximum": 6}, "b": COUNT}},
    ),
    "then": ({**AB, "if": {"properties": {"a": {"const": "x"}}, "required": ["a"]}, "then": {"required": ["b"]}}, AB),
    "else": ({**AB, "if": {"required": ["a"]}, "else": {"required": ["b"]}}, AB),
    "if": (
        {**AB, "if": {"required": ["a"], "properties": {"a": {"enum": ["x", "y"]}}}, "then": {"required": ["b"]}},
        {**AB, "if": {"required": ["a"], "properties": {"a": {"const": "x"}}}, "then": {"required": ["b"]}},
    ),
    "not": ({"type": "string", "not": {"enum": ["x", "y"]}}, {"type": "string", "not": {"const": "x"}}),
    "not of a length": ({"type": "string", "not": {"maxLength": 3}}, {"type": "string", "not": {"maxLength": 2}}),
    "not required": ({**AB, "not": {"required": ["a"]}}, {**AB, "not": {"required": ["a", "b"]}}),
    "a branch of oneOf": ({"oneOf": [TEXT, COUNT]}, {"oneOf": [TEXT, COUNT, {"type": "boolean"}]}),
    "a branch of anyOf": ({"anyOf": [CAT]}, {"anyOf": [CAT, DOG]}),
    "oneOf is less than anyOf": ({"oneOf": [COUNT, {"type": "number"}]}, {"anyOf": [COUNT, {"type": "number"}]}),
    "a part of allOf": ({"allOf": [AB, {"required": ["a"]}]}, {"allOf": [AB]}),
    "encoding": ({"type": "string", "contentEncoding": "base64"}, TEXT),
}

# name: two ways to write the same.
SAME: dict[str, tuple[Json, Json]] = {
    "a list of one type": ({"type": ["string"]}, TEXT),
    "types in another order": ({"type": ["string", "null"]}, {"type": ["null", "string"]}),
    "const for enum": ({"enum": ["x"]}, {"const": "x"}),
    "enum in another order": ({"enum": ["x", "y"]}, {"enum": ["y", "x"]}),
    "enum with its type": ({"enum": ["x", "y"]}, {"type": "string", "enum": ["x", "y"]}),
    "enum for a range": ({"enum": [1, 2, 3]}, {"type": "integer", "minimum": 1, "maximum": 3}),
    "minLength 0": ({**TEXT, "minLength": 0}, TEXT),
    "minItems 0": ({**LIST, "minItems": 0, "uniqueItems": False}, LIST),
    "required of none": ({**AB, "required": []}, AB),
    "open": ({**AB, "additionalProperties": True}, AB),
    "open by a schema": ({**AB, "additionalProperties": {}, "minProperties": 0}, AB),
    "items of anything": ({"type": "array", "items": {}}, {"type": "array"}),
    "allOf of one": ({"allOf": [AB]}, AB),
    "anyOf of one": ({"anyOf": [AB]}, AB),
    "oneOf of one": ({"oneOf": [AB]}, AB),
    "allOf flattened": (
        {"allOf": [{"type": "object", "properties": {"a": TEXT}}, {"properties": {"b": COUNT}, "required": ["b"]}]},
        {**AB, "required": ["b"]},
    ),
    "not of not": ({"not": {"not": TEXT}}, TEXT),
    "de Morgan": (
        {"not": {"anyOf": [TEXT, COUNT]}},
        {"allOf": [{"not": TEXT}, {"not": COUNT}]},
    ),
    "types as branches": ({"anyOf": [TEXT, {"type": "null"}]}, {"type": ["string", "null"]}),
    "oneOf of what excludes each other": ({"oneOf": [CAT, DOG]}, {"anyOf": [CAT, DOG]}),
    "branches in another order": ({"oneOf": [CAT, DOG]}, {"oneOf": [DOG, CAT]}),
    "bounds of integers": ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1}),
    "int32 within its bounds": (
        {"type": "integer", "format": "int32", "minimum": 0, "maximum": 9},
        {"type": "integer", "format": "int64", "minimum": 0, "maximum": 9},
    ),
    "double": ({"type": "number", "format": "double"}, {"type": "number"}),
    "password": ({"type": "string", "format": "password"}, TEXT),
    "pattern with all spelled out": (
        {"type": "string", "pattern": r"^\d+$"},
        {"type": "string", "pattern": "^[0-9]+$"},
    ),
    "pattern of a length": (
        {"type": "string", "pattern": "^[a-z]{1,255}$"},
        {"type": "string", "pattern": "^[a-z]*$", "minLength": 1, "maxLength": 255},
    ),
    "if without then": ({**AB, "if": {"required": ["a"]}}, AB),
    "if as anyOf": (
        {**AB, "if": {"required": ["a"]}, "then": {"required": ["b"]}},
        {**AB, "anyOf": [{"not": {"required": ["a"]}}, {"required": ["b"]}]},
    ),
    "dependentRequired as if": (
        {**AB, "dependentRequired": {"a": ["b"]}},
        {**AB, "if": {"required": ["a"]}, "then": {"required": ["b"]}},
    ),
    "unevaluated for additional": (
        {**AB, "unevaluatedProperties": False},
        {**AB, "additionalProperties": False},
    ),
    "minContains 1": (
        {**LIST, "contains": {"const": "a"}, "minContains": 1},
        {**LIST, "contains": {"const": "a"}},
    ),
    "a tuple that is closed": (
        {"type": "array", "prefixItems": [TEXT, COUNT], "items": False},
        {"type": "array", "prefixItems": [TEXT, COUNT], "maxItems": 2},
    ),
    "multipleOf 1": ({"type": "number", "multipleOf": 1}, COUNT),
    "an annotation": ({**TEXT, "description": "Words.", "examples": ["a"], "x-note": 1}, TEXT),
    "deprecated": ({**TEXT, "deprecated": True}, TEXT),
    "byte": ({**TEXT, "format": "byte"}, {**TEXT, "contentEncoding": "base64"}),
    "a comment": ({**AB, "$comment": "x", "title": "Y"}, AB),
}

Wrap = Callable[[Json], Json]
# name: where a schema is put, and whether accepting more there means accepting more of the whole.
CONTEXTS: dict[str, tuple[Wrap, bool]] = {
    "bare": (lambda one: one, True),
    "a field": (lambda one: {"type": "object", "properties": {"v": one, "w": TEXT}}, True),
    "a required field": (lambda one: {"type": "object", "properties": {"v": one}, "required": ["v"]}, True),
    "items": (lambda one: {"type": "array", "items": one}, True),
    "values": (lambda one: {"type": "object", "additionalProperties": one}, True),
    "a family": (lambda one: {"type": "object", "patternProperties": {"^v": one}}, True),
    "prefixItems": (lambda one: {"type": "array", "prefixItems": [TEXT, one]}, True),
    "contains": (
        lambda one: {"type": "array", "contains": {"type": "object", "required": ["v"], "properties": {"v": one}}},
        True,
    ),
    "allOf": (lambda one: {"allOf": [{"description": "x"}, {"properties": {"v": one}}, {"type": "object"}]}, True),
    "not": (lambda one: {"type": "object", "properties": {"v": {"not": one}}}, False),
    "not of not": (lambda one: {"type": "object", "properties": {"v": {"not": {"not": one}}}}, True),
    "not of a field": (
        lambda one: {"type": "object", "properties": {"v": True}, "not": {"required": ["v"], "properties": {"v": one}}},
        False,
    ),
    "oneOf": (
        lambda one: {
            "oneOf": [
                {"type": "object", "required": ["k", "v"], "properties": {"k": {"const": "a"}, "v": one}},
                {"type": "object", "required": ["k"], "properties": {"k": {"const": "b"}, "w": TEXT}},
            ]
        },
        True,
    ),
    "anyOf": (
        lambda one: {
            "anyOf": [
                {"type": "object", "required": ["k", "v"], "properties": {"k": {"const": "a"}, "v": one}},
                {"type": "object", "required": ["k"], "properties": {"k": {"const": "b"}, "w": TEXT}},
            ]
        },
        True,
    ),
    "then": (
        lambda one: {
            "type": "object",
            "properties": {"k": TEXT, "v": True},
            "if": {"required": ["k"], "properties": {"k": {"const": "a"}}},
            "then": {"properties": {"v": one}},
        },
        True,
    ),
    "if": (
        lambda one: {
            "type": "object",
            "properties": {"v": True, "w": TEXT},
            "if": {"required": ["v"], "properties": {"v": one}},
            "then": {"required": ["w"]},
        },
        False,
    ),
    "dependentSchemas": (
        lambda one: {
            "type": "object",
            "properties": {"k": TEXT, "v": True},
            "dependentSchemas": {"k": {"properties": {"v": one}}},
        },
        True,
    ),
    "a reference": (lambda one: {"$ref": "#/components/schemas/Held"}, True),
    "a tree": (lambda one: {"$ref": "#/components/schemas/Tree"}, True),
}


def document(schema: Json, side: str, context: str) -> JsonObject:
    """Returns a contract whose only body, asked or answered, is the schema in its context."""
    wrapped = CONTEXTS[context][0](schema)
    tree: JsonObject = {
        "type": "object",
        "properties": {"v": schema, "next": {"$ref": "#/components/schemas/Tree"}},
    }
    body: JsonObject = {"content": {"application/json": {"schema": wrapped}}}
    operation: JsonObject = {"operationId": "put", "responses": {"200": {"description": "Done."}}}
    if side == "request":
        operation["requestBody"] = body
    else:
        operation["responses"] = {"200": {"description": "Done.", **body}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"put": operation}},
        "components": {"schemas": {"Held": schema, "Tree": tree}},
    }
