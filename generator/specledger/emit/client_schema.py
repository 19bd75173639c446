"""The document as openapi-python-client is given it: a small dialect that it reads without loss.

It drops models over conditionals, misnames inline schemas and mangles unions; so every object and enum becomes a
named component here, every name is made here, allOf is merged, and what only validates is left out. Each class
remembers the pointers of its fields in the spec, where meaning and bounds are looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from openapi_python_client.strings import ClassName, PythonIdentifier

from specledger import names
from specledger.ir import Api, MediaType, Operation, pointer_of
from specledger.yaml12 import Json, JsonObject, Pointer

_FIELD_WORDS = frozenset(
    {"to_dict", "from_dict", "fits", "known", "additional_properties", "wire", "dt", "mro"}
    | {"str", "int", "float", "bool", "list", "dict", "bytes", "object"}
)
CLASS_WORDS = frozenset(
    {"Any", "Literal", "Mapping", "NotRequired", "Required", "Sequence", "TypeAlias", "TypedDict"}
    | {"AsyncClient", "AsyncTransport", "SyncClient", "Timeout", "Transport", "Unset", "Upload"}
)
_SCALARS = ("string", "integer", "number", "boolean", "null")
_STRUCTURE = frozenset({"properties", "required", "anyOf", "oneOf", "items", "prefixItems", "additionalProperties"})
_SHAPE = _STRUCTURE | {"$ref", "allOf", "type", "enum", "const"}
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


def _is_object(schema: Json) -> TypeGuard[JsonObject]:
    return isinstance(schema, dict)


class _Translation:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.classes: dict[str, Class] = {}
        self.modules: set[str] = set()
        self.by_pointer: dict[Pointer, str] = {}
        self.schemas: JsonObject = {}
        self.unions: dict[str, Union] = {}
        self.coerced: set[str] = set()
        self.components = {id(schema) for _, schema in api.components()}

    def dialect(self) -> Dialect:
        components = [(key, ("components", "schemas", key), schema) for key, schema in self.api.components()]
        for key, pointer, schema in components:
            if _alias(schema) is None and self._kind(schema) in ("model", "enum"):
                self._claim(key, pointer, schema, self._kind(schema)).component = key
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
            schema = self._type(
                parameter.schema, (*parameter.pointer, "schema"), prefix + names.pascal(parameter.name), ()
            )
            rows.append({"name": name, "in": parameter.location, "required": parameter.required, "schema": schema})
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

    # What a schema is.

    def _merged(self, schema: Json, seen: tuple[str, ...] = ()) -> JsonObject:
        """Returns a schema with its $ref, allOf and conditional branches brought together."""
        if not _is_object(schema):
            return {}
        found: JsonObject = {}
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            found = dict(self._merged(self.api.at(pointer_of(reference)), (*seen, reference)))
        for key, value in schema.items():
            if key not in ("$ref", "allOf", "if", "then", "else", "not", "dependentSchemas"):
                found[key] = self._join(key, found.get(key), value)
        for branch in _list(schema.get("allOf")):
            for key, value in self._merged(branch, seen).items():
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
            kept: list[Json] = [one for one in _types(first) if one in _types(second)]
            return kept[0] if len(kept) == 1 else kept or first
        return second if first is None else first

    def _kind(self, schema: Json) -> str:
        """Returns model, map, enum, array, union, a scalar's type, const or any."""
        found = self._merged(schema)
        kinds = _types(found.get("type"))
        if _literals(found) and len(_kept(kinds)) <= 1 and "null" not in kinds and None not in _list(found.get("enum")):
            return "enum"
        if len(kinds) > 1:
            return "union"
        if "const" in found and isinstance(found["const"], (str, int, bool)):
            return "const"
        branches = [*_list(found.get("oneOf")), *_list(found.get("anyOf"))]
        fields = found.get("properties")
        if isinstance(fields, dict) and fields and (not kinds or kinds == ["object"]):
            return "model"
        if self._typed(branches):
            return "union"
        if kinds == ["object"]:
            return "model" if self._is_component(schema) else "map"
        if kinds == ["array"] or (not kinds and "items" in found):
            return "array"
        return kinds[0] if kinds else "any"

    def _is_component(self, schema: Json) -> bool:
        return id(schema) in self.components

    def _typed(self, branches: list[Json]) -> bool:
        """Says whether the branches of a choice are types, and not only conditions on the schema around them."""
        words = {"type", "$ref", "enum", "const", "properties", "items", "oneOf", "anyOf", "allOf"}
        return any(_is_object(branch) and words & branch.keys() for branch in branches)

    # What the dialect says for it.

    def _type(self, schema: Json, pointer: Pointer, words: str, seen: tuple[str, ...]) -> JsonObject:
        """Returns the dialect's schema; `words` names the class of an object or enum that has no name."""
        reference = _alias(schema)
        if reference is not None:
            if reference in seen or len(seen) > _DEEP:
                return {}
            target = pointer_of(reference)
            return self._type(self.api.at(target), target, words, (*seen, reference))
        if pointer in self.by_pointer:
            return _reference(self.by_pointer[pointer])
        return self._inline(schema, pointer, words, seen)

    def _inline(self, schema: Json, pointer: Pointer, words: str, seen: tuple[str, ...]) -> JsonObject:
        kind = self._kind(schema)
        found = self._merged(schema)
        if found.get("x-specledger-coerce") == "string":
            key = f"coerced {len(self.coerced)}"
            self.coerced.add(key)
            return {"type": "string", "description": key}
        only = _only(found) if kind == "union" else None
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
                    _rest(found), (*pointer, "additionalProperties"), f"{words}Value", seen
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
        first = _list(found.get("prefixItems"))
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
        if len(_types(found.get("type"))) > 1 or (None in _list(found.get("enum"))):
            kinds = _types(found.get("type")) or ["null", *_value_types(found)]
            members: list[JsonObject] = []
            for kind in kinds:
                single = {key: value for key, value in found.items() if key != "type"} | {"type": kind}
                if "enum" in found:
                    single["enum"] = [value for value in _list(found["enum"]) if _is_a(value, kind)]
                if kind == "null":
                    members.append({"type": "null"})
                elif single.get("enum") != []:
                    members.append(self._type(single, (*pointer, "type", kind), _suffixed(words, kind, kinds), seen))
            return _any_of(members)
        rows: list[tuple[str, int, Json]] = [
            (key, number, branch) for key in ("oneOf", "anyOf") for number, branch in enumerate(_list(found.get(key)))
        ]
        members = []
        for key, number, branch in rows:
            title = branch.get("title") if _is_object(branch) else None
            label = names.pascal(title) if isinstance(title, str) and title else f"Option{number + 1}"
            alone = len([row for row in rows if self._kind(row[2]) in ("model", "map", "enum", "array")]) == 1
            made = self._type(branch, (*pointer, key, number), words if alone else words + label, seen)
            members.append(made)
        made = _any_of(members)
        return self._discriminated(found, rows, members, made)

    def _discriminated(
        self, found: JsonObject, rows: list[tuple[str, int, Json]], members: list[JsonObject], made: JsonObject
    ) -> JsonObject:
        discriminator = found.get("discriminator")
        if (
            not (_is_object(discriminator) and isinstance(discriminator.get("propertyName"), str))
            or "anyOf" not in made
        ):
            return made
        chosen: dict[str, str] = {}
        for (_, _, branch), member in zip(rows, members, strict=True):
            reference = branch.get("$ref") if _is_object(branch) else None
            if isinstance(reference, str) and "$ref" in member:
                chosen[str(pointer_of(reference)[-1])] = _class_of(member)
        mapping = discriminator.get("mapping")
        for name, target in mapping.items() if _is_object(mapping) else ():
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
        found = self._merged(schema)
        if made.kind == "enum":
            values = _literals(found)
            made.values = values
            self.schemas[name] = {"type": "string" if isinstance(values[0], str) else "integer", "enum": list(values)}
            return
        component: JsonObject = {"type": "object", "properties": {}}
        self.schemas[name] = component
        required = _list(found.get("required"))
        properties: JsonObject = {}
        for wire_name, (value, place) in self._properties(schema, pointer).items():
            wanted = names.snake(wire_name)
            wanted = f"{wanted}_" if wanted in _FIELD_WORDS else wanted
            python = names.unique(wanted, made.fields)
            flags = self._merged(value)
            needed = wire_name in required
            read_only, write_only = flags.get("readOnly") is True, flags.get("writeOnly") is True
            made.fields[python] = ClassField(python, wire_name, value, place, read_only, write_only, needed)
            properties[python] = self._type(value, place, f"{name}{names.pascal(wire_name)}", ())
        component["properties"] = properties
        wanted_names: list[Json] = [one.name for one in made.fields.values() if one.required and not one.write_only]
        component["required"] = wanted_names
        rest = _rest(found)
        made.open = not made.fields or (rest is not False and "additionalProperties" in found)
        if rest not in (True, False):
            component["additionalProperties"] = self._type(rest, (*pointer, "additionalProperties"), f"{name}Value", ())

    def _properties(
        self, schema: Json, pointer: Pointer, seen: tuple[str, ...] = ()
    ) -> dict[str, tuple[Json, Pointer]]:
        """Returns every property that a schema or one of its branches declares, and where it stands."""
        if not _is_object(schema):
            return {}
        found: dict[str, tuple[Json, Pointer]] = {}
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            found = self._properties(self.api.at(pointer_of(reference)), pointer_of(reference), (*seen, reference))
            seen = (*seen, reference)
        for wire_name, value in _object(schema.get("properties")).items():
            place = (*pointer, "properties", wire_name)
            if wire_name in found:
                value = {"allOf": [found[wire_name][0], value]}
            found[wire_name] = (value, place)
        branches: list[tuple[Pointer, Json]] = [
            ((*pointer, key, number), branch)
            for key in ("allOf", "oneOf", "anyOf")
            for number, branch in enumerate(_list(schema.get(key)))
        ]
        branches += [((*pointer, key), schema[key]) for key in ("then", "else") if key in schema]
        dependent = _object(schema.get("dependentSchemas"))
        branches += [((*pointer, "dependentSchemas", key), value) for key, value in dependent.items()]
        for place, branch in branches:
            demanded = place[-2] == "allOf"
            for wire_name, (value, where) in self._properties(branch, place, seen).items():
                if wire_name not in found:
                    found[wire_name] = (value, where)
                elif demanded and found[wire_name][0] != value:
                    found[wire_name] = ({"allOf": [found[wire_name][0], value]}, found[wire_name][1])
        return found


