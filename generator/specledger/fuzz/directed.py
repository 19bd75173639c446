"""Directed cases sent to a target: what breaks a keyword is refused, what lies at its edge is accepted."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from specledger.behavior import Behavior
from specledger.diagnostics import Diagnostic
from specledger.fuzz.blame import Blamer
from specledger.fuzz.cases import Case, Unmade, plan
from specledger.fuzz.judge import Finding
from specledger.fuzz.outcome import Outcome
from specledger.fuzz.request import Answer
from specledger.fuzz.target import Target
from specledger.ir import Api, Operation
from specledger.ledger import Ledger

_SAFE = ("GET", "HEAD", "OPTIONS")
# With what a server that nobody describes refuses a value.
_INVALID = (400, 422)
REMEDY = "correct the server, or the spec and the facts where they are wrong; the request is above"


def directed(api: Api, behavior: Behavior, ledger: Ledger, target: Target, *, seed: int) -> Outcome:
    """Sends the cases of an API and returns what came of it: the same for the same seed, spec and mock.

    The mock is reset after what changed it. To a live API go only operations whose objects are pinned, and reads.
    """
    started = time.monotonic()
    made, unmade = plan(api, behavior, ledger, seed)
    outcome = send(api, behavior, ledger, target, made)
    return replace(outcome, notes=(*_unmade(unmade), *outcome.notes), seconds=time.monotonic() - started)


def send(api: Api, behavior: Behavior, ledger: Ledger, target: Target, made: Sequence[Case]) -> Outcome:
    """Sends cases and returns what came of them; of failures at one place the shortest request is kept."""
    started = time.monotonic()
    sending = _Sending(api, behavior, target)
    sent = [case for case in made if sending.may(case.operation)]
    found: dict[tuple[str, str, str], tuple[str, Case, Finding]] = {}
    accepted = 0
    for case in sent:
        answer, verdict = sending.answer(case)
        accepted += 200 <= answer.status < 300
        for finding in sending.judged(case, answer, verdict):
            curl = case.request.curl(sending.base_url)
            key = (case.operation.label, case.at, finding.code)
            if key not in found or (len(curl), curl) < (len(found[key][0]), found[key][0]):
                found[key] = (curl, case, finding)
    sending.end()
    failures = _diagnostics(Blamer(api, behavior, ledger), list(found.values())) if found else ()
    notes = tuple(sending.notes(made))
    return Outcome(api.name, len(sent), accepted, failures, notes, time.monotonic() - started)


class _Sending:
    """Sends cases, equal requests once, each on seeded state."""

    def __init__(self, api: Api, behavior: Behavior, target: Target) -> None:
        self.api = api
        self.behavior = behavior
        self.target = target
        self.base_url = target.base(api)
        self.credential = target.credential(api, behavior)
        self.answers: dict[tuple[object, ...], tuple[Answer, tuple[str, str]]] = {}
        self.is_changed = True
        self.unclear = 0

    def may(self, operation: Operation) -> bool:
        """Says whether an operation is sent to the target."""
        return self.target.is_mock or operation.id in self.behavior.effects or operation.method in _SAFE

    def answer(self, case: Case) -> tuple[Answer, tuple[str, str]]:
        """Returns the answer to a case and what a mock says of it, sent where an equal request was not."""
        request = replace(case.request, credential=self.credential)
        key = (
            request.operation.id,
            request.url(self.base_url),
            tuple(request.headers().items()),
            request.payload(),
        )
        if key not in self.answers:
            if self.target.is_mock and self.is_changed:
                self.target.reset(self.api)
            answer = self.target.send(request)
            refused = self.target.is_mock and not 200 <= answer.status < 300
            self.answers[key] = answer, self.target.verdict(self.api) if refused else ("", "")
            self.is_changed = 200 <= answer.status < 300 and request.operation.method not in _SAFE
        return self.answers[key]

    def end(self) -> None:
        """Leaves the mock as it was seeded."""
        if self.target.is_mock:
            self.target.reset(self.api)

    def judged(self, case: Case, answer: Answer, verdict: tuple[str, str]) -> Iterator[Finding]:
        """Yields what is wrong with an answer."""
        status, said = answer.status, f"; answered with {answer.status}: {_shown(answer)}"
        if case.side == "edge":
            if self._is_refused(case.operation, status):
                message = f"a request at the edge of {case.keyword!r} keeps to the contract, and was refused{said}"
                yield Finding(case.at, "directed-refused", message)
            return
        what = "is of another type or spelling" if case.side == "widened" else "keeps to all else"
        wanted = self._invalid(case.operation)
        if 200 <= status < 300:
            message = f"a request that breaks {case.keyword!r} and {what} is refused, and was accepted{said}"
            yield Finding(case.at, "directed-accepted", message)
        elif self.target.is_mock and status not in wanted:
            message = f"a request that breaks {case.keyword!r} is refused with {wanted[0]}{said}"
            yield Finding(case.at, "directed-status", message)
        elif verdict[0] not in ("", "invalid", "malformed") or _OWN_ANSWER in verdict[1]:
            message = f"a request that breaks {case.keyword!r} was let past its schema, and refused for: {verdict[1]}"
            yield Finding(case.at, "directed-accepted", message)

    def _invalid(self, operation: Operation) -> tuple[int, ...]:
        """Returns the statuses that refuse a value which leaves its schema."""
        effect = self.behavior.effects.get(operation.id)
        if effect or self.behavior.document is not None:
            refusals = effect.refusals if effect else self.behavior.refusals
            return (refusals["invalid"].status,)
        return tuple(sorted(_INVALID, key=lambda status: operation.response(status) is None))

    def _is_refused(self, operation: Operation, status: int) -> bool:
        """Says whether an edge was refused as invalid, so far as the status tells."""
        if 200 <= status < 300:
            return False
        effect = self.behavior.effects.get(operation.id)
        if self.target.is_mock and effect:
            return True
        others = {one.status for kind, one in effect.refusals.items() if kind not in _AS_INVALID} if effect else set()
        is_told = self.target.is_mock or (effect is not None and not others & {*self._invalid(operation)})
        if status >= 500 or (is_told and status in self._invalid(operation)):
            return True
        self.unclear += 1
        return False

    def notes(self, made: Sequence[Case]) -> Iterator[str]:
        """Yields what was not sent or not judged."""
        left = sorted({case.operation.label for case in made if not self.may(case.operation)})
        if left:
            yield f"not sent to a live API, since nothing pins what they change: {', '.join(left)}"
        if self.unclear:
            yield f"{self.unclear} requests at an edge met a refusal that may have another cause"


_AS_INVALID = ("invalid", "malformed")
# A mock that let a request past its schema may find out so by the answer that it would give.
_OWN_ANSWER = "the answer would leave the spec"


def _shown(answer: Answer) -> str:
    return answer.content[:200].decode("utf-8", "replace")


def _diagnostics(blamer: Blamer, found: list[tuple[str, Case, Finding]]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(blamer.diagnostic(case.operation, finding, curl, REMEDY) for curl, case, finding in found))


def _unmade(unmade: list[Unmade]) -> Iterator[str]:
    """Yields the keywords that have no case, those of one reason together."""
    reasons: dict[str, list[str]] = {}
    for one in unmade:
        reasons.setdefault(one.reason, []).append(f"{one.operation.label} {one.at} {one.keyword}")
    for reason, places in sorted(reasons.items()):
        yield f"{len(places)} keywords have no case of their own, since {reason}: {'; '.join(places)}"
