"""A process that has everything loaded, and forks a child for each mutant, which may do whatever it does."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import pickle
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import zlib
from dataclasses import replace
from pathlib import Path
from typing import IO, cast

from specledger.mutate import verdict
from specledger.mutate.trial import Case, prepare, tried
from specledger.mutate.verdict import Verdict

# The longest that a mutant may take, on a machine that has other work as well.
SECONDS = 300.0
_PRELOADED = ("cel_expr_python.cel", "specledger.documents")
_SIZE = 8


class Nursery:
    """The process, started when it is first needed."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def bring_up(self, case: Case) -> Verdict:
        """Returns what comes of a case in a child of its own."""
        process = self.process
        if process is None or process.poll() is not None:
            command = [sys.executable, "-m", "specledger.mutate.nursery"]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.process = process
        try:
            _send(cast(IO[bytes], process.stdin), pickle.dumps(case))
            answer = _receive(cast(IO[bytes], process.stdout))
        except OSError:
            answer = b""
        if answer:
            return cast(Verdict, pickle.loads(answer))  # noqa: S301  # from a process that we started
        self.close()
        return verdict.of(case.mutant, "broken", why="the process that tries it ended")

    def close(self) -> None:
        """Ends the process."""
        if self.process:
            for stream in (self.process.stdin, self.process.stdout):
                with contextlib.suppress(OSError):
                    cast(IO[bytes], stream).close()
            self.process.wait()
            self.process = None


# One for each thread: a worker of a cluster may have several.
_HERE = threading.local()


def verdict_of(case: Case) -> Verdict:
    """Returns what comes of a case, tried by the nursery of this thread."""
    nursery = getattr(_HERE, "nursery", None)
    if nursery is None:
        nursery = _HERE.nursery = Nursery()
        atexit.register(nursery.close)
    return cast(Nursery, nursery).bring_up(case)


def _send(stream: IO[bytes], content: bytes) -> None:
    stream.write(len(content).to_bytes(_SIZE, "big") + content)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    size = int.from_bytes(stream.read(_SIZE), "big")
    return stream.read(size)


def _serve() -> None:
    """Answers cases from standard input until it is closed."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    for name in _PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()
    folder = Path(tempfile.mkdtemp(prefix="specledger-mutants-"))
    kept = folder / "kept"
    kept.mkdir()
    ready: set[tuple[str, str, int, int]] = set()
    try:
        while message := _receive(incoming):
            case = cast(Case, pickle.loads(message))  # noqa: S301  # from the process that started this one
            started = time.monotonic()
            key = (case.mutant.layer, case.mutant.api, zlib.crc32(case.files), case.seed)
            if case.mutant.layer in ("client", "mock") and key not in ready:
                ready.add(key)
                # What goes wrong here goes wrong in the child, where it is told.
                with contextlib.suppress(Exception):
                    prepare(case, kept)
            found = _forked(case, folder / "world", kept)
            _send(outgoing, pickle.dumps(replace(found, seconds=round(time.monotonic() - started, 3))))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _forked(case: Case, root: Path, kept: Path) -> Verdict:
    """Returns the verdict of a child process; one that ends otherwise, or takes too long, broke."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(case, root, kept, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        ready, _, _ = select.select([stream], [], [], SECONDS)
        content = stream.read() if ready else b""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if content:
        return cast(Verdict, pickle.loads(content))  # noqa: S301  # from our own child
    why = "the process that tries it ended" if ready else f"it took longer than {SECONDS:.0f} s"
    return verdict.of(case.mutant, "broken", why=why)


def _child(case: Case, root: Path, kept: Path, writing: int) -> None:
    """Tries the case, writes its verdict and ends the process."""
    # A group of its own, so that whatever it starts ends with it; the alarm ends it where nobody else does.
    os.setsid()
    signal.alarm(int(SECONDS) + 5)
    os.chdir(root)
    try:
        found = tried(case, root, kept)
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        why = f"the gate ended with {type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        found = verdict.of(case.mutant, "broken", why=why[:400])
    with os.fdopen(writing, "wb") as stream:
        stream.write(pickle.dumps(found))
    os._exit(0)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        _serve()
