"""Prefer over a real socket: a documented answer is chosen, or the request is refused."""

from __future__ import annotations

import time

import pytest

from tests.mock.conftest import Server
from tests.mock.practical.steering import BOOK, READER, change, journal, title


@pytest.mark.parametrize(
    ("preference", "status", "body", "applied"),
    [
        ("code=404", 404, {"problem": "the book is missing"}, "code=404"),
        ("Code = 404", 404, {"problem": "the book is missing"}, "code=404"),
        ("code=404, example=moved", 404, {"problem": "the book has moved"}, "code=404, example=moved"),
        ("example=missing", 404, {"problem": "the book is missing"}, "example=missing"),
        ('example="long one"', 200, {"id": "a", "title": "A long title"}, 'example="long one"'),
        ("example=plain;x=1, respond-async", 200, {"id": "a", "title": "Plain"}, "example=plain"),
        ("code=503", 503, {"problem": "broken"}, "code=503"),
        ("code=404, code=429", 404, {"problem": "the book is missing"}, "code=404"),
    ],
)
def test_a_preference_chooses_a_documented_answer_and_changes_nothing(
    shelf: Server, preference: str, status: int, body: object, applied: str
) -> None:
    reply = change(shelf, Prefer=preference)
    assert (reply.status, reply.json) == (status, body)
    assert reply.headers["preference-applied"] == applied
    assert title(shelf) == "Atlas"
    assert [(row["verdict"], row["reason"]) for row in journal(shelf)] == [("preferred", applied)]


@pytest.mark.parametrize(
    ("preference", "reason"),
    [
        ("code=418", "Prefer.code: 418 is not documented; there are: 200, 404, 429, 5XX"),
        ("code=soon", "Prefer.code: soon is not documented; there are: 200, 404, 429, 5XX"),
        (
            "example=none",
            "Prefer.example: none is not documented here; there are: plain, long one, wrong, missing, moved",
        ),
        ("code=404, example=plain", "Prefer.example: plain is not documented here; there are: missing, moved"),
        ("example=wrong", 'Prefer.example: response.200.body.id: 1 is not of type "string"'),
    ],
)
def test_a_preference_that_no_documentation_meets_is_refused_unless_it_is_lenient(
    shelf: Server, preference: str, reason: str
) -> None:
    reply = change(shelf, Prefer=preference)
    assert (reply.status, reply.body.decode()) == (400, f"{reason}\n")
    assert title(shelf) == "Atlas"
    assert journal(shelf)[0]["verdict"] == "unfit"
    lenient = change(shelf, Prefer=f"handling=lenient, {preference}")
    assert (lenient.status, "preference-applied" in lenient.headers) == (200, False)
    assert title(shelf) == "Almanac"


def test_a_preference_does_not_excuse_a_request_that_is_wrong(shelf: Server) -> None:
    wrong = shelf.send("PATCH", BOOK, {"title": 1}, {**READER, "Prefer": "code=404"})
    assert (wrong.status, "preference-applied" in wrong.headers) == (400, False)
    assert shelf.send("PATCH", BOOK, {}, {"Prefer": "code=200"}).status == 401


def test_other_preferences_are_none_of_the_mocks(shelf: Server) -> None:
    for other in ("return=minimal", "respond-async, wait=10", "code", 'code=""', ",,;", "=", '"'):
        assert change(shelf, Prefer=other).status == 200


def test_a_long_preference_is_read_in_no_time(shelf: Server) -> None:
    begun = time.perf_counter()
    for long in ("code=404" + "; " * 20_000 + "(", "a" + " " * 40_000 + "(", '"' * 40_000, "a=" + '\\"' * 20_000):
        assert change(shelf, Prefer=long).status in (200, 404)
    assert time.perf_counter() - begun < 5


def test_a_preferred_answer_comes_in_the_media_type_that_is_accepted(shelf: Server) -> None:
    reply = change(shelf, Prefer="code=404", Accept="text/plain")
    assert (reply.body, reply.headers["content-type"]) == (b"gone", "text/plain")
