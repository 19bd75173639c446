"""The mock's own HTTP connection, over real sockets: order, waits, and clients that do not take what they asked for."""

from __future__ import annotations

import json
import socket
import time

import pytest

from tests.mock.conftest import Server
from tests.mock.test_hostile import PATH, exchange

KEY = "Authorization: Bearer mock-maintainer-key\r\nContent-Type: application/json\r\n"


def update(body: bytes, *headers: str) -> bytes:
    """Returns a whole PATCH on a connection that stays."""
    lines = "".join(f"{row}\r\n" for row in headers)
    head = f"PATCH {PATH} HTTP/1.1\r\nHost: mock\r\n{KEY}{lines}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def last(body: bytes, *headers: str) -> bytes:
    """Returns a PATCH after which the server closes."""
    return update(body, "Connection: close", *headers)


def statuses(answers: bytes) -> list[int]:
    """Returns the statuses of answers that follow each other."""
    return [int(rest.split(b" ", 1)[0]) for rest in answers.split(b"HTTP/1.1 ")[1:]]


def slug(name: str) -> bytes:
    """Returns the body that renames the endpoint."""
    return json.dumps({"slug": f"my-org/{name}"}).encode()


def test_answers_keep_the_order_of_their_requests_where_the_first_is_late(baseten: Server) -> None:
    late = update(slug("one"), "X-Mock-Fault: latency=0.3")
    answers = exchange(baseten, late + update(b"[") + last(slug("two")))
    assert statuses(answers) == [200, 400, 200]
    assert answers.index(b"my-org/one") < answers.index(b"my-org/two")
    assert baseten.resources("baseten_gateway")["endpoints"]["abc123hash"]["slug"] == "my-org/two"


def test_a_cut_answer_ends_the_connection_and_what_waited_is_not_carried_out(baseten: Server) -> None:
    answers = exchange(baseten, update(slug("one"), "X-Mock-Fault: latency=0.1; truncate=5") + last(slug("two")))
    head, _, body = answers.partition(b"\r\n\r\n")
    assert statuses(answers) == [200]
    assert len(body) == 5 < int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert baseten.resources("baseten_gateway")["endpoints"]["abc123hash"]["slug"] == "my-org/one"


def test_garbage_behind_a_late_answer_is_refused_after_it(baseten: Server) -> None:
    answers = exchange(baseten, update(slug("one"), "X-Mock-Fault: latency=0.2") + b"\x00garbage\r\n\r\n")
    assert statuses(answers) == [200, 400]


def test_nothing_is_carried_out_behind_a_request_that_closes(baseten: Server) -> None:
    assert statuses(exchange(baseten, last(slug("one")) + update(slug("two")))) == [200]
    assert baseten.resources("baseten_gateway")["endpoints"]["abc123hash"]["slug"] == "my-org/one"


