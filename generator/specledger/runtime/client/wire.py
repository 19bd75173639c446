"""Values on the wire: JSON read into models, models written as JSON.

What a vendor adds later is kept: an unknown field, an unknown enum value or a date that datetime cannot hold is
read without complaint and goes back as it came.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping, Sequence, Set
from importlib import import_module
from types import NoneType
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast, dataclass_transform

from . import moments
from .codecs import (
    UNSET,
    Codec,
    Mismatch,
    Unset,
    anything,
    array,
    as_text,
    boolean,
    choice,
    date,
    date_time,
    integer,
    mapping,
    null,
    nullable,
    number,
    text,
)
from .kinds import is_mapping

__all__ = [
    "UNSET",
    "Codec",
    "Field",
    "Mismatch",
    "Model",
    "Unset",
    "anything",
    "array",
    "as_text",
    "boolean",
    "choice",
    "date",
    "date_time",
    "field",
    "integer",
    "mapping",
    "model",
    "null",
    "nullable",
    "number",
    "text",
    "union",
    "write",
]

_MODELS = f"{__name__.rsplit('.', 2)[0]}.models"


class model(Codec):  # noqa: N801  # as in codecs
    """An object that is a model of this package, named so that models may refer to each other."""

    __slots__ = ("_type", "name")

    def __init__(self, name: str) -> None:
        super().__init__("an object")
        self.name = name
        self._type: type[Model] | None = None

    @property
    def type(self) -> type[Model]:
        """Returns the model's class, imported when it is first needed."""
        found = self._type
        if found is None:
            found = self._type = cast("type[Model]", getattr(import_module(_MODELS), self.name))
        return found

    def read(self, value: Any) -> Any:
        """Reads an object."""
        return (self._type or self.type).from_dict(value)


class union(Codec):  # noqa: N801  # as in codecs
    """The first of several codecs that reads the value; among models, the one that fits best.

    `key` and `names` are the discriminator: the field that names the model, and the model of each name. An
    object that is none of the models is kept as a plain dict.
    """

    __slots__ = ("key", "members", "models", "names")

    def __init__(self, *members: Codec, key: str = "", names: Mapping[str, str] | None = None) -> None:
        super().__init__(" or ".join(dict.fromkeys(member.expected for member in members)))
        self.plain = frozenset[type]().union(*(member.plain for member in members))
        self.models = [member for member in members if isinstance(member, model)]
        self.members = [member for member in members if not isinstance(member, model)]
        self.key = key
        self.names = dict(names or {})

    def read(self, value: Any) -> Any:
        """Reads with the codec that fits."""
        among = value.__class__ is dict and bool(self.models)
        if among:
            for candidate in self._ranked(value):
                try:
                    return candidate.from_dict(value)
                except Mismatch:
                    continue
        for member in self.members:
            try:
                return member(value)
            except Mismatch:
                continue
        return value if among else self.refuse(value)

    def _ranked(self, value: dict[str, Any]) -> list[type[Model]]:
        named = value.get(self.key) if self.key else None
        name = self.names.get(named, named) if isinstance(named, str) else None
        types = [candidate.type for candidate in self.models]
        chosen = [one for one in types if one.__name__ == name]
        return chosen or sorted((one for one in types if one.fits(value)), key=lambda one: -one.known(value))


class Field:
    """One field of a model: its Python name, its wire name, its codec and its default."""

    __slots__ = ("codec", "default", "name", "wire_name")

    def __init__(self, codec: Codec, wire_name: str, default: Any) -> None:
        self.codec = codec
        self.wire_name = wire_name
        self.default = default
        self.name = ""


_REQUIRED: Any = object()


def field(codec: Codec, wire_name: str = "", *, default: Any = _REQUIRED) -> Any:
    """Declares a field of a model; without a default it is required, without a wire name that is its own name."""
    return Field(codec, wire_name, default)


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class ModelType(type):
    """Makes a class with one slot a field."""

    __fields__: tuple[Field, ...]
    __wire_fields__: Mapping[str, tuple[str, frozenset[type], Callable[[Any], Any]]]
    __required__: frozenset[str]
    __rest__: Codec

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, rest: Codec = anything
    ) -> ModelType:
        """Makes the class; `rest` reads the fields that the model does not declare."""
        fields = {key: value for key, value in namespace.items() if isinstance(value, Field)}
        for key, value in fields.items():
            del namespace[key]
            value.name = key
            value.wire_name = value.wire_name or key
        namespace.setdefault("__slots__", tuple(fields))
        made = super().__new__(mcs, name, bases, namespace)
        made.__fields__ = tuple(fields.values())
        made.__wire_fields__ = {one.wire_name: (one.name, one.codec.plain, one.codec.read) for one in made.__fields__}
        made.__required__ = frozenset(one.wire_name for one in made.__fields__ if one.default is _REQUIRED)
        made.__rest__ = rest
        return made


