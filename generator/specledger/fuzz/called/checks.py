"""A generated client against its spec: what it sends, what it makes of answers, how often it sends, what it shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import cast

from specledger import places
from specledger.behavior import Behavior
from specledger.diagnostics import Diagnostic, Failure
from specledger.emit.client_schema import content_of
from specledger.fuzz import client
from specledger.fuzz.blame import Blamer
from specledger.fuzz.called.answered import judged, raw
from specledger.fuzz.called.answers import Told, answers, success
from specledger.fuzz.called.drawn import Draws, draws_of
from specledger.fuzz.called.half import BASE, Half, halves, signed
from specledger.fuzz.called.hidden import hidden
from specledger.fuzz.called.listener import listening
from specledger.fuzz.called.models import model_findings, verdicts
from specledger.fuzz.called.options import options
from specledger.fuzz.called.readers import client_models, modelled
from specledger.fuzz.called.recorder import Reply
from specledger.fuzz.called.repeated import repeated
from specledger.fuzz.called.requests import requests
from specledger.fuzz.called.sent import compared
from specledger.fuzz.called.shape import shape
from specledger.fuzz.client import NoKeyword
from specledger.fuzz.judge import Finding
from specledger.fuzz.outcome import Outcome
from specledger.fuzz.request import Missing, Request
from specledger.fuzz.target import Target
from specledger.ir import Api, Operation
from specledger.ledger import Ledger
from specledger.places import Place
from specledger.yaml12 import JsonObject

REMEDY = "correct the client's templates or runtime, never generated/"
Findings = Iterator[tuple[Request, Finding]]


def client_checks(
    api: Api,
    behavior: Behavior,
    ledger: Ledger,
    target: Target,
    generated: Path,
    *,
    seed: int,
    enough: Callable[[Diagnostic], bool] = lambda _: False,
) -> Outcome:
    """Returns what the clients in `generated` do otherwise than the spec and their README say; no request leaves.

    Nothing more is looked for after a failure that is `enough`. Raises Failure where no client is generated.
    """
    started = time.monotonic()
    blamer = Blamer(api, behavior, ledger)
    failures: dict[object, Diagnostic] = {}
    notes: list[str] = []
    cases = 0
    settings = client.settings(api, behavior)
    draws = draws_of(api, seed)

    def keep(operation: Operation, finding: Finding, curl: str = "") -> bool:
        """Keeps what is wrong, and says whether it is enough."""
        found = blamer.diagnostic(operation, finding, curl, REMEDY)
        failures.setdefault((operation.label, finding.at, finding.code), found)
        return enough(found)

    def unusable(error: Exception) -> None:
        """Keeps that no operation of a client works whose modules cannot be loaded."""
        said = f"the client cannot be loaded: {type(error).__name__}: {str(error)[:300]}"
        for operation in api.operations:
            keep(operation, Finding("operation", "client-raised", said))

    with ExitStack() as stack:
        try:
            module = stack.enter_context(client.imported(api, generated))
        except Failure:
            raise
        except Exception as error:
            unusable(error)
            return _outcome(api, cases, failures, notes, started)
        for operation in api.operations:
            checks = _Checks(api, module, settings, operation, draws)
            if not checks.requests:
                notes.append(f"no request of {operation.label} could be drawn")
                continue
            cases += len(checks.requests) + len(checks.answers)
            if any(keep(operation, finding, request.curl(BASE)) for request, finding in checks.findings()):
                return _outcome(api, cases, failures, notes, started)
        try:
            for operation, finding in model_findings(api, module, generated, draws):
                keep(operation, finding)
        except Failure:
            raise
        except Exception as error:
            unusable(error)
    return _outcome(api, cases, failures, notes, started)


def prepared(api: Api, seed: int) -> None:
    """Draws all that the clients of an API are called with and answered, which is kept for their checks."""
    draws = draws_of(api, seed)
    for operation in api.operations:
        _given(api, operation, draws)
    for name, schema in api.components():
        verdicts(api, name, schema, draws)


def _given(api: Api, operation: Operation, draws: Draws) -> tuple[list[Request], list[Told], Told | None]:
    """Returns requests, answers and one answer of success of an operation: whatever client is checked, the same."""
    return (
        draws.once(f"requests {operation.id}", lambda: requests(api, operation, draws)),
        draws.once(f"answers {operation.id}", lambda: list(answers(api, operation, draws))),
        draws.once(f"success {operation.id}", lambda: success(api, operation, draws)),
    )


def _outcome(api: Api, cases: int, failures: Mapping[object, Diagnostic], notes: list[str], started: float) -> Outcome:
    found = tuple(sorted(failures.values()))
    return Outcome(api.name, cases, cases, found, tuple(notes), time.monotonic() - started)


class _Checks:
    """The checks of one operation."""

    def __init__(self, api: Api, module: ModuleType, settings: JsonObject, operation: Operation, draws: Draws) -> None:
        self.api = api
        self.module = module
        self.settings: Mapping[str, object] = settings
        self.operation = operation
        self.requests, self.answers, self.success = _given(api, operation, draws)

    def findings(self) -> Findings:
        """Yields what is wrong, the request's faults first."""
        plain = signed(self.requests[0])
        for stage in (self._called, self._otherwise, self._hidden):
            try:
                yield from stage(plain)
            except Exception as error:
                # A client that cannot be made or used at all.
                said = f"{type(error).__name__}: {str(error)[:300]}"
                yield plain, Finding("operation", "client-raised", f"the client cannot be used: {said}")

    def _called(self, plain: Request) -> Findings:
        """Yields what is sent and made of answers otherwise than is documented."""
        with halves(self.api, self.module, self.settings) as pair:
            for half in pair:
                for request in self.requests:
                    yield from self._sent(half, signed(request), signed(request), BASE)
                yield from self._modelled(half, plain)
                yield from self._settled(half, plain)
                for told in self.answers:
                    yield from ((plain, finding) for finding in self._answered(half, plain, told))
                if self.success:
                    yield from ((plain, finding) for finding in raw(half, plain, self.success))
                    yield from ((plain, finding) for finding in repeated(half, plain, self.success))
                    yield from ((plain, finding) for finding in options(half, plain, self.success))

    def _hidden(self, plain: Request) -> Findings:
        return ((plain, finding) for finding in hidden(self.api, self.module, self.settings, plain))

    def _sent(self, half: Half, given: Request, wanted: Request, base_url: str, at: str = "") -> Findings:
        """Yields what is sent for one request otherwise than another has it; `at` is what it is about."""
        reply = self.success.reply if self.success else Reply()
        answer = half.give(given, reply, max_retries=0)
        if isinstance(answer, NoKeyword):
            yield wanted, Finding(str(answer.place), "client-keyword", f"the client's method has {answer}")
        elif not half.recorder.sent:
            said = f"{type(answer).__name__}: {str(answer)[:300]}"
            yield wanted, Finding(at or _root(wanted), "client-raised", f"the {half.name} client sent nothing: {said}")
        for sent in half.recorder.sent[:1]:
            yield from ((wanted, finding) for finding in compared(wanted, sent, base_url))

    def _modelled(self, half: Half, request: Request) -> Findings:
        """Yields what is sent otherwise where inner objects are given as models."""
        media = content_of(self.operation.body.content) if self.operation.body else None
        if media is not None and isinstance(request.body, dict):
            known, models = shape(self.api, [media.schema]), client_models(self.module)
            fields = {name: modelled(known.step(name), value, models) for name, value in request.body.items()}
            yield from self._sent(half, replace(request, body=cast(JsonObject, fields)), request, BASE)

    def _settled(self, half: Half, request: Request) -> Findings:
        """Yields what the client does not fill in from the keywords of its constructor."""
        given = wanted = request
        places_left: list[str] = []
        for parameter in self.api.package.parameters:
            place = places.parse(parameter.fills)
            if place.starts_with("request") and parameter.name in self.settings and request.values(place):
                given = given.without(place)
                places_left.append(str(place))
                wanted = wanted.with_value(place, self.settings[parameter.name])  # type: ignore[arg-type]  # it is JSON
        if given is not request:
            yield from self._sent(half, given, wanted, BASE, at=places_left[0])

    def _answered(self, half: Half, request: Request, told: Told) -> Iterator[Finding]:
        response = self.operation.response(told.reply.status)
        once = bool(response and response.permanent and told.documented)
        given = half.give(request, told.reply, **({} if once else {"max_retries": 0}))
        yield from judged(half, request, told, given)
        if len(half.recorder.sent) > 1:
            message = f"the {half.name} client sent a call again that is documented to be refused for good"
            yield Finding("operation", "client-retry", message)

    def _listened(self, request: Request) -> Findings:
        """Yields what clients with a transport of their own send over a socket otherwise than the spec has it."""
        with ExitStack() as stack:
            url, sent = stack.enter_context(listening(self.success.reply if self.success else Reply()))
            more = {"base_url": url, "http_client": None}
            for half in stack.enter_context(halves(self.api, self.module, self.settings, **more)):
                sent.clear()
                half.give(request, max_retries=0)
                if not sent:
                    message = f"nothing left the {half.name} client over a socket"
                    yield request, Finding("operation", "client-raised", message)
                for one in sent[:1]:
                    yield from ((request, finding) for finding in compared(request, one, url))

    def _otherwise(self, request: Request) -> Findings:
        """Yields what clients send that are made with other keywords."""
        yield from self._listened(request)
        for server, settings in _servers(self.api, self.settings):
            with halves(self.api, self.module, settings, base_url=None) as pair:
                for half in pair:
                    yield from self._sent(half, request, request, server)
        schemes = [keys[0] for keys in self.operation.security if len(keys) == 1]
        for key in schemes if len(schemes) > 1 else ():
            with halves(self.api, self.module, self.settings, auth_scheme=key) as pair:
                for half in pair:
                    yield from self._sent(half, request, signed(request, key), BASE)
        for option in self.api.package.options:
            if self.operation.id in option.wraps and isinstance(request.body, dict) and request.body:
                key, beside = option.wraps[self.operation.id]
                inner = {name: value for name, value in request.body.items() if name not in beside}
                outer = {name: value for name, value in request.body.items() if name in beside}
                with halves(self.api, self.module, self.settings, **{option.name: True}) as pair:
                    for half in pair:
                        yield from self._sent(half, request, replace(request, body={key: inner, **outer}), BASE)


def _servers(api: Api, settings: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yields the addresses that a client takes by itself, and the settings with which it takes them."""
    names = {one.fills.removeprefix("server."): one for one in api.package.parameters if "server." in one.fills[:7]}
    for given in ("", "given") if api.servers else ():
        url, more = api.servers[0].url, dict(settings)
        for variable in api.servers[0].variables:
            parameter = names.get(variable.wire_name)
            chosen = variable.enum[-1] if given and variable.enum else given
            if parameter and (chosen or parameter.required):
                chosen = more[parameter.name] = chosen or "needed"
            url = url.replace("{" + variable.wire_name + "}", (chosen if parameter else "") or variable.default)
        if "://" in url and (not given or names):
            yield url.rstrip("/"), more


def _root(request: Request) -> str:
    return "operation" if isinstance(request.body, Missing) else str(Place(("request", "body")))
