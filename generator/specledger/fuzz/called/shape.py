"""What a schema says about one place of a value, through references and branches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from specledger.canonical import canonical
from specledger.fuzz.request import MISSING, Missing
from specledger.ir import Api, pointer_of
from specledger.yaml12 import Json, JsonObject, as_list, as_object

# The steps to a place of one value; numbers step into its arrays.
Path = tuple[str | int, ...]
_CHOICES = ("anyOf", "oneOf")
_CONDITIONS = ("then", "else")
# What says more about the fields of an object than their names.
_CLOSED = ("additionalProperties", "patternProperties", "unevaluatedProperties", "propertyNames", "maxProperties")


@dataclass(frozen=True, slots=True)
class Shape:
    """The schemas that speak about one place; `certain` where each of them holds whatever stands there."""

    api: Api
    schemas: tuple[JsonObject, ...]
    certain: bool

    @property
    def declared(self) -> list[str]:
        """Returns the names of the fields that are declared here."""
        return list(dict.fromkeys(name for schema in self.schemas for name in as_object(schema.get("properties"))))

    @property
    def enums(self) -> list[list[Json]]:
        """Returns the lists of values that are allowed here."""
        return [as_list(schema["enum"]) for schema in self.schemas if "enum" in schema]

    @property
    def types(self) -> set[str]:
        """Returns the JSON types that are named here."""
        found: set[str] = set()
        for schema in self.schemas:
            kinds = schema.get("type")
            found |= {str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds] if kinds else [])}
        return found

    @property
    def format(self) -> str:
        """Returns the format that is named here, empty for none."""
        return next((str(schema["format"]) for schema in self.schemas if "format" in schema), "")

    @property
    def is_coerced(self) -> bool:
        """Says whether the client reads numbers as text here."""
        return any(schema.get("x-specledger-coerce") == "string" for schema in self.schemas)

    @property
    def is_open(self) -> bool:
        """Says whether any further field may stand here, whatever it holds."""
        return not any(word in schema for schema in self.schemas for word in _CLOSED)

    def step(self, name: str) -> Shape:
        """Returns what is said one step further in: a field by its name, an item as `[]`."""
        found: list[Json] = []
        for schema in self.schemas:
            if name == "[]":
                found += [schema["items"]] if "items" in schema and "prefixItems" not in schema else []
            elif name in as_object(schema.get("properties")):
                found.append(as_object(schema["properties"])[name])
            elif isinstance(schema.get("additionalProperties"), dict):
                found.append(schema["additionalProperties"])
        return shape(self.api, found, certain=self.certain)

    def along(self, steps: tuple[str, ...]) -> Shape:
        """Returns what is said at the end of several steps."""
        found = self
        for step in steps:
            found = found.step(step)
        return found


def shape(api: Api, schemas: list[Json], *, certain: bool = True) -> Shape:
    """Returns what schemas say about the value that they all speak of."""
    found: list[tuple[JsonObject, bool]] = [row for one in schemas for row in _flat(api, one, certain, 0)]
    return Shape(api, tuple(schema for schema, _ in found), all(sure for _, sure in found))


def _flat(api: Api, schema: Json, certain: bool, depth: int) -> Iterator[tuple[JsonObject, bool]]:
    if not isinstance(schema, dict) or depth > 16:
        return
    yield schema, certain
    if isinstance(schema.get("$ref"), str):
        yield from _flat(api, api.at(pointer_of(str(schema["$ref"]))), certain, depth + 1)
    for branch in as_list(schema.get("allOf")):
        yield from _flat(api, branch, certain, depth + 1)
    for branch in [*(one for word in _CHOICES for one in as_list(schema.get(word))), *map(schema.get, _CONDITIONS)]:
        # A branch that only asks for fields says nothing of what they hold.
        if isinstance(branch, dict) and set(branch) <= {"required"}:
            continue
        yield from _flat(api, branch, False, depth + 1)


def places(found: Shape, value: Json, path: Path = ()) -> Iterator[tuple[Path, Shape]]:
    """Yields each place of a value with what is said about it, the value first; none below where nothing is said."""
    yield path, found
    if not found.schemas:
        return
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places(found.step(name), item, (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(found.step("[]"), item, (*path, number))


def steps(path: Path) -> tuple[str, ...]:
    """Returns the steps of a place in a contract: `[]` for each number."""
    return tuple("[]" if isinstance(step, int) else step for step in path)


def at(value: Json, path: Path) -> Json:
    """Returns what stands at a place of a value."""
    for step in path:
        value = value[step]  # type: ignore[index]  # the path was found in the value
    return value


def replaced(value: Json, path: Path, new: Json) -> Json:
    """Returns the value with another one at a place."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        return [replaced(item, rest, new) if number == step else item for number, item in enumerate(value)]
    held = as_object(value)
    return {**held, str(step): replaced(held.get(str(step)), rest, new)}


def difference(left: Json, right: Json | Missing) -> tuple[str, ...]:
    """Returns the steps to the first place at which two values differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        for name in sorted({*left, *right}):
            there: Json | Missing = right.get(name, MISSING)
            if name not in left or isinstance(there, Missing) or canonical(left[name]) != canonical(there):
                return (name, *difference(left.get(name), there))
    if isinstance(left, list) and isinstance(right, list):
        for mine, theirs in zip(left, right, strict=False):
            if canonical(mine) != canonical(theirs):
                return ("[]", *difference(mine, theirs))
    return ()
