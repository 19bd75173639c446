"""A row of a table: which contenders of a measure are compared, with what, and the goal; the figures it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

Measured: TypeAlias = Mapping[str, Mapping[str, list[float]]]
"""For each measure what each contender took, held or answered in each round: seconds, bytes, requests a second."""

_SCALES = {"x": 1.0, "ms": 1e3, "µs": 1e6, "MB": 1e-6, "/s": 1.0, "": 1.0}
_DIGITS = {"x": 2, "ms": 0, "µs": 1, "MB": 1, "/s": 0, "": 0}


@dataclass(frozen=True, slots=True)
class Row:
    """A measure's contenders beside its `basis`: as ratios to it (`x`), or in another unit as what they have over it.

    Without a basis the figures stand for themselves. `goal` is the most for ours, or with `least` the least.
    """

    title: str
    measure: str
    basis: str
    ours: str
    peers: tuple[str, ...]
    goal: float | None
    unit: str = "x"
    least: bool = False

    def figure(self, measured: Measured, contender: str) -> float:
        """Returns the median over the rounds of what is shown of a contender."""
        own = measured[self.measure][contender]
        if not self.basis:
            return median(own) * _SCALES[self.unit]
        pairs = list(zip(own, measured[self.measure][self.basis], strict=True))
        if self.unit == "x":
            return median(x / y for x, y in pairs)
        return median(x - y for x, y in pairs) * _SCALES[self.unit]

    def reached(self, measured: Measured) -> bool:
        """Says whether the goal is reached; a row without one has none to miss."""
        ours = self.figure(measured, self.ours)
        return self.goal is None or (ours >= self.goal if self.least else ours <= self.goal)

    def measurable(self, measured: Measured) -> bool:
        """Says whether ours and its basis were measured in this run."""
        return {self.ours, self.basis or self.ours} <= set(measured.get(self.measure, ()))

    def there(self, measured: Measured) -> tuple[str, ...]:
        """Returns the peers that were measured in this run."""
        return tuple(name for name in self.peers if name in measured[self.measure])

    def cells(self, measured: Measured) -> tuple[str, str, str, str]:
        """Returns the row of the table: what is measured, the goal, ours, and the peers."""
        ours = shown(self.figure(measured, self.ours), self.unit)
        peers = ", ".join(f"{name} {shown(self.figure(measured, name), self.unit)}" for name in self.there(measured))
        goal = "" if self.goal is None else f"{'≥' if self.least else '≤'} {shown(self.goal, self.unit)}"
        return self.title, goal, ours + ("" if self.reached(measured) else ", not reached"), peers


def shown(value: float, unit: str) -> str:
    """Returns a figure with its unit, as table and plot show it."""
    return f"{value:,.{_DIGITS[unit]}f}{'' if unit in ('', 'x', '/s') else ' '}{unit}"
