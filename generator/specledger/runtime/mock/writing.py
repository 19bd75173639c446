"""What operations write into a collection that was inferred from the paths: objects created, changed and replaced."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

from .act import Act, Ground
from .answer import Answer, header
from .body import Body, choose
from .clock import later, present
from .fitting import inside, properties, put
from .json_text import Json, JsonObject
from .minting import Minter
from .patch import MERGE_PATCH, Unpatched, merged, patched
from .request import Parts, Refused, Request, place, steps_of, value_at
from .sample import MADE
from .shown import url
from .state import joined

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_IDS = ("id", "uuid", "guid", "uid")  # what an object may be numbered by beside the id that its path has
_JSON_API = "application/vnd.api+json"


class Write(Act):
    """What creating and updating share: the fields that a request may set, and those that the server sets."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        row, incoming = ground.row, ground.incoming
        self.body_at = steps_of(row["body"])
        self._deeper = {name: steps_of(at) for name, at in cast(JsonObject, self.resource["deeper"]).items()}
        self._moments = cast("list[str]", self.resource["moments"])
        self._declared: dict[str, Json] = {}
        is_open = False
        for body in ground.bodies.values():
            inner = inside(incoming, body.schema, self.body_at)
            if not is_json_patch(ground, body):
                self._declared.update(properties(incoming, inner))
                is_open = is_open or incoming.declared(inner).open
        known = self._declared or self.item.properties
        self._writable = None if is_open or not known else known.keys()
        self._hidden = {
            name for name, inner in {**self.item.properties, **self._declared}.items() if incoming.is_hidden(inner)
        }
        self._read_only = [name for name, inner in self.item.properties.items() if incoming.is_hidden(inner)]
        self._defaults: JsonObject = {
            name: inner["default"]
            for name, inner in [*self.item.properties.items(), *self._declared.items()]
            if isinstance(inner, dict) and "default" in inner
        }
        made = cast("int | None", row["made"])
        self.made = self.showing(made, row["made_answer"]) if made else None

    def writes(self, name: str) -> bool:
        """Says whether a request may set a field."""
        return name not in self._hidden and (self._writable is None or name in self._writable)

    def settable(self, given: Json) -> JsonObject:
        """Returns those of the given fields that a request may set."""
        return {name: value for name, value in given.items() if self.writes(name)} if isinstance(given, dict) else {}

    def sent(self, parts: Parts) -> Json:
        """Returns what a request sends: its body, or where it has none its query."""
        return value_at(parts, ("body", *self.body_at) if self.ground.bodies else ("query",))

    def created(self, held: JsonObject, identity: Json, sent: JsonObject) -> JsonObject:
        """Returns a new object."""
        named = {**({self.collection.id: identity} if self.collection.id else {}), **held}
        sample = self.item.sample
        given = {name: None if self._is_nullable(name) else sample[name] for name in self._read_only if name in sample}
        wanted = {**given, **self._defaults, **sent}
        moment = datetime.now(UTC)  # the same in every field
        for name in self._moments:
            if name not in sent:
                wanted[name] = self._moment(name, now=lambda: moment)
        return self._fitted(wanted, sample, named)

    def _is_nullable(self, name: str) -> bool:
        """Says whether a field may be null: what only the server writes is that until something happens."""
        return "null" in self.ground.outgoing.types(self.item.properties[name])

    def _named(self, found: JsonObject, named: JsonObject) -> JsonObject:
        """Returns the object with its ids, also where it shows them deeper inside."""
        found = {**found, **named}
        for name, steps in self._deeper.items():
            if isinstance(found.get(steps[0], {}), dict):
                found = cast(JsonObject, put(found, steps, named[name]))
        return found

    def _fitted(self, wanted: JsonObject, otherwise: JsonObject, named: JsonObject) -> JsonObject:
        """Returns the object as it can be shown, with its ids and with what is stored beside it."""
        wanted = self._named(wanted, named)
        beside = {name: value for name, value in wanted.items() if not self.item.shows(name)}
        return {**beside, **self.item.shown(wanted, self._named(otherwise, named)), **named}

    def changed(self, stored: JsonObject, new: JsonObject) -> JsonObject:
        """Returns what is stored of a changed object: its ids stay, and the moment of its change is noted."""
        ids = {*self.collection.parents, self.collection.id}
        for name in self.collection.touched:
            if new.get(name) == stored.get(name) and (name in stored or name in self.item.properties):
                new = {**new, name: self._moment(name, stored.get(name))}
        named = {name: stored[name] for name in ids if name in stored}
        return self._fitted(new, stored, named)

    def _moment(self, name: str, stored: Json = None, now: Callable[[], datetime] = present) -> Json:
        """Returns the present moment in the form of the stored or the sample value."""
        form = self.item.sample.get(name) if stored is None else stored
        made = later(form, now)
        return str(made)[:10] if isinstance(form, str) and _DATE.match(form) else made

    def sent_id(self, sent: JsonObject) -> Json:
        """Returns the id that a request names for a new object."""
        return value_at(sent, self._deeper.get(self.collection.id, (self.collection.id,)))


