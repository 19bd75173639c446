"""The servers that are measured: how each is started, on the server's core, and ended."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.commands import ROOT
from benchmarks.mock import bare, wire

SPEC = ROOT / "generated" / "baseten_gateway" / "openapi.json"
SOURCE = ROOT / "generated" / "mock_server" / "src"
NODE = ROOT / ".venv" / "peers" / "node"
MODULES = NODE / "node_modules"
JVM_SECONDS = 6.0
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A command with the port yet to be filled in, what comes before its paths, and how long it is warmed up."""

    name: str
    command: tuple[str, ...]
    prefix: str = ""
    warm_up: float = 0.3
    source: Path | None = None

    def start(self, port: int, folder: Path) -> subprocess.Popen[bytes]:
        """Returns the process, which may not listen yet. What it says is dropped, what it keeps goes to the folder."""
        path = {"PYTHONPATH": str(self.source)} if self.source else {}
        return subprocess.Popen(
            [part.replace("{port}", str(port)) for part in self.command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(folder) | path,
        )


@dataclass(frozen=True, slots=True)
class Running:
    """A server that has answered a valid PATCH with 200."""

    server: Server
    process: subprocess.Popen[bytes]
    port: int
    seconds: float


def ours(source: Path = SOURCE, name: str = "specledger mock", api: str = "baseten_gateway", *more: str) -> Server:
    """Returns our mock as it is started by hand: validation, auth, journal and state are on."""
    command = (sys.executable, "-m", "specledger_mock", "--port", "{port}", *more)
    return Server(name, command, f"/{api}", source=source)


def uvicorn() -> Server:
    """Returns the bare app; it is asked with the same bytes as ours."""
    return Server("bare uvicorn", (sys.executable, str(Path(bare.__file__)), "{port}"), "/baseten_gateway")


def peers() -> tuple[list[Server], list[str]]:
    """Returns the peers that are installed here, and a sentence for each reason why others are not."""
    if not MODULES.is_dir():
        return [], ["no peer is measured: `make bench` installs them where npm is on the PATH"]
    node, java = shutil.which("node"), shutil.which("java")
    found: list[Server] = []
    reasons: list[str] = []
    if node:
        found += _on_node(node)
    else:
        reasons.append("what runs on Node is not measured: there is no node on the PATH")
    if java:
        found += _on_java(java)
    else:
        reasons.append("WireMock and Specmatic are not measured: there is no java on the PATH")
    return found, reasons


def _on_node(node: str) -> Iterator[Server]:
    prism = (node, str(MODULES / "@stoplight" / "prism-cli" / "dist" / "index.js"), "mock", str(SPEC), "-p", "{port}")
    yield Server("Prism", prism)
    yield Server("Prism silent", (*prism, "-v", "silent"))
    # The program lies beside node_modules, where `require` finds the packages.
    yield Server("openapi-backend", (node, str(NODE / "backend.js"), str(SPEC), "{port}"))
    mockoon = str(MODULES / "@mockoon" / "cli" / "bin" / "run.js")
    yield Server("Mockoon", (node, mockoon, "start", "-d", str(SPEC), "-p", "{port}", "-l", "127.0.0.1", "-X"))


def _on_java(java: str) -> Iterator[Server]:
    wiremock = (java, "-jar", str(next((MODULES / "wiremock" / "build").glob("*.jar"))), "--root-dir", "wiremock")
    yield Server("WireMock", (*wiremock, "--port", "{port}", "--bind-address", "127.0.0.1"), warm_up=JVM_SECONDS)
    specmatic = (java, "-jar", str(MODULES / "specmatic" / "specmatic.jar"), "mock", str(SPEC))
    yield Server("Specmatic", (*specmatic, "--host", "127.0.0.1", "--port", "{port}"), warm_up=JVM_SECONDS)


def _environment(folder: Path) -> dict[str, str]:
    """Returns ours without proxies; the peers keep their logs in the folder, and none reports to its makers."""
    kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    return kept | {"HOME": str(folder), "SPECMATIC_DISABLE_TELEMETRY": "true"}


def stub(folder: Path) -> None:
    """Writes the mapping that WireMock is given, since it reads no spec: the body's schema, and an answer."""
    document: Any = json.loads(SPEC.read_text(encoding="utf-8"))
    ((path, item),) = document["paths"].items()
    schema = item["patch"]["requestBody"]["content"]["application/json"]["schema"]
    body = {"matchesJsonSchema": {**schema, "components": document["components"]}, "schemaVersion": "V202012"}
    answer = {"id": "abc123hash", "slug": "my-org/glm-5.2", **wire.VALID}
    mapping = {
        "request": {"method": "PATCH", "urlPathTemplate": path, "bodyPatterns": [body]},
        "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "jsonBody": answer},
    }
    place = folder / "wiremock" / "mappings"
    place.mkdir(parents=True)
    (place / "gateway.json").write_text(json.dumps(mapping), encoding="utf-8")


def free_port() -> int:
    """Returns a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextlib.contextmanager
def running(server: Server, folder: Path, core: int, path: str = wire.PATCH_PATH) -> Iterator[Running]:
    """Runs a server on one core while the block lasts, from its first answer on. Raises OSError where none comes."""
    port, sent = free_port(), wire.patch(server.prefix, wire.VALID, path)
    start = time.perf_counter()
    with pinned([core]):
        process = server.start(port, folder)
    try:
        _await_answer(server, process, port, sent, start + START_SECONDS)
        yield Running(server, process, port, time.perf_counter() - start)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_answer(server: Server, process: subprocess.Popen[bytes], port: int, sent: bytes, until: float) -> None:
    while True:
        try:
            status = wire.status(port, sent)
            break
        except OSError:
            if process.poll() is not None or time.perf_counter() > until:
                raise
            time.sleep(0.001)
    if status != 200:
        raise ConnectionError(f"{server.name} answers a valid PATCH with {status}")


@contextlib.contextmanager
def pinned(cores: Sequence[int]) -> Iterator[None]:
    """Keeps this process, and so what it starts, on these cores while the block lasts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cores() -> tuple[int, int]:
    """Returns the core of the server and that of the load; they are the same where there is only one."""
    found = sorted(os.sched_getaffinity(0))
    return found[0], found[-1]
