"""Who may come in to the pages below /_mock, and the switches of the command line."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mock.conftest import Server
from tests.mock.practical.steering import change, faults, patch, title, whole

EVERYWHERE = "0.0.0.0"  # noqa: S104  # what is tested is that this is safe
PAGES = [("GET", "/_mock/apis"), ("POST", "/_mock/reset"), ("GET", "/_mock/nothing"), ("HEAD", "/_mock/journal")]


def own_address() -> str:
    """Returns an address of this machine that is not the loopback interface; skips where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found: str = probe.getsockname()[0]
        except OSError:
            found = "127.0.0.1"
    if found.startswith("127."):
        pytest.skip("this machine has the loopback interface alone")
    return found


def start(generated: Path, *arguments: str, token: str = "") -> Iterator[tuple[str, int]]:
    """Runs the mock's own command; gives the address that it listens on."""
    source = generated / "mock_server" / "src"
    process = subprocess.Popen(
        [sys.executable, "-m", "specledger_mock", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(source), "SPECLEDGER_MOCK_ADMIN_TOKEN": token},
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode().strip()
        host, _, port = line.removeprefix("listening on http://").rpartition(":")
        yield host, int(port)
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def test_the_mock_listens_on_the_loopback_interface_unless_told_otherwise(running: Server) -> None:
    assert running.address[0] == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError), socket.create_connection((own_address(), running.address[1]), 5):
        pass


def test_the_pages_are_closed_on_any_other_interface(running: Server) -> None:
    outside = own_address()
    for _, port in start(running.generated, "--host", EVERYWHERE):
        there, here = (Server(f"http://{host}:{port}", running.generated) for host in (outside, "127.0.0.1"))
        for method, path in PAGES:
            assert there.send(method, path, headers={"Host": "127.0.0.1", "X-Forwarded-For": "127.0.0.1"}).status == 403
        assert change(there).status == 200
        assert here.send("GET", "/_mock/apis").status == 200
        assert title(here) == "Almanac"


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_a_token_opens_the_pages_to_whoever_shows_it(running: Server, how: str) -> None:
    outside = own_address()
    arguments = ["--host", EVERYWHERE, *(["--admin-token", "open sesame"] if how == "argument" else [])]
    for _, port in start(running.generated, *arguments, token="open sesame" if how == "environment" else ""):
        for host in (outside, "127.0.0.1"):
            server = Server(f"http://{host}:{port}", running.generated)
            for method, path in PAGES:
                for wrong in ("", "Bearer", "Bearer open", "Bearer open sesames", "Basic open sesame", "open sesame"):
                    reply = server.send(method, path, headers={"Authorization": wrong} if wrong else None)
                    assert (reply.status, reply.headers["www-authenticate"]) == (401, 'Bearer realm="mock"')
            for scheme in ("Bearer", "bearer"):
                shown = {"Authorization": f"{scheme} open sesame"}
                assert server.send("GET", "/_mock/apis", headers=shown).status == 200
            assert change(server).status == 200
            assert b"sesame" not in server.send("GET", "/_mock/journal", headers=shown).body


def test_header_faults_can_be_switched_off(running: Server) -> None:
    for host, port in start(running.generated, "--no-header-faults"):
        server = Server(f"http://{host}:{port}", running.generated)
        assert change(server, X_Mock_Fault="status=503").status == 200
        assert change(server, X_Mock_Fault="burn").status == 200
        assert faults(server, {"status": 503}).status == 200
        assert change(server).status == 503


def test_plain_uvicorn_drops_and_cuts_as_well_and_says_nothing(running: Server) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(running.generated / "mock_server" / "src")}
    for kind in ("h11", "httptools"):
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "uvicorn",
                "specledger_mock:app",
                *("--port", str(port), "--log-level", "error", "--http", kind),
            ],
            env=environment,
            stderr=subprocess.PIPE,
        )
        server = Server(f"http://127.0.0.1:{port}", running.generated)
        try:
            for _ in range(100):
                try:
                    assert change(server).status == 200
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            assert whole(server, patch("X-Mock-Fault: drop")) == b""
            assert whole(server, patch("X-Mock-Fault: truncate=2")).endswith(b'\r\n\r\n{"')
            assert change(server).status == 200
        finally:
            process.terminate()
            said = process.communicate(timeout=10)[1]
        assert said == b""
