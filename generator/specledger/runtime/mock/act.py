"""What an operation does to a collection that was inferred from the paths: read, remove, and what all acts share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from .answer import Answer, Headers, header
from .body import Body, is_json
from .fitting import Fitting
from .json_text import Json, JsonObject
from .request import Parts, Refused, Request, place, steps_of, value_at
from .schema import Schemas
from .shown import Shown, url
from .state import Collection, State, joined

Resources = Mapping[str, JsonObject]


@dataclass(frozen=True, slots=True)
class Ground:
    """What an act is made from: its row of the contract, the state, and what its messages are held to."""

    row: JsonObject
    state: State
    resources: Resources
    responses: dict[str, JsonObject]
    incoming: Schemas
    outgoing: Schemas
    bodies: Mapping[str, Body]


class Act:
    """One operation's work on one collection. Everything between find and commit runs without a pause."""

    def __init__(self, ground: Ground) -> None:
        row = ground.row
        self.ground = ground
        self.state = ground.state
        self.collection: Collection = ground.state.collections[str(row["resource"])]
        self.resource = ground.resources[self.collection.name]
        self.id_at = steps_of(row["id"])
        ways = [steps_of(at) for at in cast("list[Json]", row["parents"])]
        self.parents = list(zip(ways, _within(self.resource), strict=True))
        self.apart = frozenset((self.collection.id, *self.collection.parents))
        self.item = Fitting(ground.outgoing, self.resource["item"], self.apart)
        self.shown = self.showing(cast(int, row["status"]), row["answer"])
        self._called = str(row["called"])

    def showing(self, status: int, at: Json) -> Shown:
        """Returns the answer of a status, which has the object where these steps lead."""
        return Shown(status, steps_of(at), self.ground.responses, self.ground.outgoing, self.apart)

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Carries the request out, or raises Refused and changes nothing."""
        raise NotImplementedError

    def seeded(self) -> JsonObject:
        """Returns the path's parameters that lead to the first seeded object."""
        empty: JsonObject = {}
        first = next(iter(self.collection.seed), empty)
        ways = [(self.id_at, self.collection.id), *((at, name) for at, (name, _) in self.parents)]
        return {at[1]: first[name] for at, name in ways if at[:1] == ("path",) and name in first}

    def working(self, value: Json, schema: Json) -> Json:
        """Returns a body that works on the seeded state, near to a given one that its schema accepts."""
        return value

    def lies_in(self, parts: Parts) -> JsonObject:
        """Returns the fields that say where an object lies. Raises Refused where one of its parents is unknown."""
        held: JsonObject = {}
        for at, (name, of) in self.parents:
            held[name] = value_at(parts, at)
            other = self.state.collections.get(of)
            if other is not None and joined(held.values()) not in other.objects:
                raise Refused("unknown", f"{place(at)}: there is no such object")
        return held

    def find(self, parts: Parts) -> tuple[str, JsonObject]:
        """Returns an object and what it is found by. Raises Refused where there is none.

        What lies alone is there from the start, unless it can be removed: then it is there when it was put there.
        """
        held = self.lies_in(parts)
        ids = [value_at(parts, self.id_at)] if self.collection.id else []
        identity = joined([*held.values(), *ids])
        stored = self.collection.objects.get(identity)
        if stored is None and not ids and not self.resource["removable"]:
            stored = {**self.item.sample, **held}
        if stored is None:
            where = place(self.id_at) if ids else "request.path"
            raise Refused("unknown", f"{where}: there is no such object")
        return identity, stored

    def told(self, shown: Shown, stored: JsonObject, extra: Headers | None = None) -> Answer:
        """Returns the answer that shows a stored object, with its id also by the name that the answer has for it."""
        called = {self._called: stored.get(self.collection.id)} if self._called else {}
        return shown.answer({**stored, **called}, extra)


class Read(Act):
    """Shows one object."""

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Returns the object."""
        return self.told(self.shown, self.find(parts)[1], [header("location", url(request))])


class Remove(Act):
    """Takes one object out, or all that lie together, and what lies in them."""

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Removes what the request names."""
        if self.id_at or not self.collection.id:
            identity, stored = self.find(parts)
            self.state.remove(list(self._with_inner(self.collection, identity, stored)))
            return self.told(self.shown, stored)
        held = self.lies_in(parts)
        going = [
            gone
            for identity, stored in self.collection.objects.items()
            if all(stored.get(name) == value for name, value in held.items())
            for gone in self._with_inner(self.collection, identity, stored)
        ]
        self.state.remove(going)
        return self.shown.answer(held)

    def _with_inner(
        self, collection: Collection, identity: str, stored: JsonObject
    ) -> Iterator[tuple[Collection, str]]:
        """Yields an object after those that lie in it, as collection and id."""
        where = [stored.get(name) for name in (*collection.parents, collection.id)]
        for name, row in self.ground.resources.items():
            within, other = _within(row), self.state.collections[name]
            if collection.name == (within[len(where) - 1][1] if len(within) >= len(where) else ""):
                for key, inner in other.objects.items():
                    if [inner.get(field) for field in other.parents[: len(where)]] == where:
                        yield from self._with_inner(other, key, inner)
        yield collection, identity


def takes_json(content: Mapping[str, object]) -> bool:
    """Says whether an answer with this content is none, or JSON."""
    return not content or any(is_json(name) or name in ("*/*", "application/*") for name in content)


def _within(resource: JsonObject) -> list[tuple[str, str]]:
    """Returns the fields that say where an object lies, each with the collection whose ids it holds."""
    return [(str(row["field"]), str(row["of"])) for row in cast("list[JsonObject]", resource["parents"])]
