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
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn, TypeAlias, dataclass_transform, get_args

if TYPE_CHECKING:
    from typing import Self

MODELS = f"{__name__.rsplit('.', 2)[0]}.models"


class Unset(enum.Enum):
    """The type of UNSET, which stands for a field that is left out, as None stands for null."""

    UNSET = "UNSET"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET


class Mismatch(ValueError):
    """A value that is not what its schema says; `str()` names the place, what was expected and what was found."""

    def __init__(self, expected: str, value: object) -> None:
        super().__init__(expected)
        self.expected = expected
        self.found = _JSON_NAMES.get(type(value), type(value).__name__)
        self.place = ""

    def within(self, step: str) -> Mismatch:
        """Returns the same mismatch, seen from one step further out."""
        self.place = step + (f".{self.place}" if self.place and self.place[0] != "[" else self.place)
        return self

    def __str__(self) -> str:
        return f"{self.place + ': ' if self.place else ''}expected {self.expected}, found {self.found}"


_JSON_NAMES = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    list: "an array",
    dict: "an object",
    NoneType: "null",
    Unset: "nothing",
}
_JSON_TYPES: Final[frozenset[type]] = frozenset({str, bool, int, float, list, dict, NoneType})


class Codec:
    """Reads one kind of JSON value. A value whose type is in `plain` needs no reading: it is kept as it is."""

    __slots__ = ("expected", "plain")

    def __init__(self, expected: str, *plain: type) -> None:
        self.expected = expected
        self.plain = frozenset(plain)

    def __call__(self, value: Any) -> Any:
        """Returns the value as Python sees it. Raises Mismatch for anything else than `expected`."""
        return value if type(value) in self.plain else self.read(value)

    def read(self, value: Any) -> Any:
        """Reads a value whose type is not plain."""
        return self.refuse(value)

    def refuse(self, value: object) -> NoReturn:
        """Raises Mismatch."""
        raise Mismatch(self.expected, value)


class _Integer(Codec):
    def read(self, value: Any) -> Any:
        # JSON Schema counts 1.0 as an integer.
        return int(value) if type(value) is float and value.is_integer() else self.refuse(value)


class _Text(Codec):
    """Text, for what a vendor sends now as a number and now as a string."""

    def read(self, value: Any) -> Any:
        return str(value) if type(value) in (int, float) else self.refuse(value)


class _Anything(Codec):
    def read(self, value: Any) -> Any:
        return value


text = Codec("a string", str)
integer = _Integer("an integer", int)
number = Codec("a number", int, float)
boolean = Codec("a boolean", bool)
null = Codec("null", NoneType)
anything = _Anything("any value", *_JSON_TYPES)
as_text = _Text("a string or a number", str)


class choice(Codec):  # noqa: N801  # reads as a word in a model, beside `text` and `array(…)`
    """One of the literals of an alias or of those given; others of the same type are kept as well."""

    __slots__ = ("values",)

    def __init__(self, *values: Any) -> None:
        literals = values if len(values) != 1 or isinstance(values[0], (str, int)) else get_args(values[0])
        types = {type(value) for value in literals}
        super().__init__(" or ".join(sorted(_JSON_NAMES[one] for one in types)), *types)
        self.values = frozenset(literals)


class _Moment(Codec):
    """A date or a date and time; text that Python's type cannot hold stays text."""

    __slots__ = ("parse",)

    def __init__(self, expected: str, parse: Callable[[str], dt.date | str]) -> None:
        super().__init__(expected)
        self.parse = parse

    def read(self, value: Any) -> Any:
        return self.parse(value) if type(value) is str else self.refuse(value)


class WrittenTime(dt.datetime):
    """A datetime that remembers how the vendor wrote it, where Python would write it differently."""

    written: str

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return _written_time, (self.written,)

    # A copy made by arithmetic or replace() is another moment, and has no text of the vendor's.
    def __add__(self, other: dt.timedelta) -> dt.datetime:  # type: ignore[override]  # plainer on purpose
        return _plain_time(self) + other

    def replace(self, *args: Any, **changes: Any) -> dt.datetime:  # type: ignore[override]  # as above
        """Returns a plain datetime with the changes."""
        return _plain_time(self).replace(*args, **changes)


