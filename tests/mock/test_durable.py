"""The server and its state file: what outlives it, killed or stopped, and which files it leaves alone."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from specledger import serve
from specledger.diagnostics import Failure
from specledger.runtime.mock.store import Store
from tests.mock.conftest import HERE, Server, generate

ACCOUNTS = [f"a{number}" for number in range(6)]
PATH = "/accounts/accounts/"
ROUNDS = 12


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the generated mock of the accounts beside this file."""
    return generate(HERE / "durable", tmp_path_factory.mktemp("accounts"))


@contextlib.contextmanager
def started(generated: Path, state: Path, *options: str, limit: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a server in a process that the test may kill; `limit` bounds the size of its files, in KiB."""
    command = [sys.executable, "-m", serve.PACKAGE, "--port", "0", "--state", str(state), *options]
    if limit:
        command = ["bash", "-c", f'ulimit -f {limit}; exec "$@"', "bash", *command]
    environment = {**os.environ, "PYTHONPATH": str(generated / serve.SOURCE)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def listening(process: subprocess.Popen[bytes]) -> Server:
    """Returns the server when it listens."""
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    if not line.startswith("listening on "):
        assert process.stderr is not None
        raise AssertionError(process.stderr.read().decode())
    return Server(line.removeprefix("listening on ").strip(), Path())


def held(server: Server) -> dict[str, int]:
    """Returns the count of each account."""
    found = server.resources("accounts")["accounts"]
    return {identity: int(str(account["count"])) for identity, account in found.items()}


@dataclass
class Load:
    """Counts that are sent without end, one client for each account, and those of which the update was acknowledged."""

    sent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ACCOUNTS, 0))
    refused: list[int] = field(default_factory=list)
    acknowledged: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ACCOUNTS, 0))

    def run(self, server: Server, process: subprocess.Popen[bytes], seconds: float) -> None:
        """Loads the server and kills it in the midst of it."""
        clients = [threading.Thread(target=self._count, args=(server, name)) for name in ACCOUNTS]
        for client in clients:
            client.start()
        time.sleep(seconds)
        process.kill()
        for client in clients:
            client.join()

    def _count(self, server: Server, name: str) -> None:
        connection = http.client.HTTPConnection(*server.address, timeout=10)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            while True:
                count = self.sent[name] + 1
                self.sent[name] = count
                headers = {"Content-Type": "application/json"}
                connection.request("PATCH", PATH + name, b'{"count": %d}' % count, headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.refused.append(answer.status)
                    break
                self.acknowledged[name] = count


def lost(generated: Path, state: Path, rounds: int, *options: str) -> int:
    """Returns how many acknowledged updates were gone after the server was killed, over some rounds on one file."""
    chance, load, gone = random.Random(5), Load(), 0  # noqa: S311
    for round_ in range(rounds + 1):
        with started(generated, state, *options) as process:
            server = listening(process)
            for name, count in held(server).items():
                assert count <= load.sent[name]
                gone += max(0, load.acknowledged[name] - count)
                load.sent[name] = load.acknowledged[name] = count
            if round_ < rounds:
                load.run(server, process, chance.uniform(0.02, 0.4))
    assert not load.refused
    assert sum(load.acknowledged.values()) > 10 * rounds
    return gone


def test_a_durable_server_that_is_killed_loses_no_acknowledged_update(accounts: Path, tmp_path: Path) -> None:
    assert lost(accounts, tmp_path / "state.sqlite", ROUNDS, "--durable") == 0


def test_the_test_above_sees_an_answer_that_goes_out_before_its_commit(accounts: Path, tmp_path: Path) -> None:
    hasty = tmp_path / "hasty"
    shutil.copytree(accounts, hasty)
    module = hasty / serve.SOURCE / serve.PACKAGE / "server.py"
    awaited = "await self._store.settled()"
    assert awaited in module.read_text()
    module.write_text(module.read_text().replace(awaited, "pass"))
    assert any(lost(hasty, tmp_path / f"{attempt}.sqlite", 2, "--durable") for attempt in range(4))


def test_the_file_of_a_server_that_writes_behind_opens_after_a_kill(accounts: Path, tmp_path: Path) -> None:
    lost(accounts, tmp_path / "state.sqlite", 4)


@pytest.mark.parametrize("options", [(), ("--durable",)], ids=["behind", "durable"])
def test_a_server_may_be_killed_while_it_makes_its_file(accounts: Path, tmp_path: Path, options: tuple[str]) -> None:
    chance = random.Random(7)  # noqa: S311
    for round_ in range(5):
        state = tmp_path / f"{round_}.sqlite"
        with started(accounts, state, *options) as process:
            until = time.monotonic() + 10
            while not state.exists() and time.monotonic() < until:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.02))
            process.kill()
        with started(accounts, state, *options) as process:
            assert held(listening(process)) == dict.fromkeys(ACCOUNTS, 0)


def test_what_was_written_behind_is_in_the_file_a_moment_later_and_at_the_end(accounts: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    with started(accounts, state) as process:
        server = listening(process)
        assert server.send("PATCH", f"{PATH}a1", {"count": 7}).status == 200
        time.sleep(1)
        process.kill()
    with started(accounts, state) as process:
        server = listening(process)
        assert held(server)["a1"] == 7
        assert server.send("PATCH", f"{PATH}a1", {"count": 8}).status == 200
        process.terminate()
        process.wait(5)
    with started(accounts, state) as process:
        server = listening(process)
        assert held(server)["a1"] == 8
        assert server.send("POST", "/_mock/reset").status == 200
        process.terminate()
        process.wait(5)
    with started(accounts, state) as process:
        assert held(listening(process))["a1"] == 0


def test_what_was_created_and_deleted_outlives_a_kill(tmp_path: Path) -> None:
    generated, state = generate(HERE / "inferred", tmp_path), tmp_path / "state.sqlite"
    with started(generated, state, "--durable") as process:
        server = listening(process)
        made = [server.send("POST", "/kennel/dogs", {"name": name}).json["id"] for name in ("Bo", "Cy", "Di")]
        assert server.send("DELETE", f"/kennel/dogs/{made[1]}").status < 300
        before = list(server.resources("kennel")["dogs"].items())
        process.kill()
    with started(generated, state, "--durable") as process:
        server = listening(process)
        assert list(server.resources("kennel")["dogs"].items()) == before
        assert [server.send("GET", f"/kennel/dogs/{number}").status for number in made] == [200, 404, 200]
        assert server.send("POST", "/kennel/dogs", {"name": "Ed"}).json["id"] not in made


@pytest.mark.parametrize("options", [(), ("--durable",)], ids=["behind", "durable"])
def test_of_updates_to_one_unique_name_at_one_moment_one_succeeds(
    accounts: Path, tmp_path: Path, options: tuple[str]
) -> None:
    with started(accounts, tmp_path / "state.sqlite", *options) as process:
        server = listening(process)
        for round_ in range(20):
            name = f"round-{round_}"
            statuses = at_once(server, [b'{"name": "%b"}' % name.encode()] * len(ACCOUNTS))
            holders = [row for row in server.resources("accounts")["accounts"].values() if row["name"] == name]
            assert sorted(statuses) == [200] + [409] * (len(ACCOUNTS) - 1)
            assert len(holders) == 1


def at_once(server: Server, bodies: list[bytes]) -> list[int]:
    """Sends each account its body, all but the last byte of each, then those bytes together; returns the statuses."""
    sockets = [socket.create_connection(server.address, timeout=10) for _ in bodies]
    try:
        for name, body, connection in zip(ACCOUNTS, bodies, sockets, strict=True):
            head = f"PATCH {PATH}{name} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:-1])
        time.sleep(0.02)
        for body, connection in zip(bodies, sockets, strict=True):
            connection.sendall(body[-1:])
        return [int(connection.recv(65536).split()[1]) for connection in sockets]
    finally:
        for connection in sockets:
            connection.close()


def test_a_full_disk_refuses_durable_updates_until_there_is_room(accounts: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    with started(accounts, state, "--durable", limit=80) as process:
        server = listening(process)
        statuses: list[int] = []
        while 503 not in statuses and len(statuses) < 200:
            reply = server.send("PATCH", f"{PATH}a1", {"count": len(statuses) + 1, "name": "x" * 9000})
            statuses.append(reply.status)
        assert set(statuses) == {200, 503}
        assert b"the state file cannot be written" in reply.body
        process.kill()
        assert process.stderr is not None
        assert b"cannot be written" in process.stderr.read()
    with started(accounts, state, "--durable") as process:
        assert held(listening(process))["a1"] >= statuses.count(200)


def test_a_second_server_on_one_file_is_refused(accounts: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    first = serve.application(accounts, state=state)
    with pytest.raises(Failure, match="another process uses this file"):
        serve.application(accounts, state=state)
    with pytest.raises(Failure, match="another process uses this file"), serve.running(accounts, state=state):
        pass
    first.close()
    with serve.running(accounts, state=state) as url:
        assert len(held(Server(url, accounts))) == len(ACCOUNTS)


FOREIGN = {
    "a table": "CREATE TABLE objects (api TEXT, collection TEXT, id TEXT, body BLOB)",
    "an application": "PRAGMA application_id = 7",
    "a version": "PRAGMA user_version = 1",
    "a table in WAL": "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)",
}


@pytest.mark.parametrize("script", FOREIGN.values(), ids=FOREIGN)
def test_a_file_of_another_program_is_refused_and_left_as_it_is(accounts: Path, tmp_path: Path, script: str) -> None:
    state = tmp_path / "theirs.sqlite"
    with contextlib.closing(sqlite3.connect(state)) as database:
        database.executescript(script)
    before = state.read_bytes()
    with pytest.raises(Failure, match="made by another program"):
        serve.application(accounts, state=state)
    assert state.read_bytes() == before


def test_a_file_that_is_no_database_or_has_another_format_is_refused(accounts: Path, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("some notes that are dear to someone\n" * 100)
    with pytest.raises(Failure, match="file is not a database"):
        serve.application(accounts, state=text)
    assert text.read_text().startswith("some notes")
    state = tmp_path / "state.sqlite"
    Store(state).close()
    with contextlib.closing(sqlite3.connect(state)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(Failure, match="has the format 99"):
        serve.application(accounts, state=state)
