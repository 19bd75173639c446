"""The SQLite file that keeps objects by API, collection and id, and that one server at a time may hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import cast

from . import json_text
from .json_text import JsonObject, Malformed

Key = tuple[str, str, str]

APPLICATION = 0x534C4D53  # "SLMS"; SQLite keeps it in the file's head, to tell whose file it is
FORMAT = 1
LOCK_SECONDS = 2.0  # as long as a server that was told to end may take

_TABLES = (
    "CREATE TABLE collections (api TEXT, collection TEXT, PRIMARY KEY (api, collection)) WITHOUT ROWID",
    "CREATE TABLE objects (api TEXT, collection TEXT, id TEXT, body BLOB, PRIMARY KEY (api, collection, id))",
)
_REMOVE = "DELETE FROM objects WHERE api = ? AND collection = ? AND id = ?"
_CREATE = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)"  # a new rowid: the object stands last
_UPDATE = "INSERT INTO objects VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"


class StateFile:
    """An open state file. Everything here raises sqlite3.Error, and a write that does has changed nothing."""

    def __init__(self, path: Path, durable: bool) -> None:
        """Opens the file, or makes it; one that is not ours, of another format or in use is refused."""
        self.path = path.absolute()
        self._database = sqlite3.connect(self.path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._open(durable)
        except BaseException as error:
            self._database.close()
            if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise sqlite3.OperationalError("another process uses this file") from None
            raise
        found = self.path.stat()
        self._identity = found.st_dev, found.st_ino

    def _open(self, durable: bool) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("BEGIN IMMEDIATE")
        application, version = self._number("application_id"), self._number("user_version")
        if application == version == self._number("schema_version") == 0:  # nobody made a table yet
            run(f"PRAGMA application_id = {APPLICATION}")
            run(f"PRAGMA user_version = {FORMAT}")
            for table in _TABLES:
                run(table)
        elif application != APPLICATION:
            raise sqlite3.DatabaseError("this SQLite file was made by another program")
        elif version != FORMAT:
            raise sqlite3.DatabaseError(f"this state file has the format {version}; this mock reads format {FORMAT}")
        run("COMMIT")
        run("PRAGMA journal_mode = WAL")
        # NORMAL outlives the process, FULL the machine: it waits for the disk at each commit.
        run(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")

    def _number(self, pragma: str) -> int:
        return cast(int, self._database.execute(f"PRAGMA {pragma}").fetchone()[0])

    def read(self, api: str) -> dict[str, dict[str, JsonObject]]:
        """Returns the objects of an API by collection and id; a collection that was never stored is not among them."""
        names = self._database.execute("SELECT collection FROM collections WHERE api = ?", (api,))
        found: dict[str, dict[str, JsonObject]] = {name: {} for (name,) in names}
        rows = self._database.execute("SELECT collection, id, body FROM objects WHERE api = ? ORDER BY rowid", (api,))
        for collection, identity, body in rows:
            found.setdefault(collection, {})[identity] = _object(body, f"{api}, {collection}, {identity}")
        return found

    def write(self, objects: Mapping[Key, JsonObject | None], created: Collection[Key]) -> None:
        """Puts each object under its key, the created behind all others, removes those that are None, and commits."""
        self._check()
        removed = [key for key, found in objects.items() if found is None]
        rows = {key: (*key, json_text.write(found)) for key, found in objects.items() if found is not None}
        run = self._database
        with run:
            run.execute("BEGIN IMMEDIATE")
            run.executemany("INSERT OR IGNORE INTO collections VALUES (?, ?)", {key[:2] for key in objects})
            run.executemany(_REMOVE, removed)
            run.executemany(_CREATE, [row for key, row in rows.items() if key in created])
            run.executemany(_UPDATE, [row for key, row in rows.items() if key not in created])

    def _check(self) -> None:
        """Raises where the path leads elsewhere by now: SQLite would write on to a file that nobody finds again."""
        try:
            found = self.path.stat()
        except OSError as error:
            raise sqlite3.OperationalError(f"the file is gone: {error.strerror}") from None
        if (found.st_dev, found.st_ino) != self._identity:
            raise sqlite3.OperationalError("another file lies in its place")

    def close(self) -> None:
        """Closes the file."""
        self._database.close()


def _object(body: object, where: str) -> JsonObject:
    try:
        found = json_text.read(body) if isinstance(body, bytes) else None
    except Malformed:
        found = None
    if not isinstance(found, dict):
        raise sqlite3.DatabaseError(f"what is stored for {where} is no JSON object")
    return found
