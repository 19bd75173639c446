"""Pages over a real socket: polite, conditional, and held against their facts."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from specledger import __version__
from specledger.diagnostics import Failure
from specledger.drift import source, watch
from specledger.drift.fetch import Fetched, Fetcher
from specledger.drift.robots import Robots

from .conftest import FACTS, PAGE

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """A web site of one test: answers by path, and the requests that came."""

    url: str = ""
    answers: dict[str, Answer | Callable[[dict[str, str]], Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Returns the paths that were asked for, in order."""
        return [path for path, _ in self.asked]


@pytest.fixture
def site() -> Iterator[Site]:
    """Returns a site on a free port, which ends with the test."""
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server calls
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.asked.append((self.path, headers))
            answer = found.answers.get(self.path, (404, {}, b""))
            status, fields, body = answer(headers) if callable(answer) else answer
            if status == 0:
                stopped.wait(10)
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **fields}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def watched(site: Site, specs: Path) -> Path:
    """Returns specs whose page stands on the site."""
    facts = specs / "lamps" / "facts" / "lamp.yaml"
    facts.write_text(FACTS.replace("http://lamps.example", site.url))
    site.answers["/docs/update"] = (200, {"ETag": '"1"', "Content-Type": "text/plain"}, PAGE.encode())
    return specs


def _watch(specs: Path, cache: Path | None = None) -> list[watch.Watched]:
    with Fetcher(cache, pause=0, timeout=1) as fetcher:
        return watch.watch(specs, fetcher, lambda number, address: None)


def _refusal(url: str) -> str:
    with Fetcher(pause=0, timeout=0.5) as fetcher, pytest.raises(Failure) as raised:
        fetcher.get(url)
    assert raised.value.exit_code == 2
    return str(raised.value)


def _get(url: str, cache: Path | None = None) -> Fetched:
    with Fetcher(cache, pause=0) as fetcher:
        return fetcher.get(url)


def test_each_page_is_unchanged_drifted_or_unreadable(site: Site, watched: Path) -> None:
    assert [page.outcome for page in _watch(watched)] == ["unchanged"]
    site.answers["/docs/update"] = (200, {}, PAGE.replace('"maxLength": 64', '"maxLength": 65').encode())
    drifted = _watch(watched)
    assert [page.outcome for page in drifted] == ["drifted"]
    (row,) = json.loads(watch.as_json(drifted))["pages"]
    assert (row["level"], row["changes"][0]["at"]) == ("minor", "request.body.name")
    assert "request.body.name" in watch.as_markdown(drifted)
    site.answers["/docs/update"] = (404, {}, b"")
    gone = _watch(watched)
    assert [page.outcome for page in gone] == ["unreadable"]
    assert "404" in watch.as_markdown(gone)
    assert [watch.exit_code(pages) for pages in ([], drifted, gone, [*drifted, *gone])] == [0, 1, 2, 2]


def test_the_other_form_of_a_page_is_fetched_where_it_reads_better_and_a_twin_is_not(site: Site, watched: Path) -> None:
    facts = watched / "lamps" / "facts" / "lamp.yaml"
    text = facts.read_text()
    facts.write_text(text.replace("  document", f"  fetch: {site.url}/docs/update.md\n  document"))
    twin = text.replace("lamp.txt", "copy.txt").replace("  document", "  twin_of: lamp\n  document")
    (facts.parent / "copy.yaml").write_text(twin)
    site.answers["/docs/update.md"] = (200, {}, PAGE.encode())
    assert [page.outcome for page in _watch(watched)] == ["unchanged"]
    assert site.paths() == ["/robots.txt", "/docs/update.md"]


def test_a_page_that_did_not_change_is_not_sent_again_and_its_drift_is_still_told(
    site: Site, watched: Path, tmp_path: Path
) -> None:
    def conditional(headers: dict[str, str]) -> Answer:
        fresh = (200, {"ETag": '"2"'}, PAGE.replace('"maxLength": 64', '"maxLength": 65').encode())
        return (304, {}, b"") if headers.get("if-none-match") == '"2"' else fresh

    site.answers["/docs/update"] = conditional
    cache = tmp_path / "cache"
    assert [page.outcome for page in _watch(watched, cache)] == ["drifted"]
    assert [page.outcome for page in _watch(watched, cache)] == ["drifted"]
    conditions = [headers.get("if-none-match") for path, headers in site.asked if path == "/docs/update"]
    assert conditions == [None, '"2"']
    for kept in cache.glob("*.page"):
        kept.write_bytes(b"cut of")
    assert [page.outcome for page in _watch(watched, cache)] == ["drifted"]


def test_a_last_modified_date_is_a_condition_too(site: Site, tmp_path: Path) -> None:
    date = "Sat, 21 Nov 2026 08:00:00 GMT"
    site.answers["/a"] = lambda headers: (
        304 if headers.get("if-modified-since") == date else 200,
        {"Last-Modified": date},
        b"x",
    )
    assert [_get(f"{site.url}/a", tmp_path).body for _ in range(2)] == [b"x", b"x"]
    assert [headers.get("if-modified-since") for path, headers in site.asked if path == "/a"] == [None, date]


