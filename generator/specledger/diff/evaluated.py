"""What a schema has evaluated of an object or a list, for `unevaluatedProperties` and `unevaluatedItems`.

It depends on which branches a value satisfies, so the answer is a list of alternatives that exclude each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from specledger.diff import nodes
from specledger.diff.nodes import Node, all_of, either, make, negate
from specledger.yaml12 import Json, JsonObject, as_list, as_object

_MOST = 256


class TooWide(Exception):
    """More alternatives than are followed."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """What is evaluated where `when` holds."""

    when: Node = nodes.TRUE
    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    count: int = 0
    contained: frozenset[Node] = frozenset()
    everything: bool = False
    of_lists: bool = False

    def __and__(self, other: Alternative) -> Alternative:
        return Alternative(
            all_of(self.when, other.when),
            self.names | other.names,
            self.patterns | other.patterns,
            max(self.count, other.count),
            self.contained | other.contained,
            self.everything or other.everything,
            self.of_lists,
        )

    def rest(self, inner: Node) -> Node:
        """Returns that all which is left over is `inner`."""
        if self.everything:
            return nodes.TRUE
        if self.of_lists:
            return make(nodes.Rest, self.count, either(inner, *self.contained))
        return make(nodes.Others, self.names, self.patterns, inner)


class Evaluated:
    """Finds the alternatives; `node` makes formulas, `resolved` follows references."""

    def __init__(self, node: Callable[[Json], Node], resolved: Callable[[str], Json]) -> None:
        self.node = node
        self.resolved = resolved

    def names(self, schema: JsonObject) -> list[Alternative]:
        """Returns what is evaluated of an object beside `unevaluatedProperties` itself."""
        plain = {key: value for key, value in schema.items() if key != "unevaluatedProperties"}
        return self._found(plain, False, frozenset())

    def items(self, schema: JsonObject) -> list[Alternative]:
        """Returns what is evaluated of a list beside `unevaluatedItems` itself."""
        plain = {key: value for key, value in schema.items() if key != "unevaluatedItems"}
        return self._found(plain, True, frozenset())

    def _own(self, schema: JsonObject, of_lists: bool) -> Alternative:
        if of_lists:
            contained = frozenset([self.node(schema["contains"])] if "contains" in schema else [])
            whole = "items" in schema or "unevaluatedItems" in schema
            count = len(as_list(schema.get("prefixItems")))
            return Alternative(count=count, contained=contained, everything=whole, of_lists=True)
        return Alternative(
            names=frozenset(as_object(schema.get("properties"))),
            patterns=frozenset(as_object(schema.get("patternProperties"))),
            everything="additionalProperties" in schema or "unevaluatedProperties" in schema,
        )

    def _found(self, schema: Json, of_lists: bool, seen: frozenset[str]) -> list[Alternative]:
        empty = Alternative(of_lists=of_lists)
        if not isinstance(schema, dict):
            return [empty]
        found = [self._own(schema, of_lists)]
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            found = _both(found, self._found(self.resolved(reference), of_lists, seen | {reference}))
        for child in as_list(schema.get("allOf")):
            found = _both(found, self._found(child, of_lists, seen))
        for word in ("anyOf", "oneOf"):
            for child in as_list(schema.get(word)):
                found = _both(found, self._where(self.node(child), self._found(child, of_lists, seen), [empty]))
        if "if" in schema:
            asked = self._found(schema["if"], of_lists, seen)
            then = _both(asked, self._found(schema.get("then", True), of_lists, seen))
            otherwise = self._found(schema.get("else", True), of_lists, seen)
            found = _both(found, self._where(self.node(schema["if"]), then, otherwise))
        for name, child in as_object(schema.get("dependentSchemas")).items():
            has = all_of(nodes.kind(nodes.OBJECT), make(nodes.Has, name))
            found = _both(found, self._where(has, self._found(child, of_lists, seen), [empty]))
        return found

    def _where(self, asked: Node, then: list[Alternative], otherwise: list[Alternative]) -> list[Alternative]:
        if then == otherwise:
            return then
        return [
            *_both([Alternative(asked, of_lists=then[0].of_lists)], then),
            *_both([Alternative(negate(asked), of_lists=then[0].of_lists)], otherwise),
        ]


def _both(first: list[Alternative], second: list[Alternative]) -> list[Alternative]:
    if len(first) * len(second) > _MOST:
        raise TooWide
    found = [one & other for one in first for other in second]
    return [one for one in found if one.when is not nodes.FALSE]
