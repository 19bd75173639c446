"""What an operation does to a collection that was inferred from the paths: read, create, update, remove."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import quote

from .answer import Answer, Headers, header
from .body import Body, is_json
from .clock import later
from .documented import Documented, row_of
from .fitting import Fitting, properties
from .json_text import Json, JsonObject
from .minting import Minter
from .request import Parts, Refused, Request, place, steps_of, value_at
from .sample import NoSample, Sampler
from .schema import Schemas
from .state import Collection, State, joined

Resources = Mapping[str, JsonObject]

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


class Shown:
    """The answer of one status, with the object at its place in it."""

    def __init__(
        self,
        status: int,
        path: tuple[str, ...],
        responses: dict[str, JsonObject],
        schemas: Schemas,
        apart: frozenset[str],
    ) -> None:
        row = row_of(responses, status) or {}
        self.documented = Documented(status, row, schemas)
        self.path = path
        content = cast("dict[str, JsonObject]", row.get("content", {}))
        media = content.get(self.documented.media_type, {})
        self._whole = media.get("schema")
        self._examples = cast("list[Json]", media.get("examples", []))
        self._sampler = Sampler(schemas)
        inner: Json = self._whole
        for step in path:
            inner = schemas.property(inner, step)
        self.inner = inner
        self.item = Fitting(schemas, inner, apart)
        headers = cast("list[JsonObject]", row.get("headers", []))
        self._headers = {str(given["name"]).lower(): schemas.compile(given["schema"]) for given in headers}

    def answer(self, stored: JsonObject, extra: Headers | None = None) -> Answer:
        """Returns the answer that shows a stored object."""
        if not self.documented.media_type:
            return self.headed(self.documented.empty(), extra)
        return self.holding(self.item.shown(stored), extra)

    def holding(self, inner: Json, extra: Headers | None = None) -> Answer:
        """Returns the answer with a value at its place: beside it what an example shows, or what must be there."""
        value = next((found for found in self.around(inner) if self.documented.accepts(found)), None)
        found = self.documented.answer(value) if value is not None else self.documented.sample()
        return self.headed(found, extra)

    def around(self, inner: Json) -> list[Json]:
        """Returns whole bodies with a value at its place, the likeliest first."""
        if not self.path:
            return [inner]
        bare: list[Json] = [{}]
        given = [example for example in self._examples if isinstance(example, dict)]
        try:
            made = [self._sampler.value(self._whole)]
        except NoSample:
            made = []
        return [_with(base, self.path, inner) for base in [*given, *bare, *made]]

    def headed(self, found: Answer, extra: Headers | None) -> Answer:
        """Returns the answer with headers in the place of those of the same names, where their schemas allow it."""
        told = {name: text for name, text in extra or [] if self._documents(name.decode(), text.decode())}
        if not told:
            return found
        kept = [(name, text) for name, text in found.headers if name.lower() not in told]
        return Answer(found.status, found.body, [*kept, *told.items()])

    def _documents(self, name: str, text: str) -> bool:
        validator = self._headers.get(name)
        return validator is not None and validator.is_valid(int(text) if text.isdecimal() else text)


def _with(base: Json, path: tuple[str, ...], value: Json) -> Json:
    if not path:
        return value
    held = base if isinstance(base, dict) else {}
    return {**held, path[0]: _with(held.get(path[0]), path[1:], value)}


class Act:
    """One operation's work on one collection. Everything between find and commit runs without a pause."""

    def __init__(
        self,
        row: JsonObject,
        state: State,
        resources: Resources,
        responses: dict[str, JsonObject],
        outgoing: Schemas,
    ) -> None:
        self.state = state
        self.collection: Collection = state.collections[str(row["resource"])]
        self.resources = resources
        self.resource = resources[self.collection.name]
        self.id_at = steps_of(row["id"])
        ways = [steps_of(at) for at in cast("list[Json]", row["parents"])]
        self.parents = list(zip(ways, _within(self.resource), strict=True))
        self.apart = frozenset((self.collection.id, *self.collection.parents))
        self.shown = Shown(cast(int, row["status"]), steps_of(row["answer"]), responses, outgoing, self.apart)
        self._called = str(row["called"])

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Carries the request out, or raises Refused and changes nothing."""
        raise NotImplementedError

    def seeded(self) -> JsonObject:
        """Returns the path's parameters that lead to the first seeded object."""
        empty: JsonObject = {}
        first = next(iter(self.collection.seed), empty)
        ways = [(self.id_at, self.collection.id), *((at, name) for at, (name, _) in self.parents)]
        return {at[1]: first[name] for at, name in ways if at[:1] == ("path",) and name in first}

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
        """Returns an object and what it is found by. Raises Refused where there is none."""
        held = self.lies_in(parts)
        if not self.collection.id:
            identity = joined(held.values())
            return identity, self.collection.objects.get(identity) or {**self.shown.item.sample, **held}
        identity = joined([*held.values(), value_at(parts, self.id_at)])
        stored = self.collection.objects.get(identity)
        if stored is None:
            raise Refused("unknown", f"{place(self.id_at)}: there is no such object")
        return identity, stored

    def told(self, shown: Shown, stored: JsonObject, extra: Headers | None = None) -> Answer:
        """Returns the answer that shows a stored object, with its id also by the name that the answer has for it."""
        called = {self._called: stored.get(self.collection.id)} if self._called else {}
        return shown.answer({**stored, **called}, extra)


