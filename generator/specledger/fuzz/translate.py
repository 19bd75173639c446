"""Failures of schemathesis' checks as findings of ours: at which place of the contract."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import jsonschema_rs
from schemathesis.core import NotSet
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import (
    IgnoredAuth,
    JsonSchemaError,
    MissingHeaderNotRejected,
    MissingHeaders,
    RejectedPositiveData,
)

from specledger.fuzz.judge import Finding
from specledger.fuzz.plugin import BehaviorFailure, Drawn
from specledger.ir import Api, Operation
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Translator:
    """Finds the place that a failure is about; `document` is the spec with all that a request must keep to."""

    def __init__(self, api: Api, document: JsonObject) -> None:
        self.api = api
        self.document = document
        self.validators: dict[tuple[str, str], jsonschema_rs.Draft202012Validator] = {}

    def finding(self, check: str, failure: Failure, case: Drawn, status: int) -> Finding | None:
        """Returns the failure as a finding; None where what was sent is valid after all."""
        if isinstance(failure, BehaviorFailure):
            return failure.finding
        operation = next(known for known in self.api.operations if known.label == case.operation.label)
        if isinstance(failure, AcceptedNegativeData) and self._is_valid_after_all(case, operation):
            return None
        message = " ".join(f"{failure.title}: {failure.message}".split())
        return Finding(str(self._place(failure, case, operation, status)), check.replace("_", "-"), message[:400])

    def _place(self, failure: Failure, case: Drawn, operation: Operation, status: int) -> Place:
        answer = Place(("response", str(status)))
        if isinstance(failure, JsonSchemaError):
            return Place((*answer.steps, "body", *body_steps(failure.instance_path)))
        if isinstance(failure, MissingHeaders):
            return answer.child("header")
        if isinstance(failure, IgnoredAuth):
            return Place(("security",))
        if isinstance(failure, MissingHeaderNotRejected):
            return Place(("request", "header", failure.header_name))
        if isinstance(failure, AcceptedNegativeData | RejectedPositiveData):
            return self._drawn(case, operation) or Place(("request", "body") if operation.body else ("operation",))
        return answer

    def _drawn(self, case: Drawn, operation: Operation) -> Place | None:
        """Returns the part of the request that was drawn to be wrong, or the only field that it has."""
        data = case.meta.phase.data if case.meta else None
        location = data.parameter_location if data else None
        if data and data.parameter and location and location is not ParameterLocation.BODY:
            return Place(("request", location.value, data.parameter))
        if isinstance(case.body, NotSet) or operation.body is None:
            return None
        body = cast(Json, case.body)
        for error in self._errors(operation, case.media_type or "", body):
            return Place(("request", "body", *error))
        if isinstance(body, dict) and len(body) == 1:
            return Place(("request", "body", *body))
        return None

    def _is_valid_after_all(self, case: Drawn, operation: Operation) -> bool:
        """Says whether only a rule's `narrow` calls a body wrong, or a form loses what was wrong about it."""
        parts = case.meta.components.items() if case.meta else ()
        wrong = [location for location, part in parts if part.mode.is_negative]
        if wrong != [ParameterLocation.BODY] or isinstance(case.body, NotSet):
            return False
        body = cast(Json, case.body)
        return not self._errors(operation, case.media_type or "", body) or self._is_valid_form(case, operation)

    def _is_valid_form(self, case: Drawn, operation: Operation) -> bool:
        """Says whether a form means a valid body: one text may be a list of one, and an empty form is no body.

        schemathesis reads forms back as well, these two ways aside.
        """
        body = None if isinstance(case.body, NotSet) else cast(Json, case.body)
        media_type = case.media_type or ""
        if media_type.partition(";")[0] not in _FORMS or not isinstance(body, dict) or operation.body is None:
            return False
        if all(value in ([], {}) for value in body.values()):
            return not operation.body.required
        readings = ({**body, name: [item]} for name, value in body.items() for item in (value, str(value)))
        return any(not self._errors(operation, media_type, reading) for reading in readings)

    def _errors(self, operation: Operation, media_type: str, body: Json) -> list[tuple[str, ...]]:
        """Returns the places where a body leaves its schema, the innermost first."""
        key = (operation.id, media_type)
        if key not in self.validators:
            schema = self._schema(operation, media_type)
            beside = {"components": self.document.get("components", {})}
            self.validators[key] = jsonschema_rs.Draft202012Validator(
                {**beside, "allOf": [schema]}, validate_formats=True
            )
        found = [_innermost(error) for error in self.validators[key].iter_errors(body)]
        return sorted(found, key=lambda steps: (-len(steps), steps))

    def _schema(self, operation: Operation, media_type: str) -> Json:
        value: Json = self.document
        for step in (*operation.pointer, "requestBody", "content", media_type, "schema"):
            value = value.get(str(step), True) if isinstance(value, dict) else True
        return value


def body_steps(path: Iterable[str | int]) -> tuple[str, ...]:
    """Returns the path into a JSON value as the steps of a place: an index is `[]`."""
    return tuple("[]" if isinstance(step, int) else step for step in path)


def _innermost(error: jsonschema_rs.ValidationError) -> tuple[str, ...]:
    steps = body_steps(error.instance_path)
    name = getattr(error.kind, "property", None)
    return (*steps, name) if isinstance(name, str) else steps
