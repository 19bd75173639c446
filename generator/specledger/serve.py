"""Starts and stops the generated mock server, which is loaded by its path and never imported by name."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import itertools
import os
import queue
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import IO, Protocol, cast

from specledger.diagnostics import Diagnostic, Failure, shown

SOURCE = Path("mock_server", "src")
PACKAGE = "specledger_mock"
TOKEN = "SPECLEDGER_MOCK_ADMIN_TOKEN"  # noqa: S105  # the variable's name
START_SECONDS = 30.0


_LOADED = itertools.count()


class _Answer(Protocol):
    """What the generated mock answers with."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


class _Mock(Protocol):
    """What is used of the generated mock."""

    def answered(self, request: object, address: str) -> _Answer:
        """Returns the answer to a whole request, one that says so where the mock itself fails."""


class _Session(Protocol):
    """What is used of the generated package's session: the mock, and a server that starts when it is asked for."""

    mock: _Mock
    origin: str

    def close(self) -> None:
        """Ends the server, where one runs."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the mock answers; the names of headers are in lower case, and repeated ones stay apart."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Local:
    """The generated mock in this process: asked without a socket, or through one at its `origin`, with one state."""

    def __init__(self, session: _Session, request: Callable[..., object], longest: int) -> None:
        self._session = session
        self._request = request
        self._longest = longest

    @property
    def origin(self) -> str:
        """The address of a server on a free port, which is started by the first who asks."""
        return self._session.origin

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Returns the answer to a request as the server would take it off the wire."""
        path, _, query = target.encode("ascii").partition(b"?")
        lowered = {name.lower(): text.strip(" \t") for name, text in headers.items()}
        too_large = len(body) > self._longest
        request = self._request(method, path, query, lowered, b"" if too_large else body, too_large)
        found = self._session.mock.answered(request, "127.0.0.1:80")
        pairs = tuple((name.decode("latin-1").lower(), text.decode("latin-1")) for name, text in found.headers)
        return Reply(found.status, pairs, b"" if method == "HEAD" else found.body)


class Application(Protocol):
    """An ASGI application that can be closed."""

    def __call__(
        self,
        scope: dict[str, object],
        receive: Callable[[], Awaitable[dict[str, object]]],
        send: Callable[[dict[str, object]], Awaitable[None]],
    ) -> Awaitable[None]:
        """Serves one ASGI connection."""

    def close(self) -> None:
        """Closes the state file."""


def application(generated: Path, *, state: Path | None = None, durable: bool = False) -> Application:
    """Returns the generated mock as an ASGI application, in this process; `state` is its SQLite file.

    Raises Failure where nothing is generated there, or the state file cannot be used.
    """
    package = _load(generated)
    with _state_file(state):
        return cast(Application, package.application(state, durable))


def serve(
    generated: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8800,
    state: Path | None = None,
    durable: bool = False,
    token: str = "",
    header_faults: bool = True,
) -> None:
    """Serves the generated mock until the process is interrupted. Raises Failure, with a remedy, where it cannot."""
    runner = _part(_load(generated), "__main__")
    try:
        listening = runner.bind(host, port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"cannot listen on {host}:{port}: {reason}"
        raise Failure([Diagnostic("mock", 0, "port", message, "choose another with --host or --port")]) from None
    with contextlib.closing(listening), _state_file(state), contextlib.suppress(KeyboardInterrupt):
        runner.run(listening, state, durable, token=token, header_faults=header_faults)


@contextlib.contextmanager
def local(generated: Path) -> Iterator[Local]:
    """Gives the generated mock as it lies there now, in this process; its modules are gone afterwards.

    Each call loads it anew under a name of its own, so that two trees, or two states of one, share nothing. Raises
    Failure where it cannot be loaded.
    """
    name = f"{PACKAGE}_{next(_LOADED)}"
    importlib.invalidate_caches()
    try:
        package = _load(generated, name)
        try:
            session: _Session = _part(package, "session").Session(package.APIS)
            request: Callable[..., object] = _part(package, "request").Request
            longest: int = _part(package, "operation").MAX_BODY
        except Exception as error:
            # Whatever stops its code is what is wrong with it.
            message = f"the mock did not start: {type(error).__name__}: {error}"
            raise Failure([Diagnostic("mock", 0, "start", message, "run specledger generate")]) from None
        with contextlib.closing(session):
            yield Local(session, request, longest)
    finally:
        for key in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
            del sys.modules[key]


@contextlib.contextmanager
def running(generated: Path, *, state: Path | None = None, durable: bool = False) -> Iterator[str]:
    """Runs the generated mock as a process of its own on a free port; gives its base URL once it listens.

    Raises Failure, with what the process said, where it does not start.
    """
    source = _source(generated)
    arguments = [sys.executable, "-m", PACKAGE, "--port", "0"]
    if state:
        arguments += ["--state", str(state.resolve()), *(["--durable"] if durable else [])]
    path = os.pathsep.join(filter(None, [str(source.resolve()), os.environ.get("PYTHONPATH", "")]))
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # Who starts a mock of its own this way shows no token to it.
        env={name: text for name, text in os.environ.items() if name != TOKEN} | {"PYTHONPATH": path},
    )
    try:
        yield _address(process)
    finally:
        _end(process)


def _address(process: subprocess.Popen[bytes]) -> str:
    """Returns the address that the process reports; the socket listens before it does."""
    if process.stdout is None:
        raise ValueError("the process was started without a pipe")
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_pump, args=(process.stdout, lines), daemon=True).start()
    said: list[str] = []
    with contextlib.suppress(queue.Empty):
        while (line := lines.get(timeout=START_SECONDS)) is not None:
            if line.startswith("listening on "):
                return line.removeprefix("listening on ").strip()
            said.append(line.rstrip())
    reason = said[-1] if said else f"it said nothing within {START_SECONDS:.0f} seconds"
    message = f"the mock did not start: {reason}"
    raise Failure([Diagnostic("mock", 0, "start", message, "run specledger generate, then specledger mock")])


def _pump(stream: IO[bytes], lines: queue.Queue[str | None]) -> None:
    """Reads the process's output for as long as it lives, so that it never waits for a reader."""
    with stream:
        for line in stream:
            lines.put(line.decode("utf-8", "replace"))
    lines.put(None)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _source(generated: Path) -> Path:
    source = generated / SOURCE
    if not (source / PACKAGE / "__init__.py").is_file():
        message = "the mock server is not there"
        raise Failure([Diagnostic(shown(source / PACKAGE), 0, "not-generated", message, "run specledger generate")])
    return source


def _load(generated: Path, name: str = "") -> ModuleType:
    """Returns the generated package, under the name given, or one of its own for each place that it lies in."""
    folder = _source(generated).resolve() / PACKAGE
    name = name or f"{PACKAGE}_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    path = folder / "__init__.py"
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None:
        raise Failure([Diagnostic(shown(path), 0, "not-generated", "it is no module", "run specledger generate")])
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    try:
        spec.loader.exec_module(loaded)
    except BaseException:
        del sys.modules[name]
        raise
    return loaded


def _part(package: ModuleType, module: str) -> ModuleType:
    return importlib.import_module(f"{package.__name__}.{module}")


@contextlib.contextmanager
def _state_file(state: Path | None) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        remedy = "name another file, or remove this one"
        raise Failure(
            [Diagnostic(shown(state or Path()), 0, "state", f"no usable state file: {error}", remedy)]
        ) from None
