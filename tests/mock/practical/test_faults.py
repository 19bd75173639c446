"""Faults over a real socket: late, wrong, cut and lost answers."""

from __future__ import annotations

import socket
import statistics
import time
from typing import Any

import pytest

from tests.mock.conftest import Server
from tests.mock.practical.steering import change, faults, journal, patch, title, whole


@pytest.mark.parametrize(
    ("fault", "status", "body", "retry_after"),
    [
        ({"status": 503}, 503, {"problem": "broken"}, None),
        ({"status": 429, "retry_after": 3}, 429, {"problem": "slower"}, "3"),
        ({"retry_after": 0}, 429, {"problem": "slower"}, "0"),
        ({"status": 429}, 429, {"problem": "slower"}, "60"),
        ({"status": 418, "body": {"i": "am"}}, 418, {"i": "am"}, None),
        ({"status": 302, "body": None}, 302, None, None),
    ],
)
def test_a_fault_answers_in_the_place_of_the_operation(
    shelf: Server, fault: dict[str, Any], status: int, body: object, retry_after: str | None
) -> None:
    assert faults(shelf, fault).status == 200
    reply = change(shelf)
    assert (reply.status, reply.headers.get("retry-after")) == (status, retry_after)
    assert (reply.json if body else None) == body
    assert title(shelf) == "Atlas"
    assert [(row["status"], row["verdict"]) for row in journal(shelf)] == [(status, "fault")]


def test_faults_are_listed_as_they_were_put_and_cleared(shelf: Server) -> None:
    rows: list[dict[str, Any]] = [
        {"api": "shelf", "operation": "changeBook", "rate": 0.5, "status": 500, "times": 2, "body": [1]},
        {"api": "", "operation": "", "rate": 1.0, "latency": {"distribution": "normal", "mean": 0.1, "deviation": 0}},
        {"api": "", "operation": "", "rate": 1.0, "latency": 0.25, "truncate": 3, "drop": True},
    ]
    assert faults(shelf, *rows).json == rows
    assert shelf.send("GET", "/_mock/faults").json == rows
    assert faults(shelf).json == []
    faults(shelf, *rows)
    assert shelf.send("DELETE", "/_mock/faults").status == 204
    assert shelf.send("GET", "/_mock/faults").json == []


def test_a_fault_strikes_its_own_api_and_operation_so_many_times(shelf: Server) -> None:
    faults(
        shelf,
        {"api": "shelf", "operation": "changeBook", "status": 500, "times": 2},
        {"operation": "countBooks", "status": 502, "times": 1},
    )
    assert shelf.send("GET", "/shelf/books").status == 502
    assert [change(shelf).status for _ in range(3)] == [500, 500, 200]
    assert shelf.send("GET", "/shelf/books").status == 200
    assert shelf.send("GET", "/_mock/faults").json == []


def test_a_rate_is_drawn_from_a_seed(shelf: Server) -> None:
    seen = []
    for _ in range(2):
        faults(shelf, {"status": 500, "rate": 0.3})
        seen.append([shelf.send("GET", "/shelf/books").status for _ in range(60)])
    assert seen[0] == seen[1]
    assert 8 <= seen[0].count(500) <= 30


@pytest.mark.parametrize(
    ("latency", "low", "high"),
    [
        (0.15, 0.15, 0.15),
        ({"distribution": "uniform", "low": 0.1, "high": 0.2}, 0.1, 0.2),
        ({"distribution": "normal", "mean": 0.15, "deviation": 0.01}, 0.1, 0.2),
        ({"distribution": "lognormal", "median": 0.15, "sigma": 0.1}, 0.1, 0.25),
    ],
)
def test_an_answer_is_late_and_the_request_carried_out(shelf: Server, latency: object, low: float, high: float) -> None:
    faults(shelf, {"latency": latency})
    taken = []
    for number in range(4):
        begun = time.perf_counter()
        assert change(shelf, f"Title {number}").status == 200
        taken.append(time.perf_counter() - begun)
    assert min(taken) >= low - 0.002
    assert statistics.median(taken) <= high + 0.1
    assert len({round(seconds, 5) for seconds in taken}) > 1
    assert title(shelf) == "Title 3"
    assert {row["verdict"] for row in journal(shelf)} == {"accepted"}


def test_a_late_answer_holds_up_nobody_else(shelf: Server) -> None:
    faults(shelf, {"operation": "changeBook", "latency": 0.8})
    with socket.create_connection(shelf.address, timeout=30) as waiting:
        waiting.sendall(patch())
        begun = time.perf_counter()
        assert shelf.send("GET", "/shelf/books").status == 200
        assert time.perf_counter() - begun < 0.5
        assert waiting.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_dropped_connection_brings_no_byte_and_the_update_happened(shelf: Server) -> None:
    faults(shelf, {"drop": True, "times": 1})
    assert whole(shelf, patch()) == b""
    assert title(shelf) == "Sent"
    assert [(row["verdict"], row["status"]) for row in journal(shelf)] == [("fault", 200)]
    assert change(shelf).status == 200


