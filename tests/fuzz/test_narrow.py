"""The narrowed spec holds requests to what the target accepts, one operation at a time."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from specledger import behavior, spec
from specledger.fuzz.narrow import narrow, owned_pattern
from specledger.ir import descend
from specledger.yaml12 import Json, JsonObject

from .conftest import Known

EDIT = ("paths", "/shelves/{shelf}/boxes/{box}", "patch")
BODY = ("requestBody", "content", "application/json", "schema")


def at(document: JsonObject, *steps: str) -> Json:
    found = descend(document, steps)
    assert found is not None, steps
    return found


def test_an_id_is_one_of_the_seeds_that_the_first_identity_reaches(depot: Known) -> None:
    parameters = at(narrow(depot.api, depot.behavior), *EDIT, "parameters")
    assert isinstance(parameters, list)
    schemas = {row["name"]: row["schema"] for row in parameters if isinstance(row, dict)}
    assert schemas["box"] == {"type": "string", "enum": ["b-1", "b-2"]}
    assert schemas["shelf"] == {"type": "string", "enum": ["s-1"]}


def test_an_id_in_the_body_is_narrowed_as_well(depot: Known) -> None:
    body = at(narrow(depot.api, depot.behavior), "paths", "/labels", "post", *BODY, "properties")
    assert isinstance(body, dict)
    assert body["id"] == {"type": "string", "enum": ["l-1", "l-2"]}


def test_an_owned_prefix_takes_the_place_of_the_group(depot: Known) -> None:
    name = at(narrow(depot.api, depot.behavior), *EDIT, *BODY, "properties", "name")
    assert isinstance(name, dict)
    assert name["pattern"] == "^(?:red|blue)-[a-z]+$"


def test_a_limit_tightens_bounds_and_a_rule_lays_its_keywords(depot: Known) -> None:
    properties = at(narrow(depot.api, depot.behavior), "paths", "/labels", "post", *BODY, "properties")
    assert isinstance(properties, dict)
    assert properties["rank"] == {"type": "integer", "minimum": 1, "maximum": 50}
    assert properties["color"] == {"type": "string", "enum": ["grey", "blue"]}
    without = at(narrow(depot.api, depot.behavior, rules=False), "paths", "/labels", "post", *BODY, "properties")
    assert isinstance(without, dict)
    assert without["color"] == {"type": "string"}


def test_the_spec_and_every_component_stay_as_they_were(depot: Known) -> None:
    before = json.dumps(depot.api.document.value)
    narrowed = narrow(depot.api, depot.behavior, "http://127.0.0.1:1/depot")
    assert json.dumps(depot.api.document.value) == before
    assert at(narrowed, "components", "schemas") == depot.api.at(("components", "schemas"))
    assert at(narrowed, "servers") == [{"url": "http://127.0.0.1:1/depot"}]


def test_the_sample_is_the_first_example_and_is_valid(depot: Known) -> None:
    narrowed = narrow(depot.api, depot.behavior)
    media = at(narrowed, *EDIT, *BODY[:-1])
    assert isinstance(media, dict)
    schema = {"components": narrowed["components"], "allOf": [media["schema"]]}
    first = at(media, "examples", "example0", "value")
    assert first == depot.behavior.effects["editBox"].request["body"]
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(first)


@pytest.mark.parametrize(
    ("pattern", "owned", "expected"),
    [
        ("^[^/]+/[^/]+$", "^([^/]+)/", "^(?:a\\.b|c)/[^/]+$"),
        ("^([^/]+)/x$", "^([^/]+)/", "^(?:a\\.b|c)/x$"),
        ("^[(]([a-z]+)", "^[(]([a-z]+)", "^[(](?:a\\.b|c)"),
        ("^(?:x)(y(z))w", "^(?:x)(y(z))", "^(?:x)(?:a\\.b|c)w"),
        ("^[a-z]+$", "^([^/]+)/", None),
    ],
)
def test_what_is_owned_replaces_the_part_of_a_pattern_that_it_fits(
    pattern: str, owned: str, expected: str | None
) -> None:
    assert owned_pattern(pattern, owned, ("a.b", "c")) == expected


def test_only_the_one_use_of_a_shared_component_is_narrowed(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    operation = "requestBody: { $ref: '#/components/requestBodies/B' }, responses: { '200': { description: ok } }"
    (folder / "openapi.yaml").write_text(
        "openapi: 3.1.1\ninfo: { title: t, version: '1' }\npaths:\n  /a:\n"
        f"    put: {{ operationId: one, {operation} }}\n    patch: {{ operationId: two, {operation} }}\n"
        "components:\n  requestBodies:\n"
        "    B: { content: { application/json: { schema: { $ref: '#/components/schemas/A' } } } }\n"
        "  schemas:\n"
        "    A:\n      allOf: [{ $ref: '#/components/schemas/Base' }]\n      properties:\n"
        "        left: { $ref: '#/components/schemas/P' }\n        right: { $ref: '#/components/schemas/P' }\n"
        "    Base: { type: object, properties: { id: { type: string } } }\n"
        "    P: { type: object, properties: { n: { type: integer, maximum: 9 } } }\n"
    )
    (folder / "behavior.yaml").write_text(
        "identities: [{ name: i, credential: c, may: all }]\n"
        "resources: { things: { id: id, seed: [{ id: x }] } }\n"
        "operations:\n  one:\n    resource: things\n    id: request.body.id\n    effect: merge\n"
        "    limits: [{ at: request.body.left.n, minimum: 2, maximum: 90 }]\n"
        "    answer: { status: 200 }\n    request: { body: { id: x } }\n"
    )
    api = spec.load(folder)
    narrowed = narrow(api, behavior.load(folder, api))
    schema = at(narrowed, "paths", "/a", "put", *BODY)
    assert isinstance(schema, dict)
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert at(schema, "properties", "left", "properties", "n") == {"type": "integer", "minimum": 2, "maximum": 9}
    assert properties["right"] == {"$ref": "#/components/schemas/P"}
    assert at(schema, "allOf", "0", "properties", "id") == {"type": "string", "enum": ["x"]}
    assert at(narrowed, "paths", "/a", "patch", *BODY) == {"$ref": "#/components/schemas/A"}
