"""Mocks that forget one keyword: each part of a contract that says something about requests, taken out in turn."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from specledger.fuzz.positions import SILENT
from specledger.fuzz.target import Target, within
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, Pointer, as_list, as_object, descend

_ONE = (
    *("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
_MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("dependentSchemas", "patternProperties", "properties")
_DEFINITIONS = "urn:specledger:definitions#/$defs/"


@dataclass(frozen=True)
class Forgotten:
    """A keyword of a contract, and the operation and the place of the value that it is first asked about.

    `name` is the one of a `required` that is left out.
    """

    pointer: Pointer
    operation: int
    at: Place
    name: str = ""

    @property
    def keyword(self) -> str:
        """Returns the keyword."""
        return str(self.pointer[-1])

    def __str__(self) -> str:
        return "/".join(map(str, self.pointer)) + (f" {self.name}" if self.name else "")

    def contract(self, whole: JsonObject) -> JsonObject:
        """Returns the contract without the keyword."""
        made = copy.deepcopy(whole)
        holder = cast(JsonObject, descend(made, self.pointer[:-1]))
        if self.name:
            holder[self.keyword] = [name for name in as_list(holder[self.keyword]) if name != self.name]
        else:
            del holder[self.keyword]
        return made


def forgettable(contract: JsonObject) -> list[Forgotten]:
    """Returns every keyword of a contract that says something about what a request may hold."""
    found: dict[Pointer, list[Forgotten]] = {}
    waiting = list(_asked(contract))
    while waiting:
        pointer, operation, at = waiting.pop(0)
        schema = descend(contract, pointer)
        if pointer in found or not isinstance(schema, dict):
            continue
        found[pointer] = []
        for keyword, value in schema.items():
            inner: Pointer = (*pointer, keyword)
            if keyword in SILENT or keyword.startswith("x-"):
                continue
            names = [str(name) for name in as_list(value)] if keyword == "required" else [""]
            found[pointer] += [Forgotten(inner, operation, at.child(name) if name else at, name) for name in names]
            waiting += [(one, operation, place) for one, place in _inner(keyword, value, inner, at)]
    return [one for several in found.values() for one in several]


def _asked(contract: JsonObject) -> Iterator[tuple[Pointer, int, Place]]:
    """Yields the schemas of parameters and bodies."""
    for number, operation in enumerate(map(as_object, as_list(contract["operations"]))):
        at: Pointer = ("operations", number)
        for one, parameter in enumerate(map(as_object, as_list(operation["parameters"]))):
            place = Place(("request", str(parameter["in"]), str(parameter["name"])))
            yield (*at, "parameters", one, "schema"), number, place
        for name in as_object(as_object(operation["body"]).get("content")):
            yield (*at, "body", "content", name, "schema"), number, Place(("request", "body"))


def _inner(keyword: str, value: Json, pointer: Pointer, at: Place) -> Iterator[tuple[Pointer, Place]]:
    """Yields the schemas in a keyword, and the places that they are about."""
    if keyword == "$ref":
        yield ("definitions", str(value).removeprefix(_DEFINITIONS)), at
    if keyword in _ONE:
        step = "[]" if keyword in ("contains", "items", "unevaluatedItems") else ""
        step = "{}" if keyword in ("additionalProperties", "unevaluatedProperties") else step
        yield pointer, at.child(step) if step else at
    for number, _ in enumerate(as_list(value) if keyword in _MANY else []):
        yield (*pointer, number), at.child("[]") if keyword == "prefixItems" else at
    for name in as_object(value) if keyword in _NAMED else {}:
        steps = {"properties": name, "patternProperties": "{}"}
        yield (*pointer, name), at.child(steps[keyword]) if keyword in steps else at


@contextmanager
def served(generated: Path, contracts: Mapping[str, JsonObject]) -> Iterator[Target]:
    """Gives the mock in `generated`, in this process, with these contracts by the name that each is served under."""
    folder = contract_path(generated, "").parent
    for path in folder.glob("*.json"):
        path.unlink()
    for name, contract in contracts.items():
        contract_path(generated, name).write_text(json.dumps({**contract, "name": name}))
    with within(generated) as target:
        yield target


def contract_path(generated: Path, name: str) -> Path:
    """Returns where the contract of an API lies."""
    return generated / "mock_server" / "src" / "specledger_mock" / "apis" / f"{name}.json"


def read(path: Path) -> JsonObject:
    """Returns a contract as it was emitted."""
    return as_object(cast(Json, json.loads(path.read_text())))
