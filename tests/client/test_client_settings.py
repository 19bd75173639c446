"""What package.yaml makes of the constructor: parameters, server variables, options, signs of failure."""

from __future__ import annotations

import logging
from typing import Any

import httpx2
import pytest

SPEC = """
openapi: 3.1.1
info: { title: Things, version: 1.0.0 }
servers:
  - url: "{scheme}://{host}/mount"
    variables: { scheme: { default: http }, host: { default: "localhost:1" }, zone: { default: a, enum: [a, b] } }
security: [{ key: [] }]
paths:
  /v1/{project_id}/things/{id}:
    put:
      operationId: editThing
      x-specledger-name: things.edit
      parameters:
        - { name: project_id, in: path, required: true, schema: { type: string } }
        - { name: id, in: path, required: true, schema: { type: string } }
        - { name: tenant, in: query, schema: { type: string } }
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties: { name: { type: string }, tags: { type: array, items: { type: string } } }
      responses:
        "200":
          description: ""
          content:
            application/json:
              schema:
                type: object
                required: [success]
                properties:
                  success: { type: boolean }
                  error: { anyOf: [{ $ref: "#/components/schemas/Fault" }, { type: "null" }] }
components:
  securitySchemes: { key: { type: apiKey, in: query, name: k } }
  schemas:
    Fault: { type: object, required: [code], properties: { code: { type: string }, details: { type: string } } }
"""
PACKAGE = """
import: things_client
class: Things
credential: { name: login, environment: THINGS_TOKEN }
parameters:
  - { name: project, fills: request.path.project_id, required: true, environment: THINGS_PROJECT }
  - { name: tenant, fills: request.query.tenant }
  - { name: host, fills: server.host, required: true }
options:
  - { name: wrap, description: Wraps the body., wraps: { editThing: { key: edit, beside: [tags] } } }
failures:
  - { at: response.200.body.error, schema: { not: { type: "null" } } }
  - { at: response.200.body.success, schema: { const: false } }
"""
LOGIN = "t"
KEY = "q&ery-s3cret"


@pytest.fixture(scope="module")
def things(build: Any) -> Any:
    return build(SPEC, PACKAGE)


def test_a_parameter_of_the_client_fills_the_path_and_a_call_may_override_it(things: Any, server: Any) -> None:
    server.answer(200, {"success": True})
    client = things.Things(login=LOGIN, project="p1", tenant="acme", host=server.url.removeprefix("http://"))
    client.things.edit("7", name="n")
    assert server.last.path == "/mount/v1/p1/things/7?tenant=acme&k=t"
    client.things.edit("7", project_id="p2", tenant="other")
    assert server.last.path == "/mount/v1/p2/things/7?tenant=other&k=t"


def test_a_required_keyword_is_missed_before_anything_is_sent(
    things: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(things.SettingError, match="project is missing: give it as a keyword, or set THINGS_PROJECT"):
        things.Things(login=LOGIN, host="h")
    monkeypatch.setenv("THINGS_PROJECT", "p9")
    with pytest.raises(things.SettingError, match="host is missing: give it as a keyword, or give base_url"):
        things.Things(login=LOGIN)
    server.answer(200, {"success": True})
    things.Things(login=LOGIN, base_url=f"{server.url}/").things.edit("7")
    assert server.last.path == "/v1/p9/things/7?k=t"


def test_a_server_variable_is_a_keyword_with_its_choices(things: Any) -> None:
    with pytest.raises(things.SettingError, match="zone is one of a, b, not 'c'"):
        things.Things(login=LOGIN, project="p", host="h", zone="c")
    with pytest.raises(things.SettingError, match="base_url is a URL with scheme and host"):
        things.Things(login=LOGIN, project="p", host="h", scheme="ftp")


@pytest.mark.parametrize("host", ["evil.example/", "h/p", "https://h", "h?", "h#", "u@h", "evil.example\\", "h i"])
def test_a_server_variable_never_leads_to_another_host(things: Any, host: str) -> None:
    for kind in (things.Things, things.AsyncThings):
        with pytest.raises(things.SettingError, match=r"host is part of the host, and '.*' would lead to another one"):
            kind(login=LOGIN, project="p", host=host)


def test_an_address_may_be_a_url_of_httpx2(things: Any, server: Any) -> None:
    server.answer(200, {"success": True})
    things.Things(login=LOGIN, project="p", base_url=httpx2.URL(server.url)).things.edit("7")
    assert server.last.path == "/v1/p/things/7?k=t"


def test_an_option_wraps_the_body_and_leaves_some_fields_beside(things: Any, server: Any) -> None:
    server.answer(200, {"success": True})
    client = things.Things(login=LOGIN, project="p", base_url=server.url, host="", wrap=True)
    client.things.edit("7", name="n", tags=["a"])
    assert server.last.json == {"edit": {"name": "n"}, "tags": ["a"]}
    client.things.edit("7")
    assert server.last.json == {"edit": {}}
    things.Things(login=LOGIN, project="p", base_url=server.url).things.edit("7", name="n", tags=["a"])
    assert server.last.json == {"name": "n", "tags": ["a"]}


@pytest.mark.parametrize("body", [{"success": True, "error": {"code": "E1", "details": "why"}}, {"success": False}])
def test_a_body_that_reports_a_failure_raises_whatever_its_status(things: Any, server: Any, body: Any) -> None:
    server.answer(200, body)
    with pytest.raises(things.APIFailureError) as caught:
        things.Things(login=LOGIN, project="p", base_url=server.url).things.edit("7")
    assert (caught.value.status_code, caught.value.body) == (200, body)
    assert caught.value.parsed.success == body["success"]
    if "error" in body:
        assert str(caught.value).endswith("why")


def test_a_null_error_is_no_failure(things: Any, server: Any) -> None:
    server.answer(200, {"success": True, "error": None})
    found = things.Things(login=LOGIN, project="p", base_url=server.url).things.edit("7")
    assert (found.success, found.error) == (True, None)


def test_a_credential_in_the_query_is_in_no_log_and_no_message(
    things: Any, server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer(500, {})
    shown = []
    for url in (server.url, "http://127.0.0.1:1"):
        with pytest.raises(things.APIError) as caught:
            things.Things(login=KEY, project="p", base_url=url).things.edit("7")
        shown += [str(caught.value), repr(caught.value)]
    assert server.last.path.endswith("?k=q%26ery-s3cret")
    text = "".join(shown) + caplog.text
    assert "HTTP Request" in text
    assert "s3cret" not in text


def test_a_password_in_the_url_is_refused_without_being_shown(things: Any) -> None:
    with pytest.raises(things.SettingError, match="base_url holds") as caught:
        things.Things(login=KEY, project="p", base_url="https://user:s3cret@example.com/v1")
    assert "s3cret" not in str(caught.value)


def test_an_api_without_package_yaml_or_security_has_a_client_too(build: Any, server: Any) -> None:
    package = build("openapi: 3.1.0\ninfo: { title: '', version: '' }\npaths: { /a: { get: {} } }\n")
    name = next(word for word in package.__all__ if word.startswith("Api"))
    with pytest.raises(package.SettingError, match="base_url"):
        getattr(package, name)()
    server.answer(200, b"just text")
    assert getattr(package, name)(base_url=server.url).a.get_a() == "just text"
