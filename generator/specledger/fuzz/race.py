"""Two callers at the same moment: of two objects, only one may come to hold a value that is unique."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import httpx2

from specledger.canonical import canonical
from specledger.fuzz.judge import Finding
from specledger.fuzz.request import Request, send
from specledger.fuzz.target import Target
from specledger.fuzz.updates import BODY, Updates
from specledger.yaml12 import Json

_ROUNDS = 8


def races(updates: Updates, target: Target) -> Iterator[tuple[Request, list[int], list[Finding]]]:
    """Yields each race with the two statuses and what was wrong; over sockets, a thread and a connection each."""
    runners = updates.objects()[:2]
    if len(runners) < 2 or not updates.collection.unique:
        return
    with ExitStack() as stack:
        clients = [stack.enter_context(httpx2.Client(trust_env=False, timeout=10.0)) for _ in runners]
        for name in updates.collection.unique:
            value = _free(updates, name)
            pair = [updates.least(one).with_value(BODY.child(name), value) for one in runners]
            for _ in range(_ROUNDS if value is not None else 0):
                target.reset(updates.api)
                statuses = _together(target, clients, pair)
                yield pair[1], statuses, list(_judged(updates, target, name, value, statuses))


def _judged(updates: Updates, target: Target, name: str, value: Json, statuses: list[int]) -> Iterator[Finding]:
    at = str(BODY.child(name))
    held = target.state(updates.api).get(updates.collection.name, {}).values()
    holders = [one for one in held if canonical(one.get(name)) == canonical(value)]
    won = sum(200 <= status < 300 for status in statuses)
    wanted = updates.effect.refusals["taken"].status
    if won > 1 or len(holders) > 1:
        message = f"two updates gave {name!r} the same value at the same time, and both were accepted"
        yield Finding(at, "unique-raced", message)
    elif won == 0:
        message = f"of two updates to a free {name!r} at the same time, neither was accepted: {statuses}"
        yield Finding(at, "unique-refused", message)
    elif wanted not in statuses:
        message = f"the update that came too late is refused with {wanted}, and the two were {statuses}"
        yield Finding(at, "unique-status", message)


def _free(updates: Updates, name: str) -> Json:
    """Returns a value of a unique field that nobody holds and the caller may use; None where none was found."""
    taken = {canonical(seed[name]) for seed in updates.collection.seed if name in seed}
    for ways in dict(updates.writes(updates.base)).get(name, iter(())):
        for step in ways:
            for value in step.request.values(BODY.child(name)):
                if canonical(value) not in taken:
                    return value
    return None


def _together(target: Target, clients: Sequence[httpx2.Client], requests: Sequence[Request]) -> list[int]:
    """Returns the statuses of requests that are sent at once."""
    statuses = [0] * len(requests)
    start = threading.Barrier(len(requests))

    def run(number: int) -> None:
        request = requests[number]
        start.wait(10)
        statuses[number] = send(clients[number], target.socket(request.api), request).status

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return statuses
