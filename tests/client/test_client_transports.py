"""How requests leave: clients of the caller's own, proxies, TLS, timeouts, closing, threads and tasks."""

from __future__ import annotations

import math
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest
from pyreqwest.client import ClientBuilder, SyncClientBuilder

from tests.client.conftest import KEY, SOCKETS, Half, Reply, Script

sockets = pytest.mark.parametrize("half", SOCKETS, indirect=True)
httpx_only = pytest.mark.parametrize("half", SOCKETS[:2], indirect=True)
THING = Reply(200, {"id": "a"})


def _own(half: Half, **settings: Any) -> Any:
    return (httpx2.AsyncClient if half.is_async else httpx2.Client)(**settings)


def _closed(half: Half, own: Any) -> None:
    half.run(own.aclose if half.is_async else own.close)


@httpx_only
@pytest.mark.parametrize("scheme", ["token", "key", "jar", "login"])
def test_a_client_of_the_callers_own_keeps_what_it_has_and_stays_open(half: Half, scheme: str) -> None:
    hooked: list[str] = []

    def note(request: Any) -> None:
        hooked.append(str(request.url))

    async def note_async(request: Any) -> None:
        note(request)

    hooks = {"request": [note_async if half.is_async else note]}
    own = _own(half, headers={"X-Own": "1"}, cookies={"own": "2"}, params={"own": "3"}, event_hooks=hooks)
    client = half.open(http_client=own, auth_scheme=scheme)
    assert half.call(client=client, extra_query={"q": "4"}).id == "a"
    half.run(client.close)
    assert own.is_closed is False
    (seen,) = half.script.seen
    assert seen.headers["X-Own"] == "1"
    assert "own=2" in seen.headers["Cookie"]
    assert {"q=4", "own=3"} <= set(seen.path.partition("?")[2].split("&"))
    assert KEY in repr(seen)
    assert KEY not in hooked[0]
    _closed(half, own)


@httpx_only
def test_a_client_of_the_callers_own_that_adds_a_credential_is_let(half: Half) -> None:
    own = _own(half, auth=("user", "pass"))
    assert half.call(client=half.open(http_client=own)).id == "a"
    assert half.script.seen[-1].headers["Authorization"].startswith("Basic ")
    _closed(half, own)


@httpx_only
def test_two_ways_for_the_same_requests_are_refused(half: Half) -> None:
    with pytest.raises(half.package.SettingError, match="http_client and transport"):
        half.open(http_client=_own(half), transport=object())


def test_a_program_that_ends_right_after_an_async_call_ends_well(calls: ModuleType, script: Script) -> None:
    program = (
        "import asyncio, sys; sys.path[:0] = sys.argv[1:2]; import calls_client as calls\n"
        "async def main():\n"
        "    fast = calls.AsyncFastTransport()\n"
        "    async with calls.AsyncCalls(api_key='k', base_url=sys.argv[2], transport=fast) as client:\n"
        "        await client.things.read('a')\n"
        "asyncio.run(main())"
    )
    source = str(Path(calls.__file__ or "").parents[1])
    command = [sys.executable, "-c", program, source, script.url]
    ended = [subprocess.run(command, capture_output=True, check=False, timeout=60).returncode for _ in range(12)]
    assert ended == [0] * 12


@httpx_only
def test_the_other_halfs_client_is_refused(half: Half) -> None:
    other = httpx2.Client() if half.is_async else httpx2.AsyncClient
    with pytest.raises(half.package.SettingError, match=r"http_client is an httpx2\."):
        half.open(http_client=other)


def test_closing_twice_is_once_and_a_closed_client_says_so(half: Half) -> None:
    client = half.open()
    twin = client.with_options(timeout=3)
    assert half.call(client=client).id == "a"
    half.run(client.close)
    half.run(client.close)
    for one in (client, twin):
        with pytest.raises(half.package.APIConnectionError, match="the client is closed"):
            half.call(client=one)
    assert (len(half.script.seen), half.waits) == (1, [])


def test_a_client_is_a_context_manager(half: Half) -> None:
    client = half.open()

    async def inside() -> str:
        async with client as entered:
            assert entered is client
            return str((await entered.things.read("a")).id)

    if half.is_async:
        assert half.run(inside) == "a"
    else:
        with client as entered:
            assert entered.things.read("a").id == "a"
    with pytest.raises(half.package.APIConnectionError, match="closed"):
        half.call(client=client)


