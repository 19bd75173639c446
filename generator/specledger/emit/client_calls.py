"""Operations, resources and the client class as the templates see them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol

from specledger import names
from specledger.emit import bounds, escape
from specledger.emit.client_models import described, properties_of
from specledger.emit.client_schema import CLASS_WORDS, MAX_NAME, Dialect, content_of, kind_of
from specledger.emit.client_types import Code, Types
from specledger.ir import Api, Operation, Response
from specledger.runtime.client.errors import status_error

OPTIONS = ("extra_headers", "extra_query", "extra_body", "timeout", "max_retries")
_TAKEN = frozenset({*OPTIONS, "self"})
_BUILTINS = frozenset({"str", "int", "float", "bool", "list", "dict", "bytes"})
_CLIENT_WORDS = frozenset({"answer", "call", "close", "with_options", "with_raw_response"})


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a method; `location` is path, query, header, cookie, body, or content for a body as a whole."""

    name: str
    wire_name: str
    location: str
    annotation: str
    required: bool
    positional: bool
    doc: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What a status holds, as Python."""

    status: str
    kind: str
    codec: str
    permanent: bool


@dataclass(frozen=True, slots=True)
class OperationView:
    """A method of a resource, and the constant that describes its operation to the runtime."""

    operation: Operation
    name: str
    constant: str
    arguments: tuple[Argument, ...]
    returns: str
    answers: tuple[AnswerView, ...]
    body_kind: str
    media_type: str
    accept: str
    doc: str
    codes: tuple[Code, ...]

    def at(self, location: str) -> tuple[Argument, ...]:
        """Returns the arguments of one location."""
        return tuple(one for one in self.arguments if one.location == location)

    @property
    def ordered(self) -> tuple[Argument, ...]:
        """Returns the arguments as the signature lists them: positional, required, then optional."""
        return tuple(sorted(self.arguments, key=lambda one: (not one.positional, not one.required)))


@dataclass(frozen=True, slots=True)
class ResourceView:
    """A resource's module: the operations that share a word."""

    name: str
    module: str
    class_name: str
    raw_name: str
    doc: str
    operations: tuple[OperationView, ...]
    models: tuple[tuple[str, str], ...]
    enums: tuple[tuple[str, str], ...]


