"""Tests as a user of the mock's distribution writes them; they run where only its wheel is installed."""

from __future__ import annotations

import copy
import logging
from datetime import UTC, datetime
from typing import Any, assert_type

import httpx2
import pytest
from baseten_gateway import (
    APIConnectionError,
    AsyncBasetenGateway,
    AsyncInProcessTransport,
    BadRequestError,
    BasetenGateway,
    InProcessTransport,
    RateLimitError,
)
from specledger_mock.handle import ApiMock
from specledger_mock.models.baseten_gateway import GatewayEndpoint, GatewayEndpointUpdate, GatewayTarget, Provider
from specledger_mock.models.zstack_ai import ModelInventory, ModelServiceInventory

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TARGET = GatewayTarget(provider=Provider.BASETEN, model_id="7mP2wqe")


def endpoint(identity: str, slug: str) -> GatewayEndpoint:
    """Returns an endpoint that nobody seeded."""
    return GatewayEndpoint(id=identity, slug=slug, targets=[TARGET], created_at=MOMENT, updated_at=MOMENT)


def slugs(mock: ApiMock) -> dict[str, str]:
    """Returns the slug of every endpoint by id."""
    return {identity: found.slug for identity, found in mock.resources[GatewayEndpoint].items()}


def key(mock: ApiMock) -> str:
    """Returns the credential of the caller who may do everything."""
    return next(iter(mock.identities.values())).credential


@pytest.fixture
def over_a_socket(baseten_gateway_mock: ApiMock) -> BasetenGateway:
    """Returns a client of the server."""
    return BasetenGateway(api_key=key(baseten_gateway_mock), base_url=baseten_gateway_mock.url)


@pytest.fixture
def in_process(baseten_gateway_mock: ApiMock) -> BasetenGateway:
    """Returns a client without a socket."""
    transport = InProcessTransport(baseten_gateway_mock.app)
    url = "http://mock/baseten_gateway"
    return BasetenGateway(api_key=key(baseten_gateway_mock), base_url=url, transport=transport)


SEEDED = {"abc123hash": "my-org/glm-5.2", "def456hash": "my-team/claude"}


@pytest.mark.parametrize("way", ["over_a_socket", "in_process"])
@pytest.mark.parametrize("run", [1, 2])
def test_each_test_begins_with_the_seed(
    run: int, way: str, baseten_gateway_mock: ApiMock, request: pytest.FixtureRequest
) -> None:
    mock = baseten_gateway_mock
    found = slugs(mock)
    assert found.items() >= SEEDED.items()
    assert mock.requests == []
    client: BasetenGateway = request.getfixturevalue(way)
    client.endpoints.update("abc123hash", slug="my-org/other")
    assert slugs(mock)["abc123hash"] == "my-org/other"
    [one] = mock.requests
    assert (one.api, one.method, one.path, one.status) == (
        "baseten_gateway",
        "PATCH",
        "/baseten_gateway/v1/gateway/endpoints/abc123hash",
        200,
    )
    assert key(mock) not in repr(one)
    mock.seed(endpoint("new", "my-org/new"))
    del mock.resources[GatewayEndpoint]["def456hash"]
    left = {identity: slug for identity, slug in found.items() if identity != "def456hash"}
    assert slugs(mock) == {**left, "abc123hash": "my-org/other", "new": "my-org/new"}
    mock.fail_next(503, times=9)


@pytest.mark.anyio
@pytest.mark.parametrize("run", [1, 2])
async def test_an_async_client_meets_the_seed(run: int, baseten_gateway_mock: ApiMock) -> None:
    mock = baseten_gateway_mock
    for url, transport in (
        (mock.url, None),
        ("http://mock/baseten_gateway", AsyncInProcessTransport(mock.app)),
    ):
        assert slugs(mock)["abc123hash"] == SEEDED["abc123hash"]
        async with AsyncBasetenGateway(api_key=key(mock), base_url=url, transport=transport) as client:
            await client.endpoints.update("abc123hash", slug="my-org/async")
        assert mock.resources[GatewayEndpoint]["abc123hash"].slug == "my-org/async"
        mock.seed({**mock.resources["endpoints"]["abc123hash"], "slug": SEEDED["abc123hash"]})
    assert len(mock.requests) == 2


