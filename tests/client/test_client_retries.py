"""Which failed attempts are repeated, how often, and after how long a wait: each half over each transport."""

from __future__ import annotations

import io
import random
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from tests.client.conftest import Half, Reply

THING = Reply(200, {"id": "a"})
DROP = Reply(does="drop")
PASSING = [DROP, Reply(408), Reply(429, b"<html>"), Reply(500), Reply(503, {"error": "soon"}), Reply(520, b"<html>")]
LASTING = [Reply(400), Reply(404, {"error": "gone"}), Reply(409), Reply(418), Reply(301), Reply(204), Reply(600)]


@pytest.mark.parametrize("failure", PASSING, ids=lambda one: str(one.status if one.does == "answer" else one.does))
def test_what_may_pass_is_tried_twice_again(half: Half, failure: Reply) -> None:
    half.script.tell(failure, failure, THING)
    assert half.call().id == "a"
    assert (len(half.script.seen), len(half.waits)) == (3, 2)


@pytest.mark.parametrize("failure", PASSING, ids=lambda one: str(one.status if one.does == "answer" else one.does))
def test_after_the_second_repeat_the_failure_is_raised(half: Half, failure: Reply) -> None:
    half.script.tell(failure)
    with pytest.raises(half.package.APIError) as caught:
        half.call()
    assert isinstance(caught.value, half.package.APIConnectionError) == (failure is DROP)
    assert len(half.script.seen) == 3


@pytest.mark.parametrize("failure", LASTING, ids=lambda one: str(one.status))
def test_what_does_not_pass_is_not_tried_again(half: Half, failure: Reply) -> None:
    half.script.tell(failure)
    with pytest.raises(half.package.APIResponseError) as caught:
        half.call()
    assert (caught.value.status_code, len(half.script.seen), half.waits) == (failure.status, 1, [])


@pytest.mark.parametrize(
    ("verb", "attempts"), [("read", 3), ("write", 3), ("make", 1), ("touch", 3)], ids=lambda one: str(one)
)
def test_a_method_that_changes_more_each_time_is_repeated_only_where_the_spec_says_so(
    half: Half, verb: str, attempts: int
) -> None:
    half.script.tell(Reply(500))
    with pytest.raises(half.package.InternalServerError):
        half.call(verb)
    assert len(half.script.seen) == attempts


def test_max_retries_of_the_client_and_of_a_call(half: Half) -> None:
    half.script.tell(Reply(500))
    once = half.open(max_retries=0)
    for client, given, attempts in (
        (once, {}, 1),
        (once, {"max_retries": 1}, 2),
        (half.open(max_retries=5), {}, 6),
        (once.with_options(max_retries=3), {}, 4),
        (half.open(), {"max_retries": 0}, 1),
    ):
        half.script.seen.clear()
        with pytest.raises(half.package.InternalServerError):
            half.call(client=client, **given)
        assert len(half.script.seen) == attempts
    half.script.seen.clear()
    with pytest.raises(half.package.InternalServerError):
        half.call("make", max_retries=1)
    assert len(half.script.seen) == 2


def test_however_many_attempts_failed_the_next_is_at_most_eight_seconds_away(calls: ModuleType) -> None:
    pause = import_module(f"{calls.__name__}._runtime.retries").pause
    for attempt, limit in ((0, 0.5), (1, 1.0), (4, 8.0), (5, 8.0), (5_000, 8.0)):
        drawn = [pause(attempt, {}) for _ in range(200)]
        assert limit / 2 < max(drawn) <= limit
        assert min(drawn) < limit / 2


@pytest.mark.parametrize("given", [-1, 1.5, True, "2", None])
def test_a_number_of_repeats_that_is_none_is_refused(half: Half, given: Any) -> None:
    with pytest.raises(half.package.SettingError, match="max_retries is a whole number"):
        half.open(max_retries=given)
    with pytest.raises(half.package.SettingError, match="max_retries is a whole number"):
        half.call(max_retries=given)
    assert half.script.seen == []


def test_a_failure_documented_as_lasting_is_not_repeated(half: Half) -> None:
    half.script.tell(Reply(503, {"error": "for good"}))
    with pytest.raises(half.package.InternalServerError) as caught:
        half.call("write")
    assert (len(half.script.seen), caught.value.parsed.error) == (1, "for good")
    half.script.seen.clear()
    half.script.tell(Reply(503, b"<html>a proxy's own</html>"), Reply(503, {"other": 1}), THING)
    assert half.call("write").id == "a"
    assert len(half.script.seen) == 3


