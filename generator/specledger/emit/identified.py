"""Which field of an object its path names it by, and where in an answer or a body the object lies."""

from __future__ import annotations

from collections.abc import Iterator

from specledger import names
from specledger.runtime.mock.fitting import items_of, properties
from specledger.runtime.mock.schema import Schemas
from specledger.yaml12 import Json

_IDS = ("id", "uuid", "guid")
_WEAK = ("name", "slug", "key", "code")
BESIDE = "metadata meta objectmeta identity identifier key info".split()  # objects that tell of the one around them
_SCALARS = {"string", "integer", "number"}
_DEPTH = 2

Steps = tuple[str, ...]


def singular(word: str) -> str:
    """Returns the singular of an English plural, near enough: `policies` gives `policy`."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) else word


def normal(name: str) -> str:
    """Returns a name without its spelling: `petId`, `pet_id` and `Pet-ID` are the same."""
    return "".join(names.words(name))


class Identified:
    """What identifies the objects of one collection: its name and the path's parameter, empty where it has none."""

    def __init__(self, schemas: Schemas, collection: str, parameter: str, schema: Json) -> None:
        self._schemas = schemas
        self._kinds = schemas.types(schema) & _SCALARS
        self._parameter = names.words(parameter)
        self._noun = [*names.words(collection)[:-1], *(singular(word) for word in names.words(collection)[-1:])]

    def field(self, schema: Json, weak: bool = True) -> str:
        """Returns the field that holds the id; nothing where no field seems to."""
        found = {
            name: names.words(name) for name, inner in properties(self._schemas, schema).items() if self._may(inner)
        }
        parameter, noun = self._parameter, self._noun
        wanted = [parameter] if parameter else []
        wanted += [parameter[start:] for start in range(1, len(parameter))]
        wanted += [[*noun, last] for last in _IDS] + [[*noun[-1:], last] for last in _IDS] + [[last] for last in _IDS]
        if weak:
            wanted += [[last] for last in _WEAK]
        ranked = [
            name
            for words in wanted
            if words and (weak or words == parameter or words[-1] not in _WEAK)
            for name, mine in found.items()
            if "".join(mine) == "".join(words)
        ]
        exact = [name for name in ranked if self._kinds & self._types(schema, name)]
        return next(iter(exact or ranked), "")

    def _may(self, schema: Json) -> bool:
        kinds = self._schemas.types(schema) - {"null"}
        return not kinds or bool(kinds & _SCALARS)

    def _types(self, schema: Json, name: str) -> frozenset[str]:
        return self._schemas.types(self._schemas.property(schema, name)) or frozenset(_SCALARS)

    def object_at(self, schema: Json) -> Steps | None:
        """Returns the steps to the object in an answer, none for the answer itself; None where there is no object."""
        if not is_object(self._schemas, schema):
            return None
        for weak in (False, True):
            for steps, inner in _objects(self._schemas, schema, ()):
                if self.field(inner, weak) and not (steps and normal(steps[-1]) in BESIDE):
                    return steps
        return ()

    def list_at(self, schema: Json, item: Json) -> Steps | None:
        """Returns the steps to the list of objects in an answer; `item` is the object's schema where it is known."""
        lists = list(_lists(self._schemas, schema, ()))
        same = [steps for steps, inner in lists if item is not None and self._schemas.resolve(inner) is item]
        named = [steps for steps, inner in lists if self.field(inner, weak=False)]
        return next(iter([*same, *named, *(steps for steps, _ in lists[:1])]), None)

    def body_at(self, schema: Json, item: Json) -> Steps:
        """Returns the steps to the object in a request's body: one step where the body only wraps it."""
        mine = properties(self._schemas, schema)
        known = properties(self._schemas, item)
        if len(mine) != 1:
            return ()
        name, inner = next(iter(mine.items()))
        inside = properties(self._schemas, inner)
        return (name,) if name not in known and set(inside) & set(known) else ()


def is_object(schemas: Schemas, schema: Json) -> bool:
    """Says whether values of a schema are objects."""
    kinds = schemas.types(schema) - {"null"}
    return kinds == {"object"} or (not kinds and bool(properties(schemas, schema)))


def _objects(schemas: Schemas, schema: Json, steps: Steps) -> Iterator[tuple[Steps, Json]]:
    """Yields the schema and those of the objects directly in it, the outer ones first."""
    level = [(steps, schema)]
    for _ in range(_DEPTH + 1):
        yield from level
        level = [
            ((*path, name), inner)
            for path, outer in level
            for name, inner in properties(schemas, outer).items()
            if is_object(schemas, inner)
        ]


def _lists(schemas: Schemas, schema: Json, steps: Steps) -> Iterator[tuple[Steps, Json]]:
    """Yields the arrays of objects in an answer with the schemas of their items, the outer ones first."""
    for path, outer in [(steps, schema), *_objects(schemas, schema, steps)]:
        for name, inner in [("", outer), *properties(schemas, outer).items()]:
            items = items_of(schemas, inner) if "array" in schemas.types(inner) else None
            if items is not None and is_object(schemas, items) and not (name == "" and path != steps):
                yield ((*path, name) if name else path), items
