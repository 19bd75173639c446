"""The mock server's distribution: the runtime as it is, and one contract and one module of models for each API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import jinja2
import jsonschema_rs

from specledger import __version__
from specledger.behavior import Behavior, Collection, Effect, Refusal
from specledger.diagnostics import Diagnostic, Failure
from specledger.emit import escape, models
from specledger.emit.definitions import Definitions
from specledger.emit.inferred import Inferred
from specledger.ir import Api, Header, MediaType, Operation, Parameter, Response
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, Pointer

PACKAGE = "src/specledger_mock"
BASE = "urn:specledger:definitions"

_HERE = Path(__file__).parent.parent
# Where a spec documents no answer under a kind's usual status, the first of these that it documents takes its place.
_INSTEAD: Mapping[str, tuple[int, ...]] = {
    "unauthenticated": (403,),
    "invalid": (422,),
    "malformed": (422,),
    "media_type": (400, 422),
    "too_large": (400, 422),
}

_META = jsonschema_rs.Draft202012Validator(
    {"$ref": "https://json-schema.org/draft/2020-12/schema"}, validate_formats=True
)


def emit(apis: Sequence[tuple[Api, Behavior]]) -> Mapping[str, bytes]:
    """Returns every file of generated/mock_server by its path.

    Raises Failure, located in the spec or in behavior.yaml, for a schema or a rule that cannot be compiled.
    """
    contracts = [(api, _Contract(api, found)) for api, found in apis]
    diagnostics = [found for _, contract in contracts for found in contract.diagnostics()]
    if diagnostics:
        raise Failure(diagnostics)
    files: dict[str, bytes] = {}
    for path in sorted((_HERE / "runtime" / "mock").glob("*.py")):
        files[f"{PACKAGE}/{path.name}"] = path.read_bytes()
    files[f"{PACKAGE}/py.typed"] = b""
    files[f"{PACKAGE}/models/__init__.py"] = b'"""The pydantic models of each API, in a module of its name."""\n'
    for api, contract in contracts:
        text = json.dumps(contract.value(), indent=2)
        files[f"{PACKAGE}/apis/{api.name}.json"] = f"{text}\n".encode()
        files[f"{PACKAGE}/models/{api.name}.py"] = models.emit(api)
    files.update(_rendered(apis))
    return dict(sorted(files.items()))


def _rendered(apis: Sequence[tuple[Api, Behavior]]) -> Iterator[tuple[str, bytes]]:
    """Yields the files made from templates; a template's path is its output's path."""
    folder = _HERE / "templates" / "mock"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  # the outputs are TOML and Markdown; a spec's text passes a filter
    )
    environment.filters.update(code=escape.code, literal=escape.literal, markdown=escape.markdown)
    has_rules = any(effect.rules for _, found in apis for effect in found.effects.values())
    for path in sorted(folder.glob("*.jinja")):
        template = environment.get_template(path.name)
        text = template.render(apis=[api for api, _ in apis], version=__version__, has_rules=has_rules)
        yield path.stem, text.encode()


def inferred(api: Api, found: Behavior) -> Inferred | None:
    """Returns what the paths of an API say about its resources; None where behavior.yaml says it."""
    return None if found.document is not None else Inferred(_Contract(api, found).said())


class _Contract:
    """One API and its behavior as the JSON that the runtime compiles."""

    def __init__(self, api: Api, found: Behavior) -> None:
        self.api = api
        self.behavior = found
        self.definitions = Definitions(api, f"{BASE}#/$defs/")
        self.operations = [self._operation(operation) for operation in api.operations]

    def value(self) -> JsonObject:
        """Returns the contract; of an API without behavior.yaml with what its paths say about it."""
        found = self.said()
        if self.behavior.document is not None:
            return found
        known = Inferred(found)
        if known.acts:
            found["resources"] = dict(known.resources)
            for row in cast("list[JsonObject]", found["operations"]):
                if row["id"] in known.acts:
                    row["act"] = known.acts[str(row["id"])]
                    row["refusals"] = {**cast(JsonObject, row["refusals"]), **known.refusals[str(row["id"])]}
        return found

    def said(self) -> JsonObject:
        """Returns the contract as spec and behavior.yaml say it."""
        return {
            "name": self.api.name,
            "title": self.api.title,
            "version": self.api.version,
            "schemes": {
                key: {
                    "location": scheme.location,
                    "name": scheme.wire_name,
                    "prefix": scheme.prefix,
                    "type": scheme.type,
                    "scheme": scheme.scheme,
                }
                for key, scheme in self.api.schemes.items()
            },
            "identities": [
                {
                    "name": identity.name,
                    "credential": identity.credential,
                    "may": identity.may,
                    "scopes": list(identity.scopes),
                    "workspace": identity.workspace,
                    "owns": list(identity.owns),
                }
                for identity in self.behavior.identities
            ],
            "resources": {name: _collection(found) for name, found in self.behavior.resources.items()},
            "operations": list(self.operations),
            "definitions": self.definitions.schemas,
        }

    def _operation(self, operation: Operation) -> JsonObject:
        effect = self.behavior.effects.get(operation.id)
        return {
            "id": operation.id,
            "method": operation.method,
            "path": operation.path,
            "security": [list(alternative) for alternative in operation.security],
            "parameters": [self._parameter(parameter) for parameter in operation.parameters],
            "body": None
            if operation.body is None
            else {"required": operation.body.required, "content": self._content(operation.body.content)},
            "responses": {response.status: self._response(response) for response in operation.responses},
            "effect": None if effect is None else self._effect(effect),
            "refusals": {
                kind: {
                    "status": refusal.status if effect else self._status(operation, refusal),
                    "body": refusal.body,
                    "fitted": self.behavior.document is not None,
                }
                for kind, refusal in (effect.refusals if effect else self.behavior.refusals).items()
            },
        }

    def _status(self, operation: Operation, refusal: Refusal) -> int:
        """Returns the usual status of a refusal, or where that is not documented a near one that is."""
        if self.behavior.document is not None:
            return refusal.status
        named = {response.status for response in operation.responses}
        if refusal.kind == "invalid" and "400" not in named and "422" in named:
            return 422  # which says it, before a `default` that would hold a 400 as well
        instead = (refusal.status, *_INSTEAD.get(refusal.kind, ()))
        return next((status for status in instead if operation.response(status)), refusal.status)

    def _parameter(self, parameter: Parameter) -> JsonObject:
        written = self.api.at(parameter.pointer)
        row = written if isinstance(written, dict) else {}
        named = row.get("examples")
        shown = named.values() if isinstance(named, dict) else ()
        values = [item.get("value") for item in shown if isinstance(item, dict)]
        return {
            "in": parameter.location,
            "name": parameter.wire_name,
            "required": parameter.required,
            "style": parameter.style,
            "explode": parameter.explode,
            "media_type": parameter.media_type,
            "schema": self.definitions.schema(parameter.schema),
            "examples": [row["example"]] if "example" in row else values,
        }

    def _content(self, content: tuple[MediaType, ...]) -> JsonObject:
        return {
            re.sub(r"\s*;.*", "", media.media_type): {
                "schema": self.definitions.schema(media.schema),
                "examples": list(media.examples),
                **self._example_names(media),
                **self._encoding(media),
            }
            for media in content
        }

    def _example_names(self, media: MediaType) -> JsonObject:
        """Returns the names of the examples, in their order, where the spec gives them names."""
        named = self.api.at((*media.pointer, "examples"))
        is_named = isinstance(named, dict) and bool(named) and len(named) == len(media.examples)
        return {"example_names": list(cast(JsonObject, named))} if is_named else {}

    def _encoding(self, media: MediaType) -> JsonObject:
        """Returns how the fields of a form are written, where the spec says so (OpenAPI 3.1, Encoding Object).

        A style, and what goes with it, sets the media type of a field aside; a list of media types decides nothing.
        """
        written = self.api.at((*media.pointer, "encoding"))
        found: JsonObject = {}
        for name, said in written.items() if isinstance(written, dict) else ():
            if isinstance(said, dict):
                is_styled = any(word in said for word in ("style", "explode", "allowReserved"))
                style = str(said.get("style", "form")) if is_styled else ""
                media_type = str(said.get("contentType", ""))
                found[name] = {
                    "style": style,
                    "explode": said.get("explode", style == "form") is True,
                    "media_type": "" if is_styled or "," in media_type else media_type,
                }
        return {"encoding": found} if found else {}

    def _response(self, response: Response) -> JsonObject:
        headers: list[Json] = [
            {"name": header.wire_name, "required": header.required, "schema": self.definitions.schema(header.schema)}
            for header in response.headers
        ]
        return {"headers": headers, "content": self._content(response.content)}

    def _effect(self, effect: Effect) -> JsonObject:
        return {
            "resource": effect.resource,
            "shows": self.behavior.resources[effect.resource].schema,
            "id": _steps(effect.id),
            "within": {name: _steps(place) for name, place in effect.within.items()},
            "effect": effect.effect,
            "unmapped": list(effect.unmapped),
            "scope": effect.scope,
            "owned": dict(effect.owned),
            "limits": [{"at": _steps(limit.at), **limit.bounds} for limit in effect.limits],
            "rules": [
                {"at": str(rule.at), "fields": list(rule.fields), "rule": rule.rule, "message": rule.message}
                for rule in effect.rules
            ],
            "answer": {"status": effect.status, **({"body": effect.body} if effect.has_body else {})},
            "request": effect.request,
        }

    def diagnostics(self) -> Iterator[Diagnostic]:
        """Yields a diagnostic for each schema and rule that the runtime could not compile."""
        yield from self._wrong_schemas()
        yield from self._wrong_rules()

    def _wrong_schemas(self) -> Iterator[Diagnostic]:
        """Yields what is no schema where it stands, and only where nothing is, what cannot be compiled."""
        schemas = self.definitions.schemas
        places = self.definitions.pointers()
        written = {places[name]: self.api.at(places[name]) for name in schemas} | dict(self._inline_schemas())
        found = False
        for pointer, schema in written.items():
            for error in _META.iter_errors(schema):
                found = True
                yield self._no_schema((*pointer, *error.instance_path), error.message)
        if found:
            return
        registry = jsonschema_rs.Registry([(BASE, {"$defs": schemas})], draft=jsonschema_rs.Draft202012)
        for pointer, schema in written.items():
            try:
                compiled = cast("dict[str, object] | bool", self.definitions.schema(schema))
                jsonschema_rs.Draft202012Validator(compiled, registry=registry, validate_formats=True, offline=True)
            except ValueError as error:
                yield self._no_schema(pointer, str(error))
                return  # a schema that others refer to would be told again for each of them

    def _no_schema(self, pointer: Pointer, said: str) -> Diagnostic:
        message = f"the schema is not valid: {escape.line(said)[:300]}"
        return self.api.document.diagnostic(pointer, "schema", message, "write the schema in JSON Schema 2020-12")

    def _inline_schemas(self) -> Iterator[tuple[Pointer, Json]]:
        for operation in self.api.operations:
            bodies = operation.body.content if operation.body else ()
            answers = [media for response in operation.responses for media in response.content]
            headers = [header for response in operation.responses for header in response.headers]
            holders: list[Parameter | MediaType | Header] = [*operation.parameters, *bodies, *answers, *headers]
            for holder in holders:
                inner = "schema" if isinstance(self.api.at((*holder.pointer, "schema")), dict) else "content"
                yield (*holder.pointer, inner), True if holder.schema is None else holder.schema

    def _wrong_rules(self) -> Iterator[Diagnostic]:
        document = self.behavior.document
        if document is None or not any(effect.rules for effect in self.behavior.effects.values()):
            return
        from specledger.runtime.mock.rule import compile_rules

        for effect in self.behavior.effects.values():
            for number, rule in enumerate(effect.rules):
                row: JsonObject = {"at": str(rule.at), "fields": [], "rule": rule.rule, "message": rule.message}
                try:
                    compile_rules([row])
                except RuntimeError as error:
                    pointer = ("operations", effect.operation, "rules", number, "rule")
                    message = f"the rule is no CEL: {str(error).splitlines()[0]}"
                    remedy = "write it in CEL over self, oldSelf, others and caller"
                    yield document.diagnostic(pointer, "behavior-rule", message, remedy, at=str(rule.at))


def _collection(found: Collection) -> JsonObject:
    return {
        "schema": found.schema,
        "id": found.id,
        "workspace": found.workspace,
        "unique": list(found.unique),
        "immutable": list(found.immutable),
        "touched": list(found.touched),
        "seed": list(found.seed),
    }


def _steps(place: Place) -> list[Json]:
    """Returns the steps of a place in a request, without the word `request`."""
    return list(place.steps[1:])
