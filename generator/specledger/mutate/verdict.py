"""What came of a mutant."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, cast

from specledger.mutate.mutant import Mutant
from specledger.yaml12 import Json, JsonObject

Outcome = Literal["killed", "equivalent", "survived", "quiet", "alarm", "broken"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One mutant with what came of it.

    `killed`: the gate went red and named it; `equivalent`: it means the same, by proof; `survived`: neither. Of a
    benign one `quiet` and `alarm`. `broken`: the gate itself ended, which shows nothing. `gate` is the stage that
    decided, `diagnostic` what it said, `why` the reason of every other outcome.
    """

    id: str
    api: str
    layer: str
    operator: str
    operation: str
    place: str
    name: str
    outcome: Outcome
    gate: str = ""
    diagnostic: str = ""
    why: str = ""
    seconds: float = 0.0
    benign: bool = False

    def as_json(self) -> JsonObject:
        """Returns it as a JSON object."""
        return cast(JsonObject, asdict(self))


def of(mutant: Mutant, outcome: Outcome, *, gate: str = "", diagnostic: str = "", why: str = "") -> Verdict:
    """Returns what came of a mutant."""
    return Verdict(
        mutant.id,
        mutant.api,
        mutant.layer,
        mutant.operator,
        mutant.operation,
        mutant.at,
        mutant.name,
        outcome,
        gate,
        diagnostic,
        why,
        benign=mutant.benign,
    )


def read(value: Json) -> Verdict | None:
    """Returns a verdict that was written as JSON; None where it is none."""
    try:
        return Verdict(**value) if isinstance(value, dict) else None  # type: ignore[arg-type]  # checked by its names
    except TypeError:
        return None
