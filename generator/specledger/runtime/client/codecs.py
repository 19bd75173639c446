"""Codecs: how one kind of JSON value is read, and what stands for a field that is left out."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, Final, Literal, NoReturn, get_args

from . import moments


class Unset(enum.Enum):
    """The type of UNSET, which stands for a field that is left out, as None stands for null."""

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
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


_JSON_NAMES: Final[Mapping[type, str]] = {
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
        types: set[type] = {type(value) for value in literals}
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


date_time = _Moment("a date and time as a string", moments.parse_time)
date = _Moment("a date as a string", moments.parse_date)


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
        # `type(value)` would leave type checkers a list of unknown things.
        if value.__class__ is not list:
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
        if value.__class__ is not dict:
            return self.refuse(value)
        found: dict[str, Any] = {}
        for key, item in value.items():
            try:
                found[key] = self.item(item)
            except Mismatch as mismatch:
                raise mismatch.within(key) from None
        return found
