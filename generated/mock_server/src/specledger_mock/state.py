"""What the mock knows: objects by collection and id, in memory, with a SQLite file behind them where one is given."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

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

    def taken(self, identity: str, new: JsonObject) -> str:
        """Returns the first unique field of which another object holds the value, or nothing."""
        for name, holders in self._holders.items():
            if new.get(name) is not None and holders.get(_key(new[name]), identity) != identity:
                return name
        return ""


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
        stored = store.read(api) if store else None
        if stored is None:
            self.reset()
        else:
            for name, collection in self.collections.items():
                collection.load(stored.get(name, {}))

    def commit(self, collection: Collection, identity: str, new: JsonObject) -> None:
        """Replaces one object, in the store and then in memory."""
        if self._store:
            self._store.write([(self.api, collection.name, identity, json_text.write(new))])
        collection.put(identity, new)

    def reset(self) -> None:
        """Restores the seed, in memory and in the store."""
        for collection in self.collections.values():
            collection.load({str(found[collection.id]): found for found in collection.seed})
        if self._store:
            self._store.replace(self.api, list(self._rows()))

    def _rows(self) -> Iterator[Row]:
        for name, collection in self.collections.items():
            for identity, found in collection.objects.items():
                yield self.api, name, identity, json_text.write(found)


class Store:
    """A SQLite file with the objects of every API.

    Raises sqlite3.Error where the file cannot be opened or is no database.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "CREATE TABLE IF NOT EXISTS apis (api TEXT PRIMARY KEY);"
            "CREATE TABLE IF NOT EXISTS objects (api TEXT, collection TEXT, id TEXT, body BLOB,"
            " PRIMARY KEY (api, collection, id));"
        )

    def read(self, api: str) -> dict[str, dict[str, JsonObject]] | None:
        """Returns the objects of an API by collection and id; None where it was never stored."""
        if not self._database.execute("SELECT 1 FROM apis WHERE api = ?", (api,)).fetchone():
            return None
        found: dict[str, dict[str, JsonObject]] = {}
        rows = self._database.execute("SELECT collection, id, body FROM objects WHERE api = ? ORDER BY rowid", (api,))
        for collection, identity, body in rows:
            found.setdefault(collection, {})[identity] = cast(JsonObject, json_text.read(body))
        return found

    def write(self, rows: list[Row]) -> None:
        """Puts objects in the place of those with the same ids and commits."""
        with self._database:
            self._database.executemany(
                "INSERT INTO objects VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body", rows
            )

    def replace(self, api: str, rows: list[Row]) -> None:
        """Makes these rows the whole of what is stored of an API and commits."""
        with self._database:
            self._database.execute("INSERT OR IGNORE INTO apis VALUES (?)", (api,))
            self._database.execute("DELETE FROM objects WHERE api = ?", (api,))
            self._database.executemany("INSERT INTO objects VALUES (?, ?, ?, ?)", rows)

    def close(self) -> None:
        """Closes the file."""
        self._database.close()
