"""The life of an object where there is no behavior.yaml: what is created is found, listed, and gone when deleted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from specledger import names
from specledger.behavior import Behavior
from specledger.canonical import canonical
from specledger.fuzz.judge import Finding
from specledger.fuzz.request import MISSING, Answer, Missing, Request
from specledger.fuzz.target import Target
from specledger.ir import Api, Operation
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, as_list, as_object

_LAST = re.compile(r"/\{([^{}/]+)\}\Z")
_PARAMETER = re.compile(r"\{([^{}/]+)\}")
_ENOUGH = 2

Drawn = Callable[[Operation], list[Request]]


@dataclass(frozen=True, slots=True)
class Cycle:
    """One request of an object's life with its status, what was wrong, and what could not be tried."""

    request: Request
    status: int
    findings: list[Finding] = field(default_factory=list)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Life:
    """The operations on one kind of object, by what they do."""

    create: Operation
    read: Operation | None
    listed: Operation | None
    delete: Operation | None


def cycles(api: Api, behavior: Behavior, target: Target, drawn: Drawn) -> Iterator[Cycle]:
    """Yields what was sent, on freshly seeded state, for each collection that objects are created in."""
    for life in _lives(api, behavior):
        if life.read or life.listed:
            yield from _Cycles(api, target, drawn, life).all()


def _lives(api: Api, behavior: Behavior) -> Iterator[_Life]:
    """Yields the operations of each path that a POST creates at and that one more parameter leads on from."""
    known = {(one.method, _PARAMETER.sub("{}", one.path)): one for one in api.operations}
    for create in api.operations:
        shape = _PARAMETER.sub("{}", create.path)
        read, delete = known.get(("GET", f"{shape}/{{}}")), known.get(("DELETE", f"{shape}/{{}}"))
        if create.method == "POST" and create.id not in behavior.effects and create.body and (read or delete):
            yield _Life(create, read, known.get(("GET", shape)), delete)


