"""Our mock, a bare app and the peers in the same run: each takes a turn in every round; told as a table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import table
from benchmarks.commands import ROOT
from benchmarks.mock import gateways, in_process, load, rows, servers, wire
from benchmarks.mock.servers import Running, Server
from benchmarks.rows import Measured
from benchmarks.turns import Rounds, in_turn
from specledger import yaml12

MARK = "mock benchmarks"
PLOT = ROOT / "benchmarks" / "mock.svg"
CONNECTIONS = 32
BUSY = 0.9
SLICE_SECONDS = 10.0  # of the memory's two million requests
PATHS = 500
NOVITA = ROOT / "specs" / "novita_gpu" / "behavior.yaml"
RULE_KEY = "mock-owner-key"
RULE_PATH = "/novita_gpu/gpu-instance/openapi/v1/endpoint/update"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: what is told, or a trial."""

    rounds: int = 7
    seconds: float = 0.5
    warm_up: float = 1.0
    paths: int = PATHS
    calls: int = 10_000


class Meaningless(Exception):
    """A figure that says nothing about the server: other answers than 200 came back, or the load was the slower."""


def rule_body() -> dict[str, Any]:
    """Returns the body of behavior.yaml's own request, whose fields make the rule run."""
    behaviour: Any = yaml12.load(NOVITA).value
    found: dict[str, Any] = behaviour["operations"]["updateEndpoint"]["request"]["body"]
    return found


def rate(port: int, sent: bytes, seconds: float) -> float:
    """Returns the answers a second on 32 connections. Raises Meaningless."""
    found = _load(port, sent, seconds)
    if found["busy"] > BUSY:
        raise Meaningless(f"the load was busy for {found['busy']:.0%} of the time: the server was not the slower side")
    return found["answers"] / found["seconds"]


def _load(port: int, sent: bytes, seconds: float) -> dict[str, float]:
    command = [sys.executable, str(Path(load.__file__)), str(port), str(seconds), str(CONNECTIONS)]
    done = subprocess.run(command, input=sent, stdout=subprocess.PIPE, check=True, timeout=seconds + 30)
    found: dict[str, float] = json.loads(done.stdout)
    if found["wrong"] or found["lost"]:
        raise Meaningless(f"{found['wrong']:.0f} answers were no 200, {found['lost']:.0f} connections were ended")
    return found


