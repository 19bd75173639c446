"""What a request can be about: the stored objects that its ids may name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from .carried import with_value
from .credential import Identity
from .json_text import Json, JsonObject
from .operation import Operation
from .request import steps_of
from .state import Collection

Stored = Mapping[str, Collection]


def ids(operation: Operation) -> list[tuple[str, ...]]:
    """Returns where a request names what it is about, the ids of what that lies in among them."""
    row = cast("JsonObject | None", operation.row["effect"])
    if row is not None:
        return [steps_of(row["id"]), *map(steps_of, _object(row["within"]).values())]
    act = cast("JsonObject | None", operation.row.get("act"))
    if act is None:
        return []
    return [steps for steps in [steps_of(act["id"]), *map(steps_of, _list(act["parents"]))] if steps]


def subjects(operation: Operation, stored: Stored, resources: JsonObject, caller: Identity) -> list[JsonObject]:
    """Returns parts of a request, one for each stored object that the caller reaches; one empty where none is named."""
    found: list[JsonObject] = []
    for named in _named(operation, stored, resources, caller):
        parts: JsonObject = {}
        for steps, value in named:
            parts = with_value(parts, steps, value)
        if parts not in found:
            found.append(parts)
    return found or [{}]


Named = list[tuple[tuple[str, ...], Json]]


def _named(operation: Operation, stored: Stored, resources: JsonObject, caller: Identity) -> Iterator[Named]:
    row = cast("JsonObject | None", operation.row["effect"])
    act = cast("JsonObject | None", operation.row.get("act"))
    if row is not None:
        collection = stored[str(row["resource"])]
        fields = {collection.id: row["id"], **_object(row["within"])}
        for held in collection.objects.values():
            if not collection.workspace or caller.reaches(held.get(collection.workspace)):
                yield [(steps_of(at), held[name]) for name, at in fields.items() if name in held]
    elif act is not None:
        resource = _object(resources[str(act["resource"])])
        parents = [_object(parent) for parent in _list(resource["parents"])]
        ways = [*zip(map(steps_of, _list(act["parents"])), (str(one["field"]) for one in parents), strict=True)]
        own = stored[str(act["resource"])]
        if steps_of(act["id"]):
            ways.append((steps_of(act["id"]), own.id))
        elif parents and str(parents[-1]["of"]) in stored:
            outer = stored[str(parents[-1]["of"])]
            there = list(zip((steps for steps, _ in ways), (*outer.parents, outer.id), strict=False))
            for held in outer.objects.values():
                yield [(steps, held[name]) for steps, name in there if name in held]
        for held in own.objects.values():
            yield [(steps, held[name]) for steps, name in ways if name in held]


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
