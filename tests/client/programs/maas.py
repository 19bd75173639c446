"""A user's program against Huawei Cloud MaaS."""

from __future__ import annotations

import asyncio
import sys

import httpx2
from huawei_maas import AsyncHuaweiMaas, AuthenticationError, BadRequestError, HuaweiMaas, Unset

PROJECT = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
ENDPOINT = "5f0c6f5e-8d3b-4a55-9c5d-0f6a2c1d7e01"


def sync(url: str, remark: str | Unset) -> str:
    client = HuaweiMaas(
        auth_token=lambda: "mock-user-token",
        project_id=PROJECT,
        region="ap-southeast-1",
        base_url=url,
        timeout=None,
        http_client=httpx2.Client(headers={"X-Proxy": "1"}),
    )
    result: str = client.endpoints.edit(ENDPOINT, rpm=10, tpm=1000, remark=remark)
    try:
        client.endpoints.edit("unknown", rpm=1, project_id=PROJECT, extra_body={"beta": [1, 2]})
    except (BadRequestError, AuthenticationError) as error:
        result += f" {error.status_code} {error.message}"
    client.close()
    return result


async def asynchronous(url: str) -> str:
    client = AsyncHuaweiMaas(auth_token="mock-user-token", project_id=PROJECT, base_url=url)  # noqa: S106  # the mock's
    raw = await client.endpoints.with_raw_response.edit(ENDPOINT, moderation=True)
    await client.close()
    result: str = raw.parse()
    return result


if __name__ == "__main__":
    print(sync(sys.argv[1], "a remark"), asyncio.run(asynchronous(sys.argv[1])))
