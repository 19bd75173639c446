"""Hypothesis strategies of requests and models: `requests("shop", "updateItem").valid()`, `models(Item)`.

What is drawn follows the contract that the mock serves, and the behaviour that it keeps: ids of seeded objects, the
caller's prefixes, the account's limits.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypeVar, cast

from hypothesis import reject
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from .body import Body
from .call import Call, Flawed, call, flawed
from .carried import Part, with_value
from .flaws import Flaw, Flaws
from .json_text import Json, JsonObject
from .operation import Operation
from .parameter import Parameter
from .rehearsal import APIS, Rehearsal, rehearsal
from .request import steps_of
from .resources import bare
from .schema import BASE
from .subjects import Stored, subjects
from .values import PRINTABLE, Values
from .ways import all_of

__all__ = ["Call", "Flawed", "Requests", "models", "requests"]

Model = TypeVar("Model", bound=BaseModel)

_TRIES = 6
# What chooses the answer, or stands for it, is no field of the API.
_STEERING = ("accept", "prefer", "x-mock-fault", "content-type", "authorization")


class Requests:
    """The requests of one operation."""

    def __init__(self, rehearsed: Rehearsal, operation: Operation) -> None:
        self._rehearsal = rehearsed
        self.api = rehearsed.api
        self.operation = operation
        self._caller = self.api.callers()[0]
        schemas = self.api.incoming
        self._values = Values(schemas)
        self._printable = Values(schemas, PRINTABLE)
        self._parameters = {
            parameter.name: Part(f"request.{parameter.location}.{parameter.name}", parameter.schema, parameter)
            for parameter in operation.parameters
        }
        self._bodies = [(body, self._limited(body)) for body in operation.bodies.values()]

    def __repr__(self) -> str:
        """Returns the operation's name."""
        return f"requests({self.api.name!r}, {self.operation.id!r})"

    def valid(self) -> st.SearchStrategy[Call]:
        """Returns requests that the mock carries out as it is seeded."""
        return st.composite(lambda draw: self._valid(draw))()

    def about(self, stored: Stored) -> st.SearchStrategy[Call]:
        """Returns requests that keep to the contract, about the objects that are stored now."""
        return st.composite(lambda draw: self._made(draw, self._subjects(stored)))()

    def invalid(self, keyword: str = "", at: str = "", but: Collection[str] = ()) -> st.SearchStrategy[Flawed]:
        """Returns requests that break one keyword and are right otherwise; of one keyword or place where it is named.

        At the places `but` they are right. Raises ValueError where no request breaks it.
        """
        found = [one for one in self._broken if keyword in ("", one.keyword) and at in ("", one.at)]
        found = [one for one in found if one.at not in but]
        if not found:
            named = ", ".join(f"{place} {word}" for place, word in self.flaws) or "none at all"
            raise ValueError(f"no request of {self.operation.id} breaks {keyword} {at}; there are: {named}")
        return st.composite(lambda draw: self._invalid(draw, found))()

    @property
    def flaws(self) -> list[tuple[str, str]]:
        """The place and the keyword of each flaw that a request may have."""
        return [(one.at, one.keyword) for one in self._broken]

    def takes(self, body: Body, value: Json) -> bool:
        """Says whether the contract accepts a body."""
        return self._values.accepts(body.schema, value)

    @property
    def refused_with(self) -> int:
        """The status that refuses a request which breaks the contract."""
        refusals = cast("dict[str, JsonObject]", self.operation.row["refusals"])
        return cast(int, refusals["invalid"]["status"])

    def _valid(self, draw: st.DrawFn) -> Call:
        for _ in range(_TRIES):
            found = self._made(draw, self._seeded)
            if self._rehearsal.allows(found):
                return found
        return self._working or reject()

    def _made(self, draw: st.DrawFn, about: list[JsonObject]) -> Call:
        parts = draw(st.sampled_from(about)) if len(about) > 1 else about[0]
        for part in self._parameters.values():
            parameter = cast(Parameter, part.carrier)
            named = cast(JsonObject, parts.get(parameter.location, {}))
            is_steering = parameter.location == "header" and parameter.name.lower() in _STEERING
            if parameter.name in named or (not parameter.required and (is_steering or not draw(st.booleans()))):
                continue
            for value in self._drawn(draw, part, parameter.required):
                parts = with_value(parts, (parameter.location, parameter.name), value)
        body = None
        if self._bodies and (self.operation.body_required or draw(st.booleans())):
            body, schema = draw(st.sampled_from(self._bodies)) if len(self._bodies) > 1 else self._bodies[0]
            parts = self._with_body(draw, parts, body, schema)
        return call(self.api, self.operation, parts, body)

    def _drawn(self, draw: st.DrawFn, part: Part, required: bool) -> list[Json]:
        """Returns a value that arrives as it is sent; none where none is met, the draw given up if it must be."""
        values = self._of(part)
        for _ in range(_TRIES):
            value = values.draw(draw, part.schema)
            if part.arrives(value) == [value]:
                return [value]
        examples = cast("list[Json]", part.carrier.examples)
        tried = [*examples, *values.samples(part.schema)] if required else []
        found = [value for value in tried if values.accepts(part.schema, value) and part.arrives(value) == [value]]
        return found[:1] if found or not required else reject()

    def _of(self, part: Part) -> Values:
        return self._printable if part.at.startswith(("request.header", "request.cookie")) else self._values

    def _with_body(self, draw: st.DrawFn, parts: JsonObject, body: Body, schema: Json) -> JsonObject:
        """Returns the parts with a body that is about the same as they are, and keeps to what the caller owns."""
        [value] = self._drawn(draw, Part("request.body", schema, body), required=True)
        about = parts.get("body")
        value = {**value, **about} if isinstance(value, dict) and isinstance(about, dict) else value
        for name, pattern in self._owned.items():
            if isinstance(value, dict) and name in value:
                other = self._as_owned(draw, str(value[name]), pattern)
                value = {**value, name: other} if other else {key: v for key, v in value.items() if key != name}
        if not self._values.accepts(body.schema, value):
            reject()
        return {**parts, "body": value}

    def _as_owned(self, draw: st.DrawFn, text: str, pattern: re.Pattern[str]) -> str:
        """Returns the text with the caller's prefix in the place of another one; empty where it has no place."""
        match = pattern.search(text)
        if match is None or not self._caller.owns or self._caller.may_use(match[1]):
            return text if match else ""
        return text[: match.start(1)] + draw(st.sampled_from(self._caller.owns)) + text[match.end(1) :]

    @cached_property
    def _effect(self) -> JsonObject:
        row = self.operation.row["effect"]
        return row if isinstance(row, dict) else {}

    @cached_property
    def _owned(self) -> dict[str, re.Pattern[str]]:
        owned = self._effect.get("owned")
        return {name: re.compile(str(text)) for name, text in owned.items()} if isinstance(owned, dict) else {}

    def _limited(self, body: Body) -> Json:
        """Returns the schema of a body, held to the limits of the account."""
        schema = body.schema
        for limit in cast("list[JsonObject]", self._effect.get("limits") or []):
            steps = steps_of(limit["at"])
            if steps[:1] == ("body",):
                bounds: Json = {word: limit[word] for word in ("minimum", "maximum") if limit.get(word) is not None}
                schema = all_of(schema, _nested(steps[1:], bounds))
        return schema

    def _subjects(self, stored: Stored) -> list[JsonObject]:
        resources = self._rehearsal.resources
        return subjects(self.operation, stored, resources, self._caller)

    @cached_property
    def _seeded(self) -> list[JsonObject]:
        return self._subjects(self.api.state.collections)

    @cached_property
    def _working(self) -> Call | None:
        """Returns a request that works, always the same one; None where none is known."""
        named = self._effect.get("request")
        bodies: list[Body | None] = [*(body for body, _ in self._bodies), None]
        ways = [(named, bodies[0])] if isinstance(named, dict) else []
        ways += [(parts, body) for parts in self._seeded for body in bodies]
        for parts, body in ways:
            found = self._completed(parts, body)
            if found and self._rehearsal.allows(found):
                return found
        return None

    def _completed(self, parts: JsonObject, body: Body | None) -> Call | None:
        """Returns a request with samples of all that it still needs."""
        for part in self._parameters.values():
            parameter = cast(Parameter, part.carrier)
            if parameter.required and parameter.name not in cast(JsonObject, parts.get(parameter.location, {})):
                tried = [*cast("list[Json]", parameter.examples), *self._of(part).samples(part.schema)]
                fitting = [value for value in tried if part.arrives(value) == [value]]
                if not fitting:
                    return None
                parts = with_value(parts, (parameter.location, parameter.name), fitting[0])
        if body is None:
            return None if self.operation.body_required else call(self.api, self.operation, parts, None)
        if "body" not in parts or parts in self._seeded:
            about = parts.get("body")
            examples = cast("list[Json]", body.examples)
            samples = self._values.samples(body.schema)
            tried = [value for value in [*examples, *samples] if self._values.accepts(body.schema, value)]
            if not tried:
                return None
            value = self.operation.working(tried[0], body.schema)
            value = {**value, **about} if isinstance(value, dict) and isinstance(about, dict) else value
            parts = {**parts, "body": value}
        return call(self.api, self.operation, parts, body)

    def _invalid(self, draw: st.DrawFn, ways: list[_Broken]) -> Flawed:
        way = draw(st.sampled_from(ways))
        for base in (self._made(draw, self._seeded), self._working):
            if base is not None:
                found = self._with_flaw(draw, base, way)
                if self._rehearsal.leads(found):
                    return found
        return reject()

    def _with_flaw(self, draw: st.DrawFn, base: Call, way: _Broken) -> Flawed:
        carrier = way.part.carrier
        steps = ("body",) if isinstance(carrier, Body) else (carrier.location, carrier.name)
        body = carrier if isinstance(carrier, Body) else self.operation.taking(base.headers.get("Content-Type", ""))
        parts = base.parts
        if way.flaw:
            parts = with_value(parts, steps, way.flaws.draw(draw, way.flaw))
        else:
            held = parts.get(steps[0])
            left = {name: value for name, value in held.items() if name != steps[-1]} if isinstance(held, dict) else {}
            parts = {name: value for name, value in parts.items() if name != steps[0]}
            parts = parts if steps == ("body",) else {**parts, steps[0]: left}
        return flawed(call(self.api, self.operation, parts, body), way.keyword, way.at)

    @cached_property
    def _broken(self) -> list[_Broken]:
        """Returns the ways in which a request can be wrong, none where none works to begin with."""
        found: list[_Broken] = []
        bodies = [Part("request.body", body.schema, body) for body, _ in self._bodies]
        for part in [*self._parameters.values(), *bodies] if self._working else []:
            carrier = part.carrier
            flaws = Flaws(self.api.incoming, self._of(part), part, cast("list[Json]", carrier.examples))
            is_first = part in bodies[:1] and self.operation.body_required
            if is_first or (isinstance(carrier, Parameter) and carrier.required and carrier.location != "path"):
                found.append(_Broken(part.at, "required", part, flaws, None))
            found += [_Broken(flaw.at, flaw.keyword, part, flaws, flaw) for flaw in flaws.all()]
        return found


