"""Models and enums as the templates see them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from keyword import iskeyword

from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol

from specledger import names
from specledger.emit import bounds, escape
from specledger.emit.addresses import Addresses
from specledger.emit.client_schema import Class, ClassField, Dialect
from specledger.emit.client_types import Code, Types
from specledger.ir import Api
from specledger.yaml12 import Json, JsonObject


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of a model: its declaration, and its row in the TypedDict."""

    name: str
    wire_name: str
    code: Code
    required: bool
    required_in_request: bool
    doc: str


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model's module."""

    name: str
    module: str
    doc: str
    fields: tuple[FieldView, ...]
    rest: str
    params: str
    params_by_name: bool
    models: tuple[tuple[str, str], ...]
    params_imports: tuple[tuple[str, str], ...]
    enums: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EnumView:
    """An enum's module: an alias of literals."""

    name: str
    module: str
    doc: str
    values: tuple[str | int, ...]


def properties_of(model: ModelProperty) -> list[PropertyProtocol]:
    """Returns a model's properties, required ones first, as openapi-python-client found them."""
    return list(chain(model.required_properties or (), model.optional_properties or ()))


def mark_params(
    dialect: Dialect, models: dict[str, ModelProperty], types: Types, sent: Iterable[PropertyProtocol]
) -> None:
    """Names a TypedDict for each model that a caller may send, so that dict literals are typed."""
    waiting = [name for prop in sent for name in sorted(types.code(prop).models)]
    found: list[str] = []
    while waiting:
        name = waiting.pop()
        if name in found or name not in models:
            continue
        found.append(name)
        rest = models[name].additional_properties
        for prop in [*properties_of(models[name]), *([rest] if rest else [])]:
            waiting += sorted(types.code(prop).models)
    taken = set(dialect.classes)
    for name in sorted(found):
        dialect.classes[name].params = names.unique(f"{name}Params", taken)
        taken.add(dialect.classes[name].params)


class Models:
    """Makes the views of an API's models and enums."""

    def __init__(self, api: Api, dialect: Dialect, types: Types) -> None:
        self.api = api
        self.dialect = dialect
        self.types = types
        self.addresses = Addresses(api)

    def model(self, prop: ModelProperty) -> ModelView:
        """Returns a model's view."""
        made = self.dialect.classes[str(prop.class_info.name)]
        found = {one.name.get_untrusted_value(): one for one in properties_of(prop)}
        fields = tuple(self.field(made.fields[name], found[name]) for name in made.fields)
        rest = self.types.code(prop.additional_properties) if prop.additional_properties is not None else None
        codes = [*(one.code for one in fields), *([rest] if rest else [])]
        return ModelView(
            name=made.name,
            module=made.module,
            doc=self._doc(made),
            fields=fields,
            rest=rest.codec if rest and rest.codec != "wire.anything" else "",
            params=made.params if made.fields else "",
            params_by_name=not all(_plain(one.wire_name) for one in fields),
            models=tuple(self._modules(codes, made.name)),
            params_imports=tuple(self._params(codes, made)),
            enums=tuple(self._enums(codes)),
        )

    def enum(self, name: str) -> EnumView:
        """Returns an enum's view, its values in the spec's order."""
        made = self.dialect.classes[name]
        return EnumView(name, made.module, self._doc(made), made.values)

    def field(self, made: ClassField, prop: PropertyProtocol) -> FieldView:
        """Returns a field's view."""
        schema = bounds.merged(self.api, made.schema)
        return FieldView(
            name=made.name,
            wire_name=made.wire_name,
            code=self.types.code(prop),
            required=prop.required,
            required_in_request=made.required and not made.read_only,
            doc=described(self.api, schema, made.schema),
        )

    def _doc(self, made: Class) -> str:
        schema = bounds.merged(self.api, made.schema)
        text = schema.get("description") or schema.get("title")
        first = text if isinstance(text, str) and text.strip() else f"{made.name}, as the API describes it."
        pages = "\n".join(f"See {escape.line(address)}" for address in self.addresses.of(made.pointer))
        return "\n\n".join([first.strip(), *bounds.conditions(schema), *([pages] if pages else [])])

    def _modules(self, codes: list[Code], own: str) -> Iterator[tuple[str, str]]:
        for name in sorted(frozenset().union(*(code.models for code in codes)) - {own}):
            yield self.dialect.classes[name].module, name

    def _params(self, codes: list[Code], own: Class) -> Iterator[tuple[str, str]]:
        wanted = frozenset().union(*(code.params for code in codes)) if own.params else frozenset()
        modules = {one.params: one.module for one in self.dialect.classes.values()}
        for name in sorted(wanted - {own.params}):
            yield modules[name], name

    def _enums(self, codes: list[Code]) -> Iterator[tuple[str, str]]:
        for name in sorted(frozenset().union(*(code.enums for code in codes))):
            yield self.dialect.classes[name].module, name


def _plain(wire_name: str) -> bool:
    """Says whether a wire name can stand as a key of a TypedDict in class form."""
    shadows = ("str", "int", "float", "bool", "list", "dict", "dt", "wire")
    return (
        bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", wire_name))
        and not iskeyword(wire_name)
        and wire_name not in shadows
    )


def described(api: Api, schema: JsonObject, written: Json) -> str:
    """Returns a field's meaning and bounds as one text; its own description goes before its type's."""
    own = written.get("description") if isinstance(written, dict) else None
    text = own or schema.get("description") or schema.get("title") or ""
    parts = [text.strip() if isinstance(text, str) else ""]
    if parts[0] and parts[0][-1] not in ".!?:":
        parts[0] += "."
    parts.append(bounds.sentence(api, schema))
    parts += ["Deprecated."] if schema.get("deprecated") is True else []
    parts += ["Only in answers."] if schema.get("readOnly") is True else []
    parts += ["Only in requests."] if schema.get("writeOnly") is True else []
    return " ".join(part for part in parts if part)