class _Cycles:
    def __init__(self, api: Api, target: Target, drawn: Drawn, life: _Life) -> None:
        self.api, self.target, self.drawn, self.life = api, target, drawn, life

    def all(self) -> Iterator[Cycle]:
        """Yields the requests of the first few objects that can be created."""
        made = 0
        for request in self.drawn(self.life.create):
            if made == _ENOUGH:
                return
            if not isinstance(request.body, dict):
                continue
            self.target.reset(self.api)
            placed = self._placed(request)
            before = self._shown(placed)
            answer = self.target.send(placed)
            if not 200 <= answer.status < 300:
                yield Cycle(placed, answer.status)
                continue
            made += 1
            yield from self._lived(placed, answer, before)
        if not made:
            note = f"{self.life.create.label}: no single object could be created, so that no life was followed"
            yield Cycle(Request(self.api, self.life.create), 0, notes=(note,))

    def _placed(self, request: Request) -> Request:
        """Returns the request below objects that are there: the first of each list on the way to it."""
        path = request.operation.path
        for match in _PARAMETER.finditer(path):
            above = path[: match.start() - 1]
            listed = next((one for one in self.api.operations if one.method == "GET" and one.path == above), None)
            if listed is not None:
                asked = Request(
                    self.api, listed, {"path": dict(request.located("path"))}, credential=request.credential
                )
                found = next(_ids(self.target.send(asked).body, match.group(1), above), None)
                if found is not None:
                    request = request.with_value(Place(("request", "path", match.group(1))), found)
        return request

    def _list(self, created: Request) -> Request | None:
        """Returns the request for the list of what is created; None where it asks for more than a path."""
        listed = self.life.listed
        if listed is None or any(one.required for one in listed.parameters if one.location != "path"):
            return None
        return replace(created, operation=listed, body=MISSING, parameters={"path": created.located("path")})

    def _shown(self, created: Request) -> set[str]:
        """Returns what the list shows before anything is created, value by value."""
        request = self._list(created)
        answer = self.target.send(request) if request else None
        return {canonical(one) for one in _leaves(answer.body)} if answer and _is_body(answer.body) else set()

    def _lived(self, created: Request, answer: Answer, before: set[str]) -> Iterator[Cycle]:
        item = self.life.read or self.life.delete
        last = _LAST.search(item.path) if item else None
        if item is None or last is None:
            return
        at = f"request.path.{last.group(1)}"
        named, shown = self._found(created, answer, item, last.group(1), before)
        findings = [*self._same(created, shown, last.group(1))] if shown else []
        success = self.life.read.success() if self.life.read else None
        told = _is_body(answer.body) or answer.headers.get("location") or self._list(created)
        if self.life.read and shown is None and not (told and success and success.content):
            note = f"{created.operation.label}: no documented answer shows what was created"
            yield Cycle(created, answer.status, notes=(note,))
            return
        if self.life.read and shown is None:
            message = "what was created is not found by reading it"
            yield Cycle(created, answer.status, [Finding("response.success", "created-not-found", message)])
            return
        yield Cycle(created, answer.status, findings)
        if named is None:
            return
        yield from self._listed(created, named, there=True)
        if self.life.delete:
            gone = self._item(self.life.delete, created, named)
            status = self.target.send(gone).status
            wrong = [] if status < 300 else [Finding(at, "delete-refused", f"deleting it was answered with {status}")]
            yield Cycle(gone, status, wrong)
            if wrong:
                return
            yield from self._buried(created, named, at)

    def _buried(self, created: Request, named: Json, at: str) -> Iterator[Cycle]:
        """Yields reading and listing what was deleted."""
        if self.life.read:
            read = self._item(self.life.read, created, named)
            status = self.target.send(read).status
            wanted = 404 if self.life.read.response(404) else 0
            wrong = status < 400 or (wanted and status != wanted)
            message = f"what was deleted is read with {status}"
            yield Cycle(read, status, [Finding(at, "deleted-found", message)] if wrong else [])
        yield from self._listed(created, named, there=False)

    def _listed(self, created: Request, named: Json, *, there: bool) -> Iterator[Cycle]:
        request = self._list(created)
        if request is None:
            return
        answer = self.target.send(request)
        body = answer.body
        # What shows no array lists in a way of its own.
        known = answer.status < 300 and _is_body(body) and any(isinstance(one, list) for one in _inside(body))
        held = known and canonical(named) in {canonical(one) for one in _leaves(body)}  # type: ignore[arg-type]  # a body, as `known` says
        message = "what was created is not in the list" if there else "what was deleted is still in the list"
        code = "created-not-listed" if there else "deleted-listed"
        wrong = known and held is not there
        yield Cycle(request, answer.status, [Finding("response.success", code, message)] if wrong else [])

    def _item(self, operation: Operation, created: Request, named: Json) -> Request:
        last = _LAST.search(operation.path)
        path = {**created.located("path"), last.group(1) if last else "": named}
        return Request(self.api, operation, {"path": path}, credential=created.credential)

    def _found(
        self, created: Request, answer: Answer, item: Operation, name: str, before: set[str]
    ) -> tuple[Json, JsonObject | None]:
        """Returns the id by which what was created is read, and how it is shown then."""
        path = created.operation.path
        location = str(answer.headers.get("location", "")).rstrip("/").rpartition("/")[2]
        tried = [*_ids(answer.body, name, path), *_ids(created.body, name, path), *([location] if location else [])]
        request = self._list(created)
        if request:
            # An answer may show nothing: then it is what the list did not show before.
            tried += [one for one in _ids(self.target.send(request).body, name, path) if canonical(one) not in before]
        if self.life.read is None:
            return (tried[0] if tried else None), None
        for value in tried:
            shown = self.target.send(self._item(item, created, value))
            if shown.status < 300 and isinstance(shown.body, dict):
                return value, shown.body
        return None, None

    def _same(self, created: Request, shown: JsonObject, named: str) -> Iterator[Finding]:
        """Yields the fields that were sent and are shown otherwise."""
        inner = [shown, *(value for value in shown.values() if isinstance(value, dict))]
        sent = created.body if isinstance(created.body, dict) else {}
        held = max(inner, key=lambda one: len(sent.keys() & one.keys()))
        alike = self._alike(created.operation)
        around = {names.snake(match) for match in _PARAMETER.findall(f"{created.operation.path}/{{{named}}}")}
        for name, value in sorted(sent.items()):
            if name not in alike or name not in held or created.is_form or names.snake(name) in around:
                continue
            if not _is_kept(value, held[name], around):
                message = f"{name!r} was sent as {canonical(value)[:100]}, and is read as {canonical(held[name])[:100]}"
                yield Finding(str(Place(("request", "body", name))), "not-persisted", message)

    def _alike(self, create: Operation) -> set[str]:
        """Returns the properties that the body and the answer declare alike, and that no server sets itself."""
        body = create.body.content if create.body else ()
        read = self.life.read.success() if self.life.read else None
        sent = {name: one for media in body for name, one in _properties(self.api, media.schema)}
        shown = {
            name: one for media in (read.content if read else ()) for name, one in _properties(self.api, media.schema)
        }
        inner = {name: one for part in list(shown.values()) for name, one in _properties(self.api, part)}
        known = {**inner, **shown}
        return {
            name
            for name, one in sent.items()
            if canonical(one) == canonical(known.get(name, one))
            and not (one.get("readOnly") is True or one.get("format") in ("date", "date-time"))
            and names.snake(name)[-2:] != "id"
        }


