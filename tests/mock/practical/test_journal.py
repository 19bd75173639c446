"""The journal over a real socket: every exchange with its verdict, and no secret."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock.conftest import Server
from tests.mock.practical.steering import BOOK, READER, change, journal


def test_the_journal_shows_each_exchange_with_its_verdict(shelf: Server) -> None:
    change(shelf)
    shelf.send("PATCH", BOOK, {"title": 1}, READER)
    shelf.send("PATCH", BOOK, b"{", {**READER, "Content-Type": "application/json"})
    shelf.send("PATCH", BOOK, {})
    shelf.send("PATCH", "/shelf/books/z", {}, READER)
    shelf.send("PATCH", BOOK, {"title": "Ballads"}, READER)
    shelf.send("DELETE", BOOK)
    shelf.send("OPTIONS", BOOK)
    shelf.send("GET", "/shelf/nothing")
    shelf.send("GET", "/nobody")
    rows = journal(shelf)
    assert [row["verdict"] for row in rows] == [
        "accepted",
        "invalid",
        "malformed",
        "unauthenticated",
        "unknown",
        "taken",
        "no_method",
        "options",
        "no_path",
        "no_path",
    ]
    assert rows[1]["reason"] == 'request.body.title: 1 is not of type "string"'
    assert rows[0] == {
        "api": "shelf",
        "operation": "changeBook",
        "method": "PATCH",
        "path": BOOK,
        "query": "",
        "headers": rows[0]["headers"],
        "body": '{"title": "Almanac"}',
        "status": 200,
        "verdict": "accepted",
        "reason": "",
        "answer": '{"id":"a","title":"Almanac"}',
    }
    assert rows[0]["headers"]["authorization"] == "Bearer ***"
    assert rows[-1]["api"] == ""


def test_the_journal_is_filtered_limited_and_cleared(shelf: Server) -> None:
    shelf.send("GET", "/nobody")
    for number in range(3):
        change(shelf, f"Title {number}")
    assert [row["body"] for row in journal(shelf, "?api=shelf&limit=2")] == [
        '{"title": "Title 1"}',
        '{"title": "Title 2"}',
    ]
    assert len(journal(shelf, "?limit=0")) == 0
    assert len(journal(shelf)) == 4
    assert shelf.send("GET", "/_mock/journal?limit=few").status == 400
    assert shelf.send("GET", "/_mock/journal?api=nobody").status == 404
    assert shelf.send("DELETE", "/_mock/journal?api=shelf").status == 204
    assert [row["path"] for row in journal(shelf)] == ["/nobody"]
    assert shelf.send("DELETE", "/_mock/journal").status == 204
    assert journal(shelf) == []


def test_the_journal_keeps_the_last_thousand(shelf: Server) -> None:
    for number in range(1003):
        shelf.send("GET", f"/shelf/books?q={number}")
    assert [row["query"] for row in (journal(shelf)[0], journal(shelf)[-1])] == ["q=3", "q=1002"]
    assert len(journal(shelf)) == 1000


def test_the_journal_keeps_the_begin_of_a_long_body(shelf: Server) -> None:
    change(shelf, "x" * 200_000)
    assert len(journal(shelf)[0]["body"]) == 64 * 1024


SECRETS = [
    ("PATCH", BOOK, {}, {"Authorization": "Bearer hidden-word"}),
    ("PATCH", BOOK, {}, {"Authorization": "hidden-word"}),
    ("PATCH", f"{BOOK}?api_key=hidden-word", {}, {}),
    ("PATCH", f"{BOOK}?API_KEY=hidden-word", {}, {}),
    ("PATCH", f"{BOOK}?api%5Fkey=hidden%2Dword", {}, {}),
    ("PATCH", "/shelf/books/hidden-word", {"title": "hidden-word"}, {"Authorization": "Bearer hidden-word"}),
    ("PATCH", BOOK, b'{"title": "\\u0068idden-word"}', {"Authorization": "Bearer hidden-word"}),
    ("PATCH", BOOK, {"title": "reader-key-1"}, READER),
    ("PATCH", BOOK, {}, {**READER, "Cookie": "session=hidden-word; theme=hidden-word"}),
    ("PATCH", BOOK, {}, {**READER, "X-Auth-Token": "hidden-word"}),
    ("PATCH", BOOK, {"pin": "hidden-word"}, READER),
    ("PATCH", BOOK, {"pin": "hidden-word" * 40}, READER),
    ("PATCH", BOOK, {"pin": 'hidden-word"\\' * 9}, READER),
    ("PATCH", BOOK, {"vault": {"combination": "hidden-word", "place": "here"}}, READER),
    ("PATCH", BOOK, {"vault": {"combination": ["hidden-word"]}}, READER),
    ("PATCH", BOOK, {"other": [{"client_secret": "hidden-word"}]}, READER),
    ("PATCH", BOOK, b'{"pin": "hidden-word", "pin": "hidden-word"}', READER),
    ("PATCH", BOOK, b'{"pin": "hidden-word', READER),
    ("PATCH", "/shelf/books/hidden-word", {}, {**READER, "X-Seal": "hidden-word"}),
    ("PATCH", BOOK, {"pin": {"inner": ["hidden-word"]}}, READER),
    ("PATCH", BOOK, b' \n{"pin": ["hidden-word"]}', READER),
    ("PATCH", BOOK, b'{"pin": {"inner": "hidden-word"}', READER),
    ("PATCH", BOOK, b'{"title": "hidden-word", "pin": "hidden-word"', READER),
    ("PATCH", BOOK, b"pin=hidden-word", {**READER, "Content-Type": ""}),
    ("PATCH", BOOK, b"<a pin='hidden-word'><pin x='1'>hidden-word</pin></a>", {**READER, "Content-Type": "text/xml"}),
    ("PATCH", BOOK, b'{"title": "' + b"x" * 70_000 + b'", "pin": "hidden-word"}', READER),
    ("POST", "/shelf/login", b"user=me&password=hidden-word", {"Content-Type": "application/x-www-form-urlencoded"}),
    (
        "POST",
        "/shelf/login",
        b"pass%77ord=hidden-word-that-is-long",
        {"Content-Type": "application/x-www-form-urlencoded"},
    ),
    (
        "POST",
        "/shelf/login",
        b'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhidden-word\r\n--b--\r\n',
        {"Content-Type": "multipart/form-data; boundary=b"},
    ),
    ("GET", "/nobody?x=hidden-word", None, {"Authorization": "Bearer hidden-word"}),
]


@pytest.mark.parametrize(("method", "path", "body", "headers"), SECRETS)
def test_no_secret_stands_in_the_journal(
    shelf: Server, method: str, path: str, body: Any, headers: dict[str, str]
) -> None:
    if isinstance(body, bytes):
        headers = {"Content-Type": "application/json", **headers}
    shelf.send(method, path, body, headers)
    shown = shelf.send("GET", "/_mock/journal").body
    assert shown.count(b'"method"') == 1
    for secret in (b"hidden-word", b"hidden%2Dword", b"reader-key-1", b"idden-word"):
        assert secret not in shown, shown
    assert b"***" in shown


def test_a_token_that_is_issued_is_struck_out_and_the_rest_is_left(shelf: Server) -> None:
    assert shelf.send("POST", "/shelf/login", b"user=me", {"Content-Type": "application/x-www-form-urlencoded"}).json
    row = journal(shelf)[0]
    assert (row["body"], row["answer"]) == ("user=me", '{"access_token":"***"}')


def test_words_of_a_broken_body_are_no_secrets(shelf: Server) -> None:
    shelf.send("PATCH", BOOK, b'{"pin": null, "title": null', {**READER, "Content-Type": "application/json"})
    assert journal(shelf)[0]["body"].endswith('"title": null')


def test_the_mocks_own_pages_are_not_in_the_journal(shelf: Server) -> None:
    for path in ("/_mock/apis", "/_mock/faults", "/_mock/nothing", "/_mock/journal"):
        shelf.send("GET", path)
    assert journal(shelf) == []
