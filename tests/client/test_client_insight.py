"""What a caller can see of a call: the raw answer, middleware, the log, spans; and with_options."""

from __future__ import annotations

import builtins
import importlib
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.client.conftest import KEY, Half, Reply

THING = Reply(200, {"id": "a"})
Around = Callable[[Any, Callable[[Any], Any]], Any]


def _raw(half: Half, client: Any, **arguments: Any) -> Any:
    return half.run(lambda: client.things.with_raw_response.read("a", **arguments))


def test_the_raw_answer_has_headers_bytes_and_the_value_when_asked(half: Half) -> None:
    half.script.tell(Reply(500), Reply(200, {"id": "a", "new": 1}, {"Request-Id": "r-1", "X-More": "m"}))
    answer = _raw(half, half.open())
    assert (answer.status_code, answer.request_id, answer.attempts) == (200, "r-1", 2)
    assert (answer.headers["x-MORE"], answer.content) == ("m", b'{"id": "a", "new": 1}')
    assert answer.parse() == answer.parse()
    assert answer.parse().to_dict() == {"id": "a", "new": 1}
    assert type(answer) is half.package.APIResponse
    assert "200" in repr(answer)


def test_the_raw_answer_of_no_success_raises_and_one_that_cannot_be_read_does_so_when_parsed(half: Half) -> None:
    client = half.open()
    half.script.tell(Reply(404, {"error": "gone"}))
    with pytest.raises(half.package.NotFoundError):
        _raw(half, client)
    half.script.tell(Reply(200, b"<html>"))
    answer = _raw(half, client)
    assert answer.content == b"<html>"
    with pytest.raises(half.package.APIResponseValidationError):
        answer.parse()


def _made(half: Half, around: Around) -> Any:
    """Returns a middleware for the half: the asynchronous one awaits the way on."""
    if not half.is_async:
        return around

    async def awaiting(request: Any, send: Callable[[Any], Any]) -> Any:
        found = around(request, send)
        return await found if hasattr(found, "__await__") else found

    return awaiting


def test_middleware_stands_around_each_attempt_the_first_one_outermost(half: Half) -> None:
    told: list[str] = []

    def named(name: str) -> Any:
        def around(request: Any, send: Callable[[Any], Any]) -> Any:
            told.append(f"{name}{request.attempt} {request.method} {request.operation}")
            return send(request)

        return _made(half, around)

    half.script.tell(Reply(500), THING)
    assert half.call(client=half.open(middleware=[named("a"), named("b")])).id == "a"
    assert told == [f"{name}{attempt} GET GET /things/{{id}}" for attempt in (0, 1) for name in ("a", "b")]


def test_a_middleware_changes_what_is_sent_for_its_attempt_only(half: Half) -> None:
    def around(request: Any, send: Callable[[Any], Any]) -> Any:
        request.headers[f"X-Attempt-{request.attempt}"] = "1"
        request.url += f"?attempt={request.attempt}"
        return send(request)

    for verb, scheme in (("read", "token"), ("read", "key"), ("peek", "key")):
        half.script.seen.clear()
        half.script.tell(Reply(500), THING)
        assert half.call(verb, client=half.open(middleware=[_made(half, around)], auth_scheme=scheme)).id == "a"
        first, second = half.script.seen
        assert "/a?attempt=0" in first.path
        assert "/a?attempt=1" in second.path
        assert ("X-Attempt-0" in second.headers, "X-Attempt-1" in second.headers) == (False, True)


def test_a_middleware_may_answer_by_itself_and_may_change_the_answer(half: Half) -> None:
    answers = [half.package.Response(200, {}, b'{"id": "kept"}'), half.package.Response(404, {}, b"{}")]

    def cached(request: Any, send: Callable[[Any], Any]) -> Any:
        return answers.pop(0)

    client = half.open(middleware=[_made(half, cached)])
    assert half.call(client=client).id == "kept"
    with pytest.raises(half.package.NotFoundError):
        half.call(client=client)
    assert half.script.seen == []


