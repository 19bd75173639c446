"""What an exchange must have done to the state and shown in its answer, as behavior.yaml says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from specledger import places
from specledger.behavior import Behavior, Collection, Effect
from specledger.canonical import canonical
from specledger.effects import answer_path
from specledger.fuzz.request import Answer, Missing, Request
from specledger.fuzz.target import State
from specledger.ir import Api, pointer_of
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, as_object

_BRANCHES = ("allOf", "anyOf", "oneOf", "then", "else", "if")
_ABSENT = object()


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """Something that an exchange did wrong, and the place in the contract that it did it at."""

    at: str
    code: str
    message: str


class Judge:
    """Judges the exchanges of one operation."""

    def __init__(self, api: Api, behavior: Behavior, operation_id: str) -> None:
        self.api = api
        self.effect: Effect = behavior.effects[operation_id]
        self.collection: Collection = behavior.resources[self.effect.resource]
        operation = api.operation(operation_id)
        content = operation.body.content if operation and operation.body else ()
        schema = next((media.schema for media in content if media.schema is not None), None)
        self.declared = declared_properties(api, schema)
        shown = api.at(("components", "schemas", self.collection.schema)) if self.collection.schema else None
        self.shown = declared_properties(api, shown) if shown is not None else None

    @property
    def mapped(self) -> frozenset[str]:
        """Returns the request's fields that an accepted update writes."""
        id_field = {self.collection.id} | ({self.effect.id.leaf} if self.effect.id.steps[1] == "body" else set())
        return frozenset(self.declared - id_field - set(self.effect.unmapped) - set(self.collection.immutable))

    def judge(self, request: Request, answer: Answer, before: State | None, after: State | None) -> Iterator[Finding]:
        """Yields what is wrong with an exchange; the state is left aside where it cannot be seen."""
        accepted = 200 <= answer.status < 300
        if before is not None and after is not None:
            if accepted:
                yield from self._accepted(request, before, after)
            else:
                yield from self._refused(answer.status, before, after)
        if accepted:
            yield from self._answered(request, answer, after)

    def object_id(self, request: Request) -> str | None:
        """Returns the id that a request names."""
        found = request.values(self.effect.id)
        return found[0] if found and isinstance(found[0], str) else None

    def collides(self, request: Request, state: State) -> bool:
        """Says whether the request gives a unique field a value that another object holds."""
        own = self.object_id(request)
        others = [held for key, held in state.get(self.collection.name, {}).items() if key != own]
        body = request.body if isinstance(request.body, dict) else {}
        return any(
            name in body and any(held.get(name) == body[name] for held in others) for name in self.collection.unique
        )

    def _refused(self, status: int, before: State, after: State) -> Iterator[Finding]:
        for collection, key, name in differences(before, after):
            message = f"a request refused with {status} changed {name!r} of {key!r} in {collection}"
            yield Finding(self.place(collection, name), "refusal-changed-state", message)

    def _accepted(self, request: Request, before: State, after: State) -> Iterator[Finding]:
        own = (self.collection.name, self.object_id(request))
        stored = before.get(own[0], {}).get(own[1] or "")
        held = after.get(own[0], {}).get(own[1] or "")
        for collection, key, name in differences(before, after):
            if (collection, key) != own:
                message = f"an update of {own[1]!r} changed {name!r} of {key!r} in {collection}"
                yield Finding(self.place(collection, name), "other-object-changed", message)
        if stored is None or held is None:
            message = f"the request was accepted, and {self.collection.name} holds no {own[1]!r}"
            yield Finding(str(self.effect.id), "unknown-accepted", message)
            return
        yield from self._fields(request, stored, held)

    def _fields(self, request: Request, stored: JsonObject, held: JsonObject) -> Iterator[Finding]:
        sent = _sent(request)
        for name in sorted({*stored, *held, *(self.mapped & set(sent))}):
            was, now = stored.get(name, _ABSENT), held.get(name, _ABSENT)
            at = self.place(self.collection.name, name)
            if name in self.collection.touched:
                if _same(was, now):
                    yield Finding(at, "not-touched", f"an accepted update left {name!r} at {_shown(now)}")
                elif _is_earlier(now, was):
                    yield Finding(at, "moved-back", f"an update set {name!r} back from {_shown(was)} to {_shown(now)}")
            elif name in self.collection.immutable:
                if not _same(was, now):
                    yield Finding(
                        at, "immutable-changed", f"{name!r} never changes, and went from {_shown(was)} to {_shown(now)}"
                    )
            elif name in self.mapped and name in sent:
                if not _arrived(request, sent[name], now):
                    yield Finding(
                        at,
                        "not-persisted",
                        f"{name!r} was sent as {_shown(sent[name])}, and is stored as {_shown(now)}",
                    )
            elif name in self.mapped and self.effect.effect == "replace":
                if now is not _ABSENT:
                    yield Finding(
                        at, "not-cleared", f"{name!r} was not sent, and a replacement left it at {_shown(now)}"
                    )
            elif not _same(was, now):
                yield Finding(
                    at, "untouched-changed", f"{name!r} was not sent, and went from {_shown(was)} to {_shown(now)}"
                )

    def _answered(self, request: Request, answer: Answer, after: State | None) -> Iterator[Finding]:
        if answer.status != self.effect.status:
            message = f"an accepted request is answered with {self.effect.status}, not {answer.status}"
            yield Finding(f"response.{answer.status}", "answer-status", message)
            return
        place = Place(("response", str(self.effect.status), "body"))
        path = answer_path(self.effect.body)
        if not self.effect.has_body or path is None:
            if self.effect.has_body and not _same(answer.body, self.effect.body):
                said = "no JSON" if isinstance(answer.body, Missing) else _shown(answer.body)
                yield Finding(str(place), "answer-body", f"the answer is {said}, not {_shown(self.effect.body)}")
            return
        body = None if isinstance(answer.body, Missing) else answer.body
        at = Place((*place.steps, *path))
        shown = next(places.values(body, path), None)
        if not isinstance(shown, dict):
            yield Finding(str(at), "answer-body", "the answer does not show the object")
            return
        yield from self._echoed(request, shown, at)
        held = (after or {}).get(self.collection.name, {}).get(self.object_id(request) or "")
        if held is not None:
            yield from self._projected(held, shown, at)

    def _echoed(self, request: Request, shown: JsonObject, at: Place) -> Iterator[Finding]:
        sent = _sent(request)
        for name in sorted(self.mapped & set(sent)):
            there = shown.get(name, _ABSENT)
            if (self.shown is None or name in self.shown) and not _arrived(request, sent[name], there):
                message = f"{name!r} was sent as {_shown(sent[name])}, and the answer shows {_shown(there)}"
                yield Finding(str(at.child(name)), "not-echoed", message)

    def _projected(self, held: JsonObject, shown: JsonObject, at: Place) -> Iterator[Finding]:
        for name in sorted(held if self.shown is None else self.shown):
            here, there = held.get(name, _ABSENT), shown.get(name, _ABSENT)
            if not _same(here, there):
                message = f"{name!r} is stored as {_shown(here)}, the answer shows {_shown(there)}"
                yield Finding(str(at.child(name)), "answer-differs", message)

    def place(self, collection: str, name: str) -> str:
        """Returns where a contract speaks of a stored field: in the request, the answer, or the resource alone."""
        if collection == self.collection.name and name in self.declared:
            return str(Place(("request", "body", name)))
        path = answer_path(self.effect.body)
        if collection == self.collection.name and path is not None and self.shown is not None and name in self.shown:
            return str(Place(("response", str(self.effect.status), "body", *path, name)))
        return str(Place(("resource", collection, name)))


