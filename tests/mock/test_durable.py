"""The state file: what outlives the server, killed or stopped, and which files it leaves alone."""

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
from specledger.runtime.mock import store as storing
from specledger.runtime.mock.json_text import JsonObject
from specledger.runtime.mock.state import Collection, State
from specledger.runtime.mock.state_file import Key, StateFile
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


def collection(name: str, *seed: JsonObject) -> Collection:
    return Collection(name, "id", "", ("name",), (), (), seed)


def stored(path: Path, api: str, *collections: Collection) -> dict[str, list[str]]:
    """Returns what a state that is read from a file holds, in its order."""
    with contextlib.closing(Store(path)) as store:
        state = State(api, collections, store)
        return {name: list(found.objects) for name, found in state.collections.items()}


def test_objects_come_back_in_their_order_and_removed_ones_do_not(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with contextlib.closing(Store(path)) as store:
        pets = collection("pets", {"id": "a", "name": "x"}, {"id": "b"}, {"id": "c"})
        state = State("api", [pets], store)
        state.commit(pets, "d", {"id": "d"})
        store.flush()
        state.commit(pets, "a", {"id": "a", "name": "y"})
        state.commit(pets, "b", None)
        state.commit(pets, "c", None)
        state.commit(pets, "c", {"id": "c"})
        state.commit(pets, "é\0/", {"id": "é\0/"})
        assert list(pets.objects) == ["a", "d", "c", "é\0/"]
    assert stored(path, "api", collection("pets")) == {"pets": ["a", "d", "c", "é\0/"]}
    with contextlib.closing(Store(path)) as store:
        pets = collection("pets", {"id": "a"}, {"id": "b"}, {"id": "c"})
        state = State("api", [pets], store)
        state.reset()
    assert stored(path, "api", collection("pets")) == {"pets": ["a", "b", "c"]}


def test_a_collection_that_was_emptied_stays_so_and_one_that_is_new_is_seeded(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with contextlib.closing(Store(path)) as store:
        pets = collection("pets", {"id": "a"})
        State("api", [pets], store).commit(pets, "a", None)
    new = collection("toys", {"id": "t"})
    assert stored(path, "api", collection("pets", {"id": "a"}), new) == {"pets": [], "toys": ["t"]}


def test_what_another_version_of_the_spec_stored_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    for api, name in (("old", "pets"), ("api", "gone")):
        assert stored(path, api, collection(name, {"id": "a"})) == {name: ["a"]}
    assert stored(path, "api", collection("pets", {"id": "b"})) == {"pets": ["b"]}
    with contextlib.closing(Store(path)) as store:
        State("api", [collection("pets", {"id": "c"})], store).reset()
    assert stored(path, "old", collection("pets")) == {"pets": ["a"]}
    assert stored(path, "api", collection("gone"), collection("pets")) == {"gone": ["a"], "pets": ["c"]}


def test_a_snapshot_brings_everything_back_however_often(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with contextlib.closing(Store(path)) as store:
        pets = collection("pets", {"id": "a", "name": "x"}, {"id": "b", "name": "y"})
        state = State("api", [pets], store)
        kept = state.snapshot()
        for _ in range(2):
            state.commit(pets, "a", {"id": "a", "name": "z"})
            assert pets.taken("d", {"name": "y"}) == "name"
            state.commit(pets, "b", None)
            assert pets.taken("d", {"name": "y"}) == ""
            state.commit(pets, "c", {"id": "c", "name": "x"})
            assert pets.taken("d", {"name": "x"}) == "name"
            state.restore(kept)
            assert list(pets.objects.values()) == [{"id": "a", "name": "x"}, {"id": "b", "name": "y"}]
            assert pets.taken("a", {"name": "x"}) == ""
            assert pets.taken("a", {"name": "z"}) == ""
            assert pets.taken("a", {"name": "y"}) == "name"
    assert stored(path, "api", collection("pets")) == {"pets": ["a", "b"]}


def test_what_is_removed_or_restored_together_is_never_in_the_file_by_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: set[int] = set()
    write = StateFile.write

    def counting(file: StateFile, objects: dict[Key, JsonObject | None], created: set[Key]) -> None:
        removed.add(sum(found is None for found in objects.values()))
        write(file, objects, created)

    monkeypatch.setattr(StateFile, "write", counting)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that the store's thread may come between any two steps
    with contextlib.closing(Store(tmp_path / "state.sqlite", durable=True)) as store:
        seed: list[JsonObject] = [{"id": str(number)} for number in range(500)]
        pets = collection("pets", *seed)
        state = State("api", [pets], store)
        for _ in range(30):
            state.commit(pets, "0", {"id": "0"})  # the thread is awake
            state.remove([(pets, identity) for identity in pets.objects])
            time.sleep(0.002)
            assert not pets.objects
            state.reset()
    sys.setswitchinterval(interval)
    assert removed == {0, 500}


def test_changes_that_cannot_be_written_wait_are_told_and_are_written_when_it_is_possible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(storing, "MAX_PENDING", 3)
    path, away = tmp_path / "state.sqlite", tmp_path / "away.sqlite"
    with contextlib.closing(Store(path)) as store:
        pets = collection("pets", {"id": "a"})
        state = State("api", [pets], store)
        store.flush()
        path.rename(away)
        for name in "bcd":
            state.commit(pets, name, {"id": name})
        with pytest.raises(sqlite3.OperationalError, match="the file is gone"):
            state.commit(pets, "e", {"id": "e"})
        assert "e" not in pets.objects
        assert caplog.text.count("cannot be written: the file is gone") == 1
        path.touch()
        with pytest.raises(sqlite3.OperationalError, match="another file lies in its place"):
            store.flush()
        path.unlink()
        away.rename(path)
        state.commit(pets, "e", {"id": "e"})
        assert "is written again" in caplog.text
    assert stored(path, "api", collection("pets")) == {"pets": ["a", "b", "c", "d", "e"]}


def test_closing_tells_that_the_last_changes_are_lost(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    store = Store(path)
    pets = collection("pets", {"id": "a"})
    state = State("api", [pets], store)
    store.flush()
    path.unlink()
    state.commit(pets, "a", {"id": "a", "name": "x"})
    with pytest.raises(sqlite3.OperationalError, match="the file is gone"):
        store.close()
