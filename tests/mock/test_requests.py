"""How requests are read: parameters by style, bodies by media type, credentials by scheme; and what answers them."""

from __future__ import annotations

import base64
import http.client
import json
import re
from urllib.parse import quote

import pytest

from specledger.runtime.mock.request import Request
from specledger.runtime.mock.server import Mock
from tests.mock.conftest import Server

PETS = "/plain/v1/pets"
COOKIE = {"Cookie": "other=1; session=s1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("query", "headers", "refused"),
    [
        ("limit=50", {}, ""),
        ("limit=51", {}, "request.query.limit"),
        ("limit=5.0", {}, ""),
        ("limit=05", {}, "request.query.limit"),
        ("limit=", {}, "request.query.limit"),
        ("limit=5&limit=6", {}, "request.query.limit"),
        ("limit=18446744073709551616", {}, "request.query.limit"),
        ("ids=1&ids=2", {}, ""),
        ("ids=1&ids=x", {}, "request.query.ids[1]"),
        ("tags=a%7Cb", {}, ""),
        ("tags=a|b|c", {}, "request.query.tags"),
        ("filter[age]=3&filter[name]=x", {}, ""),
        ("filter%5Bage%5D=3", {}, ""),
        ("filter[age]=x", {}, "request.query.filter.age"),
        ("filter[other]=x", {}, "request.query.filter"),
        ("where=" + quote('{"a": 1}'), {}, ""),
        ("where=" + quote('{"b": 1}'), {}, "request.query.where.a"),
        ("where=" + quote('{"a": 1, "a": 2}'), {}, "request.query.where"),
        ("where=%7B", {}, "request.query.where"),
        ("unknown=1", {}, ""),
        ("limit=%zz", {}, "request.query"),
        ("limit=%ff", {}, "request.query"),
        ("", {"X-Trace": "1, 2"}, ""),
        ("", {"x-trace": "1,x"}, "request.header.X-Trace[1]"),
        ("", {"Cookie": "session=1"}, "request.cookie.session"),
        ("", {"Cookie": ""}, "request.cookie.session"),
    ],
)
def test_parameters_are_read_by_their_style(inline: Server, query: str, headers: dict[str, str], refused: str) -> None:
    path = f"/odd/things?key=k&{query}"
    reply = inline.send("GET", path, headers={**COOKIE, **headers})
    assert reply.status == (400 if refused else 200), reply
    assert not refused or json.loads(reply.body)["error"].startswith(f"{refused}")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PETS}/12", 204),
        (f"{PETS}/x", 400),
        (f"{PETS}/", 404),
        (f"{PETS}/1/", 404),
    ],
)
def test_path_parameters_are_coerced(inline: Server, path: str, status: int) -> None:
    inline.send("POST", "/_mock/plain/reset")
    assert inline.send("DELETE", path).status == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PETS}/mine", 200),
        (f"{PETS}/abc.json", 200),
        (f"{PETS}/abcd.json", 400),
        (f"{PETS}/7", 200),
        (f"{PETS}/seven", 400),
        (f"{PETS}/%zz.json", 404),
        (f"{PETS}/%7A.json", 200),
        ("/plain/v1/points/.1.2/;shape=w,3", 200),
        ("/plain/v1/points/.1.x/;shape=w,3", 400),
        ("/plain/v1/points/.1/;shape=h,3", 400),
    ],
)
def test_the_most_literal_path_answers(inline: Server, path: str, status: int) -> None:
    assert inline.send("GET", path).status == status


def part(name: str, text: str) -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", "name=a+b&age=30&tags=x&tags=y", 201),
        ("application/x-www-form-urlencoded", "name=a&age=31", 400),
        ("application/x-www-form-urlencoded", "name=a&age=thirty", 400),
        ("application/x-www-form-urlencoded", "age=3", 400),
        ("application/x-www-form-urlencoded", "name=a&name=b", 400),
        ("application/x-www-form-urlencoded", "name=%zz", 400),
        ("application/x-www-form-urlencoded", "name=a&tags=1&tags=2&tags=3", 400),
        ("application/x-www-form-urlencoded", 'name=a&extra={"x":1}', 201),
        ("application/x-www-form-urlencoded", 'name=a&extra={"y":1}', 400),
        ("multipart/form-data; boundary=b", part("name", "a") + part("age", "3") + "--b--\r\n", 201),
        ("multipart/form-data; boundary=b", part("age", "3") + "--b--\r\n", 400),
        ("multipart/form-data; boundary=b", part("name", "a"), 400),
        ("multipart/form-data; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n", 400),
        ("multipart/form-data", part("name", "a") + "--b--\r\n", 400),
        ("text/plain", "12345", 201),
        ("text/plain", "123456", 400),
        ("text/plain; charset=utf-8", "é", 201),
        ("application/octet-stream", "\x00\xff", 201),
        ("application/json", "{}", 415),
    ],
)
def test_bodies_are_read_by_their_media_type(inline: Server, media_type: str, body: str, status: int) -> None:
    sent = body.encode("latin-1" if "octet" in media_type else "utf-8")
    reply = inline.send("POST", PETS, sent, {"Content-Type": media_type})
    assert reply.status == status, reply
    if status == 201:
        assert (reply.body, reply.headers["content-type"]) == (b"made", "text/plain")