class Extras:
    """The fields that a model does not declare; no field of Model itself, or its constructor would ask for it."""

    __slots__ = ("_extra",)
    _extra: dict[str, Any]

    @property
    def additional_properties(self) -> dict[str, Any]:
        """Returns the fields that the model does not declare; what is put in here is sent."""
        try:
            return self._extra
        except AttributeError:
            self._extra = {}
            return self._extra


class Model(Extras, metaclass=ModelType):
    """An object of the API. Fields it does not declare are in `additional_properties`, by their wire names."""

    __hash__: ClassVar[None]  # type: ignore[assignment]  # models change, so they cannot be keys

    def __init__(self, **values: Any) -> None:
        for one in type(self).__fields__:
            if one.name in values:
                setattr(self, one.name, values.pop(one.name))
            elif one.default is _REQUIRED:
                raise TypeError(f"{type(self).__name__}() misses the keyword {one.name!r}")
        if values:
            raise TypeError(f"{type(self).__name__}() has no keyword {next(iter(values))!r}")

    if not TYPE_CHECKING:  # a declared __getattr__ would make every misspelt field look right

        def __getattr__(self, name: str) -> Any:
            for one in type(self).__fields__:
                if one.name == name and one.default is not _REQUIRED:
                    return one.default
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Returns the model that a parsed JSON object holds.

        Raises Mismatch, a ValueError that names the place, where a required field is missing or a value has
        another type than the schema says.
        """
        # `type(data)` would leave type checkers a dict of unknown things.
        if data.__class__ is not dict:
            if not isinstance(data, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # JSON may hold anything
                raise Mismatch("an object", data)
            data = dict(data)
        self = cls.__new__(cls)
        fields, rest = cls.__wire_fields__, cls.__rest__
        key = ""
        try:
            for key, value in data.items():
                known = fields.get(key)
                if known is not None:
                    setattr(self, known[0], value if type(value) in known[1] else known[2](value))
                else:
                    self.additional_properties[key] = rest(value)
        except Mismatch as mismatch:
            raise mismatch.within(key) from None
        if not cls.__required__ <= data.keys():
            missing = min(cls.__required__ - data.keys())
            raise Mismatch("a value", UNSET).within(missing)
        return self

    def to_dict(self) -> dict[str, Any]:
        """Returns the JSON object: fields that are UNSET left out, unknown ones included."""
        found = {one.wire_name: getattr(self, one.name) for one in type(self).__fields__}
        found.update(getattr(self, "_extra", {}))
        return {key: write(value) for key, value in found.items() if value is not UNSET}

    @classmethod
    def fits(cls, data: Mapping[str, Any]) -> bool:
        """Says whether an object has every required field, and no other value where the schema fixes one."""
        if not cls.__required__ <= data.keys():
            return False
        return all(
            data[one.wire_name] in one.codec.values
            for one in cls.__fields__
            if isinstance(one.codec, choice) and isinstance(data.get(one.wire_name), (str, int))
        )

    @classmethod
    def known(cls, data: Mapping[str, Any]) -> int:
        """Returns how many of an object's fields the model declares."""
        return len(cls.__wire_fields__.keys() & data.keys())

    def _values(self) -> dict[str, Any]:
        found = {one.name: getattr(self, one.name, UNSET) for one in type(self).__fields__}
        return {name: value for name, value in found.items() if value is not UNSET}

    def _state(self) -> dict[str, Any]:
        found, extra = self._values(), getattr(self, "_extra", None)
        return {**found, "additional_properties": extra} if extra else found

    def __reduce__(self) -> tuple[Any, ...]:
        # Slots alone are not pickled by protocols 0 and 1.
        return _blank, (type(self),), (self._values(), getattr(self, "_extra", None))

    def __setstate__(self, state: tuple[dict[str, Any], dict[str, Any] | None]) -> None:
        values, extra = state
        for name, value in values.items():
            setattr(self, name, value)
        if extra:
            self._extra = dict(extra)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._state() == other._state()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._state().items())})"


def _blank(kind: type[Model]) -> Model:
    return kind.__new__(kind)


_SCALARS = frozenset({str, int, float, bool, NoneType})


def write(value: Any) -> Any:
    """Returns the JSON value of a model, of a date or of a collection of them. Raises TypeError where there is none."""
    kind: type = value.__class__
    if kind in _SCALARS:
        return value
    if kind is list or kind is tuple:
        return [write(item) for item in value]
    if isinstance(value, Model):
        return value.to_dict()
    if is_mapping(value):
        return {str(key): write(item) for key, item in value.items() if item is not UNSET}
    if isinstance(value, dt.datetime):
        return moments.write_time(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, enum.Enum) and value is not UNSET:
        return write(value.value)
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (Sequence, Set)) and not isinstance(value, (bytes, bytearray)):
        return [write(item) for item in cast("Sequence[Any]", value)]
    raise TypeError(f"a value of type {kind.__name__} cannot be sent as JSON")
