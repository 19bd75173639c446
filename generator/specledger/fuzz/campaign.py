"""Every stage over every API, against one mock or one live address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from specledger import spec
from specledger.diagnostics import Diagnostic, Failure
from specledger.fuzz.outcome import Outcome, Progress
from specledger.fuzz.stages import attempts, trial
from specledger.fuzz.target import Target, reach, within
from specledger.fuzz.witness import Proof


@dataclass(frozen=True, slots=True)
class Result:
    """One API's results by the name of the stage; a live API, whose state can be neither seen nor reset, has fewer."""

    api: str
    stages: dict[str, Outcome | Proof]

    @property
    def failures(self) -> tuple[Diagnostic, ...]:
        """Returns all that failed, sorted."""
        return tuple(sorted({found for part in self.stages.values() for found in part.failures}))

    @property
    def seconds(self) -> float:
        """Returns the wall clock of all stages together."""
        return sum(part.seconds for part in self.stages.values())

    def summary(self) -> str:
        """Returns one line: what was sent, what was accepted, how much failed, what was not looked at."""
        parts: list[str] = []
        notes: list[str] = []
        for name, part in self.stages.items():
            if isinstance(part, Proof):
                parts.append(f"{name} {part.held}/{part.witnesses - len(part.unseen)}")
                parts += [f"{len(part.unseen)} claims that no answer shows"] if part.unseen else []
            else:
                parts.append(f"{name} {part.cases} cases, {part.accepted} accepted")
                notes += part.notes
        return f"{self.api}: {', '.join([*parts, f'{len(self.failures)} failures', *notes])}"


def campaign(
    specs: Path,
    only: tuple[str, ...],
    generated: Path,
    *,
    url: str = "",
    live: bool = False,
    seed: int = 1,
    max_examples: int = 100,
    progress: Progress | None = None,
) -> Iterator[Result]:
    """Yields each API's results, against the mock in `generated`, or whatever answers at `url`.

    Raises Failure as `spec.load`, `within` and `reach` do, and with exit code 2 where several APIs are meant
    for one live address.
    """
    folders = spec.folders(specs, only)
    with _target(generated, url, live) as target:
        if not target.is_mock and len(folders) > 1:
            message = "a live address serves one API, and several are meant"
            raise Failure([Diagnostic(url, 0, "fuzz-api", message, "name one API")], 2)
        for folder in folders:
            given = trial(folder, generated, target, seed=seed, max_examples=max_examples, progress=progress)
            yield Result(given.api.name, {stage.name: found for stage, found in attempts(given)})


@contextmanager
def _target(generated: Path, url: str, live: bool) -> Iterator[Target]:
    """Gives whatever answers at the URL, or the generated mock in this process where there is none."""
    if not url:
        with within(generated) as target:
            yield target
        return
    with httpx2.Client(trust_env=live, timeout=10.0) as client:
        yield reach(url, client, live=live)
