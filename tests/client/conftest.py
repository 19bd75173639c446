"""What the client's tests share: a spec turned into an imported package, and a server that answers as told."""

from __future__ import annotations

import importlib
import itertools
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from specledger import spec
from specledger.emit import client

_NUMBERS = itertools.count()
Build = Callable[..., ModuleType]


def write(root: Path, files: Mapping[str, bytes]) -> None:
    """Writes a distribution's files below `root`."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def emit(folder: Path, openapi: str, package: str = "") -> Mapping[str, bytes]:
    """Returns the client of a spec given as text; the folder's name is the API's."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openapi.yaml").write_text(openapi, encoding="utf-8")
    if package:
        (folder / "package.yaml").write_text(package, encoding="utf-8")
    return client.emit(spec.load(folder))


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Returns a function that emits the client of a spec and imports it."""
    added: list[str] = []
    folder = tmp_path_factory.mktemp("build")

    def made(openapi: str, package: str = "") -> ModuleType:
        name = f"api{next(_NUMBERS)}"
        root = folder / "generated" / name
        write(root, emit(folder / "specs" / name, openapi, package))
        source = str(root / "src")
        sys.path.insert(0, source)
        added.append(source)
        importlib.invalidate_caches()
        return importlib.import_module(next((root / "src").iterdir()).name)

    yield made
    for source in added:
        sys.path.remove(source)


@dataclass
class Seen:
    """A request as the server received it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """A server on a real socket: it answers the next of `answers`, the last one again and again."""

    url: str = ""
    answers: list[tuple[int, Mapping[str, str], bytes]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def answer(self, status: int, body: Any = None, **headers: str) -> None:
        """Sets the answer; a body that is not bytes goes out as JSON, None as nothing."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        self.answers = [(status, headers, content)]

    @property
    def last(self) -> Seen:
        return self.seen[-1]


@pytest.fixture
def server() -> Iterator[Server]:
    """Returns a running server."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.reply
            raise AttributeError(name)

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.seen.append(Seen(self.command, self.path, dict(self.headers), body))
            status, headers, content = state.answers[0] if len(state.answers) == 1 else state.answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD" and status != 204:
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{running.server_port}"
    state.answer(200, {})
    yield state
    running.shutdown()
    running.server_close()
    thread.join()