class Create(Write):
    """Adds an object."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._minter = self._make_minter()
        self._others = {
            name: Minter(f"{self.collection.name}.{name}", ground.outgoing, schema, self.item.sample.get(name))
            for name, schema in self.item.properties.items()
            if name in _IDS and name != self.collection.id and not self.writes(name)
        }
        self._overwrites = bool(ground.row["upserts"])

    def _make_minter(self) -> Minter:
        example = self.item.sample.get(self.collection.id)
        example = None if example == MADE else example
        return Minter(self.collection.name, self.ground.outgoing, self.resource["id_schema"], example)

    def working(self, value: Json, schema: Json) -> Json:
        """Returns the body with an id that no seeded object has, or without one; of several objects the first."""
        at = self.body_at[: self.body_at.index("[]")] if "[]" in self.body_at else self.body_at
        held = value_at({"body": value}, ("body", *at))
        items = held[:1] if isinstance(held, list) else [held]
        taken = [seed.get(self.collection.id) for seed in self.collection.seed]
        sent = items[0] if items else None
        if not isinstance(sent, dict) or self.sent_id(sent) not in taken:
            return value
        steps = self._deeper.get(self.collection.id, (self.collection.id,))
        minted = self._make_minter().mint(self.collection.objects, lambda: iter(taken), lambda made: made in taken)
        ways = [patched(sent, [{"op": "remove", "path": f"/{'/'.join(steps)}"}]), put(sent, steps, minted)]
        bodies = [put(value, at, [way] if isinstance(held, list) else way) for way in ways]
        return next(filter(self.ground.incoming.compile(schema).is_valid, bodies), value)

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Creates an object with the id that the request gives, else with a new one."""
        held = self.lies_in(parts)
        new = self._new(held, self.settable(self.sent(parts)), {}, "")
        self.state.commit(self.collection, self.collection.identity(new), new)
        return self.told(self.shown, new, [_location(request, new[self.collection.id])])

    def _new(self, held: JsonObject, sent: JsonObject, beside: dict[str, JsonObject], at: str) -> JsonObject:
        """Returns a new object, which has the id of none that is stored or `beside` it."""

        def is_taken(identity: Json) -> bool:
            key = joined([*held.values(), identity])
            return key in self.collection.objects or key in beside

        identity, objects = self.sent_id(sent), self.collection.objects
        if identity in (None, ""):
            ids = (found.get(self.collection.id) for found in objects.values())
            identity = self._minter.mint(objects, lambda: ids, is_taken)
            if identity is None:
                raise Refused("taken", f"request: every {self.collection.id} that fits is taken")
        elif is_taken(identity) and not self._overwrites:
            steps = [step for step in self.body_at if step != "[]"]
            field = ".".join(self._deeper.get(self.collection.id, (self.collection.id,)))
            raise Refused("taken", f"{place(('body', *steps))}{at}.{field}: another object holds this value")
        other = {name: self._numbered(name, minter) for name, minter in self._others.items()}
        return self.created(held, identity, {**other, **sent})

    def _numbered(self, name: str, minter: Minter) -> Json:
        """Returns a value for a field that numbers the objects beside their id."""
        objects = self.collection.objects
        return minter.mint(objects, lambda: (found.get(name) for found in objects.values()), lambda _: False)


