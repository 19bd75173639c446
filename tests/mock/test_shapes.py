"""Shapes of requests over a real socket, for each API: what is HTTP is served, what is not is refused, nothing else."""

from __future__ import annotations

import json
import random
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.mock.conftest import Server
from tests.mock.test_hostile import DEEP, HOSTILE, PATH, exchange, patch

APIS = ("baseten_gateway", "huawei_maas", "novita_gpu", "zstack_ai", "plain", "shop")
KINDS = ("malformed", "media_type", "too_large")


@pytest.fixture(params=APIS)
def target(request: pytest.FixtureRequest, vendors: Server, inline: Server) -> tuple[Server, str]:
    """Returns each API's name and the server that it is on; the last two are known by their spec alone, or nearly."""
    return inline if request.param in ("plain", "shop") else vendors, request.param


def written(server: Server, api: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Returns the listed request of the API's first operation with a JSON body, and the statuses of its refusals."""
    path = server.generated / "mock_server" / "src" / "specledger_mock" / "apis" / f"{api}.json"
    operations = {row["id"]: row for row in json.loads(path.read_text())["operations"]}
    listed = next(row for row in server.send("GET", "/_mock/apis").json if row["name"] == api)
    for row in listed["requests"]:
        body = operations[row["operationId"]]["body"]
        if body and "application/json" in body["content"]:
            refusals = operations[row["operationId"]]["refusals"]
            return row, {kind: refusals[kind]["status"] for kind in KINDS}
    raise AssertionError(api)


def raw(row: dict[str, Any], body: bytes, path: str = "", **headers: str) -> bytes:
    """Returns a listed request with another body, path or headers."""
    sent = {**row["headers"], "Content-Length": str(len(body)), **{k.replace("_", "-"): v for k, v in headers.items()}}
    lines = [f"{row['method']} {path or urlsplit(row['url']).path} HTTP/1.1", "Host: mock", "Connection: close"]
    return "\r\n".join([*lines, *(f"{k}: {v}" for k, v in sent.items()), "", ""]).encode("latin-1") + body


UNREADABLE = {
    "malformed": b'{"a":',
    "NaN": b'{"a": NaN}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "invalid UTF-8": b'{"a": "\xff"}',
    "lone surrogate": b'{"a": "\\ud800"}',
    "duplicate keys": b'{"a": 1, "a": 1}',
    "deep": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
}


@pytest.fixture
def known(target: tuple[Server, str]) -> tuple[Server, str, dict[str, Any], dict[str, int]]:
    """Returns an API that takes JSON, with its listed request and the statuses of its refusals."""
    server, api = target
    if api == "plain":
        pytest.skip("takes no JSON")
    return server, api, *written(server, api)


def test_the_table_comes_out_for_each_api(known: tuple[Server, str, dict[str, Any], dict[str, int]]) -> None:
    server, api, row, ruled = known
    server.send("POST", "/_mock/reset")
    before = server.resources(api)
    for name, body in UNREADABLE.items():
        reply = exchange(server, raw(row, body))
        assert int(reply.split(b" ", 2)[1]) == ruled["malformed"] == 400, (name, reply[:300])
        assert b"request.body" in reply or api == "zstack_ai" or b"content-length: 0" in reply, reply
    for media_type in ("text/plain", ";;;", "application/json, text/plain", "application/json; charset=utf-16", "a"):
        reply = exchange(server, raw(row, b"{}", Content_Type=media_type))
        assert int(reply.split(b" ", 2)[1]) == ruled["media_type"], (media_type, reply[:300])
    reply = exchange(server, raw(row, b'{"a": "' + b"a" * (1 << 20) + b'"}'))
    assert int(reply.split(b" ", 2)[1]) == ruled["too_large"] == 413, reply[:300]
    path = urlsplit(row["url"]).path
    for wrong in (f"{path}%zz", f"{path}%", f"{path}%ff", f"{path}/nowhere"):
        assert exchange(server, raw(row, b"{}", wrong)).startswith(b"HTTP/1.1 404 "), wrong
    reply = exchange(server, raw({**row, "method": "TRACE"}, b"{}"))
    assert reply.startswith(b"HTTP/1.1 405 ")
    assert row["method"].encode() in reply.partition(b"\r\nallow: ")[2].partition(b"\r\n")[0]
    assert server.resources(api) == before


GOOD = patch(b"{}")
HEAD = GOOD.partition(b"\r\n\r\n")[0]
KEY = b"Authorization: Bearer mock-maintainer-key\r\nContent-Type: application/json\r\n"
TARGET = f"PATCH {PATH}".encode()
OPEN = b"PATCH " + PATH.encode() + b" HTTP/1.1\r\nHost: mock\r\n" + KEY

SHAPES: list[tuple[str, bytes, list[int]]] = [
    ("absolute form", GOOD.replace(PATH.encode(), b"http://mock" + PATH.encode(), 1), [200]),
    ("absolute form, another host", GOOD.replace(PATH.encode(), b"http://other.test:1" + PATH.encode(), 1), [200]),
    ("HTTP/1.0", GOOD.replace(b"HTTP/1.1", b"HTTP/1.0", 1), [200]),
    ("HTTP/1.0 without Host", GOOD.replace(b"HTTP/1.1\r\nHost: mock", b"HTTP/1.0", 1), [200]),
    ("pipelined", OPEN + b"Content-Length: 2\r\n\r\n{}" + OPEN + b"Content-Length: 1\r\n\r\n[" + GOOD, [200, 400, 200]),
    ("pipelined after a refused method", b"PUT " + OPEN[6:] + b"Content-Length: 2\r\n\r\n{}" + GOOD, [405, 200]),
    ("expecting 100", HEAD + b"\r\nExpect: 100-continue\r\n\r\n{}", [100, 200]),
    (
        "chunked with an extension",
        OPEN + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n",
        [200],
    ),
    (
        "chunked with a trailer",
        OPEN + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\nX-A: b\r\n\r\n",
        [200],
    ),
    ("two equal lengths", HEAD + b"\r\nContent-Length: 2\r\n\r\n{}", [400]),
    ("two lengths", HEAD + b"\r\nContent-Length: 3\r\n\r\n{} ", [400]),
    ("a list of lengths", GOOD.replace(b"Length: 2", b"Length: 2, 2"), [400]),
    ("a signed length", GOOD.replace(b"Length: 2", b"Length: +2"), [400]),
    ("a hexadecimal length", GOOD.replace(b"Length: 2", b"Length: 0x2"), [400]),
    ("length and chunks", HEAD + b"\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", [400]),
    (
        "chunks that are not the last coding",
        OPEN + b"Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        [400],
    ),
    (
        "two codings",
        OPEN + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        [400],
    ),
    ("a coding of odd letters", OPEN + b"Transfer-Encoding: \x0bchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", [400]),
    ("a chunk longer than it says", OPEN + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n", [400]),
    ("a huge chunk size", OPEN + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n{}\r\n0\r\n\r\n", [400]),
    ("a space before the colon", GOOD.replace(b"Content-Length:", b"Content-Length :"), [400]),
    ("a header without a name", GOOD.replace(b"Host: mock", b": mock"), [400]),
    ("a header without a colon", GOOD.replace(b"Host: mock", b"Host mock"), [400]),
    ("NUL in a header", GOOD.replace(b"Host: mock", b"Host: mo\x00ck"), [400]),
    ("CR alone", GOOD.replace(b"Host: mock\r\n", b"Host: mock\rX: y\r\n"), [400]),
    ("no version, as in HTTP/0.9", GOOD.replace(b" HTTP/1.1", b"", 1), [200]),
    ("another version", GOOD.replace(b"HTTP/1.1", b"HTTP/9.9", 1), [400]),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
    ("a space in the path", GOOD.replace(b"abc123hash", b"abc 123hash"), [400]),
    ("a tunnel", b"CONNECT mock:443 HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n", [400]),
    ("options of the server", b"OPTIONS * HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n", [404]),
    (
        "a hundred headers",
        GOOD.replace(b"Host: mock", b"Host: mock" + b"".join(b"\r\nX-%d: y" % n for n in range(100))),
        [200],
    ),
    ("a header of 100 KiB", GOOD.replace(b"Host: mock", b"Host: mock\r\nX: " + b"y" * 100_000), [431]),
    ("a path of 100 KiB", GOOD.replace(b"abc123hash", b"a" * 100_000), [431]),
    ("a query of 40 KiB", GOOD.replace(b"abc123hash", b"abc123hash?" + b"a=b&" * 10_000), [200]),
    ("a switch of protocols", GOOD.replace(b"Connection: close", b"Connection: close, Upgrade\r\nUpgrade: h2c"), [200]),
]


def statuses(reply: bytes) -> list[int]:
    """Returns the statuses of the answers that came back one after the other."""
    found: list[int] = []
    while reply:
        head, _, rest = reply.partition(b"\r\n\r\n")
        found.append(int(head.split(b" ", 2)[1]))
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        reply = rest[int(length or 0) :]
    return found


@pytest.mark.parametrize(("data", "expected"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES])
def test_a_shape_gets_its_statuses_and_nothing_is_smuggled(baseten: Server, data: bytes, expected: list[int]) -> None:
    started = time.monotonic()
    assert statuses(exchange(baseten, data)) == expected
    assert time.monotonic() - started < 5
    assert baseten.send("GET", "/_mock/apis").status == 200


def spoilt(draw: random.Random, data: bytes) -> bytes:
    """Returns a request with a few of its bytes changed, cut out, repeated or put in."""
    odd = (
        b"\r\n",
        b"\r\n\r\n",
        b"\x00",
        b"\xff",
        b" ",
        b":",
        b"%",
        b"%zz",
        b"{",
        b'"',
        b"chunked",
        b"0",
        b"9" * 20,
        b"/",
        b"\n",
    )
    for _ in range(draw.randint(1, 6)):
        start = draw.randrange(len(data) + 1)
        end = min(len(data), start + draw.choice((0, 1, 1, 2, 8, 40)))
        middle = draw.choice((b"", draw.choice(odd), draw.randbytes(draw.randint(1, 8)), data[start:end] * 2))
        data = data[:start] + middle + data[end:]
    return data


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_requests_are_answered_or_let_go_and_never_a_500_or_a_hang(baseten: Server, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # bytes to try, no secret
    seeds = [row[1] for row in HOSTILE if len(row[1]) < 2000] + [row[1] for row in SHAPES if len(row[1]) < 2000]
    for number in range(150):
        data = spoilt(draw, draw.choice(seeds))
        with socket.create_connection(baseten.address, timeout=8) as connection:
            reply = b""
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while chunk := connection.recv(65536):
                    reply += chunk
            except ConnectionError:
                pass
        assert not reply or reply.startswith(b"HTTP/1.1 "), (seed, number, data, reply)
        assert b"HTTP/1.1 5" not in reply, (seed, number, data, reply)
    assert baseten.send("GET", "/_mock/apis").status == 200
