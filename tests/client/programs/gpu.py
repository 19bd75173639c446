"""A user's program against Novita's serverless GPUs: nested objects as models and as plain dicts."""

from __future__ import annotations

import asyncio
import sys

from novita_gpu import UNSET, AsyncNovitaGpu, NovitaGpu, Unset, models


def volumes(path: str | None) -> list[models.VolumeMountParams] | Unset:
    return [{"type": "local", "size": 30, "mountPath": path}] if path else UNSET


def sync(url: str) -> models.EndpointUpdate:
    client = NovitaGpu(api_key="mock-owner-key", base_url=url)
    worker: models.WorkerConfigParams = {
        "minNum": 0,
        "maxNum": 1,
        "freeTimeout": 300,
        "maxConcurrent": 1,
        "gpuNum": 1,
    }
    client.endpoints.update(
        id="endpoint-4f2a",
        worker_config=worker,
        ports=[models.Port(port="8000")],
        policy={"type": "queue", "value": 20},
        image=models.Image(image="docker.io/example/captions:2.1", auth_id="registry-login-1"),
        volume_mounts=volumes(None),
        envs=({"key": "LOG_LEVEL", "value": "info"},),
        healthy={"path": "/health"},
    )
    update = models.EndpointUpdate(
        id="endpoint-4f2a",
        worker_config=models.WorkerConfig.from_dict(dict(worker)),
        ports=[models.Port(port="8000")],
        policy=models.Policy(type="queue", value=20),
        image=models.Image(image="docker.io/example/captions:2.1"),
    )
    update.additional_properties["beta"] = True
    if update.name is UNSET:
        update.name = "captions"
    length: int = len(update.name)
    assert length == 8
    return update


async def asynchronous(url: str, update: models.EndpointUpdate) -> None:
    async with AsyncNovitaGpu(api_key="mock-owner-key", base_url=url) as client:
        await client.endpoints.update(
            id=update.id,
            worker_config=update.worker_config,
            ports=update.ports,
            policy=update.policy,
            image=update.image,
            timeout=20,
        )


if __name__ == "__main__":
    asyncio.run(asynchronous(sys.argv[1], sync(sys.argv[1])))