@pytest.mark.parametrize(
    ("method", "media_type", "body", "status"),
    [
        ("POST", "application/json", b'{"a": 1}', 200),
        ("POST", "application/json", b'{"a": "1"}', 400),
        ("POST", "application/x-www-form-urlencoded", b"a=1", 200),
        ("POST", "application/x-www-form-urlencoded", b"a=x", 400),
        ("POST", "text/plain", b"a", 400),
        ("POST", "nothing", b"a", 415),
        ("POST", "*/*", b"a", 400),
        ("POST", "application/*", b"a", 400),
        ("PUT", "application/vnd.odd+json", b'{"when": "2026-01-01T00:00:00Z"}', 200),
        ("PUT", "application/vnd.odd+json", b'{"when": "yesterday"}', 400),
        ("PUT", "application/vnd.odd+json", b'{"when": "2026-01-01T00:00:00Z", "next": {"when": 1}}', 400),
        ("PUT", "application/vnd.odd+json", b'{"when": "2026-01-01T00:00:00Z", "any": "y"}', 400),
        ("PUT", "application/json", b"{}", 415),
    ],
)
def test_ranges_and_suffixes_of_media_types_are_read(
    inline: Server, method: str, media_type: str, body: bytes, status: int
) -> None:
    assert inline.send(method, "/odd/bodies?key=k", body, {"Content-Type": media_type}).status == status


@pytest.mark.parametrize(("headers", "status"), [({"Content-Type": "text/plain"}, 200), ({}, 400)])
def test_an_empty_text_is_a_text_where_a_media_type_says_so(
    inline: Server, headers: dict[str, str], status: int
) -> None:
    assert inline.send("PUT", "/odd/notes?key=k", b"", headers).status == status


@pytest.mark.parametrize(("coding", "status"), [("gzip", 415), ("identity, br", 415), ("Identity", 200), ("", 200)])
def test_a_content_coding_that_nobody_reads_is_another_media_type(baseten: Server, coding: str, status: int) -> None:
    headers = {"Authorization": "Api-Key mock-maintainer-key", "Content-Type": "application/json"}
    headers["Content-Encoding"] = coding
    reply = baseten.send("PATCH", "/baseten_gateway/v1/gateway/endpoints/abc123hash", b"{}", headers)
    assert reply.status == status, reply


def test_an_optional_body_may_be_left_out(inline: Server) -> None:
    assert inline.send("POST", PETS).status == 201
    assert inline.send("POST", PETS, b"x", {}).status == 415


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("?key=anything", {}, 200),
        ("?key=", {}, 401),
        ("?key=a&key=b", {}, 401),
        ("", {}, 401),
        ("", {"Authorization": "Basic " + base64.b64encode(b"me:secret").decode()}, 200),
        ("", {"Authorization": "basic " + base64.b64encode(b"me:secret").decode()}, 200),
        ("", {"Authorization": "Basic "}, 401),
        ("", {"Authorization": "Bearer x"}, 401),
    ],
)
def test_either_alternative_of_the_security_is_accepted(
    inline: Server, query: str, headers: dict[str, str], status: int
) -> None:
    assert inline.send("GET", PETS + query, headers={**COOKIE, **headers}).status == status


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Api-Key mock-maintainer-key", 200),
        ("api-key mock-maintainer-key", 401),
        ("Bearer mock-maintainer-key", 200),
        ("bearer mock-maintainer-key", 200),
        ("BEARER  mock-maintainer-key", 200),
        ("Bearer mock-maintainer-key2", 401),
        ("Bearer", 401),
        ("mock-maintainer-key", 401),
        ("Basic mock-maintainer-key", 401),
    ],
)
def test_a_prefix_is_exact_save_for_the_schemes_of_http(baseten: Server, authorization: str, status: int) -> None:
    path = "/baseten_gateway/v1/gateway/endpoints/abc123hash"
    assert baseten.send("PATCH", path, {}, {"Authorization": authorization}).status == status


def test_two_authorization_headers_are_none(baseten: Server) -> None:
    import http.client

    connection = http.client.HTTPConnection(*baseten.address, timeout=30)
    connection.putrequest("PATCH", "/baseten_gateway/v1/gateway/endpoints/abc123hash")
    for value in ("Bearer mock-reader-key", "Bearer mock-maintainer-key"):
        connection.putheader("Authorization", value)
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()


