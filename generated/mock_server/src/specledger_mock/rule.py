"""Rules in CEL, compiled once; the library is loaded only where an API has rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

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

        def holds(facts: Facts) -> bool:
            value = expression.eval(data=facts).value()
            if not isinstance(value, bool):
                value = expression.eval(data=_within_int64(facts)).value()
            # An evaluation that fails, over a field that is not there for one, yields an error value: no permission.
            return value is True

        return holds

    found = []
    for row in rows:
        fields, text = row["fields"], str(row["rule"])
        names_sent = frozenset(str(name) for name in fields) if isinstance(fields, list) else frozenset()
        found.append(Rule(str(row["at"]), names_sent, str(row["message"]), "others" in text, condition(text)))
    return tuple(found)


def _within_int64(value: object) -> object:
    """Returns the value with integers beyond CEL's 64 bits as doubles, which it has no other way to hold."""
    if isinstance(value, Mapping):
        return {key: _within_int64(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_within_int64(inner) for inner in value]
    # No request brings an integer beyond a double: reading JSON refuses it.
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value
