"""Measures clients side by side, in the environment that holds the peers; prints what was measured as JSON.

`python -m benchmarks.peers FOLDER ROUNDS [MEASURE …]`, with in FOLDER the packages that benchmarks.clients has
generated. All contenders of a measure take a turn in each round, so that a drift of the machine's speed meets all
alike.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.clients_rows import FAST, OURS, RAW
from benchmarks.loopback import serving
from benchmarks.turns import Rounds, in_turn

Call = Callable[[], object]
AsyncCall = Callable[[], Awaitable[object]]

URL = "https://api.example.com"
MODEL = b'{"id":"small","object":"model","created":1686935002,"owned_by":"example"}'
OTHER_MODEL = b'{"id":"small","type":"model","created_at":"2026-01-05T09:00:00Z","display_name":"Small"}'
IN_FLIGHT = 20


def _seconds(call: Call, times: int) -> float:
    # As timeit does: a collection would walk what the other contenders have imported.
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in range(times):
            call()
        return (time.perf_counter() - start) / times
    finally:
        gc.enable()


def _fastest(call: Call, times: int, batches: int = 5) -> float:
    """Returns the seconds of one call in the best of a few batches: what disturbs only ever adds."""
    return min(_seconds(call, max(1, times // batches)) for _ in range(batches))


def imports(rounds: int) -> Rounds:
    """Measures whole processes that import a package, or import it and make its client."""
    key = "api_key='k'"
    statements = {
        "bare Python": "pass",
        OURS: "import zstack_ai",
        f"{OURS}, 600 models": "import many_models",
        "openai": "import openai",
        "anthropic": "import anthropic",
        "mistralai": "from mistralai import client",
        f"{OURS}, made": "import zstack_ai; zstack_ai.ZstackAi(session_uuid='k', host='h').model_services",
        f"{OURS}, 600 models loaded": "import many_models; from many_models.models import *",
        "openai, made": f"import openai; openai.OpenAI({key}).models",
        "anthropic, made": f"import anthropic; anthropic.Anthropic({key}).models",
    }
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

    def turn(statement: str) -> Callable[[], float]:
        command = [sys.executable, "-c", statement]
        return lambda: _seconds(lambda: subprocess.run(command, env=environment, check=True), 1)

    return in_turn({name: turn(statement) for name, statement in statements.items()}, rounds)


def sync_calls(rounds: int, times: int = 400) -> Rounds:
    """Measures one GET whose answer of four fields is read, over each library's own mock transport."""
    httpx, httpx2 = import_module("httpx"), import_module("httpx2")
    headers = {"content-type": "application/json"}

    def client(library: Any, body: bytes = MODEL, **settings: Any) -> Any:
        def answer(_: object) -> Any:
            return library.Response(200, headers=headers, content=body)

        return library.Client(transport=library.MockTransport(answer), **settings)

    plain, plain2 = client(httpx), client(httpx2)
    ours = import_module("few_models").FewModels(api_key="k", http_client=client(httpx2))
    raw_get = import_module("raw_few_models.api.models.retrieve").sync
    raw = import_module("raw_few_models").AuthenticatedClient(base_url=URL, token="k")  # noqa: S106  # opens nothing
    raw.set_httpx_client(client(httpx, base_url=URL, headers={"Authorization": "Bearer k"}))
    openai = import_module("openai").OpenAI(api_key="k", http_client=client(httpx))
    anthropic_client = client(httpx2, OTHER_MODEL)
    anthropic = import_module("anthropic").Anthropic(api_key="k", http_client=anthropic_client)
    calls: dict[str, Call] = {
        "httpx": lambda: plain.get(f"{URL}/v1/models/small").json(),
        "httpx2": lambda: plain2.get(f"{URL}/v1/models/small").json(),
        OURS: lambda: ours.models.retrieve("small"),
        RAW: lambda: raw_get("small", client=raw),
        "openai": lambda: openai.models.retrieve("small"),
        "anthropic": lambda: anthropic.models.retrieve("small"),
    }
    return in_turn({name: _turn(call, times) for name, call in calls.items()}, rounds)


def _turn(call: Call, times: int) -> Callable[[], float]:
    return lambda: _fastest(call, times)


