"""The stored objects of one API as mappings: by model class as models, by collection name as dicts."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any, TypeVar, cast, overload
from urllib.parse import unquote

from jsonschema_rs import Draft202012Validator
from pydantic import BaseModel

from .api import Api
from .effect import shown_by
from .json_text import Json, JsonObject, read, write
from .schema import BASE, Declared, reason
from .state import Collection

Model = TypeVar("Model", bound=BaseModel)
Shown = TypeVar("Shown")
Turn = AbstractContextManager[object]
ONLY = "only"  # what the one object of a collection without ids is found by
Row = dict[str, Any]  # a stored object as json.loads would return it: a test says by its assertions what it expects


class Objects(MutableMapping[str, Shown]):
    """The objects of one collection by id.

    What is read is a copy, and changes what is stored only once it is put back.
    """

    def __init__(self, api: Api, collection: Collection, turn: Turn, shape: Callable[[JsonObject], Shown]) -> None:
        self._api = api
        self._collection = collection
        self._turn = turn
        self._shape = shape
        self._names = [name for name in (*collection.parents, collection.id) if name]

    def __getitem__(self, identity: str) -> Shown:
        """Returns a copy of an object. Raises KeyError, with the ids that there are."""
        with self._turn:
            return self._shape(copy.deepcopy(self._held(identity)))

    def __setitem__(self, identity: str, value: Shown | Mapping[str, object]) -> None:
        """Stores an object in the place of the one with this id. Raises ValueError where it does not fit."""
        with self._turn:
            self._put(str(identity), _row(value))

    def __delitem__(self, identity: str) -> None:
        """Removes an object. Raises KeyError, with the ids that there are."""
        with self._turn:
            self._held(identity)
            self._api.state.commit(self._collection, str(identity), None)

    def __iter__(self) -> Iterator[str]:
        """Yields the ids."""
        return iter(list(self._collection.objects))

    def __len__(self) -> int:
        """Returns how many objects there are."""
        return len(self._collection.objects)

    def __contains__(self, identity: object) -> bool:
        """Says whether there is an object with this id."""
        return str(identity) in self._collection.objects

    def __repr__(self) -> str:
        """Returns the collection's name and its ids."""
        return f"<{self._collection.name}: {', '.join(self) or 'empty'}>"

    def clear(self) -> None:
        """Removes every object."""
        with self._turn:
            for identity in list(self):
                del self[identity]

    def _held(self, identity: str) -> JsonObject:
        found = self._collection.objects.get(str(identity))
        if found is None:
            raise KeyError(f"no object {str(identity)!r} in {self!r}")
        return found

    def put(self, value: BaseModel | Mapping[str, object]) -> None:
        """Stores an object under its own id. Raises ValueError where it does not fit."""
        row = _row(value)
        for name in self._names:
            if name not in row:
                raise ValueError(f"{self._collection.name}.{name}: is required")
        with self._turn:
            self._put(self._collection.identity(row) or ONLY, row)

    def _put(self, identity: str, row: JsonObject) -> None:
        """Stores an object; ids may be left out, and the workspace: it is the old object's, or the first caller's."""
        collection = self._collection
        ids = [identity] if len(self._names) == 1 else [unquote(text) for text in identity.split("/")]
        for name, text in zip(self._names, ids, strict=False):
            if name not in row:
                row[name] = self._typed(name, text)
        if (collection.identity(row) or ONLY) != identity:
            raise ValueError(f"{collection.name}.{collection.id}: the object's own is not {identity!r}")
        if collection.workspace:
            old = collection.objects.get(identity, {})
            row.setdefault(collection.workspace, old.get(collection.workspace, self._api.callers()[0].workspace))
        seen = {name: value for name, value in row.items() if self._shows(name)}
        if not self._validator.is_valid(seen):
            raise ValueError(reason(self._validator, seen, collection.name))
        if field := collection.taken(identity, row):
            raise ValueError(f"{collection.name}.{field}: another object holds {row[field]!r}")
        self._api.state.commit(collection, identity, row)

    @cached_property
    def _schema(self) -> Json:
        name = self._collection.schema
        return {"$ref": f"{BASE}#/$defs/{name}"} if name else True

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return self._api.outgoing.compile(self._schema)

    @cached_property
    def _shown(self) -> Declared | None:
        return shown_by(self._api.outgoing, self._collection.schema)

    def _shows(self, name: str) -> bool:
        """Says whether a field is one of the schema's, and none that is stored beside them."""
        beside = name == self._collection.workspace or name in self._collection.parents
        return self._shown is None or name in (self._shown.names if beside else self._shown)

    def _typed(self, name: str, text: str) -> Json:
        """Returns an id as the schema has it, or where that is silent as other objects do: a number where it is one."""
        types = self._api.outgoing.types(self._api.outgoing.property(self._schema, name))
        others = (*self._collection.objects.values(), *self._collection.seed)
        is_number = types == frozenset({"integer"}) if types else any(isinstance(row.get(name), int) for row in others)
        return int(text) if is_number and re.fullmatch("-?[0-9]+", text) else text


