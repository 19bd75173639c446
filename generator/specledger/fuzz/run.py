"""Every phase of schemathesis against one API, with one worker and a seed, its failures as diagnostics."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.engine.run import PhaseName
from schemathesis.specs.openapi.schemas import OpenApiSchema

from specledger.behavior import Behavior
from specledger.diagnostics import Diagnostic
from specledger.fuzz import access, plugin
from specledger.fuzz.again import Again, written
from specledger.fuzz.blame import Blamer
from specledger.fuzz.draw import answers_as_written, reproducible, uncollected
from specledger.fuzz.inside import inside
from specledger.fuzz.judge import Finding
from specledger.fuzz.kept import Key
from specledger.fuzz.narrow import narrow
from specledger.fuzz.outcome import Outcome, Progress
from specledger.fuzz.quick import quick
from specledger.fuzz.settings import PHASES, settings, settled, undocumented
from specledger.fuzz.target import Target, unproxied
from specledger.fuzz.translate import Translator
from specledger.ir import Api, Operation
from specledger.ledger import Ledger
from specledger.yaml12 import JsonObject


class _Run:
    """What has come in so far; of failures at one place, the one with the shortest request is kept."""

    def __init__(self, api: Api, behavior: Behavior, ledger: Ledger, translator: Translator) -> None:
        self.operations = {operation.label: operation for operation in api.operations}
        self.blamer = Blamer(api, behavior, ledger)
        self.translator = translator
        self.cases: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.failures: dict[Key, tuple[str, Operation, Finding]] = {}
        self.examples: dict[Key, JsonObject] = {}

    def count(self, operation: Operation, status: int) -> None:
        self.cases[operation.label] += 1
        self.accepted[operation.label] += 200 <= status < 300

    def add(self, operation: Operation, finding: Finding, curl: str = "") -> Key | None:
        """Keeps a finding, and returns what it goes by, if there is none yet with a request that is as short."""
        key = (operation.label, finding.at, finding.code)
        held = self.failures.get(key)
        if held is not None and (len(held[0]), held[0]) <= (len(curl), curl):
            return None
        self.failures[key] = (curl, operation, finding)
        return key

    def take(self, event: events.EngineEvent) -> None:
        """Takes the cases and failures of one event of the engine. Raises what stopped the engine."""
        if isinstance(event, events.ScenarioFinished):
            self._recorded(event.recorder)
        elif isinstance(event, events.NonFatalError):
            operation = self.operations.get(event.label)
            message = f"{event.info.title}: {event.info.message}"
            for blamed in [operation] if operation else self.operations.values():
                self.add(blamed, Finding("operation", "fuzz-error", " ".join(message.split())))
        elif isinstance(event, events.FatalError):
            raise event.exception

    def _recorded(self, recorder: ScenarioRecorder) -> None:
        for case_id, interaction in recorder.interactions.items():
            case = recorder.cases[case_id].value
            operation = self.operations[case.operation.label]
            status = interaction.response.status_code if interaction.response else 0
            answer = (interaction.response.content or b"") if interaction.response else b""
            self.count(operation, status if case.method.upper() == operation.method else 0)
            for check in recorder.checks.get(case_id, []):
                if check.status is Status.FAILURE and check.failure_info:
                    finding = self.translator.finding(check.name, check.failure_info.failure, case, status, answer)
                    key = finding and self.add(operation, finding, check.failure_info.code_sample)
                    example = written(recorder, case_id, check.name) if key else None
                    if key and example:
                        self.examples[key] = example

    def unaccepted(self) -> None:
        """Adds a failure for each operation that took none of its cases: nothing was tested then."""
        for label, operation in self.operations.items():
            if not self.accepted[label]:
                message = f"none of {self.cases[label]} cases was accepted, so that hardly anything was tested"
                self.add(operation, Finding("operation", "missing-test-data", message))

    def diagnostics(self) -> dict[Diagnostic, JsonObject | None]:
        """Returns what failed, each with the case that schemathesis drew, where one request shows it."""
        made = {key: self.blamer.diagnostic(who, found, curl) for key, (curl, who, found) in self.failures.items()}
        return {found: self.examples.get(key) for key, found in sorted(made.items(), key=lambda pair: pair[1])}


def run(
    api: Api,
    behavior: Behavior,
    ledger: Ledger,
    target: Target,
    *,
    seed: int = 1,
    max_examples: int = 100,
    phases: tuple[str, ...] = PHASES,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Fuzzes one API and returns what came of it: the same for the same seed, spec and mock.

    The mock is reset before. An operation of which no case was accepted fails. After `seconds`, where they are
    given, nothing more is drawn, and the outcome says so.
    """
    started = time.monotonic()
    base_url = target.base(api)
    spared = undocumented(api, behavior) if target.is_mock else {}
    result = _Run(api, behavior, ledger, _translator(api, behavior, base_url, spared))
    if target.is_mock:
        target.reset(api)
    for stranger, status, findings in access.prove(api, behavior, target):
        result.count(stranger.request.operation, status)
        for finding in findings:
            result.add(stranger.request.operation, finding, stranger.request.curl(base_url))
    schema = _schema(api, behavior, target, seed, max_examples)
    for phase in PHASES:
        schema.config.phases.get_by_name(name=phase).enabled = phase in phases
    schema.config.max_time = None if seconds is None else max(1, round(seconds))
    with plugin.plugged(api, behavior, target), _reached(target, schema):
        for event in from_schema(schema).execute():
            result.take(event)
            if progress and isinstance(event, events.ScenarioFinished):
                progress(result.cases.total(), event.phase.value)
            if isinstance(event, events.PhaseFinished) and event.phase.name is PhaseName.STATEFUL_TESTING:
                break  # with a limit of time, schemathesis would begin again
    spent = time.monotonic() - started
    cut = f"after {spent:.0f} s" if seconds is not None and spent >= seconds else ""
    if "fuzzing" in phases and not cut:
        result.unaccepted()
    found = result.diagnostics()
    examples = {one: example for one, example in found.items() if example and target.is_mock}
    notes = tuple(_notes(target, spared))
    return Outcome(
        api.name, result.cases.total(), result.accepted.total(), tuple(found), notes, spent, cut=cut, examples=examples
    )