def test_a_transport_that_returns_nothing_is_told_so(half: Half) -> None:
    class Wrong:
        def send(self, request: Any) -> Any:
            return None

        def close(self) -> None:
            """Has nothing to close."""

    class AsyncWrong:
        async def send(self, request: Any) -> Any:
            return None

        async def close(self) -> None:
            """Has nothing to close."""

    wrong = AsyncWrong() if half.is_async else Wrong()
    with pytest.raises(TypeError, match="returned NoneType, no Response"):
        half.call(client=half.open(transport=wrong))


def test_every_transport_sends_the_same(half: Half) -> None:
    half.call(
        "write", name="ü", extra_headers={"X-Text": "naïve", "X-Empty": ""}, extra_query={"q": "a b/ü", "n": [1, 2]}
    )
    (seen,) = half.script.seen
    assert (seen.method, seen.path) == ("PUT", "/things/a?q=a%20b%2F%C3%BC&n=1&n=2")
    assert seen.body == '{"name":"ü"}'.encode()
    wanted = {
        "Accept": "application/json",
        "Content-Length": "13",
        "Content-Type": "application/json",
        "Host": half.script.url.removeprefix("http://"),
        "X-Auth-Token": KEY,
        "X-Empty": "",
    }
    assert {name: seen.headers.get(name) for name in wanted} == wanted
    assert seen.headers["X-Text"].encode("latin-1" if half.over != "process" else "utf-8") == "naïve".encode()
    assert seen.headers["User-Agent"].startswith("specledger-")


@pytest.mark.parametrize("given", [0, -1, -0.5, "5", True, math.nan, (1, 2)], ids=str)
def test_a_timeout_that_is_none_is_refused(half: Half, given: Any) -> None:
    with pytest.raises(half.package.SettingError, match="timeout is a number of seconds above 0"):
        half.open(timeout=given)
    with pytest.raises(half.package.SettingError, match="timeout is a number of seconds above 0"):
        half.call(timeout=given)
    with pytest.raises(half.package.SettingError, match="timeout is a number of seconds above 0"):
        half.open().with_options(timeout=given)
    assert half.script.seen == []


@pytest.mark.parametrize("part", [0, -1, "5", True, math.nan])
def test_a_timeout_with_such_a_part_is_refused_as_well(half: Half, part: Any) -> None:
    for given in (half.package.Timeout(read=part), half.package.Timeout(connect=part)):
        with pytest.raises(half.package.SettingError, match="timeout is a number of seconds above 0"):
            half.call(timeout=given)


@pytest.mark.parametrize("given", [5, 0.5, None, math.inf, 10**10, httpx2.Timeout(7), httpx2.Timeout(7, connect=None)])
def test_any_other_timeout_is_taken(half: Half, given: Any) -> None:
    assert half.call(timeout=given).id == "a"
    assert half.call(client=half.open(timeout=given)).id == "a"
    assert half.call(timeout=half.package.Timeout(read=given if isinstance(given, float) else 5)).id == "a"


def test_silence_ends_in_time_and_is_tried_again(half: Half) -> None:
    half.script.tell(Reply(does="hang"))
    for client, given in ((half.open(timeout=0.05), {}), (half.open(), {"timeout": 0.05})):
        half.script.seen.clear()
        with pytest.raises(half.package.APITimeoutError, match=r"GET /things/\{id\}: no answer in time"):
            half.call(client=client, **given)
        assert len(half.script.seen) == 3
    half.script.tell(Reply(does="hang"), THING)
    assert half.call(timeout=0.2).id == "a"


def test_the_times_are_those_that_were_asked_for(half: Half) -> None:
    asked: list[Any] = []
    timeout = half.package.Timeout

    def around(request: Any, send: Any) -> Any:
        asked.append(request.timeout)
        return send(request)

    client = half.open(middleware=[around])
    half.call(client=client)
    half.call(client=client, timeout=2)
    half.call(client=client, timeout=90)
    half.call(client=client.with_options(timeout=None))
    half.call(client=client, timeout=httpx2.Timeout(9, connect=1))
    assert asked == [timeout(60, 5), timeout(2, 2), timeout(90, 5), timeout(None, None), timeout(9, 1)]


