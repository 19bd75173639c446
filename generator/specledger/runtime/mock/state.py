"""What the mock knows: objects by collection and id, in memory, with a SQLite file behind them where one is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import orjson

from . import json_text
from .json_text import Json, JsonObject
from .state_file import Key
from .store import Store

Snapshot = Mapping[str, Mapping[str, JsonObject]]

_NOTHING: JsonObject = {}


@dataclass(slots=True)
class Collection:
    """Objects of one kind. A stored object is never changed in place: an update puts another one there."""

    name: str
    id: str
    workspace: str
    unique: tuple[str, ...]
    immutable: tuple[str, ...]
    touched: tuple[str, ...]
    seed: tuple[JsonObject, ...]
    parents: tuple[str, ...] = ()
    schema: str = ""
    objects: dict[str, JsonObject] = field(default_factory=dict)
    _holders: dict[str, dict[bytes, str]] = field(default_factory=dict)

    def load(self, objects: Mapping[str, JsonObject]) -> None:
        """Makes these objects, by id, the whole of the collection."""
        self.objects = {}
        self._holders = {name: {} for name in self.unique}
        for identity, found in objects.items():
            self.put(identity, found)

    def seeded(self) -> dict[str, JsonObject]:
        """Returns the seed, by what each object is found by."""
        return {self.identity(found): found for found in self.seed}

    def put(self, identity: str, new: JsonObject) -> None:
        """Puts an object in the place of the one with its id."""
        old = self.objects.get(identity, _NOTHING)
        for name, holders in self._holders.items():
            if (value := new.get(name)) is not (held := old.get(name)):
                _let_go(holders, held, identity)
                if value is not None:
                    holders[_key(value)] = identity
        self.objects[identity] = new

    def remove(self, identity: str) -> None:
        """Removes the object with an id, if there is one."""
        old = self.objects.pop(identity, _NOTHING)
        for name, holders in self._holders.items():
            _let_go(holders, old.get(name), identity)

    def identity(self, found: JsonObject) -> str:
        """Returns what an object is found by: its id, after the ids of the objects that it lies in."""
        return joined(found.get(name) for name in (*self.parents, self.id) if name)

    def taken(self, identity: str, new: JsonObject) -> str:
        """Returns the first unique field of which another object holds the value, or nothing."""
        for name, holders in self._holders.items():
            if new.get(name) is not None and holders.get(_key(new[name]), identity) != identity:
                return name
        return ""


def joined(ids: Iterable[Json]) -> str:
    """Returns one text for ids that lie in each other; a lone one is its own text."""
    texts = [found if isinstance(found, str) else json_text.write(found).decode() for found in ids]
    return texts[0] if len(texts) == 1 else "/".join(quote(text, safe="") for text in texts) or "only"


def _let_go(holders: dict[bytes, str], value: Json, identity: str) -> None:
    if value is not None and holders.get(key := _key(value)) == identity:
        del holders[key]


def _key(value: Json) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return json_text.write(value)


class State:
    """The collections of one API."""

    def __init__(self, api: str, collections: Iterable[Collection], store: Store | None) -> None:
        self.api = api
        self.collections = {collection.name: collection for collection in collections}
        self._store = store
        stored = store.read(api) if store else {}
        self._replace({name: found.seeded() for name, found in self.collections.items() if name not in stored})
        for name in stored.keys() & self.collections.keys():
            self.collections[name].load(stored[name])

    def commit(self, collection: Collection, identity: str, new: JsonObject | None) -> None:
        """Replaces one object, or removes it where there is no new one, in the store and then in memory."""
        if self._store:
            self._store.put((self.api, collection.name, identity), new, identity not in collection.objects)
        if new is None:
            collection.remove(identity)
        else:
            collection.put(identity, new)

    def add(self, collection: Collection, objects: Mapping[str, JsonObject]) -> None:
        """Puts objects that come together, by id: the store does so in one commit."""
        if self._store:
            self._store.replace({(self.api, collection.name, identity): new for identity, new in objects.items()})
        for identity, new in objects.items():
            collection.put(identity, new)

    def remove(self, objects: Sequence[tuple[Collection, str]]) -> None:
        """Removes objects that go together: the store does so in one commit."""
        if self._store:
            self._store.replace({(self.api, collection.name, identity): None for collection, identity in objects})
        for collection, identity in objects:
            collection.remove(identity)

    def snapshot(self) -> Snapshot:
        """Returns what every collection holds. It stays as it is: a stored object is never changed in place."""
        return {name: dict(collection.objects) for name, collection in self.collections.items()}

    def restore(self, snapshot: Snapshot) -> None:
        """Makes a snapshot the whole of the state; a collection that it does not name is emptied."""
        self._replace({name: snapshot.get(name, {}) for name in self.collections})

    def reset(self) -> None:
        """Restores the seed."""
        self._replace({name: collection.seeded() for name, collection in self.collections.items()})

    def _replace(self, snapshot: Snapshot) -> None:
        if self._store:
            rows: dict[Key, JsonObject | None] = {}
            for name, objects in snapshot.items():
                gone = self.collections[name].objects.keys() - objects.keys()
                rows.update(((self.api, name, identity), None) for identity in gone)
                rows.update(((self.api, name, identity), found) for identity, found in objects.items())
            self._store.replace(rows)
        for name, objects in snapshot.items():
            self.collections[name].load(objects)
