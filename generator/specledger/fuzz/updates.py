"""Directed updates of one operation: each with what must become of it, made from behavior.yaml and the spec alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from specledger.behavior import Behavior, secured
from specledger.canonical import canonical
from specledger.fuzz.access import WRONG, disowned, owns, strangers
from specledger.fuzz.judge import Judge
from specledger.fuzz.request import MISSING, Request, body_media_type, is_json, working
from specledger.fuzz.sides import OF_EACH_TYPE
from specledger.ir import Api, Operation
from specledger.places import Place
from specledger.soundness.spec import Values
from specledger.yaml12 import Json, JsonObject

BODY = Place(("request", "body"))
UNKNOWN = "specledger-unknown"
# What is sent for a stored field that no caller may set.
_STRANGE: Json = "2001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Step:
    """A request and the kind of refusal that it must meet, empty for none; `at` is the place that decides it.

    `sure` is False where something that only the server knows, such as a rule, may refuse it as well.
    """

    request: Request
    at: str
    kind: str = ""
    sure: bool = True


class Updates:
    """Makes the steps of one operation; `draw` gives requests that keep to the spec.

    Drawing takes most of the time, so it is left to fields of which nothing else gives two values.
    """

    def __init__(
        self,
        api: Api,
        behavior: Behavior,
        operation: Operation,
        credential: str | None,
        draw: Callable[[Operation], list[Request]],
    ) -> None:
        self.api = api
        self.behavior = behavior
        self.operation = operation
        self.judge = Judge(api, behavior, operation.id)
        self.effect, self.collection = self.judge.effect, self.judge.collection
        self.base = working(api, operation, self.effect, credential)
        self._draw = draw
        self._values = Values(api.document)
        content = operation.body.content if operation.body else ()
        self._media = next((media for media in content if media.schema is not None), None)
        self._typed = is_json(body_media_type(operation))

    @cached_property
    def drawn(self) -> list[Request]:
        """Returns drawn requests."""
        return self._draw(self.operation)

    def is_valid(self, request: Request) -> bool:
        """Says whether the body of a request satisfies the spec."""
        if self._media is None or request.body is MISSING:
            return self._media is None
        return not self._values.errors((*self._media.pointer, "schema"), request.body)  # type: ignore[arg-type]  # MISSING is told apart above

    def objects(self) -> list[Request]:
        """Returns the working request for each seeded object that the caller may update, the sample's first."""
        caller = self.behavior.identities[0] if self.behavior.identities else None
        found = [self.base]
        for seed in self.collection.seed:
            workspace = self.collection.workspace
            if workspace and caller and seed.get(workspace) != caller.workspace:
                continue
            if seed.get(self.collection.id) not in self.base.values(self.effect.id):
                found.append(self.aimed(seed))
        return found

    def aimed(self, seed: JsonObject) -> Request:
        """Returns the working request for another object: its id, and what it lies in."""
        request = self.base.with_value(self.effect.id, seed[self.collection.id])
        for name, place in self.effect.within.items():
            request = request.with_value(place, seed[name]) if name in seed else request
        return request

    def writes(self, base: Request) -> Iterator[tuple[str, Iterator[list[Step]]]]:
        """Yields each field that may be sent with its values, each as the ways to write it.

        The first way that is accepted will do.
        """
        yield "", iter([[Step(base, str(BODY))]])
        for name in sorted(self.judge.declared - {self.effect.id.leaf}):
            yield name, self._written(base, name)

    def _written(self, base: Request, name: str) -> Iterator[list[Step]]:
        seen: set[str] = set()
        for body in self._bodies(base, name):
            key = canonical(body[name])
            ways = [] if key in seen else list(self._ways(base, name, body))
            if ways:
                seen.add(key)
                yield ways

    def _bodies(self, base: Request, name: str) -> Iterator[JsonObject]:
        """Yields bodies that hold different values of a field: those of sample and seeds, their like, then drawn."""
        sample = base.body if isinstance(base.body, dict) else {}
        held = [one[name] for one in (sample, *self.collection.seed) if name in one]
        yield from ({**sample, name: value} for value in [*held, *(near for value in held for near in _near(value))])
        yield from (one.body for one in self.drawn if isinstance(one.body, dict) and name in one.body)

    def _ways(self, base: Request, name: str, body: JsonObject) -> Iterator[Step]:
        for sent in ({name: body[name]}, body):
            request = replace(base, body=sent)
            for place in (self.effect.id, *self.effect.within.values()):
                for kept in base.values(place) if place.starts_with("request", "body") else ():
                    request = request.with_value(place, kept)
            if self.is_valid(request) and self._is_owned(request):
                yield Step(request, str(BODY.child(name)), sure=False)

    def _is_owned(self, request: Request) -> bool:
        caller = self.behavior.identities[:1]
        named = [(field, value) for field in self.effect.owned for value in request.values(BODY.child(field))]
        return all(owns(who, self.effect.owned[field], value) for who in caller for field, value in named)

    def least(self, base: Request) -> Request:
        """Returns a request that sends as little of the body as the spec allows."""
        for name in sorted(base.body) if isinstance(base.body, dict) else ():
            without = base.without(BODY.child(name))
            if name != self.effect.id.leaf and self.is_valid(without):
                base = without
        return base

    def intrusions(self, base: Request) -> Iterator[Step]:
        """Yields requests that set stored fields of which the spec does not let the caller speak."""
        stored = {name for seed in self.collection.seed for name in seed} | {*self.collection.touched}
        closed = [name for name in sorted(stored - self.judge.mapped) if self.effect.id != BODY.child(name)]
        for name in [*closed, *self.collection.immutable]:
            request = base.with_value(BODY.child(name), _STRANGE)
            if isinstance(base.body, dict) and self._typed and self.is_valid(request):
                yield Step(request, str(BODY.child(name)), sure=False)

    def refused(self) -> Iterator[Step]:
        """Yields requests that must be refused, each for one reason alone."""
        yield from self._mistyped()
        yield from self._limited()
        yield from self._elsewhere()
        yield from self._taken()
        for stranger in strangers(self.api, self.behavior, self.operation, self.base.credential):
            yield Step(stranger.request, stranger.at, stranger.kind)
        for name in self.effect.owned:
            for request in disowned(self.behavior, self.base, name):
                if self.is_valid(request):
                    yield Step(request, str(BODY.child(name)), "not_owned")
        yield from self._unauthenticated()
        yield from self._malformed()
        yield from self._ordered()

    def _mistyped(self) -> Iterator[Step]:
        """Yields the working request with one field that the spec does not allow: the others must not be stored."""
        for name in sorted(self.judge.mapped) if self._typed and isinstance(self.base.body, dict) else ():
            tried = (self.base.with_value(BODY.child(name), value) for value in OF_EACH_TYPE)
            found = next((request for request in tried if not self.is_valid(request)), None)
            if found:
                yield Step(found, str(BODY.child(name)), "invalid")

    def _limited(self) -> Iterator[Step]:
        for limit in self.effect.limits:
            for bound, value in limit.bounds.items():
                edge: Json = int(value) if float(value).is_integer() else value
                beyond = value - 1 if bound == "minimum" else value + 1
                past: Json = int(beyond) if float(beyond).is_integer() else beyond
                if self.base.values(limit.at):
                    steps = [Step(self.base.with_value(limit.at, edge), str(limit.at), sure=not self.effect.rules)]
                    steps.append(Step(self.base.with_value(limit.at, past), str(limit.at), "limit"))
                    yield from (step for step in steps if self.is_valid(step.request))

    def _elsewhere(self) -> Iterator[Step]:
        """Yields requests for objects that are not there, or lie somewhere else."""
        for value in self.base.values(self.effect.id):
            for text in (UNKNOWN, *_like(str(value))):
                request = self.base.with_value(self.effect.id, text)
                if text not in {seed.get(self.collection.id) for seed in self.collection.seed} and self._fits(request):
                    yield Step(request, str(self.effect.id), "unknown")
        for place in self.effect.within.values():
            request = self.base.with_value(place, UNKNOWN)
            if self._fits(request):
                yield Step(request, str(place), "unknown")
        caller = self.behavior.identities[:1]
        for seed in self.collection.seed:
            workspace = seed.get(self.collection.workspace) if self.collection.workspace else None
            if any(who.workspace != workspace for who in caller) and self.collection.workspace:
                yield Step(self.aimed(seed), "security", "foreign")

    def _fits(self, request: Request) -> bool:
        """Says whether body and parameters satisfy the spec."""
        wrong = [
            error
            for parameter in self.operation.parameters
            for value in request.values(Place(("request", parameter.location, parameter.wire_name)))
            for error in self._values.errors((*parameter.pointer, "schema"), value)
            if parameter.media_type is None
        ]
        return not wrong and (request.body is MISSING or self.is_valid(request))

    def _taken(self) -> Iterator[Step]:
        own = self.base.values(self.effect.id)
        for name in self.collection.unique:
            for seed in self.collection.seed:
                if seed.get(self.collection.id) not in own and name in seed:
                    request = self.base.with_value(BODY.child(name), seed[name])
                    if self.is_valid(request) and self._is_owned(request):
                        yield Step(request, str(BODY.child(name)), "taken")

    def _malformed(self) -> Iterator[Step]:
        """Yields bodies that are no JSON, or hold a key twice, which every reader would read otherwise."""
        payload = self.base.payload()
        if self._typed and isinstance(self.base.body, dict) and self.base.body and payload:
            first = next(iter(self.base.body))
            twice = b"{" + json.dumps({first: None}).encode()[1:-1] + b"," + payload[1:]
            for content in (b'{"', payload[:-1], twice):
                yield Step(replace(self.base, content=content), str(BODY), "malformed")

    def _ordered(self) -> Iterator[Step]:
        """Yields requests for an unknown object that are not valid either: that is told first."""
        for step in list(self._mistyped())[:2]:
            request = step.request.with_value(self.effect.id, UNKNOWN)
            if not self.is_valid(request):
                yield Step(request, step.at, "invalid")

    def _unauthenticated(self) -> Iterator[Step]:
        """Yields requests that are wrong in two ways, of which the missing credential is told first."""
        if not secured(self.operation):
            return
        wrong = [step.request for step in self._elsewhere()][:2] + [step.request for step in self._mistyped()][:2]
        if self.operation.body:
            wrong += [replace(self.base, content=b'{"'), replace(self.base, body=MISSING)]
            wrong.append(replace(self.base, media_type="text/plain"))
        for request in wrong:
            for credential in (None, WRONG):
                yield Step(replace(request, credential=credential), "security", "unauthenticated")


def _like(known: str) -> Iterator[str]:
    """Yields ids that are nearly a known one."""
    yield from (known[::-1], re.sub("[0-9]", "0", known), known[:-1], f"{known}0", known.swapcase())


def _near(value: Json) -> Iterator[Json]:
    """Yields values of the same type that are not the value."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1)
    elif isinstance(value, str):
        yield from (f"{value}-2", f"{value}2", value[:-1])
    elif isinstance(value, list):
        yield from ([*value, *value[-1:]], value[1:])
        yield from ([other, *value[1:]] for item in value[:1] for other in _near(item))
    elif isinstance(value, dict):
        yield from ({**value, name: other} for name, item in value.items() for other in _near(item))