async def _flight(call: AsyncCall, times: int) -> float:
    """Returns the seconds per call with twenty in flight."""

    async def one() -> None:
        for _ in range(times // IN_FLIGHT):
            await call()

    gc.collect()
    start = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(IN_FLIGHT)))
    return (time.perf_counter() - start) / (times // IN_FLIGHT * IN_FLIGHT)


def async_calls(rounds: int, times: int = 400) -> Rounds:
    """Measures the same GET from a server on this machine, twenty at a time."""
    with serving(MODEL) as url:
        return asyncio.run(_async_calls(url, rounds, times))


async def _async_calls(url: str, rounds: int, times: int) -> Rounds:
    httpx, httpx2 = import_module("httpx"), import_module("httpx2")
    few, builder = import_module("few_models"), import_module("pyreqwest.client").ClientBuilder
    raw_get = import_module("raw_few_models.api.models.retrieve").asyncio
    # The peers' limits on connections lie above what is in flight; retries stay as they are.
    async with (
        httpx.AsyncClient() as plain,
        httpx2.AsyncClient() as plain2,
        builder().build() as reqwest,
        few.AsyncFewModels(api_key="k", base_url=url) as ours,
        few.AsyncFewModels(api_key="k", base_url=url, transport=few.AsyncFastTransport()) as fast,
        import_module("raw_few_models").AuthenticatedClient(base_url=url, token="k") as raw,  # noqa: S106  # as above
        import_module("openai").AsyncOpenAI(api_key="k", base_url=f"{url}/v1") as openai,
    ):
        path = f"{url}/v1/models/small"

        async def read(client: Any) -> object:
            return (await client.get(path)).json()

        async def read_reqwest() -> object:
            return await (await reqwest.get(path).build().send()).json()

        calls: dict[str, AsyncCall] = {
            "httpx": lambda: read(plain),
            "httpx2": lambda: read(plain2),
            "pyreqwest": read_reqwest,
            OURS: lambda: ours.models.retrieve("small"),
            FAST: lambda: fast.models.retrieve("small"),
            RAW: lambda: raw_get("small", client=raw),
            "openai": lambda: openai.models.retrieve("small"),
        }
        found: Rounds = {name: [] for name in calls}
        for number in range(rounds + 1):
            for name, call in calls.items():
                figure = await _flight(call, times)
                if number:
                    found[name].append(figure)
    return found


def decoding(folder: Path, rounds: int, times: int = 2000) -> Rounds:
    """Measures the parsed answer of UpdateModelService turned into its model."""
    answer = json.loads((folder / "answer.json").read_bytes())
    ours, raw = _answers()
    calls: dict[str, Call] = {RAW: lambda: raw.from_dict(answer), OURS: lambda: ours.from_dict(answer)}
    return in_turn({name: _turn(call, times) for name, call in calls.items()}, rounds)


def memory(folder: Path, count: int = 10_000) -> Rounds:
    """Measures the bytes that models of that answer keep, with the values that they were read from."""
    text = (folder / "answer.json").read_bytes()

    def kept(model: Any) -> float:
        gc.collect()
        tracemalloc.start()
        models = [model.from_dict(json.loads(text)) for _ in range(count)]
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size / len(models)

    ours, raw = _answers()
    return {RAW: [kept(raw)], OURS: [kept(ours)]}


def _answers() -> tuple[Any, Any]:
    ours = import_module("zstack_ai.models").ModelServiceAnswer
    return ours, import_module("raw_zstack_ai.models").ModelServiceAnswer


def main(folder: Path, rounds: int, only: Sequence[str] = ()) -> None:
    """Prints the rounds of every measure, or only of some; a single round is a trial, and short."""
    trial = rounds == 1
    few = {"times": IN_FLIGHT} if trial else {}
    measures: dict[str, Callable[[], Rounds]] = {
        "import": lambda: imports(rounds),
        "sync": lambda: sync_calls(rounds, **few),
        "async": lambda: async_calls(rounds, **few),
        "decode": lambda: decoding(folder, rounds, **few),
        "memory": lambda: memory(folder, 10 if trial else 10_000),
    }
    print(json.dumps({name: measure() for name, measure in measures.items() if not only or name in only}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