def test_redirects_are_followed_within_the_host_and_five_at_most(site: Site) -> None:
    for number in range(7):
        site.answers[f"/{number}"] = (302, {"Location": f"/{number + 1}"}, b"")
    site.answers["/5"] = (200, {}, b"there")
    assert _get(f"{site.url}/0").body == b"there"
    site.answers["/5"] = (301, {"Location": "/6"}, b"")
    assert "more than 5 redirects" in _refusal(f"{site.url}/0")
    for elsewhere in ("http://localhost:1/x", "//127.0.0.2/", "file:///etc/passwd", "http://[::1"):
        site.answers["/out"] = (302, {"Location": elsewhere}, b"")
        said = _refusal(f"{site.url}/out")
        assert "leads elsewhere" in said or "is no address" in said


def test_a_redirect_that_leads_nowhere_is_named_by_its_status(site: Site) -> None:
    site.answers["/nowhere"] = (302, {}, b"")
    assert "the host answered 302" in _refusal(f"{site.url}/nowhere")
    assert site.paths() == ["/robots.txt", "/nowhere"]


def test_what_robots_txt_forbids_is_not_asked_for(site: Site) -> None:
    site.answers["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /private\n")
    site.answers["/out"] = (302, {"Location": "/private"}, b"")
    for path in ("/private", "/out"):
        assert "robots.txt of the host forbids it" in _refusal(site.url + path)
    assert "/private" not in site.paths()


def test_a_host_whose_robots_txt_is_broken_is_left_alone(site: Site) -> None:
    site.answers["/robots.txt"] = (503, {}, b"")
    site.answers["/a"] = (200, {}, b"x")
    assert "robots.txt of the host cannot be had" in _refusal(f"{site.url}/a")
    assert site.paths() == ["/robots.txt"]
    site.answers["/robots.txt"] = (0, {}, b"")
    assert _refusal(f"{site.url}/a").startswith(f"{site.url}/a: no answer within")


def test_each_request_says_who_asks(site: Site) -> None:
    site.answers["/a"] = (200, {}, b"x")
    _get(f"{site.url}/a")
    assert {headers["user-agent"] for _, headers in site.asked} == {f"specledger/{__version__}"}


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500])
def test_a_status_that_is_no_success_is_named_with_a_remedy(site: Site, status: int) -> None:
    site.answers["/a"] = (status, {}, b"<html>no</html>")
    said = _refusal(f"{site.url}/a")
    assert f"the host answered {status}" in said
    assert "remedy: " in said


def test_a_page_that_is_too_large_too_slow_or_cut_is_refused(site: Site) -> None:
    large = b"x" * (5 * 1024 * 1024 + 1)
    site.answers["/large"] = (200, {}, large)
    site.answers["/bomb"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(80_000_000)))
    site.answers["/slow"] = (0, {}, b"")
    site.answers["/cut"] = (200, {"Content-Length": "100"}, b"x")
    site.answers["/broken"] = (200, {"Content-Encoding": "gzip"}, b"no gzip")
    site.answers["/half"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(PAGE.encode())[:-20])
    site.answers["/brotli"] = (200, {"Content-Encoding": "br"}, b"x")
    assert "more than" in _refusal(f"{site.url}/large")
    assert "more than" in _refusal(f"{site.url}/bomb")
    assert "no answer within" in _refusal(f"{site.url}/slow")
    assert "cannot be fetched" in _refusal(f"{site.url}/cut")
    assert "cannot be fetched" in _refusal(f"{site.url}/broken")
    assert "it ends before it is all there" in _refusal(f"{site.url}/half")
    assert "was not asked for" in _refusal(f"{site.url}/brotli")


def test_an_address_where_nobody_answers_is_one_message(site: Site) -> None:
    for url in (
        "http://127.0.0.1:1/x",
        "http://[::1",
        "http://127.0.0.1:99999/x",
        "http:///x",
        "https://127.0.0.1:1/x",
    ):
        assert "page-unreadable" in _refusal(url)


def test_a_packed_page_is_unpacked(site: Site) -> None:
    site.answers["/a"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"= a page"))
    assert _get(f"{site.url}/a").body == b"= a page"


def test_a_page_is_read_from_its_address(site: Site, watched: Path) -> None:
    found = source.load(f"{site.url}/docs/update")
    assert (found.page.name, found.page.text) == ("update", PAGE)
    assert source.read(found).family == "rows"
    assert source.load(site.url.replace("http", "HTTP") + "/docs/update").page.address == f"{site.url}/docs/update"


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /\nAllow: /a", "/ab", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: specledger/9\nUser-agent: x\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/b", True),
        ("User-agent: specledger/9\nUser-agent: x\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/a", False),
        ("User-agent: *\nDisallow: /*.md$", "/a.md", False),
        ("User-agent: *\nDisallow: /*.md$", "/a.md?x", True),
        ("User-agent: *\nDisallow: /*?", "/a?x", False),
        ("User-agent: *\nDisallow: /a%20b # a space", "/a b", False),
        ("Disallow: /a", "/a", True),
        ("\x00\n:::\nUser-agent\nUser-agent: *\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /" + "*a" * 3000 + "b", "/" + "a" * 3000, True),
    ],
)
def test_the_longest_rule_of_robots_txt_decides(rules: str, path: str, allowed: bool) -> None:
    assert Robots(rules, "specledger").allows(path) is allowed
