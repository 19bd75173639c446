"""Where the clients follow an answer to, and what stays behind: each half over each transport that has a socket."""

from __future__ import annotations

import io
import logging
import ssl
from typing import Any

import httpx2
import pytest
from pyreqwest.client import ClientBuilder, SyncClientBuilder

from tests.client.conftest import KEY, SOCKETS, Half, Reply, Script

pytestmark = pytest.mark.parametrize("half", SOCKETS, indirect=True)
THING = Reply(200, {"id": "a"})


def _to(url: str, status: int = 307) -> Reply:
    return Reply(status, b"", {"Location": url})


def _told(caplog: pytest.LogCaptureFixture) -> str:
    """Returns what was logged, but for httpcore2, which tells of an answer's headers whatever they hold."""
    return "".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpcore2"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_reading_call_follows_every_redirect(half: Half, status: int) -> None:
    half.script.tell(_to("/elsewhere?x=1", status), THING)
    assert half.call().id == "a"
    assert [seen.path for seen in half.script.seen] == ["/things/a", "/elsewhere?x=1"]
    assert {seen.headers["X-Auth-Token"] for seen in half.script.seen} == {KEY}
    assert half.waits == []


@pytest.mark.parametrize(
    ("status", "method"), [(301, None), (302, None), (303, "GET"), (307, "PUT"), (308, "PUT")], ids=str
)
def test_a_changing_call_follows_only_where_the_method_is_settled(half: Half, status: int, method: str | None) -> None:
    half.script.tell(_to("/elsewhere", status), THING)
    if method is None:
        with pytest.raises(half.package.APIStatusError) as caught:
            half.call("write", name="n")
        assert (caught.value.status_code, caught.value.documented) == (status, False)
        return
    assert half.call("write", name="n").id == "a"
    last = half.script.seen[-1]
    assert (last.method, last.body) == (method, b'{"name":"n"}' if method == "PUT" else b"")
    assert ("Content-Type" in last.headers) == (method == "PUT")


def test_a_hundred_redirects_end_after_five(half: Half) -> None:
    half.script.tell(_to("/round"))
    with pytest.raises(half.package.APIStatusError, match="a redirect that is not followed") as caught:
        half.call()
    assert (caught.value.status_code, len(half.script.seen)) == (307, 6)


@pytest.mark.parametrize(
    "location",
    ["", "http://[::1", "http://h:99999/", "ftp://h/", "javascript:x", "http://u:p@h/", "http://a..b/", "http://.h/"],
)
def test_a_location_that_is_no_place_to_go_is_not_followed(half: Half, location: str) -> None:
    half.script.tell(_to(location))
    with pytest.raises(half.package.APIStatusError) as caught:
        half.call()
    assert (caught.value.status_code, len(half.script.seen)) == (307, 1)


def test_a_redirect_without_a_location_is_an_answer(half: Half) -> None:
    half.script.tell(Reply(302))
    with pytest.raises(half.package.APIStatusError):
        half.call()


