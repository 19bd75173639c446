"""Our checks inside schemathesis: what an exchange did to the state and showed in its answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias, cast

from schemathesis.checks import CHECKS, CheckContext
from schemathesis.core import NotSet
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import positive_data_acceptance

from specledger.behavior import Behavior
from specledger.fuzz.judge import Finding, Judge
from specledger.fuzz.request import MISSING, Answer, Missing, Request, as_json, is_json
from specledger.fuzz.settings import switched_off
from specledger.fuzz.target import State, Target
from specledger.ir import Api
from specledger.yaml12 import Json, JsonObject

if TYPE_CHECKING:
    # Defined for type checkers only.
    from schemathesis.specs.openapi.schemas import OpenApiCase

NAME = "behavior_conformance"
Drawn: TypeAlias = "OpenApiCase"


class BehaviorFailure(Failure):
    """A finding of ours, as schemathesis carries it; findings at different places are different failures."""

    __slots__ = ("finding",)

    def __init__(self, operation: str, finding: Finding) -> None:
        super().__init__(operation=operation, title=finding.code, message=finding.message)
        self.finding = finding

    @property
    def _unique_key(self) -> str:
        return f"{self.finding.at} {self.finding.code}"


class _Conformance:
    """Remembers the state between exchanges, and judges each."""

    def __init__(self, api: Api, behavior: Behavior, target: Target) -> None:
        self.api = api
        self.behavior = behavior
        self.target = target
        self.judges = {name: Judge(api, behavior, name) for name in behavior.effects}
        self.known = {operation.label: operation for operation in api.operations}
        self.state: State | None = target.state(api) if target.is_mock and behavior.resources else None

    def __call__(self, context: CheckContext, response: Response, case: Drawn) -> None:
        operation = self.known[case.operation.label]
        before = self.state
        after = self.state = self.target.state(self.api) if before is not None else None
        judge = self.judges.get(operation.id)
        if judge is None:
            if self.target.is_mock and case.method.upper() == "DELETE" and 200 <= response.status_code < 300:
                self.target.reset(self.api)  # what other operations look for may lie in it
            return
        request = Request(
            self.api, operation, _parameters(case), _body(case, response), media_type=case.media_type or ""
        )
        answer = Answer(response.status_code, {}, response.content, as_json(response.content))
        if case.method.upper() != operation.method:
            answer = Answer(405, {}, b"", MISSING)
        findings = sorted(set(judge.judge(request, answer, before, after)))
        if findings:
            raise FailureGroup([BehaviorFailure(operation.label, finding) for finding in findings])
        stands_in = "positive_data_acceptance" in switched_off(self.api, self.behavior, operation)
        if stands_in and not _is_taken(judge, request, before, answer.status):
            positive_data_acceptance(context, response, case)


def _is_taken(judge: Judge, request: Request, before: State | None, status: int) -> bool:
    """Says whether a refusal is the right answer to a unique value that another object holds."""
    if status != judge.effect.refusals["taken"].status:
        return False
    return before is None or judge.collides(request, before)


@contextmanager
def plugged(api: Api, behavior: Behavior, target: Target) -> Iterator[None]:
    """Registers our check for as long as the context lasts."""
    conformance = _Conformance(api, behavior, target)

    def check(context: CheckContext, response: Response, case: Drawn) -> bool | None:
        conformance(context, response, case)
        return None

    check.__name__ = NAME
    CHECKS.register(check)
    try:
        yield
    finally:
        CHECKS.unregister(NAME)


def _parameters(case: Drawn) -> dict[str, JsonObject]:
    return {
        "path": {name: _text(value) for name, value in (case.path_parameters or {}).items()},
        "query": dict(case.query or {}),
        "header": {name: str(value) for name, value in (case.headers or {}).items()},
        "cookie": dict(case.cookies or {}),
    }


def _text(value: Json) -> str:
    return value if isinstance(value, str) else str(value)


def _body(case: Drawn, response: Response) -> Json | Missing:
    """Returns the body as the server read it: parsed from what was sent where it is JSON, else as it was drawn."""
    if isinstance(case.body, NotSet):
        return MISSING
    sent = response.request.body
    if case.media_type and is_json(case.media_type) and isinstance(sent, bytes | str):
        return as_json(sent if isinstance(sent, bytes) else sent.encode())
    return cast(Json, case.body)
