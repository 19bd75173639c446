"""HTTP/1.1 on a socket: requests read whole by httptools, answered in their order, with an end to every wait.

uvicorn runs it in the place of its own protocol. Between the parser and the mock there is no task and no message, which
is where a server of this kind spends its time; only an answer that must wait gets a task.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Protocol, cast

import httptools
from uvicorn.config import Config
from uvicorn.server import ServerState

from .answer import Answer, plain
from .faults import Disturbed
from .head import first_lines, of_origin, stayed
from .operation import MAX_BODY
from .request import Request, add_header
from .server import MAX_DROPPED, Mock, announces_too_much

HEAD_SECONDS = 10.0
TAKE_SECONDS = 30.0  # in which a client takes something of what it is sent
LINGER_SECONDS = 2.0
MAX_HEAD = 64 * 1024
MOST_ANSWERS = 64
MAX_FRAMING = 8  # bytes of chunks' heads for each byte in them; one byte a chunk makes five

_log = logging.getLogger(__name__)


class _Parser(Protocol):
    """What is used of httptools' parser, which has no annotations of its own."""

    def feed_data(self, data: bytes) -> None:
        """Calls back for all that the data completes."""

    def get_method(self) -> bytes:
        """Returns the method of the request."""
        ...

    def get_http_version(self) -> str:
        """Returns the version of the request."""
        ...

    def should_keep_alive(self) -> bool:
        """Says whether another request may follow."""
        ...


