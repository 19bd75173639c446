"""States that are kept under a name, and states that come as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from .api import Api
from .effect import shown_by
from .json_text import Json, JsonObject, write
from .schema import BASE, reason
from .state import Collection, Snapshot


class Unfit(ValueError):
    """A state that was not understood; the message begins with the place."""


class Snapshots:
    """The states of every API, kept in memory; keeping one copies no object."""

    def __init__(self, apis: Mapping[str, Api]) -> None:
        self._apis = apis
        self.kept: dict[str, dict[str, Snapshot]] = {}

    def now(self, api: str = "") -> dict[str, Snapshot]:
        """Returns what is stored at present, by API, collection and id."""
        return {name: found.state.snapshot() for name, found in self._apis.items() if api in ("", name)}

    def restore(self, given: Mapping[str, Snapshot], api: str = "") -> list[str]:
        """Makes a snapshot the state of the APIs that it names, and returns their names."""
        names = [name for name in given if api in ("", name)]
        for name in names:
            self._apis[name].state.restore(given[name])
        return names

    def read(self, value: Json) -> dict[str, Snapshot]:
        """Returns a snapshot that came as JSON; a collection that it does not name stays. Raises Unfit."""
        return {
            name: {**self._apis[name].state.snapshot(), **_collections(self._apis[name], collections)}
            for name, collections in _rows(value, "snapshot", self._apis).items()
        }


def _collections(api: Api, value: Json) -> dict[str, dict[str, JsonObject]]:
    at = f"snapshot.{api.name}"
    return {
        name: _objects(api, api.state.collections[name], rows, f"{at}.{name}")
        for name, rows in _rows(value, at, api.state.collections).items()
    }


def _objects(api: Api, collection: Collection, value: Json, at: str) -> dict[str, JsonObject]:
    shown = shown_by(api.outgoing, collection.schema)
    validator = api.outgoing.compile({"$ref": f"{BASE}#/$defs/{collection.schema}"} if collection.schema else None)
    holders: dict[tuple[str, bytes], str] = {}
    found = _rows(value, at)
    for identity, row in found.items():
        place = f"{at}.{identity[:80]}"
        if not isinstance(row, dict):
            raise Unfit(f"{place}: is no object")
        seen: JsonObject = {name: item for name, item in row.items() if shown is None or name in shown}
        if not validator.is_valid(seen):
            raise Unfit(reason(validator, seen, place))
        if collection.identity(row) != identity:
            raise Unfit(f"{place}.{collection.id}: is another id than the one it is kept by")
        for name in collection.unique:
            other = holders.setdefault((name, write(row.get(name))), identity)
            if other != identity and row.get(name) is not None:
                raise Unfit(f"{place}.{name}: {other[:80]} holds this value, which is unique")
    return cast("dict[str, JsonObject]", found)


def _rows(value: Json, at: str, known: Mapping[str, object] | None = None) -> JsonObject:
    if not isinstance(value, dict):
        raise Unfit(f"{at}: is no object")
    unknown = next((name for name in value if known is not None and name not in known), None)
    if known is not None and unknown is not None:
        raise Unfit(f"{at}.{unknown[:80]}: is not known here; there are: {', '.join(known) or 'none'}")
    return value
