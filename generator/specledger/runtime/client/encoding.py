"""Parameters as text: OpenAPI's styles (Parameter Object, "Style Values"), and the path that they go into."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from . import wire
from .kinds import is_mapping, is_several

_SEPARATORS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}
_UNFIT = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Parameter:
    """How one parameter is written; `json` for those that OpenAPI describes by a JSON media type."""

    wire_name: str
    style: str = "form"
    explode: bool = True
    json: bool = False


def scalar(value: Any) -> str:
    """Returns the text of a single value: JSON's words for booleans and null, the text itself for a string."""
    written = value if type(value) is str else wire.write(value)
    if isinstance(written, str):
        return written
    return json.dumps(written, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _ascii(value: Any) -> str:
    return json.dumps(wire.write(value), separators=(",", ":"), allow_nan=False)


def _quoted(value: Any) -> str:
    return quote(scalar(value), safe="")


def members(value: Any) -> list[tuple[str, Any]] | None:
    """Returns the fields of an object, None for anything else."""
    written = value.to_dict() if isinstance(value, wire.Model) else value
    if not is_mapping(written):
        return None
    return [(str(key), item) for key, item in written.items() if item is not wire.UNSET]


def _items(value: Any) -> Sequence[Any] | None:
    """Returns the items of an array, None for anything else."""
    return value if is_several(value) else None


def path_value(parameter: Parameter, value: Any) -> str:
    """Returns a path parameter's text, percent-encoded.

    Raises ValueError for a value that is empty or would lead to another path: `.`, `..` and what decodes to them.
    """
    if value is None or value is wire.UNSET:
        raise ValueError(f"the path parameter {parameter.wire_name!r} has no value")
    if parameter.json:
        return _quoted(_ascii(value))
    fields, items = (None, None) if isinstance(value, str) else (members(value), _items(value))
    if fields is not None and parameter.explode:
        parts = [f"{quote(key, safe='')}={_quoted(item)}" for key, item in fields]
    elif fields is not None or items is not None:
        parts = [_quoted(item) for item in (_flat(fields) if fields is not None else items or ())]
    else:
        parts = [_quoted(value)]
    decoded = ",".join(parts)
    while (further := unquote(decoded)) != decoded:
        decoded = further
    if decoded in ("", ".", ".."):
        raise ValueError(f"the path parameter {parameter.wire_name!r} cannot be {decoded!r}: it names another path")
    if parameter.style == "label":
        return "." + ("." if parameter.explode else ",").join(parts)
    if parameter.style == "matrix":
        name = quote(parameter.wire_name, safe="")
        if not parameter.explode:
            return f";{name}={','.join(parts)}"
        return "".join(f";{part}" if fields is not None else f";{name}={part}" for part in parts)
    return ",".join(parts)


def _flat(members: list[tuple[str, Any]]) -> list[Any]:
    return [part for pair in members for part in pair]


def query_pairs(parameter: Parameter, value: Any) -> Iterator[tuple[str, str]]:
    """Yields a query or cookie parameter as pairs of name and text, both percent-encoded."""
    name = quote(parameter.wire_name, safe="")
    if parameter.json:
        yield name, _quoted(_ascii(value))
        return
    fields, items = members(value), _items(value)
    if fields is not None and parameter.style == "deepObject":
        yield from ((f"{name}%5B{quote(key, safe='')}%5D", _quoted(item)) for key, item in fields)
    elif fields is not None and parameter.explode:
        yield from ((quote(key, safe=""), _quoted(item)) for key, item in fields)
    elif items is not None and parameter.explode:
        yield from ((name, _quoted(item)) for item in items)
    elif fields is not None or items is not None:
        flat: Sequence[Any] = _flat(fields) if fields is not None else items or ()
        if flat:
            yield name, _SEPARATORS.get(parameter.style, ",").join(_quoted(item) for item in flat)
    else:
        yield name, _quoted(value)


def header_value(parameter: Parameter, value: Any) -> str:
    """Returns a header parameter's text. Raises ValueError where it holds a control character."""
    if parameter.json:
        return header_text(parameter.wire_name, _ascii(value))
    fields, items = members(value), _items(value)
    if fields is not None:
        joined = ",".join(
            f"{key}={scalar(item)}" if parameter.explode else f"{key},{scalar(item)}" for key, item in fields
        )
    else:
        joined = ",".join(scalar(item) for item in items) if items is not None else scalar(value)
    return header_text(parameter.wire_name, joined)


def header_text(name: str, value: str) -> str:
    """Returns the value of a header.

    Raises ValueError or TypeError, without showing it, where no header can hold it or be called so.
    """
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # not every caller checks types
        raise TypeError(f"the header {name!r} is a text, not {type(value).__name__}")
    if _UNFIT.search(value):
        raise ValueError(f"the header {name!r} cannot hold a line break or another control character")
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a header's name: no line break, space or colon can be in it")
    return value.strip(" \t")
