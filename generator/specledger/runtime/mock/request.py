"""A request as it came over the wire, and what is told of one that is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from .json_text import Json


@dataclass(slots=True, eq=False)  # one is made for each request: a frozen one takes five times as long to make
class Request:
    """Header names are in lower case, repeated ones joined; `too_large` where the body was cut at the limit."""

    method: str
    raw_path: bytes
    query: bytes
    headers: Mapping[str, str]
    body: bytes
    too_large: bool = False


def add_header(headers: dict[str, str], name: str, text: str) -> None:
    """Adds a header, its name in lower case; one that is there already is joined with it (RFC 9110, 5.3)."""
    if name in headers:
        text = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{text}"
    headers[name] = text


class Refused(Exception):
    """A request that is not carried out; `kind` says which of the contract's refusals answers it."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


Parts = dict[str, Json]


def steps_of(value: Json) -> tuple[str, ...]:
    """Returns the steps of a place as the contract lists them; none where it names no place."""
    return tuple(str(step) for step in value) if isinstance(value, list) else ()


def values(parts: Json, steps: tuple[str, ...]) -> Iterator[Json]:
    """Yields every value that the steps of a place lead to; `[]` steps into items, `{}` into a map's values."""
    if not steps:
        yield parts
        return
    step, rest = steps[0], steps[1:]
    if step == "[]":
        for item in parts if isinstance(parts, list) else ():
            yield from values(item, rest)
    elif isinstance(parts, dict):
        for key in list(parts) if step == "{}" else [step] if step in parts else ():
            yield from values(parts[key], rest)


def found_at(parts: Parts, steps: tuple[str, ...]) -> list[Json]:
    """Returns every value that the steps of a place lead to."""
    found: Json = parts
    for step in steps:
        if not isinstance(found, dict):
            break
        if step not in found:
            return list(values(cast(Json, parts), steps)) if step in ("[]", "{}") else []
        found = found[step]
    else:
        return [found]
    return list(values(cast(Json, parts), steps))


def value_at(parts: Parts, steps: tuple[str, ...]) -> Json:
    """Returns the one value that the steps lead to; None where there is none."""
    return next(iter(found_at(parts, steps)), None)


def place(steps: tuple[str, ...]) -> str:
    """Returns the steps as messages show them: `request.body.a[].b`."""
    return "request" + "".join(step if step in ("[]", "{}") else f".{step}" for step in steps)
