"""What is tried on an API, as one ordered list: the cheap stages first, each runnable alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from specledger import behavior, ledger, spec
from specledger.behavior import Behavior
from specledger.diagnostics import Diagnostic
from specledger.fuzz import directed as directing
from specledger.fuzz import roundtrip as trips
from specledger.fuzz import stateful as sequences
from specledger.fuzz.called.checks import client_checks
from specledger.fuzz.cases import cases
from specledger.fuzz.inside import carry
from specledger.fuzz.kept import Kept, key_of
from specledger.fuzz.outcome import Outcome, Progress
from specledger.fuzz.proof import prove
from specledger.fuzz.run import repeat, run
from specledger.fuzz.target import Target
from specledger.fuzz.witness import Proof
from specledger.fuzz.witnesses import plan
from specledger.ir import Api, Operation
from specledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Trial:
    """All that a stage is given: what is written about an API, where it is served, and how much is drawn.

    `seconds` ends what schemathesis draws; `kept` are cases that failed before. With a `focus` a stage tries nothing
    but what that case is about. The checks of the clients end at a failure that is `enough`.
    """

    api: Api
    behavior: Behavior
    ledger: Ledger
    target: Target
    generated: Path
    seed: int = 1
    max_examples: int = 100
    seconds: float | None = None
    kept: tuple[Kept, ...] = ()
    focus: Kept | None = None
    progress: Progress | None = None
    enough: Callable[[Diagnostic], bool] = lambda _: False

    def about(self, at: str, operation: Operation) -> bool:
        """Says whether a case of an operation, about a place, is to be tried."""
        return self.focus is None or (operation.label, at) == (self.focus.operation, self.focus.at)

    def narrowed(self) -> Api:
        """Returns the API with nothing but the operation in focus."""
        if self.focus is None:
            return self.api
        return replace(self.api, operations=tuple(o for o in self.api.operations if o.label == self.focus.operation))


@dataclass(frozen=True, slots=True)
class Stage:
    """One way of trying an API; one that is not `live` needs a mock, whose state it sees and resets."""

    name: str
    attempt: Callable[[Trial], Outcome | Proof]
    live: bool = False


def earlier(trial: Trial) -> Outcome:
    """Tries what failed before, each case alone."""
    started = time.monotonic()
    parts = [again(trial, kept) for kept in trial.kept]
    failures = tuple(sorted({found for part in parts for found in part.failures}))
    seconds = time.monotonic() - started
    return Outcome(trial.api.name, len(parts), sum(not part.failures for part in parts), failures, (), seconds)


def again(trial: Trial, kept: Kept) -> Outcome | Proof:
    """Returns what came of one kept case alone: nothing else is reported."""
    if kept.example is not None:
        (found,) = repeat(trial.api, trial.behavior, trial.ledger, trial.target, [kept.example])
        return _only(found, kept)
    stage = next((stage for stage in STAGES if stage.name == kept.stage), None)
    if stage is None or all(operation.label != kept.operation for operation in trial.api.operations):
        return Outcome(trial.api.name, 0, 0)
    drawn = replace(trial, seed=kept.seed, max_examples=kept.max_examples, kept=(), focus=kept)
    return _only(stage.attempt(drawn), kept)


def _only(found: Outcome | Proof, kept: Kept) -> Outcome | Proof:
    return replace(found, failures=tuple(one for one in found.failures if key_of(one) == kept.key))


def witnesses(trial: Trial) -> Proof:
    """Sends a request for each side of each fact."""
    found = plan(trial.api, trial.behavior, trial.ledger).witnesses
    wanted = [witness for witness in found if trial.about(witness.at, witness.operation)]
    return prove(trial.api, trial.behavior, wanted, trial.target)


def directed(trial: Trial) -> Outcome:
    """Sends what breaks one keyword of a schema, and what lies at its edge."""
    if trial.focus is None:
        return directing.directed(trial.api, trial.behavior, trial.ledger, trial.target, seed=trial.seed)
    found = cases(trial.api, trial.behavior, trial.ledger, trial.seed)
    wanted = [case for case in found if trial.about(case.at, case.operation)]
    return directing.send(trial.api, trial.behavior, trial.ledger, trial.target, wanted)


def stateful(trial: Trial) -> Outcome:
    """Drives each operation through a sequence of requests whose effect on the state is known."""
    return sequences.stateful(trial.api, trial.behavior, trial.ledger, trial.target, seed=trial.seed)


def client(trial: Trial) -> Outcome:
    """Calls the generated clients, sync and async, and compares what they send and give with the spec."""
    api = trial.narrowed()
    target, generated = trial.target, trial.generated
    return client_checks(api, trial.behavior, trial.ledger, target, generated, seed=trial.seed, enough=trial.enough)


def roundtrip(trial: Trial) -> Outcome:
    """Calls the generated client with drawn values over a socket to the mock."""
    api = trial.narrowed()
    return trips.roundtrip(api, trial.behavior, trial.ledger, trial.target, trial.generated, seed=trial.seed)


def fuzz(trial: Trial) -> Outcome:
    """Runs the phases of schemathesis."""
    return run(
        trial.api,
        trial.behavior,
        trial.ledger,
        trial.target,
        seed=trial.seed,
        max_examples=trial.max_examples,
        seconds=trial.seconds,
        progress=trial.progress,
    )


STAGES: tuple[Stage, ...] = (
    Stage("earlier", earlier),
    Stage("witnesses", witnesses),
    Stage("directed", directed, live=True),
    Stage("stateful", stateful),
    Stage("client", client),
    Stage("roundtrip", roundtrip),
    Stage("fuzz", fuzz, live=True),
)


def trial(
    folder: Path,
    generated: Path,
    target: Target,
    *,
    seed: int = 1,
    max_examples: int = 100,
    seconds: float | None = None,
    kept: tuple[Kept, ...] = (),
    progress: Progress | None = None,
) -> Trial:
    """Returns what the stages need for the API in a folder. Raises Failure where it cannot be read."""
    api = spec.load(folder)
    carry(api)
    known, facts = behavior.load(folder, api), ledger.load(folder)
    return Trial(api, known, facts, target, generated, seed, max_examples, seconds, kept, progress=progress)


def attempts(given: Trial, stages: Sequence[Stage] = STAGES) -> Iterator[tuple[Stage, Outcome | Proof]]:
    """Yields what each stage came to, one after the other; a stage begins when its result is asked for.

    The stages that need a mock are left out for a live API.
    """
    for stage in stages:
        if (stage.live or given.target.is_mock) and (given.kept or stage.attempt is not earlier):
            if given.progress:
                given.progress(0, stage.name)
            yield stage, stage.attempt(given)
