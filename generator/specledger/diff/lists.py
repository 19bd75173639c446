"""Lists: how many items, what each must be, and what some of them must be."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from specledger.canonical import canonical
from specledger.diff import nodes
from specledger.diff.nodes import Node
from specledger.diff.solve import Found, Result, Stated, Verdict, without
from specledger.yaml12 import Json

if TYPE_CHECKING:
    from specledger.diff.solve import Solver

_MOST_SLOTS = 24
_MOST_ITEMS = 5000


class Lists:
    """One question about a list."""

    def __init__(self, solver: Solver, said: list[Stated]) -> None:
        self.solver = solver
        self.low = 0
        self.high: int | None = None
        self.items: dict[int, list[Stated]] = {}
        self.rests: list[tuple[int, Stated]] = []
        self.wanted: list[tuple[int, Stated]] = []  # from this index on, some item is so
        self.at_most: dict[Node, tuple[int, bool]] = {}
        self.unique = self.doubled = False
        self.refused: set[str] = set()
        for one in said:
            self._read(one)

    def _read(self, one: Stated) -> None:
        node, sign, sent = one
        match node:
            case nodes.AtLeast(_, count) | nodes.AtMost(_, count):
                if isinstance(node, nodes.AtLeast) == sign:
                    self.low = max(self.low, count if sign else count + 1)
                else:
                    bound = count if sign else count - 1
                    self.high = bound if self.high is None else min(self.high, bound)
            case nodes.Item(index, inner):
                self.items.setdefault(index, []).append(Stated(inner, sign, sent))
                self.low = self.low if sign else max(self.low, index + 1)
            case nodes.Rest(start, inner):
                (self.rests if sign else self.wanted).append((start, Stated(inner, sign, sent)))
            case nodes.Holds(inner, count) if sign:
                # Who wants three of a kind has two of it.
                there = sum(held.node is inner and held.sign for _, held in self.wanted)
                self.wanted += [(0, Stated(inner, True, sent))] * (min(count, _MOST_SLOTS) - there)
            case nodes.Holds(inner, count):
                most, said_sent = self.at_most.get(inner, (count - 1, sent))
                self.at_most[inner] = (min(most, count - 1), sent or said_sent)
            case nodes.Unique():
                self.unique, self.doubled = self.unique or sign, self.doubled or not sign
            case nodes.Values(among):
                self.refused |= among

    def solve(self) -> Result:
        """Returns a list, or why there is none to show."""
        wanted = Counter(one.node for _, one in self.wanted if one.sign)
        if (self.unique and self.doubled) or any(count < wanted[node] for node, (count, _) in self.at_most.items()):
            return Verdict.NONE
        fixed = max([*(index + 1 for index in self.items), *(start for start, _ in self.rests), 0])
        fixed = max(fixed, *(start for start, _ in self.wanted), 0) if self.wanted else fixed
        longest = max(self.low, fixed) + len(self.wanted) + 2 * self.doubled + bool(self.refused)
        if self.high is not None:
            longest = min(longest, self.high)
        sure = True
        sizes = list(range(self.low, longest + 1))
        if len(sizes) > _MOST_SLOTS:
            sizes, sure = sizes[:_MOST_SLOTS], False
        for size in sizes:
            self.solver.steps -= 1
            found = self._sized(size, min(size, fixed + len(self.wanted) + 2 * self.doubled + 1))
            if isinstance(found, Found):
                return found
            sure = sure and found is Verdict.NONE
        return Verdict.NONE if sure else Verdict.UNSURE

    def _sized(self, size: int, apart: int) -> Result:
        """Returns a list of this size whose first items are each looked at, the others alike."""
        if size > _MOST_ITEMS or apart > 200:
            return Verdict.UNSURE
        slots = [self._slot(index) for index in range(apart)]
        return self._doubled(slots, size) if self.doubled else self._assign(slots, self.wanted, size)

    def _slot(self, index: int) -> frozenset[Stated]:
        return frozenset([*self.items.get(index, ()), *(one for start, one in self.rests if start <= index)])

    def _doubled(self, slots: list[frozenset[Stated]], size: int) -> Result:
        sure = True
        for second in range(len(slots)):
            for first in range(second):
                same = slots[first] | slots[second]
                found = self._assign([*slots[:first], same, *slots[first + 1 :]], self.wanted, size, (first, second))
                if isinstance(found, Found):
                    return found
                sure = sure and found is Verdict.NONE
        return Verdict.NONE if sure else Verdict.UNSURE

    def _assign(
        self,
        slots: list[frozenset[Stated]],
        wanted: list[tuple[int, Stated]],
        size: int,
        same: tuple[int, int] | None = None,
        after: int = -1,
    ) -> Result:
        """Finds an item for each statement that some item must satisfy; equal statements want different items."""
        self.solver.steps -= 1
        if not wanted:
            return self._finish(slots, size, same)
        (start, one), rest = wanted[0], wanted[1:]
        first = max(start, after + 1)
        tried: set[frozenset[Stated]] = set()
        sure = True
        for index in range(first, len(slots)):
            slot = slots[index] | {one}
            if slot in tried and index >= max(self.items, default=-1) + 1 and rest == []:
                continue
            tried.add(slot)
            again = index if rest and rest[0][1][:2] == one[:2] else -1
            if self.solver.solve(slot) is Verdict.NONE:
                continue
            found = self._assign([*slots[:index], slot, *slots[index + 1 :]], rest, size, same, again)
            if isinstance(found, Found):
                return found
            sure = sure and found is Verdict.NONE
        return Verdict.NONE if sure else Verdict.UNSURE

    def _finish(self, slots: list[frozenset[Stated]], size: int, same: tuple[int, int] | None) -> Result:
        tail = [self._slot(len(slots))] if size > len(slots) else []
        filled: list[frozenset[Stated]] = []
        counts = [0] * len(self.at_most)
        for number, slot in enumerate([*slots, *tail]):
            weight = size - len(slots) if number == len(slots) else 1
            for which, (node, (_, sent)) in enumerate(self.at_most.items()):
                spared = slot | {Stated(node, False, sent)}
                if self.solver.solve(spared) is Verdict.NONE:
                    counts[which] += weight
                else:
                    slot = spared
            filled.append(slot)
        if any(count > most for count, (most, _) in zip(counts, self.at_most.values(), strict=True)):
            return Verdict.NONE if len(self.at_most) == 1 else Verdict.UNSURE
        return self._values(filled, len(slots), size, same)

    def _values(self, filled: list[frozenset[Stated]], apart: int, size: int, same: tuple[int, int] | None) -> Result:
        value: list[Json] = []
        for index in range(size):
            slot = filled[min(index, len(filled) - 1)] if index >= apart else filled[index]
            goal = slot | {without(frozenset(canonical(item) for item in value))} if self.unique else slot
            if same and index == same[1]:
                value.append(value[same[0]])
                continue
            if index > apart and not self.unique:
                value.append(value[-1])
                continue
            found = self.solver.solve(goal)
            if not isinstance(found, Found):
                # Another choice before might have left a value: only where all items are alike there is none.
                return found if len(set(filled)) == 1 or not self.unique else Verdict.UNSURE
            value.append(found.value)
        return Verdict.UNSURE if canonical(value) in self.refused else Found(value)
