"""What stands in place of a page is named, so that a person knows what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from specledger.diagnostics import Failure
from specledger.drift import source, walls
from specledger.drift.source import Source

LOGIN = (
    '<!doctype html><html><body><h1>Welcome back</h1><form><input name="user"><input name=pw type="password">'
    "</form><script>x</script></body></html>"
)
SHELL = (
    "<!doctype html><html><head><title>Lamps</title></head><body><div id=root></div>"
    '<noscript>Switch scripts on.</noscript><script src="/a.js"></script></body></html>'
)
GONE = "<!doctype html><html><body><h1>Page not found</h1><script>x</script></body></html>"
CHATTER = "<p>We like lamps, and write about them at some length.</p>" * 10


def _refusal(where: str | Source) -> str:
    with pytest.raises(Failure) as raised:
        source.read(source.load(where) if isinstance(where, str) else where)
    assert raised.value.exit_code == 2
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LOGIN, "a login stands in place of the page"),
        (LOGIN.replace("<form>", f"{CHATTER}<form>"), "a login stands in place of the page"),
        (SHELL, "a script builds the page"),
        (GONE, "it says that the page is not there"),
        (GONE.replace("</h1>", f"</h1>{CHATTER}"), "no known family"),
        (SHELL.replace("<script", "<!-- <scri"), "no known family"),
    ],
)
def test_a_web_page_that_stands_in_place_of_another_is_named(text: str, said: str) -> None:
    found = source.of_bytes("http://a/b", text.encode(), address="http://a/b", content_type="text/html")
    assert said in _refusal(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Log in\nE-mail\nPassword\nForgot your password?\n", "a login stands in place of the page"),
        ("404\nThis page doesn’t exist.\n", "it says that the page is not there"),
        ("Lamps\nWe sell them.\n", "no known family"),
        ("Log in\nPassword\n" + "We sell lamps.\n" * 50, "no known family"),
    ],
)
def test_the_copied_text_of_such_a_page_is_named_too(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "page.txt"
    path.write_text(text)
    assert said in _refusal(str(path))


def test_a_page_that_can_be_read_may_show_a_login(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        '= a lamp <input type="password">\nPATCH /lamps\nrequest.body.name {"type": "string", "required": false}\n'
    )
    assert source.read(source.load(str(path))).family == "rows"


def test_tags_that_never_end_are_searched_once() -> None:
    found = source.of_bytes("x", b"<input " * 140_000, address="http://a/b", content_type="text/html")
    assert walls.wall(found.page) is None
