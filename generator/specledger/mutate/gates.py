"""The ordinary gate on a laid-out world, stage by stage: the cheap ones first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from specledger import behavior, check, spec
from specledger.diagnostics import Diagnostic, Failure
from specledger.drift import compare
from specledger.emit import client, mock
from specledger.fuzz import stages
from specledger.fuzz.target import within

SPECS, GENERATED, DOCUMENTS = "specs", "generated", "documents"


@dataclass(frozen=True, slots=True)
class Red:
    """One thing that a gate found: the operation and the place that it names, and its words."""

    operation: str
    at: str
    says: str


def page(root: Path, document: str, api: str) -> list[Red]:
    """Returns what drift says of a page against its facts."""
    try:
        found = compare.drift(str(root / DOCUMENTS / document), root / SPECS, api)
    except Failure as failure:
        return _reds(failure.diagnostics)
    return [
        Red(one.label, at, f"{one.label} {at}: {change.difference.kind} [drift]")
        for one in found.operations
        for change in one.changes
        for at in (change.difference.at, change.renamed)
        if at
    ]


def checked(root: Path, api: str) -> list[Red]:
    """Returns what check says of the files."""
    (found,) = check.check(root / SPECS, [api])
    return _reds(found.diagnostics)


def generate(root: Path, api: str) -> None:
    """Writes the client and a mock of this API alone. Raises Failure where its files cannot be loaded."""
    folder = root / SPECS / api
    lowered = spec.load(folder)
    known = behavior.load(folder, lowered)
    for name, files in ((api, client.emit(lowered)), ("mock_server", mock.emit([(lowered, known)]))):
        for path, content in files.items():
            target = root / GENERATED / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def driven(
    root: Path,
    api: str,
    seed: int,
    max_examples: int,
    *,
    first: tuple[str, ...] = (),
    enough: Callable[[Diagnostic], bool] = lambda _: False,
    operation: str = "",
) -> Iterator[tuple[str, list[Red]]]:
    """Yields what each stage of the campaign finds against the generated mock and client, those in `first` first.

    The clients' checks begin with `operation`, and end at a failure that is `enough`.
    """
    order = sorted(stages.STAGES, key=lambda stage: stage.name not in first)
    generated = root / GENERATED
    try:
        with within(generated) as target:
            trial = stages.trial(root / SPECS / api, generated, target, seed=seed, max_examples=max_examples)
            operations = tuple(sorted(trial.api.operations, key=lambda one: one.label != operation))
            trial = replace(trial, api=replace(trial.api, operations=operations), enough=enough)
            for stage, result in stages.attempts(trial, order):
                yield stage.name, _reds(result.failures)
    except Failure as failure:
        yield "stages", _reds(failure.diagnostics)


def _reds(diagnostics: tuple[Diagnostic, ...]) -> list[Red]:
    return [Red(found.operation, found.at, str(found).partition("\n")[0]) for found in diagnostics]