class CreateMany(Create):
    """Adds the objects of a list: all of them, or none."""

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Creates each object of the list and answers with them."""
        held, made = self.lies_in(parts), dict[str, JsonObject]()
        given = value_at(parts, ("body", *self.body_at[:-1]))
        for number, sent in enumerate(given if isinstance(given, list) else []):
            new = self._new(held, self.settable(sent), made, f"[{number}]")
            made[self.collection.identity(new)] = new
        self.state.add(self.collection, made)
        if self.ground.row["many"]:
            return self.shown.listing(list(made.values()), cast("list[str]", self.ground.row["counts"]))
        nothing: JsonObject = {}
        return self.told(self.shown, next(iter(made.values()), nothing))


class Update(Write):
    """Changes an object, or puts one where there is none and that is documented."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._clears = ground.row["act"] == "replace"
        self._makes = bool(self.made) or (not self.collection.id and bool(ground.row["makes"]))

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Carries the update out."""
        try:
            identity, stored = self.find(parts)
        except Refused:
            held = self.lies_in(parts)
            if not self._makes:
                raise
            new = self.created(held, value_at(parts, self.id_at), self.settable(self.sent(parts)))
            self.state.commit(self.collection, self.collection.identity(new), new)
            return self.told(self.made or self.shown, new, [header("location", url(request))])
        new = self.changed(stored, self._updated(request, parts, stored))
        self.state.commit(self.collection, identity, new)
        return self.told(self.shown, new, [header("location", url(request))])

    def working(self, value: Json, schema: Json) -> Json:
        """Returns the body for the first seeded object: with its id, or where it is a JSON Patch with a test of it."""
        first = next(iter(self.collection.seed), None)
        if first is None:
            return value
        near: list[Json] = []
        if any(body.schema == schema and is_json_patch(self.ground, body) for body in self.ground.bodies.values()):
            near = [[{"op": "test", "path": "", "value": self.item.shown(first)}], []]
        elif self.id_at[:1] == ("body",):
            near = [put(value, self.id_at[1:], first.get(self.collection.id))]
        return next(filter(self.ground.incoming.compile(schema).is_valid, near), value)

    def _updated(self, request: Request, parts: Parts, stored: JsonObject) -> JsonObject:
        """Returns the object as the request wants it, by the rules of the media type that it has."""
        sent = self.sent(parts)
        body = choose(dict(self.ground.bodies), request.headers.get("content-type", ""))
        if body and is_json_patch(self.ground, body):
            return self._patched(stored, sent)
        fields = self.settable(sent)
        if self._clears:
            fields = {**{name: value for name, value in self._defaults.items() if self.writes(name)}, **fields}
            kept = {self.collection.id, *self.collection.parents, *self._moments}
            left = {name: value for name, value in stored.items() if name in kept or not self.writes(name)}
            return {**left, **fields}
        if body and body.media_type in MERGE_PATCH:
            return cast(JsonObject, merged(stored, fields))
        if body and body.media_type == _JSON_API:
            inner = {name: {**old, **new} for name, old, new in _objects(stored, fields)}
            return {**stored, **fields, **inner}
        return {**stored, **fields}

    def _patched(self, stored: JsonObject, operations: Json) -> JsonObject:
        """Returns the object after a JSON Patch of what is shown of it. Raises Refused where that cannot be."""
        shown = self.item.shown(stored)
        try:
            found = patched(shown, operations)
        except Unpatched as error:
            raise Refused("unpatched", f"request.body{error}") from None
        if not isinstance(found, dict) or not self.item.accepts(found):
            raise Refused("unpatched", "request.body: the object would not be valid after it")
        left = {name: value for name, value in stored.items() if name not in shown or name in self._hidden}
        kept = {name: value for name, value in found.items() if self.item.shows(name) and name not in self._hidden}
        return {**left, **kept}


class Do(Update):
    """Does to an object what the path's verb says: sets its state, and the moment at which that was done."""

    def _updated(self, request: Request, parts: Parts, stored: JsonObject) -> JsonObject:
        """Returns the object after it, with what the request sends of its fields."""
        sent = {name: value for name, value in self.settable(self.sent(parts)).items() if name in self.item.properties}
        stamps = {name: self._moment(name) for name in cast("list[str]", self.ground.row["stamps"])}
        return {**stored, **cast(JsonObject, self.ground.row["sets"]), **stamps, **sent}


def is_json_patch(ground: Ground, body: Body) -> bool:
    """Says whether a body is a list of operations (RFC 6902)."""
    return body.media_type in cast("list[str]", ground.row["patches"])


def _objects(stored: JsonObject, sent: JsonObject) -> list[tuple[str, JsonObject, JsonObject]]:
    """Returns the fields that hold an object on both sides, with both."""
    pairs = [(name, stored.get(name), value) for name, value in sent.items()]
    return [(name, old, new) for name, old, new in pairs if isinstance(old, dict) and isinstance(new, dict)]


def _location(request: Request, identity: Json) -> tuple[bytes, bytes]:
    """Returns the header that names the URL of an object created below the request's."""
    text = identity if isinstance(identity, str) else str(identity)
    here = url(request)
    return header("location", f"{here.rstrip('/')}/{quote(text, safe='')}{'/' if here.endswith('/') else ''}")
