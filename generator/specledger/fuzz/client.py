"""A generated client, loaded by its path and called with values by their names on the wire."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

import httpx2

from specledger import names, places
from specledger.behavior import Behavior
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.fuzz.judge import declared_properties
from specledger.fuzz.request import MISSING, Answer, Missing, Request, as_json, is_json
from specledger.ir import Api, Operation
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject

_LOCATIONS = ("path", "query", "header", "cookie")
_OPTIONS = ("extra_headers", "extra_query", "extra_body", "timeout")


class NoKeyword(Exception):
    """The client's method has no keyword for a part of the request that the spec declares."""

    def __init__(self, place: Place) -> None:
        super().__init__(f"no keyword is called like {place}")
        self.place = place


class _Method(Protocol):
    def __call__(self, **arguments: object) -> object: ...


@dataclass(slots=True)
class _Recorder:
    """Stands for a client, so that a method shows which keyword goes where."""

    arguments: Mapping[str, object]

    def call(self, operation: object, **arguments: object) -> _Recorder:
        """Keeps what the method passes on."""
        self.arguments = arguments
        return self

    def __await__(self) -> Generator[None, None, None]:
        return (None for _ in ())


class Caller:
    """Calls the methods of a client with requests; `run` brings the calls of an asynchronous client to their end."""

    def __init__(self, api: Api, client: object, run: Callable[[Coroutine[object, object, object]], object]) -> None:
        self.api = api
        self.client = client
        self.run = run
        self.keywords: dict[str, dict[tuple[str, str], str]] = {}

    def call(self, request: Request, **options: object) -> object:
        """Returns what the client's method gives for a request; raises what it raises."""
        resource = getattr(self.client, request.operation.resource)
        return self.through(resource, type(resource), request, options)

    def raw(self, request: Request, **options: object) -> object:
        """Returns what the method's twin below `with_raw_response` gives: the answer unread."""
        resource = getattr(self.client, request.operation.resource)
        return self.through(resource.with_raw_response, type(resource), request, options)

    def through(self, holder: object, resource: type, request: Request, options: Mapping[str, object]) -> object:
        """Returns what the method of `holder` gives, whose signature is that of a class of operations."""
        operation = request.operation
        if operation.id not in self.keywords:
            self.keywords[operation.id] = _keywords(self.api, resource, operation)
        method = cast(_Method, getattr(holder, operation.name))
        given = method(**_arguments(request, self.keywords[operation.id]), **options)
        return self.run(given) if inspect.iscoroutine(given) else given


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
        self.caller = Caller(api, getattr(module, api.package.class_name)(**arguments), asyncio.run)

    def call(self, request: Request) -> object:
        """Returns what the client's method gives for a request; raises what it raises."""
        self.answer = None
        return self.caller.call(request)

    def _keep(self, response: httpx2.Response) -> None:
        content = response.read()
        body = as_json(content) if is_json(response.headers.get("Content-Type", "")) else MISSING
        self.answer = Answer(response.status_code, dict(response.headers), content, body)


@contextmanager
def loaded(api: Api, behavior: Behavior, generated: Path, base_url: str, credential: str | None) -> Iterator[Client]:
    """Gives a client from `generated/<api>`, as `imported` does."""
    with imported(api, generated) as module:
        client = Client(api, module, base_url, credential, settings(api, behavior))
        with client.http:
            yield client


@contextmanager
def imported(api: Api, generated: Path) -> Iterator[ModuleType]:
    """Gives the package in `generated/<api>`; its modules are gone afterwards, those that were there before are back.

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
        yield importlib.import_module(name)
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


def settings(api: Api, behavior: Behavior) -> JsonObject:
    """Returns what the constructor asks for besides the credential, as the first sample request has it."""
    found: JsonObject = {}
    for parameter in api.package.parameters:
        for effect in behavior.effects.values():
            for value in places.values({"request": effect.request}, places.parse(parameter.fills).steps):
                found.setdefault(parameter.name, value)
        if parameter.required and parameter.fills.startswith("request."):
            found.setdefault(parameter.name, "text")
    return found


def _keywords(api: Api, resource: type, operation: Operation) -> dict[tuple[str, str], str]:
    """Returns the method's keyword for each part of a request by location and wire name, `content` for a whole body.

    What a caller goes by is the keyword's name. Where names leave it open, each keyword gets a mark, and the marks
    are found again in what the method passes on.
    """
    recorder = _Recorder({})
    method = getattr(resource(recorder), operation.name)
    marks = {name: object() for name in inspect.signature(method).parameters}
    given = method(**marks)
    if inspect.iscoroutine(given):
        with suppress(StopIteration):
            given.send(None)
    marked = {id(mark): name for name, mark in marks.items()}
    passed = {("content", ""): marked.get(id(recorder.arguments.get("content")), "")}
    for location in (*_LOCATIONS, "content"):
        given = recorder.arguments.get(location)
        for wire_name, mark in given.items() if isinstance(given, Mapping) else ():
            passed[("body" if location == "content" else location, wire_name)] = marked.get(id(mark), "")
    found = {("content", ""): passed[("content", "")]}
    for part in _declared(api, operation) if not found[("content", "")] else _parameters_of(operation):
        alike = [keyword for keyword in marks if keyword not in _OPTIONS and is_named(keyword, *part)]
        keyword = passed.get(part, "")
        found[part] = keyword if keyword in alike else next((one for one in alike if one not in found.values()), "")
    return found


def _parameters_of(operation: Operation) -> list[tuple[str, str]]:
    return [(parameter.location, parameter.wire_name) for parameter in operation.parameters]


def _declared(api: Api, operation: Operation) -> list[tuple[str, str]]:
    """Returns the parameters and the fields of the body that the spec declares, by location and wire name."""
    content = operation.body.content if operation.body else ()
    fields = {name for media in content for name in declared_properties(api, media.schema)}
    return [*_parameters_of(operation), *(("body", name) for name in sorted(fields))]


def is_named(keyword: str, location: str, wire_name: str) -> bool:
    """Says whether a keyword is the Python name of a part of the request, or that name told apart from another."""
    wanted = names.snake(wire_name).replace("_", "")
    plain = re.sub(r"(_[0-9]+|_)\Z", "", keyword).replace("_", "")
    return wanted in (plain, keyword.replace("_", "")) or plain == location + wanted


def _arguments(request: Request, keywords: Mapping[tuple[str, str], str]) -> dict[str, object]:
    """Returns the keywords of a call. Raises NoKeyword where a part that the spec declares has none."""
    found: dict[str, object] = {}
    extra: dict[str, object] = {}
    parts: dict[tuple[str, str], object] = {}
    for where in _LOCATIONS:
        parts |= {(where, name): value for name, value in request.located(where).items()}
    whole = request.body if request.content is None else request.content
    if keywords[("content", "")] and not isinstance(whole, Missing):
        parts[("content", "")] = whole
    elif isinstance(request.body, dict):
        parts |= {("body", name): value for name, value in request.body.items()}
    for part, value in parts.items():
        if part not in keywords:
            extra[part[1]] = value
        elif keywords[part]:
            found[keywords[part]] = value
        else:
            raise NoKeyword(Place(("request", *part)))
    return found | ({"extra_body": extra} if extra else {})


def _is_part(key: str, name: str) -> bool:
    return key == name or key.startswith(f"{name}.")
