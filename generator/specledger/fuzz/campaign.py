"""Every stage over every API, each on a mock of its own: in one process, or on several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import httpx2

from specledger import spec, workers
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.fuzz import spoken
from specledger.fuzz.kept import Kept, Shelf, key_of
from specledger.fuzz.outcome import Outcome, Progress
from specledger.fuzz.stages import STAGES, Trial, again, attempts, trial
from specledger.fuzz.target import Target, reach, within
from specledger.fuzz.witness import Proof


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried: where things are, how much is drawn, and where failing cases are kept.

    `seconds` bounds what schemathesis draws for one API; `command` is what replays a kept case, but for its name.
    """

    specs: Path
    generated: Path
    seed: int = 1
    max_examples: int = 100
    seconds: float | None = None
    shelf: Shelf | None = None
    command: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One API's results by the name of the stage; a live API, whose state can be neither seen nor reset, has fewer."""

    api: str
    stages: Mapping[str, Outcome | Proof] = field(default_factory=dict)

    @property
    def failures(self) -> tuple[Diagnostic, ...]:
        """Returns all that failed, sorted."""
        return tuple(sorted({found for part in self.stages.values() for found in part.failures}))

    @property
    def seconds(self) -> float:
        """Returns the wall clock of all stages together."""
        return sum(part.seconds for part in self.stages.values())

    def summary(self, full: bool = False) -> str:
        """Returns a line of what was sent, accepted and failed, and one for each kind of thing not looked at.

        What such a note lists after its colon is said in `full` only.
        """
        parts: list[str] = []
        notes: list[str] = []
        for name, part in self.stages.items():
            if isinstance(part, Proof):
                parts.append(f"{name} {part.held}/{part.witnesses - len(part.unseen)}")
                parts += [f"{len(part.unseen)} claims that no answer shows"] if part.unseen else []
                continue
            parts.append(f"{name} {part.cases} cases, {part.accepted} accepted")
            notes += [f"    {name}: {note if full else note.partition(': ')[0]}" for note in part.notes]
            notes += [f"    {name}: cut {part.cut}"] if part.cut else []
        return "\n".join([f"{self.api}: {', '.join([*parts, f'{len(self.failures)} failures'])}", *notes])


def campaign(
    plan: Plan, only: tuple[str, ...], *, jobs: int = 1, dask: str = "", progress: Progress | None = None
) -> Iterator[Result]:
    """Yields each API's results against the mock in `plan.generated`, the same on any number of workers.

    Raises Failure as `spec.load`, `within` and `workers.each` do.
    """
    folders = spec.folders(plan.specs, only)
    apis = {folder: spec.load(folder).name for folder in folders}
    items = [(folder, stage.name) for folder in folders for stage in STAGES]
    kept = {folder: tuple(plan.shelf.of(apis[folder])) if plan.shelf else () for folder in folders}
    items = [(folder, stage) for folder, stage in items if kept[folder] or stage != STAGES[0].name]
    work = partial(_attempt, replace(plan, shelf=None), kept)
    found: dict[Path, dict[str, Outcome | Proof]] = {folder: {} for folder in folders}
    for number, part in workers.each(work, items, jobs=jobs, dask=dask):
        folder, stage = items[number]
        found[folder][stage] = _named(part, lambda path: shown(Path(path)) if Path(path).is_absolute() else path)
        if progress:
            progress(len(found[folder]), f"{apis[folder]} {stage}")
        if len(found[folder]) == sum(known == folder for known, _ in items):
            order = [stage.name for stage in STAGES if stage.name in found[folder]]
            yield _kept(plan, folder, Result(apis[folder], {name: found[folder][name] for name in order}), kept[folder])


def _attempt(plan: Plan, kept: Mapping[Path, tuple[Kept, ...]], item: tuple[Path, str]) -> Outcome | Proof:
    """Returns what one stage comes to on a mock of its own, so that no other stage can have a part in it."""
    folder, name = item
    with within(plan.generated) as target:
        ((_, found),) = attempts(
            _trial(plan, folder, target, kept[folder]), [stage for stage in STAGES if stage.name == name]
        )
    # A worker may run in another folder, from which its files have other names.
    return _named(found, lambda path: str(Path(path).resolve()) if Path(path).exists() else path)


