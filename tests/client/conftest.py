"""What the client's tests share: a spec turned into an imported package, and a server that answers as told."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import itertools
import json
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Literal

import anyio
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


CALLS = (Path(__file__).parent / "specs" / "calls.yaml").read_text(encoding="utf-8")
CALLS_PACKAGE = "class: Calls\nimport: calls_client\ncredential: { name: api_key, environment: CALLS_KEY }\n"
KEY = "k3y-that-nobody-sees"


@dataclass
class Reply:
    """What a scripted server does with one request: it answers, in full or in part, hangs up or says nothing."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    kept: int | None = None
    does: Literal["answer", "drop", "hang"] = "answer"
    raw: bytes = b""

    @property
    def content(self) -> bytes:
        return (
            self.body if isinstance(self.body, bytes) else b"" if self.body is None else json.dumps(self.body).encode()
        )

    def bytes(self) -> bytes:
        """Returns what goes over the socket; of the body the first `kept` bytes."""
        if self.raw:
            return self.raw
        fields = {"Content-Length": str(len(self.content)), **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"HTTP/1.1 {self.status} Told\r\n{head}\r\n".encode("latin-1") + self.content[: self.kept]


class Script:
    """A server on a real socket that does as told: one Reply a request, the last one again and again."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.replies: list[Reply] = [Reply(200, {"id": "a"})]
        self.seen: list[Seen] = []
        self.ended = threading.Event()
        self.certificate = ""
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._socket.getsockname()[1]
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def tell(self, *replies: Reply) -> None:
        """Sets what happens next."""
        self.replies = list(replies)

    def answer(self, status: int, body: Any = None, **headers: str) -> None:
        """Sets the answer to every request."""
        self.tell(Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()}))

    @property
    def last(self) -> Seen:
        return self.seen[-1]

    def next(self, seen: Seen) -> Reply:
        """Notes a request and returns what to do with it."""
        with self._lock:
            self.seen.append(seen)
            return self.replies[0] if len(self.replies) == 1 else self.replies.pop(0)

    def close(self) -> None:
        self.ended.set()
        self._socket.close()
        # accept() does not end with its socket: one more connection wakes it.
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self._socket.accept()
            except ConnectionError:
                continue
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as read:
            while (seen := _request(read)) is not None:
                reply = self.next(seen)
                if reply.does == "hang":
                    self.ended.wait(30)
                    return
                if reply.does == "answer":
                    connection.sendall(reply.bytes())
                if reply.does == "drop" or reply.kept is not None or reply.raw:
                    # A reset rather than an end, except where bytes must arrive first.
                    if reply.does == "drop":
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """The same server as an ASGI application."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        headers = {name.decode().title(): value.decode() for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        path = scope["raw_path"].decode() + (f"?{query}" if query else "")
        reply = self.next(Seen(scope["method"], path, headers, body))
        if reply.does == "hang":
            await asyncio.Event().wait()
        if reply.does == "answer":
            pairs = [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
            await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
            kept = reply.content[: reply.kept]
            await send({"type": "http.response.body", "body": kept, "more_body": reply.kept is not None})


def _request(read: IO[bytes]) -> Seen | None:
    line = read.readline().decode("latin-1").split()
    if len(line) != 3:
        return None
    headers: dict[str, str] = {}
    while (row := read.readline().decode("latin-1").strip()) != "":
        name, _, value = row.partition(":")
        headers[name.title()] = value.strip()
    if "chunked" in headers.get("Transfer-Encoding", ""):
        body = b""
        while size := int(read.readline() or b"0", 16):
            body += read.read(size)
            read.readline()
        read.readline()
    else:
        body = read.read(int(headers.get("Content-Length", 0)))
    return Seen(line[0], line[1], headers, body)


@pytest.fixture
def script() -> Iterator[Script]:
    """Returns a running scripted server."""
    made = Script()
    yield made
    made.close()


@pytest.fixture
def server(script: Script) -> Script:
    """Returns the same one, for tests of one answer; it answers with an empty object."""
    script.answer(200, {})
    return script


@pytest.fixture
def other() -> Iterator[Script]:
    """Returns a second one: another origin."""
    made = Script()
    yield made
    made.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Returns a self-signed certificate for 127.0.0.1, with its key."""
    path = tmp_path / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", str(path), "-out", f"{path}.crt"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no openssl that makes a certificate")
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Script]:
    """Returns a server that speaks TLS with it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    made = Script(context)
    made.certificate = f"{certificate}.crt"
    yield made
    made.close()


@pytest.fixture(scope="module")
def calls(build: Build) -> ModuleType:
    """Returns the client of specs/calls.yaml."""
    return build(CALLS, CALLS_PACKAGE)


class Half:
    """One half of the client, sync or async, over one transport; a test drives all of them in the same words."""

    def __init__(self, package: ModuleType, script: Script, name: str) -> None:
        self.package, self.script = package, script
        self.word, _, self.over = name.partition("-")
        self.waits: list[float] = []
        self._runner = asyncio.Runner()
        self._opened: list[Any] = []

    @property
    def is_async(self) -> bool:
        return self.word == "async"

    def transport(self) -> Any:
        """Returns a new transport, None for the default one."""
        prefix = "Async" if self.is_async else ""
        if self.over == "fast":
            return getattr(self.package, f"{prefix}FastTransport")()
        return getattr(self.package, f"{prefix}InProcessTransport")(self.script.app) if self.over == "process" else None

    def open(self, **settings: Any) -> Any:
        """Returns a client of the scripted server."""
        given = {"api_key": KEY, "base_url": self.script.url, **settings}
        if "transport" not in given and "http_client" not in given:
            given["transport"] = self.transport()
        made = (self.package.AsyncCalls if self.is_async else self.package.Calls)(**given)
        self._opened.append(made)
        return made

    def run(self, call: Callable[[], Any]) -> Any:
        """Returns what a call returns, awaited where it is to be."""

        async def awaited() -> Any:
            found = call()
            return await found if inspect.isawaitable(found) else found

        return self._runner.run(awaited()) if self.is_async else call()

    def call(self, verb: str = "read", *, client: Any = None, **arguments: Any) -> Any:
        """Returns what a method of `things` returns, on a new client where none is given."""
        called = client or self.open()
        return self.run(lambda: getattr(called.things, verb)("a", **arguments))

    def close(self) -> None:
        for one in self._opened:
            self.run(one.close)
        self._runner.close()


HALVES = tuple(f"{word}-{over}" for over in ("httpx", "fast", "process") for word in ("sync", "async"))
SOCKETS = tuple(name for name in HALVES if "process" not in name)


@pytest.fixture(params=HALVES)
def half(
    request: pytest.FixtureRequest, calls: ModuleType, script: Script, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Half]:
    """Returns each half over each transport; it notes the waits between attempts instead of waiting."""
    made = Half(calls, script, request.param)

    async def noted(seconds: float) -> None:
        made.waits.append(seconds)

    monkeypatch.setattr(time, "sleep", made.waits.append)
    monkeypatch.setattr(anyio, "sleep", noted)
    yield made
    made.close()
