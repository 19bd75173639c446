"""A small API of our own with all that behavior.yaml can say, and a mock of it that a test may break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from specledger import behavior, ledger, serve, spec
from specledger.behavior import Behavior
from specledger.emit import client as client_emitter
from specledger.emit import mock as mock_emitter
from specledger.fuzz.target import Target, reach
from specledger.ir import Api
from specledger.ledger import Ledger

SPECS = Path(__file__).parent / "specs"


@dataclass(frozen=True)
class Known:
    """All that is written about one API."""

    api: Api
    behavior: Behavior
    ledger: Ledger


@dataclass(frozen=True)
class Patch:
    """A fault in the mock's code: a text of one of its files, and what stands there instead."""

    file: str
    text: str
    instead: str


# A fault in what the mock is made from, or in its code.
Defect = Callable[[Known], Known] | Patch
Serving = Callable[[Defect], AbstractContextManager[Target]]


def read(folder: Path) -> Known:
    """Returns an API folder, read."""
    api = spec.load(folder)
    return Known(api, behavior.load(folder, api), ledger.load(folder))


def write(files: dict[str, bytes], folder: Path) -> None:
    """Writes emitted files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture(scope="session")
def depot() -> Known:
    """Returns the API that most tests are about."""
    return read(SPECS / "depot")


@pytest.fixture(scope="session")
def notes() -> Known:
    """Returns an API that takes forms, lists in the query, a header and a cookie, and asks for no credential."""
    return read(SPECS / "notes")


@pytest.fixture(scope="session")
def generated(depot: Known, notes: Known, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a generated tree: one mock, and the clients."""
    folder = tmp_path_factory.mktemp("generated")
    write(dict(mock_emitter.emit([(known.api, known.behavior) for known in (depot, notes)])), folder / "mock_server")
    for known in (depot, notes):
        write(dict(client_emitter.emit(known.api)), folder / known.api.name)
    return folder


@pytest.fixture(scope="session")
def target(generated: Path) -> Iterator[Target]:
    """Returns the mock, as it should be."""
    with serving(generated) as found:
        yield found


@pytest.fixture
def broken(depot: Known, tmp_path: Path) -> Serving:
    """Returns a context manager that serves the mock of `depot` with a defect."""

    @contextmanager
    def serve_broken(defect: Defect) -> Iterator[Target]:
        made = depot if isinstance(defect, Patch) else defect(depot)
        write(dict(mock_emitter.emit([(made.api, made.behavior)])), tmp_path / "mock_server")
        if isinstance(defect, Patch):
            path = tmp_path / "mock_server" / "src" / "specledger_mock" / defect.file
            text = path.read_text()
            assert defect.text in text, f"{defect.file} no longer has the text that this defect replaces"
            path.write_text(text.replace(defect.text, defect.instead))
        with serving(tmp_path) as found:
            yield found

    return serve_broken


@contextmanager
def serving(folder: Path) -> Iterator[Target]:
    """Serves a generated tree's mock."""
    with serve.running(folder) as url, httpx2.Client(trust_env=False, timeout=10.0) as client:
        yield reach(url, client)
