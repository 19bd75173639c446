"""The document as openapi-python-client is given it: a small dialect that it reads without loss.

It drops models over conditionals, misnames inline schemas and mangles unions; so every object and enum becomes a
named component here, every name is made here, allOf is merged, and what only validates is left out. Each class
remembers the pointers of its fields in the spec, where meaning and bounds are looked up.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from openapi_python_client.strings import ClassName, PythonIdentifier

from specledger import names
from specledger.emit.shapes import (
    Shapes,
    alias,
    as_list,
    is_a,
    is_object,
    literals,
    not_null,
    only_branch,
    rest_of,
    types_of,
    value_types,
)
from specledger.ir import Api, MediaType, Operation, pointer_of
from specledger.yaml12 import Json, JsonObject, Pointer

_FIELD_WORDS = frozenset(
    {"to_dict", "from_dict", "fits", "known", "additional_properties", "wire", "dt", "mro"}
    | {"str", "int", "float", "bool", "list", "dict", "bytes", "object"}
)
CLASS_WORDS = frozenset(
    {"Any", "Literal", "Mapping", "NotRequired", "Required", "Sequence", "TypeAlias", "TypedDict"}
    | {
        "APIResponse",
        "Answering",
        "AsyncAnswering",
        "AsyncCaller",
        "AsyncClient",
        "AsyncMiddleware",
        "AsyncTransport",
        "Awaitable",
        "Callable",
    }
    | {"Caller", "Content", "Middleware", "SyncClient", "Timeout", "Transport", "Unset", "Upload"}
)
_SCALARS = ("string", "integer", "number", "boolean", "null")
_DEEP = 40
MAX_NAME = 100  # a name becomes a file's name as well


@dataclass(slots=True)
class ClassField:
    """A property of a class."""

    name: str
    wire_name: str
    schema: Json
    pointer: Pointer
    read_only: bool
    write_only: bool
    required: bool


@dataclass(slots=True)
class Class:
    """A component of the dialect: a model, an enum or an inline map, and where its schema stands in the spec."""

    name: str
    module: str
    pointer: Pointer
    schema: Json
    kind: str
    values: tuple[str | int, ...] = ()
    fields: dict[str, ClassField] = field(default_factory=dict)
    component: str = ""
    params: str = ""
    open: bool = False


@dataclass(slots=True)
class Union:
    """A discriminated union: the field that names the member, and the class of each name."""

    key: str
    names: dict[str, str]


@dataclass(slots=True)
class Dialect:
    """The document, its classes by name, and what the dialect cannot say itself."""

    document: JsonObject
    classes: dict[str, Class]
    unions: dict[str, Union]
    coerced: set[str]


def translate(api: Api) -> Dialect:
    """Returns the dialect's document for an Api: one path an operation, in order, `/operation0`, …"""
    return _Translation(api).dialect()


def content_of(content: tuple[MediaType, ...]) -> MediaType | None:
    """Returns the representation that the client uses: JSON, else forms, else text, else the first."""
    ranks = {"json": 0, "form": 1, "multipart": 2, "text": 3, "bytes": 4}
    return min(content, key=lambda one: ranks[kind_of(one.media_type)], default=None)


def kind_of(media_type: str) -> str:
    """Returns how a media type is written: json, form, multipart, text or bytes."""
    essence = media_type.partition(";")[0].strip().lower()
    if essence in ("application/json", "text/json", "*/*", "application/*") or essence.endswith("+json"):
        return "json"
    if essence == "application/x-www-form-urlencoded":
        return "form"
    if essence.startswith("multipart/"):
        return "multipart"
    text = essence.startswith("text/") or essence in ("application/xml", "application/yaml") or essence.endswith("+xml")
    return "text" if text else "bytes"


