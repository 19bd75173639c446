"""Is there a value that satisfies some formulas and not others? A tableau, with one theory for each type.

The answer is such a value, or that there is none, or that it could not be decided. A formula that leads back to a
question which is being answered already needs a smaller value than itself: there is none on that way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

from specledger.diff import nodes
from specledger.diff.judge import Judge, Undecided, parsed
from specledger.diff.nodes import ANYTHING, Node, make
from specledger.yaml12 import Json

_STEPS = 30_000
# How the sender is bound in what it does not declare (see `World`).
Mode = Literal["open", "request", "response"]


class Verdict(Enum):
    """What a search says that finds no value."""

    NONE = "none"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Found:
    """A value that satisfies what was asked."""

    value: Json


Result = Found | Verdict


class Stated(NamedTuple):
    """A formula that must hold, or must not; `sent` where it comes from whoever sends the value."""

    node: Node
    sign: bool
    sent: bool


Goal = frozenset[Stated]
Split = tuple[tuple[Stated, ...], Stated]


@dataclass(frozen=True, slots=True)
class World:
    """Which names an object may have that its sender does not declare.

    An old client sends no field that only the new contract names, and a new server sends a field that the old
    contract does not name only where its own schema declares it. Names that neither side knows may be sent.
    """

    mode: Mode
    newcomers: frozenset[str]
    known: frozenset[str]


class OutOfSteps(Exception):
    """The budget of a question is spent."""


class Facts:
    """What a branch of the search holds to be true."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.held: dict[tuple[Node, bool], bool] = {}
        self.splits: list[Split] = []
        self.mask = ANYTHING

    def copy(self) -> Facts:
        """Returns a copy for a branch."""
        found = Facts(self.world)
        found.held, found.splits, found.mask = dict(self.held), list(self.splits), self.mask
        return found

    def about(self, mask: int) -> list[Stated]:
        """Returns the statements about one type, in the order in which they were made."""
        return [
            Stated(node, sign, sent)
            for (node, sign), sent in self.held.items()
            if nodes.about(node) == mask or isinstance(node, nodes.Values)
        ]


