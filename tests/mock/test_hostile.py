"""Bytes that no client should send, over a real socket: each gets an answer, and the server lives on."""

from __future__ import annotations

import json
import resource
import socket
import time
from pathlib import Path

import pytest

from specledger.runtime.mock.request import Request
from specledger.runtime.mock.server import Mock
from specledger.yaml12 import Json
from tests.mock.conftest import Server, generate

PATH = "/baseten_gateway/v1/gateway/endpoints/abc123hash"
DEEP = 100_000


def exchange(server: Server, data: bytes) -> bytes:
    """Returns everything that comes back until the server closes."""
    with socket.create_connection(server.address, timeout=30) as connection:
        connection.sendall(data)
        found = b""
        while chunk := connection.recv(65536):
            found += chunk
        return found


def patch(body: bytes, *headers: str, path: str = PATH, length: int | None = None) -> bytes:
    """Returns a whole PATCH with a credential, JSON unless the headers say otherwise."""
    rows = [f"PATCH {path} HTTP/1.1", "Host: mock", "Authorization: Bearer mock-maintainer-key", "Connection: close"]
    rows += (
        headers
        if any("content-type" in row.lower() for row in headers)
        else ["Content-Type: application/json", *headers]
    )
    if not any("transfer-encoding" in row.lower() for row in headers):
        rows.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*rows, "", ""]).encode("latin-1") + body


