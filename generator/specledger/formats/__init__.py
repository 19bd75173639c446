"""The JSON Schemas of the hand-written formats, and a validator that says where a file leaves them."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import jsonschema_rs

from specledger.diagnostics import Diagnostic
from specledger.yaml12 import Document, Json, JsonObject, Pointer, descend


@cache
def schema(name: str) -> JsonObject:
    """Returns the JSON Schema of a format: `facts`, `rulings`, `behavior`, `package`, `releases` or `openapi` (3.1)."""
    path = _openapi_schema() if name == "openapi" else Path(__file__).with_name(f"{name}.json")
    loaded: JsonObject = json.loads(path.read_text(encoding="utf-8"))
    url = descend(loaded, ("$defs", "server", "properties", "url"))
    if isinstance(url, dict):
        url.pop("format", None)  # a server's url is a template: the braces around its variables belong to no URI
    return loaded


def _openapi_schema() -> Path:
    """Returns the path of OpenAPI's own schema, which openapi-spec-validator carries as data."""
    found = find_spec("openapi_spec_validator")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("openapi-spec-validator is not installed; it carries the OpenAPI 3.1 schema")
    return Path(found.origin).parent / "resources" / "schemas" / "v3.1" / "schema.json"


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    shared = jsonschema_rs.Registry([("specledger:/facts.json", schema("facts"))])
    base = f"specledger:/{name}.json"
    return jsonschema_rs.Draft202012Validator(schema(name), registry=shared, base_uri=base, validate_formats=True)


def validate(document: Document, name: str) -> list[Diagnostic]:
    """Returns a located diagnostic for each place where the document leaves its format."""
    found = []
    for error in _validator(name).iter_errors(document.value):
        steps, message = _innermost(error)
        pointer = _pointer(document.value, steps)
        place = "/".join(str(step) for step in pointer) or "the document"
        remedy = f"see the format's schema ({name})" if name != "openapi" else "see the OpenAPI 3.1 specification"
        found.append(document.diagnostic(pointer, f"{name}-format", f"{place}: {message[:300]}", remedy))
    return found


def _innermost(error: jsonschema_rs.ValidationError) -> tuple[Pointer, str]:
    """Returns where and what: for a choice that fails, the branch that came furthest into the value."""
    pointer = tuple(error.instance_path)
    message = error.message
    branches = getattr(error.kind, "context", None) or ()
    missing = [inner.kind.property for branch in branches for inner in branch if _is_missing(inner, pointer)]
    if missing and len(missing) == sum(len(branch) for branch in branches):
        return pointer, f"one of {', '.join(missing)} is required"
    for branch in branches:
        for inner in branch:
            if len(inner.instance_path) > len(pointer):
                pointer, message = tuple(inner.instance_path), inner.message
    return pointer, message


def _is_missing(error: jsonschema_rs.ValidationError, pointer: Pointer) -> bool:
    is_required = isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required)
    return is_required and tuple(error.instance_path) == pointer


def _pointer(value: Json, steps: Pointer) -> Pointer:
    """Returns the steps with each key as text and each index as number, as the document has them."""
    found: list[str | int] = []
    for step in steps:
        found.append(str(step) if isinstance(value, dict) else step)
        value = descend(value, (step,))
    return tuple(found)