class _Translation:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.classes: dict[str, Class] = {}
        self.modules: set[str] = set()
        self.by_pointer: dict[Pointer, str] = {}
        self.schemas: JsonObject = {}
        self.unions: dict[str, Union] = {}
        self.coerced: set[str] = set()
        self.shapes = Shapes(api)

    def dialect(self) -> Dialect:
        components = [(key, ("components", "schemas", key), schema) for key, schema in self.api.components()]
        for key, pointer, schema in components:
            if alias(schema) is None and self.shapes.kind(schema) in ("model", "enum"):
                self._claim(key, pointer, schema, self.shapes.kind(schema)).component = key
        for made in list(self.classes.values()):
            self._define(made.name, made.schema, made.pointer)
        for key, pointer, schema in components:
            # Components of other kinds have no class of their own; the objects inside of them do.
            self._type(schema, pointer, key, ())
        paths: JsonObject = {}
        for number, operation in enumerate(self.api.operations):
            paths.update(self._operation(number, operation))
        document: JsonObject = {
            "openapi": "3.1.0",
            "info": {"title": self.api.package.class_name, "version": self.api.package.version},
            "paths": paths,
            "components": {"schemas": self.schemas},
        }
        return Dialect(document, self.classes, self.unions, self.coerced)

    def _claim(self, words: str, pointer: Pointer, schema: Json, kind: str) -> Class:
        """Makes a class with a name and a module that no other class has."""
        wanted = names.pascal(words)[:MAX_NAME]
        name, count = str(ClassName(wanted, "Class")), 1
        while name in self.classes or name in CLASS_WORDS or str(PythonIdentifier(name, "model_")) in self.modules:
            count += 1
            name = str(ClassName(f"{wanted.rstrip('_')}{count}", "Class"))
        module = str(PythonIdentifier(name, "model_"))
        made = Class(name, module, pointer, schema, kind)
        self.classes[name] = made
        self.modules.add(module)
        self.by_pointer[pointer] = name
        return made

    def _operation(self, number: int, operation: Operation) -> JsonObject:
        prefix = names.pascal(operation.id)
        rows: list[Json] = []
        path = f"/operation{number}"
        for place, parameter in enumerate(operation.parameters):
            name = f"p{place}"
            if parameter.location == "path":
                path += f"/{{{name}}}"
            # Only the type is read, and openapi-python-client takes few types in a header.
            location = "path" if parameter.location == "path" else "query"
            schema = self._type(
                parameter.schema, (*parameter.pointer, "schema"), prefix + names.pascal(parameter.name), ()
            )
            rows.append({"name": name, "in": location, "required": parameter.required, "schema": schema})
        value: JsonObject = {"operationId": f"operation{number}", "tags": ["all"], "parameters": rows}
        media = content_of(operation.body.content) if operation.body else None
        if operation.body and media:
            schema = self._type(media.schema, (*media.pointer, "schema"), f"{prefix}Body", ())
            content: JsonObject = {"application/json": {"schema": schema}}
            value["requestBody"] = {"required": operation.body.required, "content": content}
        responses: JsonObject = {}
        for response in operation.responses:
            found = content_of(response.content)
            if found and kind_of(found.media_type) == "json":
                words = (
                    f"{prefix}{'' if response.status[:1] == '2' else names.pascal(response.status, 'Default')}Response"
                )
                schema = self._type(found.schema, (*found.pointer, "schema"), words, ())
                responses[response.status] = {"description": "", "content": {"application/json": {"schema": schema}}}
        value["responses"] = responses
        return {path: {operation.method.lower(): value}}

    def _type(self, schema: Json, pointer: Pointer, words: str, seen: tuple[str, ...]) -> JsonObject:
        """Returns the dialect's schema; `words` names the class of an object or enum that has no name."""
        reference = alias(schema)
        if reference is not None:
            if reference in seen or len(seen) > _DEEP:
                return {}
            target = pointer_of(reference)
            return self._type(self.api.at(target), target, words, (*seen, reference))
        if pointer in self.by_pointer:
            return _reference(self.by_pointer[pointer])
        return self._inline(schema, pointer, words, seen)

    def _inline(self, schema: Json, pointer: Pointer, words: str, seen: tuple[str, ...]) -> JsonObject:
        kind = self.shapes.kind(schema)
        found = self.shapes.merged(schema)
        if kind == "coerced":
            key = f"coerced {len(self.coerced)}"
            self.coerced.add(key)
            return {"type": "string", "description": key}
        only = only_branch(found) if kind == "union" else None
        if only is not None:
            return self._type(only, pointer, words, seen)
        if kind in ("model", "enum"):
            name = self._claim(words, pointer, schema, kind).name
            self._define(name, schema, pointer)
            return _reference(name)
        if kind == "union":
            return self._union(found, pointer, words, seen)
        if kind == "map":
            made = self._claim(f"{words} map", pointer, schema, "map")
            self.schemas[made.name] = {
                "type": "object",
                "additionalProperties": self._type(
                    rest_of(found), (*pointer, "additionalProperties"), f"{words}Value", seen
                ),
            }
            return _reference(made.name)
        if kind == "array":
            return {"type": "array", "items": self._items(found, pointer, words, seen)}
        if kind == "const":
            return {"const": found["const"]}
        if "contentMediaType" in found and "contentEncoding" not in found and kind in ("string", "any"):
            return {"type": "string", "format": "binary"}
        if kind == "string":
            binary = {"format": found["format"]} if found.get("format") in ("date-time", "date", "binary") else {}
            return {"type": "string", **binary}
        return {"type": kind} if kind in _SCALARS else {}

    def _items(self, found: JsonObject, pointer: Pointer, words: str, seen: tuple[str, ...]) -> JsonObject:
        first = as_list(found.get("prefixItems"))
        if not first:
            return self._type(found.get("items", True), (*pointer, "items"), f"{words}Item", seen)
        members = [
            self._type(item, (*pointer, "prefixItems", number), f"{words}Item{number + 1}", seen)
            for number, item in enumerate(first)
        ]
        if found.get("items") is not False:
            members.append(self._type(found.get("items", True), (*pointer, "items"), f"{words}Item", seen))
        return _any_of(members)

    def _union(self, found: JsonObject, pointer: Pointer, words: str, seen: tuple[str, ...]) -> JsonObject:
        if len(types_of(found.get("type"))) > 1 or (None in as_list(found.get("enum"))):
            kinds = types_of(found.get("type")) or ["null", *value_types(found)]
            members: list[JsonObject] = []
            for kind in kinds:
                single = {key: value for key, value in found.items() if key != "type"} | {"type": kind}
                if "enum" in found:
                    single["enum"] = [value for value in as_list(found["enum"]) if is_a(value, kind)]
                if kind == "null":
                    members.append({"type": "null"})
                elif single.get("enum") != []:
                    members.append(self._type(single, (*pointer, "type", kind), _suffixed(words, kind, kinds), seen))
            return _any_of(members)
        rows: list[tuple[str, int, Json]] = [
            (key, number, branch) for key in ("oneOf", "anyOf") for number, branch in enumerate(as_list(found.get(key)))
        ]
        members = []
        for key, number, branch in rows:
            title = branch.get("title") if is_object(branch) else None
            label = names.pascal(title) if isinstance(title, str) and title else f"Option{number + 1}"
            alone = len([row for row in rows if self.shapes.kind(row[2]) in ("model", "map", "enum", "array")]) == 1
            made = self._type(branch, (*pointer, key, number), words if alone else words + label, seen)
            members.append(made)
        made = _any_of(members)
        return self._discriminated(found, rows, members, made)

    def _discriminated(
        self, found: JsonObject, rows: list[tuple[str, int, Json]], members: list[JsonObject], made: JsonObject
    ) -> JsonObject:
        discriminator = found.get("discriminator")
        if not (is_object(discriminator) and isinstance(discriminator.get("propertyName"), str)) or "anyOf" not in made:
            return made
        chosen: dict[str, str] = {}
        for (_, _, branch), member in zip(rows, members, strict=True):
            reference = branch.get("$ref") if is_object(branch) else None
            if isinstance(reference, str) and "$ref" in member:
                chosen[str(pointer_of(reference)[-1])] = _class_of(member)
        mapping = discriminator.get("mapping")
        for name, target in mapping.items() if is_object(mapping) else ():
            named: Pointer = ("components", "schemas", str(target))
            pointer = pointer_of(str(target)) if str(target).startswith("#") else named
            if pointer in self.by_pointer:
                chosen[name] = self.by_pointer[pointer]
        key = f"union {len(self.unions)}"
        self.unions[key] = Union(str(discriminator["propertyName"]), chosen)
        return {**made, "description": key}

    def _define(self, name: str, schema: Json, pointer: Pointer) -> None:
        """Writes the component of a class."""
        made = self.classes[name]
        found = self.shapes.merged(schema)
        if made.kind == "enum":
            values = literals(found)
            made.values = values
            self.schemas[name] = {"type": "string" if isinstance(values[0], str) else "integer", "enum": list(values)}
            return
        component: JsonObject = {"type": "object", "properties": {}}
        self.schemas[name] = component
        required = as_list(found.get("required"))
        properties: JsonObject = {}
        for wire_name, (value, place) in self.shapes.properties(schema, pointer).items():
            wanted = names.snake(wire_name)
            wanted = f"{wanted}_" if wanted in _FIELD_WORDS else wanted
            python = names.unique(wanted, made.fields)
            flags = self.shapes.merged(value)
            needed = wire_name in required
            read_only, write_only = flags.get("readOnly") is True, flags.get("writeOnly") is True
            made.fields[python] = ClassField(python, wire_name, value, place, read_only, write_only, needed)
            properties[python] = self._type(value, place, f"{name}{names.pascal(wire_name)}", ())
        component["properties"] = properties
        wanted_names: list[Json] = [one.name for one in made.fields.values() if one.required and not one.write_only]
        component["required"] = wanted_names
        rest = rest_of(found)
        made.open = not made.fields or (rest is not False and "additionalProperties" in found)
        if rest not in (True, False):
            component["additionalProperties"] = self._type(rest, (*pointer, "additionalProperties"), f"{name}Value", ())


def _suffixed(words: str, kind: str, kinds: list[str]) -> str:
    return words if len(not_null(kinds)) == 1 else f"{words}{kind.capitalize()}"


def _any_of(members: list[JsonObject]) -> JsonObject:
    flat: list[Json] = []
    for member in members:
        for one in as_list(member["anyOf"]) if "anyOf" in member else [member]:
            if one not in flat:
                flat.append(one)
    if {} in flat or not flat:
        return {}
    only = flat[0]
    if len(flat) == 1 and isinstance(only, dict):
        return only
    # A union inside of a union keeps its discriminator, unless there are two of them.
    keys = [member["description"] for member in members if "anyOf" in member and "description" in member]
    return {"anyOf": flat, "description": keys[0]} if len(keys) == 1 else {"anyOf": flat}


def _reference(name: str) -> JsonObject:
    return {"$ref": f"#/components/schemas/{name}"}


def _class_of(member: JsonObject) -> str:
    return str(member["$ref"]).rsplit("/", 1)[-1]
