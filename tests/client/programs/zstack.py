"""A user's program against ZStack AI: two resources, an option of the constructor, a failure with a body."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys

from zstack_ai import APIFailureError, APIStatusError, AsyncZstackAi, InternalServerError, ZstackAi, models

SESSION = "8d0f3b6a52c14e7f9b2a6c1d4e5f7081"
SERVICE = "3f9a1c7e5b2d4086a1e4c8d9f0b27a63"
MODEL = "7c25e9f0d81b4a63b4f6a0e9c3d17852"


def changed(answer: models.ModelServiceAnswer) -> dt.datetime | None:
    inventory = answer.inventory
    if not inventory:
        return None
    when = inventory.last_op_date
    return when if isinstance(when, dt.datetime) else None


def sync(url: str) -> str:
    with ZstackAi(session_uuid=SESSION, host="127.0.0.1:8080", base_url=url, wrap_body=False) as client:
        answer = client.model_services.update(SERVICE, name="chat", request_cpu=2, system_tags=["a::b"])
        changed(answer)
        try:
            client.models.update("0" * 32, name="none", max_retries=2)
        except InternalServerError as error:
            return f"{error.status_code} {error.message}"
        except APIFailureError as error:
            return f"{error.status_code} {error.parsed}"
        except APIStatusError:
            raise
        return ""


async def asynchronous(url: str) -> models.ModelAnswer:
    async with AsyncZstackAi(session_uuid=SESSION, host="127.0.0.1:8080", base_url=url) as client:
        first, second = await asyncio.gather(
            client.models.update(MODEL, name="chat"), client.models.update(MODEL, description="A model")
        )
        assert first.to_dict().keys() == second.to_dict().keys()
        return second


if __name__ == "__main__":
    print(sync(sys.argv[1]), asyncio.run(asynchronous(sys.argv[1])))
