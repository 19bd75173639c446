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
    """A keyword of a contract; `name` is the one of a `required` that is left out."""

    pointer: Pointer
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
    waiting: list[Pointer] = []
    for number, operation in enumerate(map(as_object, as_list(contract["operations"]))):
        at: Pointer = ("operations", number)
        waiting += [(*at, "parameters", one, "schema") for one, _ in enumerate(as_list(operation["parameters"]))]
        content = as_object(as_object(operation["body"]).get("content"))
        waiting += [(*at, "body", "content", name, "schema") for name in content]
    found: dict[Pointer, list[Forgotten]] = {}
    while waiting:
        pointer = waiting.pop(0)
        schema = descend(contract, pointer)
        if pointer in found or not isinstance(schema, dict):
            continue
        found[pointer] = []
        for keyword, value in schema.items():
            inner: Pointer = (*pointer, keyword)
            if keyword in SILENT or keyword.startswith("x-"):
                continue
            names = [str(name) for name in as_list(value)] if keyword == "required" else [""]
            found[pointer] += [Forgotten(inner, name) for name in names]
            if keyword == "$ref":
                waiting.append(("definitions", str(value).removeprefix(_DEFINITIONS)))
            waiting += [inner] if keyword in _ONE else []
            waiting += [(*inner, number) for number, _ in enumerate(as_list(value))] if keyword in _MANY else []
            waiting += [(*inner, name) for name in as_object(value)] if keyword in _NAMED else []
    return [one for several in found.values() for one in several]


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
