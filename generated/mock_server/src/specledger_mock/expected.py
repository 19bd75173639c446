"""What should be stored after a request: a small model, which shares no code with what changes the state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from .answer import Answer
from .api import Api
from .body import Body
from .call import Call
from .fitting import inside, properties
from .json_text import Json, JsonObject, read
from .operation import Operation
from .patch import MERGE_PATCH
from .request import steps_of, value_at
from .state import Snapshot

_RESOURCE = "$resource"
_NOTHING: JsonObject = {}


class Wrong(AssertionError):
    """An answer, or what is stored after it, is not as the contract and the behaviour say."""


class Expected:
    """The objects that should be stored."""

    def __init__(self, api: Api, resources: JsonObject) -> None:
        self._api = api
        self._resources = resources
        self.stored: Snapshot = api.state.snapshot()

    def unchanged(self, why: str) -> None:
        """Raises Wrong where the state is not as it was."""
        self._compare(self.stored, why)

    def after(self, operation: Operation, call: Call, answer: Answer) -> None:
        """Takes a request over that was carried out. Raises Wrong where answer or state are not what it asks for."""
        effect = cast("JsonObject | None", operation.row["effect"])
        act = cast("JsonObject | None", operation.row.get("act"))
        if effect is not None:
            self._updated(effect, operation, call, answer)
        elif act is not None and act["act"] not in ("list", "read"):
            self._acted(act, operation, call)
        else:
            self.unchanged("it only reads")
            if act is not None and act["act"] == "read":
                self._read(act, call, answer)

    def _compare(self, wanted: Snapshot, why: str) -> None:
        found = self._api.state.snapshot()
        for name, objects in wanted.items():
            if found[name].keys() != objects.keys():
                raise Wrong(f"{name} holds {sorted(found[name])} and should hold {sorted(objects)}: {why}")
            for identity, held in objects.items():
                for field in {**held, **found[name][identity]}:
                    is_there = field in held, field in found[name][identity]
                    if is_there != (True, True) or held[field] != found[name][identity][field]:
                        raise Wrong(
                            f"{name}[{identity!r}].{field} is {found[name][identity].get(field)!r} and should be "
                            f"{held.get(field)!r}: {why}"
                        )

    def _updated(self, row: JsonObject, operation: Operation, call: Call, answer: Answer) -> None:
        """Compares one object that an update merged or replaced, and what the answer shows of it."""
        name, at = str(row["resource"]), steps_of(row["id"])
        resource = cast(JsonObject, self._resources[name])
        identity = str(value_at(call.parts, at))
        old = self.stored[name][identity]
        kept = {str(resource["id"]), *map(str, _list(resource["immutable"])), *map(str, _list(row["unmapped"]))}
        kept |= {at[-1]} if at[0] == "body" else set()
        declared = {field for body in operation.bodies.values() for field in body.declared.names}
        is_open = any(body.declared.open for body in operation.bodies.values())
        body = call.body if isinstance(call.body, dict) else _NOTHING
        sent = {field: body[field] for field in body if field not in kept and (is_open or field in declared)}
        clears = row["effect"] == "replace"
        left = {field: value for field, value in old.items() if not clears or field in kept or field not in declared}
        new: JsonObject = {**left, **sent}
        found = self._api.state.collections[name].objects.get(identity, _NOTHING)
        for field in map(str, _list(resource["touched"])):
            if field in old and found.get(field) == old[field]:
                raise Wrong(f"{name}[{identity!r}].{field} is still {old[field]!r}: an update moves it")
            new[field] = found.get(field)
        wanted = {**self.stored, name: {**self.stored[name], identity: new}}
        self._compare(wanted, f"it was {'replaced' if clears else 'merged'} with what was sent")
        self.stored = wanted
        template = cast(JsonObject, row["answer"]).get("body")
        for steps in _places(template):
            self._shown(str(row["shows"]), _at(_json(answer), steps), new)

    def _shown(self, schema: str, shown: Json, stored: JsonObject) -> None:
        """Compares what an answer shows of an object with the object."""
        definitions = self._api.outgoing.definitions
        declared = self._api.outgoing.declared(definitions.get(schema)) if schema else None
        held = shown if isinstance(shown, dict) else _NOTHING
        for field in {**held, **stored}:
            if declared is not None and field not in declared:
                continue
            if field not in held or field not in stored or held[field] != stored[field]:
                raise Wrong(f"the answer's {field} is {held.get(field)!r} and should be {stored.get(field)!r}")

    def _read(self, act: JsonObject, call: Call, answer: Answer) -> None:
        """Compares what a read shows with what is stored, field by field where both have one."""
        stored = self._about(act, call)
        shown = _at(_json(answer), steps_of(act["answer"])) if answer.body else None
        for field, value in shown.items() if isinstance(shown, dict) and stored is not None else ():
            if stored is not None and field in stored and stored[field] != value:
                raise Wrong(f"the answer's {field} is {value!r} and should be {stored[field]!r}")

    def _about(self, act: JsonObject, call: Call) -> JsonObject | None:
        """Returns the object that a request names; None where it names none, or a single one."""
        collection = self._api.state.collections[str(act["resource"])]
        ways = [*map(steps_of, _list(act["parents"])), steps_of(act["id"])]
        if not ways[-1]:
            return None
        names = [*collection.parents, collection.id]
        asked = {name: value_at(call.parts, steps) for name, steps in zip(names, ways, strict=False)}
        found = [held for held in self.stored[collection.name].values() if asked.items() <= held.items()]
        return found[0] if found else None

    def _acted(self, act: JsonObject, operation: Operation, call: Call) -> None:
        """Compares what an inferred operation left: the others as they were, and its own with what was sent."""
        name, kind = str(act["resource"]), str(act["act"])
        found = self._api.state.snapshot()
        own = self._api.state.collections[name]
        changed = {key for key, held in found[name].items() if self.stored[name].get(key) != held}
        gone = self.stored[name].keys() - found[name].keys()
        if kind == "remove":
            if changed or (self._about(act, call) is not None and not gone):
                raise Wrong(f"{name}: a removal takes away, and changes nothing else")
        elif gone or (kind not in ("create", "create_many") and len(changed) > 1):
            raise Wrong(f"{name}: {sorted(gone | changed)} are gone or changed, where one object was written")
        for other in found.keys() - {name}:
            if not found[other].items() <= self.stored[other].items():
                raise Wrong(f"{other}: changed by a request that is about {name}")
            if kind != "remove" and found[other].keys() != self.stored[other].keys():
                raise Wrong(f"{other}: lost objects by a request that is about {name}")
        if kind != "remove":
            alike = self._alike(act, operation, call)
            for key, sent in zip(_in_order(changed, found[name]), _sent(act, call), strict=False):
                held = found[name][key]
                for field in alike & sent.keys() - {own.id, *own.parents, *own.touched}:
                    if held.get(field) != sent[field]:
                        raise Wrong(f"{name}[{key!r}].{field} is {held.get(field)!r}, and {sent[field]!r} was sent")
        self.stored = found

    def _alike(self, act: JsonObject, operation: Operation, call: Call) -> set[str]:
        """Returns the fields that a body and the stored objects declare in the same words."""
        body = operation.taking(call.headers.get("Content-Type", ""))
        if body is None or _is_patch(body):
            return set()
        steps = tuple(map(str, _list(act["body"])))
        sent = properties(self._api.incoming, inside(self._api.incoming, body.schema, steps))
        shown = properties(self._api.outgoing, cast(JsonObject, self._resources[str(act["resource"])])["item"])
        hidden = {name for name, inner in sent.items() if self._api.incoming.is_hidden(inner)}
        deeper = cast(JsonObject, cast(JsonObject, self._resources[str(act["resource"])])["deeper"])
        hidden |= {steps_of(at)[0] for at in deeper.values()}
        return {name for name in sent.keys() & shown.keys() if sent[name] == shown[name]} - hidden


def _is_patch(body: Body) -> bool:
    """Says whether a body says what is to be changed in a way of its own."""
    return body.media_type in MERGE_PATCH or "patch" in body.media_type or body.media_type == "application/vnd.api+json"


def _in_order(keys: set[str], objects: Mapping[str, JsonObject]) -> list[str]:
    return [key for key in objects if key in keys]


def _sent(act: JsonObject, call: Call) -> list[JsonObject]:
    steps = tuple(map(str, _list(act["body"])))
    many = "[]" in steps
    held = _at(call.body, steps[: steps.index("[]")] if many else steps)
    rows = held if many and isinstance(held, list) else [held]
    rest = steps[steps.index("[]") + 1 :] if many else ()
    return [row for row in (_at(row, rest) for row in rows) if isinstance(row, dict)]


def _places(template: Json, steps: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yields where an answer shows the object."""
    if template == _RESOURCE:
        yield steps
    elif isinstance(template, dict):
        for key, inner in template.items():
            yield from _places(inner, (*steps, key))


def _at(value: Json, steps: tuple[str, ...]) -> Json:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _json(answer: Answer) -> Json:
    return read(answer.body)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
