"""One client in many threads, many tasks and several event loops; what is cancelled or interrupted."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from tests.client.conftest import KEY, Half, Reply, Script

THING = Reply(200, {"id": "a"})


def test_one_client_serves_twenty_threads(half: Half) -> None:
    if half.is_async:
        pytest.skip("threads are the synchronous half's")
    client = half.open()
    found: list[str] = []

    def work(number: int) -> None:
        for turn in range(5):
            answer = client.things.with_raw_response.write(f"{number}-{turn}", name=f"{number}-{turn}")
            found.append(answer.parse().id)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["a"] * 100
    sent = {(seen.path.removeprefix("/things/"), seen.json["name"]) for seen in half.script.seen}
    assert sent == {(f"{number}-{turn}",) * 2 for number in range(20) for turn in range(5)}


def test_one_client_serves_a_hundred_tasks(half: Half) -> None:
    if not half.is_async:
        pytest.skip("tasks are the asynchronous half's")
    client = half.open()

    async def work() -> list[Any]:
        return await asyncio.gather(*(client.things.write(str(number), name=str(number)) for number in range(100)))

    assert [one.id for one in half.run(work)] == ["a"] * 100
    assert len({(seen.path, seen.body) for seen in half.script.seen}) == 100


def test_closing_a_client_of_this_process_ends_the_call_that_waits_in_another_thread(half: Half) -> None:
    if half.is_async or half.over != "process":
        pytest.skip("over a socket the call ends with its timeout")
    half.script.tell(Reply(does="hang"))
    client = half.open(timeout=None, max_retries=0)
    found: list[BaseException] = []

    def work() -> None:
        try:
            client.things.read("a")
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while not half.script.seen:
        thread.join(0.001)
    client.close()
    thread.join(10)
    assert [type(error) for error in found] == [half.package.APIConnectionError]


def test_a_cancelled_call_ends_at_once_and_the_client_goes_on(half: Half) -> None:
    if not half.is_async:
        pytest.skip("only a task can be cancelled")
    half.script.tell(Reply(does="hang"), THING)
    client = half.open()

    async def work() -> str:
        task = asyncio.create_task(client.things.read("a"))
        while not half.script.seen:  # the server is a thread
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return str((await client.things.read("a")).id)

    assert half.run(work) == "a"
    assert (len(half.script.seen), half.waits) == (2, [])


def test_an_interrupt_passes_through_and_the_client_goes_on(half: Half) -> None:
    turns = iter([KeyboardInterrupt, SystemExit, None])

    def around(request: Any, send: Any) -> Any:
        turn = next(turns)
        if turn is not None:
            raise turn
        return send(request)

    client = half.open(middleware=[around])
    for kind in (KeyboardInterrupt, SystemExit):
        # An event loop that is interrupted is not used again: run the coroutine by hand.
        with pytest.raises(kind):
            _started(client.things.read("a")) if half.is_async else client.things.read("a")
    assert half.call(client=client).id == "a"
    assert len(half.script.seen) == 1


def _started(coroutine: Any) -> None:
    coroutine.send(None)


def test_an_async_client_serves_one_event_loop_after_another(calls: Any, script: Script) -> None:
    for transport in (None, calls.AsyncFastTransport(), calls.AsyncInProcessTransport(script.app)):
        client = calls.AsyncCalls(api_key=KEY, base_url=script.url, transport=transport)

        async def read(called: Any = client) -> str:
            return str((await called.things.read("a")).id)

        assert [asyncio.run(read()) for _ in range(3)] == ["a"] * 3
