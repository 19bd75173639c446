"""What a client made of an answer, held to the answer."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

from specledger.canonical import canonical
from specledger.fuzz.called.shape import Shape, difference, places, replaced
from specledger.fuzz.called.shape import at as found_at
from specledger.fuzz.client import is_named
from specledger.fuzz.request import Missing
from specledger.yaml12 import Json

# The steps to a place, and what is wrong there.
Loss = tuple[tuple[str, ...], str]


def losses(known: Shape, shown: object, wanted: Json, steps: tuple[str, ...] = ()) -> Iterator[Loss]:
    """Yields where a value does not hold what the answer does: as JSON, and in the attributes that are declared."""
    to_dict = getattr(shown, "to_dict", None)
    if callable(to_dict):
        written = to_dict()
        if canonical(written) != canonical(wanted):
            yield (*steps, *difference(wanted, written)), "what the model writes is not what the answer held"
            return
        yield from _attributes(known, shown, wanted, steps)
    elif isinstance(shown, list) and isinstance(wanted, list) and len(shown) == len(wanted):
        for item, other in zip(shown, wanted, strict=True):
            yield from losses(known.step("[]"), item, other, (*steps, "[]"))
    elif isinstance(shown, dict) and isinstance(wanted, dict) and shown.keys() == wanted.keys():
        if known.certain and known.declared:
            yield steps, "the value is a plain dict, and the spec declares its fields"
        for name, item in shown.items():
            yield from losses(known.step(name), item, wanted[name], (*steps, name))
    elif not _is_same(shown, wanted):
        yield steps, f"the value is {str(shown)[:100]!r}, the answer held {canonical(wanted)[:100]}"


def _attributes(known: Shape, shown: object, wanted: Json, steps: tuple[str, ...]) -> Iterator[Loss]:
    fields = [name for name in getattr(type(shown), "__annotations__", ()) if name[:1] != "_"]
    for name in known.declared if isinstance(wanted, dict) else ():
        if not isinstance(wanted, dict) or name not in wanted or not known.certain:
            continue
        found = [getattr(shown, field, None) for field in fields if is_named(field, "", name)]
        lost = [list(losses(known.step(name), one, wanted[name], (*steps, name))) for one in found]
        if not lost:
            yield (*steps, name), f"the model has no attribute for {name!r}"
        elif all(lost):
            yield from lost[0]


def _is_same(shown: object, wanted: Json) -> bool:
    if isinstance(shown, dt.date):
        return isinstance(wanted, str) and _is_moment(shown, wanted)
    if isinstance(shown, Missing) or not isinstance(shown, str | int | float | list | dict | type(None)):
        return False
    return type(shown) in _JSON and canonical(shown) == canonical(wanted)


_JSON = (str, int, float, bool, list, dict, type(None))


def _is_moment(shown: dt.date, wanted: str) -> bool:
    kind = dt.datetime if isinstance(shown, dt.datetime) else dt.date
    try:
        return bool(kind.fromisoformat(wanted.upper()) == shown)
    except ValueError:
        return False


def as_read(known: Shape, value: Json) -> Json:
    """Returns a value as the client documents to read it: numbers as text where the spec says so."""
    if "x-specledger-coerce" not in known.api.document.text:
        return value
    for path, here in places(known, value):
        held = found_at(value, path)
        if here.is_coerced and isinstance(held, int | float) and not isinstance(held, bool):
            value = replaced(value, path, json.dumps(held))
    return value
