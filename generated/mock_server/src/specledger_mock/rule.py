"""Rules in CEL, compiled once; the library is loaded only where an API has rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from .json_text import Json, JsonObject

Facts = Mapping[str, Json | Mapping[str, list[JsonObject]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition; `fields` are the request fields that make it run, every request where there are none."""

    at: str
    fields: frozenset[str]
    message: str
    uses_others: bool
    holds: Callable[[Facts], bool]


def compile_rules(rows: list[JsonObject]) -> tuple[Rule, ...]:
    """Returns the rules of an operation. Raises RuntimeError where one is no CEL."""
    if not rows:
        return ()
    cel = import_module("cel_expr_python.cel")  # a C++ extension that no type checker can follow
    names = ("self", "oldSelf", "others", "caller")
    environment = cel.NewEnv(variables=dict.fromkeys(names, cel.Type.DYN))

    def condition(text: str) -> Callable[[Facts], bool]:
        expression = environment.compile(text)

        # An evaluation that fails, over a field that is not there for one, yields an error value: no permission.
        return lambda facts: bool(expression.eval(data=_readable(facts)).value() is True)

    found: list[Rule] = []
    for row in rows:
        fields, text = row["fields"], str(row["rule"])
        names_sent = frozenset(str(name) for name in fields) if isinstance(fields, list) else frozenset[str]()
        found.append(Rule(str(row["at"]), names_sent, str(row["message"]), "others" in text, condition(text)))
    return tuple(found)


def _readable(value: object) -> object:
    """Returns the value in what the library can hold: integers beyond 64 bits as doubles, U+0000 as another character.

    It cuts a text at U+0000, so that two texts would be the same that are not. No request brings an integer beyond a
    double: reading JSON refuses it.
    """
    if isinstance(value, str):
        return value.replace("\ue000", "\ue000\ue000").replace("\0", "\ue000\ue001") if "\0" in value else value
    if isinstance(value, Mapping):
        return {_readable(key): _readable(inner) for key, inner in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list):
        return [_readable(inner) for inner in cast("list[object]", value)]
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value