def test_an_answer_without_behavior_is_made_from_its_schema(inline: Server) -> None:
    reply = inline.send("GET", f"{PETS}?key=k", headers=COOKIE)
    pet = reply.json[0]
    assert reply.headers["x-total"] == "7"
    assert re.fullmatch(r"[A-Z]{2}-\d{3}(x|y)?", pet["code"])
    assert (pet["kind"], pet["age"]) == ("cat", 12)
    assert len(pet["name"]) >= 3
    assert "secret" not in reply.body.decode()
    assert pet["parent"] is None or pet["parent"]["parent"] is None or "kind" in pet["parent"]["parent"]


def test_a_refusal_without_behavior_takes_the_documented_status_and_shape(inline: Server) -> None:
    reply = inline.send("GET", f"{PETS}?key=k&limit=0", headers=COOKIE)
    assert (reply.status, reply.json) == (422, {"title": "Refused"})
    assert reply.headers["content-type"] == "application/problem+json"


def test_head_and_options_follow_from_the_documented_methods(inline: Server) -> None:
    head = inline.send("HEAD", f"{PETS}/7")
    assert (head.status, head.body) == (200, b"")
    options = inline.send("OPTIONS", f"{PETS}/7")
    assert (options.status, options.headers["allow"], options.body) == (204, "DELETE, GET, HEAD, OPTIONS", b"")
    wrong = inline.send("PUT", f"{PETS}/7")
    assert (wrong.status, wrong.headers["allow"]) == (405, "DELETE, GET, HEAD, OPTIONS")


def test_the_list_is_complete_and_names_the_host_that_was_asked_for(inline: Server) -> None:
    for host, origin in (("mock.localhost:81", "http://mock.localhost:81"), ("", inline.url)):
        listed = inline.send("GET", "/_mock/apis", headers={"Host": host}).json
        rows = {row["name"]: row for row in listed}
        assert list(rows) == ["odd", "plain", "shop"]
        assert rows["shop"]["base_url"] == f"{origin}/shop"
        assert rows["shop"]["resources"] == {"items": ["a", "b"], "depots": ["d1"]}
        assert rows["shop"]["identities"][1] == {
            "name": "guest",
            "headers": {"X-Token": "guest-key"},
            "may": "nothing here",
        }
        assert rows["shop"]["requests"][0] == {
            "operationId": "replaceItem",
            "method": "PUT",
            "url": f"{origin}/shop/tenants/t1/items/a",
            "headers": {"X-Token": "owner-key", "Content-Type": "application/json"},
            "body": {"name": "apricot", "price": 5},
        }
        assert rows["plain"]["resources"] == {"pets": ["12"]}


@pytest.mark.parametrize("host", ["a b<script>", "a/b", "", "[::1"])
def test_the_list_names_no_host_that_is_none(inline: Server, host: str) -> None:
    mock = Mock(inline.generated / "mock_server" / "src" / "specledger_mock" / "apis")
    answer = mock.answer(Request("GET", b"/_mock/apis", b"", {"host": host}, b""), "unix")
    assert [row["base_url"] for row in json.loads(answer.body)] == [
        f"http://unix/{name}" for name in ("odd", "plain", "shop")
    ]


def test_the_last_request_is_shown_without_its_credentials(shop: Server) -> None:
    shop.send(
        "GET", f"{PETS}?limit=1&key=secret-1", headers={"Cookie": "session=secret-2", "Authorization": "Basic secret-3"}
    )
    last = shop.send("GET", "/_mock/plain/last")
    assert b"secret" not in last.body
    assert last.json["query"] == "limit=1&key=***"
    assert last.json["headers"]["authorization"] == "Basic ***"
    shop.send("PUT", "/shop/tenants/t1/items/a", {"name": "x"}, {"X-Token": "owner-key"})
    last = shop.send("GET", "/_mock/shop/last")
    assert (last.json["method"], last.json["path"]) == ("PUT", "/shop/tenants/t1/items/a")
    assert (last.json["body"], last.json["headers"]["x-token"]) == ('{"name": "x"}', "***")


def test_the_pages_of_the_mock_have_their_own_refusals(shop: Server) -> None:
    assert shop.send("GET", "/_mock/nobody/resources").status == 404
    assert shop.send("GET", "/_mock/").status == 404
    reply = shop.send("GET", "/_mock/reset")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")


def test_a_connection_lives_on_after_an_answer_without_a_body(inline: Server) -> None:
    connection = http.client.HTTPConnection(*inline.address, timeout=30)
    statuses = []
    for method in ("OPTIONS", "HEAD", "OPTIONS", "GET"):
        connection.request(method, f"{PETS}/7")
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
        assert not answer.will_close
    connection.close()
    assert statuses[::2] == [204, 204]
    assert statuses[1] == statuses[3]