@dataclass(frozen=True)
class _Broken:
    """A keyword that a request can break, in one of its parts; without a flaw the part is left out."""

    at: str
    keyword: str
    part: Part
    flaws: Flaws
    flaw: Flaw | None


def _nested(steps: tuple[str, ...], inner: Json) -> Json:
    """Returns a schema that says something of what the steps lead to."""
    for step in reversed(steps):
        inner = {"[]": {"items": inner}, "{}": {"additionalProperties": inner}}.get(step, {"properties": {step: inner}})
    return inner


@lru_cache(maxsize=256)
def requests(api: str, operation: str, *, apis: Path = APIS) -> Requests:
    """Returns the requests of an operation, by its operationId. Raises ValueError, with those that there are."""
    rehearsed = rehearsal(api, apis)
    return Requests(rehearsed, rehearsed.operation(operation))


def models(model: type[Model], *, apis: Path = APIS) -> st.SearchStrategy[Model]:
    """Returns instances of a model of `specledger_mock.models.<api>`. Raises ValueError for another class."""
    api = model.__module__.rpartition(".")[2]
    schemas = rehearsal(api, apis).api.outgoing
    names = [name for name in schemas.definitions if name == model.__name__]
    names = names or [name for name in schemas.definitions if bare(name) == bare(model.__name__)]
    if not names:
        raise ValueError(f"{api} has no schema of the model {model.__name__}")
    values, schema = Values(schemas), cast(Json, {"$ref": f"{BASE}#/$defs/{names[0]}"})

    def instance(draw: st.DrawFn) -> Model:
        for value in (values.draw(draw, schema), values.sample(schema)):
            try:
                return model.model_validate(value)
            except ValidationError:
                continue
        return reject()

    return st.composite(instance)()
