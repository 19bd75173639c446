"""What a call puts on the wire."""

from __future__ import annotations

import asyncio
import base64
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

SPECS = Path(__file__).parent / "specs"
PET = {"id": 1, "name": "Tom"}


@pytest.fixture(scope="module")
def broad(build: Any) -> Any:
    return build((SPECS / "broad.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def client(broad: Any, server: Any) -> Any:
    name = next(word for word in broad.__all__ if word.startswith("Api"))
    with getattr(broad, name)(api_key="s3cret&", base_url=server.url) as made:
        yield made


def test_query_parameters_are_written_in_their_styles(client: Any, server: Any) -> None:
    server.answer(200, [])
    client.pets.list(
        limit=3,
        tags=["a b", "c&d"],
        ids=[1, 2],
        piped=["x", "y"],
        filter={"a": "1", "b": 2},
        where={"k": [1]},
        timeout_=5,
        maybe=None,
    )
    path, _, query = server.last.path.partition("?")
    assert path == "/pets"
    assert query.split("&") == [
        "limit=3",
        "tags=a%20b",
        "tags=c%26d",
        "ids=1,2",
        "piped=x%7Cy",
        "filter%5Ba%5D=1",
        "filter%5Bb%5D=2",
        "where=%7B%22k%22%3A%5B1%5D%7D",
        "timeout=5",
        "maybe=null",
        "api%20key=s3cret%26",
    ]


def test_header_and_cookie_parameters_are_sent(client: Any, server: Any) -> None:
    server.answer(200, [])
    client.pets.list(trace="t1", session="a b", extra_headers={"X-More": "1"}, extra_query={"limit": 9, "z": True})
    assert server.last.headers["Trace"] == "t1"
    assert server.last.headers["Cookie"] == "session=a%20b"
    assert server.last.headers["X-More"] == "1"
    assert server.last.path == "/pets?limit=9&z=true&api%20key=s3cret%26"
    client.pets.list(x_ids=[1, 2], x_since=date(2026, 1, 31))
    assert server.last.headers["X-Ids"] == "1,2"
    assert server.last.headers["X-Since"] == "2026-01-31"


def test_omitted_null_and_value_are_three_different_things(client: Any, server: Any) -> None:
    server.answer(201, PET)
    client.pets.create(name="Tom")
    assert server.last.json == {"name": "Tom"}
    client.pets.create(name="Tom", owner=None)
    assert server.last.json == {"name": "Tom", "owner": None}
    client.pets.create(name="Tom", owner={"name": "Ann"})
    assert server.last.json == {"name": "Tom", "owner": {"name": "Ann"}}


def test_an_optional_body_of_which_nothing_is_given_is_not_sent(client: Any, server: Any) -> None:
    server.answer(202)
    assert client.pets.create() is None
    assert server.last.body == b""
    assert "Content-Type" not in server.last.headers


def test_fields_with_odd_names_reach_the_wire_under_their_own(client: Any, server: Any) -> None:
    server.answer(200, {"kind": "circle", "r": 1})
    client.pets.replace_pet(
        7,
        query_id="q",
        body_id="b",
        class_="c",
        field_1=1,
        a_b="s",
        a_b_2="d",
        x="x",
        self_="me",
        value="e",
        timeout_=2,
    )
    assert "This is the body's field timeout." in client.pets.replace_pet.__doc__
    assert server.last.path == "/pets/7?id=q"
    assert server.last.json == {
        "id": "b",
        "class": "c",
        "1": 1,
        "a b": "s",
        "a-b": "d",
        "$x": "x",
        "self": "me",
        "": "e",
        "timeout": 2,
    }


def test_each_scheme_puts_the_credential_in_its_place(client: Any, server: Any) -> None:
    server.answer(200, {"kind": "circle", "r": 1})
    client.pets.replace_pet(7, class_="c", field_1=1)
    assert server.last.headers["Cookie"] == "tok=s3cret%26"
    server.answer(204)
    client.pets.delete(7)
    assert not {"Authorization", "Cookie"} & server.last.headers.keys()
    server.answer(200, b"text")
    client.files.upload_photo(7, file=b"x")
    assert server.last.headers["Authorization"] == "Basic " + base64.b64encode(b"s3cret&").decode()


def test_auth_scheme_chooses_among_the_alternatives(broad: Any, server: Any) -> None:
    name = next(word for word in broad.__all__ if word.startswith("Api"))
    client = getattr(broad, name)(api_key="s3cret", base_url=server.url, auth_scheme="login")
    server.answer(200, [])
    client.pets.list()
    assert server.last.headers["Authorization"] == "Bearer s3cret"
    assert server.last.path == "/pets"


def test_an_operation_that_needs_two_secrets_takes_a_mapping(broad: Any, server: Any) -> None:
    name = next(word for word in broad.__all__ if word.startswith("Api"))
    client = getattr(broad, name)(api_key={"key": "one", "token": "two"}, base_url=server.url)
    server.answer(200, 1)
    assert client.both.both(["a/b", "c"]) == "1"
    assert server.last.path == "/both/a%2Fb,c?api%20key=one"
    assert server.last.headers["Cookie"] == "tok=two"


def test_a_credential_is_asked_for_only_where_one_is_needed(broad: Any, server: Any) -> None:
    name = next(word for word in broad.__all__ if word.startswith("Api"))
    client = getattr(broad, name)(base_url=server.url)
    server.answer(204)
    client.pets.delete(7)
    server.answer(200, b"")
    assert client.nothing.nothing() is None
    seen = len(server.seen)
    with pytest.raises(broad.SettingError, match="api_key is missing"):
        client.pets.list()
    assert len(server.seen) == seen


def test_a_multipart_body_carries_files_fields_and_objects(client: Any, server: Any) -> None:
    server.answer(200, b"stored")
    upload = ('na"me\r\n.png', io.BytesIO(b"\x00\xff"), "image/png")
    assert client.files.upload_photo(7, file=upload, more=[b"1", b"2"], caption="hi", meta={"w": 1}) == "stored"
    kind = server.last.headers["Content-Type"]
    boundary = kind.partition("boundary=")[2].encode()
    parts = server.last.body.split(b"--" + boundary)
    assert b'name="file"; filename="na%22me%0D%0A.png"\r\nContent-Type: image/png\r\n\r\n\x00\xff\r\n' in parts[1]
    assert [b'name="more"' in part for part in parts[2:4]] == [True, True]
    assert parts[4].endswith(b'name="caption"\r\n\r\nhi\r\n')
    assert parts[5].endswith(b'Content-Type: application/json\r\n\r\n{"w":1}\r\n')
    assert parts[6] == b"--\r\n"


def test_forms_arrays_and_bytes_are_bodies_too(client: Any, server: Any) -> None:
    server.answer(200, b"\x00")
    assert client.files.send_form(name="a b&c", numbers=[1, 2]) == b"\x00"
    assert server.last.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert server.last.body == b"name=a+b%26c&numbers=1&numbers=2"
    assert client.files.post_raw(body=io.BytesIO(b"raw")) is None
    assert server.last.body == b"raw"
    server.answer(200, ["a", ["b", []]])
    assert client.files.put_numbers(body=[1, 2.5]) == ["a", ["b", []]]
    assert server.last.json == [1, 2.5]


def test_a_union_body_is_given_as_a_model_or_a_dict(broad: Any, client: Any, server: Any) -> None:
    client.union.union(body=broad.models.Circle(kind="circle", r=1))
    assert server.last.json == {"kind": "circle", "r": 1}
    client.union.union(body={"kind": "square", "side": 2})
    assert server.last.json == {"kind": "square", "side": 2}


@pytest.mark.parametrize("segment", ["", ".", "..", "%2e%2E", "%252e%252e"])
def test_a_path_parameter_never_leads_to_another_path(client: Any, server: Any, segment: str) -> None:
    with pytest.raises(ValueError, match="names another path"):
        client.both.both([segment])
    assert server.seen == []


def test_a_line_break_never_enters_a_header(client: Any, server: Any) -> None:
    with pytest.raises(ValueError, match="line break"):
        client.pets.list(trace="a\r\nX-Evil: 1")
    with pytest.raises(ValueError, match="line break"):
        client.pets.list(extra_headers={"X-A": "b\nc"})
    assert server.seen == []


def test_what_json_cannot_hold_is_refused_before_anything_is_sent(client: Any, server: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        client.files.put_numbers(body=[float("nan")])
    with pytest.raises(TypeError, match="cannot be sent as JSON"):
        client.files.put_numbers(body=[object()])
    assert server.seen == []


def test_a_head_request_returns_nothing(client: Any, server: Any) -> None:
    server.answer(200, b"")
    assert client.nothing.head_nothing() is None
    assert server.last.method == "HEAD"


def test_the_asynchronous_client_sends_the_same(broad: Any, server: Any) -> None:
    name = next(word for word in broad.__all__ if word.startswith("AsyncApi"))
    server.answer(201, PET)

    async def call() -> Any:
        async with getattr(broad, name)(api_key="k", base_url=server.url) as client:
            return await client.pets.create(name="Tom", friends=[{"id": 2, "name": "Jerry"}])

    assert asyncio.run(call()).name == "Tom"
    assert server.last.json == {"name": "Tom", "friends": [{"id": 2, "name": "Jerry"}]}
