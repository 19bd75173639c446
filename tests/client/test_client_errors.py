"""What an answer that is not the promised one raises: each half over each transport."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from tests.client.conftest import SOCKETS, Half, Reply

HTML = b"<html><title>502 Bad Gateway</title></html>"
sockets = pytest.mark.parametrize("half", SOCKETS, indirect=True)


@pytest.mark.parametrize(
    ("status", "body", "name", "documented"),
    [
        (404, {"error": "gone"}, "NotFoundError", True),
        (404, {"error": 5}, "NotFoundError", False),
        (404, HTML, "NotFoundError", False),
        (404, b"", "NotFoundError", False),
        (403, {"error": "no"}, "PermissionDeniedError", False),
        (520, HTML, "InternalServerError", False),
        (599, b"\xff", "InternalServerError", False),
        (600, {"error": "odd"}, "InternalServerError", False),
        (304, b"", "APIStatusError", False),
    ],
    ids=str,
)
def test_an_error_carries_the_answer_and_tells_whether_it_is_documented(
    half: Half, status: int, body: Any, name: str, documented: bool
) -> None:
    half.script.tell(Reply(status, body, {"X-Request-Id": "r-7"}))
    with pytest.raises(half.package.APIStatusError) as caught:
        half.call(max_retries=0)
    error = caught.value
    assert type(error) is getattr(half.package, name)
    assert (error.status_code, error.request_id, error.headers["X-REQUEST-ID"]) == (status, "r-7", "r-7")
    assert (error.documented, error.parsed is not None) == (documented, documented)
    shown = {b"": None, b"\xff": "\ufffd", HTML: HTML.decode()}
    assert error.body == (shown[body] if isinstance(body, bytes) else body)
    assert error.operation == "GET /things/{id}"


def test_every_error_has_the_same_attributes(half: Half) -> None:
    half.script.tell(Reply(does="drop"))
    with pytest.raises(half.package.APIError) as lost:
        half.call(max_retries=0)
    with pytest.raises(half.package.APIError) as unset:
        half.open(timeout=-1)
    for error in (lost.value, unset.value):
        assert (error.status_code, dict(error.headers), error.request_id, error.body) == (None, {}, None, None)


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (200, HTML, "no JSON that can be read"),
        (200, b"", "expected an object, found nothing"),
        (200, {"name": "no id"}, "id: expected a value, found nothing"),
        (200, {"id": None}, "id: expected a string, found null"),
        (200, [], "expected an object, found an array"),
        (200, b"[" * 100_000, "no JSON that can be read"),
        (200, b"\xff\xfe\x00", "no JSON that can be read"),
        (201, {"id": "a"}, "the status 201 is not documented"),
        (204, b"", "the status 204 is not documented"),
        (299, {"id": "a"}, "the status 299 is not documented"),
    ],
    ids=lambda one: str(one)[:20],
)
def test_a_success_that_cannot_be_read_is_told_with_its_bytes(half: Half, status: int, body: Any, problem: str) -> None:
    half.script.tell(Reply(status, body, {"X-Request-Id": "r-8"}))
    with pytest.raises(half.package.APIResponseValidationError, match=problem) as caught:
        half.call()
    error = caught.value
    assert (error.status_code, error.request_id, error.documented) == (status, "r-8", False)
    assert error.content == Reply(status, body).content
    assert len(half.script.seen) == 1


@sockets
def test_a_packed_answer_is_unpacked_and_one_that_cannot_be_keeps_its_bytes(half: Half) -> None:
    packed = gzip.compress(b'{"id": "packed"}')
    coding = {"Content-Encoding": "gzip"}
    half.script.tell(Reply(200, packed, coding))
    assert half.call().id == "packed"
    assert "gzip" in half.script.seen[-1].headers["Accept-Encoding"]
    for broken in (b"no gzip at all", packed[:-12], b"\x1f\x8b" + b"\x00" * 20):
        half.script.tell(Reply(200, broken, coding))
        with pytest.raises(half.package.APIResponseValidationError) as caught:
            half.call()
        assert (caught.value.status_code, len(caught.value.content) > 0) == (200, True)
        half.script.tell(Reply(404, broken, coding))
        with pytest.raises(half.package.NotFoundError) as refused:
            half.call()
        assert refused.value.documented is False
    half.script.tell(Reply(200, b'{"id": "odd"}', {"Content-Encoding": "rot13"}))
    assert half.call().id == "odd"


@sockets
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 1000 Odd\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}",
    ],
    ids=repr,
)
def test_what_is_no_answer_of_http_is_no_answer(half: Half, raw: bytes) -> None:
    half.script.tell(Reply(raw=raw) if raw else Reply(does="drop"))
    with pytest.raises(half.package.APIConnectionError, match=r"GET /things/\{id\}: no answer"):
        half.call()
    assert len(half.script.seen) == 3


@sockets
def test_an_interim_answer_is_passed_over(half: Half) -> None:
    final = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"id": "a"}'
    half.script.tell(Reply(raw=b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + final))
    assert half.call().id == "a"
    half.script.tell(Reply(raw=b"HTTP/1.1 100 Continue\r\n\r\n" + final))
    assert half.call().id == "a"
    half.script.tell(Reply(raw=b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"))
    with pytest.raises((half.package.APIStatusError, half.package.APIConnectionError)):
        half.call()


@sockets
def test_an_empty_answer_with_a_body_leaves_the_next_one_alone(half: Half) -> None:
    client = half.open()
    half.script.tell(Reply(raw=b'HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n{"id": 5}'))
    assert half.run(lambda: client.blobs.store("a", body=b"x")) is None
    half.script.tell(Reply(200, {"id": "next"}))
    assert half.call(client=client).id == "next"


@sockets
def test_headers_of_any_bytes_can_be_read(half: Half) -> None:
    odd = b"HTTP/1.1 200 OK\r\nX-Odd: \xff\xfe\r\nX-Two: 1\r\nX-Two: 2\r\nX-Request-Id: r\r\nContent-Length: 11\r\n\r\n"
    half.script.tell(Reply(raw=odd + b'{"id": "a"}'))
    client = half.open()
    answer = half.run(lambda: client.things.with_raw_response.read("a"))
    assert (answer.parse().id, answer.request_id, answer.headers["x-two"]) == ("a", "r", "1, 2")


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes(calls: Any) -> None:
    errors = __import__(f"{calls.__name__}._runtime.errors", fromlist=["x"])
    drawn: list[tuple[str, str]] = []
    path: list[str] = []
    for row in errors.__doc__.splitlines():
        name = row.lstrip("│├└─ ").split(" ")[0]
        if name.startswith("API") or name.endswith("Error"):
            depth = (len(row) - len(row.lstrip("│├└─ "))) // 4
            path = [*path[:depth], name]
            drawn.append((name, path[depth - 1] if depth else "Exception"))
    kinds = {name: one for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, Exception)}
    assert dict(drawn) == {name: one.__bases__[0].__name__ for name, one in kinds.items()}
    assert "documented" in errors.__doc__
