"""Proof that a mutant means what the original means."""

from __future__ import annotations

import json
from pathlib import Path

from specledger import behavior, conform, ledger, spec
from specledger.behavior import Behavior
from specledger.canonical import canonical, ordered
from specledger.claims import SpecClaims
from specledger.diagnostics import Failure
from specledger.diff.compare import compare
from specledger.diff.contract import Contract
from specledger.ir import Api, MediaType, Operation
from specledger.ledger import Ledger
from specledger.runtime.mock.schema import BASE
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_rows

# What says nothing where it has this value (JSON Schema 2020-12, validation, 6).
_NOTHING: JsonObject = {
    "minLength": 0,
    "minItems": 0,
    "minProperties": 0,
    "uniqueItems": False,
    "required": [],
    "items": {},
    "additionalProperties": {},
    "unevaluatedProperties": {},
}


_SIZES = (("format", "int32"), ("format", "int64"))


def same(before: Path, after: Path) -> str:
    """Returns why the specs of two folders promise the same; empty where that is not proved."""
    try:
        if canonical(meaning(spec.load(before))) == canonical(meaning(spec.load(after))):
            return "the contract is the same, read without annotations and with what says nothing left out"
    except Failure:
        pass
    return ""


def same_facts(before: Path, after: Path) -> str:
    """Returns why the facts of two folders, with their rulings, claim the same; empty where that is not proved."""
    try:
        api = spec.load(before)
        known = behavior.load(before, api)
        old, new = ledger.load(before), ledger.load(after)
        if all(_claims(api, known, old, one) == _claims(api, known, new, one) for one in api.operations):
            return "facts and rulings together claim the same"
    except Failure:
        pass
    return ""


def same_contract(before: str, after: str, *, limits: bool = False) -> str:
    """Returns why two contracts of a mock take and give the same; empty where that is not proved.

    With `limits`, what lies beyond one counts as refused all the same, where both refusals look alike.
    """
    old, new = (as_object(json.loads(text)) for text in (before, after))
    beside = [canonical({key: value for key, value in one.items() if key != "definitions"}) for one in (old, new)]
    if beside[0] == beside[1]:
        changes = compare(*(Contract("", _published(one, limits)) for one in (old, new)))
        if all(change.level == "docs" for change in changes):
            return "every request that one contract takes, the other takes, and no answer differs"
    return ""


def _published(contract: JsonObject, with_limits: bool) -> JsonObject:
    """Returns the contract of a mock as an OpenAPI document, the limits of an operation in its body's schema."""
    paths: JsonObject = {}
    for row in as_rows(contract["operations"]):
        refusals, body = as_object(row["refusals"]), as_object(row.get("body"))
        alike = [canonical(as_object(refusals.get(kind))) for kind in ("invalid", "limit")]
        limits = as_rows(as_object(row["effect"]).get("limits")) if with_limits and alike[0] == alike[1] else []
        content: JsonObject = {
            name: {"schema": {"allOf": [as_object(media)["schema"], *map(_limit, limits)]}}
            for name, media in as_object(body.get("content")).items()
        }
        answers: JsonObject = {
            status: {"description": "", "content": as_object(one).get("content", {})}
            for status, one in as_object(row["responses"]).items()
        }
        as_object(paths.setdefault(str(row["path"]), {}))[str(row["method"]).lower()] = {
            "requestBody": {"required": body.get("required") is True, "content": content},
            "responses": answers,
        }
    document: JsonObject = {
        "openapi": "3.1.1",
        "info": {"title": "", "version": ""},
        "paths": paths,
        "components": {"schemas": _unsized(contract["definitions"])},
    }
    return as_object(json.loads(json.dumps(document).replace(f"{BASE}#/$defs/", "#/components/schemas/")))


def _unsized(value: Json) -> Json:
    """Returns schemas without the formats that bound an integer: the mock's validator does not look at them."""
    if isinstance(value, list):
        return [_unsized(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: _unsized(one) for key, one in value.items() if (key, one) not in _SIZES}


def _limit(row: JsonObject) -> Json:
    """Returns a limit as a schema of the whole body; one that no schema says, as what says nothing."""
    root, *steps = (str(step) for step in as_list(row["at"]))
    if root != "body" or not {*row} <= {"at", "minimum", "maximum"}:
        return {}
    schema: JsonObject = {key: value for key, value in row.items() if key != "at"}
    for step in reversed(steps):
        schema = {"items": schema} if step == "[]" else {"properties": {step: schema}}
    return schema


def _claims(api: Api, known: Behavior, facts: Ledger, operation: Operation) -> set[tuple[str, str, str, str]]:
    return {
        (str(claim.at), claim.keyword, canonical(claim.value), claim.when)
        for claim in (entry.claim for entry in conform.entries(api, known, facts, operation))
    }


def meaning(api: Api) -> Json:
    """Returns all that a spec promises, in a form in which equal promises are equal values."""
    return [_operation(api, operation) for operation in sorted(api.operations, key=lambda one: one.label)]


def _operation(api: Api, operation: Operation) -> Json:
    claims = SpecClaims(api, operation)

    def plain(schema: Json) -> Json:
        return _normal(claims.plain(schema))

    def content(media: tuple[MediaType, ...]) -> Json:
        return {one.media_type: plain(one.schema) for one in media}

    return {
        "label": operation.label,
        "servers": [
            [server.url, [[v.wire_name, v.default, list(v.enum)] for v in server.variables]] for server in api.servers
        ],
        "security": [[repr(api.schemes[key]) for key in keys] for keys in operation.security],
        "idempotent": operation.idempotent,
        "deprecated": operation.deprecated,
        "parameters": {
            f"{one.location} {one.wire_name}": [one.required, one.style, one.explode, one.media_type, plain(one.schema)]
            for one in operation.parameters
        },
        "body": [operation.body.required, content(operation.body.content)] if operation.body else None,
        "responses": {
            one.status: [
                one.permanent,
                content(one.content),
                {header.wire_name.lower(): [header.required, plain(header.schema)] for header in one.headers},
            ]
            for one in operation.responses
        },
    }


def _normal(schema: Json) -> Json:
    """Returns a plain schema without the keywords that say nothing."""
    if not isinstance(schema, dict):
        return schema
    found: JsonObject = {}
    for key, value in schema.items():
        inner = _inner(key, value)
        if key in _NOTHING and canonical(inner) in (canonical(_NOTHING[key]), "true"):
            continue
        found[key] = inner
    if "if" in found and not {"then", "else"} & found.keys():
        del found["if"]
    if "if" not in found:
        found = {key: value for key, value in found.items() if key not in ("then", "else")}
    return _integral(found)


def _inner(key: str, value: Json) -> Json:
    if key in ("enum", "required", "default", "const"):
        return value
    if key in ("properties", "patternProperties", "dependentSchemas", "$defs"):
        return {name: _normal(child) for name, child in as_object(value).items()}
    if key in ("allOf", "anyOf", "oneOf"):
        return ordered(_normal(child) for child in as_list(value))
    if isinstance(value, list):
        return [_normal(child) for child in value] if key == "prefixItems" else ordered(value)
    return _normal(value)


def _integral(schema: JsonObject) -> JsonObject:
    """Returns the schema with a bound of an integer that it excludes written as the next one that it includes."""
    if schema.get("type") != "integer":
        return schema
    found = dict(schema)
    for excluded, included, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
        bound = found.get(excluded)
        if isinstance(bound, int) and not isinstance(bound, bool) and included not in found:
            del found[excluded]
            found[included] = bound + step
    return found
