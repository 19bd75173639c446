"""Which values travel: whether all that one side may send is what the other takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jsonschema_rs

from specledger.canonical import canonical
from specledger.diff import nodes
from specledger.diff.build import Build
from specledger.diff.change import Witness
from specledger.diff.contract import Contract
from specledger.diff.evaluated import TooWide
from specledger.diff.nodes import Node
from specledger.diff.solve import Found, Result, Solver, Stated, Verdict, stated
from specledger.diff.view import Side, View
from specledger.yaml12 import Json, JsonObject, as_list


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Whether every value that is sent is taken; a value that is not, where one could be drawn."""

    holds: bool
    certain: bool = True
    witness: Witness | None = None


YES = Inclusion(True)
UNSURE = Inclusion(False, certain=False)


class Sets:
    """Old and new schemas of one side of the wire.

    The sender of a request is the old client, that of an answer the new server: its schemas must lie within those of
    the receiver.
    """

    def __init__(self, old: Contract, new: Contract, side: Side) -> None:
        self.side = side
        named: dict[str, Node] = {}
        sends, takes = (old, new) if side == "request" else (new, old)
        self.sender, self.receiver = View(sends, side), View(takes, side, hidden=True)
        self.sent, self.taken = Build(self.sender, named), Build(self.receiver, named)
        self.alike = Build(View(takes, side), named)  # the receiver's schemas as if it were to send
        self.as_sent = Solver(named, side)
        self.as_written = Solver(named)
        self.known: dict[tuple[Node, Node], Inclusion] = {}

    def node(self, build: Build, schema: Json) -> Node | None:
        """Returns the formula of a schema; None where it is too wide to be followed."""
        try:
            return build.raw(schema)
        except (TooWide, RecursionError):
            return None

    def included(self, sent: Json, taken: Json) -> Inclusion:
        """Says whether all that the sender's schema allows it to send is taken by the receiver's schema."""
        inner, outer = self.node(self.sent, sent), self.node(self.taken, taken)
        if inner is None or outer is None:
            return YES if self._is_one(sent, taken) else UNSURE
        if _parts(outer) <= _parts(inner) or inner is self.node(self.alike, taken):
            return YES
        key = (inner, outer)
        if key not in self.known:
            found = self.as_sent.ask([stated(inner, sent=True), stated(outer, False)])
            self.known[key] = self._judged(found, sent, taken)
        return self.known[key]

    def same(self, sent: Json, taken: Json) -> bool:
        """Says whether it is proved that both schemas accept the same values."""
        inner, outer = self.node(self.sent, sent), self.node(self.alike, taken)
        if inner is None or outer is None:
            return self._is_one(sent, taken)
        return inner is outer or (self._within(inner, outer) and self._within(outer, inner))

    def _is_one(self, sent: Json, taken: Json) -> bool:
        """Says whether both schemas are written alike, with all that they refer to."""
        return canonical(_plain(self.sender, sent)) == canonical(_plain(self.alike.view, taken))

    def _within(self, inner: Node, outer: Node) -> bool:
        return self.as_written.ask([Stated(inner, True, True), stated(outer, False)]) is Verdict.NONE

    def accepts_something(self, schema: Json, *, sent: bool) -> bool:
        """Says whether any value is good; True where that could not be decided."""
        node = self.node(self.sent if sent else self.taken, schema)
        return node is None or (node is not nodes.FALSE and self.as_written.ask([stated(node)]) is not Verdict.NONE)

    def _judged(self, found: Result, sent: Json, taken: Json) -> Inclusion:
        """Returns the verdict; a value that a validator judges otherwise than the search does proves nothing."""
        if found is Verdict.NONE:
            return YES
        if not isinstance(found, Found):
            return UNSURE
        try:
            good = _validator(self.sender, sent).is_valid(found.value)
            refused = not _validator(self.receiver, taken).is_valid(found.value)
        except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError):
            return UNSURE
        return Inclusion(False, witness=Witness(found.value)) if good and refused else UNSURE


def _parts(node: Node) -> frozenset[Node]:
    return node.among if isinstance(node, nodes.And) else frozenset((node,))


def _validator(view: View, schema: Json) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_plain(view, schema), validate_formats=True)


def _plain(view: View, schema: Json) -> JsonObject:
    plain = view.schema(schema)
    defs: JsonObject = {}
    todo = [plain]
    while todo:
        _each_reference(todo.pop(), lambda name: _reach(view, name, defs, todo))
    return {"allOf": [plain], "$defs": defs}


def _reach(view: View, name: str, defs: JsonObject, todo: list[Json]) -> None:
    if name not in defs:
        defs[name] = view.defs[name]
        todo.append(defs[name])


def _each_reference(schema: Json, told: Callable[[str], None]) -> None:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            told(reference.rpartition("/")[2])
        for key, child in schema.items():
            if key not in ("enum", "const"):
                _each_reference(child, told)
    for child in as_list(schema):
        _each_reference(child, told)
