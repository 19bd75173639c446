"""Where the credential comes from, and that nothing shows it: each half over each transport."""

from __future__ import annotations

import logging
import pickle
import threading
import traceback
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.client.conftest import KEY, Half, Reply

THING = Reply(200, {"id": "a"})
SHOWN_BY_SERVER = Reply(400, {"error": f"unknown key {KEY}"})


def test_a_function_is_asked_before_each_attempt(half: Half) -> None:
    given = iter(["first", "second", "third", "fourth"])
    half.script.tell(Reply(500), Reply(307, b"", {"Location": "/on"}), Reply(does="drop"), THING)
    assert half.call(client=half.open(api_key=lambda: next(given))).id == "a"
    assert [seen.headers["X-Auth-Token"] for seen in half.script.seen] == ["first", "second", "third", "fourth"]


def test_an_async_function_is_awaited_by_the_async_half_and_refused_by_the_other(
    half: Half, recwarn: pytest.WarningsRecorder
) -> None:
    async def fetch() -> str:
        return "fetched"

    client = half.open(api_key=fetch)
    if half.is_async:
        assert half.call(client=client).id == "a"
        assert half.script.seen[-1].headers["X-Auth-Token"] == "fetched"
    else:
        with pytest.raises(half.package.SettingError, match="is async; the Async client takes it"):
            half.call(client=client)
        assert half.script.seen == []
    assert [str(one.message) for one in recwarn if "never awaited" in str(one.message)] == []


class Unavailable(Exception):
    """What a caller's own function raises."""


def test_what_the_function_raises_reaches_the_caller_and_nothing_is_sent(half: Half) -> None:
    def fetch() -> str:
        raise Unavailable("no token today")

    with pytest.raises(Unavailable, match="no token today"):
        half.call(client=half.open(api_key=fetch))

    def through_another_client() -> str:
        raise half.package.APIConnectionError("the identity service is away")

    with pytest.raises(half.package.APIConnectionError, match="the identity service is away"):
        half.call(client=half.open(api_key=through_another_client))
    assert (half.script.seen, half.waits) == ([], [])


@pytest.mark.parametrize(
    ("given", "what"), [(None, "NoneType"), ("", "an empty text"), (b"k", "bytes"), (7, "int")], ids=repr
)
def test_a_function_that_returns_no_secret_is_told_so(half: Half, given: Any, what: str) -> None:
    with pytest.raises(half.package.SettingError, match=f"the credential's function returned {what}, not the secret"):
        half.call(client=half.open(api_key=lambda: given))
    assert half.script.seen == []


@pytest.mark.parametrize("given", [b"bytes", 7, ["k"], 2.5], ids=repr)
def test_a_credential_of_another_kind_is_refused_at_once(half: Half, given: Any) -> None:
    with pytest.raises(half.package.SettingError, match="the credential is a text or a function"):
        half.open(api_key=given)


@pytest.mark.parametrize("scheme", ["token", "key", "jar", "login"])
@pytest.mark.parametrize("tail", ["\n", "\r\nX-Evil: 1", "\x00", "\udc80"], ids=repr)
def test_a_credential_that_no_header_can_hold_is_refused_unseen(half: Half, scheme: str, tail: str) -> None:
    for given in (KEY + tail, lambda: KEY + tail):
        client = half.open(api_key=given, auth_scheme=scheme)
        with pytest.raises(half.package.SettingError, match="the credential holds") as caught:
            half.call(client=client)
        assert KEY not in _shown(caught.value)
    assert half.script.seen == []


def test_a_call_may_bring_a_credential_of_its_own(half: Half) -> None:
    half.call(extra_headers={"x-auth-token": "of-this-call"})
    assert half.script.seen[-1].headers["X-Auth-Token"] == "of-this-call"


def _shown(error: BaseException) -> str:
    """Returns what a crash report with local variables would hold, but for the frames of the tests themselves."""
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    seen: list[str] = []
    one: traceback.TracebackException | None = trace
    while one is not None:
        one.stack = traceback.StackSummary.from_list([frame for frame in one.stack if "/tests/" not in frame.filename])
        one = one.__cause__ or one.__context__
    seen += [*trace.format(), repr(error), str(error), repr(vars(error).get("args"))]
    return "".join(seen)


