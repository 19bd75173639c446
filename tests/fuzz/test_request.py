"""A request's values become what OpenAPI says goes over the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from specledger import spec
from specledger.fuzz.request import MISSING, Missing, Request
from specledger.ir import Api
from specledger.places import parse
from specledger.yaml12 import Json

SPEC = """
openapi: 3.1.1
info: { title: t, version: "1" }
security: [{ user: [] }, { query: [], cookie: [] }]
paths:
  /a/{id}/b:
    put:
      operationId: put
      parameters:
        - { name: id, in: path, required: true, schema: {} }
        - { name: form, in: query, schema: {} }
        - { name: joined, in: query, explode: false, schema: {} }
        - { name: spaced, in: query, style: spaceDelimited, explode: false, schema: {} }
        - { name: deep, in: query, style: deepObject, schema: {} }
        - { name: json, in: query, content: { application/json: { schema: {} } } }
        - { name: X-List, in: header, schema: {} }
        - { name: theme, in: cookie, schema: {} }
      requestBody:
        content: { application/x-www-form-urlencoded: { schema: {} }, application/problem+json: { schema: {} } }
      responses: { "200": { description: ok } }
components:
  securitySchemes:
    user: { type: http, scheme: basic }
    query: { type: apiKey, in: query, name: api key }
    cookie: { type: apiKey, in: cookie, name: sid }
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Api:
    folder = tmp_path_factory.mktemp("specs") / "wire"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(SPEC)
    return spec.load(folder)


def request(api: Api, **query: Json) -> Request:
    return Request(api, api.operations[0], {"path": {"id": "x"}, "query": query})


@pytest.mark.parametrize(
    ("value", "coded"),
    [
        ("a/b", "a%2Fb"),
        ("é ?#%", "%C3%A9%20%3F%23%25"),
        (["a", "b"], "a,b"),
        (7, "7"),
        (True, "true"),
        ("..", "%2E%2E"),
    ],
)
def test_a_path_parameter_is_one_segment(value: Json, coded: str, api: Api) -> None:
    sent = Request(api, api.operations[0], {"path": {"id": value}})
    assert sent.url("http://h/base/") == f"http://h/base/a/{coded}/b"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"form": ["a", "b&c"]}, "form=a&form=b%26c"),
        ({"form": {"k": "v", "n": 1}}, "k=v&n=1"),
        ({"joined": ["a", "b,c"]}, "joined=a,b%2Cc"),
        ({"spaced": ["a", "b"]}, "spaced=a%20b"),
        ({"spaced": {"k": "v", "n": 1}}, "spaced=k%20v%20n%201"),
        ({"joined": {"k": "v", "n": 1}}, "joined=k,v,n,1"),
        ({"deep": {"a": "1", "b": None}}, "deep[a]=1&deep[b]=null"),
        ({"json": {"a": [1]}}, "json=%7B%22a%22%3A%5B1%5D%7D"),
        ({"undeclared": 1}, ""),
    ],
)
def test_a_query_parameter_is_written_in_its_style(query: dict[str, Json], text: str, api: Api) -> None:
    assert request(api, **query).url("http://h").partition("?")[2] == text


@pytest.mark.parametrize(
    ("style", "explode", "value", "coded"),
    [
        ("simple", True, {"r": 1, "g": "a,b"}, "r=1,g=a%2Cb"),
        ("simple", False, {"r": 1, "g": 2}, "r,1,g,2"),
        ("label", False, 5, ".5"),
        ("label", False, [1, 2], ".1,2"),
        ("label", True, [1, 2], ".1.2"),
        ("label", True, {"r": 1, "g": 2}, ".r=1.g=2"),
        ("label", False, {"r": 1, "g": 2}, ".r,1,g,2"),
        ("matrix", False, 5, ";id=5"),
        ("matrix", True, 5, ";id=5"),
        ("matrix", False, [1, 2], ";id=1,2"),
        ("matrix", True, [1, 2], ";id=1;id=2"),
        ("matrix", True, {"r": 1, "g": 2}, ";r=1;g=2"),
        ("matrix", False, {"r": 1, "g": 2}, ";id=r,1,g,2"),
    ],
)
def test_a_path_parameter_is_written_in_its_style(
    style: str, explode: bool, value: Json, coded: str, tmp_path: Path
) -> None:
    folder = tmp_path / "wire"
    folder.mkdir()
    written = f"style: {style}, explode: {str(explode).lower()}, schema: {{}} }}"
    (folder / "openapi.yaml").write_text(SPEC.replace("schema: {} }", written, 1))
    api = spec.load(folder)
    assert Request(api, api.operations[0], {"path": {"id": value}}).url("") == f"/a/{coded}/b"


def test_a_credential_goes_where_the_chosen_alternative_says(api: Api) -> None:
    first = Request(api, api.operations[0], {"path": {"id": "x"}}, credential="u:p")
    assert first.headers() == {"Authorization": "Basic dTpw"}
    second = Request(api, api.operations[0], {"path": {"id": "x"}}, credential="k y", alternative=1)
    assert second.url("").endswith("?api%20key=k%20y")
    assert second.headers() == {"Cookie": "sid=k%20y"}


def test_a_curl_hides_the_credential(api: Api) -> None:
    sent = Request(api, api.operations[0], {"path": {"id": "x"}}, credential="u:p")
    assert "dTpw" not in sent.curl("http://h")
    assert "$CREDENTIAL" in sent.curl("http://h")


def test_a_body_is_json_where_the_operation_takes_json(api: Api) -> None:
    sent = Request(api, api.operations[0], {"path": {"id": "x"}}, {"a": None, "é": [1.5]})
    assert sent.headers()["Content-Type"] == "application/problem+json"
    assert sent.payload() == '{"a":null,"é":[1.5]}'.encode()
    assert Request(api, api.operations[0], {}, None).payload() == b"null"
    assert Request(api, api.operations[0], {}).payload() is None


def test_a_form_repeats_the_name_of_a_list(api: Api) -> None:
    sent = Request(
        api, api.operations[0], {}, {"a": ["x", "y z"], "b": True}, media_type="application/x-www-form-urlencoded"
    )
    assert sent.payload() == b"a=x&a=y+z&b=true"


@pytest.mark.parametrize(
    ("at", "value", "body"),
    [
        ("request.body.a", 1, {"a": 1, "list": [{"k": "v"}, {"k": "w"}]}),
        ("request.body.list[].k", 2, {"list": [{"k": 2}, {"k": "w"}]}),
        ("request.body.new[].deep.er", 3, {"list": [{"k": "v"}, {"k": "w"}], "new": [{"deep": {"er": 3}}]}),
        ("request.body", None, None),
    ],
)
def test_a_value_is_set_at_a_place_and_the_rest_stays(at: str, value: Json, body: Json, api: Api) -> None:
    before: Json = {"list": [{"k": "v"}, {"k": "w"}]}
    sent = Request(api, api.operations[0], {}, before)
    assert sent.with_value(parse(at), value).body == body
    assert sent.body == {"list": [{"k": "v"}, {"k": "w"}]}


@pytest.mark.parametrize(
    ("at", "body"),
    [
        ("request.body.list[].k", {"list": [{}, {"k": "w"}]}),
        ("request.body.list", {}),
        ("request.body.missing.below", {"list": [{"k": "v"}, {"k": "w"}]}),
        ("request.body", MISSING),
    ],
)
def test_a_value_is_left_out_at_a_place(at: str, body: Json | Missing, api: Api) -> None:
    sent = Request(api, api.operations[0], {}, {"list": [{"k": "v"}, {"k": "w"}]})
    assert sent.without(parse(at)).body == body