def _named(found: Outcome | Proof, name: Callable[[str], str]) -> Outcome | Proof:
    """Returns what a stage came to with other names of the files in its diagnostics."""

    def named(failure: Diagnostic) -> Diagnostic:
        return replace(failure, file=name(failure.file))

    failures = tuple(map(named, found.failures))
    if isinstance(found, Proof):
        return replace(found, failures=failures)
    return replace(found, failures=failures, examples={named(one): held for one, held in found.examples.items()})


def _trial(plan: Plan, folder: Path, target: Target, kept: tuple[Kept, ...] = ()) -> Trial:
    return trial(
        folder,
        plan.generated,
        target,
        seed=plan.seed,
        max_examples=plan.max_examples,
        seconds=plan.seconds,
        kept=kept,
    )


def _kept(plan: Plan, folder: Path, result: Result, before: tuple[Kept, ...]) -> Result:
    """Keeps what failed, drops what holds again, and tells with each failure how it is called and replayed."""
    if plan.shelf is None:
        return result
    names: dict[str, Kept] = {}
    for stage, part in result.stages.items():
        for failure in part.failures if stage != STAGES[0].name else ():
            example = part.examples.get(failure) if isinstance(part, Outcome) else None
            kept = Kept(result.api, stage, *key_of(failure), plan.seed, plan.max_examples, example)
            names.setdefault(repr(kept.key), kept)
            plan.shelf.put(kept)
    failing = {key_of(failure) for failure in result.failures}
    for kept in before:
        if kept.key in failing:
            names.setdefault(repr(kept.key), kept)
        else:
            plan.shelf.drop(kept)
    told = partial(_told, plan, folder, names)
    return replace(
        result,
        stages={
            name: replace(part, failures=tuple(told(failure) for failure in part.failures))
            for name, part in result.stages.items()
        },
    )


def _told(plan: Plan, folder: Path, names: Mapping[str, Kept], failure: Diagnostic) -> Diagnostic:
    """Returns a failure with the call of the client and the command that replays it."""
    kept = names.get(repr(key_of(failure)))
    lines = [line for line in failure.excerpt if line.startswith("curl ")]
    said = _call(plan, folder, lines[-1]) if lines else ""
    more = [f"client: {said}"] if said else []
    more += [f"replay: {plan.command} --replay {kept.id}"] if kept else []
    return replace(failure, excerpt=(*failure.excerpt, *more))


def _call(plan: Plan, folder: Path, command: str) -> str:
    from specledger import behavior

    api = spec.load(folder)
    known = behavior.load(folder, api)
    credential = known.identities[0].credential if known.identities else "specledger-credential"
    return spoken.call(api, known, plan.generated, command, credential)


def replay(plan: Plan, name: str) -> tuple[Kept, Outcome | Proof]:
    """Returns a kept case and what came of sending it again alone. Raises Failure (exit code 2) where there is none."""
    kept = plan.shelf.find(name) if plan.shelf else None
    if kept is None or plan.shelf is None:
        where = plan.shelf.folder if plan.shelf else Path()
        message = f"no case is kept as {name}"
        raise Failure([Diagnostic(str(where), 0, "fuzz-replay", message, "take a name that a failure showed")], 2)
    folder = next(folder for folder in spec.folders(plan.specs, ()) if spec.load(folder).name == kept.api)
    with within(plan.generated) as target:
        found = again(_trial(plan, folder, target), kept)
    told = partial(_told, plan, folder, {repr(kept.key): kept})
    return kept, replace(found, failures=tuple(told(failure) for failure in found.failures))


def live(
    plan: Plan, only: tuple[str, ...], url: str, *, far: bool = False, progress: Progress | None = None
) -> Iterator[Result]:
    """Yields each API's results against whatever answers at a URL; `far` allows one that is not on this machine.

    Raises Failure as `reach` does, and with exit code 2 where several APIs are meant for one live address.
    """
    folders = spec.folders(plan.specs, only)
    with _at(url, far) as target:
        if not target.is_mock and len(folders) > 1:
            message = "a live address serves one API, and several are meant"
            raise Failure([Diagnostic(url, 0, "fuzz-api", message, "name one API")], 2)
        for folder in folders:
            given = replace(_trial(plan, folder, target), progress=progress)
            yield Result(given.api.name, {stage.name: found for stage, found in attempts(given)})


@contextmanager
def _at(url: str, far: bool) -> Iterator[Target]:
    with httpx2.Client(trust_env=far, timeout=10.0) as client:
        yield reach(url, client, live=far)
