"""Mistakes that a type checker must find: an error in every line marked so, and in no other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import baseten_gateway
import httpx2
from baseten_gateway import (
    UNSET,
    APIStatusError,
    AsyncBasetenGateway,
    BasetenGateway,
    Request,
    Response,
    models,
)
from huawei_maas import HuaweiMaas
from novita_gpu import NovitaGpu
from novita_gpu import models as gpu
from zstack_ai import AsyncZstackAi, ZstackAi


async def ask_async() -> str:
    return "key"


async def around(request: Request, send: Callable[[Request], Awaitable[Response]]) -> Response:
    return await send(request)


def constructors() -> None:
    baseten_gateway.Missing  # wrong  # noqa: B018
    BasetenGateway("key")  # wrong
    BasetenGateway(api_key=1)  # wrong
    BasetenGateway(api_key=ask_async)  # wrong
    BasetenGateway(apikey="key")  # wrong
    BasetenGateway(timeout="60")  # wrong
    BasetenGateway(auth_scheme="basic")  # wrong
    BasetenGateway(default_headers={"X-Number": 1})  # wrong
    BasetenGateway(http_client=httpx2.AsyncClient())  # wrong
    BasetenGateway(middleware=[around])  # wrong
    AsyncBasetenGateway(http_client=httpx2.Client())  # wrong
    ZstackAi(wrap_body="yes")  # wrong
    HuaweiMaas(region=1)  # wrong


def calls(client: BasetenGateway) -> None:
    client.endpoint  # wrong  # noqa: B018
    client.endpoints.replace("id")  # wrong
    client.endpoints.update()  # wrong
    client.endpoints.update("id", "slug")  # wrong
    client.endpoints.update(1)  # wrong
    client.endpoints.update("id", slug=None)  # wrong
    client.endpoints.update("id", slugs="my-org/a")  # wrong
    client.endpoints.update("id", targets={"provider": "BASETEN"})  # wrong
    client.endpoints.update("id", targets=[{"model_id": "m"}])  # wrong
    client.endpoints.update("id", targets=[{"provider": "BASETEN", "model": "m"}])  # wrong
    client.endpoints.update("id", targets=[{"provider": "BASETEN", "model_id": 1}])  # wrong
    client.endpoints.update("id", max_retries="2")  # wrong
    client.endpoints.update("id", timeout="2")  # wrong
    client.endpoints.update("id", extra_headers=["X-A"])  # wrong
    client.endpoints.update("id").status_code  # wrong  # noqa: B018
    client.endpoints.with_raw_response.update("id").slug  # wrong  # noqa: B018
    client.endpoints.with_raw_response.update("id", slugs="a")  # wrong
    client.with_options(retries=1)  # wrong
    client.with_options(timeout="1")  # wrong


def values(endpoint: models.GatewayEndpoint, target: models.GatewayTarget, error: APIStatusError) -> None:
    models.Missing  # wrong  # noqa: B018
    models.GatewayTarget()  # wrong
    models.GatewayTarget("BASETEN")  # wrong
    models.GatewayTarget(provider="BASETEN", model=1)  # wrong
    endpoint.slugs  # wrong  # noqa: B018
    endpoint.slug = 1  # wrong
    number: int = endpoint.id  # wrong
    target.model_id.upper()  # wrong
    if target.model_id is not UNSET:
        target.model_id.upper()
    if target.secret_id:
        target.secret_id.upper()
    endpoint.created_at.year  # wrong  # noqa: B018
    error.status  # wrong  # noqa: B018
    {target: number}  # wrong: pyright  # noqa: B018


def others(gpus: NovitaGpu, maas: HuaweiMaas) -> None:
    gpus.endpoints.update(id="a")  # wrong
    gpu.Policy(type="queue", value="20")  # wrong
    answer: int = maas.endpoints.edit("a", rpm=1)  # wrong
    maas.endpoints.edit("a", rpm="1")  # wrong
    maas.endpoints.edit("a", moderation=answer)  # wrong


async def asynchronous(client: AsyncZstackAi) -> None:
    client.models.update("a").to_dict()  # wrong
    found = await client.models.update("a", name=1)  # wrong
    found.inventories  # wrong  # noqa: B018
    with client:  # wrong
        pass