class Comparison:
    """The servers that run side by side, and what is measured of them."""

    def __init__(self, folder: Path, core: int, effort: Effort, peers: list[Server]) -> None:
        self._folder = folder
        self._core = core
        self._effort = effort
        self._peers = peers

    def measured(self) -> dict[str, Rounds]:
        """Returns the rates, the starts, the calls and the statuses of an invalid PATCH."""
        servers.stub(self._folder)
        with ExitStack() as stack:
            statuses, turns = {}, {}
            for name, found, path in self._served(stack):
                sent = wire.patch(found.server.prefix, wire.VALID, path)
                turns[name] = self._turn(found, sent)
                if path == wire.PATCH_PATH:
                    invalid = wire.patch(found.server.prefix, wire.INVALID)
                    statuses[name] = [float(wire.status(found.port, invalid))]
                if name in (rows.OURS, rows.BARE):
                    asked = wire.request("POST", RULE_PATH, rule_body(), RULE_KEY)
                    turns[rows.LARGE if name == rows.OURS else rows.BARE_LARGE] = self._turn(found, asked)
                _load(found.port, sent, found.server.warm_up * self._effort.warm_up)
            rates = in_turn(turns, self._effort.rounds)
        return {rows.RATE: rates, rows.STATUS: statuses, rows.START: self._starts(), rows.CALL: self._calls()}

    def _served(self, stack: ExitStack) -> Iterator[tuple[str, Running, str]]:
        """Yields each server once it runs, under the name of its figures, with the path that it is asked for."""
        number = self._effort.paths // 2
        one = gateways.prepare(self._folder / "one", [number])
        many = gateways.prepare(self._folder / "many", range(self._effort.paths))
        ruled = gateways.prepare(self._folder / "ruled", [number], ruled=True)
        state = ("--state", str(self._folder / "state.sqlite"))
        beside = gateways.path(number)
        for server, path in (
            (servers.ours(), wire.PATCH_PATH),
            (servers.ours(servers.SOURCE, rows.FILE, "baseten_gateway", *state), wire.PATCH_PATH),
            (servers.uvicorn(), wire.PATCH_PATH),
            (servers.ours(one, rows.ONE, gateways.NAME), beside),
            (servers.ours(ruled, rows.RULE, gateways.NAME), beside),
            (servers.ours(many, rows.MANY, gateways.NAME), beside),
            *((peer, wire.PATCH_PATH) for peer in self._peers),
        ):
            yield server.name, stack.enter_context(servers.running(server, self._folder, self._core, path)), path

    def _turn(self, found: Running, sent: bytes) -> Callable[[], float]:
        return lambda: rate(found.port, sent, self._effort.seconds)

    def _starts(self) -> Rounds:
        """Returns the seconds from the start of a process to its first whole answer."""
        there = [servers.ours(), servers.uvicorn(), *self._peers]
        wanted = {name for row in rows.ROWS if row.measure == rows.START for name in (row.ours, *row.peers)}

        def turn(server: Server) -> Callable[[], float]:
            return lambda: self._first_answer(server)

        return in_turn({one.name: turn(one) for one in there if one.name in wanted}, self._effort.rounds)

    def _first_answer(self, server: Server) -> float:
        with servers.running(server, self._folder, self._core) as found:
            return found.seconds

    def _calls(self) -> Rounds:
        """Returns the seconds of a call in process."""

        def asked(method: str, path: str, body: object, key: str) -> dict[str, object]:
            headers = {"host": "127.0.0.1", "authorization": f"Bearer {key}", "content-type": "application/json"}
            return {"method": method, "path": path, "body": body, "headers": headers}

        path = self._folder / "requests.json"
        plain = asked("PATCH", f"/baseten_gateway{wire.PATCH_PATH}", wire.VALID, wire.KEY)
        ruled = asked("POST", RULE_PATH, rule_body(), RULE_KEY)
        path.write_text(json.dumps({rows.OURS: plain, rows.LARGE: ruled}), encoding="utf-8")
        command = [sys.executable, str(Path(in_process.__file__)), str(path), str(self._effort.calls)]
        with servers.pinned([self._core]):
            done = subprocess.run(
                command, env={"PYTHONPATH": str(servers.SOURCE)}, stdout=subprocess.PIPE, check=True, timeout=120
            )
        found: Rounds = json.loads(done.stdout)
        return found

    def memory(self, few: int = 200_000, many: int = 2_000_000) -> Rounds:
        """Returns the bytes that our server holds after so many requests, and after so many more."""
        held: list[float] = []
        with servers.running(servers.ours(), self._folder, self._core) as found:
            sent, answered = wire.patch(found.server.prefix, wire.VALID), 0.0
            for goal in (few, many):
                while answered < goal:
                    answered += _load(found.port, sent, SLICE_SECONDS * self._effort.warm_up)["answers"]
                held.append(_resident(found.process.pid))
        return {rows.FEW_REQUESTS: held[:1], rows.MANY_REQUESTS: held[1:]}


def _resident(pid: int) -> float:
    """Returns the bytes of a process that lie in memory."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def measure(effort: Effort, peers: list[Server]) -> Measured:
    """Returns what is told of our mock and of these peers, the memory aside."""
    with _compared(effort, peers) as comparison:
        return comparison.measured()


def memory(effort: Effort) -> Measured:
    """Returns what our mock holds in memory; two million requests take minutes."""
    with _compared(effort, []) as comparison:
        return {rows.MEMORY: comparison.memory()}


@contextmanager
def _compared(effort: Effort, peers: list[Server]) -> Iterator[Comparison]:
    """Yields a comparison; this process stays on the core of the load meanwhile."""
    core, other = servers.cores()
    with servers.pinned([other]), TemporaryDirectory(prefix="benchmarks-") as name:
        yield Comparison(Path(name), core, effort, peers)


def main(arguments: list[str]) -> None:
    """Prints the table; with `--record` it goes into the README as well, and the plot is drawn.

    The memory over two million requests takes minutes: it is measured with `--record` or `--memory`.
    """
    if not hasattr(os, "sched_setaffinity"):
        print("the mock is not measured: this system keeps no process on a core")
        return
    effort = Effort()
    peers, reasons = servers.peers()
    core, other = servers.cores()
    if core == other:
        reasons.append("there is one core: server and load share it")
    measured = measure(effort, peers)
    table.show(
        f"mock server, {CONNECTIONS} connections, medians of {effort.rounds} rounds in turn", rows.ROWS, measured
    )
    for reason in reasons:
        print(reason)
    if not {"--record", "--memory"}.isdisjoint(arguments):
        held = memory(effort)
        table.show("memory of the mock server", rows.ROWS, held)
        measured = {**measured, **held}
    if "--record" in arguments:
        missing = table.missing(rows.ROWS, measured)
        if missing:
            print(f"not recorded, since these are missing: {', '.join(missing)}")
        else:
            table.record(MARK, rows.ROWS, measured, ROOT / "README.md", PLOT)
