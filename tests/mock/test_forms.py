"""Forms and joined parameters are parted as they were written, and fields are read as their encoding says."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specledger.runtime.mock.form import parts
from specledger.runtime.mock.json_text import Malformed
from specledger.runtime.mock.request import Request
from specledger.runtime.mock.server import Mock
from tests.mock.conftest import generate

SPECS = Path(__file__).parent / "faithful"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Mock:
    """Returns the mock of the specs without behavior, in process."""
    return Mock(generate(SPECS, tmp_path_factory.mktemp("forms")) / "mock_server" / "src" / "specledger_mock" / "apis")


def reason(mock: Mock, path: str, content_type: str, body: bytes) -> str:
    """Returns the reason of a refusal, empty for a success."""
    answer = mock.answer(Request("POST", path.encode(), b"", {"content-type": content_type}, body))
    assert answer.status in (200, 400), answer
    return "" if answer.status == 200 else str(json.loads(answer.body)["error"])


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ("joined=a,b", ""),
        ("joined=a%2Cb,c", ""),
        ("joined=a&joined=b", ""),
        ("joined=a,b,c", "request.body.joined"),
        ("usual=a,b&usual=c", ""),
        ("spaced=1%202", ""),
        ("spaced=1+2", ""),
        ("spaced=1,2", "request.body.spaced[0]"),
        ("piped=1%7C2", ""),
        ("piped=1|2", ""),
        ("piped=1|x", "request.body.piped[1]"),
        ("pair=r,1,g,x%2Cy", ""),
        ("pair=r,1,g", "request.body.pair"),
        ("pair=r,1,g,2&pair=r,1,g,2", "request.body.pair"),
        ("deep[r]=1&deep%5Bg%5D=x", ""),
        ("deep[r]=x&deep[g]=x", "request.body.deep.r"),
        ("left=1&right=2", ""),
        ("left=1", "request.body.spread.right"),
        ("left=1&right=x", "request.body.spread.right"),
        ("json=%7B%22r%22:1,%22g%22:%22x%22%7D", ""),
        ("json=%7B%22r%22:1%7D", "request.body.json.g"),
        ("json=%7B", "request.body.json"),
        ("json=x", "request.body.json"),
        ('json={"r":1,"r":1,"g":"x"}', "request.body.json"),
        ('json={"r":1,"g":"x"}&json=1', "request.body.json"),
        ('json={"r":NaN,"g":"x"}', "request.body.json"),
        ("quoted=%22a%22", ""),
        ("quoted=a", "request.body.quoted"),
        ("quoted=%22abcd%22", "request.body.quoted"),
        ('listed=[{"r":1,"g":"x"}]', ""),
        ('listed={"r":1,"g":"x"}&listed={"r":2,"g":"y"}', ""),
        ('listed={"r":1,"g":"x"}&listed={"r":2}', "request.body.listed[1].g"),
        ("listed=[]", "request.body.listed"),
        ('either={"r":1,"g":"x"}', ""),
        ("either=x", "request.body.either"),
        ('notes={"r":1,"g":"x"}&notes={"r":"x","g":"y"}', "request.body.notes[1].r"),
        ("place=1&place=true&place=1", ""),
        ("place=1&place=1", "request.body.place[1]"),
        ("other=5", ""),
        ("other=x", "request.body.other"),
    ],
)
def test_a_field_of_a_form_is_read_as_its_encoding_says(mock: Mock, body: str, refused: str) -> None:
    assert reason(mock, "/forms/urlencoded", FORM, body.encode()).partition(":")[0] == refused


def part(name: str, text: str, *headers: str) -> str:
    return "\r\n".join(["--b", f'Content-Disposition: form-data; name="{name}"', *headers, "", text, ""])


JSON = "Content-Type: application/json"
PAIR = '{"r":1,"g":"x"}'


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        (part("joined", "a,b"), ""),
        (part("joined", "a,b,c"), "request.body.joined"),
        (part("deep[r]", "1") + part("deep[g]", "x"), ""),
        (part("json", PAIR), ""),
        (part("json", "{"), "request.body.json"),
        (part("json", '{"r":1}', "Content-Type: text/plain"), "request.body.json.g"),
        (part("quoted", "a"), "request.body.quoted"),
        (part("either", PAIR, JSON), ""),
        (part("either", "{", JSON), "request.body.either"),
        (part("notes", PAIR, JSON) + part("notes", PAIR, "content-type:application/json; charset=utf-8"), ""),
        (part("notes", PAIR) + part("notes", '{"r":1}', JSON), "request.body.notes[1].g"),
        (part("notes", f"[{PAIR}]", JSON), ""),
        (part("other", "5", JSON), ""),
        (part("other", '"5"', JSON), "request.body.other"),
        (part("usual", '"a"', JSON) + part("usual", "b"), ""),
        (part("usual", "é").replace("é", "\udcff"), "request.body"),
        (part('o\\"ther', "x"), 'request.body.o"ther'),
        (part("o%22th%0D%0Aer", "x"), 'request.body.o"th\r\ner'),
        (part('x"; filename="a', "\udcff"), "request.body.x"),
        (part("a; filename=b", "\udcff"), "request.body"),
        ("--b\r\nContent-Disposition: form-data; name*=x\r\n\r\n5\r\n", "request.body"),
        ("--b\r\nContent-Disposition: form-data; xname=other\r\n\r\n5\r\n", "request.body"),
        ("--b\r\nContent-Disposition: form-data; name=other\r\n\r\n5\r\n", ""),
    ],
)
def test_a_part_is_read_as_its_own_header_says_or_else_its_encoding(mock: Mock, body: str, refused: str) -> None:
    sent = (body + "--b--\r\n").encode("utf-8", "surrogateescape")
    assert reason(mock, "/forms/multipart", MULTIPART, sent).partition(": ")[0] == refused


@pytest.mark.parametrize("boundary", ["", "boundary", "boundary=", "xboundary=b", "boundary=\u2603", "boundary=é"])
def test_a_boundary_that_is_none_is_refused(mock: Mock, boundary: str) -> None:
    body = (part("other", "5") + "--b--\r\n").encode()
    assert reason(mock, "/forms/multipart", f"multipart/form-data; {boundary}", body).startswith("request.body: ")


@pytest.mark.parametrize(
    ("path", "query", "headers", "refused"),
    [
        ("query", "words=a%2Cb,c", {}, ""),
        ("query", "words=a,b,c", {}, "request.query.words"),
        ("query", "words=a%2Cbc", {}, "request.query.words[0]"),
        ("query", "%77ords=a,b,c", {}, "request.query.words"),
        ("query", "words=a+b&words=%2C", {}, ""),
        ("query", "joined=1%2C2", {}, "request.query.joined[0]"),
        ("query", "pair=r,1%2Cg,2", {}, "request.query.pair"),
        ("query", "pair=r,1,g,2&pair=r,1,g,2", {}, "request.query.pair"),
        ("query", "spaced=1%202", {}, ""),
        ("query", "spaced=1+2", {}, ""),
        ("query", "piped=1%7C2&pipedPair=r%7C1|g%7c2", {}, ""),
        ("query", 'json={"r":1,"g":2}&json={"r":1,"g":2}', {}, "request.query.json"),
        ("query", "words=%zz", {}, "request.query"),
        ("query", "words=a,%ff", {}, "request.query"),
        ("query", "a%ffb=1", {}, "request.query"),
        ("cookie", "", {"cookie": "one=%31"}, ""),
        ("cookie", "", {"cookie": "one=1%"}, "request.cookie.one"),
        ("cookie", "", {"cookie": "joined=1,%32"}, ""),
        ("cookie", "", {"cookie": "joined=1%2C2"}, "request.cookie.joined[0]"),
        ("cookie", "", {"cookie": "joined=1,%ff"}, "request.cookie.joined[1]"),
    ],
)
def test_a_joined_text_is_parted_before_its_escapes_are_decoded(
    mock: Mock, path: str, query: str, headers: dict[str, str], refused: str
) -> None:
    answer = mock.answer(Request("GET", f"/styles/{path}".encode(), query.encode(), headers, b""))
    found = "" if answer.status == 200 else str(json.loads(answer.body)["error"])
    assert (answer.status in (200, 400), found.partition(":")[0]) == (True, refused), found


def test_a_sample_of_a_form_and_of_parameters_is_accepted_as_it_stands(mock: Mock) -> None:
    answer = mock.answer(Request("GET", b"/_mock/apis", b"", {}, b""))
    rows = {
        row["operationId"]: row for api in json.loads(answer.body) if api["name"] == "forms" for row in api["requests"]
    }
    for name in ("sampleUrlencoded", "sampleMultipart", "sampleParameters"):
        row = rows[name]
        url = urlsplit(row["url"])
        headers = {title.lower(): text for title, text in row["headers"].items()}
        body = (row["body"] or "").encode()
        reply = mock.answer(Request(row["method"], url.path.encode(), url.query.encode(), headers, body))
        assert reply.status == 200, (row, reply)


@pytest.mark.parametrize(
    "body",
    [
        "vault[pin]=hidden-word",
        "vault%5Bpin%5D=hidden-word",
        "vault[pin][0]=hidden-word",
        'chest={"pin":"hidden-word"}',
        "chest=%7B%22pin%22%3A%22hidden-word%22%7D",
        'chests={"pin":"hidden-word"}&chests={"pin":"hidden-word-2"}',
        'usual=hidden-word&chest=[{"a":{"pin":"hidden-word"}}]',
    ],
)
def test_a_secret_inside_a_field_of_a_form_stays_out_of_the_journal(mock: Mock, body: str) -> None:
    mock.answer(Request("DELETE", b"/_mock/journal", b"", {}, b""))
    reason(mock, "/forms/urlencoded", FORM, body.encode())
    mock.answer(Request("GET", b"/forms/sampled/a", body.encode(), {}, b""))
    shown = mock.answer(Request("GET", b"/_mock/journal", b"", {}, b"")).body
    assert shown.count(b'"method"') == 2
    assert b"hidden-word" not in shown


@given(head=st.text(alphabet='ab;="\\ \t:%2\r\nname', max_size=60), value=st.binary(max_size=20))
@settings(max_examples=300, deadline=None)
def test_no_part_is_more_than_malformed(head: str, value: bytes) -> None:
    body = b"--b\r\nContent-Disposition: form-data;" + head.encode() + b"\r\n\r\n" + value + b"\r\n--b--\r\n"
    try:
        found = parts(body, MULTIPART)
    except Malformed:
        return
    assert all(isinstance(text, str) for row in found for text in row)
