"""Failing cases, kept in a folder so that each can be sent again alone, and is tried first next time.

Not in Hypothesis' example database. It holds choices that mean a case only to the strategy that made them; of
schemathesis' phases just the fuzzing one asks it; and where all failures are to be told, as here, schemathesis raises
none of them, so that the database gets no failing case, only those that scored best. With those the same seed no
longer draws the same cases.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from specledger.diagnostics import Diagnostic
from specledger.yaml12 import JsonObject

# Operation, place and code: what tells one failure of a stage from another.
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """A failure of one stage and what draws its case again: the seed, or the `example` that schemathesis drew."""

    api: str
    stage: str
    operation: str
    at: str
    code: str
    seed: int
    max_examples: int
    example: JsonObject | None = None

    @property
    def key(self) -> Key:
        """Returns what the diagnostic of this case goes by."""
        return self.operation, self.at, self.code

    @property
    def id(self) -> str:
        """Returns the name that it is replayed by, the same in each run that fails so."""
        text = "\n".join((self.api, self.stage, *self.key))
        return hashlib.sha256(text.encode()).hexdigest()[:10]


def key_of(found: Diagnostic) -> Key:
    """Returns what tells a failure from another of its stage."""
    return found.operation, found.at, found.code


class Shelf:
    """The folder of kept cases: one JSON file each, below the name of the API."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, api: str) -> list[Kept]:
        """Returns the kept cases of an API; a file that is none is passed over."""
        found = [_read(path) for path in sorted((self.folder / api).glob("*.json"))]
        return [kept for kept in found if kept is not None]

    def find(self, name: str) -> Kept | None:
        """Returns the case of that name, of any API."""
        every = [kept for folder in sorted(self.folder.glob("*/")) for kept in self.of(folder.name)]
        return next((kept for kept in every if kept.id == name), None)

    def put(self, kept: Kept) -> None:
        """Keeps a case, in the place of one that fails alike."""
        path = self._path(kept)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(kept), indent=1) + "\n", encoding="utf-8")

    def drop(self, kept: Kept) -> None:
        """Forgets a case that holds now."""
        self._path(kept).unlink(missing_ok=True)

    def _path(self, kept: Kept) -> Path:
        return self.folder / kept.api / f"{kept.id}.json"


def _read(path: Path) -> Kept | None:
    try:
        return Kept(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