class Solver:
    """Answers questions; `named` holds formulas that speak about themselves."""

    def __init__(self, named: Mapping[str, Node], mode: Mode = "open") -> None:
        self.named = named
        self.mode = mode
        self.judge = Judge(named)
        self.steps = _STEPS
        self.memo: dict[Goal, Result] = {}
        self.stack: dict[Goal, int] = {}
        self.lowest = 0
        self.named_in: dict[Node, frozenset[str]] = {}
        self.apart: dict[tuple[Node, Node], bool] = {}

    def ask(self, goal: Iterable[Stated]) -> Result:
        """Returns a value that satisfies the goal, or why there is none to show."""
        self.steps = _STEPS
        self.stack.clear()
        try:
            return self.solve(frozenset(goal))
        except (OutOfSteps, RecursionError):
            return Verdict.UNSURE

    def solve(self, goal: Goal) -> Result:
        """Answers one question, which may be a part of another."""
        if goal in self.memo:
            return self.memo[goal]
        depth = len(self.stack)
        if goal in self.stack:
            self.lowest = min(self.lowest, self.stack[goal])
            return Verdict.NONE
        outer, self.lowest = self.lowest, depth
        self.stack[goal] = depth
        try:
            ordered = sorted(goal, key=lambda one: nodes.serial(one.node))
            found = self._search(Facts(self._world(goal)), ordered)
        finally:
            self.stack.pop(goal, None)
        if self.lowest >= depth or isinstance(found, Found):
            self.memo[goal] = found
            self.lowest = outer
        else:
            self.lowest = min(outer, self.lowest)
        return found

    def _world(self, goal: Goal) -> World:
        sent: set[str] = set()
        taken: set[str] = set()
        for node, _, is_sent in goal:
            (sent if is_sent else taken).update(self.mentioned(node))
        newcomers = taken - sent if self.mode == "request" else sent - taken if self.mode == "response" else set()
        return World(self.mode, frozenset(newcomers), frozenset(sent | taken))

    def mentioned(self, node: Node, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        """Returns the names that a formula speaks of, of the object itself."""
        found = self.named_in.get(node)
        if found is not None:
            return found
        match node:
            case nodes.Field(name, _) | nodes.Has(name):
                found = frozenset((name,))
            case nodes.And(among) | nodes.Or(among):
                found = frozenset().union(*(self.mentioned(one, seen) for one in among))
            case nodes.OneOf(listed):
                found = frozenset().union(*(self.mentioned(one, seen) for one in listed))
            case nodes.Not(inner):
                found = self.mentioned(inner, seen)
            case nodes.Named(key) if key not in seen:
                found = self.mentioned(self.named[key], seen | {key})
            case _:
                found = frozenset()
        if not seen:
            self.named_in[node] = found
        return found

    def _search(self, facts: Facts, todo: list[Stated]) -> Result:
        self.steps -= 1
        if self.steps < 0:
            raise OutOfSteps
        if not self._hold(facts, todo):
            return Verdict.NONE
        few = self._few(facts)
        if few is not None:
            return few
        if not facts.splits:
            return self._by_type(facts)
        choices, _ = facts.splits.pop(min(range(len(facts.splits)), key=lambda n: len(facts.splits[n][0])))
        sure = True
        for choice in choices:
            found = self._search(facts.copy(), [choice])
            if isinstance(found, Found):
                return found
            sure = sure and found is Verdict.NONE
        return Verdict.NONE if sure else Verdict.UNSURE

    def _hold(self, facts: Facts, todo: list[Stated]) -> bool:
        """Takes statements as true, with all that follows at once; False where they contradict each other."""
        while True:
            while todo:
                if not self._take(facts, todo.pop(), todo):
                    return False
            splits, facts.splits = facts.splits, []
            for choices, whole in splits:
                left = tuple(one for one in choices if not _contradicts(facts, one))
                if not left:
                    return False
                if any((one.node, one.sign) in facts.held for one in left):
                    continue
                if len(left) == 1:
                    todo.append(left[0])
                else:
                    facts.splits.append((left, whole))
            if not todo:
                return True

    def _take(self, facts: Facts, one: Stated, todo: list[Stated]) -> bool:
        node, sign, sent = one
        if isinstance(node, nodes.Not):
            todo.append(Stated(node.inner, not sign, sent))
            return True
        if isinstance(node, nodes.Kind):
            facts.mask &= node.mask if sign else ~node.mask
            return facts.mask != 0
        if (node, not sign) in facts.held:
            return False
        if (node, sign) in facts.held:
            facts.held[node, sign] |= sent
            return True
        facts.held[node, sign] = sent
        match node:
            case nodes.And(among) | nodes.Or(among):
                parts = tuple(Stated(part, sign, sent) for part in sorted(among, key=nodes.serial))
                if isinstance(node, nodes.And) == sign:
                    todo.extend(parts)
                else:
                    facts.splits.append((parts, one))
            case nodes.OneOf(_):
                self._take_one_of(facts, one, todo)
            case nodes.Named(key):
                todo.append(Stated(self.named[key], sign, sent))
            case nodes.Field(_, inner) if not sign and inner is nodes.TRUE:
                return False
        if not sign and nodes.about(node):
            facts.mask &= nodes.about(node)
        return facts.mask != 0

    def _take_one_of(self, facts: Facts, one: Stated, todo: list[Stated]) -> None:
        listed = one.node.among if isinstance(one.node, nodes.OneOf) else ()
        pairs = [
            nodes.all_of(first, second)
            for number, first in enumerate(listed)
            for second in listed[:number]
            if not self.are_apart(first, second)
        ]
        parts = tuple(Stated(part, one.sign, one.sent) for part in listed)
        if one.sign:
            facts.splits.append((parts, one))
            todo.extend(Stated(pair, False, one.sent) for pair in pairs)
        else:
            none_of = nodes.all_of(*(nodes.negate(part) for part in listed))
            choices = (Stated(none_of, True, one.sent), *(Stated(pair, True, one.sent) for pair in pairs))
            facts.splits.append((choices, one))

    def are_apart(self, first: Node, second: Node) -> bool:
        """Says whether it is proved that no value is both."""
        key = (first, second)
        if key not in self.apart:
            self.apart[key] = False
            apart = Solver(self.named)
            apart.steps = 500
            apart.apart = self.apart
            try:
                both = frozenset((Stated(first, True, True), Stated(second, True, True)))
                self.apart[key] = apart.solve(both) is Verdict.NONE
            except (OutOfSteps, RecursionError):
                pass
        return self.apart[key]

    def _few(self, facts: Facts) -> Result | None:
        """Tries each value where only a few are left; None where there are more."""
        listed = [node for (node, sign) in facts.held if sign and isinstance(node, nodes.Values)]
        if listed:
            tried = parsed(frozenset.intersection(*(node.among for node in listed if isinstance(node, nodes.Values))))
        elif facts.mask & ~(nodes.NULL | nodes.BOOLEAN) == 0:
            tried = [None, True, False]
        else:
            return None
        sure = True
        kind = nodes.kind(facts.mask)
        for value in tried:
            try:
                if self.judge.holds(kind, value) and all(
                    self.judge.holds(node, value) == sign for node, sign in facts.held
                ):
                    return Found(value)
            except Undecided:
                sure = False
        return Verdict.NONE if sure else Verdict.UNSURE

    def _by_type(self, facts: Facts) -> Result:
        from specledger.diff import lists, objects, scalars

        sure = True
        for mask in (nodes.STRING, nodes.NUMBER, nodes.OBJECT, nodes.ARRAY, nodes.NULL, nodes.BOOLEAN):
            if not facts.mask & mask:
                continue
            stated = facts.about(mask)
            if mask == nodes.STRING:
                found = scalars.text(self, stated)
            elif mask == nodes.NUMBER:
                found = scalars.number(stated)
            elif mask == nodes.OBJECT:
                found = objects.Objects(self, stated, facts.world).solve()
            elif mask == nodes.ARRAY:
                found = lists.Lists(self, stated).solve()
            else:
                found = scalars.constant(mask, stated)
            if isinstance(found, Found):
                return found
            sure = sure and found is Verdict.NONE
        return Verdict.NONE if sure else Verdict.UNSURE


def _contradicts(facts: Facts, one: Stated) -> bool:
    """Says whether a statement is seen at a glance to be false here."""
    node, sign = one.node, one.sign
    while isinstance(node, nodes.Not):
        node, sign = node.inner, not sign
    if (node, not sign) in facts.held:
        return True
    if isinstance(node, nodes.Kind):
        return not facts.mask & (node.mask if sign else ~node.mask)
    if not sign and nodes.about(node) and not facts.mask & nodes.about(node):
        return True
    if isinstance(node, nodes.And) and sign:
        return any(_contradicts(facts, Stated(part, True, one.sent)) for part in node.among)
    if isinstance(node, nodes.Or) and not sign:
        return any(_contradicts(facts, Stated(part, False, one.sent)) for part in node.among)
    if isinstance(node, nodes.Values) and sign:
        return not any(nodes.mask_of_text(text) & facts.mask for text in node.among)
    return False


def stated(node: Node, sign: bool = True, *, sent: bool = False) -> Stated:
    """Returns a statement."""
    return Stated(node, sign, sent)


def without(values: frozenset[str]) -> Stated:
    """Returns that a value is none of these."""
    return Stated(make(nodes.Values, values), False, False)
