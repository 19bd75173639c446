"""What a validator of OpenAPI documents lets pass and a spec must not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cached_property
from urllib.parse import quote

import jsonschema_rs

from specledger.diagnostics import Diagnostic
from specledger.ir import Api, Operation, pointer_of
from specledger.soundness.schemas import declared, every, roots
from specledger.spec import walk
from specledger.yaml12 import Document, Json, Pointer

# Every keyword of JSON Schema 2020-12 (core, applicator, validation, meta-data, format, content) and OpenAPI 3.1.
KEYWORDS = frozenset(
    "$id $schema $ref $anchor $dynamicRef $dynamicAnchor $vocabulary $comment $defs prefixItems items contains"
    " additionalProperties properties patternProperties dependentSchemas propertyNames if then else allOf anyOf oneOf"
    " not unevaluatedItems unevaluatedProperties type const enum multipleOf maximum exclusiveMaximum minimum"
    " exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxContains minContains maxProperties"
    " minProperties required dependentRequired title description default deprecated readOnly writeOnly examples format"
    " contentEncoding contentMediaType contentSchema discriminator xml externalDocs example".split()
)
_REPLACED = {
    "nullable": "nullable is OpenAPI 3.0's; in 3.1 write type: [<type>, 'null'], or anyOf with {type: 'null'}",
    "definitions": "write $defs, or move the schemas to components.schemas",
    "dependencies": "write dependentRequired or dependentSchemas",
    "additionalItems": "write prefixItems with items",
    "divisibleBy": "write multipleOf",
}
_ROOT = "urn:specledger:spec"


class Values:
    """Validates values against schemas of one spec, wherever they stand in it."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry([(_ROOT, self.document.value)], draft=jsonschema_rs.Draft202012)

    def errors(self, pointer: Pointer, value: Json) -> list[tuple[Pointer, str]]:
        """Returns where and why a value does not satisfy the schema at a pointer; nothing where it does.

        Raises jsonschema_rs.ValidationError where the schema itself is not one.
        """
        schema = {"$ref": f"{_ROOT}#{fragment(pointer)}"}
        validator = jsonschema_rs.Draft202012Validator(schema, registry=self._registry, validate_formats=True)
        return [(tuple(error.instance_path), error.message) for error in validator.iter_errors(value)]


def fragment(pointer: Pointer) -> str:
    """Returns a pointer as a URI fragment (RFC 6901, section 6)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in pointer)
    return "".join(f"/{quote(step, safe='~$!()*+,;=:@')}" for step in steps)


def findings(api: Api) -> list[Diagnostic]:
    """Returns what is wrong with a spec that loads: unknown keywords, broken schemas, examples that do not fit."""
    places = _Places(api)
    found = [*_keywords(api, places), *_paths(api)]
    broken = list(_broken(api, places))
    return [*found, *(broken or _examples(api, places))]


class _Places:
    """Names the operation and the place that a schema's pointer belongs to, for messages."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.users: dict[str, str] = {}
        for operation in api.operations:
            for name in _used(api, operation):
                self.users.setdefault(name, operation.label)

    def of(self, pointer: Pointer) -> tuple[str, str]:
        """Returns `(operation label, at)`: for a component, the first operation that uses it and the path inside."""
        for operation in self.api.operations:
            if pointer[:3] == operation.pointer:
                return operation.label, ""
        if pointer[:2] == ("components", "schemas") and len(pointer) > 2:
            steps = [str(step) for step in pointer[2:] if step not in ("properties", "allOf", "then", "else")]
            return self.users.get(str(pointer[2]), ""), ".".join(steps)
        return "", ""


def _used(api: Api, operation: Operation) -> set[str]:
    """Returns the names of the component schemas that an operation reaches."""
    names: set[str] = set()
    seen: set[str] = set()
    stack: list[Json] = [api.at(operation.pointer), [raw.schema for raw in operation.parameters]]
    while stack:
        for _, value in walk(stack.pop()):
            reference = value.get("$ref") if isinstance(value, dict) else None
            if isinstance(reference, str) and reference not in seen:
                seen.add(reference)
                target = pointer_of(reference)
                stack.append(api.at(target))
                if target[:2] == ("components", "schemas"):
                    names.add(str(target[2]))
    return names


