"""What an operation changes, put back: read before, written again afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from .call import Call
from .json_text import Json, JsonObject, Malformed, read
from .pinned import Pinned, Unpinned
from .rehearsal import Rehearsal
from .request import steps_of
from .requests import Requests
from .wire import Reply

Send = Callable[[Call], Reply]


class Lost(Exception):
    """What is there cannot be read, or not be put back; the message says why."""


class PutBack:
    """The fields of what is pinned, as they were. Raises Lost where no operation reads them."""

    def __init__(self, update: Pinned, rehearsed: Rehearsal, pins: Mapping[str, str], secret: str) -> None:
        self._update = update
        self._reader = _reader(update, rehearsed, pins, secret)
        body = next(iter(update.drawn.operation.bodies.values()), None)
        self._fields = body.declared.names if body else frozenset[str]()
        self._body = body
        self._before: JsonObject = {}

    @property
    def shown(self) -> Call:
        """The request that reads what is pinned, as it may be shown."""
        return self._reader.masked(self._reader.call())

    def note(self, send: Send) -> None:
        """Reads what is there before anything is changed. Raises Lost where that fails."""
        self._before = self._read(send)

    def restore(self, send: Send, written: set[str]) -> str:
        """Puts the written fields back and returns what came of it. Raises Lost where they are not as before."""
        wanted = written & self._fields
        if self._update.changes == "replace":
            wanted = set(self._fields)
        fields: JsonObject = {name: self._before[name] for name in self._before if name in wanted}
        absent = sorted(wanted - self._before.keys()) if self._update.changes == "merge" else []
        fields |= {name: None for name in absent if self._takes({**fields, name: None})}
        for name in sorted(self._before.keys() & self._fields):
            if not self._takes(fields) and name not in fields:
                fields[name] = self._before[name]  # what every update has to say
        if not self._takes(fields):
            raise Lost(f"what was there, {', '.join(sorted(fields))}, is nothing that an update may say")
        reply = send(self._update.call(fields))
        after = self._read(send)
        other = sorted(name for name in written if after.get(name) != self._before.get(name))
        if not 200 <= reply.status < 300 or other:
            raise Lost(
                f"the update that puts it back was answered with {reply.status}; not as before: {', '.join(other)}"
            )
        return f"put back: {', '.join(sorted(fields)) or 'nothing was changed'}"

    def _takes(self, fields: JsonObject) -> bool:
        parts = self._update.call(fields).parts
        return self._body is None or self._update.drawn.takes(self._body, parts.get("body"))

    def _read(self, send: Send) -> JsonObject:
        reply = send(self._reader.call())
        if not 200 <= reply.status < 300:
            raise Lost(f"{self._reader.drawn.operation.id} answered with {reply.status}")
        try:
            value = read(reply.content)
        except Malformed as error:
            raise Lost(f"{self._reader.drawn.operation.id} answered with no JSON: {error}") from None
        return self._object(value)

    def _object(self, value: Json) -> JsonObject:
        """Returns the object in an answer: where the contract says, else what has most of the update's fields."""
        act = cast("JsonObject | None", self._reader.drawn.operation.row.get("act"))
        for step in steps_of(act["answer"]) if act else ():
            value = value.get(step) if isinstance(value, dict) else None
        outer = value if isinstance(value, dict) else {}
        inner = [] if act else [held for held in outer.values() if isinstance(held, dict)]
        return max([outer, *inner], key=lambda held: len(held.keys() & self._fields))


def _reader(update: Pinned, rehearsed: Rehearsal, pins: Mapping[str, str], secret: str) -> Pinned:
    operation = update.drawn.operation
    own = cast("JsonObject | None", operation.row.get("act"))
    for other in rehearsed.api.operations:
        act = cast("JsonObject | None", other.row.get("act"))
        is_same = act is not None and own is not None and act["act"] == "read" and act["resource"] == own["resource"]
        if other.method == "GET" and (is_same or other.path == operation.path):
            try:
                return Pinned(Requests(rehearsed, other), pins, secret)
            except Unpinned:
                continue
    raise Lost("no operation reads what it changes")