def test_a_request_in_single_bytes_is_one_request(baseten: Server) -> None:
    with socket.create_connection(baseten.address, timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in last(slug("bytewise")):
            connection.sendall(bytes([byte]))
        found = b""
        while chunk := connection.recv(65536):
            found += chunk
    assert statuses(found) == [200]
    assert b"my-org/bytewise" in found


def test_a_switch_of_protocols_asked_for_in_two_pieces_is_answered_once(baseten: Server) -> None:
    head = f"GET {PATH} HTTP/1.1\r\nHost: mock\r\nConnection: Upgrade\r\nUp".encode()
    with socket.create_connection(baseten.address, timeout=10) as connection:
        connection.sendall(head)
        time.sleep(0.1)
        connection.sendall(b"grade: h2c\r\n\r\n")
        found = b""
        while chunk := connection.recv(65536):
            found += chunk
    assert len(statuses(found)) == 1
    assert statuses(found)[0] < 500


def test_a_client_that_takes_no_answers_holds_back_its_own_requests_alone(baseten: Server) -> None:
    one = update(slug("flood"))
    with socket.create_connection(baseten.address, timeout=10) as greedy:
        greedy.setblocking(False)
        sent = 0
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            try:
                sent += greedy.send(one * 200)
            except BlockingIOError:
                time.sleep(0.01)
        assert baseten.send("PATCH", PATH, {}, {"Authorization": "Bearer mock-maintainer-key"}).status == 200
        assert sent > len(one) * 200
        greedy.setblocking(True)
        greedy.settimeout(5)
        assert greedy.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert baseten.send("PATCH", PATH, {}, {"Authorization": "Bearer mock-maintainer-key"}).status == 200


def test_a_trailer_is_no_header(baseten: Server) -> None:
    head = f"PATCH {PATH} HTTP/1.1\r\nHost: mock\r\nContent-Type: application/json\r\nConnection: close\r\n"
    chunks = "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nAuthorization: Bearer mock-maintainer-key\r\n\r\n"
    assert statuses(exchange(baseten, (head + chunks).encode())) == [401]


def test_an_answer_to_head_has_a_length_and_no_body(inline: Server) -> None:
    answers = exchange(inline, b"HEAD /_mock/apis HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    head, _, body = answers.partition(b"\r\n\r\n")
    assert body == b""
    assert b"content-length: " in head.lower()


def test_a_late_answer_reaches_a_client_that_has_ended_its_own_side(baseten: Server) -> None:
    with socket.create_connection(baseten.address, timeout=10) as connection:
        connection.sendall(update(slug("half"), "X-Mock-Fault: latency=0.2"))
        connection.shutdown(socket.SHUT_WR)
        found = b""
        while chunk := connection.recv(65536):
            found += chunk
    assert statuses(found) == [200]
    assert b"\r\nconnection: close\r\n" in found


CHUNKED = f"PATCH {PATH} HTTP/1.1\r\nHost: mock\r\n{KEY}Transfer-Encoding: chunked\r\n\r\n".encode()


@pytest.mark.parametrize(
    "begin", [b"2\r\n{}\r\n0\r\nX: ", b"2\r\n{}\r\n0\r\nX: a\r\n", b"2;"], ids=["trailer", "trailers", "extension"]
)
def test_what_is_around_a_body_has_a_limit_as_well(baseten: Server, begin: bytes) -> None:
    piece = b"Y: a\r\n" * 10_000 if begin.endswith(b"\n") else b"a" * 60_000
    with socket.create_connection(baseten.address, timeout=5) as connection:
        connection.sendall(CHUNKED + begin)
        for _ in range(50):
            connection.sendall(piece)
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_small_chunks_are_no_flood(baseten: Server) -> None:
    body = slug("chunk-by-chunk") + b" " * 20_000
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    closing = CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert statuses(exchange(baseten, closing + chunks)) == [200]


def test_a_client_that_sends_on_still_reads_why_its_request_is_refused(baseten: Server) -> None:
    chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    for head, piece, status in ((CHUNKED, chunk, b"413"), (b"GET / HTTP/1.1\r\n", b"X: a\r\n" * 10_000, b"431")):
        with socket.create_connection(baseten.address, timeout=5) as connection:
            connection.sendall(head)
            for _ in range(100):
                connection.sendall(piece)
            assert connection.recv(65536).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(
    "headers",
    [["Host: other"], ["Transfer-Encoding: gzip, chunked"], ["Content-Length: 2", "Transfer-Encoding: chunked"]],
    ids=["two hosts", "a coding that is not read", "two lengths"],
)
def test_a_request_that_another_server_could_read_otherwise_is_refused(baseten: Server, headers: list[str]) -> None:
    lines = "".join(f"{row}\r\n" for row in ["Host: mock", *headers])
    body = b"2\r\n{}\r\n0\r\n\r\n"
    answers = exchange(baseten, f"PATCH {PATH} HTTP/1.1\r\n{KEY}{lines}\r\n".encode() + body)
    assert statuses(answers) == [400]


def test_a_request_without_a_host_is_refused_but_in_the_first_http(baseten: Server) -> None:
    head = f"PATCH {PATH} HTTP/1.1\r\n{KEY}Connection: close\r\nContent-Length: 2\r\n\r\n".encode()
    assert statuses(exchange(baseten, head + b"{}")) == [400]
    assert statuses(exchange(baseten, head.replace(b"HTTP/1.1", b"HTTP/1.0") + b"{}")) == [200]


def test_the_first_http_is_never_told_to_continue(baseten: Server) -> None:
    data = last(b"{}", "Expect: 100-continue")
    assert statuses(exchange(baseten, data)) == [100, 200]
    assert statuses(exchange(baseten, data.replace(b"HTTP/1.1", b"HTTP/1.0"))) == [200]


def test_a_long_target_counts_once_however_it_arrives(baseten: Server) -> None:
    data = last(b"{}").replace(PATH.encode(), f"{PATH}?x={'a' * 40_000}".encode())
    with socket.create_connection(baseten.address, timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), 4000):
            connection.sendall(data[start : start + 4000])
            time.sleep(0.01)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_never_takes_its_answers_is_let_go(hasty: Server) -> None:
    asked = b"GET /_mock/apis HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000
    with socket.socket() as greedy:
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        greedy.connect(hasty.address)
        greedy.setblocking(False)
        end, is_let_go = time.monotonic() + 10, False
        while time.monotonic() < end and not is_let_go:
            try:
                greedy.send(asked)
            except BlockingIOError:
                time.sleep(0.05)
            except ConnectionError:
                is_let_go = True
        assert is_let_go
