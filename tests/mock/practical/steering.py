"""What the tests of steering send to the shelf, and how they read what comes."""

from __future__ import annotations

import socket
from typing import Any

from tests.mock.conftest import Reply, Server

BOOK = "/shelf/books/a"
READER = {"Authorization": "Bearer reader-key-1"}


def change(server: Server, title: str = "Almanac", **headers: str) -> Reply:
    """Returns the answer to a valid update."""
    return server.send(
        "PATCH", BOOK, {"title": title}, {**READER, **{k.replace("_", "-"): v for k, v in headers.items()}}
    )


def title(server: Server) -> Any:
    return server.resources("shelf")["books"]["a"]["title"]


def journal(server: Server, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.send("GET", f"/_mock/journal{query}").json
    return found


def faults(server: Server, *rows: dict[str, Any]) -> Reply:
    return server.send("PUT", "/_mock/faults", list(rows))


def patch(*headers: str) -> bytes:
    body = b'{"title": "Sent"}'
    rows = [f"PATCH {BOOK} HTTP/1.1", "Host: mock", "Authorization: Bearer reader-key-1", *headers]
    rows += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*rows, "", ""]).encode() + body


def whole(server: Server, data: bytes) -> bytes:
    """Returns everything that comes until the server closes."""
    found = b""
    with socket.create_connection(server.address, timeout=10) as connection:
        connection.sendall(data)
        try:
            while chunk := connection.recv(65536):
                found += chunk
        except ConnectionResetError:
            pass
    return found
