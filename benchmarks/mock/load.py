"""Sends one request over and over on many connections: `python load.py PORT SECONDS CONNECTIONS`, the request on stdin.

Prints as JSON how many whole answers came in how many seconds, how many of them were no 200, and what share of the time
this process was busy: near 1 it is the load that is measured, not the server. It imports nothing of ours, so that a
turn begins at once.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import cast

import uvloop

RAMP_SECONDS = 0.2
HEAD_END = b"\r\n\r\n"


class Tally:
    """What came back on all connections."""

    def __init__(self) -> None:
        self.answers = 0
        self.wrong = 0
        self.lost = 0
        self.open = True


class Client(asyncio.Protocol):
    """Sends the request again as soon as its answer is whole."""

    def __init__(self, request: bytes, tally: Tally) -> None:
        self._request = request
        self._tally = tally
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the first request."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Counts a whole answer."""
        came = self._came + data if self._came else data
        if not whole(came):
            self._came = came
            return
        self._came = b""
        tally = self._tally
        tally.answers += 1
        if came[9:12] != b"200":
            tally.wrong += 1
        if tally.open:
            self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        """Counts a connection that the server ended."""
        self._tally.lost += self._tally.open


def whole(came: bytes) -> bool:
    """Says whether an answer has come to its end, by its length or by its last chunk."""
    end = came.find(HEAD_END)
    if end < 0:
        return False
    head = came[: end + 2].lower()
    at = head.find(b"\r\ncontent-length:")
    if at < 0:
        return came.endswith(b"0\r\n\r\n")
    return len(came) >= end + len(HEAD_END) + int(head[at + 17 : head.index(b"\r\n", at + 2)])


async def run(port: int, seconds: float, connections: int, request: bytes) -> dict[str, float]:
    """Returns what was counted once the connections had run up."""
    tally = Tally()
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: Client(request, tally), "127.0.0.1", port)
    await asyncio.sleep(RAMP_SECONDS)
    answers, start, busy = tally.answers, time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    answers, took, busy = tally.answers - answers, time.perf_counter() - start, time.process_time() - busy
    tally.open = False
    return {"answers": answers, "seconds": took, "wrong": tally.wrong, "lost": tally.lost, "busy": busy / took}


if __name__ == "__main__":
    port, seconds, connections = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    print(json.dumps(uvloop.run(run(port, seconds, connections, sys.stdin.buffer.read()))))
