"""What README.md and reference.md say: every operation, argument, model and field, with type and bounds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from specledger.emit import bounds, escape
from specledger.emit.client_calls import Argument, OperationView
from specledger.emit.client_schema import Class, Dialect
from specledger.emit.client_view import ClientView
from specledger.emit.definitions import Definitions
from specledger.ir import Api, Header
from specledger.runtime.client.retries import IDEMPOTENT
from specledger.runtime.mock.sample import NoSample, Sampler
from specledger.runtime.mock.schema import BASE, Schemas
from specledger.yaml12 import Json, JsonObject, as_list, as_object

_ERRORS_MODULE = Path(__file__).resolve().parent.parent / "runtime" / "client" / "errors.py"
_TRANSPORT = ("AsyncMiddleware", "AsyncTransport", "Middleware", "Request", "Response", "Timeout", "Transport")
_VALUE_TYPES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}
_OTHERS = {
    "APIResponse": "raw",
    "AsyncFastTransport": "fast_transport",
    "AsyncInProcessTransport": "in_process",
    "FastTransport": "fast_transport",
    "InProcessTransport": "in_process",
}
_WIRE = ("UNSET", "Unset")
_LINE = 110


@dataclass(frozen=True, slots=True)
class Row:
    """A field, argument or header in a table."""

    name: str
    type: str
    required: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A model or an enum."""

    name: str
    text: str
    rows: tuple[Row, ...]
    values: tuple[str, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A call with the spec's own example as its body; `needed` is what it cannot do without, and one field more.

    `gives` says whether it returns anything.
    """

    target: str
    verb: str
    arguments: tuple[str, ...]
    needed: tuple[str, ...]
    gives: bool

    def written(self, *extra: str, indent: int = 0, raw: bool = False, waits: bool = False, whole: bool = False) -> str:
        """Returns the call as a Python statement, on one line where it fits, with further arguments at its end."""
        name = "answer = " if self.gives or raw else ""
        head = f"{name}{'await ' if waits else ''}{self.target}.{'with_raw_response.' if raw else ''}{self.verb}("
        given = [*(self.arguments if whole else self.needed), *extra]
        flat = f"{head}{', '.join(given)})"
        if not whole and len(flat) <= _LINE - indent:
            return flat
        margin = " " * indent
        return "\n".join([head, *(f"{margin}    {one}," for one in given), f"{margin})"])


@dataclass(frozen=True, slots=True)
class Reference:
    """Everything that the documents' templates ask for."""

    errors: tuple[str, ...]
    exports: tuple[str, ...]
    modules: tuple[tuple[str, str], ...]
    constructor: str
    async_constructor: str
    sections: tuple[Section, ...]
    example: Example | None
    per_call: tuple[Row, ...]
    idempotent: frozenset[str]
    repeated: tuple[str, ...]
    final: tuple[str, ...]
    keywords: tuple[Row, ...]
    error_tree: str
    _api: Api

    def arguments(self, call: OperationView) -> list[Row]:
        """Returns the rows of an operation's arguments."""
        return [self._argument(one) for one in call.ordered]

    def headers(self, headers: tuple[Header, ...]) -> list[Row]:
        """Returns the rows of an answer's headers."""
        return [_row(self._api, one.wire_name, one.schema, one.required, one.description) for one in headers]

    @staticmethod
    def _argument(one: Argument) -> Row:
        place = {"content": "the body", "body": "body"}.get(one.location, one.location)
        place += f" {one.wire_name}" if one.wire_name and one.wire_name != one.name else ""
        return Row(one.name, one.annotation, "yes" if one.required else "no", f"{one.doc} ({place})".strip())


_PER_CALL = (
    Row("timeout", "float | Timeout | None", "no", "As the client's, for each attempt of this call."),
    Row("max_retries", "int", "no", "How often a failed attempt is repeated, whatever the method."),
    Row("extra_headers", "Mapping[str, str]", "no", "Headers of this call; they stand before all others."),
    Row("extra_query", "Mapping[str, Any]", "no", "Parameters that the specification does not know."),
    Row("extra_body", "Mapping[str, Any]", "no", "Fields that it does not know, where the body is an object."),
)


def of(api: Api, view: ClientView, dialect: Dialect) -> Reference:
    """Returns the contents of an API's README.md and reference.md."""
    errors, tree = _errors()
    name = api.package.class_name
    modules = [(one, "._runtime.errors") for one in errors]
    modules += [(one, "._runtime.transport") for one in _TRANSPORT]
    modules += [(one, "._runtime.wire") for one in _WIRE]
    modules += [(one, f"._runtime.{module}") for one, module in _OTHERS.items()]
    modules += [(name, "._client"), (f"Async{name}", "._client")]
    keywords = tuple(_keywords(api, view))
    rows = "\n".join(["Args:", *(f"    {row.name}: {row.text}" for row in keywords)])
    address = f"\n\nSee {escape.line(api.address)}" if api.address else ""
    about = escape.line(api.title) or name
    return Reference(
        errors=errors,
        exports=tuple(sorted([*(one for one, _ in modules), "models"])),
        modules=tuple(sorted(modules)),
        constructor=f"{about}, called synchronously. Unofficial.\n\n{rows}{address}",
        async_constructor=f"{about}, called asynchronously. Unofficial.\n\n{rows}{address}",
        sections=tuple(
            _section(api, one)
            for one in sorted(dialect.classes.values(), key=lambda one: one.name)
            if one.kind != "map"
        ),
        example=_example(api, view),
        per_call=_PER_CALL,
        idempotent=IDEMPOTENT,
        repeated=tuple(one.label for one in api.operations if one.idempotent),
        final=tuple(
            f"{one.label} {answer.status}" for one in api.operations for answer in one.responses if answer.permanent
        ),
        keywords=keywords,
        error_tree=tree,
        _api=api,
    )


@cache
def _errors() -> tuple[tuple[str, ...], str]:
    """Returns the names of the runtime's exceptions, and the tree that its docstring draws."""
    module = ast.parse(_ERRORS_MODULE.read_text(encoding="utf-8"))
    classes = sorted(node.name for node in module.body if isinstance(node, ast.ClassDef))
    text = ast.get_docstring(module) or ""
    return tuple(classes), text.partition("\n\n")[2]


def _keywords(api: Api, view: ClientView) -> Iterator[Row]:
    package = api.package
    if view.schemes:
        environment = f" Taken from {package.environment} where it is left out." if package.environment else ""
        described = next((one.description for one in view.schemes if one.description), "The credential.")
        several = (
            " A mapping from scheme to credential where an operation needs several." if view.several_secrets else ""
        )
        source = "str | Callable[[], str]" + (" | Mapping[str, str]" if view.several_secrets else "")
        yield Row(package.credential, source, "no", escape.line(described) + several + environment)
    for one in view.keywords:
        parts = [escape.line(one.doc) or f"Fills {one.fills}."]
        parts += [f"One of {', '.join(one.choices)}."] if one.choices else []
        parts += [f"By default {one.default}."] if one.default else []
        parts += [f"Taken from {one.environment} where it is left out."] if one.environment else []
        yield Row(one.name, "str", "yes" if one.required else "no", " ".join(parts))
    for name, text in view.options:
        yield Row(name, "bool", "no", f"{escape.line(text)} By default false.")
    server = f" By default {view.server}." if view.server else ""
    address = f"Scheme and host, and a path where there is one.{server}"
    yield Row("base_url", "str | httpx2.URL", "no" if view.server else "yes", address)
    if view.selectable:
        text = f"How the credential is sent: one of {', '.join(view.selectable)}. By default the operation's first."
        yield Row("auth_scheme", "str", "no", text)
    yield Row(
        "timeout", "float | Timeout | None", "no", "Seconds; by default 60, and 5 to connect. None waits for ever."
    )
    retries = "How often a failed attempt is repeated; by default 2. Per call it holds whatever the method."
    yield Row("max_retries", "int", "no", retries)
    yield Row("default_headers", "Mapping[str, str]", "no", "Headers that every call sends.")
    yield Row("http_client", "httpx2.Client", "no", "A client of your own; it is used as it is and left open.")
    yield Row("transport", "Transport", "no", "Anything that sends a Request and returns a Response.")
    around = "Functions around each attempt: each takes the Request and the way on, and returns a Response."
    yield Row("middleware", "Sequence[Middleware]", "no", around)


def _section(api: Api, made: Class) -> Section:
    schema = bounds.merged(api, made.schema)
    description = schema.get("description") or schema.get("title")
    rows = [_row(api, one.wire_name, one.schema, one.required, "", one.name) for one in made.fields.values()]
    return Section(
        name=made.name,
        text=escape.line(description) if isinstance(description, str) else "",
        rows=tuple(rows),
        values=tuple(value if isinstance(value, str) else str(value) for value in made.values),
        conditions=tuple(bounds.conditions(schema)),
    )


def _row(api: Api, wire_name: str, written: Json, required: bool, text: str, name: str = "") -> Row:
    schema = bounds.merged(api, written)
    own = written.get("description") if isinstance(written, dict) else None
    meaning = text or own or schema.get("description") or ""
    parts = [escape.line(meaning) if isinstance(meaning, str) else ""]
    parts.append(bounds.sentence(api, schema))
    parts += [f"In Python: {name}."] if name and name != wire_name else []
    parts += ["Only in answers."] if schema.get("readOnly") is True else []
    parts += ["Only in requests."] if schema.get("writeOnly") is True else []
    return Row(
        wire_name, type_words(api, written), "yes" if required else "no", " ".join(part for part in parts if part)
    )


def type_words(api: Api, written: Json, depth: int = 0) -> str:
    """Returns a schema's type in JSON Schema's words: `string`, `array of GatewayTarget`, `integer or null`."""
    reference = written.get("$ref") if isinstance(written, dict) else None
    schema = bounds.merged(api, written)
    if isinstance(reference, str) and schema.get("type") == "object":
        return reference.rsplit("/", 1)[-1]
    if depth > 5:
        return "any"
    branches = [*as_list(schema.get("oneOf")), *as_list(schema.get("anyOf"))]
    words = [type_words(api, branch, depth + 1) for branch in branches if _says_type(branch)]
    if words and "type" not in schema:
        return " or ".join(dict.fromkeys(words))
    types = [schema["type"]] if isinstance(schema.get("type"), str) else as_list(schema.get("type"))
    named = [_type_name(api, str(one), schema, depth) for one in types]
    values = [schema["const"]] if "const" in schema else as_list(schema.get("enum"))
    named = named or [_VALUE_TYPES[type(value)] for value in values]
    return " or ".join(dict.fromkeys(named)) or "any"


def _type_name(api: Api, kind: str, schema: JsonObject, depth: int) -> str:
    if kind == "array":
        return f"array of {type_words(api, schema.get('items', True), depth + 1)}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {type_words(api, schema['additionalProperties'], depth + 1)}"
    return kind


def _says_type(branch: Json) -> bool:
    return isinstance(branch, dict) and bool(
        {"type", "$ref", "enum", "const", "oneOf", "anyOf", "allOf"} & branch.keys()
    )


def _example(api: Api, view: ClientView) -> Example | None:
    """Returns a call of the first operation, None where there is none."""
    found = next(((resource, call) for resource in view.resources for call in resource.operations), None)
    if found is None:
        return None
    resource, call = found
    body = call.operation.body
    examples = next((media.examples for media in body.content if media.examples), ()) if body else ()
    given = examples[0] if examples and isinstance(examples[0], dict) else {}
    needed: list[str] = []
    others: list[str] = []
    for one in call.ordered:
        if one.positional:
            needed.append(escape.literal(one.name))
        elif one.location == "body" and one.wire_name in given:
            (needed if one.required else others).append(f"{one.name}={escape.literal(given[one.wire_name])}")
        elif one.required:
            needed.append(f"{one.name}={_made(api, call, one)}")
    gives = call.returns != "None"
    return Example(f"client.{resource.name}", call.name, (*needed, *others), (*needed, *others[:1]), gives)


def _made(api: Api, call: OperationView, argument: Argument) -> str:
    """Returns a value that an argument takes and the spec has no example of, as Python; `...` where none is made."""
    operation = call.operation
    if argument.location in ("body", "content"):
        if call.body_kind not in ("json", "form"):
            return "..."
        schema: Json = operation.body.content[0].schema if operation.body and operation.body.content else True
    else:
        schema = next(
            one.schema
            for one in operation.parameters
            if (one.location, one.wire_name) == (argument.location, argument.wire_name)
        )
    definitions = Definitions(api, f"{BASE}#/$defs/")
    within = definitions.schema(schema)
    try:
        value = Sampler(Schemas(definitions.schemas, "readOnly")).value(within)
    except NoSample:
        return "..."
    if argument.location != "body":
        return escape.literal(value)
    fields = as_object(value)
    return escape.literal(fields[argument.wire_name]) if argument.wire_name in fields else "..."