def repeat(
    api: Api, behavior: Behavior, ledger: Ledger, target: Target, examples: Sequence[JsonObject]
) -> Iterator[Outcome]:
    """Yields what came of each case that an earlier run kept, sent again alone."""
    spared = undocumented(api, behavior)
    sending = Again(api, behavior, ledger, target, _translator(api, behavior, target.base(api), spared))
    schema = _schema(api, behavior, target, 1, 1)
    with _reached(target, schema):
        for example in examples:
            yield sending.send(schema, example)


def _translator(api: Api, behavior: Behavior, base_url: str, spared: Mapping[str, tuple[int, ...]]) -> Translator:
    return Translator(api, narrow(api, behavior, base_url, rules=False), spared)


def _schema(api: Api, behavior: Behavior, target: Target, seed: int, max_examples: int) -> OpenApiSchema:
    """Returns the narrowed spec as schemathesis holds it, with all that is set for this API."""
    base_url, credential = target.base(api), target.credential(api, behavior)
    found = settings(api, behavior, base_url, credential, seed=seed, max_examples=max_examples, mock=target.is_mock)
    config = SchemathesisConfig.from_dict(found)
    return schemathesis.openapi.from_dict(narrow(api, behavior, base_url), config=config)


@contextmanager
def _reached(target: Target, schema: OpenApiSchema) -> Iterator[None]:
    """Lets schemathesis reach the target, and draw and judge as it should."""
    reached = inside(target.local, schema) if target.local else unproxied(target.url)
    with reproducible(), answers_as_written(), quick(), uncollected(), settled(), reached:
        yield


def _notes(target: Target, spared: Mapping[str, tuple[int, ...]]) -> Iterator[str]:
    if not target.is_mock:
        yield "the state of a live API cannot be seen: only its answers were checked"
    for name, statuses in spared.items():
        if statuses:
            written = ", ".join(map(str, statuses))
            yield f"{name} has neither behavior nor a documented {written}: such refusals of the mock passed"
