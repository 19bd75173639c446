"""Where a generated client carries what a claim speaks of, looked up in the package itself, never computed."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import NoReturn, Protocol, cast

from specledger import names
from specledger.claims import Claim
from specledger.ir import Api, Operation
from specledger.places import Place
from specledger.trace.traced import Symbol

_OPEN = "below here the client takes any value"
# What holds one kind of value inside another, by the attribute that it is kept in.
_INNER = ("inner", "item")


class _Field(Protocol):
    name: str
    wire_name: str
    codec: object


class _Model(Protocol):
    __fields__: tuple[_Field, ...]
    __module__: str
    __qualname__: str


class _Answer(Protocol):
    kind: str
    codec: object


class _Profile(Protocol):
    method: str
    path: str
    body: object | None
    answers: Mapping[str, _Answer]
    security: Sequence[Sequence[str]]


class _Recorder:
    """Stands for a client, so that a method shows its profile and which keyword goes where."""

    def call(self, profile: object, **arguments: object) -> None:
        """Keeps what the method passes on."""
        self.profile = cast(_Profile, profile)
        self.arguments = arguments


class _Missing(Exception):
    """The client has not got what a claim needs."""


class Symbols:
    """The symbols of one generated client; `client` is an instance of its class."""

    def __init__(self, api: Api, client: object) -> None:
        self.api = api
        self.client = client
        self.package = sys.modules[api.package.import_name]
        self.models = import_module(f"{api.package.import_name}.models")
        self.calls: dict[str, _Call] = {}

    def of(self, operation: Operation, claim: Claim) -> Symbol:
        """Returns the symbol of a claim, with its fault where the package does not have it."""
        at = claim.at
        try:
            if at.steps[0] == "resource":
                return Symbol(reason="it is stored and never shown, so that no caller sees it")
            if at.steps[0] in ("server", "security"):
                return Symbol(self._constructor(operation, claim))
            call = self._call(operation)
            if at.steps[0] == "operation":
                return Symbol(call.told(claim))
            if at.steps[0] == "request":
                return self._request(call, claim)
            return self._answer(call, at)
        except (_Missing, AttributeError, ImportError, TypeError) as error:
            return Symbol(fault=f"the client {self.api.package.import_name}: {error}")

    def _call(self, operation: Operation) -> _Call:
        if operation.id not in self.calls:
            self.calls[operation.id] = _Call(operation, getattr(self.client, operation.resource))
        return self.calls[operation.id]

    def _constructor(self, operation: Operation, claim: Claim) -> str:
        """Returns the constructor's keyword that a credential or a server's variable is given by."""
        known = sys.modules[f"{self.api.package.import_name}._client"]._PROFILE
        stem, _, rest = claim.keyword.partition(":")
        if claim.at.steps[0] == "security":
            keyword = self.api.package.credential
            schemes = [(one.location, one.wire_name.lower()) for one in known.schemes.values()]
            if stem in ("header", "query", "cookie") and (stem, rest) not in schemes:
                raise _Missing(f"no credential is sent as {stem} {rest}")
            if stem == "environment" and known.environment != claim.value:
                raise _Missing(f"the credential is read from {known.environment}, not {claim.value}")
            if claim.value is True and not self._call(operation).profile.security and stem in ("scheme", "required"):
                raise _Missing(f"{operation.label} sends no credential")
        elif stem == "url":
            keyword = "base_url"
            if rest == self.api.servers[0].url and known.server != rest:
                raise _Missing(f"its server is {known.server}, not {rest}")
        else:
            fills = f"server.{claim.at.leaf}"
            keyword = next((one.name for one in known.settings if one.fills == fills), "base_url")
        return self._given(keyword) or self._absent(f"its constructor takes no {keyword!r}")

    def _request(self, call: _Call, claim: Claim) -> Symbol:
        at = claim.at
        if claim.keyword == "wraps":
            return Symbol(self._option(call.operation))
        if at.steps == ("request", "body"):
            if call.profile.body is None:
                raise _Missing(f"{call.name} sends no body")
            return Symbol(call.name)
        location, *rest = at.steps[1:]
        keyword = call.keyword(location, rest[0])
        if not keyword:
            return Symbol(self._setting(at))
        inner = rest[1:] if location != "body" or call.parts.get(("body", rest[0])) else rest
        models = [*self._named(call.annotation(keyword))]
        return self._walk(f"{call.name}({keyword})", models, inner)

    def _setting(self, at: Place) -> str:
        """Returns the constructor's keyword that fills a parameter."""
        filling = [one.name for one in self.api.package.parameters if one.fills == str(at)]
        found = [named for named in map(self._given, filling) if named]
        return found[0] if found else self._absent(f"no keyword is called like {at}")

    def _option(self, operation: Operation) -> str:
        options = [option.name for option in self.api.package.options if operation.id in option.wraps]
        found = [named for named in map(self._given, options) if named]
        return found[0] if found else self._absent(f"no option wraps the body of {operation.label}")

    def _given(self, keyword: str) -> str:
        """Returns a keyword of the exported constructor; empty where it has none of that name."""
        kind = type(self.client)
        if getattr(self.package, kind.__name__, None) is not kind:
            raise _Missing(f"it does not export {kind.__name__}")
        known = inspect.signature(kind).parameters
        return f"{self.package.__name__}.{kind.__name__}({keyword})" if keyword in known else ""

    def _absent(self, message: str) -> NoReturn:
        raise _Missing(message)

    def _answer(self, call: _Call, at: Place) -> Symbol:
        status = at.steps[1]
        if status not in call.profile.answers:
            raise _Missing(f"{call.name} knows no answer {status}")
        name = call.name if status.startswith("2") else self._error(status)
        if at.steps[2:3] == ("header",):
            holder = getattr(self.package, "APIResponse" if status.startswith("2") else "APIStatusError")
            return Symbol(f"{_path(holder)}.headers")
        answer = call.profile.answers[status]
        if at.steps[2:3] == ("body",) and answer.kind == "nothing":
            raise _Missing(f"{call.name} reads no body of {status}")
        return self._walk(name, [*_models(answer.codec)], at.steps[3:])

    def _error(self, status: str) -> str:
        errors = sys.modules[f"{self.api.package.import_name}._runtime.errors"]
        raised = cast(type, errors.status_error(int(status)) if status.isdigit() else errors.APIStatusError)
        if getattr(self.package, raised.__name__, None) is not raised:
            raise _Missing(f"it does not export {raised.__name__}")
        return f"{self.api.package.import_name}.{raised.__name__}"

    def _named(self, annotation: str) -> Iterator[_Model]:
        """Yields the models that an annotation names."""
        for word in re.findall(r"\w+", annotation):
            found = getattr(self.models, word, None)
            if isinstance(found, type) and hasattr(found, "__fields__"):
                yield cast(_Model, found)

    def _walk(self, name: str, models: list[_Model], steps: Sequence[str]) -> Symbol:
        """Returns the attribute that the steps lead to, from one of the models into the next."""
        for step in steps:
            if step in ("[]", "{}"):
                continue
            if not models:
                return Symbol(name, _OPEN)
            held = [(model, one) for model in models for one in model.__fields__ if one.wire_name == step]
            if not held:
                raise _Missing(f"{_path(models[0])} has no attribute for {step!r}")
            wrong = [f"{_path(model)}.{one.name}" for model, one in held if not _is_named(one.name, step)]
            if wrong:
                raise _Missing(f"{wrong[0]} is no name for {step!r}")
            name = f"{_path(held[0][0])}.{held[0][1].name}"
            models = [model for _, one in held for model in _models(one.codec)]
        return Symbol(name)