class Read(Act):
    """Shows one object."""

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Returns the object."""
        return self.told(self.shown, self.find(parts)[1])


class Remove(Act):
    """Takes one object out, or all that lie together, and what lies in them."""

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Removes what the request names."""
        if self.id_at:
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
        for name, row in self.resources.items():
            within, other = _within(row), self.state.collections[name]
            if collection.name == (within[len(where) - 1][1] if len(within) >= len(where) else ""):
                for key, inner in other.objects.items():
                    if [inner.get(field) for field in other.parents[: len(where)]] == where:
                        yield from self._with_inner(other, key, inner)
        yield collection, identity


class Write(Act):
    """What creating and updating share: the fields that a request may set, and those that the server sets."""

    def __init__(
        self,
        row: JsonObject,
        state: State,
        resources: Resources,
        responses: dict[str, JsonObject],
        outgoing: Schemas,
        incoming: Schemas,
        bodies: Mapping[str, Body],
    ) -> None:
        super().__init__(row, state, resources, responses, outgoing)
        self.body_at = steps_of(row["body"])
        self.item = Fitting(outgoing, self.resource["item"], self.apart)
        self.declared: dict[str, Json] = {}
        self._merges = False
        self._has_body = bool(bodies)
        for body in bodies.values():
            inner: Json = body.schema
            for step in self.body_at:
                inner = incoming.property(inner, step)
            self.declared.update(properties(incoming, inner))
            self._merges = self._merges or body.media_type == "application/merge-patch+json"
        hidden = {name for name, inner in self.declared.items() if incoming.is_hidden(inner)}
        self.writable = frozenset(self.declared or self.item.properties) - hidden
        self.read_only = [name for name, inner in self.item.properties.items() if incoming.is_hidden(inner)]
        self.minter = Minter(
            self.collection.name, outgoing, self.resource["id_schema"], self.item.sample.get(self.collection.id)
        )
        made = cast("int | None", row["made"])
        self.made = Shown(made, steps_of(row["made_answer"]), responses, outgoing, self.apart) if made else None

    def sent(self, parts: Parts) -> JsonObject:
        """Returns the fields of the body that the request may set."""
        body = value_at(parts, ("body", *self.body_at) if self._has_body else ("query",))
        given = body if isinstance(body, dict) else {}
        return {name: value for name, value in given.items() if name in self.writable}

    def insert(
        self, request: Request, held: JsonObject, identity: Json, sent: JsonObject, at_id: bool = False
    ) -> Answer:
        """Stores a new object and answers with it."""
        named = {self.collection.id: identity, **held}
        defaults = {
            name: inner["default"]
            for name, inner in [*self.item.properties.items(), *self.declared.items()]
            if isinstance(inner, dict) and "default" in inner and name not in named
        }
        given = {name: self.item.sample[name] for name in self.read_only if name in self.item.sample}
        wanted = {**given, **defaults, **sent, **named}
        for name in cast("list[str]", self.resource["moments"]):
            if name not in sent:
                wanted[name] = self._moment(name)
        new = {**self.fitted(wanted, {**self.item.sample, **named}), **named}
        key = self.collection.identity(new)
        self.state.commit(self.collection, key, new)
        text = identity if isinstance(identity, str) else str(identity)
        here = url(request)
        end = "/" if here.endswith("/") else ""
        location = here if at_id else f"{here.rstrip('/')}/{quote(text, safe='')}{end}"
        return self.told(self.made or self.shown, new, [header("location", location)])

    def fitted(self, wanted: JsonObject, otherwise: JsonObject) -> JsonObject:
        """Returns the object as it can be shown, with what is stored beside it."""
        beside = {name: value for name, value in wanted.items() if not self.item.shows(name)}
        return {**beside, **self.item.shown(wanted, otherwise)}

    def changed(self, stored: JsonObject, sent: JsonObject, clears: bool) -> JsonObject:
        """Returns the object after an update."""
        named = {self.collection.id, *self.collection.parents}
        sent = {name: value for name, value in sent.items() if name not in named}
        new = {**stored, **sent}
        if clears:
            moments = cast("list[str]", self.resource["moments"])
            kept = {*named, *moments, *(name for name in stored if name not in self.writable)}
            new = {name: value for name, value in stored.items() if name in kept} | sent
        elif self._merges:
            new = cast(JsonObject, merged(stored, sent))
        for name in self.collection.touched:
            if name not in sent and (name in stored or name in self.item.properties):
                new[name] = self._moment(name, stored.get(name))
        return {**self.fitted(new, stored), **{name: stored[name] for name in named if name in stored}}

    def _moment(self, name: str, stored: Json = None) -> Json:
        """Returns the present moment in the form of the stored or the sample value."""
        form = self.item.sample.get(name) if stored is None else stored
        made = later(form)
        return str(made)[:10] if isinstance(form, str) and _DATE.match(form) else made


