"""What carries the state into its file: changes gather in memory and a thread writes them, many in one commit."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import sqlite3
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from .json_text import JsonObject
from .state_file import Key, StateFile

GATHER_SECONDS = 0.05
RETRY_SECONDS = 1.0
MAX_PENDING = 10_000

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Batch:
    """What one commit will write: the last state of each object, None for a removed one, and which are new."""

    objects: dict[Key, JsonObject | None] = field(default_factory=dict)
    created: set[Key] = field(default_factory=set)
    written: Future[None] = field(default_factory=Future)

    def put(self, key: Key, found: JsonObject | None, is_new: bool) -> None:
        """Puts an object in the place of the one with its key; a new one stands last."""
        if is_new:
            self.objects.pop(key, None)
            self.created.add(key)
        self.objects[key] = found

    def follow(self, earlier: Batch) -> None:
        """Takes over what an earlier batch could not write, under its own changes."""
        later, created = self.objects, self.created
        self.objects, self.created = earlier.objects, earlier.created
        for key, found in later.items():
            self.put(key, found, key in created)


class Store:
    """A state file that is written behind the state's back; `durable` keeps answers until it is.

    Raises sqlite3.Error where the file cannot be used. A write that fails is told once to the log and tried again;
    what it did not write waits, and close() raises where it still does.
    """

    def __init__(self, path: Path, durable: bool = False) -> None:
        self.durable = durable
        self._file = StateFile(path, durable)
        self._batch = Batch()
        self._writing: Batch | None = None
        self._failure = ""
        self._lock = threading.Lock()  # held for moments: around the two batches
        self._writer = threading.Lock()  # held for a whole commit: one at a time, in order
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="state file", daemon=True)
        self._thread.start()
        atexit.register(self._end)

    def read(self, api: str) -> dict[str, dict[str, JsonObject]]:
        """Returns the objects of an API by collection and id; a collection that was never stored is not among them."""
        with self._writer:
            return self._file.read(api)

    def put(self, key: Key, found: JsonObject | None, is_new: bool) -> None:
        """Will write an object, or remove it where it is None. Raises where the file fails and too much waits."""
        if len(self._batch.objects) >= MAX_PENDING:
            self.flush()
        with self._lock:
            self._batch.put(key, found, is_new)
        if not self._wake.is_set():
            self._wake.set()

    def replace(self, objects: Mapping[Key, JsonObject | None]) -> None:
        """Will write these objects as new ones, in their order and in one commit."""
        if len(self._batch.objects) >= MAX_PENDING:
            self.flush()
        with self._lock:
            for key, found in objects.items():
                self._batch.put(key, found, found is not None)
        self._wake.set()

    async def settled(self) -> None:
        """Returns when everything that was put is in the file. Raises sqlite3.Error where it cannot be written."""
        with self._lock:
            batch = self._batch if self._batch.objects else self._writing
        if batch is not None:
            # Shielded: a client that goes away must not take back what others wait for.
            await asyncio.shield(asyncio.wrap_future(batch.written))

    def flush(self) -> None:
        """Writes what waits. Raises sqlite3.Error where that fails; then it still waits."""
        with self._writer:
            with self._lock:
                batch, self._batch = self._batch, Batch()
                self._writing = batch
            try:
                if batch.objects:
                    self._file.write(batch.objects, batch.created)
            except Exception as error:  # whatever it is: the thread must live on, and nobody wait for ever
                failure = error if isinstance(error, sqlite3.Error) else sqlite3.DataError(str(error))
                self._take_back(batch, failure)
                raise failure from None
            with self._lock:
                self._writing = None
            batch.written.set_result(None)
            if batch.objects and self._failure:
                self._failure = ""
                _log.warning("%s: is written again", self._file.path)

    def _take_back(self, batch: Batch, error: sqlite3.Error) -> None:
        with self._lock:
            self._batch.follow(batch)
            self._writing = None
            waiting = len(self._batch.objects)
        if self._failure != str(error):
            self._failure = str(error)
            _log.error("%s: cannot be written: %s; changed objects that wait: %d", self._file.path, error, waiting)
        batch.written.set_exception(error)

    def _run(self) -> None:
        while not self._closing.is_set():
            if self._failure:
                self._closing.wait(RETRY_SECONDS)
            else:
                self._wake.wait()
                self._wake.clear()
                if not self.durable:
                    self._closing.wait(GATHER_SECONDS)
            with contextlib.suppress(sqlite3.Error):  # flush has told it, and it is tried again
                self.flush()

    def close(self) -> None:
        """Writes what waits and closes the file. Raises sqlite3.Error where something could not be written."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._wake.set()
        self._thread.join()
        atexit.unregister(self._end)
        try:
            self.flush()
        finally:
            self._file.close()

    def _end(self) -> None:
        """Closes with the process; what failed is in the log."""
        try:
            self.close()
        except sqlite3.Error:
            _log.error("%s: the last changes are lost: %s", self._file.path, self._failure)