@pytest.mark.parametrize("scheme", ["token", "key", "jar", "login"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_credential_goes_to_another_origin(
    half: Half, other: Script, caplog: pytest.LogCaptureFixture, scheme: str, host: str
) -> None:
    caplog.set_level(logging.DEBUG)
    there = other.url.replace("127.0.0.1", host)
    # A server that keeps the query hands the credential on by itself.
    echoed = f"key={KEY}" if scheme == "key" else "key=theirs"
    half.script.tell(_to(f"{there}/further?x=1&{echoed}"))
    client = half.open(auth_scheme=scheme, default_headers={"X-Own": "mine", "Proxy-Authorization": "p"})
    given = {"X-Session": "also-mine", "Host": "h.example"}
    assert half.call(client=client, extra_headers=given).id == "a"
    shown = repr(half.script.seen[0])
    assert KEY in shown
    assert "also-mine" in shown
    (seen,) = other.seen
    assert seen.path == ("/further?x=1" if scheme == "key" else "/further?x=1&key=theirs")
    assert seen.headers["Host"] == f"{host}:{other.port}"
    assert {"X-Auth-Token", "Authorization", "Cookie", "Proxy-Authorization", "X-Own", "X-Session"}.isdisjoint(
        seen.headers
    )
    assert seen.headers["User-Agent"].startswith("specledger-")
    assert "application/json" in seen.headers["Accept"]
    if scheme == "key":
        assert KEY not in _told(caplog)


def test_a_credential_that_was_dropped_does_not_come_back(half: Half, other: Script) -> None:
    half.script.tell(_to(f"{other.url}/out"), THING)
    other.tell(_to(f"{half.script.url}/back"))
    assert half.call().id == "a"
    assert [KEY in repr(seen) for seen in [*half.script.seen, *other.seen]] == [True, False, False]


def test_a_repeat_after_a_redirect_stays_where_it_led(half: Half, other: Script) -> None:
    half.script.tell(_to(f"{other.url}/out"))
    other.tell(Reply(500), Reply(does="drop"), THING)
    assert half.call().id == "a"
    assert (len(half.script.seen), len(other.seen)) == (1, 3)
    assert KEY not in repr(other.seen)


def test_on_the_same_origin_the_credential_of_the_query_is_sent_once(
    half: Half, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    half.script.tell(_to(f"/slash/?key={KEY}&x=1"), THING)
    client = half.open(auth_scheme="key")
    assert half.call(client=client).id == "a"
    assert half.script.seen[-1].path == f"/slash/?x=1&key={KEY}"
    assert KEY not in _told(caplog)


def test_a_body_that_can_be_read_once_is_not_sent_on(half: Half) -> None:
    half.script.tell(_to("/elsewhere"), Reply(204))
    client = half.open()
    with pytest.raises(half.package.APIStatusError):
        half.run(lambda: client.blobs.store("a", body=iter([b"x"])))
    half.script.seen.clear()
    half.script.tell(_to("/elsewhere"), Reply(204))
    half.run(lambda: client.blobs.store("a", body=io.BytesIO(b"x" * 9)))
    assert [seen.body for seen in half.script.seen] == [b"x" * 9] * 2


def test_what_a_client_of_the_callers_own_adds_stays_at_home(half: Half, other: Script) -> None:
    half.script.tell(_to(f"{other.url}/out"))
    if half.over == "fast":
        builder = ClientBuilder if half.is_async else SyncClientBuilder
        kind = half.package.AsyncFastTransport if half.is_async else half.package.FastTransport
        given = {"transport": kind(lambda: builder().default_headers({"X-Mine": "mine"}))}
        assert half.call(client=half.open(**given)).id == "a"
    else:
        own = (httpx2.AsyncClient if half.is_async else httpx2.Client)(
            auth=("user", "mine"),
            cookies={"c": "mine"},
            follow_redirects=True,
            headers={"X-Mine": "m", "Authorization": "Bearer mine"},
            params={"p": "mine"},
        )
        assert half.call(client=half.open(http_client=own)).id == "a"
        half.run(own.aclose if half.is_async else own.close)
    assert "mine" in repr(half.script.seen[0])
    assert "mine" not in repr(other.seen)


def test_nothing_leads_from_https_to_http(half: Half, secure: Script) -> None:
    secure.tell(_to(f"{half.script.url}/plain"))
    client = half.open(base_url=secure.url, **_trusting(half, secure))
    with pytest.raises(half.package.APIStatusError, match="a redirect that is not followed"):
        half.call(client=client)
    assert half.script.seen == []
    if half.over == "fast":
        return  # to another origin it takes nothing of the builder, and so not its trust either
    half.script.tell(_to(f"{secure.url}/safe"))
    secure.tell(THING)
    assert half.call(client=half.open(**_trusting(half, secure))).id == "a"
    assert KEY not in repr(secure.seen[-1])


def _trusting(half: Half, secure: Script) -> dict[str, Any]:
    """Returns the settings under which a half trusts the server's certificate."""
    if half.over == "fast":
        builder = ClientBuilder if half.is_async else SyncClientBuilder
        wanted = half.package.AsyncFastTransport if half.is_async else half.package.FastTransport
        # rustls takes no certificate that signs itself, whoever vouches for it.
        return {"transport": wanted(lambda: builder().danger_accept_invalid_certs(True))}
    kind = httpx2.AsyncClient if half.is_async else httpx2.Client
    return {"http_client": kind(verify=ssl.create_default_context(cafile=secure.certificate))}