def _date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def _dated(text: str) -> str:
    """Returns the text of a row, its date counted from now: each worker must collect tests of the same names."""
    forms = {"DATE": " GMT", "DATE without zone": "", "DATE -0000": " -0000"}
    away = {"DATE past": -100, "DATE in an hour": 3_600, "DATE in years": 10**9}
    if text in away:
        return _date(away[text])
    return _date(100).removesuffix(" GMT") + forms[text] if text in forms else text


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "0"}, 0, 0),
        ({"Retry-After": " 1.5 "}, 1.5, 1.5),
        ({"Retry-After": "120"}, 120, 120),
        ({"Retry-After-Ms": "250"}, 0.25, 0.25),
        ({"Retry-After-Ms": "250", "Retry-After": "9"}, 0.25, 0.25),
        ({"Retry-After-Ms": "soon", "Retry-After": "9"}, 9, 9),
        ({"Retry-After": "DATE"}, 1, 100),
        ({"Retry-After": "DATE without zone"}, 1, 100),
        ({"Retry-After": "DATE -0000"}, 1, 100),
        ({"Retry-After": "DATE past"}, 0, 0),
        ({"Retry-After": "Sunday, 06-Nov-94 08:49:37 GMT"}, 0, 0),
        ({"Retry-After": "Sun Nov  6 08:49:37 1994"}, 0, 0),
    ],
    ids=lambda one: str(one),
)
def test_a_wait_that_the_server_asks_for_is_kept_to(
    half: Half, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], low: float, high: float
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    given = {name: _dated(text) for name, text in headers.items()}
    half.script.tell(Reply(429, None, given), THING)
    assert half.call().id == "a"
    assert [low <= one <= high for one in half.waits] == [True]


@pytest.mark.parametrize(
    "text", ["soon", "-1", "nan", "inf", "1e1", "1_0", "٣", "", "5 s", "Mon, 99 Xyz 2026 99:99:99 GMT", "9" * 400 + "x"]
)
def test_a_wait_that_nobody_can_read_is_drawn_as_without_one(
    half: Half, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: (low, high))
    half.script.tell(Reply(503, None, {"Retry-After": text.encode().decode("latin-1")}), DROP, THING)
    assert half.call().id == "a"
    assert half.waits == [(0, 0.5), (0, 1.0)]


@pytest.mark.parametrize("text", ["121", "120.5", "9" * 400, "DATE in an hour", "DATE in years"])
def test_a_wait_beyond_two_minutes_ends_the_call(half: Half, text: str) -> None:
    asked = _dated(text)
    half.script.tell(Reply(429, {"error": "later"}, {"Retry-After": asked}))
    with pytest.raises(half.package.RateLimitError) as caught:
        half.call()
    assert (len(half.script.seen), half.waits) == (1, [])
    assert caught.value.headers["retry-after"] == asked


def test_the_wait_doubles_up_to_eight_seconds(half: Half, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: (low, high))
    half.script.tell(Reply(500))
    with pytest.raises(half.package.InternalServerError):
        half.call(max_retries=7)
    assert half.waits == [(0, one) for one in (0.5, 1, 2, 4, 8, 8, 8)]


class Pipe(io.BytesIO):
    """A file that cannot go back."""

    def seekable(self) -> bool:
        return False


def _pieces() -> Iterator[bytes]:
    yield b"one"
    yield b"two"


async def _async_pieces() -> AsyncIterator[bytes]:
    for piece in _pieces():
        yield piece


def _store(half: Half, body: Any) -> None:
    client = half.open()
    half.run(lambda: client.blobs.store("a", body=body))


def test_a_file_is_sent_again_from_where_it_stood(half: Half) -> None:
    half.script.tell(DROP, Reply(500), Reply(204))
    file = io.BytesIO(b"head" + b"x" * 200_000)
    file.seek(4)
    _store(half, file)
    assert [seen.body == b"x" * 200_000 for seen in half.script.seen] == [True] * 3
    assert {seen.headers["Content-Length"] for seen in half.script.seen} == {"200000"}


@pytest.mark.parametrize("source", [lambda: Pipe(b"onetwo"), _pieces, lambda: iter([b"one", b"two"]), _async_pieces])
def test_a_body_that_can_be_read_once_is_sent_once(half: Half, source: Any) -> None:
    if source is _async_pieces and not half.is_async:
        with pytest.raises(TypeError, match="an asynchronous body needs the asynchronous client"):
            _store(half, source())
        assert half.script.seen == []
        return
    half.script.tell(Reply(500))
    with pytest.raises(half.package.InternalServerError):
        _store(half, source())
    assert [seen.body for seen in half.script.seen] == [b"onetwo"]
    half.script.tell(Reply(204))
    _store(half, source())
    assert half.script.seen[-1].body == b"onetwo"


def test_a_list_of_pieces_is_sent_again(half: Half) -> None:
    half.script.tell(Reply(500), Reply(204))
    _store(half, [b"one", b"two"])
    assert [seen.body for seen in half.script.seen] == [b"onetwo"] * 2


def test_an_error_of_the_callers_own_body_is_not_taken_for_the_networks(half: Half) -> None:
    def broken() -> Iterator[bytes]:
        yield b"one"
        raise LookupError("the caller's own")

    with pytest.raises(LookupError, match="the caller's own"):
        _store(half, broken())
    assert half.waits == []


def test_an_answer_that_breaks_off_is_no_answer(half: Half) -> None:
    half.script.tell(Reply(200, {"id": "a" * 5000}, kept=100), THING)
    assert half.call().id == "a"
    half.script.tell(Reply(200, {"id": "a" * 5000}, kept=100))
    with pytest.raises(half.package.APIConnectionError, match=r"GET /things/\{id\}"):
        half.call()
    with pytest.raises(half.package.APIConnectionError):
        half.call("make")
    assert [seen.method for seen in half.script.seen] == ["GET"] * 5 + ["POST"]
