"""A property of openapi-python-client as Python: its annotation, what a caller may give for it, its codec."""

from __future__ import annotations

from dataclasses import dataclass

from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.literal_enum_property import LiteralEnumProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty

from specledger.emit import escape
from specledger.emit.client_schema import Dialect

_SCALARS: dict[type, tuple[tuple[str, ...], str]] = {
    AnyProperty: (("Any",), "anything"),
    BooleanProperty: (("bool",), "boolean"),
    DateProperty: (("dt.date", "str"), "date"),
    DateTimeProperty: (("dt.datetime", "str"), "date_time"),
    FloatProperty: (("float",), "number"),
    IntProperty: (("int",), "integer"),
    NoneProperty: (("None",), "null"),
    StringProperty: (("str",), "text"),
}


@dataclass(frozen=True, slots=True)
class Code:
    """Python for one type: the alternatives of what is read and of what may be sent, and the codec that reads it.

    `models`, `params` and `enums` are the names that these use.
    """

    reads: tuple[str, ...]
    gives: tuple[str, ...]
    codec: str
    models: frozenset[str] = frozenset()
    params: frozenset[str] = frozenset()
    enums: frozenset[str] = frozenset()

    @property
    def annotation(self) -> str:
        """Returns the type of a value that was read."""
        return _joined(self.reads)

    @property
    def given(self) -> str:
        """Returns the type of a value that may be sent."""
        return _joined(self.gives)


def _joined(parts: tuple[str, ...]) -> str:
    return "Any" if "Any" in parts else " | ".join(dict.fromkeys(parts))


class Types:
    """Turns properties into code."""

    def __init__(self, dialect: Dialect, maps: dict[str, ModelProperty]) -> None:
        self.dialect = dialect
        self.maps = maps

    def code(self, prop: PropertyProtocol) -> Code:
        """Returns the Python of a property. Raises TypeError for a kind that openapi-python-client added."""
        if isinstance(prop, StringProperty) and _key(prop) in self.dialect.coerced:
            return Code(("str",), ("str",), "wire.as_text")
        for kind, (parts, codec) in _SCALARS.items():
            if isinstance(prop, kind):
                return Code(parts, parts, f"wire.{codec}")
        if isinstance(prop, FileProperty):
            return Code(("str",), ("str",), "wire.text")
        if isinstance(prop, ConstProperty):
            value = escape.literal(prop.value.raw_value)
            return Code((f"Literal[{value}]",), (f"Literal[{value}]",), f"wire.choice({value})")
        if isinstance(prop, LiteralEnumProperty):
            name = str(prop.class_info.name)
            parts = (name, prop.value_type.__name__)
            return Code(parts, parts, f"wire.choice({name})", enums=frozenset({name}))
        if isinstance(prop, ListProperty):
            return _around(self.code(prop.inner_property), "list[{}]", "Sequence[{}]", "wire.array({})")
        if isinstance(prop, ModelProperty):
            return self._model(str(prop.class_info.name))
        if isinstance(prop, UnionProperty):
            return self._union(prop)
        raise TypeError(f"{type(prop).__name__} is a kind of property that no template writes")

    def upload(self, prop: PropertyProtocol) -> str:
        """Returns what may be given for a field of a multipart form."""
        if isinstance(prop, FileProperty):
            return "Upload"
        if isinstance(prop, ListProperty) and isinstance(prop.inner_property, FileProperty):
            return "list[Upload]"
        return self.code(prop).given

    def _model(self, name: str) -> Code:
        if name in self.maps:
            values = self.maps[name].additional_properties
            inner = self.code(values) if values is not None else Code(("Any",), ("Any",), "wire.anything")
            return _around(inner, "dict[str, {}]", "Mapping[str, {}]", "wire.mapping({})")
        made = self.dialect.classes[name]
        params = made.params if made.fields else ""
        # A TypedDict refuses the extra keys that an open object invites.
        gives = [name, *([params] if params else []), *(["Mapping[str, Any]"] if made.params and made.open else [])]
        return Code(
            (name,),
            tuple(gives),
            f"wire.model({escape.literal(name)})",
            frozenset({name}),
            frozenset({params}) if params else frozenset(),
        )

    def _union(self, prop: UnionProperty) -> Code:
        members = [self.code(inner) for inner in prop.inner_properties]
        null = [one for one in members if one.codec == "wire.null"]
        rest = [one for one in members if one.codec != "wire.null"]
        codecs = list(dict.fromkeys(one.codec for one in rest))
        codec = codecs[0] if len(codecs) == 1 else "wire.null"
        if len(codecs) > 1:
            chosen = self.dialect.unions.get(_key(prop))
            extra = ""
            if chosen:
                extra = f", key={escape.literal(chosen.key)}, names={escape.literal(dict(chosen.names))}"
            codec = f"wire.union({', '.join(codecs)}{extra})"
        if null and rest:
            codec = f"wire.nullable({codec})"
        # An object that is none of several models is kept as it came.
        kept = ("dict[str, Any]",) if sum(one.codec.startswith("wire.model(") for one in rest) > 1 else ()
        last = ("None",) if null else ()
        return Code(
            (*(part for one in rest for part in one.reads), *kept, *last),
            (*(part for one in rest for part in one.gives), *last),
            codec,
            frozenset().union(*(one.models for one in members)),
            frozenset().union(*(one.params for one in members)),
            frozenset().union(*(one.enums for one in members)),
        )


def _key(prop: PropertyProtocol) -> str:
    return prop.description.get_untrusted_value() if prop.description else ""


def _around(inner: Code, annotation: str, given: str, codec: str) -> Code:
    return Code(
        (annotation.replace("{}", inner.annotation),),
        (given.replace("{}", inner.given),),
        codec.replace("{}", inner.codec),
        inner.models,
        inner.params,
        inner.enums,
    )
