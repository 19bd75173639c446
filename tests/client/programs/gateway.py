"""A user's program against the Baseten gateway; type checkers and the mock both have to take it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

import httpx2
from baseten_gateway import (
    UNSET,
    APIConnectionError,
    APIError,
    APIResponse,
    APIStatusError,
    AsyncBasetenGateway,
    BasetenGateway,
    NotFoundError,
    Request,
    Response,
    Timeout,
    models,
)

KEY = "mock-maintainer-key"


def trace(request: Request, send: Callable[[Request], Response]) -> Response:
    request.headers["X-Trace"] = "1"
    answer = send(request)
    assert answer.status_code > 0
    return answer


async def trace_async(request: Request, send: Callable[[Request], Awaitable[Response]]) -> Response:
    return await send(request)


def ask() -> str:
    return KEY


async def ask_async() -> str:
    return KEY


def describe(target: models.GatewayTarget) -> str:
    # UNSET is false, so `or` gives the first that is there.
    if target.model_id is UNSET:
        return target.target_model or target.provider
    return target.model_id.upper()


def sync(url: str) -> str:
    given: models.GatewayTargetParams = {"provider": "BASETEN", "model_id": "m"}
    with BasetenGateway(
        api_key=ask,
        base_url=url,
        auth_scheme="bearer",
        timeout=Timeout(read=10.0, connect=1.0),
        max_retries=1,
        default_headers={"X-Team": "docs"},
        middleware=[trace],
    ) as client:
        endpoint = client.endpoints.update("abc123hash", targets=[given])
        endpoint = client.endpoints.update("abc123hash", targets=[{"provider": "BASETEN", "model_id": "n"}])
        target = models.GatewayTarget(provider="BASETEN", model_id="o")
        endpoint = client.endpoints.update(
            "abc123hash",
            slug=UNSET,
            targets=[target],
            extra_headers={"X-One": "1"},
            extra_query={"debug": True},
            timeout=5,
            max_retries=0,
        )
        names: list[str] = [describe(one) for one in endpoint.targets]
        raw: APIResponse[models.GatewayEndpoint] = client.endpoints.with_raw_response.update(
            "abc123hash", targets=[target]
        )
        assert (raw.status_code, raw.parse().id) == (200, "abc123hash")
        request_id: str | None = raw.request_id
        patient = client.with_options(timeout=None, max_retries=3, default_headers={"X-Team": "ops"})
        try:
            patient.endpoints.update("unknown", slug="my-org/new")
        except NotFoundError as error:
            status: int = error.status_code
            names.append(f"{status} {error.headers.get('content-type')} {error.request_id or request_id}")
        except APIConnectionError as error:
            raise SystemExit(str(error)) from error
        copied = models.GatewayEndpoint.from_dict(endpoint.to_dict())
        assert copied == endpoint
        return ", ".join(names)


async def asynchronous(url: str) -> list[str]:
    async with AsyncBasetenGateway(
        api_key=ask_async, base_url=url, http_client=httpx2.AsyncClient(), middleware=(trace_async,)
    ) as client:
        endpoint = await client.endpoints.update("abc123hash", slug="my-org/next")
        raw = await client.endpoints.with_raw_response.update("abc123hash", slug="my-org/last")
        slug: str = raw.parse().slug
        names: list[str] = []
        try:
            await client.endpoints.update("unknown", slug="my-org/new")
        except APIStatusError as error:
            body: object = error.body if error.documented else None
            names.append(str(body))
        except APIError:
            raise
        return [*names, endpoint.slug, slug]


if __name__ == "__main__":
    print(sync(sys.argv[1]), asyncio.run(asynchronous(sys.argv[1])))
