"""A witness: a request that proves one fact, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from specledger.diagnostics import Diagnostic
from specledger.fuzz.request import Answer, Request
from specledger.ir import Operation
from specledger.rulings import Entry

Side = Literal["accept", "refuse"]


@dataclass(frozen=True, slots=True)
class Witness:
    """A request on one side of what a row claims, and the status that must answer it.

    `kind` is the kind of refusal, empty on the accepting side.
    """

    operation: Operation = field(repr=False)
    entry: Entry = field(repr=False)
    side: Side
    request: Request
    status: int
    kind: str = ""

    @property
    def at(self) -> str:
        """Returns the place that the row speaks of."""
        return str(self.entry.claim.at)


@dataclass(frozen=True, slots=True)
class Unwitnessed:
    """A claim, or one side of it, that no request can prove."""

    operation: Operation = field(repr=False)
    entry: Entry = field(repr=False)
    reason: str
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the mock made of one witness: its answer, and what does not bear the row out.

    `unseen` marks a claim about an answer that no answer showed.
    """

    witness: Witness
    answer: Answer = field(repr=False)
    failures: tuple[Diagnostic, ...] = ()
    unseen: bool = False

    @property
    def held(self) -> bool:
        """Says whether the row was borne out."""
        return not self.failures and not self.unseen


@dataclass(frozen=True, slots=True)
class Proof:
    """What the witnesses came to: how many there are, requests sent for them, how many held, and what failed.

    `unseen` are claims about answers that no answer showed: neither held nor failed.
    """

    witnesses: int
    sent: int
    held: int
    failures: tuple[Diagnostic, ...] = ()
    unseen: tuple[Unwitnessed, ...] = ()
    seconds: float = 0.0
