"""Objects: which names are there, and what each may be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

from specledger.canonical import canonical
from specledger.diff import nodes
from specledger.diff.judge import Undecided, finds
from specledger.diff.nodes import Node, make
from specledger.diff.solve import Found, Result, Stated, Verdict, World, stated, without
from specledger.yaml12 import Json

if TYPE_CHECKING:
    from specledger.diff.solve import Solver

_MOST_PATTERNS = 5
Chosen = dict[str, tuple[Stated, ...]]


class Objects:
    """One question about an object."""

    def __init__(self, solver: Solver, said: list[Stated], world: World) -> None:
        self.solver = solver
        self.world = world
        self.low = 0
        self.high: int | None = None
        self.required: set[str] = set()
        self.absent: set[str] = set()
        self.fields: dict[str, list[Stated]] = {}
        self.declared: set[str] = set()
        self.families: list[tuple[nodes.Family, bool]] = []
        self.others: list[tuple[nodes.Others, bool]] = []
        self.names: list[Node] = []
        self.wanted: list[Stated] = []
        self.refused: set[str] = set()
        self.unsure = False
        for one in said:
            self._read(one)
        self.patterns = sorted(
            {node.pattern for node, _ in self.families}
            | {pattern for node, _ in self.others for pattern in node.patterns}
            | {one.node.pattern for one in self.wanted if isinstance(one.node, nodes.Family)}
            | {p for one in self.wanted if isinstance(one.node, nodes.Others) for p in one.node.patterns}
        )

    def _read(self, one: Stated) -> None:
        node, sign, sent = one
        match node:
            case nodes.Has(name):
                (self.required if sign else self.absent).add(name)
                if sent and sign:
                    self.declared.add(name)
            case nodes.Field(name, inner):
                self.fields.setdefault(name, []).append(Stated(inner, sign, sent))
                if not sign:
                    self.required.add(name)
                if sent and sign:
                    self.declared.add(name)
            case nodes.Family() | nodes.Others() | nodes.Names() if not sign:
                self.wanted.append(one)
            case nodes.Family():
                self.families.append((node, sent))
            case nodes.Others():
                self.others.append((node, sent))
            case nodes.Names(inner):
                self.names.append(inner)
            case nodes.AtLeast(_, count) | nodes.AtMost(_, count):
                self._count(isinstance(node, nodes.AtLeast) == sign, count, sign)
            case nodes.Values(among):
                self.refused |= among

    def _count(self, is_low: bool, count: int, sign: bool) -> None:
        if is_low:
            self.low = max(self.low, count if sign else count + 1)
        else:
            bound = count if sign else count - 1
            self.high = bound if self.high is None else min(self.high, bound)

    def solve(self) -> Result:
        """Returns an object, or why there is none to show."""
        newcomers = {name for name in self.world.newcomers if not self._is_sent(name)}
        self.absent |= newcomers
        if self.required & self.absent or (self.high is not None and self.low > self.high):
            return Verdict.NONE
        return self._assign(dict.fromkeys(sorted(self.required), ()), self.wanted)

    def _is_sent(self, name: str) -> bool:
        """Says whether the sender's own schema speaks of a name that the other side made new."""
        if name in self.declared:
            return True
        try:
            families = [node for node, sent in self.families if sent and finds(node.pattern, name)]
            others = [node for node, sent in self.others if sent and self._is_other(node, name)]
        except Undecided:
            return True
        return bool(families or others)

    def _assign(self, present: Chosen, wanted: list[Stated]) -> Result:
        """Finds a name for each statement that some name must satisfy."""
        self.solver.steps -= 1
        if not wanted:
            return self._finish(present)
        first, rest = wanted[0], wanted[1:]
        sure = True
        for name, extra in self._options(first, present):
            if self.high is not None and len(present) + (name not in present) > self.high:
                continue
            found = self._assign({**present, name: (*present.get(name, ()), *extra)}, rest)
            if isinstance(found, Found):
                return found
            sure = sure and found is Verdict.NONE
        return Verdict.NONE if sure and not self.unsure else Verdict.UNSURE

    def _options(self, one: Stated, present: Chosen) -> Iterator[tuple[str, tuple[Stated, ...]]]:
        """Yields the names that may satisfy a statement, with what their value then is."""
        node = one.node
        inner = node.inner if isinstance(node, nodes.Family | nodes.Others) else None
        extra = (Stated(inner, False, one.sent),) if inner is not None else ()
        for name in sorted({*present, *self.fields, *self.world.known}):
            try:
                if name not in self.absent and self._is_about(node, name):
                    yield name, extra
            except Undecided:
                self.unsure = True
        for name in self._fresh(present, one):
            yield name, extra

    def _is_about(self, node: Node, name: str) -> bool:
        if isinstance(node, nodes.Family):
            return finds(node.pattern, name)
        if isinstance(node, nodes.Others):
            return self._is_other(node, name)
        return isinstance(node, nodes.Names) and not self.solver.judge.holds(node.inner, name)

    def _is_other(self, node: nodes.Others, name: str) -> bool:
        return name not in node.names and not any(finds(pattern, name) for pattern in node.patterns)

    def _fresh(self, present: Chosen, one: Stated | None) -> Iterator[str]:
        """Yields names that nothing speaks of, one for each way in which patterns may match it."""
        known = {*present, *self.fields, *self.world.known, *self.absent, *self.required}
        for node, _ in self.others:
            known |= node.names
        goal = {stated(nodes.kind(nodes.STRING)), without(frozenset(canonical(name) for name in known))}
        goal |= {stated(inner) for inner in self.names}
        node_ = one.node if one else None
        if isinstance(node_, nodes.Family):
            goal.add(stated(make(nodes.Pattern, node_.pattern)))
        elif isinstance(node_, nodes.Others):
            goal |= {stated(make(nodes.Pattern, pattern), False) for pattern in node_.patterns}
        elif isinstance(node_, nodes.Names):
            goal.add(stated(node_.inner, False))
        patterns = self.patterns[:_MOST_PATTERNS]
        self.unsure = self.unsure or len(self.patterns) > _MOST_PATTERNS
        for signs in product((False, True), repeat=len(patterns)):
            matched = {stated(make(nodes.Pattern, p), sign) for p, sign in zip(patterns, signs, strict=True)}
            found = self.solver.solve(frozenset(goal | matched))
            if isinstance(found, Found) and isinstance(found.value, str):
                yield found.value
            elif found is Verdict.UNSURE:
                self.unsure = True

    def _value(self, name: str, extra: tuple[Stated, ...]) -> Result:
        goal = {*self.fields.get(name, ()), *extra}
        try:
            if not all(self.solver.judge.holds(inner, name) for inner in self.names):
                return Verdict.NONE
            goal |= {Stated(node.inner, True, sent) for node, sent in self.families if finds(node.pattern, name)}
            goal |= {Stated(node.inner, True, sent) for node, sent in self.others if self._is_other(node, name)}
        except Undecided:
            return Verdict.UNSURE
        return self.solver.solve(frozenset(goal))

    def _finish(self, present: Chosen) -> Result:
        if self.high is not None and len(present) > self.high:
            return Verdict.NONE
        value: dict[str, Json] = {}
        sure = True
        for name, extra in present.items():
            found = self._value(name, extra)
            if found is Verdict.NONE:
                return Verdict.NONE
            if not isinstance(found, Found):
                sure = False
                continue
            value[name] = found.value
        if not sure:
            return Verdict.UNSURE
        filled = self._fill(value)
        if filled is not None:
            return filled
        if canonical(value) in self.refused:
            return self._other_than(value)
        return Found(value)

    def _fill(self, value: dict[str, Json]) -> Verdict | None:
        """Adds names until there are enough; returns why that is not possible."""
        if len(value) >= self.low:
            return None
        sure = not self.unsure
        for name in sorted({*self.fields, *self.world.known} - {*value} - self.absent):
            if len(value) < self.low:
                found = self._value(name, ())
                sure = sure and found is not Verdict.UNSURE
                if isinstance(found, Found):
                    value[name] = found.value
        while len(value) < self.low:
            before = len(value)
            for name in self._fresh(dict.fromkeys(value, ()), None):
                found = self._value(name, ())
                sure = sure and found is not Verdict.UNSURE
                if isinstance(found, Found):
                    value[name] = found.value
                    break
            if len(value) == before:
                return Verdict.NONE if sure else Verdict.UNSURE
        return None

    def _other_than(self, value: dict[str, Json]) -> Result:
        """Returns an object that is not one of those refused, by one name more."""
        if self.high is None or len(value) < self.high:
            for name in self._fresh(dict.fromkeys(value, ()), None):
                found = self._value(name, ())
                if isinstance(found, Found):
                    return Found({**value, name: found.value})
        return Verdict.UNSURE
