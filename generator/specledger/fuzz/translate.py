"""Failures of schemathesis' checks as findings of ours: at which place of the contract."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import cast
from urllib.parse import unquote

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
    UndefinedStatusCode,
)

from specledger.fuzz.called.drawn import without_bytes
from specledger.fuzz.judge import Finding
from specledger.fuzz.plugin import BehaviorFailure, Drawn
from specledger.fuzz.request import is_json
from specledger.ir import Api, Operation, Parameter
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, Pointer

_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Translator:
    """Finds the place that a failure is about.

    `document` is the spec with all that a request must keep to; `undocumented` are statuses by operation id that the
    spec leaves out and the mock answers all the same.
    """

    def __init__(self, api: Api, document: JsonObject, undocumented: Mapping[str, tuple[int, ...]]) -> None:
        self.api = api
        self.document = document
        self.undocumented = undocumented
        self.validators: dict[Pointer, jsonschema_rs.Draft202012Validator] = {}

    def finding(self, check: str, failure: Failure, case: Drawn, status: int, answer: bytes) -> Finding | None:
        """Returns the failure as a finding; None where what was sent is not what it was meant to be."""
        if isinstance(failure, BehaviorFailure):
            return failure.finding
        operation = next(known for known in self.api.operations if known.label == case.operation.label)
        if isinstance(failure, AcceptedNegativeData) and self._is_valid_after_all(case, operation):
            return None
        if isinstance(failure, RejectedPositiveData) and not self._is_valid(case, operation):
            return None
        if isinstance(failure, UndefinedStatusCode) and status in self.undocumented.get(operation.id, ()):
            return None
        check = next(iter(failure.checks), check)
        said = f"; answered with {status}: {answer[:200].decode('utf-8', 'replace')}"
        message = " ".join(f"{failure.title}: {failure.message}".split())
        return Finding(
            str(self._place(failure, case, operation, status)),
            check.replace("_", "-"),
            message[:400] + said if isinstance(failure, RejectedPositiveData) else message[:400],
        )

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

    def _is_valid(self, case: Drawn, operation: Operation) -> bool:
        """Says whether a request is as valid as it was meant: values that a link carries over may not be."""
        drawn = {"path": case.path_parameters, "query": case.query, "header": case.headers, "cookie": case.cookies}
        for parameter in operation.parameters:
            values = cast(Mapping[str, Json], drawn[parameter.location] or {})
            name = parameter.wire_name
            if name in values and not self._is_read_as_valid(operation, parameter, values[name]):
                return False
        if isinstance(case.body, NotSet) or operation.body is None:
            return True
        return not self._errors(operation, case.media_type or "", cast(Json, case.body))

    def _is_read_as_valid(self, operation: Operation, parameter: Parameter, value: Json) -> bool:
        """Says whether a parameter's text can be read as a value that its schema accepts.

        schemathesis sends the names of an object alone where its style separates by spaces or pipes.
        """
        if isinstance(value, dict) and parameter.style in _SEPARATORS:
            return False
        accepts = self._validator((*operation.pointer, parameter.location, parameter.wire_name), parameter.schema)
        readings = [*_readings(value)]
        if isinstance(value, str):
            readings += _readings([*value.split(_SEPARATORS.get(parameter.style, ","))])
        return any(accepts.is_valid(reading) for reading in readings)

    def _validator(self, key: Pointer, schema: Json) -> jsonschema_rs.Draft202012Validator:
        if key not in self.validators:
            beside = {"components": self.document.get("components", {})}
            whole = {**beside, "allOf": [schema]}
            self.validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return self.validators[key]

    def _is_valid_after_all(self, case: Drawn, operation: Operation) -> bool:
        """Says whether only a rule's `narrow` calls a body wrong, or what was wrong about it is lost on the wire.

        A form loses types; bytes have no JSON type that a schema could speak about; of a parameter schemathesis
        calls wrong what leaves its `format`, which checks no number; and a dot inside an item is one between items
        where the style `label` is exploded.
        """
        parts = case.meta.components.items() if case.meta else ()
        wrong = [location for location, part in parts if part.mode.is_negative]
        if ParameterLocation.BODY not in wrong:
            return self._is_valid_number(case, operation)
        if wrong != [ParameterLocation.BODY] or isinstance(case.body, NotSet):
            return False
        body = cast(Json, case.body)
        media_type = case.media_type or ""
        essence = media_type.partition(";")[0].strip().lower()
        if not (is_json(media_type) or essence in _FORMS or essence.startswith("text/") or "*" in essence):
            return True
        return not self._errors(operation, media_type, body) or self._is_valid_form(case, operation)

    def _is_valid_number(self, case: Drawn, operation: Operation) -> bool:
        data = case.meta.phase.data if case.meta else None
        drawn = {"path": case.path_parameters, "query": case.query, "header": case.headers, "cookie": case.cookies}
        for parameter in operation.parameters:
            schema = self.api.resolve(parameter.schema)
            if data is None or data.parameter != parameter.wire_name or not isinstance(schema, dict):
                continue
            values = cast(Mapping[str, Json], drawn[parameter.location] or {})
            text = values.get(parameter.wire_name)
            if parameter.style == "label" and parameter.explode and isinstance(text, str):
                return self._is_read_as_valid(operation, parameter, [*_split(text)])
            is_sent = parameter.wire_name in values and data.parameter_location == parameter.location
            if is_sent and schema.get("type") in ("integer", "number") and "format" in schema:
                return self._is_read_as_valid(operation, parameter, values[parameter.wire_name])
        return False

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

    def _errors(self, operation: Operation, media_type: str, body: Json | bytes) -> list[tuple[str, ...]]:
        """Returns the places where a body leaves its schema, the innermost first; bytes leave every one."""
        if isinstance(body, bytes):
            return [()]
        key = (*operation.pointer, "requestBody", "content", media_type, "schema")
        schema: Json = self.document
        for step in key:
            schema = schema.get(str(step), True) if isinstance(schema, dict) else True
        found = [_innermost(error) for error in self._validator(key, schema).iter_errors(without_bytes(body))]
        return sorted(found, key=lambda steps: (-len(steps), steps))


def body_steps(path: Iterable[str | int]) -> tuple[str, ...]:
    """Returns the path into a JSON value as the steps of a place: an index is `[]`."""
    return tuple("[]" if isinstance(step, int) else step for step in path)


def _split(text: str) -> Iterator[Json]:
    """Yields what stands between the dots of a text, numbers as numbers."""
    for part in unquote(str(text)).removeprefix(".").split("."):
        yield next(reversed(list(_readings(part))))


def _readings(value: Json) -> Iterator[Json]:
    """Yields a parameter's value as it was drawn, and as its text may be read."""
    if isinstance(value, str):
        value = str(value)  # schemathesis marks texts by classes of its own, which jsonschema-rs does not take
    yield value
    if isinstance(value, list):
        yield [next(reversed(list(_readings(item)))) for item in value]
        yield [str(item) for item in value]
    elif isinstance(value, str):
        with suppress(ValueError):
            yield cast(Json, json.loads(value))
    else:
        yield str(value)


def _innermost(error: jsonschema_rs.ValidationError) -> tuple[str, ...]:
    steps = body_steps(error.instance_path)
    name = getattr(error.kind, "property", None)
    return (*steps, name) if isinstance(name, str) else steps
