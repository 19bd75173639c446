"""What a run of requests came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from specledger.diagnostics import Diagnostic
from specledger.yaml12 import JsonObject

# Called with the number of cases so far and the name of what runs.
Progress = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One API's result: how many requests were judged, how many of them answered with success, what failed.

    `notes` say what was not checked and why; `seconds` is wall clock; `cut` says when the drawing was ended before its
    end. `examples` are failing cases as schemathesis drew them.
    """

    api: str
    cases: int
    accepted: int
    failures: tuple[Diagnostic, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    cut: str = ""
    examples: Mapping[Diagnostic, JsonObject] = field(default_factory=dict)
