"""What the mock knows: objects by collection and id, in memory, with a SQLite file behind them where one is given."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import quote

import orjson

from . import json_text
from .json_text import Json, JsonObject

Row = tuple[str, str, str, bytes]


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
    objects: dict[str, JsonObject] = field(default_factory=dict)
    _holders: dict[str, dict[bytes, str]] = field(default_factory=dict)

    def load(self, objects: Mapping[str, JsonObject]) -> None:
        """Makes these objects, by id, the whole of the collection."""
        self.objects = {}
        self._holders = {name: {} for name in self.unique}
        for identity, found in objects.items():
            self.put(identity, found)

    def put(self, identity: str, new: JsonObject) -> None:
        """Puts an object in the place of the one with its id."""
        old = self.objects.get(identity)
        for name, holders in self._holders.items():
            if old is not None and old.get(name) is not None:
                holders.pop(_key(old[name]), None)
            if new.get(name) is not None:
                holders[_key(new[name])] = identity
        self.objects[identity] = new

    def remove(self, identity: str) -> None:
        """Takes an object out."""
        old = self.objects.pop(identity)
        for name, holders in self._holders.items():
            if old.get(name) is not None:
                holders.pop(_key(old[name]), None)

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
    return texts[0] if len(texts) == 1 else "/".join(quote(text, safe="") for text in texts)


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
        new = {name: found.seeded() for name, found in self.collections.items() if name not in stored}
        for name, collection in self.collections.items():
            collection.load(stored.get(name, {}))
        self.restore({**self.snapshot(), **new}, only=new)

    def commit(self, collection: Collection, identity: str, new: JsonObject | None) -> None:
        """Replaces one object, or removes it where there is no new one, in the store and then in memory."""
        if self._store:
            self._store.put((self.api, collection.name, identity), new, identity not in collection.objects)
        if new is None:
            collection.remove(identity)
        else:
            collection.put(identity, new)

    def snapshot(self) -> Snapshot:
        """Returns what every collection holds; objects are never changed in place, so that it stays as it is."""
        return {name: dict(collection.objects) for name, collection in self.collections.items()}

    def restore(self, snapshot: Snapshot) -> None:
        """Makes what a snapshot holds the whole of every collection; one that it does not know is emptied."""

    def reset(self) -> None:
        """Restores the seed."""
        self.restore({name: collection.seeded() for name, collection in self.collections.items()})
