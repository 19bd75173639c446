"""A generated client, loaded by its path and called with values by their names on the wire."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

import httpx2

from specledger import places
from specledger.behavior import Behavior
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.fuzz.request import Answer, Missing, Request, as_json
from specledger.ir import Api, Operation
from specledger.yaml12 import Json, JsonObject

_LOCATIONS = ("path", "query", "header", "cookie")
_OPTIONS = ("extra_headers", "extra_query", "extra_body", "timeout")


class _Method(Protocol):
    def __call__(self, **arguments: object) -> object: ...


@dataclass(slots=True)
class _Recorder:
    """Stands for a client, so that a method shows which keyword goes where."""

    arguments: Mapping[str, object]

    def call(self, operation: object, **arguments: object) -> None:
        """Keeps what the method passes on."""
        self.arguments = arguments


class Client:
    """A client of one API, whose last answer is kept."""

    def __init__(
        self, api: Api, module: ModuleType, base_url: str, credential: str | None, settings: JsonObject
    ) -> None:
        self.api = api
        self.answer: Answer | None = None
        self.error = cast(type[Exception], module.APIStatusError)
        self.http = httpx2.Client(trust_env=False, timeout=10.0, event_hooks={"response": [self._keep]})
        arguments: dict[str, object] = {"base_url": base_url, "http_client": self.http, **settings}
        if api.schemes and credential is not None:
            arguments[api.package.credential] = credential
        self.client = getattr(module, api.package.class_name)(**arguments)
        self.keywords: dict[str, dict[tuple[str, str], str]] = {}

    def call(self, request: Request) -> object:
        """Returns what the client's method gives for a request; raises what it raises."""
        operation = request.operation
        resource = getattr(self.client, operation.resource)
        if operation.id not in self.keywords:
            self.keywords[operation.id] = _keywords(type(resource), operation)
        self.answer = None
        method = cast(_Method, getattr(resource, operation.name))
        return method(**_arguments(request, self.keywords[operation.id]))

    def _keep(self, response: httpx2.Response) -> None:
        content = response.read()
        self.answer = Answer(response.status_code, dict(response.headers), content, as_json(content))


@contextmanager
def loaded(api: Api, behavior: Behavior, generated: Path, base_url: str, credential: str | None) -> Iterator[Client]:
    """Gives a client from `generated/<api>`; its modules are gone afterwards, those that were there before are back.

    Raises Failure where nothing is generated there, or it cannot be loaded.
    """
    name = api.package.import_name
    source = generated / api.name / "src"
    if not (source / name).is_dir():
        message = f"there is no generated client {name}"
        raise Failure([Diagnostic(shown(source), 0, "client-missing", message, "run specledger generate")])
    before = {key: module for key, module in sys.modules.items() if _is_part(key, name)}
    for key in before:
        del sys.modules[key]
    sys.path.insert(0, str(source.resolve()))
    try:
        importlib.invalidate_caches()
        client = Client(api, importlib.import_module(name), base_url, credential, _settings(api, behavior))
        with client.http:
            yield client
    finally:
        sys.path.remove(str(source.resolve()))
        for key in [key for key in sys.modules if _is_part(key, name)]:
            del sys.modules[key]
        sys.modules.update(before)


def as_value(result: object) -> Json | Missing:
    """Returns what a client's method gave as a JSON value, models as their `to_dict()` says."""
    to_dict = getattr(result, "to_dict", None)
    if callable(to_dict):
        return cast(JsonObject, to_dict())
    if isinstance(result, list):
        return [cast(Json, as_value(item)) for item in result]
    if isinstance(result, dict):
        return {str(key): cast(Json, as_value(item)) for key, item in result.items()}
    if isinstance(result, Enum):
        return cast(Json, result.value)
    return cast(Json, result)


def _settings(api: Api, behavior: Behavior) -> JsonObject:
    """Returns what the constructor asks for besides the credential, as the first sample request has it."""
    found: JsonObject = {}
    for parameter in api.package.parameters:
        for effect in behavior.effects.values():
            for value in places.values({"request": effect.request}, places.parse(parameter.fills).steps):
                found.setdefault(parameter.name, value)
        if parameter.required and parameter.fills.startswith("request."):
            found.setdefault(parameter.name, "text")
    return found


def _keywords(resource: type, operation: Operation) -> dict[tuple[str, str], str]:
    """Returns the method's keyword for each part of a request, by location and wire name.

    Each keyword gets a mark, and the marks are found again in what the method passes on.
    """
    recorder = _Recorder({})
    method = getattr(resource(recorder), operation.name)
    marks = {name: object() for name in inspect.signature(method).parameters}
    method(**marks)
    names = {id(mark): name for name, mark in marks.items()}
    found = {("content", ""): names.get(id(recorder.arguments.get("content")), "")}
    for location in (*_LOCATIONS, "content"):
        passed = recorder.arguments.get(location)
        for wire_name, mark in passed.items() if isinstance(passed, Mapping) else ():
            found[("body" if location == "content" else location, wire_name)] = names[id(mark)]
    return found


def _arguments(request: Request, keywords: Mapping[tuple[str, str], str]) -> dict[str, object]:
    found: dict[str, object] = {}
    extra: JsonObject = {}
    for location in _LOCATIONS:
        for name, value in request.located(location).items():
            if (location, name) in keywords:
                found[keywords[(location, name)]] = value
    whole = keywords[("content", "")]
    if whole and not isinstance(request.body, Missing):
        found[whole] = request.body
    elif isinstance(request.body, dict):
        for name, value in request.body.items():
            keyword = keywords.get(("body", name))
            if keyword:
                found[keyword] = value
            else:
                extra[name] = value
    if extra:
        found["extra_body"] = extra
    return found


def _is_part(key: str, name: str) -> bool:
    return key == name or key.startswith(f"{name}.")