class Resources:
    """The collections of one API: `resources[GatewayEndpoint]` holds models, `resources["endpoints"]` dicts."""

    def __init__(self, api: Api, turn: Turn) -> None:
        self._api = api
        self._turn = turn

    @overload
    def __getitem__(self, key: type[Model]) -> Objects[Model]: ...
    @overload
    def __getitem__(self, key: str) -> Objects[Row]: ...
    def __getitem__(self, key: type[Model] | str) -> Objects[Model] | Objects[Row]:
        """Returns the objects of a collection. Raises KeyError, with those that there are."""
        if isinstance(key, str):
            return Objects(self._api, self._named(key), self._turn, dict)
        return Objects(self._api, self._of(key), self._turn, key.model_validate)

    def __iter__(self) -> Iterator[str]:
        """Yields the names of the collections."""
        return iter(self._api.state.collections)

    def __repr__(self) -> str:
        """Returns the collections with the models of their objects."""
        return ", ".join(
            f"{name} ({found.schema})" if found.schema else name for name, found in self._api.state.collections.items()
        )

    def put(self, value: BaseModel | Mapping[str, object], into: str | type[BaseModel] = "") -> None:
        """Stores an object in the collection that is named, else in that of its model, else in the only one."""
        names = list(self)
        if into:
            self[into].put(value)
        elif isinstance(value, BaseModel):
            self[type(value)].put(value)
        elif len(names) == 1:
            self[names[0]].put(value)
        else:
            raise KeyError(f"say with `into` where a dict belongs; there are: {self!r}")

    def _named(self, name: str) -> Collection:
        found = self._api.state.collections.get(name)
        if found is None:
            raise KeyError(f"{self._api.name} has no collection {name!r}; there are: {self!r}")
        return found

    def _of(self, model: type[BaseModel]) -> Collection:
        """Returns the collection of a model class: the one whose schema's name became the class's."""
        for kind in model.__mro__:
            if kind.__module__ == f"{__package__}.models.{self._api.name}":
                stored = [found for found in self._api.state.collections.values() if found.schema]
                fitting = [found for found in stored if found.schema == kind.__name__]
                fitting = fitting or [found for found in stored if bare(found.schema) == bare(kind.__name__)]
                if len(fitting) > 1:
                    named = ", ".join(found.name for found in fitting)
                    raise KeyError(f"{model.__name__} is stored in several collections, ask by name: {named}")
                if fitting:
                    return fitting[0]
        raise KeyError(f"{self._api.name} stores no {model.__module__}.{model.__name__}; there are: {self!r}")


def _row(value: object) -> JsonObject:
    """Returns an object as JSON has it, a copy: of a model the fields that were set, by the vendor's names."""
    if isinstance(value, BaseModel):
        found = read(value.model_dump_json(by_alias=True, exclude_unset=True).encode())
    else:
        found = read(write(cast(Json, value)))
    if not isinstance(found, dict):
        raise ValueError("an object is stored, and this is none")
    return found


def bare(name: str) -> str:
    """Returns a name without what the models' generator changes in it: `pet-item` became PetItem, `1x` Field1x."""
    return re.sub("^field|^model|model$", "", re.sub("[^a-z0-9]", "", name.lower()))