def test_a_dropped_status_happens_to_nobody(shelf: Server) -> None:
    faults(shelf, {"drop": True, "status": 500, "times": 1})
    assert whole(shelf, patch()) == b""
    assert title(shelf) == "Atlas"


@pytest.mark.parametrize("kept", [0, 5, 10_000])
def test_a_cut_body_is_shorter_than_its_length(shelf: Server, kept: int) -> None:
    faults(shelf, {"truncate": kept, "times": 1})
    head, _, body = whole(shelf, patch()).partition(b"\r\n\r\n")
    expected = b'{"id":"a","title":"Sent"}'
    assert head.startswith(b"HTTP/1.1 200 ")
    assert f"content-length: {len(expected)}".encode() in head.lower()
    assert body == expected[: min(kept, len(expected) - 1)]
    assert title(shelf) == "Sent"
    assert change(shelf).status == 200


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ({}, 'faults: {} is not of type "array"'),
        ([1], 'faults[0]: 1 is not of type "object"'),
        ([{"stauts": 1}], "faults[0].stauts: is not allowed here"),
        ([{"latency": 1}, {"status": 99}], "faults[1].status: 99 is less than the minimum of 200"),
        ([{"latency": "1"}], 'faults[0].latency: "1" is not of type "number"'),
        ([{"latency": {"distribution": "uniform", "low": 2, "high": 1}}], "faults[0].latency.low: lies above high"),
        ([{"latency": {"distribution": "uniform", "low": 2}}], "faults[0].latency.high: is required"),
        ([{"rate": 0}], "faults[0].rate: 0 is less than or equal to the minimum of 0"),
        ([{"times": 0}], "faults[0].times: 0 is less than the minimum of 1"),
        ([{"api": "shop"}], "faults[0].api: no API is called so; there are: shelf"),
        ([{"operation": "burn"}], "faults[0].operation: no operation is called so"),
        ([{"body": 1}], "faults[0].body: needs a status"),
    ],
)
def test_a_fault_that_is_not_understood_is_refused_with_its_place(shelf: Server, rows: Any, reason: str) -> None:
    faults(shelf, {"status": 500})
    reply = shelf.send("PUT", "/_mock/faults", rows)
    assert (reply.status, reply.body.decode()) == (400, f"{reason}\n")
    assert len(shelf.send("GET", "/_mock/faults").json) == 1


def test_a_body_that_is_no_json_is_refused_by_the_mocks_own_pages(shelf: Server) -> None:
    for body in (b"", b"[", b"\xff", b"[" * 100_000, b'[{"status": 500, "status": 501}]', b"[NaN]"):
        assert shelf.send("PUT", "/_mock/faults", body).status == 400
        assert shelf.send("POST", "/_mock/restore", body).status == 400
    assert shelf.send("PUT", "/_mock/faults", b" " * (2 << 20)).status == 400
    assert shelf.send("GET", "/_mock/faults?x=%zz").status == 400


@pytest.mark.parametrize(
    ("text", "status", "retry_after"),
    [
        ("status=503", 503, None),
        ("status=503; retry-after=1", 503, "1"),
        ("status=503; retry-after=1234567", 503, "1234567"),
        ("Retry-After = 2", 429, "2"),
        ("status=503;rate=1;latency=0.01;", 503, None),
        ("latency=uniform 0.01 0.02", 200, None),
        ("", 200, None),
    ],
)
def test_a_request_asks_for_its_own_fault(shelf: Server, text: str, status: int, retry_after: str | None) -> None:
    reply = change(shelf, X_Mock_Fault=text)
    assert (reply.status, reply.headers.get("retry-after")) == (status, retry_after)
    assert change(shelf).status == 200


def test_a_request_asks_for_a_drop_and_a_cut(shelf: Server) -> None:
    assert whole(shelf, patch("X-Mock-Fault: drop")) == b""
    assert whole(shelf, patch("X-Mock-Fault: truncate=2")).endswith(b'\r\n\r\n{"')


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("status=99", "x-mock-fault.status: 99 is less than the minimum of 200"),
        ("status=up", 'x-mock-fault.status: "up" is not of type "integer"'),
        ("burn", "x-mock-fault.burn: is not allowed here"),
        ("status=500; status=501", "x-mock-fault.status: stands twice"),
        ("times=1", "x-mock-fault.times: has no place in a header"),
        ("latency=uniform 1", 'x-mock-fault.latency: "uniform 1" is not of type "number"'),
    ],
)
def test_a_fault_header_that_is_not_understood_is_refused(shelf: Server, text: str, reason: str) -> None:
    reply = change(shelf, X_Mock_Fault=text)
    assert (reply.status, reply.body.decode()) == (400, f"{reason}\n")
    assert title(shelf) == "Atlas"
