"""What is tried on an API, as one ordered list: the cheap stages first, each runnable alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from specledger import behavior, ledger, spec
from specledger.behavior import Behavior
from specledger.fuzz import directed as directing
from specledger.fuzz import roundtrip as trips
from specledger.fuzz import stateful as sequences
from specledger.fuzz.called.checks import client_checks
from specledger.fuzz.outcome import Outcome, Progress
from specledger.fuzz.proof import prove
from specledger.fuzz.run import run
from specledger.fuzz.target import Target
from specledger.fuzz.witness import Proof
from specledger.fuzz.witnesses import plan
from specledger.ir import Api
from specledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Trial:
    """All that a stage is given: what is written about an API, where it is served, and how much is drawn."""

    api: Api
    behavior: Behavior
    ledger: Ledger
    target: Target
    generated: Path
    seed: int = 1
    max_examples: int = 100
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One way of trying an API; one that is not `live` needs a mock, whose state it sees and resets."""

    name: str
    attempt: Callable[[Trial], Outcome | Proof]
    live: bool = False


def witnesses(trial: Trial) -> Proof:
    """Sends a request for each side of each fact."""
    found = plan(trial.api, trial.behavior, trial.ledger).witnesses
    return prove(trial.api, trial.behavior, list(found), trial.target)


def directed(trial: Trial) -> Outcome:
    """Sends what breaks one keyword of a schema, and what lies at its edge."""
    return directing.directed(trial.api, trial.behavior, trial.ledger, trial.target, seed=trial.seed)


def stateful(trial: Trial) -> Outcome:
    """Drives each operation through a sequence of requests whose effect on the state is known."""
    return sequences.stateful(trial.api, trial.behavior, trial.ledger, trial.target, seed=trial.seed)


def client(trial: Trial) -> Outcome:
    """Calls the generated clients, sync and async, and compares what they send and give with the spec."""
    return client_checks(trial.api, trial.behavior, trial.ledger, trial.target, trial.generated, seed=trial.seed)


def roundtrip(trial: Trial) -> Outcome:
    """Calls the generated client with drawn values over a socket to the mock."""
    return trips.roundtrip(trial.api, trial.behavior, trial.ledger, trial.target, trial.generated, seed=trial.seed)


def fuzz(trial: Trial) -> Outcome:
    """Runs the phases of schemathesis."""
    return run(
        trial.api,
        trial.behavior,
        trial.ledger,
        trial.target,
        seed=trial.seed,
        max_examples=trial.max_examples,
        progress=trial.progress,
    )


STAGES: tuple[Stage, ...] = (
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
    progress: Progress | None = None,
) -> Trial:
    """Returns what the stages need for the API in a folder. Raises Failure where it cannot be read."""
    api = spec.load(folder)
    known, facts = behavior.load(folder, api), ledger.load(folder)
    return Trial(api, known, facts, target, generated, seed, max_examples, progress)


def attempts(given: Trial, stages: Sequence[Stage] = STAGES) -> Iterator[tuple[Stage, Outcome | Proof]]:
    """Yields what each stage came to, one after the other; a stage begins when its result is asked for.

    The stages that need a mock are left out for a live API.
    """
    for stage in stages:
        if stage.live or given.target.is_mock:
            if given.progress:
                given.progress(0, stage.name)
            yield stage, stage.attempt(given)
