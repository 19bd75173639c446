"""Every check there is, over every API: files, generated tree, witnesses, fuzz, round trip through the client."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path

from specledger import check as checks
from specledger.diagnostics import Diagnostic, Failure, sort
from specledger.fuzz.campaign import Plan, campaign
from specledger.fuzz.kept import Shelf
from specledger.fuzz.outcome import Outcome
from specledger.fuzz.witness import Proof

# Told the name of each part as it begins to be waited for, and its seconds when it is done.
Told = Callable[[str, float | None], None]

TREE = "generated tree"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and how much is drawn; the same settings, without a budget, give the same verdict.

    `budget` bounds the seconds in which schemathesis draws, for all APIs together; failing cases are kept in the
    folder `examples`, and replayed by `command`.
    """

    specs: Path
    generated: Path
    seed: int
    max_examples: int
    budget: float | None = None
    examples: Path | None = None
    command: str = "specledger prove"

    def plan(self, seconds: float | None = None) -> Plan:
        """Returns what is tried on each API, and for how many seconds is drawn."""
        shelf = Shelf(self.examples) if self.examples else None
        return Plan(self.specs, self.generated, self.seed, self.max_examples, seconds, shelf, self.command)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one stage came to: how many cases, how many of them were taken or held, what failed."""

    cases: int
    held: int
    failures: int
    drawn: bool = True
    unseen: int = 0
    cut: str = ""


@dataclass(frozen=True, slots=True)
class Driven:
    """What driving one API came to, by the name of the stage."""

    api: str
    stages: Mapping[str, Tally] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0


# What one worker brings: what driving an API came to, or what is wrong with the generated tree.
Part = Driven | tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `prove` found out about one API."""

    checked: checks.Checked
    driven: Driven

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Returns everything that speaks against this API."""
        return sort((*self.checked.diagnostics, *self.driven.diagnostics))

    @property
    def holds(self) -> bool:
        """Says whether nothing does."""
        return not self.diagnostics


def prove(
    settings: Settings, apis: Sequence[str], jobs: int, told: Told
) -> tuple[list[Verdict], tuple[Diagnostic, ...]]:
    """Returns a verdict for each API, and what is wrong with the generated tree as a whole.

    The files are checked first; an API whose files are not clean is not driven. Raises Failure where there is
    nothing to prove.
    """
    start = time.perf_counter()
    checked = checks.check(settings.specs, apis)
    told("check", time.perf_counter() - start)
    clean = [one.name for one in checked if not one.diagnostics]
    settings = replace(settings, budget=_share(settings.budget, len(clean), jobs))
    driven: dict[str, Driven] = {}
    tree: tuple[Diagnostic, ...] = ()
    for name, result in _parallel(settings, clean, jobs, told):
        if isinstance(result, Driven):
            driven[name] = result
        else:
            tree = result
    return [Verdict(one, driven.get(one.name, Driven(one.name))) for one in checked], tree


def _share(budget: float | None, apis: int, jobs: int) -> float | None:
    """Returns the seconds of one API, where `jobs` of them are tried at a time."""
    return budget * min(jobs, apis) / apis if budget is not None and apis else budget


def _parallel(settings: Settings, names: list[str], jobs: int, told: Told) -> Iterator[tuple[str, Part]]:
    """Yields what driving each API came to, and the comparison of the tree, as they are done."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting = {pool.submit(_part, settings, name): name for name in [*names, TREE]}
        for name in waiting.values():
            told(name, None)
        started = time.perf_counter()
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
                told(waiting[done], time.perf_counter() - started)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _part(settings: Settings, name: str) -> Part:
    return _compare(settings) if name == TREE else drive(settings, name)


def _compare(settings: Settings) -> tuple[Diagnostic, ...]:
    from specledger import write
    from specledger.progress import Steps

    try:
        return sort(write.compare(settings.specs, settings.generated, Steps()))
    except Failure as failure:
        return failure.diagnostics


def drive(settings: Settings, name: str) -> Driven:
    """Tries every stage on the mock of one API, and the generated client."""
    start = time.perf_counter()
    try:
        (result,) = campaign(settings.plan(settings.budget), (name,))
    except Failure as failure:
        return Driven(name, diagnostics=failure.diagnostics)
    tallies = {stage: _tally(found) for stage, found in result.stages.items()}
    return Driven(name, tallies, result.failures, time.perf_counter() - start)


def _tally(found: Outcome | Proof) -> Tally:
    if isinstance(found, Outcome):
        return Tally(found.cases, found.accepted, len(found.failures), cut=found.cut)
    unseen = len(found.unseen)
    return Tally(found.witnesses - unseen, found.held, len(found.failures), drawn=False, unseen=unseen)
