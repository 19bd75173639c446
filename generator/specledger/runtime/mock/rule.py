"""Rules in CEL, compiled once; the library is loaded only where an API has rules.

What a rule names is all that it is given: turning Python's values into CEL's takes longer than the evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import cast

import orjson

from .json_text import Json, JsonObject

Facts = Mapping[str, Json | Mapping[str, list[JsonObject]]]

_NAMES = ("self", "oldSelf", "others", "caller")


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition; `fields` are the request fields that make it run, every request where there are none."""

    at: str
    fields: frozenset[str]
    message: str
    others: frozenset[str] | None
    holds: Callable[[Facts], bool]


def compile_rules(rows: list[JsonObject]) -> tuple[Rule, ...]:
    """Returns the rules of an operation. Raises RuntimeError where one is no CEL."""
    if not rows:
        return ()
    cel = import_module("cel_expr_python.cel")  # a C++ extension that no type checker can follow
    environment = cel.NewEnv(variables=dict.fromkeys(_NAMES, cel.Type.DYN))

    def condition(text: str) -> Callable[[Facts], bool]:
        expression = environment.compile(text)
        named = [(name, fields) for name in _NAMES if (fields := _fields(text, name)) != frozenset()]

        def holds(facts: Facts) -> bool:
            data = {name: _only(facts[name], fields) for name, fields in named}
            # An evaluation that fails, over a field that is not there for one, yields an error value: no permission.
            return bool(expression.eval(data=_held(data)).value() is True)

        return holds

    found: list[Rule] = []
    for row in rows:
        fields, text = row["fields"], str(row["rule"])
        names_sent = frozenset(str(name) for name in fields) if isinstance(fields, list) else frozenset[str]()
        found.append(Rule(str(row["at"]), names_sent, str(row["message"]), _fields(text, "others"), condition(text)))
    return tuple(found)


def _fields(text: str, name: str) -> frozenset[str] | None:
    """Returns the fields of a variable that a rule may ask for; None for all of them."""
    found = re.findall(rf"\b{name}\b(?:\s*\.\s*(\w+))?", text)
    return None if "" in found else frozenset(found)


def _only(value: object, fields: frozenset[str] | None) -> object:
    if fields is None or not isinstance(value, dict):
        return value
    held = cast("dict[str, object]", value)
    return {name: held[name] for name in fields if name in held}


def _held(data: dict[str, object]) -> object:
    """Returns what a rule is given in what the library can hold, which nearly all of it is as it is."""
    try:
        text = orjson.dumps(data, option=orjson.OPT_STRICT_INTEGER)  # refuses what is beyond 53 bits
    except TypeError:
        return _readable(data)
    return _readable(data) if b"\\u0000" in text else data


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
