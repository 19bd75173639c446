"""What an answer becomes: a value, or one of our exceptions and never another."""

from __future__ import annotations

import asyncio
import logging
import pickle
import socket
import traceback
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEC = (ROOT / "specs" / "baseten_gateway" / "openapi.yaml").read_text(encoding="utf-8")
PACKAGE = "class: Gateway\nimport: gateway_client\ncredential: { name: api_key, environment: GATEWAY_KEY }\n"
KEY = "k3y-that-nobody-sees"
ENDPOINT = {
    "id": "abc",
    "slug": "my-org/glm",
    "targets": [{"provider": "BASETEN", "model_id": "m"}],
    "created_at": "2026-06-17T12:00:00Z",
    "updated_at": "2026-06-17T13:30:00.500+02:00",
}


@pytest.fixture(scope="module")
def gateway(build: Any) -> Any:
    return build(SPEC, PACKAGE)


@pytest.fixture
def client(gateway: Any, server: Any) -> Any:
    with gateway.Gateway(api_key=KEY, base_url=server.url) as made:
        yield made


def test_a_documented_success_is_a_model(gateway: Any, client: Any, server: Any) -> None:
    server.answer(200, ENDPOINT)
    found = client.endpoints.update("abc", targets=[{"provider": "BASETEN", "model_id": "m"}])
    assert type(found) is gateway.models.GatewayEndpoint
    assert found.targets == [gateway.models.GatewayTarget(provider="BASETEN", model_id="m")]
    assert found.created_at.year == 2026
    assert found.to_dict() == ENDPOINT
    assert server.last.method == "PATCH"
    assert server.last.headers["Authorization"] == f"Api-Key {KEY}"
    assert server.last.headers["User-Agent"].startswith("specledger-api")


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (413, "APIStatusError"),
        (418, "APIStatusError"),
        (422, "UnprocessableEntityError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (520, "InternalServerError"),
        (302, "APIStatusError"),
    ],
)
@pytest.mark.parametrize("body", [{"error": "no such thing"}, b"<html>", b"", b"\xff\xfe", ["a"], b'{"a":' * 99999])
def test_a_refusal_raises_the_exception_of_its_status(
    gateway: Any, client: Any, server: Any, status: int, name: str, body: Any
) -> None:
    server.answer(status, body, X_Request_Id="r-1", Location="http://127.0.0.1:1/")
    with pytest.raises(gateway.APIStatusError) as caught:
        client.endpoints.update("abc")
    error = caught.value
    assert type(error) is getattr(gateway, name)
    assert (error.status_code, error.request_id, error.headers["x-request-id"]) == (status, "r-1", "r-1")
    if isinstance(body, dict):
        assert error.body == body
        assert str(error).endswith("no such thing")
        documented = status in (400, 401, 403, 404, 413)
        assert (type(error.parsed) is gateway.models.Error) == documented
    if body == b"<html>":
        assert error.body == "<html>"
    if body == b"":
        assert error.body is None


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"<html>", "no JSON"),
        (b"", "found nothing"),
        (b'{"a":' * 99999, "no JSON"),
        ([], "expected an object, found an array"),
        ({**ENDPOINT, "id": 5}, "id: expected a string, found an integer"),
        ({**ENDPOINT, "id": None}, "id: expected a string, found null"),
        ({**ENDPOINT, "targets": {}}, "targets: expected an array"),
        ({**ENDPOINT, "targets": [{}]}, r"targets\[0\]\.provider: expected a value, found nothing"),
        ({"id": "abc"}, "expected a value, found nothing"),
    ],
)
def test_a_success_that_cannot_be_read_keeps_its_bytes(
    gateway: Any, client: Any, server: Any, body: Any, place: str
) -> None:
    server.answer(200, body)
    with pytest.raises(gateway.APIResponseValidationError, match=place) as caught:
        client.endpoints.update("abc")
    assert caught.value.status_code == 200
    assert caught.value.content == server.replies[0].content


@pytest.mark.parametrize("status", [201, 204])
def test_a_success_that_is_not_documented_is_not_taken_for_one(
    gateway: Any, client: Any, server: Any, status: int
) -> None:
    server.answer(status, ENDPOINT)
    with pytest.raises(gateway.APIResponseValidationError, match=f"the status {status} is not documented"):
        client.endpoints.update("abc")