HOSTILE: list[tuple[str, bytes, int]] = [
    ("malformed", patch(b'{"slug":'), 400),
    ("empty", patch(b""), 400),
    ("two values", patch(b"{} {}"), 400),
    ("NaN", patch(b'{"slug": NaN}'), 400),
    ("NaN in an unknown field", patch(b'{"x": NaN}'), 400),
    ("infinity", patch(b'{"x": 1e999}'), 400),
    ("byte order mark", patch(b"\xef\xbb\xbf{}"), 400),
    ("UTF-16", patch("{}".encode("utf-16")), 400),
    ("invalid UTF-8", patch(b'{"x": "\xff"}'), 400),
    ("overlong UTF-8", patch(b'{"x": "\xc0\xaf"}'), 400),
    ("encoded surrogate", patch(b'{"x": "\xed\xa0\x80"}'), 400),
    ("escaped lone surrogate", patch(b'{"x": "\\ud800"}'), 400),
    ("raw control character", patch(b'{"x": "\n"}'), 400),
    ("duplicate keys", patch(b'{"slug": "my-org/a", "slug": "my-org/b"}'), 400),
    ("duplicate keys, one escaped", patch(b'{"slug": "my-org/a", "\\u0073lug": "my-org/b"}'), 400),
    ("duplicate keys inside", patch(b'{"x": [{"a:b": ":", "a:b": ":"}]}'), 400),
    ("duplicate keys that colons hide", patch(b'{"x": 1, "x": "\\u003a"}'), 400),
    ("nested arrays", patch(b"[" * DEEP + b"]" * DEEP), 400),
    ("nested objects", patch(b'{"a":' * DEEP + b"1" + b"}" * DEEP), 400),
    ("nested, never closed", patch(b"[" * DEEP), 400),
    ("nested as an unknown field", patch(b'{"x":' + b"[" * 500 + b"]" * 500 + b"}"), 400),
    ("no object", patch(b"[]"), 400),
    ("null", patch(b"null"), 400),
    ("big integer", patch(b'{"x": 123456789012345678901234567890}'), 200),
    ("charset", patch(b"{}", "Content-Type: application/json; charset=UTF-8"), 200),
    ("media type in capitals", patch(b"{}", "Content-Type: Application/JSON"), 200),
    ("another charset", patch(b"{}", "Content-Type: application/json; charset=utf-16"), 415),
    ("another media type", patch(b"{}", "Content-Type: text/plain"), 415),
    ("garbage as media type", patch(b"{}", "Content-Type: ;;;"), 415),
    ("two media types", patch(b"{}", "Content-Type: application/json", "Content-Type: text/plain"), 415),
    ("empty media type", patch(b"{}", "Content-Type:"), 415),
    ("body over the limit", patch(b'{"x": "' + b"a" * 1024 * 1024 + b'"}'), 413),
    ("length over the limit", patch(b"", length=10**30), 400),
    ("declared length over the limit", patch(b"{}" + b" " * (2 << 20)), 413),
    (
        "chunks over the limit",
        patch(
            b"ffff\r\n" + (b"a" * 0xFFFF + b"\r\nffff\r\n") * 17 + b"a" * 0xFFFF + b"\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked",
        ),
        413,
    ),
    ("chunked", patch(b"2\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), 200),
    ("broken chunks", patch(b"zz\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), 400),
    ("negative length", patch(b"{}", length=-1), 400),
    ("bad escape in the path", patch(b"{}", path=f"{PATH}%zz"), 404),
    ("half an escape in the path", patch(b"{}", path=f"{PATH}%"), 404),
    ("no UTF-8 in the path", patch(b"{}", path=f"{PATH}%ff"), 404),
    ("an escaped slash", patch(b"{}", path=f"{PATH}%2F"), 404),
    ("an escaped letter", patch(b"{}", path=PATH.replace("abc", "%61bc")), 200),
    ("dots", patch(b"{}", path=PATH.replace("abc123hash", "..")), 404),
    ("empty segment", patch(b"{}", path=PATH.replace("abc123hash", "")), 404),
    ("NUL in the path", patch(b"{}", path=f"{PATH}%00"), 404),
    ("bad escape in the query", patch(b"{}", path=f"{PATH}?x=%zz&%"), 200),
    ("no such path", patch(b"{}", path="/baseten_gateway/v2"), 404),
    ("no such API", patch(b"{}", path="/nobody/v2"), 404),
    ("root", patch(b"{}", path="/"), 404),
    ("wrong method", patch(b"{}").replace(b"PATCH", b"PUT", 1), 405),
    ("unknown method", patch(b"{}").replace(b"PATCH", b"BREW", 1), 400),
    ("bytes in a header", patch(b"{}", "X-Odd: \xff\xfe"), 200),
    ("line break in a header", patch(b"{}", "X-Odd: a\r\n b"), 400),
    ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ("head without end", b"GET / HTTP/1.1\r\nHost: mock\r\nX: " + b"a" * 70_000, 431),
]


@pytest.mark.parametrize(("data", "status"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_bytes_get_their_status_and_the_server_lives_on(baseten: Server, data: bytes, status: int) -> None:
    before = baseten.resources("baseten_gateway")
    answer = exchange(baseten, data)
    assert answer.split(b" ", 2)[1] == str(status).encode(), answer[:300]
    if status == 405:
        assert b"\r\nallow: PATCH, OPTIONS\r\n" in answer
    if status != 200:
        assert baseten.resources("baseten_gateway") == before


def test_half_a_request_is_let_go_when_the_client_leaves(baseten: Server) -> None:
    for data in (b"", b"PAT", patch(b"{}")[:60], patch(b'{"slug"', length=100)):
        with socket.create_connection(baseten.address, timeout=30) as connection:
            connection.sendall(data)
    assert baseten.send("GET", "/_mock/apis").status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        patch(b"{", length=10),
        patch(b"2\r\n{", "Transfer-Encoding: chunked"),
    ],
)
def test_a_request_that_never_ends_times_out(hasty: Server, data: bytes) -> None:
    assert exchange(hasty, data).startswith(b"HTTP/1.1 408 ")


def test_a_silent_connection_is_closed(hasty: Server) -> None:
    assert exchange(hasty, b"") == b""


LARGE: list[tuple[str, Json, str]] = [
    ("names", {"named": {f"K{number}": 1 for number in range(2000)}}, "request.body.named: "),
    ("items", {"tree": {"value": 1, "branches": [{"value": "x"}] * 20_000}}, "request.body.tree.branches[0].value: "),
    ("absent", {"tree": {"value": 1, "branches": [{}] * 20_000}}, "request.body.tree.branches[0].value: is required"),
    ("texts", {"any": ["x" * 900_000]}, "request.body.any: "),
]


@pytest.mark.parametrize(("value", "said"), [row[1:] for row in LARGE], ids=[row[0] for row in LARGE])
def test_the_reason_for_a_large_value_is_found_in_no_time_and_no_room(tmp_path: Path, value: Json, said: str) -> None:
    specs = Path(__file__).parent / "faithful"
    mock = Mock(generate(specs, tmp_path) / "mock_server" / "src" / "specledger_mock" / "apis")
    headers = {"content-type": "application/json"}
    request = Request("PUT", b"/keywords/judged", b"", headers, json.dumps(value).encode())
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    answer = mock.answer(request)
    assert answer.status == 400
    found = json.loads(answer.body)["details"][0]["message"]
    assert found.startswith(said)
    assert len(found) < 500
    assert time.monotonic() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "LOCALHOST.:80"}, 200),
        ({"Host": "mock.localhost:81"}, 200),
        ({"Host": "127.9.9.9"}, 200),
        ({"Host": "[::1]:82"}, 200),
        ({"Host": "[::ffff:127.0.0.1]"}, 200),
        ({"Host": ""}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:80"}, 403),
        ({"Host": "localhost.evil.example"}, 403),
        ({"Host": "notlocalhost"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "192.0.2.7"}, 403),
        ({"Host": "[2001:db8::1]"}, 403),
        ({"Host": "[::::]"}, 403),
        ({"Host": "127.0.0.1, evil.example"}, 403),
        ({"Host": "127.0.0.1@evil.example"}, 403),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Origin": "https://127.0.0.1"}, 200),
        ({"Origin": "http://[::1]:5173"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "localhost"}, 403),
    ],
)
def test_a_page_of_another_site_never_reaches_the_mocks_own_pages(
    baseten: Server, headers: dict[str, str], status: int
) -> None:
    assert baseten.send("POST", "/_mock/reset", headers=headers).status == status
    reply = baseten.send("GET", "/_mock/apis", headers=headers)
    assert reply.status == status
    assert status == 200 or reply.body.splitlines() == [reply.body.rstrip(b"\n")]
    assert baseten.send("PATCH", PATH, {}, {"Authorization": "Bearer mock-maintainer-key", **headers}).status == 200


def test_the_mocks_own_pages_need_no_host_header_in_the_first_http(baseten: Server) -> None:
    assert exchange(baseten, b"GET /_mock/apis HTTP/1.0\r\n\r\n").split(b" ", 2)[1] == b"200"