class Refused(Exception):
    """What a middleware of the caller's own raises."""


def test_what_a_middleware_raises_reaches_the_caller_but_a_lost_connection_is_tried_again(half: Half) -> None:
    def refusing(request: Any, send: Callable[[Any], Any]) -> Any:
        raise Refused("not today")

    with pytest.raises(Refused, match="not today"):
        half.call(client=half.open(middleware=[_made(half, refusing)]))
    assert half.waits == []

    def losing(request: Any, send: Callable[[Any], Any]) -> Any:
        if request.attempt == 0:
            raise half.package.APIConnectionError("lost on purpose")
        return send(request)

    assert half.call(client=half.open(middleware=[_made(half, losing)])).id == "a"
    assert len(half.waits) == 1


def test_a_middleware_that_returns_nothing_is_told_so(half: Half) -> None:
    def forgetful(request: Any, send: Callable[[Any], Any]) -> Any:
        return None

    with pytest.raises(TypeError, match="returned NoneType, no Response"):
        half.call(client=half.open(middleware=[_made(half, forgetful)]))


def test_the_log_tells_attempts_and_shows_only_headers_that_hold_no_secret(
    half: Half, caplog: pytest.LogCaptureFixture
) -> None:
    name = half.package.__name__
    caplog.set_level(logging.DEBUG, logger=name)
    reply = {"X-Request-Id": "r-9", "Set-Cookie": "session=cr3am", "X-Token": "cr3am"}
    half.script.tell(Reply(503, None, {"Retry-After": "3"}), Reply(200, {"id": "a"}, reply))
    assert half.call(extra_headers={"X-Mine": "s3cret", "Cookie": "s3cret"}).id == "a"
    mine = [record for record in caplog.records if record.name == name]
    assert [record.levelname for record in mine] == ["DEBUG", "DEBUG", "INFO", "DEBUG", "DEBUG"]
    text = "\n".join(record.getMessage() for record in mine)
    assert "GET /things/{id}: status 503 at attempt 1, the next one in 3.00 s" in text
    assert "r-9" in text
    assert "'X-Mine': '…'" in text
    assert [word in text for word in (KEY, "s3cret", "cr3am")] == [False] * 3


def test_the_log_tells_of_an_attempt_that_got_no_answer(half: Half, caplog: pytest.LogCaptureFixture) -> None:
    name = half.package.__name__
    caplog.set_level(logging.DEBUG, logger=name)
    half.script.tell(Reply(does="drop"))
    with pytest.raises(half.package.APIConnectionError):
        half.call(max_retries=1)
    told = [record.getMessage() for record in caplog.records if record.name == name]
    assert [text.partition("(")[0] for text in told if ": no answer" in text or "did not answer" in text]
    assert [text[-12:] for text in told if text.endswith(("at attempt 1", "at attempt 2"))] == [
        "at attempt 1",
        "at attempt 2",
    ]
    assert KEY not in "".join(told)


def test_nobody_who_does_not_ask_is_told(half: Half, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    half.script.tell(Reply(503), THING)
    half.call()
    assert [record for record in caplog.records if record.name == half.package.__name__] == []


def test_no_answer_can_start_a_line_of_the_log(half: Half, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger=half.package.__name__)
    half.script.tell(Reply(200, {"id": "a"}, {"X-Request-Id": "r\x85ERROR all is lost"}))
    half.call()
    assert [record.getMessage().isprintable() for record in caplog.records if "answered" in record.msg] == [True]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Returns what collects the spans of a provider that is set for one test."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


def test_a_call_is_one_span_with_the_attributes_of_the_conventions(half: Half, spans: InMemorySpanExporter) -> None:
    half.script.tell(Reply(500), Reply(does="drop"), THING)
    client = half.open(auth_scheme="key")
    half.call(client=client, extra_query={"q": "s3cret"}, extra_headers={"X-Mine": "s3cret"})
    (span,) = spans.get_finished_spans()
    assert (span.name, span.kind, span.status.status_code.name) == ("GET /things/{id}", trace.SpanKind.CLIENT, "UNSET")
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.request.resend_count": 2,
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": half.script.port,
        "url.template": "/things/{id}",
    }
    scope = span.instrumentation_scope
    assert scope is not None
    assert f"{scope.name}/{scope.version}" == half.script.seen[0].headers["User-Agent"]
    identity = f"{span.get_span_context().trace_id:032x}-{span.get_span_context().span_id:016x}"
    assert {seen.headers["Traceparent"].rpartition("-")[0] for seen in half.script.seen} == {f"00-{identity}"}


