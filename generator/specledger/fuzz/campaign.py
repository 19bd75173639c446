"""Everything that is tried on an API: schemathesis, witnesses, and the generated client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2

from specledger import behavior, ledger, serve, spec
from specledger.diagnostics import Diagnostic, Failure
from specledger.fuzz.outcome import Outcome, Progress
from specledger.fuzz.proof import prove
from specledger.fuzz.roundtrip import roundtrip
from specledger.fuzz.run import run
from specledger.fuzz.target import Target, reach
from specledger.fuzz.witness import Proof, Unwitnessed
from specledger.fuzz.witnesses import plan


@dataclass(frozen=True, slots=True)
class Result:
    """One API's results; `proof` and `client` are None for a live API, whose state can be neither seen nor reset."""

    api: str
    fuzzed: Outcome
    proof: Proof | None = None
    client: Outcome | None = None
    unwitnessed: tuple[Unwitnessed, ...] = ()

    @property
    def failures(self) -> tuple[Diagnostic, ...]:
        """Returns all that failed, sorted."""
        parts = (
            self.fuzzed.failures,
            self.proof.failures if self.proof else (),
            self.client.failures if self.client else (),
        )
        return tuple(sorted({found for part in parts for found in part}))

    def summary(self) -> str:
        """Returns one line: what was sent, what was accepted, how much failed, what was not looked at."""
        parts = [f"{self.fuzzed.cases} cases, {self.fuzzed.accepted} accepted"]
        if self.proof:
            unseen = len(self.proof.unseen)
            parts.append(f"witnesses {self.proof.held}/{self.proof.witnesses - unseen}")
            parts += [f"{unseen} claims that no answer shows"] if unseen else []
        if self.client:
            parts.append(f"client {self.client.accepted}/{self.client.cases}")
        parts += [f"{len(self.failures)} failures", *self.fuzzed.notes]
        return f"{self.api}: {', '.join(parts)}"


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

    Raises Failure as `spec.load`, `serve.running` and `reach` do, and with exit code 2 where several APIs are meant
    for one live address.
    """
    folders = spec.folders(specs, only)
    with ExitStack() as stack:
        client = stack.enter_context(httpx2.Client(trust_env=live, timeout=10.0))
        target = reach(url or stack.enter_context(serve.running(generated)), client, live=live)
        if not target.is_mock and len(folders) > 1:
            message = "a live address serves one API, and several are meant"
            raise Failure([Diagnostic(url, 0, "fuzz-api", message, "name one API")], 2)
        for folder in folders:
            yield _result(folder, generated, target, seed, max_examples, progress)


def _result(
    folder: Path, generated: Path, target: Target, seed: int, max_examples: int, progress: Progress | None
) -> Result:
    api = spec.load(folder)
    known, facts = behavior.load(folder, api), ledger.load(folder)
    if not target.is_mock:
        fuzzed = run(api, known, facts, target, seed=seed, max_examples=max_examples, progress=progress)
        return Result(api.name, fuzzed)
    witnessed = plan(api, known, facts)
    if progress:
        progress(len(witnessed.witnesses), "witnesses")
    proof = prove(api, known, list(witnessed.witnesses), target)
    client = roundtrip(api, known, facts, target, generated, seed=seed)
    fuzzed = run(api, known, facts, target, seed=seed, max_examples=max_examples, progress=progress)
    return Result(api.name, fuzzed, proof, client, witnessed.unwitnessed)