def _failures(half: Half, **settings: Any) -> list[BaseException]:
    """Returns an exception of each kind that a call ends with."""
    package, found = half.package, []
    away = half.open(base_url="http://127.0.0.1:1", transport=None, **settings)
    replies = [SHOWN_BY_SERVER, Reply(500), Reply(200, b"<html>"), Reply(200, {"id": 5}), Reply(does="drop")]
    for reply in replies:
        half.script.tell(reply)
        with pytest.raises(package.APIError) as caught:
            half.call(client=half.open(**settings))
        found.append(caught.value)
    half.script.tell(Reply(does="hang"))
    for client in (away, half.open(timeout=0.05, max_retries=0, **settings)):
        with pytest.raises(package.APIConnectionError) as failed:
            half.call(client=client, max_retries=0)
        found.append(failed.value)
    with pytest.raises(package.SettingError) as refused:
        half.call(client=half.open(**settings), timeout=-1)
    with pytest.raises(ValueError, match="line break") as broken:
        half.call(client=half.open(**settings), extra_headers={"X-A": "a\nb"})
    client = half.open(**settings)
    with pytest.raises(ValueError, match="names another path") as misled:
        half.run(lambda: client.things.read(".."))
    return [*found, refused.value, broken.value, misled.value]


@pytest.mark.parametrize(
    ("scheme", "form"), [("token", "text"), ("key", "function"), ("jar", "text"), ("login", "function")]
)
def test_nothing_shows_the_credential(half: Half, caplog: pytest.LogCaptureFixture, scheme: str, form: str) -> None:
    caplog.set_level(logging.DEBUG)
    settings = {"api_key": KEY if form == "text" else lambda: KEY, "auth_scheme": scheme}
    client = half.open(**settings)
    shown = [repr(client), repr(vars(client)), repr(vars(client._core)), repr(client._core.credential)]
    failures = _failures(half, **settings)
    assert len(failures) == 10
    shown += [_shown(error) for error in failures]
    raw = half.open(**settings)
    half.script.tell(THING)
    answer = half.run(lambda: raw.things.with_raw_response.read("a"))
    shown += [repr(answer), repr(half.run(lambda: raw.things.read("a"))), caplog.text]
    assert [KEY in text for text in shown] == [False] * len(shown)
    assert KEY in repr(half.script.seen)
    assert "GET" in caplog.text


def test_a_constructor_that_refuses_shows_no_credential_either(half: Half) -> None:
    for wrong in ({"base_url": "nowhere"}, {"timeout": 0}, {"max_retries": -1}, {"default_headers": {"A": "b\n"}}):
        with pytest.raises(ValueError) as caught:  # noqa: PT011  # each its own words; here only what they show
            half.open(**wrong)
        assert KEY not in _shown(caught.value)
        assert isinstance(caught.value, half.package.SettingError)


def test_what_a_middleware_sees_hides_it_too(half: Half) -> None:
    seen: list[str] = []

    def around(request: Any, send: Callable[[Any], Any]) -> Any:
        seen.append(f"{request!r} {request.headers!r}")
        return send(request)

    half.call(client=half.open(middleware=[around]))
    assert "GET" in seen[0]
    assert KEY not in seen[0]


def test_a_pickled_exception_holds_no_credential(half: Half) -> None:
    for error in _failures(half):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301  # our own bytes
            assert (type(again), str(again)) == (type(error), str(error))
            if isinstance(error, half.package.APIResponseError):
                assert again.status_code == error.status_code
                assert again.documented == error.documented
                assert dict(again.headers) == dict(error.headers)
                assert again.body == error.body
        # What the server itself sent back stays, as the body's bytes.
        if KEY.encode() not in getattr(error, "content", b""):
            assert KEY.encode() not in pickle.dumps(error)
    with pytest.raises(TypeError, match="a credential is not pickled"):
        pickle.dumps(half.open()._core.credential)


def test_what_a_server_repeats_late_in_its_words_is_hidden_as_well(half: Half) -> None:
    half.script.tell(Reply(400, {"error": "x" * 295 + KEY}))
    with pytest.raises(half.package.BadRequestError) as caught:
        half.call()
    assert KEY[:5] not in str(caught.value)


def test_a_credential_that_changes_in_many_threads_is_hidden_in_all(half: Half) -> None:
    if half.is_async:
        pytest.skip("threads are the synchronous half's")
    half.script.tell(Reply(400, {"error": "no"}))
    count = iter(range(10_000))
    client = half.open(api_key=lambda: f"key-{next(count)}", max_retries=0)
    failed: list[BaseException] = []

    def work() -> None:
        for _ in range(5):
            try:
                client.things.read("a")
            except half.package.BadRequestError:
                continue
            except BaseException as error:
                failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len({seen.headers["X-Auth-Token"] for seen in half.script.seen}) == 100


def test_a_password_in_a_proxys_address_is_not_shown(half: Half) -> None:
    if half.over != "httpx":
        pytest.skip("the proxy is httpx2's")
    kind = httpx2.AsyncClient if half.is_async else httpx2.Client
    own = kind(proxy="http://user:s3cret@127.0.0.1:1")
    with pytest.raises(half.package.APIConnectionError) as caught:
        half.call(client=half.open(http_client=own), max_retries=0)
    assert "s3cret" not in str(caught.value)
    half.run(own.aclose if half.is_async else own.close)
