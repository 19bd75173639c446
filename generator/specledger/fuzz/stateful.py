"""Directed sequences: what behavior.yaml says of the state, tried field by field and refusal by refusal."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import cached_property

from specledger.behavior import Behavior
from specledger.canonical import canonical
from specledger.diagnostics import Diagnostic
from specledger.fuzz.blame import Blamer
from specledger.fuzz.bodies import Bodies
from specledger.fuzz.cycle import cycles
from specledger.fuzz.judge import Finding, differences
from specledger.fuzz.outcome import Outcome
from specledger.fuzz.race import races
from specledger.fuzz.request import Answer, Missing, Request
from specledger.fuzz.target import Target
from specledger.fuzz.updates import BODY, Step, Updates
from specledger.ir import Api, Operation
from specledger.ledger import Ledger
from specledger.yaml12 import Json

_REMEDY = "correct the server, or behavior.yaml and the rows where they are wrong; the request is above"
_UNSEEN = "the state of a live API can be neither seen nor reset: no sequence was tried"


def stateful(api: Api, behavior: Behavior, ledger: Ledger, target: Target, *, seed: int) -> Outcome:
    """Drives each operation through its sequence and returns what came of it, the same for the same seed.

    Operations without behavior are driven as create, read, list and delete where their paths say that they are so.
    """
    started = time.monotonic()
    if not target.is_mock:
        return Outcome(api.name, 0, 0, (), (_UNSEEN,))
    run = _Run(api, behavior, ledger, target, seed)
    for operation in api.operations:
        if operation.id in behavior.effects:
            _Sequence(run, operation).all()
    for cycle in cycles(api, behavior, target, run.drawn):
        run.count(cycle.request.operation, cycle.status)
        run.add(cycle.request, cycle.findings)
        run.notes += [note for note in cycle.notes if note not in run.notes]
    target.reset(api)
    seconds = time.monotonic() - started
    return Outcome(api.name, run.cases, run.accepted, tuple(sorted(run.failures.values())), tuple(run.notes), seconds)


class _Run:
    """What was sent so far and what failed; of failures at one place the first is kept."""

    def __init__(self, api: Api, behavior: Behavior, ledger: Ledger, target: Target, seed: int) -> None:
        self.api, self.behavior, self.target, self.seed = api, behavior, target, seed
        self.base_url = target.base(api)
        self.credential = target.credential(api, behavior)
        self.blamer = Blamer(api, behavior, ledger)
        self.cases = self.accepted = 0
        self.notes: list[str] = []
        self.failures: dict[tuple[str, str, str], Diagnostic] = {}

    @cached_property
    def bodies(self) -> Bodies:
        """Returns what draws."""
        return Bodies(self.api, self.credential, self.seed)

    def drawn(self, operation: Operation) -> list[Request]:
        """Returns drawn requests of an operation."""
        return self.bodies.requests(operation)

    def count(self, operation: Operation, status: int) -> None:
        self.cases += 1
        self.accepted += 200 <= status < 300

    def add(self, request: Request, findings: list[Finding]) -> None:
        for finding in findings:
            operation = request.operation
            found = self.blamer.diagnostic(operation, finding, request.curl(self.base_url), _REMEDY)
            self.failures.setdefault((operation.label, finding.at, finding.code), found)


class _Sequence:
    """Drives one operation."""

    def __init__(self, run: _Run, operation: Operation) -> None:
        self.run = run
        self.operation = operation
        self.target = run.target
        self.updates = Updates(run.api, run.behavior, operation, run.credential, run.drawn)
        self.judge = self.updates.judge
        self.effect, self.collection = self.updates.effect, self.updates.collection

    def all(self) -> None:
        """Runs every part of the sequence, each on freshly seeded state."""
        for base in self.updates.objects():
            self.target.reset(self.run.api)
            self._written(base)
        self.target.reset(self.run.api)
        self._repeated(self.updates.base)
        self._repeated(self.updates.least(self.updates.base))
        for step in self.updates.intrusions(self.updates.base):
            self.target.reset(self.run.api)
            self._intruded(step)
        self.target.reset(self.run.api)
        for step in self.updates.refused():
            self.take(step)
            if not step.kind:
                self.target.reset(self.run.api)
        for request, statuses, findings in races(self.updates, self.target):
            for status in statuses:
                self.run.count(self.operation, status)
            self.run.add(request, findings)

    def take(self, step: Step) -> Answer:
        """Sends a step and adds what was wrong with its answer and with what it did to the state."""
        request = step.request
        before = self.target.state(self.run.api)
        answer = self.target.send(request)
        after = self.target.state(self.run.api)
        self.run.count(self.operation, answer.status)
        accepted = 200 <= answer.status < 300
        findings = [*self._expected(step, answer)]
        if not (accepted and step.kind):
            findings += self.judge.judge(request, answer, before, after)
        self.run.add(request, findings)
        return answer

    def _expected(self, step: Step, answer: Answer) -> Iterator[Finding]:
        """Yields what is wrong with the status of an answer and with the body of a refusal."""
        accepted = 200 <= answer.status < 300
        if not step.kind:
            if step.sure and not accepted:
                message = f"a request that nothing refuses was answered with {answer.status}"
                yield Finding(step.at, "stateful-refused", message)
            return
        refusal = self.effect.refusals[step.kind]
        name = step.kind.replace("_", "-")
        if answer.status != refusal.status:
            message = (
                f"a request that is {name} is refused with {refusal.status}, and was answered with {answer.status}"
            )
            yield Finding(step.at, f"stateful-{name}", message)
        elif refusal.body is not None and not _is_shaped(refusal.body, answer.body):
            message = f"a request that is {name} is refused with {canonical(refusal.body)}, and was with another body"
            yield Finding(f"response.{answer.status}.body", "refusal-body", message)
        if answer.status == 401 and not any(name.lower() == "www-authenticate" for name in answer.headers):
            yield Finding("security", "challenge-missing", "a 401 says by WWW-Authenticate how to come in (RFC 9110)")

    def _written(self, base: Request) -> None:
        """Writes each field with two values, the state kept from one to the next."""
        for name, values in self.updates.writes(base):
            written = 0
            for ways in values:
                written += any(self._is_accepted(step) for step in ways)
                # Another value would be drawn, which takes time.
                if written == 2:
                    break
            if name and written < 2 and base is self.updates.base:
                said = "no value" if written == 0 else "one value alone"
                self.run.notes.append(f"{self.operation.label} {BODY.child(name)}: {said} of it was accepted")

    def _is_accepted(self, step: Step) -> bool:
        if self.judge.collides(step.request, self.target.state(self.run.api)):
            return False
        return 200 <= self.take(step).status < 300

    def _repeated(self, request: Request) -> None:
        """Sends one update twice: state and answer stay the same but for the timestamps."""
        first = self.take(Step(request, str(BODY)))
        then = self.target.state(self.run.api)
        second = self.take(Step(request, str(BODY)))
        if not (200 <= first.status < 300 and 200 <= second.status < 300):
            return
        touched = self.collection.touched
        found = [
            Finding(self.judge.place(collection, name), "not-idempotent", f"the same update again changed {name!r}")
            for collection, _, name in differences(then, self.target.state(self.run.api))
            if name not in touched
        ]
        if _still(first.body, touched) != _still(second.body, touched):
            at = f"response.{second.status}.body"
            found.append(Finding(at, "not-idempotent", "the same update was answered otherwise the second time"))
        self.run.add(request, found)

    def _intruded(self, step: Step) -> None:
        """Sends a stored field that no caller may set: it must not be what was sent."""
        named = step.at.rpartition(".")[2]
        answer = self.take(step)
        held = (
            self.target.state(self.run.api).get(self.collection.name, {}).get(self.judge.object_id(step.request) or "")
        )
        sent = step.request.values(BODY.child(named))
        if 200 <= answer.status < 300 and held and named in self.collection.touched and [held.get(named)] == sent:
            message = f"{named!r} is set by the server alone, and was stored as it was sent"
            self.run.add(step.request, [Finding(self.judge.place(self.collection.name, named), "touched-set", message)])


def _still(value: Json | Missing, names: tuple[str, ...]) -> str:
    """Returns a body without the fields of these names, as comparable text; empty for none."""
    if isinstance(value, Missing):
        return ""
    if isinstance(value, dict):
        return canonical({name: _still(item, names) for name, item in value.items() if name not in names})
    return canonical([_still(item, names) for item in value] if isinstance(value, list) else value)


def _is_shaped(template: Json, value: Json | Missing) -> bool:
    """Says whether the body of a refusal is the declared one, with any text for `{reason}`."""
    if isinstance(template, str) and isinstance(value, str):
        parts = [re.escape(part) for part in template.split("{reason}")]
        return re.fullmatch(".*".join(parts), value, re.DOTALL) is not None
    if isinstance(template, dict) and isinstance(value, dict):
        return template.keys() == value.keys() and all(_is_shaped(template[name], value[name]) for name in template)
    if isinstance(template, list) and isinstance(value, list):
        return len(template) == len(value) and all(map(_is_shaped, template, value))
    return not isinstance(value, Missing) and canonical(template) == canonical(value)