class Connection(asyncio.Protocol):
    """One client's connection.

    Answers 408 to a head that takes longer than 10 s and to a body that takes longer than the mock grants, 431 to a
    head of more than 64 KiB, 413 to a body beyond what is read and dropped; closes a socket that stays silent, and one
    that takes nothing of its answers for 30 s.
    """

    transport: asyncio.Transport

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object] | None = None,
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._mock = cast(Mock, config.app)
        self._server = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = cast(_Parser, httptools.HttpRequestParser(self))
        self._address = ""
        self._defaults: object = None  # uvicorn's headers, renewed each second, and how they are written
        self._written = b""
        self._deaf = False  # nothing more is read
        self._leaving = False  # the answers under way are the last ones
        self._is_cut = False  # a request was answered before its end
        self._blocked = False  # the client does not take what it is sent
        self._task: asyncio.Task[None] | None = None
        self._waiting: deque[tuple[Request | Answer, bool]] = deque()
        self._answers: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._end: asyncio.TimerHandle | None = None  # of a client that does not take its answers, or does not leave
        self._reading, self._since = "", 0.0
        self._size = 0  # of the head or the body that has come
        self._line = 0  # of a line of the head that has no end yet
        self._framing = 0  # of what came with a body and is none of it: heads of chunks, trailers
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins to wait for the first request."""
        self.transport = cast(asyncio.Transport, transport)
        cast("set[Connection]", self._server.connections).add(self)
        host, port = (transport.get_extra_info("sockname") or ("127.0.0.1", 0))[:2]
        self._address = f"{host}:{port}"
        self._await("")
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends every wait with the connection."""
        cast("set[Connection]", self._server.connections).discard(self)
        self._deaf = True
        self._waiting.clear()
        self._answers.clear()
        for pending in (self._timer, self._end, self._task):
            if pending:
                pending.cancel()

    def eof_received(self) -> bool:
        """Lets the answers under way go out, and keeps the connection for them: a client may end its side alone."""
        self._leaving = self._deaf = True
        self._flush()
        if not (self._task or self._waiting):
            return False
        self._end = self._loop.call_later(TAKE_SECONDS, self.transport.abort)
        return True

    def shutdown(self) -> None:
        """Closes the connection after the answers that are under way."""
        self._leaving = self._deaf = True
        if not self._is_busy():
            self._flush()
            self.transport.close()

    def pause_writing(self) -> None:
        """Lets requests wait: the client does not take its answers."""
        self._blocked = True
        self._watch()

    def resume_writing(self) -> None:
        """Answers what waited."""
        self._blocked = False
        if self._end:
            self._end.cancel()
        self._go_on()

    def data_received(self, data: bytes) -> None:
        """Feeds the parser; what it completes is answered at once."""
        if self._deaf:
            return
        if self._reading != "body" and b"pgrade" in data:
            data = stayed(data)
        headers, size = self._headers if self._reading == "body" else None, self._size
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # its request was the last one
        except httptools.HttpParserCallbackError:
            _log.exception("a request could not be taken")
            self._refuse(500, "the mock failed; its log says how")
        except httptools.HttpParserError:
            self._refuse(400, "this is no HTTP request")
        if self._reading == "head":
            end = data.rfind(b"\n") + 1
            self._line = len(data) - end + (0 if end else self._line)
            if self._size + max(self._line, len(self._url)) > MAX_HEAD:
                self._refuse(431, "the head of the request is too large")
        elif self._reading == "body" and headers is self._headers:
            self._framing += len(data) - (self._size - size)
            if self._framing > MAX_HEAD + MAX_FRAMING * self._size:
                self._refuse(400, "the body of the request has more around it than in it")

    def on_message_begin(self) -> None:
        """Begins a request."""
        self._url, self._headers, self._body = b"", {}, []
        self._size = 0
        self._await("head")

    def on_url(self, url: bytes) -> None:
        """Takes a piece of the request's target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header; those of one name are joined, and those that follow a body are dropped."""
        if self._reading == "body":
            return
        key, text = name.lower().decode("latin-1"), value.decode("latin-1")
        self._size += len(name) + len(value) + 4
        if key == "host" and key in self._headers:
            self._refuse(400, "the request has two Host headers")
        add_header(self._headers, key, text)

    def on_headers_complete(self) -> None:
        """Begins to wait for a body, unless it is known to be beyond every limit."""
        headers = self._headers
        if self._size + len(self._url) > MAX_HEAD:
            self._refuse(431, "the head of the request is too large")
        elif headers.get("transfer-encoding", "chunked").lower() != "chunked":
            self._refuse(400, "the Transfer-Encoding is none that is read here")
        elif "host" not in headers and self._parser.get_http_version() == "1.1":
            self._refuse(400, "the request has no Host header")
        self._size = self._line = self._framing = 0
        if self._deaf or ("content-length" not in headers and "transfer-encoding" not in headers):
            return
        self._await("body")
        if announces_too_much(headers):
            self._drop()
        elif headers.get("expect", "").lower() == "100-continue" and not self._is_busy():
            self._continue()

    def _continue(self) -> None:
        """Asks for the body; HTTP/1.0 knows no such answer."""
        if self._parser.get_http_version() != "1.0":
            self._flush()
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Takes a piece of the body.

        What is beyond the limit is read and dropped: a client that is still sending would miss the answer.
        """
        self._size += len(body)
        if self._size <= MAX_BODY:
            self._body.append(body)
            return
        self._body.clear()
        if self._size > MAX_DROPPED:
            self._drop()

    def on_message_complete(self) -> None:
        """Answers the request, or lets it wait for those before it."""
        parser, headers = self._parser, self._headers
        more = parser.should_keep_alive()
        if "connection" in headers:
            more = more and "upgrade" not in headers and parser.get_http_version() != "1.0"
        self._complete(too_large=self._size > MAX_BODY, more=more)

    def _drop(self) -> None:
        """Answers a request whose body is beyond the limit before the body has come."""
        self._is_cut = True
        self._complete(too_large=True, more=False)

    def _complete(self, *, too_large: bool, more: bool) -> None:
        if self._deaf:
            return
        method = self._parser.get_method().decode("latin-1")
        if method == "CONNECT":
            self._refuse(400, "no tunnel begins here")
            return
        self._deaf = not more
        self._await("")
        url = self._url if self._url[:1] == b"/" and b"#" not in self._url else of_origin(self._url)
        path, _, query = url.partition(b"?")
        body = b"" if too_large else self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._size = 0
        self._take(Request(method, path, query, self._headers, body, too_large), more)

    def _refuse(self, status: int, text: str) -> None:
        """Answers a request that is not whole, and reads no more."""
        if not self._deaf:
            self._deaf = self._is_cut = True
            self._take(plain(status, text), False)

    def _is_busy(self) -> bool:
        return bool(self._task or self._waiting or self._blocked)

    def _take(self, request: Request | Answer, more: bool) -> None:
        if self._is_busy():
            self._waiting.append((request, more))
            self.transport.pause_reading()
        else:
            self._exchange(request, more)

    def _exchange(self, request: Request | Answer, more: bool) -> None:
        """Answers a request; what is an answer already goes out as it is."""
        if isinstance(request, Answer):
            self._send(request, more)
            return
        self._server.total_requests += 1
        found = self._mock.answered(request, self._address)
        if type(found) is Disturbed or self._mock.durable:
            self._task = self._loop.create_task(self._later(request, found, more))
        else:
            self._send(found, more, bare=request.method == "HEAD")

    async def _later(self, request: Request, found: Answer, more: bool) -> None:
        """Sends an answer when the state file has what it rests on, and as its fault has it; then what waits."""
        found = await self._mock.settled(request, found)
        if isinstance(found, Disturbed):
            await asyncio.sleep(found.delay)
            self._flush()
            if found.drop:
                self.transport.abort()
                return
            if found.keep is not None:
                self.transport.write(self._head(found, more=True) + found.body[: found.keep])
                self.transport.close()
                return
        self._task = None
        self._send(found, more, bare=request.method == "HEAD")
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and not (self._task or self._blocked or self.transport.is_closing()):
            self._exchange(*self._waiting.popleft())
        if self._is_busy() or self.transport.is_closing():
            return
        if self._leaving:
            self._close()
        elif not self._deaf:
            self._await(self._reading)
            self.transport.resume_reading()

    def _send(self, found: Answer, more: bool, *, bare: bool = False) -> None:
        if not self._answers:
            self._loop.call_soon(self._flush)
        head = self._head(found, more)
        self._answers.append(head if bare else head + found.body)
        if len(self._answers) >= MOST_ANSWERS:
            self._flush()
        if not more:
            self._close()

    def _flush(self) -> None:
        """Writes what was answered since the loop looked at its clients.

        They are answered together: an answer written at once wakes its client while the others still wait for theirs,
        and the waking takes longer than the answer did.
        """
        if self._answers and not self.transport.is_closing():
            self.transport.write(b"".join(self._answers))
        self._answers.clear()

    def _close(self) -> None:
        """Closes behind what was written.

        A client that is still sending would lose the answer to a reset: it has a moment to read and to leave.
        """
        self._flush()
        if self._is_cut:
            self.transport.write_eof()
            self.transport.resume_reading()
            self._end = self._loop.call_later(LINGER_SECONDS, self.transport.abort)
        else:
            self.transport.close()
            self._watch()

    def _watch(self, before: int | None = None) -> None:
        """Breaks the connection off where the client takes nothing of what it is sent for 30 s."""
        size = self.transport.get_write_buffer_size()
        if before is not None and size >= before:
            self.transport.abort()
        elif size:
            self._end = self._loop.call_later(TAKE_SECONDS, self._watch, size)

    def _head(self, found: Answer, more: bool) -> bytes:
        """Returns the head of an answer, with the date and what else uvicorn adds."""
        defaults = self._server.default_headers
        if defaults is not self._defaults:
            self._defaults = defaults
            self._written = b"".join([b"%b: %b\r\n" % pair for pair in defaults])
        end = b"\r\n" if more and not self._leaving else b"connection: close\r\n\r\n"
        return first_lines(found, self._written) + end

    def _await(self, what: str) -> None:
        """Notes since when what is waited for: a `head`, a `body`, or nothing that has begun."""
        self._reading, self._since = what, self._loop.time()

    def _look(self) -> None:
        """Ends a wait that took too long, and else looks again when it would."""
        body_seconds = self._mock.receive_seconds
        limit = body_seconds if self._reading == "body" else HEAD_SECONDS
        left = limit if self._is_busy() else self._since + limit - self._loop.time()
        if left <= 0:
            self._time_out()
        if not self._deaf:
            self._timer = self._loop.call_later(max(min(left, body_seconds), 0.01), self._look)

    def _time_out(self) -> None:
        if self._reading == "head":
            self._refuse(408, "the head of the request did not arrive in time")
        elif self._reading == "body" and self._size > MAX_BODY:
            self._drop()
        elif self._reading == "body":
            self._refuse(408, "the request did not arrive in time")
        else:
            self._deaf = True
            self.transport.close()