def _alias(schema: Json) -> str | None:
    """Returns the $ref that a schema comes down to when what stands beside it only describes or constrains."""
    if not _is_object(schema) or _STRUCTURE & schema.keys():
        return None
    reference, branches = schema.get("$ref"), _list(schema.get("allOf"))
    if isinstance(reference, str):
        return None if branches else reference
    found = [branch for branch in branches if _is_object(branch) and _SHAPE & branch.keys()]
    return _alias(found[0]) if len(found) == 1 else None


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _types(value: Json) -> list[str]:
    found = [value] if isinstance(value, str) else [one for one in _list(value) if isinstance(one, str)]
    return ["number" if one == "number" else one for one in found if not (one == "integer" and "number" in found)]


def _kept(kinds: list[str]) -> list[str]:
    return [kind for kind in kinds if kind != "null"]


def _literals(found: JsonObject) -> tuple[str | int, ...]:
    """Returns the values of an enum that Python can name: all strings or all integers; none otherwise."""
    values = [value for value in _list(found.get("enum")) if value is not None]
    strings = [value for value in values if isinstance(value, str)]
    integers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    kinds = _kept(_types(found.get("type")))
    if strings and len(strings) == len(values) and kinds in ([], ["string"]):
        return tuple(dict.fromkeys(strings))
    if integers and len(integers) == len(values) and kinds in ([], ["integer"]):
        return tuple(dict.fromkeys(integers))
    return ()