def test_what_the_vendor_adds_later_is_kept_and_sent_back(client: Any, server: Any) -> None:
    later = {
        **ENDPOINT,
        "region": "eu",
        "targets": [{"provider": "NEW", "zone": 1, "note": "cut in the middle of a \ud83d"}],
        "created_at": "2026-06-30T23:59:60Z",
    }
    server.answer(200, later)
    found = client.endpoints.update("abc")
    assert found.created_at == "2026-06-30T23:59:60Z"
    assert found.additional_properties == {"region": "eu"}
    assert "region" in repr(found)
    assert found.to_dict() == later
    client.endpoints.update("abc", targets=found.targets)
    assert server.last.json == {"targets": later["targets"]}


def test_no_connection_and_no_answer_in_time_are_our_exceptions(gateway: Any, server: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        free = taken.getsockname()[1]
    with pytest.raises(gateway.APIConnectionError, match="PATCH"):
        gateway.Gateway(api_key=KEY, base_url=f"http://127.0.0.1:{free}").endpoints.update("abc")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = gateway.Gateway(api_key=KEY, base_url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.05)
        with pytest.raises(gateway.APITimeoutError, match="no answer in time"):
            client.endpoints.update("abc")


def test_the_credential_is_in_no_repr_log_or_traceback(
    gateway: Any, server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = gateway.Gateway(api_key=KEY, base_url=server.url)
    shown = [repr(client), repr(vars(client)), repr(vars(client._core)), repr(client._core.credential)]
    server.answer(400, {"error": f"unknown key {KEY}"})
    unreachable = gateway.Gateway(api_key=KEY, base_url="http://127.0.0.1:1")
    for called in (client, unreachable):
        with pytest.raises(gateway.APIError) as caught:
            called.endpoints.update("abc")
        trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        trace.stack.pop(0)  # this test's own frame
        shown += [str(caught.value), repr(caught.value), *trace.format()]
    with pytest.raises(gateway.SettingError) as refused:
        gateway.Gateway(api_key=f"{KEY}\n", base_url=server.url).endpoints.update("abc")
    shown += [str(refused.value), caplog.text]
    assert KEY not in "".join(shown)


def test_without_a_credential_nothing_is_sent(gateway: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEWAY_KEY", raising=False)
    with pytest.raises(gateway.SettingError, match="api_key is missing: give it as a keyword, or set GATEWAY_KEY"):
        gateway.Gateway(base_url=server.url)
    monkeypatch.setenv("GATEWAY_KEY", "from-the-environment")
    server.answer(200, ENDPOINT)
    gateway.Gateway(base_url=server.url).endpoints.update("abc")
    assert server.last.headers["Authorization"] == "Api-Key from-the-environment"


def test_an_exception_survives_pickle(gateway: Any, client: Any, server: Any) -> None:
    server.answer(404, {"error": "gone"})
    with pytest.raises(gateway.NotFoundError) as caught:
        client.endpoints.update("abc")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  # our own bytes
    assert (type(again), str(again), again.body) == (type(caught.value), str(caught.value), caught.value.body)


def test_the_asynchronous_client_raises_the_same(gateway: Any, server: Any) -> None:
    server.answer(404, {"error": "gone"})

    async def call() -> None:
        async with gateway.AsyncGateway(api_key=KEY, base_url=server.url) as client:
            await client.endpoints.update("abc")

    with pytest.raises(gateway.NotFoundError):
        asyncio.run(call())


def test_a_transport_of_the_callers_own_is_used(gateway: Any) -> None:
    class Canned:
        def send(self, request: Any) -> Any:
            assert KEY not in repr(request)
            return gateway.Response(404, {}, b"{}")

        def close(self) -> None:
            """Has nothing to close."""

    with pytest.raises(gateway.NotFoundError):
        gateway.Gateway(api_key=KEY, transport=Canned()).endpoints.update("abc")


def test_an_http_client_of_the_wrong_kind_is_refused(gateway: Any) -> None:
    with pytest.raises(gateway.SettingError, match=r"httpx2\.Client"):
        gateway.Gateway(api_key=KEY, http_client=object())
