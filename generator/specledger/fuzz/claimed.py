"""What facts and rulings claim about a request or an answer, as a JSON Schema made of nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import cast

import jsonschema_rs

from specledger.canonical import canonical
from specledger.claims import KEYWORDS, Claim
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject

TYPE_WORDS = ("string", "integer", "number", "boolean", "object", "array", "null")
# Keywords that say nothing about which values are accepted.
SILENT = ("default", "readOnly", "writeOnly", "deprecated", "discriminator", "contentEncoding", "contentMediaType")
ASSERTIONS = frozenset({*KEYWORDS, "type", "enum", "anyOf", "if", "additionalProperties", "nullable"} - {*SILENT})
_LIMITS = {"limit.minimum": "minimum", "limit.maximum": "maximum"}
_FIELD = re.compile(r"([^.\[\]?]+)(\??)|(\[\])")


def schema_of(claims: Iterable[Claim], root: Place, *, limits: bool = True) -> JsonObject:
    """Returns the schema that the claims at and below `root` make; limits count as bounds where asked for."""
    found: JsonObject = {}
    depth = len(root.steps)
    for claim in claims:
        if claim.at.starts_with(*root.steps) and (limits or claim.keyword not in _LIMITS):
            _lay(found, claim.at.steps[depth:], claim)
    return cast(JsonObject, _nullable(found))


def validator(schema: JsonObject) -> jsonschema_rs.Draft202012Validator:
    """Returns a validator that asserts formats, as the mock does."""
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def node(schema: Json, steps: tuple[str, ...]) -> JsonObject:
    """Returns the part of a schema made here that speaks of one place."""
    for step in steps:
        held = schema if isinstance(schema, dict) else {}
        key = {"[]": "items", "{}": "additionalProperties"}.get(step)
        schema = held.get(key) if key else cast(JsonObject, held.get("properties", {})).get(step)
    return schema if isinstance(schema, dict) else {}


def condition_schema(when: str) -> JsonObject:
    """Returns a row's `when` as a schema for the object around it."""
    return _condition(cast(JsonObject, json.loads(when)))


def condition_fields(when: str) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Yields each field that a `when` names, as steps from the object around it, with the schema it must match."""
    written = cast(JsonObject, json.loads(when))
    if set(written) == {"not"}:
        written = cast(JsonObject, written["not"])
    for path, schema in written.items():
        yield tuple(part[0] or part[2] for part in _FIELD.findall(path)), schema


def _condition(written: JsonObject) -> JsonObject:
    if set(written) == {"not"} and isinstance(written["not"], dict):
        return {"not": _condition(written["not"])}
    return {"allOf": [_leading(_FIELD.findall(path), schema) for path, schema in written.items()]}


def _leading(parts: list[tuple[str, str, str]], schema: Json) -> Json:
    if not parts:
        return schema
    (name, optional, items), inner = parts[0], _leading(parts[1:], schema)
    if items:
        return {"contains": inner}
    return {"properties": {name: inner}} | ({} if optional else {"required": [name]})


def _lay(schema: JsonObject, steps: tuple[str, ...], claim: Claim) -> None:
    """Adds a claim to a schema, at the place that `steps` lead to."""
    if not steps:
        _assert(schema, claim.keyword, claim.value)
        return
    outer = schema
    for step in steps[:-1]:
        outer = _child(outer, step)
    if claim.when:
        then: JsonObject = {}
        branch: Json = {"if": condition_schema(claim.when), "then": then}
        cast(list[Json], outer.setdefault("allOf", [])).append(branch)
        outer = then
    if claim.keyword == "required":
        if claim.value is True:
            required = cast(list[Json], outer.setdefault("required", []))
            required.extend([] if steps[-1] in required else [steps[-1]])
        return
    _assert(_child(outer, steps[-1]), claim.keyword, claim.value)


def _child(schema: JsonObject, step: str) -> JsonObject:
    key = {"[]": "items", "{}": "additionalProperties"}.get(step)
    if key:
        return cast(JsonObject, schema.setdefault(key, {}))
    return cast(JsonObject, cast(JsonObject, schema.setdefault("properties", {})).setdefault(step, {}))


def _assert(schema: JsonObject, keyword: str, value: Json) -> None:
    keyword = _LIMITS.get(keyword, keyword)
    if keyword == "items":
        # The word is that of an array's items, or of a map's values: each keyword leaves the other type alone.
        for step in ("[]", "{}") if value in TYPE_WORDS else ():
            _child(schema, step).setdefault("type", value)
    elif keyword == "if" and isinstance(value, dict):
        cast(list[Json], schema.setdefault("allOf", [])).append(value)
    elif keyword in ASSERTIONS:
        if keyword in schema and canonical(schema[keyword]) != canonical(value):
            cast(list[Json], schema.setdefault("allOf", [])).append({keyword: value})
        else:
            schema[keyword] = value


def _nullable(schema: Json) -> Json:
    """Returns the schema with the claim `nullable` told in JSON Schema's own words."""
    if isinstance(schema, list):
        return [_nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        key: value if key == "enum" else _nullable(value)
        for key, value in schema.items()
        if key != "nullable" or not isinstance(value, bool)
    }
    if schema.get("nullable") is not True:
        return plain
    return {"anyOf": [plain, {"type": "null"}]}