def _keywords(api: Api, places: _Places) -> Iterator[Diagnostic]:
    document = api.document
    for found in every(document.value):
        operation, at = places.of(found.pointer)
        for keyword in found.schema:
            if keyword in KEYWORDS or keyword.startswith("x-"):
                continue
            close = get_close_matches(keyword, KEYWORDS, 1, 0.7)
            remedy = _REPLACED.get(keyword) or (f"did you mean {close[0]}?" if close else "remove it, or call it x-…")
            message = f"JSON Schema has no keyword {keyword!r}, so it checks nothing"
            place = (*found.pointer, keyword)
            yield document.diagnostic(place, "unknown-keyword", message, remedy, operation=operation, at=at)
        known = found.around | declared(document.value, found.schema)
        maps = isinstance(found.schema.get("additionalProperties"), dict) or "patternProperties" in found.schema
        required = found.schema.get("required")
        for number, name in enumerate(required if isinstance(required, list) else ()):
            if name not in known and not maps:
                close = get_close_matches(str(name), known, 1)
                message = f"required names {name!r}, which is no property here"
                remedy = f"did you mean {close[0]!r}?" if close else "add the property, or take the name out"
                place = (*found.pointer, "required", number)
                yield document.diagnostic(place, "required-unknown", message, remedy, operation=operation, at=at)


def _broken(api: Api, places: _Places) -> Iterator[Diagnostic]:
    """Yields the schemas that are none, by JSON Schema's own meta-schema."""
    validator = jsonschema_rs.Draft202012Validator(
        {"$ref": "https://json-schema.org/draft/2020-12/schema"}, validate_formats=True
    )
    for root in roots(api.document.value):
        for error in validator.iter_errors(api.at(root)):
            pointer = (*root, *error.instance_path)
            operation, at = places.of(pointer)
            message = f"no schema: {error.message[:200]}"
            remedy = "see JSON Schema 2020-12"
            yield api.document.diagnostic(pointer, "schema-broken", message, remedy, operation=operation, at=at)


def _paths(api: Api) -> Iterator[Diagnostic]:
    """Yields path templates and path parameters that do not belong together."""
    for operation in api.operations:
        named = re.findall(r"\{([^{}]+)\}", operation.path)
        given = {parameter.wire_name for parameter in operation.parameters if parameter.location == "path"}
        for name in sorted({*named} - given):
            message = f"the path has {{{name}}}, which no parameter describes"
            yield _on(api, operation, f"request.path.{name}", message, f"add a parameter {name!r} with in: path")
        for name in sorted(given - {*named}):
            message = f"the path has no {{{name}}} for this parameter"
            yield _on(api, operation, f"request.path.{name}", message, "put it into the path, or remove it")


def _on(api: Api, operation: Operation, at: str, message: str, remedy: str) -> Diagnostic:
    pointer = operation.pointer
    return api.document.diagnostic(pointer, "path-parameter", message, remedy, operation=operation.label, at=at)


def _examples(api: Api, places: _Places) -> Iterator[Diagnostic]:
    values = Values(api.document)
    for pointer, schema, value in _illustrations(api):
        try:
            wrong = values.errors(schema, value)
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            wrong = [((), f"the schema cannot be used: {str(error)[:200]}")]
        for inner, reason in wrong[:3]:
            operation, at = places.of(pointer)
            place = ".".join(str(step) for step in inner)
            message = f"the {_kind(pointer)} does not validate{f' at {place}' if place else ''}: {reason[:200]}"
            remedy = "correct the value, or the schema"
            where = (*pointer, *inner)
            yield api.document.diagnostic(where, "example-invalid", message, remedy, operation=operation, at=at)


def _kind(pointer: Pointer) -> str:
    return next((str(step) for step in reversed(pointer) if step in ("default", "enum", "const")), "example")


def _illustrations(api: Api) -> Iterator[tuple[Pointer, Pointer, Json]]:
    """Yields `(pointer, pointer of the schema, value)` for each example, default and enum value."""
    document = api.document.value
    for root in roots(document):
        holder_pointer = root[:-1]
        holder = api.at(holder_pointer)
        if root[-1] == "schema" and isinstance(holder, dict):
            if "example" in holder:
                yield (*holder_pointer, "example"), root, holder["example"]
            named = holder.get("examples")
            for name, example in named.items() if isinstance(named, dict) else ():
                if isinstance(example, dict) and "value" in example:
                    yield (*holder_pointer, "examples", name, "value"), root, example["value"]
    for found in every(document):
        schema, pointer = found.schema, found.pointer
        for keyword in ("default", "example", "const"):
            if keyword in schema:
                yield (*pointer, keyword), pointer, schema[keyword]
        for keyword in ("examples", "enum"):
            listed = schema.get(keyword)
            for number, value in enumerate(listed if isinstance(listed, list) else ()):
                yield (*pointer, keyword, number), pointer, value