@sockets
def test_a_certificate_that_nobody_vouches_for_names_the_store_and_is_not_tried_again(
    half: Half, secure: Script, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = {"base_url": secure.url}
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(half.package.APIConnectionError, match="CA") as caught:
        half.call(client=half.open(**away))
    assert half.waits == []
    assert caught.value.lasting is True
    if half.over == "httpx":
        store = ssl.get_default_verify_paths().openssl_cafile
        assert store in str(caught.value)
        missing = str(certificate.parent / "missing.pem")
        monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
        assert half.call(client=half.open(**away)).id == "a"
        monkeypatch.setenv("SSL_CERT_FILE", missing)
        with pytest.raises(half.package.SettingError, match=r"SSL_CERT_FILE names .*missing\.pem, which is missing"):
            half.open(**away)
        monkeypatch.delenv("SSL_CERT_FILE")
        own = _own(half, verify=ssl.create_default_context())
        with pytest.raises(half.package.APIConnectionError, match="the CA store of your http_client") as caught:
            half.call(client=half.open(http_client=own, **away))
        assert store not in str(caught.value)
        _closed(half, own)


class Proxy:
    """A proxy for http and https: it notes what it is asked, and passes everything on."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(connection,), daemon=True).start()

    def _pass(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (piece := connection.recv(65536)):
            head += piece
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        self.asked.append(f"{method} {target}")
        address = target if method == "CONNECT" else target.split("/")[2]
        host, _, port = address.partition(":")
        with connection, socket.create_connection((host, int(port)), timeout=10) as onward:
            if method == "CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                path = "/" + target.split("/", 3)[3]
                onward.sendall(head.replace(target.encode(), path.encode(), 1))
            back = threading.Thread(target=self._copy, args=(onward, connection), daemon=True)
            back.start()
            self._copy(connection, onward)
            back.join(10)

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        try:
            while piece := source.recv(65536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Returns a running proxy."""
    made = Proxy()
    yield made
    made.close()


@sockets
def test_a_proxy_of_the_environment_is_gone_through(half: Half, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    assert half.call().id == "a"
    assert proxy.asked == [f"GET {half.script.url}/things/a"]


@httpx_only
def test_a_proxy_of_the_callers_own_client_is_gone_through(
    half: Half, proxy: Proxy, secure: Script, certificate: Path
) -> None:
    own = _own(half, proxy=proxy.url, verify=ssl.create_default_context(cafile=f"{certificate}.crt"))
    assert half.call(client=half.open(http_client=own, base_url=secure.url)).id == "a"
    assert proxy.asked == [f"CONNECT 127.0.0.1:{secure.port}"]
    _closed(half, own)


def test_a_client_dropped_unclosed_does_nothing_when_it_is_collected(script: Script, calls: Any) -> None:
    assert [name for name in ("__del__",) if hasattr(calls.Calls, name) or hasattr(calls.AsyncCalls, name)] == []
    calls.Calls(api_key=KEY, base_url=script.url).things.read("a")


def test_a_builder_of_the_callers_own_is_built_on_and_follows_nothing_by_itself(half: Half, other: Script) -> None:
    if half.over != "fast":
        pytest.skip("the builder is pyreqwest's")
    builder = ClientBuilder if half.is_async else SyncClientBuilder
    kind = half.package.AsyncFastTransport if half.is_async else half.package.FastTransport
    client = half.open(transport=kind(lambda: builder().default_headers({"X-Own": "1"}).error_for_status(True)))
    half.script.tell(Reply(404, {"error": "gone"}))
    with pytest.raises(half.package.NotFoundError):
        half.call(client=client)
    half.script.tell(Reply(302, b"", {"Location": other.url}))
    assert half.call(client=client).id == "a"
    assert [seen.headers["X-Own"] for seen in half.script.seen] == ["1", "1"]
    assert KEY not in repr(other.seen)


def test_a_hundred_timeouts_keep_few_clients(half: Half) -> None:
    client = half.open()
    for number in range(1, 101):
        assert half.call(client=client, timeout=number).id == "a"
    kept = getattr(getattr(client._transport, "_clients", None), "_kept", {})
    assert (0 < len(kept) <= 16) is (half.over == "fast")
