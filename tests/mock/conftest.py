"""Mock servers started by the tests, and a client that reports what comes back."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from specledger import behavior, serve, spec
from specledger.emit import mock as emitting
from specledger.yaml12 import Json

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # a test says by its assertions what it expects to find
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A running mock."""

    url: str
    generated: Path

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    def send(
        self, method: str, path: str, body: Json | bytes = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Sends one request; a body that is no bytes goes as JSON."""
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def resources(self, api: str) -> dict[str, dict[str, dict[str, Json]]]:
        """Returns the whole state of an API."""
        found: dict[str, dict[str, dict[str, Json]]] = json.loads(self.send("GET", f"/_mock/{api}/resources").body)
        return found


def generate(specs: Path, out: Path) -> Path:
    """Emits the mock of every API in a folder and returns the generated tree."""
    apis = [(api, behavior.load(folder, api)) for folder in spec.folders(specs) for api in [spec.load(folder)]]
    for name, content in emitting.emit(apis).items():
        path = out / "mock_server" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return out


@pytest.fixture(scope="session")
def vendors(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Runs the mock of the specs in this project."""
    generated = generate(root / "specs", tmp_path_factory.mktemp("vendors"))
    with serve.running(generated) as url:
        yield Server(url, generated)


@pytest.fixture(scope="session")
def inline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Runs the mock of the specs beside this file."""
    generated = generate(HERE / "specs", tmp_path_factory.mktemp("inline"))
    with serve.running(generated) as url:
        yield Server(url, generated)


@pytest.fixture(scope="session")
def inferring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Runs the mock of the APIs that are nothing but a spec."""
    generated = generate(HERE / "inferred", tmp_path_factory.mktemp("inferred"))
    with serve.running(generated) as url:
        yield Server(url, generated)


@pytest.fixture
def server(inferring: Server) -> Server:
    """Returns the mock of inferred APIs with its seeds restored."""
    assert inferring.send("POST", "/_mock/reset").json == {"reset": True}
    return inferring


@pytest.fixture
def baseten(vendors: Server) -> Server:
    """Returns the vendors' mock with its seed restored."""
    assert vendors.send("POST", "/_mock/reset").json == {"reset": True}
    return vendors


@pytest.fixture
def shop(inline: Server) -> Server:
    """Returns the inline mock with its seed restored."""
    assert inline.send("POST", "/_mock/shop/reset").json == {"reset": True}
    return inline


@pytest.fixture(scope="session")
def hasty(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Runs a mock that waits a fraction of a second where the real one waits ten or more."""
    generated = generate(root / "specs", tmp_path_factory.mktemp("hasty"))
    for module in ("server.py", "connection.py"):
        path = generated / "mock_server" / "src" / "specledger_mock" / module
        text = path.read_text()
        assert "_SECONDS = 10.0" in text
        path.write_text(text.replace("_SECONDS = 10.0", "_SECONDS = 0.3").replace("_SECONDS = 30.0", "_SECONDS = 0.3"))
    with serve.running(generated) as url:
        yield Server(url, generated)