def declared_properties(api: Api, schema: Json, depth: int = 0) -> set[str]:
    """Returns the names of the properties that a schema declares, through $ref, branches and conditions."""
    if not isinstance(schema, dict) or depth > 16:
        return set()
    found = set(as_object(schema.get("properties")))
    if isinstance(schema.get("$ref"), str):
        found |= declared_properties(api, api.at(pointer_of(str(schema["$ref"]))), depth + 1)
    for keyword in _BRANCHES:
        branches = schema.get(keyword)
        for branch in branches if isinstance(branches, list) else [branches]:
            found |= declared_properties(api, branch, depth + 1)
    return found


def differences(before: State, after: State) -> Iterator[tuple[str, str, str]]:
    """Yields collection, id and field of what two states hold differently."""
    for collection in sorted({*before, *after}):
        was, now = before.get(collection, {}), after.get(collection, {})
        if repr(was) == repr(now):
            continue  # as most do, which this tells sooner than each field would
        for key in sorted({*was, *now}):
            old: Mapping[str, Json] = was.get(key, {})
            new: Mapping[str, Json] = now.get(key, {})
            for name in sorted({*old, *new}):
                if not _same(old.get(name, _ABSENT), new.get(name, _ABSENT)):
                    yield collection, key, name


_FORMS = ("%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z", "%b %d, %Y %I:%M:%S %p", "%b %d, %Y, %I:%M:%S %p")


def _is_earlier(now: object, was: object) -> bool:
    """Says whether a time lies before another one; what is no time that is known does not."""
    if isinstance(now, int) and isinstance(was, int):
        return now < was
    mine, theirs = _moment(str(now)), _moment(str(was))
    if mine is None or theirs is None or (mine.tzinfo is None) != (theirs.tzinfo is None):
        return False
    return mine < theirs


def _moment(text: str) -> datetime | None:
    for form in _FORMS:
        with suppress(ValueError):
            return datetime.strptime(text, form)
    return None


def _same(left: object, right: object) -> bool:
    if left is _ABSENT or right is _ABSENT or isinstance(left, Missing) or isinstance(right, Missing):
        return left is right
    return repr(left) == repr(right) or canonical(left) == canonical(right)  # type: ignore[arg-type]  # what is not absent is JSON


def _sent(request: Request) -> JsonObject:
    """Returns the fields that a request sends: an empty list has no place in a form."""
    body = request.body if isinstance(request.body, dict) else {}
    return {name: value for name, value in body.items() if not (request.is_form and value in ([], {}))}


def _arrived(request: Request, sent: Json, held: object) -> bool:
    """Says whether a value is held as it was sent; a form holds texts, and one of them may be a list."""
    if not request.is_form or held is _ABSENT:
        return _same(sent, held)
    pair = (value if isinstance(value, list) else [value] for value in (sent, cast(Json, held)))
    one, other = ([item if isinstance(item, str) else canonical(item) for item in items] for items in pair)
    return one == other


def _shown(value: object) -> str:
    text = "nothing" if value is _ABSENT else canonical(value)  # type: ignore[arg-type]  # what is not absent is JSON
    return text if len(text) <= 120 else f"{text[:117]}…"
