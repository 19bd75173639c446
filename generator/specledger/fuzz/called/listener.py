"""A server on a real socket that keeps what it is sent, for what a client adds between its transport and the wire."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from specledger.fuzz.called.recorder import REQUEST_ID, Reply, Sent
from specledger.fuzz.target import unproxied


@contextmanager
def listening(reply: Reply) -> Iterator[tuple[str, list[Sent]]]:
    """Gives the address of a server that answers each request alike, and what was sent to it."""
    sent: list[Sent] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def parse_request(self) -> bool:
            """Takes any method."""
            found = super().parse_request()
            setattr(self, f"do_{self.command}", self.take)
            return found

        def take(self) -> None:
            """Keeps the request and answers it."""
            headers = tuple((name, _text(value)) for name, value in self.headers.items())
            content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            origin = f"http://{self.headers.get('Host')}"
            sent.append(Sent(self.command, origin, self.path, headers, content))
            self.send_response(reply.status)
            self.send_header("X-Request-Id", REQUEST_ID)
            for name, value in (("Content-Type", reply.media_type), *reply.headers.items()):
                if value:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content if self.command != "HEAD" else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as in the class above
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            with unproxied(url):
                yield url, sent
        finally:
            server.shutdown()
            thread.join()


def _text(value: str) -> str:
    """Returns a header's value, which is read as Latin-1 and written as UTF-8."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")
