"""What is refused before anything is sent, and what a transport of the caller's own may leave out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client.conftest import HALVES, Half

plain = pytest.mark.parametrize("half", HALVES[:2], indirect=True)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("X-A", "a\r\nX-Evil: 1", ValueError),
        ("X-A", "a\nb", ValueError),
        ("X-A", "a\x00", ValueError),
        ("X-A", "\udc80", ValueError),
        ("X A", "a", ValueError),
        ("X-A:", "a", ValueError),
        ("X-A\r\nX-Evil", "a", ValueError),
        ("", "a", ValueError),
        ("X-Ü", "a", ValueError),
        ("X-A", 5, TypeError),
        ("X-A", None, TypeError),
        ("X-A", b"a", TypeError),
    ],
    ids=repr,
)
def test_a_header_that_cannot_be_sent_is_refused_wherever_it_is_given(
    half: Half, name: str, value: Any, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        half.call(extra_headers={name: value})
    with pytest.raises(half.package.SettingError, match="default_headers: "):
        half.open(default_headers={name: value})
    with pytest.raises(half.package.SettingError, match="default_headers: "):
        half.open().with_options(default_headers={name: value})
    assert half.script.seen == []


@pytest.mark.parametrize("segment", ["", ".", "..", "%2e", "%2E%2e", "%252e.", ".%2e", "%25252e%25252e"])
def test_a_path_argument_never_leads_to_another_path(half: Half, segment: str) -> None:
    client = half.open()
    with pytest.raises(ValueError, match="names another path"):
        half.run(lambda: client.things.read(segment))
    assert half.script.seen == []


@pytest.mark.parametrize(
    ("segment", "path"),
    [
        ("a/../b", "/things/a%2F..%2Fb"),
        ("a?b#c", "/things/a%3Fb%23c"),
        ("//h/x", "/things/%2F%2Fh%2Fx"),
        ("...", "/things/..."),
        ("a\r\nb", "/things/a%0D%0Ab"),
        ("é ", "/things/%C3%A9%20"),
        ("\\..\\", "/things/%5C..%5C"),
        ("%2F", "/things/%252F"),
    ],
)
def test_whatever_else_a_path_argument_holds_stays_one_segment(half: Half, segment: str, path: str) -> None:
    client = half.open()
    assert half.run(lambda: client.things.read(segment)).id == "a"
    assert half.script.seen[-1].path == path


@plain
@pytest.mark.parametrize(
    "url",
    [
        "",
        "nowhere",
        "ftp://h",
        "http://",
        "http:// h",
        "http://h/?q=1",
        "http://h/#f",
        "http://h\r\nX: 1",
        "//h",
        "http:///x",
    ],
)
def test_an_address_that_is_none_is_refused(half: Half, url: str) -> None:
    if url == "":
        assert half.open(base_url=url)._core.base_url == "http://localhost:1"
        return
    with pytest.raises(half.package.SettingError, match="base_url is a URL"):
        half.open(base_url=url)


@plain
def test_headers_that_are_no_mapping_are_refused_in_words(half: Half) -> None:
    with pytest.raises(half.package.SettingError, match="headers are a mapping from name to text, not list"):
        half.open(default_headers=[("X-A", "1")])
    with pytest.raises(TypeError, match="headers are a mapping from name to text, not list"):
        half.call(extra_headers=[("X-A", "1")])


@plain
@pytest.mark.parametrize("url", ["http://h:99999", "http://[::1", "http://h:port", "http://xn--\udc80", "http://a..b"])
def test_an_address_that_leads_nowhere_ends_in_our_own_exception(half: Half, url: str) -> None:
    with pytest.raises(half.package.APIError):
        half.call(client=half.open(base_url=url), max_retries=0, timeout=2)


@plain
def test_an_answer_with_headers_in_a_plain_dict_is_read_without_case(half: Half) -> None:
    answers = [(429, {"RETRY-AFTER": "7"}), (307, {"LOCATION": "/on"}), (404, {"X-REQUEST-ID": "r-1"})]
    sent: list[str] = []

    class Canned:
        def send(self, request: Any) -> Any:
            sent.append(request.url)
            status, headers = answers.pop(0)
            return half.package.Response(status, headers, b"{}")

        def close(self) -> None:
            """Has nothing to close."""

    class AsyncCanned:
        async def send(self, request: Any) -> Any:
            return Canned().send(request)

        async def close(self) -> None:
            """Has nothing to close."""

    client = half.open(transport=AsyncCanned() if half.is_async else Canned(), base_url="http://h")
    with pytest.raises(half.package.NotFoundError) as caught:
        half.call(client=client)
    assert (half.waits, sent[-1], caught.value.request_id) == ([7.0], "http://h/on", "r-1")


@plain
@pytest.mark.parametrize("given", ["   ", "\t"])
def test_a_credential_of_blanks_is_none(half: Half, given: str) -> None:
    for source in (given, lambda: given):
        with pytest.raises(half.package.SettingError):
            half.call(client=half.open(api_key=source))
    assert half.script.seen == []