@pytest.mark.anyio
async def test_httpx2_reaches_the_mock_without_a_socket(baseten_gateway_mock: ApiMock) -> None:
    mock = baseten_gateway_mock
    mock.fail_next(429, retry_after=1, operation=mock_operation(mock))
    transport = httpx2.ASGITransport(mock.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://mock/baseten_gateway") as client:
        answers = [
            await client.patch(
                "/v1/gateway/endpoints/abc123hash",
                json={"slug": "my-org/late"},
                headers={"Authorization": f"Bearer {key(mock)}"},
            )
            for _ in range(2)
        ]
    assert [answer.status_code for answer in answers] == [429, 200]
    assert answers[0].headers["retry-after"] == "1"
    assert [one.status for one in mock.requests] == [429, 200]


def mock_operation(mock: ApiMock) -> str:
    """Returns the operation that the error message names."""
    with pytest.raises(ValueError, match="there are: ") as caught:
        mock.fail_next(500, operation="nothing")
    return str(caught.value).rpartition(": ")[2]


def test_the_next_request_fails_and_the_one_after_does_not(
    baseten_gateway_mock: ApiMock, over_a_socket: BasetenGateway, in_process: BasetenGateway
) -> None:
    for client in (over_a_socket, in_process):
        baseten_gateway_mock.fail_next(429, retry_after=1)
        with pytest.raises(RateLimitError) as caught:
            client.endpoints.update("abc123hash", slug="my-org/limited")
        assert caught.value.headers["Retry-After"] == "1"
        assert slugs(baseten_gateway_mock)["abc123hash"] != "my-org/limited"
        client.endpoints.update("abc123hash", slug="my-org/late")
    baseten_gateway_mock.fail_next(drop=True, times=2)
    for _ in range(2):
        with pytest.raises(APIConnectionError):
            over_a_socket.endpoints.update("abc123hash", slug="my-org/lost")
    assert slugs(baseten_gateway_mock)["abc123hash"] == "my-org/lost"
    verdicts = [one.verdict for one in baseten_gateway_mock.requests]
    assert verdicts == ["fault", "accepted", "fault", "accepted", "fault", "fault"]


def test_a_fault_strikes_one_api_alone(baseten_gateway_mock: ApiMock, zstack_ai_mock: ApiMock) -> None:
    zstack_ai_mock.fail_next(503)
    transport = InProcessTransport(baseten_gateway_mock.app)
    url = "http://mock/baseten_gateway"
    client = BasetenGateway(api_key=key(baseten_gateway_mock), base_url=url, transport=transport)
    client.endpoints.update("abc123hash", slug="my-org/calm")
    assert zstack_ai_mock.requests == []
    assert len(baseten_gateway_mock.requests) == 1


def test_objects_are_models_by_class_and_dicts_by_name(
    baseten_gateway_mock: ApiMock, novita_gpu_mock: ApiMock, zstack_ai_mock: ApiMock
) -> None:
    endpoints = baseten_gateway_mock.resources[GatewayEndpoint]
    found = endpoints["abc123hash"]
    assert_type(found, GatewayEndpoint)
    assert found.targets[0].provider is Provider.BASETEN
    assert "abc123hash" in endpoints
    assert "nothing" not in endpoints
    assert len(endpoints) == len(list(endpoints)) == len(endpoints.values())
    row = novita_gpu_mock.resources["storages"]["storage-7d1c"]
    assert_type(row, dict[str, Any])
    assert row == {"id": "storage-7d1c", "clusterID": "us-dallas-01", "size": 200}
    assert list(novita_gpu_mock.resources) == ["endpoints", "storages"]
    assert_type(zstack_ai_mock.resources[ModelInventory].get("nothing"), ModelInventory | None)
    assert list(zstack_ai_mock.resources[ModelInventory]) != list(zstack_ai_mock.resources[ModelServiceInventory])


def test_what_is_read_is_a_copy_until_it_is_put_back(
    baseten_gateway_mock: ApiMock, over_a_socket: BasetenGateway
) -> None:
    endpoints = baseten_gateway_mock.resources[GatewayEndpoint]
    before = copy.deepcopy(baseten_gateway_mock.resources["endpoints"]["abc123hash"])
    found = endpoints["abc123hash"]
    found.slug = "my-org/changed"
    found.targets.clear()
    baseten_gateway_mock.resources["endpoints"]["abc123hash"]["targets"].clear()
    assert baseten_gateway_mock.resources["endpoints"]["abc123hash"] == before
    found.targets = [TARGET]
    endpoints["abc123hash"] = found
    assert baseten_gateway_mock.resources["endpoints"]["abc123hash"] == {
        **before,
        "slug": "my-org/changed",
        "targets": [{"provider": "BASETEN", "model_id": "7mP2wqe"}],
    }
    assert over_a_socket.endpoints.update("abc123hash", targets=[{"provider": "BASETEN", "model_id": "x"}])


def test_what_is_stored_and_removed_is_there_and_gone(
    baseten_gateway_mock: ApiMock, over_a_socket: BasetenGateway
) -> None:
    endpoints = baseten_gateway_mock.resources[GatewayEndpoint]
    endpoints.clear()
    baseten_gateway_mock.seed(endpoint("one", "my-org/one"), endpoint("two", "my-org/two"))
    assert over_a_socket.endpoints.update("two", slug="my-org/three").slug == "my-org/three"
    with pytest.raises(BadRequestError):
        over_a_socket.endpoints.update("two", slug="my-org/one")
    assert endpoints.pop("one").slug == "my-org/one"
    assert over_a_socket.endpoints.update("two", slug="my-org/one").slug == "my-org/one"
    assert list(endpoints) == ["two"]


def test_what_does_not_fit_is_refused_and_stores_nothing(
    baseten_gateway_mock: ApiMock, novita_gpu_mock: ApiMock, zstack_ai_mock: ApiMock
) -> None:
    mock, before = baseten_gateway_mock, slugs(baseten_gateway_mock)
    endpoints = mock.resources[GatewayEndpoint]
    with pytest.raises(ValueError, match=r"endpoints.slug: another object holds 'my-team/claude'"):
        mock.seed(endpoint("fine", "my-org/fine"), endpoint("new", "my-team/claude"))
    with pytest.raises(ValueError, match=r"endpoints.created_at: is required"):
        mock.seed({"id": "new"})
    with pytest.raises(ValueError, match=r"endpoints.id: is required"):
        mock.seed({"slug": "my-org/new"})
    with pytest.raises(ValueError, match=r"endpoints.id: "):
        endpoints["other"] = endpoint("new", "my-org/new")
    assert slugs(mock) == before
    with pytest.raises(KeyError, match="abc123hash"):
        endpoints["nothing"]
    with pytest.raises(KeyError, match="abc123hash"):
        del endpoints["nothing"]
    with pytest.raises(KeyError, match="GatewayEndpointUpdate; there are: endpoints"):
        mock.resources[GatewayEndpointUpdate]
    with pytest.raises(KeyError, match=r"zstack_ai stores no specledger_mock.models.baseten_gateway.GatewayEndpoint"):
        zstack_ai_mock.resources[GatewayEndpoint]
    with pytest.raises(KeyError, match="endpoints, storages"):
        novita_gpu_mock.seed({"id": "x"})
    with pytest.raises(ValueError, match="needs a status"):
        mock.fail_next()
    novita_gpu_mock.seed({"id": "x"}, into="storages")
    assert novita_gpu_mock.resources["storages"]["x"] == {"id": "x"}
    mock.resources["endpoints"]["made"] = {"slug": "a/b", "targets": [], "created_at": MOMENT, "updated_at": MOMENT}
    assert endpoints["made"].created_at == MOMENT


def test_misuse_is_found_by_a_type_checker(baseten_gateway_mock: ApiMock) -> None:
    endpoints = baseten_gateway_mock.resources[GatewayEndpoint]
    with pytest.raises((TypeError, ValueError)):
        endpoints["abc123hash"] = 5  # type: ignore[assignment]  # pyright: ignore[reportArgumentType]
    with pytest.raises(AttributeError):
        print(endpoints["abc123hash"].slugs)  # type: ignore[attr-defined]  # pyright: ignore
    with pytest.raises(KeyError):
        baseten_gateway_mock.resources[int]  # type: ignore[type-var]  # pyright: ignore


def test_the_server_logs_nothing_into_a_test(baseten_gateway_mock: ApiMock, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert httpx2.get(baseten_gateway_mock.url).status_code == 404
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
    assert logging.getLogger("uvicorn.error").level == logging.NOTSET
