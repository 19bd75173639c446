"""What changed at one place, and whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from specledger.yaml12 import Json

Level = Literal["docs", "compatible", "breaking"]
Affected = Literal["request", "response", "client"]
LEVELS: tuple[Level, ...] = ("docs", "compatible", "breaking")


@dataclass(frozen=True, slots=True)
class Witness:
    """A value that one version takes or sends and that the other refuses."""

    value: Json


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the contract.

    `kind` is a stable word for what happened, `certain` says whether the level was decided or assumed for want of
    a decision, `witness` is a value that was good and is refused now (in an answer: that may come now, and that the
    old contract refuses).
    """

    operation: str
    at: str
    kind: str
    level: Level
    side: Affected
    message: str
    before: Json = None
    after: Json = None
    witness: Witness | None = None
    certain: bool = True

    @property
    def place(self) -> str:
        """Returns the operation and the place in it, as one text."""
        return " ".join(part for part in (self.operation, self.at) if part)


def level_of(changes: Iterable[Change]) -> Level:
    """Returns the gravest level; docs where nothing changed."""
    return max((change.level for change in changes), key=LEVELS.index, default="docs")
