"""Requests as bytes, and the status with which a server answers one."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping

from benchmarks.mock.load import whole

PATCH_PATH = "/v1/gateway/endpoints/abc123hash"
VALID = {"targets": [{"provider": "BASETEN", "model_id": "7mP2wqe"}]}
INVALID = {"targets": 5}
KEY = "mock-maintainer-key"


def request(method: str, path: str, body: Mapping[str, object], key: str = KEY) -> bytes:
    """Returns a whole request."""
    content = json.dumps(body).encode()
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {key}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + content


def patch(prefix: str, body: Mapping[str, object], path: str = PATCH_PATH) -> bytes:
    """Returns a PATCH of an endpoint of the gateway."""
    return request("PATCH", prefix + path, body)


def status(port: int, sent: bytes, seconds: float = 10.0) -> int:
    """Returns the status of a whole answer on a connection of its own. Raises OSError where none comes."""
    with socket.create_connection(("127.0.0.1", port), seconds) as connection:
        connection.sendall(sent)
        came = b""
        while not whole(came):
            data = connection.recv(65536)
            if not data:
                raise ConnectionResetError("the answer is not whole")
            came += data
    return int(came[9:12])
