"""What the tests of one process share: the mock, loaded once, its state at the start, and a server that runs lazily."""

from __future__ import annotations

import logging
import socket
import threading
import time
from pathlib import Path
from types import TracebackType

import uvicorn

from .answer import Answer
from .connection import Connection
from .handle import ApiMock
from .request import Request
from .server import Mock

THREAD = "specledger-mock"
START_SECONDS = 30.0
STOP_SECONDS = 5.0
_LOGGERS = ("uvicorn.error", "uvicorn.access")


class Guarded(Mock):
    """The mock where the test's thread, the server's and that of a transport without a socket take turns."""

    def __init__(self, apis: Path) -> None:
        super().__init__(apis)
        self.turn = threading.RLock()

    def answer(self, request: Request, address: str = "127.0.0.1") -> Answer:
        """Returns the answer to a whole request, without a socket."""
        with self.turn:
            return super().answer(request, address)


class Session:
    """The mock from its first use in a process to the end of the tests."""

    def __init__(self, apis: Path) -> None:
        self.mock = Guarded(apis)
        self._start = {name: api.state.snapshot() for name, api in self.mock.apis.items()}
        self._handles = {name: ApiMock(name, self) for name in self.mock.apis}
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._origin = ""

    def __enter__(self) -> Session:
        """Returns the session."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the server, where one runs."""
        self.close()

    def api(self, name: str) -> ApiMock:
        """Returns what a test holds of an API."""
        return self._handles[name]

    def restore(self) -> None:
        """Brings the state back to its start and forgets faults and requests."""
        with self.mock.turn:
            for name, snapshot in self._start.items():
                self.mock.apis[name].state.restore(snapshot)
            self.mock.faults.clear()
            self.mock.journal.clear()

    @property
    def origin(self) -> str:
        """The address of the server, which is started by the first who asks."""
        with self.mock.turn:
            if not self._origin:
                self._origin = self._run()
        return self._origin

    def _run(self) -> str:
        """Starts a server on a free port, in a thread; the loggers and the event loop of the tests stay theirs."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
        config = uvicorn.Config(
            self.mock,
            http=Connection,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level=None,
            proxy_headers=False,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), name=THREAD, daemon=True)
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(_is_ours_to_see)
        thread.start()
        end = time.monotonic() + START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > end:
                raise RuntimeError("the mock's server did not start")
            time.sleep(0.001)
        self._server, self._thread = server, thread
        host, port = listening.getsockname()
        return f"http://{host}:{port}"

    def close(self) -> None:
        """Ends the server, where one runs."""
        if self._server and self._thread:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(STOP_SECONDS)
            for name in _LOGGERS:
                logging.getLogger(name).removeFilter(_is_ours_to_see)
        self._server = self._thread = None


def _is_ours_to_see(record: logging.LogRecord) -> bool:
    """Says whether a record is for the tests: of their own servers, or of an error in the mock's."""
    return record.threadName != THREAD or record.levelno >= logging.ERROR