class Calls:
    """Makes the views of an API's operations."""

    def __init__(self, api: Api, dialect: Dialect, types: Types, endpoints: Mapping[str, Endpoint]) -> None:
        self.api = api
        self.dialect = dialect
        self.types = types
        self.endpoints = endpoints
        self.filled = {one.fills for one in api.package.parameters}

    def sent(self) -> list[PropertyProtocol]:
        """Returns everything that a caller gives, as properties."""
        found: list[PropertyProtocol] = []
        for endpoint in self.endpoints.values():
            found += [prop for _, prop in endpoint.iter_all_parameters()]
            for body in endpoint.bodies:
                flat = self._flat(body.prop)
                found += properties_of(flat) if flat else [body.prop]
                if flat and flat.additional_properties:
                    found.append(flat.additional_properties)
        return found

    def resources(self) -> Iterator[ResourceView]:
        """Yields the view of each resource, by name."""
        grouped: dict[str, list[OperationView]] = {}
        for operation in self.api.operations:
            grouped.setdefault(operation.resource, []).append(self._operation(operation))
        package = self.api.package.class_name
        taken = {package, f"Async{package}"}
        keywords = {f"{name}_" for name in _CLIENT_WORDS}
        for resource, operations in sorted(grouped.items()):
            name = f"{resource}_" if resource in _CLIENT_WORDS else resource
            name = names.unique(name, taken | (keywords - {name}))
            wanted = names.pascal(resource, "Operations")[:MAX_NAME]
            class_name = names.unique(wanted, {*self.dialect.classes, *taken, *CLASS_WORDS})
            module = names.unique(name[:MAX_NAME], taken)
            taken |= {name, class_name, f"Async{class_name}", module}
            raw_name = names.unique(f"{class_name}WithRawResponse", {*self.dialect.classes, *taken, *CLASS_WORDS})
            taken |= {raw_name, f"Async{raw_name}"}
            codes = [code for one in operations for code in one.codes]
            given = {name for code in codes for name in code.models}
            params = {name for code in codes for name in code.params}
            by_params = {one.params: one.module for one in self.dialect.classes.values() if one.params}
            modules = [(self.dialect.classes[one].module, one) for one in sorted(given)]
            enums = sorted({name for code in codes for name in code.enums})
            yield ResourceView(
                name=name,
                module=module,
                class_name=class_name,
                raw_name=raw_name,
                doc=self._tag(operations[0].operation.tag) or f"The operations on {resource.replace('_', ' ')}.",
                operations=tuple(operations),
                models=(*modules, *((by_params[one], one) for one in sorted(params))),
                enums=tuple((self.dialect.classes[one].module, one) for one in enums),
            )

    def _tag(self, tag: str) -> str:
        rows = self.api.at(("tags",))
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and row.get("name") == tag and isinstance(row.get("description"), str):
                return str(row["description"])
        return ""

    def _operation(self, operation: Operation) -> OperationView:
        endpoint = self.endpoints[operation.id]
        codes: list[Code] = []
        arguments = [*self._parameters(operation, endpoint, codes)]
        media = content_of(operation.body.content) if operation.body else None
        kind = kind_of(media.media_type) if media else ""
        arguments += self._body(operation, endpoint, kind, arguments, codes)
        answers, returns = self._answers(operation, endpoint, codes)
        methods = {one.name for one in self.api.operations if one.resource == operation.resource}
        return OperationView(
            operation=operation,
            name=operation.name,
            constant=f"_{operation.name.strip('_').upper()}",
            arguments=tuple(replace(one, annotation=_qualified(one.annotation, methods)) for one in arguments),
            returns=_qualified(returns, methods),
            answers=answers,
            body_kind=kind,
            media_type=media.media_type if media else "",
            accept=self._accept(operation),
            doc=self._doc(operation, arguments),
            codes=tuple(codes),
        )

    def _parameters(self, operation: Operation, endpoint: Endpoint, codes: list[Code]) -> Iterator[Argument]:
        found = {prop.name.get_untrusted_value(): prop for _, prop in endpoint.iter_all_parameters()}
        rows = list(enumerate(operation.parameters))
        rows.sort(key=lambda row: ("path", "query", "header", "cookie").index(row[1].location))
        order = re.findall(r"\{([^{}]*)\}", operation.path)
        path = [row for row in rows if row[1].location == "path"]
        path.sort(key=lambda row: order.index(row[1].wire_name) if row[1].wire_name in order else len(order))
        taken: set[str] = set(_TAKEN)
        for wire_name in dict.fromkeys(order):
            if all(row.wire_name != wire_name for _, row in path):
                # The path names it and nothing declares it: a call cannot do without all the same.
                name = _named(names.snake(wire_name), "path", taken)
                taken.add(name)
                yield Argument(name, wire_name, "path", "str", True, True, "")
        for number, parameter in [*path, *(row for row in rows if row[1].location != "path")]:
            code = self.types.code(found[f"p{number}"])
            codes.append(code)
            name = _named(names.snake(parameter.wire_name), parameter.location, taken)
            taken.add(name)
            filled = f"request.{parameter.location}.{parameter.wire_name}" in self.filled
            schema = bounds.merged(self.api, parameter.schema)
            doc = described(
                self.api, schema, {"description": parameter.description} if parameter.description else parameter.schema
            )
            doc += " Taken from the client where it is left out." if filled else ""
            doc += " Deprecated." if parameter.deprecated else ""
            positional = parameter.location == "path" and not filled
            required = parameter.required and not filled
            yield Argument(name, parameter.wire_name, parameter.location, code.given, required, positional, doc.strip())

    def _flat(self, prop: PropertyProtocol) -> ModelProperty | None:
        """Returns the model whose fields become keywords, None for a body that is given as a whole."""
        if isinstance(prop, ModelProperty) and self.dialect.classes[str(prop.class_info.name)].kind == "model":
            return prop if properties_of(prop) else None
        return None

    def _body(
        self, operation: Operation, endpoint: Endpoint, kind: str, others: list[Argument], codes: list[Code]
    ) -> Iterator[Argument]:
        if operation.body is None or not kind:
            return
        taken = {*_TAKEN, *(one.name for one in others)}
        needed = operation.body.required
        prop = endpoint.bodies[0].prop
        flat = self._flat(prop) if kind in ("json", "form", "multipart") else None
        if flat is None:
            code = self.types.code(prop)
            whole = {"text": "str", "bytes": "Content"}.get(kind, code.given if kind == "json" else "Mapping[str, Any]")
            codes.append(code)
            doc = operation.body.description or "The request's body."
            yield Argument(_named("body", "request", taken), "", "content", whole, needed, False, doc)
            return
        made = self.dialect.classes[str(flat.class_info.name)]
        found = {one.name.get_untrusted_value(): one for one in properties_of(flat)}
        for name, row in made.fields.items():
            code = self.types.code(found[name])
            codes.append(code)
            annotation = self.types.upload(found[name]) if kind == "multipart" else code.given
            python = _named(name, "body", taken)
            taken.add(python)
            doc = described(self.api, bounds.merged(self.api, row.schema), row.schema)
            required = row.required and not row.read_only and needed
            yield Argument(python, row.wire_name, "body", annotation, required, False, doc)

    def _answers(
        self, operation: Operation, endpoint: Endpoint, codes: list[Code]
    ) -> tuple[tuple[AnswerView, ...], str]:
        found = {one.status_code.pattern: one.prop for one in endpoint.responses}
        views: list[AnswerView] = []
        returned: list[str] = []
        for response in operation.responses:
            view, code, annotation = self._answer(response, found.get(response.status))
            views.append(view)
            if response.status[:1] == "2" or (response.status == "default" and operation.success() is None):
                returned.append(annotation)
                codes += [code] if code else []
        if operation.method == "HEAD":
            return tuple(AnswerView(one.status, "nothing", "", one.permanent) for one in views), "None"
        parts = dict.fromkeys(part for one in returned for part in one.split(" | ")) if returned else {}
        alone = "Any" if "Any" in parts or not returned else " | ".join(dict.fromkeys(returned))
        return tuple(views), alone

    def _answer(self, response: Response, prop: PropertyProtocol | None) -> tuple[AnswerView, Code | None, str]:
        media = content_of(response.content)
        if media is None:
            return AnswerView(response.status, "nothing", "", response.permanent), None, "None"
        kind = kind_of(media.media_type)
        if kind == "json" and prop is not None:
            code = self.types.code(prop) if media.schema is not None else Code(("Any",), ("Any",), "wire.anything")
            return AnswerView(response.status, "json", code.codec, response.permanent), code, code.annotation
        if kind in ("text", "form"):
            return AnswerView(response.status, "text", "", response.permanent), None, "str"
        return AnswerView(response.status, "bytes", "", response.permanent), None, "bytes"

    def _accept(self, operation: Operation) -> str:
        kinds = dict.fromkeys(
            escape.line(media.media_type) for response in operation.responses for media in response.content
        )
        return ", ".join(kinds) or "*/*"

    def _doc(self, operation: Operation, arguments: list[Argument]) -> str:
        first = operation.summary.strip() or f"Sends {operation.label}."
        first = first if first[-1] in ".!?" else f"{first}."
        parts = [first]
        if operation.description.strip():
            parts.append(operation.description.strip())
        if operation.deprecated:
            parts.append("Deprecated.")
        body = content_of(operation.body.content) if operation.body else None
        if body is not None:
            parts += bounds.conditions(bounds.merged(self.api, body.schema))
        texts = [(one.name, f"{escape.line(one.doc)} {_renamed(one)}".strip()) for one in arguments]
        rows = [f"    {name}: {text}" for name, text in texts if text]
        if rows:
            parts.append("\n".join(["Args:", *rows]))
        parts.append("\n".join(["Raises:", *self._raises(operation)]))
        if operation.address:
            parts.append(f"See {escape.line(operation.address)}")
        return "\n\n".join(parts)

    def _raises(self, operation: Operation) -> Iterator[str]:
        for response in operation.responses:
            if response.status[:1] in "23":
                continue
            # A range raises what its last status does, which has no error of its own.
            status = response.status.replace("XX", "99")
            name = status_error(int(status) if status.isdecimal() else 0).__name__
            yield f"    {name}: {response.status}. {escape.line(response.description)}".rstrip()
        if self.api.package.failures:
            yield "    APIFailureError: The answer reports a failure, whatever its status."
        yield "    APIStatusError: Any other answer that is no success."
        yield "    APIConnectionError: No answer came."
        yield "    APIResponseValidationError: The answer is not what is documented."


def _named(name: str, location: str, taken: set[str]) -> str:
    """Returns an argument's name: a per-call option keeps its own, an earlier argument too."""
    if name in _TAKEN:
        name = f"{name}_"
    elif name in taken:
        name = f"{location}_{name}"
    return names.unique(name, taken)


def _renamed(one: Argument) -> str:
    """Returns a sentence about an argument whose own name was taken, empty where it was not."""
    if one.location == "content" or one.name == names.snake(one.wire_name):
        return ""
    what = "body's field" if one.location == "body" else f"{one.location} parameter"
    return f"This is the {what} {escape.line(one.wire_name)}."


def _qualified(annotation: str, methods: set[str]) -> str:
    """Returns an annotation in which a built-in type that a method of the class hides is named in full."""
    hidden = _BUILTINS & methods
    if not hidden:
        return annotation
    words = re.compile(rf'"(?:[^"\\]|\\.)*"|\b(?<!\.)({"|".join(sorted(hidden))})\b')
    return words.sub(lambda match: f"builtins.{match.group(1)}" if match.group(1) else match.group(0), annotation)