def _properties(api: Api, schema: Json, depth: int = 0) -> Iterator[tuple[str, JsonObject]]:
    """Yields the properties of a schema, through its branches, each with its own schema."""
    part = api.resolve(schema)
    if not isinstance(part, dict) or depth > 16:
        return
    for name, inner in as_object(part.get("properties")).items():
        yield name, as_object(api.resolve(inner))
    if isinstance(part.get("$ref"), str):
        yield from _properties(api, {"$ref": part["$ref"]}, depth + 1)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in as_list(part.get(keyword)):
            yield from _properties(api, branch, depth + 1)


def _ids(body: Json | Missing, parameter: str, path: str) -> Iterator[Json]:
    """Yields the values by which an object in a body may be named, the likeliest first, the outermost before others."""
    if isinstance(body, Missing):
        return
    static = [part for part in path.split("/") if part and "{" not in part]
    noun = names.snake(static[-1]).removesuffix("s") if static else ""
    wanted = [parameter, "id", f"{noun}_id", "uuid", "name", "slug", "key"]
    for one in _objects(body):
        known = {names.snake(key).replace("_", ""): value for key, value in one.items()}
        for name in wanted:
            value = known.get(names.snake(name).replace("_", ""))
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                yield value


def _is_kept(sent: Json, shown: Json, around: set[str]) -> bool:
    """Says whether what is shown holds what was sent, in other types too, but for what the path says."""
    if isinstance(sent, dict) and isinstance(shown, dict):
        return all(
            _is_kept(value, shown[name], around)
            for name, value in sent.items()
            if name in shown and names.snake(name) not in around
        )
    if isinstance(sent, list) and isinstance(shown, list):
        return len(sent) == len(shown) and all(
            _is_kept(one, other, around) for one, other in zip(sent, shown, strict=True)
        )
    numbers = isinstance(sent, int | float) and isinstance(shown, int | float)
    return (type(sent) is not type(shown) and not numbers) or canonical(sent) == canonical(shown)


def _is_body(value: Json | Missing) -> TypeGuard[Json]:
    return not isinstance(value, Missing)


def _inside(value: Json) -> Iterator[Json]:
    """Yields a value and all that lies in it."""
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _inside(inner)


def _objects(value: Json) -> Iterator[JsonObject]:
    """Yields the objects in a value, the outermost first."""
    waiting = [value]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _leaves(value: Json) -> Iterator[Json]:
    """Yields the values that hold no others; the keys of a map may be ids as well."""
    for one in _inside(value):
        if isinstance(one, dict):
            yield from one
        elif not isinstance(one, list):
            yield one