def _plain_time(value: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(value.date(), value.timetz())


def _written_time(written: str) -> dt.datetime:
    plain = dt.datetime.fromisoformat(written.upper())
    made = WrittenTime.combine(plain.date(), plain.timetz())
    made.written = written
    return made


def _parse_time(written: str) -> dt.datetime | str:
    try:
        value = dt.datetime.fromisoformat(written.upper())
    except ValueError:
        return written
    if write_time(value) == written:
        return value
    _, point, fraction = written.partition(".")
    digits = len(fraction) - len(fraction.lstrip("0123456789"))
    return written if (point and digits > 6) or len(written) < 19 else _written_time(written)


def _parse_date(written: str) -> dt.date | str:
    try:
        value = dt.date.fromisoformat(written)
    except ValueError:
        return written
    return value if value.isoformat() == written else written


def write_time(value: dt.datetime) -> str:
    """Returns the text of a date and time (RFC 3339): as the vendor wrote it, else with `Z` for UTC."""
    if type(value) is WrittenTime:
        return value.written
    written = value.isoformat()
    return f"{written[:-6]}Z" if written.endswith("+00:00") else written


date_time = _Moment("a date and time as a string", _parse_time)
date = _Moment("a date as a string", _parse_date)


class nullable(Codec):  # noqa: N801  # as above
    """What the inner codec reads, or null."""

    __slots__ = ("inner",)

    def __init__(self, inner: Codec) -> None:
        super().__init__(f"{inner.expected} or null", NoneType, *inner.plain)
        self.inner = inner

    def read(self, value: Any) -> Any:
        """Reads what is not null."""
        return self.inner.read(value)


class array(Codec):  # noqa: N801  # as above
    """A list of what the inner codec reads."""

    __slots__ = ("item",)

    def __init__(self, item: Codec) -> None:
        super().__init__("an array")
        self.item = item

    def read(self, value: Any) -> Any:
        """Reads each item."""
        if type(value) is not list:
            return self.refuse(value)
        plain, read = self.item.plain, self.item.read
        found: list[Any] = []
        try:
            for item in value:
                found.append(item if type(item) in plain else read(item))
        except Mismatch as mismatch:
            raise mismatch.within(f"[{len(found)}]") from None
        return found


class mapping(Codec):  # noqa: N801  # as above
    """A dict whose values the inner codec reads."""

    __slots__ = ("item",)

    def __init__(self, item: Codec) -> None:
        super().__init__("an object")
        self.item = item

    def read(self, value: Any) -> Any:
        """Reads each value."""
        if type(value) is not dict:
            return self.refuse(value)
        found: dict[str, Any] = {}
        for key, item in value.items():
            try:
                found[key] = self.item(item)
            except Mismatch as mismatch:
                raise mismatch.within(key) from None
        return found


class model(Codec):  # noqa: N801  # as above
    """An object that is a model of this package, named so that models may refer to each other."""

    __slots__ = ("_type", "name")

    def __init__(self, name: str) -> None:
        super().__init__("an object")
        self.name = name
        self._type: type[Model] | None = None

    @property
    def type(self) -> type[Model]:
        """Returns the model's class, imported when it is first needed."""
        if self._type is None:
            self._type = getattr(import_module(MODELS), self.name)
        return self._type

    def read(self, value: Any) -> Any:
        """Reads an object."""
        return (self._type or self.type).from_dict(value)


class union(Codec):  # noqa: N801  # as above
    """The first of several codecs that reads the value; among models, the one that fits best.

    `key` and `names` are the discriminator: the field that names the model, and the model of each name. An
    object that is none of the models is kept as a plain dict.
    """

    __slots__ = ("key", "members", "models", "names")

    def __init__(self, *members: Codec, key: str = "", names: Mapping[str, str] | None = None) -> None:
        super().__init__(" or ".join(dict.fromkeys(member.expected for member in members)))
        self.plain = frozenset().union(*(member.plain for member in members))
        self.models = [member for member in members if isinstance(member, model)]
        self.members = [member for member in members if not isinstance(member, model)]
        self.key = key
        self.names = dict(names or {})

    def read(self, value: Any) -> Any:
        """Reads with the codec that fits."""
        if type(value) is dict and self.models:
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
        return value if type(value) is dict and self.models else self.refuse(value)

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

    fields: tuple[Field, ...]
    wire_fields: Mapping[str, tuple[str, frozenset[type], Callable[[Any], Any]]]
    required: frozenset[str]
    rest: Codec

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
        made.fields = tuple(fields.values())
        made.wire_fields = {one.wire_name: (one.name, one.codec.plain, one.codec.read) for one in made.fields}
        made.required = frozenset(one.wire_name for one in made.fields if one.default is _REQUIRED)
        made.rest = rest
        return made


class Model(metaclass=ModelType):
    """An object of the API. Fields it does not declare are in `additional_properties`, by their wire names."""

    __slots__ = ("_extra",)
    __hash__: ClassVar[None]  # type: ignore[assignment]  # models change, so they cannot be keys
    _extra: dict[str, Any]

    def __init__(self, **values: Any) -> None:
        for one in type(self).fields:
            if one.name in values:
                setattr(self, one.name, values.pop(one.name))
            elif one.default is _REQUIRED:
                raise TypeError(f"{type(self).__name__}() misses the keyword {one.name!r}")
        if values:
            raise TypeError(f"{type(self).__name__}() has no keyword {next(iter(values))!r}")

    @property
    def additional_properties(self) -> dict[str, Any]:
        """Returns the fields that the model does not declare; what is put in here is sent."""
        try:
            return self._extra
        except AttributeError:
            self._extra = {}
            return self._extra

    if not TYPE_CHECKING:  # a declared __getattr__ would make every misspelt field look right

        def __getattr__(self, name: str) -> Any:
            for one in type(self).fields:
                if one.name == name:
                    return one.default
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Returns the model that a parsed JSON object holds.

        Raises Mismatch, a ValueError that names the place, where a required field is missing or a value has
        another type than the schema says.
        """
        if type(data) is not dict:
            if not isinstance(data, Mapping):
                raise Mismatch("an object", data)
            data = dict(data)
        self = cls.__new__(cls)
        fields, rest = cls.wire_fields, cls.rest
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
        if not cls.required <= data.keys():
            missing = min(cls.required - data.keys())
            raise Mismatch("a value", UNSET).within(missing)
        return self

    def to_dict(self) -> dict[str, Any]:
        """Returns the JSON object: fields that are UNSET left out, unknown ones included."""
        found = {one.wire_name: getattr(self, one.name) for one in type(self).fields}
        found.update(getattr(self, "_extra", {}))
        return {key: write(value) for key, value in found.items() if value is not UNSET}

    @classmethod
    def fits(cls, data: Mapping[str, Any]) -> bool:
        """Says whether an object has every required field, and no other value where the schema fixes one."""
        if not cls.required <= data.keys():
            return False
        return all(
            data[one.wire_name] in one.codec.values
            for one in cls.fields
            if isinstance(one.codec, choice) and isinstance(data.get(one.wire_name), (str, int))
        )

    @classmethod
    def known(cls, data: Mapping[str, Any]) -> int:
        """Returns how many of an object's fields the model declares."""
        return len(cls.wire_fields.keys() & data.keys())

    def _state(self) -> dict[str, Any]:
        found = {one.name: getattr(self, one.name) for one in type(self).fields}
        found = {name: value for name, value in found.items() if value is not UNSET}
        extra = getattr(self, "_extra", None)
        return {**found, "additional_properties": extra} if extra else found

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._state() == other._state()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._state().items())})"


_SCALARS = frozenset({str, int, float, bool, NoneType})


def write(value: Any) -> Any:
    """Returns the JSON value of a model, of a date or of a collection of them. Raises TypeError where there is none."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is list or kind is tuple:
        return [write(item) for item in value]
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {str(key): write(item) for key, item in value.items() if item is not UNSET}
    if isinstance(value, dt.datetime):
        return write_time(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, enum.Enum) and value is not UNSET:
        return write(value.value)
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (Sequence, Set)) and not isinstance(value, (bytes, bytearray)):
        return [write(item) for item in value]
    raise TypeError(f"a value of type {kind.__name__} cannot be sent as JSON")


Json: TypeAlias = Any