class Create(Write):
    """Adds an object."""

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Creates an object with the id that the request gives, else with a new one."""
        held, sent = self.lies_in(parts), self.sent(parts)
        identity = sent.get(self.collection.id)
        if identity in (None, ""):
            identity = self.minter.mint(
                self.collection.objects,
                lambda: (found.get(self.collection.id) for found in self.collection.objects.values()),
                lambda made: joined([*held.values(), made]) in self.collection.objects,
            )
        elif joined([*held.values(), identity]) in self.collection.objects and self.resource["refuses_taken"]:
            raise Refused(
                "taken", f"{place(('body', *self.body_at, self.collection.id))}: another object holds this value"
            )
        return self.insert(request, held, identity, sent)


class Update(Write):
    """Changes an object, or puts one where there is none and that is documented."""

    def __init__(
        self,
        row: JsonObject,
        state: State,
        resources: Resources,
        responses: dict[str, JsonObject],
        outgoing: Schemas,
        incoming: Schemas,
        bodies: Mapping[str, Body],
    ) -> None:
        super().__init__(row, state, resources, responses, outgoing, incoming, bodies)
        self._clears = row["act"] == "replace"

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Carries the update out."""
        sent = self.sent(parts)
        try:
            identity, stored = self.find(parts)
        except Refused:
            held = self.lies_in(parts)
            if not self.made:
                raise
            return self.insert(request, held, value_at(parts, self.id_at), sent, at_id=True)
        new = self.changed(stored, sent, self._clears)
        self.state.commit(self.collection, identity, new)
        return self.told(self.shown, new)


def merged(old: Json, patch: Json) -> Json:
    """Returns a value after a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    found = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def url(request: Request) -> str:
    """Returns the URL that a request was sent to, without its query; a path alone where no host is named."""
    path = request.raw_path.decode("latin-1")
    host = request.headers.get("host", "")
    return f"http://{host}{path}" if host and not path.startswith("http") else path


def takes_json(content: Mapping[str, object]) -> bool:
    """Says whether an answer with this content is none, or JSON."""
    return not content or any(is_json(name) or name in ("*/*", "application/*") for name in content)


def _within(resource: JsonObject) -> list[tuple[str, str]]:
    """Returns the fields that say where an object lies, each with the collection whose ids it holds."""
    return [(str(row["field"]), str(row["of"])) for row in cast("list[JsonObject]", resource["parents"])]
