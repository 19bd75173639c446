"""What httpx2 is handed is what it would have made itself, sooner."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specledger.runtime.client import httpx_transport
from specledger.runtime.client.credential import Masked
from specledger.runtime.client.transport import Request, Timeout

URL = "https://api.example.com/v1/things/a%2Fb"
SETTINGS: dict[str, dict[str, Any]] = {
    "a plain client": {},
    "a client with headers": {"headers": {"X-Team": "blue", "accept": "text/html", "Host": "other.example.com"}},
    "a client with cookies": {"cookies": {"session": "abc"}},
    "a client with a base address": {"base_url": "https://base.example.com/path/"},
}
HEADERS = {"Accept": "application/json", "X-Team": "red"}


def _request(method: str, url: str, content: Any, headers: dict[str, str] = HEADERS, query: str = "") -> Request:
    return Request(method, url, dict(headers), content, Timeout(9.0, 3.0), "GET /things/{id}", query)


@pytest.mark.parametrize("content", [None, b"", b"{}", iter([b"piece"])], ids=["none", "empty", "bytes", "pieces"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_request_is_the_one_that_the_client_would_build(settings: dict[str, Any], method: str, content: Any) -> None:
    with httpx2.Client(**settings) as client:
        ours = httpx_transport._built(client, _request(method, URL, content), content)
        timeout = httpx2.Timeout(9.0, connect=3.0)
        theirs = client.build_request(method, URL, headers=HEADERS, content=content, timeout=timeout)
    assert (ours.method, ours.url, ours.extensions) == (theirs.method, theirs.url, theirs.extensions)
    assert sorted(ours.headers.raw) == sorted(theirs.headers.raw)
    assert type(ours.stream) is type(theirs.stream)
    if not hasattr(content, "__next__"):
        assert ours.content == theirs.content == (content or b"")


def test_the_length_that_a_caller_gives_is_not_given_twice() -> None:
    request = _request("PUT", URL, b"{}", {"content-length": "2", "host": "name.example.com"})
    with httpx2.Client() as client:
        built = httpx_transport._built(client, request, b"{}")
    lengths = [value for name, value in built.headers.raw if name.lower() == b"content-length"]
    hosts = [value for name, value in built.headers.raw if name.lower() == b"host"]
    assert (lengths, hosts) == ([b"2"], [b"name.example.com"])


@pytest.mark.parametrize("own", [False, True], ids=["as it is", "with a build_request of its own"])
def test_parameters_of_the_callers_client_stand_beside_those_of_the_call(own: bool) -> None:
    class Own(httpx2.Client):
        def build_request(self, *arguments: Any, **keywords: Any) -> httpx2.Request:
            built = super().build_request(*arguments, **keywords)
            built.headers["X-Own"] = "yes"
            return built

    with (Own if own else httpx2.Client)(params={"team": "blue"}) as client:
        built = httpx_transport._built(client, _request("GET", f"{URL}?limit=3", None, query="key=secret"), None)
    assert built.url.params == httpx2.QueryParams("limit=3&key=secret&team=blue")
    assert ("X-Own" in built.headers) is own
    assert "secret" not in f"{built.url} {built.url!r}"


@example("a/../b")
@example("./a?b=/../c")
@example("a%2G%")
@example("a?b?c#d")
@given(st.text(st.sampled_from("aZ09/._-~!$&'()*+,;=:@?%2F#é ^|\\\"<>{}[]`"), max_size=30))
def test_an_address_is_parsed_as_httpx2_parses_it(rest: str) -> None:
    for origin in ("https://api.example.com/", "http://127.0.0.1:8800/", "https://[::1]:80/", "http://a/"):
        ours, theirs = httpx_transport._parsed(origin + rest), httpx2.URL(origin + rest)
        assert (ours, str(ours), ours.raw_path, ours.netloc) == (theirs, str(theirs), theirs.raw_path, theirs.netloc)


def test_an_httpx2_that_keeps_its_parts_elsewhere_parses_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(url: str, end: int) -> httpx2.URL:
        raise AttributeError(url, end)

    assert httpx_transport._quick()
    monkeypatch.setattr(httpx_transport, "_placed", moved)
    assert not httpx_transport._quick()
    monkeypatch.setattr(httpx_transport, "_QUICK", False)
    assert httpx_transport._parsed(URL) == httpx2.URL(URL)


def test_a_secret_of_the_headers_is_not_shown_by_what_httpx2_is_handed() -> None:
    request = _request("GET", URL, None, {"Authorization": Masked("Bearer secret")})
    with httpx2.Client() as client:
        built = httpx_transport._built(client, request, None)
    assert built.headers["Authorization"] == "Bearer secret"
    assert "secret" not in f"{built!r} {built.headers!r}"