@pytest.mark.parametrize(
    ("reply", "kind", "status"),
    [
        (Reply(404, {"error": f"unknown {KEY}"}), "404", 404),
        (Reply(200, b"<html>"), "200", 200),
        (Reply(does="drop"), "APIConnectionError", None),
    ],
    ids=lambda one: str(one)[:20],
)
def test_a_call_that_fails_marks_its_span_and_shows_nothing(
    half: Half, spans: InMemorySpanExporter, reply: Reply, kind: str, status: int | None
) -> None:
    half.script.tell(reply)
    with pytest.raises(half.package.APIError):
        half.call()
    (span,) = spans.get_finished_spans()
    found = dict(span.attributes or {})
    assert (found["error.type"], found.get("http.response.status_code")) == (kind, status)
    assert (span.status.status_code.name, len(span.events)) == ("ERROR", 0)
    assert KEY not in span.to_json()


def test_a_span_is_the_child_of_the_callers_and_passes_on_what_goes_along(
    half: Half, spans: InMemorySpanExporter
) -> None:
    tracer = trace.get_tracer_provider().get_tracer("the caller's")
    client = half.open()

    async def inside() -> None:
        with _going_along(tracer):
            await client.things.read("a")

    if half.is_async:
        half.run(inside)
    else:
        with _going_along(tracer):
            client.things.read("a")
    call, outer = spans.get_finished_spans()
    assert call.parent is not None
    assert call.parent.span_id == outer.get_span_context().span_id
    assert half.script.seen[0].headers["Baggage"] == "tenant=acme"
    assert trace.get_current_span().get_span_context().is_valid is False


@contextmanager
def _going_along(tracer: Any) -> Iterator[None]:
    token = context.attach(baggage.set_baggage("tenant", "acme"))
    with tracer.start_as_current_span("outer"):
        yield
    context.detach(token)


def test_without_the_api_package_nothing_is_traced_and_nothing_fails(
    half: Half, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module(f"{half.package.__name__}._runtime.spans")
    imported = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return imported(name, *rest, **more)

    for name in [one for one in sys.modules if one.startswith("opentelemetry")]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(builtins, "__import__", missing)
    module._api.cache_clear()
    try:
        assert half.call().id == "a"
        assert "Traceparent" not in half.script.seen[0].headers
    finally:
        module._api.cache_clear()


def test_with_options_changes_what_is_given_over_the_same_connections(half: Half) -> None:
    seen: list[Any] = []

    def around(request: Any, send: Callable[[Any], Any]) -> Any:
        seen.append(request.timeout)
        return send(request)

    client = half.open(middleware=[_made(half, around)], default_headers={"X-A": "1", "X-B": "1"}, timeout=9)
    other = client.with_options(default_headers={"x-b": "2"}, max_retries=0)
    half.script.tell(Reply(500))
    with pytest.raises(half.package.InternalServerError):
        half.call(client=other)
    first = half.script.seen[-1]
    assert (first.headers["X-A"], first.headers["X-B"], len(half.script.seen)) == ("1", "2", 1)
    half.script.tell(THING)
    half.call(client=other.with_options(timeout=4))
    half.call(client=client)
    assert half.script.seen[-1].headers["X-B"] == "1"
    assert [one.read for one in seen] == [9, 4, 9]
    assert type(other) is type(client)
    with pytest.raises(half.package.SettingError, match="default_headers"):
        client.with_options(default_headers={"X": "a\nb"})