def _value_types(found: JsonObject) -> list[str]:
    return [
        kind
        for kind in ("string", "integer", "number", "boolean", "object", "array")
        if any(_is_a(value, kind) for value in _list(found.get("enum")))
    ]


def _is_a(value: Json, kind: str) -> bool:
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


def _rest(found: JsonObject) -> Json:
    """Returns the schema of the fields that an object does not name."""
    if "additionalProperties" in found:
        return found["additionalProperties"]
    patterns = list(_object(found.get("patternProperties")).values())
    return patterns[0] if len(patterns) == 1 and not found.get("properties") else True


def _only(found: JsonObject) -> Json:
    """Returns the single branch of a choice that has one."""
    branches = [*_list(found.get("oneOf")), *_list(found.get("anyOf"))]
    return branches[0] if len(branches) == 1 and not _types(found.get("type")) else None


def _suffixed(words: str, kind: str, kinds: list[str]) -> str:
    return words if len(_kept(kinds)) == 1 else f"{words}{kind.capitalize()}"


def _any_of(members: list[JsonObject]) -> JsonObject:
    flat: list[Json] = []
    for member in members:
        for one in _list(member["anyOf"]) if set(member) == {"anyOf"} else [member]:
            if one not in flat:
                flat.append(one)
    if {} in flat or not flat:
        return {}
    only = flat[0]
    return only if len(flat) == 1 and isinstance(only, dict) else {"anyOf": flat}


def _reference(name: str) -> JsonObject:
    return {"$ref": f"#/components/schemas/{name}"}


def _class_of(member: JsonObject) -> str:
    return str(member["$ref"]).rsplit("/", 1)[-1]