class _Call:
    """One method of a generated client: its profile, and the keyword of each part of the request."""

    def __init__(self, operation: Operation, resource: object) -> None:
        self.operation = operation
        kind = type(resource)
        self.name = f"{_path(kind)}.{operation.name}"
        recorder = _Recorder()
        method = getattr(kind(recorder), operation.name)  # type: ignore[call-arg]  # a resource is made of a client
        self.signature = inspect.signature(method)
        marks = {name: object() for name in self.signature.parameters}
        method(**marks)
        marked = {id(mark): name for name, mark in marks.items()}
        self.profile = recorder.profile
        self.parts: dict[tuple[str, str], str] = {}
        self.whole = marked.get(id(recorder.arguments.get("content")), "")
        for location, given in recorder.arguments.items():
            for wire_name, mark in given.items() if isinstance(given, Mapping) else ():
                part = "body" if location == "content" else location
                self.parts[(part, str(wire_name))] = marked.get(id(mark), "")

    def told(self, claim: Claim) -> str:
        """Returns the method. Raises _Missing where it sends another method or path."""
        said = {"method": self.profile.method, "path": self.profile.path}.get(claim.keyword, claim.value)
        if said != claim.value:
            raise _Missing(f"{self.name} sends {claim.keyword} {said}, not {claim.value}")
        return self.name

    def keyword(self, location: str, wire_name: str) -> str:
        """Returns the keyword of a part of the request; empty for none. Raises _Missing for one called otherwise."""
        if location == "body" and self.whole:
            return self.whole
        keyword = self.parts.get((location, wire_name), "")
        if keyword and not _is_named(keyword, wire_name) and not _is_named(keyword, f"{location} {wire_name}"):
            raise _Missing(f"the keyword {keyword!r} of {self.name} is no name for {location} {wire_name!r}")
        return keyword

    def annotation(self, keyword: str) -> str:
        """Returns how a keyword is annotated."""
        return str(self.signature.parameters[keyword].annotation)


def _models(codec: object) -> Iterator[_Model]:
    """Yields the models that a codec reads."""
    kind = getattr(codec, "type", None)
    if isinstance(kind, type) and hasattr(kind, "__fields__"):
        yield cast(_Model, kind)
    for inner in (getattr(codec, name, None) for name in _INNER):
        if inner is not None:
            yield from _models(inner)
    for name in ("models", "members"):
        for inner in getattr(codec, name, ()):
            yield from _models(inner)


def _is_named(name: str, wire_name: str) -> bool:
    """Says whether a Python name is that of a wire name, or that name told apart from another."""
    wanted = names.snake(wire_name).replace("_", "")
    return wanted in (name.replace("_", ""), re.sub(r"(_[0-9]+|_)\Z", "", name).replace("_", ""))


def _path(kind: type | ModuleType | _Model) -> str:
    return f"{getattr(kind, '__module__', '')}.{getattr(kind, '__qualname__', '')}"
