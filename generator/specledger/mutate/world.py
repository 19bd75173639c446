"""One API's artefacts as texts by path, with what they mean."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

from specledger import behavior, conform, ledger, spec, yaml12
from specledger.behavior import Behavior
from specledger.claims import SpecClaims
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.ir import Api, Operation
from specledger.ledger import Facts, Ledger
from specledger.yaml12 import Json, JsonObject, Pointer

# An operation's label with a place: what a diagnostic must name.
Spot = tuple[str, str]


@dataclass(frozen=True, eq=False)
class World:
    """One API: `files` holds specs/<api>/… and documents/<page>; what is generated from them is made on demand.

    Operators read it and never change it.
    """

    name: str
    api: Api
    behavior: Behavior
    ledger: Ledger
    files: Mapping[str, str] = field(repr=False)

    @property
    def spec_path(self) -> str:
        """Returns the path of the spec."""
        return f"specs/{self.name}/openapi.yaml"

    @property
    def behavior_path(self) -> str:
        """Returns the path of the behavior, which need not be there."""
        return f"specs/{self.name}/behavior.yaml"

    def facts_path(self, facts: Facts) -> str:
        """Returns the path of a facts file."""
        return f"specs/{self.name}/facts/{facts.stem}.yaml"

    def page_path(self, facts: Facts) -> str:
        """Returns the path of the page that facts were read from, which need not be there."""
        return f"documents/{facts.page.document}"

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Returns `METHOD /path` of each operation."""
        return tuple(operation.label for operation in self.api.operations)

    @cached_property
    def client(self) -> Mapping[str, str]:
        """Returns the Python files of the generated client, by their path: generated/<api>/…."""
        from specledger.emit import client

        return _python(f"generated/{self.name}", client.emit(self.api))

    @cached_property
    def mock(self) -> Mapping[str, str]:
        """Returns the Python and JSON files of a mock of this API, by their path: generated/mock_server/…."""
        from specledger.emit import mock

        return _python("generated/mock_server", mock.emit([(self.api, self.behavior)]))

    def text(self, path: str) -> str | None:
        """Returns the text of a file, written or generated; None where there is none."""
        if path in self.files:
            return self.files[path]
        if path.startswith("generated/mock_server/"):
            return self.mock.get(path)
        return self.client.get(path) if path.startswith("generated/") else None

    def wide(self, at: str) -> tuple[Spot, ...]:
        """Returns one place in every operation."""
        return tuple((label, at) for label in self.labels)

    def spots(self, pointer: Pointer) -> tuple[Spot, ...]:
        """Returns the places that a pointer of the spec speaks of, each with its operation; none for what is unused."""
        known = self._claimed
        while pointer:
            for found in (known.exact.get(pointer), known.below.get(pointer)):
                if found:
                    return tuple(found)
            if pointer[:2] == ("components", "schemas") and len(pointer) == 3:
                return ()
            pointer = pointer[:-1]
        return ()

    @cached_property
    def _claimed(self) -> _Claimed:
        found = _Claimed()
        for operation in self.api.operations:
            for claim in SpecClaims(self.api, operation).all():
                found.add(claim.pointer, (operation.label, str(claim.at)))
        return found

    def operation(self, pointer: Pointer) -> Operation | None:
        """Returns the operation that a pointer of the spec lies in."""
        return next((one for one in self.api.operations if pointer[:3] == one.pointer), None)

    @cached_property
    def placed(self) -> Mapping[tuple[str, int], tuple[Spot, ...]]:
        """Returns the places of each row of facts, before and after rulings, by the stem of its file and its number."""
        found: dict[tuple[str, int], dict[Spot, None]] = defaultdict(dict)
        for operation in self.api.operations:
            for entry in conform.entries(self.api, self.behavior, self.ledger, operation):
                pointer = entry.row.pointer
                if not entry.row.ruling and pointer[:1] == ("facts",):
                    spots = found[(entry.row.document.path.stem, int(pointer[1]))]
                    spots[(operation.label, str(entry.claim.at))] = None
                    spots[(operation.label, str(entry.row.at))] = None
        return {key: tuple(spots) for key, spots in found.items()}

    def document(self, path: str = "") -> JsonObject:
        """Returns a fresh copy of a YAML file, of the spec for none, in which no two places share a value."""
        path = path or self.spec_path
        if path not in self._parsed:
            self._parsed[path] = json.dumps(yaml12.parse(self.files[path], Path(path)).value)
        return cast(JsonObject, json.loads(self._parsed[path]))

    @cached_property
    def _parsed(self) -> dict[str, str]:
        return {}

    def respecified(self, document: Json) -> dict[str, str]:
        """Returns the edit that puts a document in the spec's place."""
        return {self.spec_path: written(document)}


@dataclass(slots=True)
class _Claimed:
    """Which places the claims at a pointer, and those below it, speak of."""

    exact: dict[Pointer, dict[Spot, None]] = field(default_factory=lambda: defaultdict(dict))
    below: dict[Pointer, dict[Spot, None]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, pointer: Pointer, spot: Spot) -> None:
        self.exact[pointer][spot] = None
        # What is required of a field is written in the object around it.
        if "required" not in pointer[-2:]:
            self.exact[pointer[:-1]][spot] = None
        for length in range(len(pointer)):
            self.below[pointer[:length]][spot] = None


def load(folder: Path, documents: Path | None) -> World:
    """Returns the world of specs/<api>, with the pages that are at hand.

    Raises Failure where a file cannot be used.
    """
    api = spec.load(folder)
    known = ledger.load(folder)
    files = {f"specs/{folder.name}/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*.yaml")}
    for facts in known.facts:
        page = documents / facts.page.document if documents else None
        if page and page.is_file():
            files[f"documents/{facts.page.document}"] = page
    texts = {name: _text(path) for name, path in sorted(files.items())}
    return World(folder.name, api, behavior.load(folder, api), known, texts)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise Failure([Diagnostic(shown(path), 0, "unreadable", reason, "check the path and its rights")]) from None


def _python(root: str, files: Mapping[str, bytes]) -> dict[str, str]:
    return {f"{root}/{path}": content.decode() for path, content in files.items() if path.endswith((".py", ".json"))}


def written(value: Json) -> str:
    """Returns a value as JSON, one line a value, so that diagnostics still have lines to point at."""
    return json.dumps(value, ensure_ascii=False, separators=(",\n", ": ")) + "\n"
