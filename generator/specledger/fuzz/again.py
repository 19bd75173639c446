"""One request that schemathesis drew, sent again alone and judged by the check that it failed."""

from __future__ import annotations

import time

from schemathesis.cli.commands.replay import executor
from schemathesis.config import SanitizationConfig
from schemathesis.core.transport import Response
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.reporting.crashes import CrashFile, CrashStep, build_crashes_from_recorder
from schemathesis.specs.openapi.schemas import OpenApiSchema

from specledger.behavior import Behavior
from specledger.diagnostics import Diagnostic
from specledger.fuzz import plugin
from specledger.fuzz.blame import Blamer
from specledger.fuzz.outcome import Outcome
from specledger.fuzz.plugin import Drawn
from specledger.fuzz.target import Target
from specledger.fuzz.translate import Translator
from specledger.ir import Api
from specledger.ledger import Ledger
from specledger.yaml12 import JsonObject

# What is kept was sent to a mock, whose credentials stand in behavior.yaml.
_AS_SENT = SanitizationConfig(enabled=False)


def written(recorder: ScenarioRecorder, case_id: str, check: str) -> JsonObject | None:
    """Returns a case that failed a check, with those before it that it follows from; None where none can be sent."""
    found = build_crashes_from_recorder(recorder=recorder, failing_case_id=case_id, sanitization=_AS_SENT)
    return next((crash.to_dict() for crash in found if crash.sequence[-1].checks[0].name == check), None)


class Again:
    """Sends written cases of one API again, each on freshly seeded state."""

    def __init__(self, api: Api, behavior: Behavior, ledger: Ledger, target: Target, translator: Translator) -> None:
        self.api, self.behavior, self.target = api, behavior, target
        self.translator = translator
        self.blamer = Blamer(api, behavior, ledger)

    def send(self, schema: OpenApiSchema, example: JsonObject) -> Outcome:
        """Returns what came of a written case: no case where the spec no longer has its operation."""
        started = time.monotonic()
        crash = CrashFile.from_dict(example)
        known = {label for step in crash.sequence if (label := step.operation)}
        if not known <= {operation.label for operation in self.api.operations}:
            return Outcome(self.api.name, 0, 0)
        self.target.reset(self.api)
        recorder = ScenarioRecorder(label="replay")
        for step in crash.sequence[:-1]:
            self._sent(schema, step, recorder)
        failures: set[Diagnostic] = set()
        last = crash.sequence[-1]
        operation = next(one for one in self.api.operations if one.label == crash.operation)
        with plugin.plugged(self.api, self.behavior, self.target):
            case, response = self._sent(schema, last, recorder)
            _, failed = executor._evaluate_checks(
                case=case, response=response, recorded_checks=last.checks, recorder=recorder
            )
        status, content = response.status_code, response.content or b""
        for failure in failed:
            finding = self.translator.finding(last.checks[0].name, failure, case, status, content)
            if finding:
                failures.add(self.blamer.diagnostic(operation, finding, case.as_curl_command()))
        seconds = time.monotonic() - started
        return Outcome(self.api.name, 1, int(200 <= status < 300), tuple(sorted(failures)), (), seconds)

    def _sent(self, schema: OpenApiSchema, step: CrashStep, recorder: ScenarioRecorder) -> tuple[Drawn, Response]:
        case = executor._build_case(schema[step.path][step.method], step)
        recorder.record_case(case=case)
        response = case.call()
        recorder.record_response(case_id=case.id, response=response)
        return case, response
