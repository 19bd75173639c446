"""Pairs of small contracts as maintainers change them, each with the level that it has by what is sent and taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from specledger import yaml12
from specledger.diff.change import level_of
from specledger.diff.compare import compare
from specledger.diff.contract import Contract
from specledger.yaml12 import Json, as_object

TEXT = "{type: string}"


def _contract(text: str) -> Contract:
    return Contract("pets.yaml", as_object(yaml12.parse(text, Path("pets.yaml")).value))


def _document(operation: str = "{responses: {'200': {description: ok}}}", more: str = "") -> str:
    return f"openapi: 3.1.0\ninfo: {{title: Pets, version: '1'}}\npaths: {{/pets: {{put: {operation}}}}}\n{more}"


def _query(schema: str, more: str = "") -> str:
    row = f"{{name: q, in: query, schema: {schema}{more}}}"
    return _document(f"{{parameters: [{row}], responses: {{'200': {{description: ok}}}}}}")


def _body(content: str, components: str = "{}") -> str:
    operation = f"{{requestBody: {{required: true, content: {content}}}, responses: {{'200': {{description: ok}}}}}}"
    return _document(operation, f"components: {{schemas: {components}}}\n")


def _answers(rows: str) -> str:
    return _document(f"{{responses: {rows}}}")


def _json(schema: str) -> str:
    return f"{{description: x, content: {{application/json: {{schema: {schema}}}}}}}"


def _pets(dog: str, lives: int = 9, kind: str = TEXT) -> str:
    pet = (
        f"{{type: object, required: [kind, lives], properties: {{kind: {kind}, lives: {{type: integer, "
        f"maximum: {lives}}}}}, discriminator: {{propertyName: kind, mapping: {{dog: '#/components/schemas/Dog'}}}}}}"
    )
    child = f"{{allOf: [{{$ref: '#/components/schemas/Pet'}}, {dog}]}}"
    reference = "{$ref: '#/components/schemas/Pet'}"
    return _body(f"{{application/json: {{schema: {reference}}}}}", f"{{Pet: {pet}, Dog: {child}}}")


_IN_JSON = f"{{content: {{application/json: {{schema: {TEXT}}}}}}}"
_WIDE = ", ".join(f"{{properties: {{f{n}: {TEXT}}}, required: [f{n}]}}" for n in range(10))
_OPEN = f"{{type: object, unevaluatedProperties: false, anyOf: [{_WIDE}]}}"
_HIDDEN = "{type: string, readOnly: true}"
_SECURE = "components: {securitySchemes: {k: {type: apiKey, in: header, name: K}}}\n"
_OWN = _document("{security: [{k: []}], responses: {'200': {description: ok}}}", _SECURE)
_SHARED = _document(more=f"security: [{{k: []}}]\n{_SECURE}")

PAIRS = {
    "an optional query parameter may be null as well": (
        _query("{type: integer}"),
        _query("{anyOf: [{type: integer}, {type: 'null'}]}"),
        "compatible",
    ),
    "the type of an enum is written out": (
        _query("{enum: [asc, desc]}"),
        _query("{type: string, enum: [asc, desc]}"),
        "docs",
    ),
    "a parameter of one branch": (_query(TEXT), _query(f"{{oneOf: [{TEXT}]}}"), "docs"),
    "the explode of a text": (_query(TEXT), _query(TEXT, ", explode: false"), "docs"),
    "the explode of a list": (
        _query("{type: array, items: {type: string}}"),
        _query("{type: array, items: {type: string}}", ", explode: false"),
        "breaking",
    ),
    "security moves to the root": (_OWN, _SHARED, "docs"),
    "security moves to the operations": (_SHARED, _OWN, "docs"),
    "security comes": (_document(more=_SECURE), _SHARED, "breaking"),
    "a child of a discriminator's base loses a field": (
        _pets("{required: [bark], properties: {bark: {type: string}}}"),
        _pets("{}"),
        "breaking",
    ),
    "a bound beside a discriminator that is only read": (
        _pets("{}", kind=_HIDDEN),
        _pets("{}", 7, _HIDDEN),
        "breaking",
    ),
    "a range of statuses before the default": (
        _answers(f"{{'404': {_json(TEXT)}, default: {_json(TEXT)}}}"),
        _answers(f"{{'404': {_json(TEXT)}, 4XX: {_json('{type: [string, integer]}')}, default: {_json(TEXT)}}}"),
        "breaking",
    ),
    "a media type of its own takes less": (
        _body("{'*/*': {schema: {type: object}}}"),
        _body("{'*/*': {schema: {type: object}}, application/json: {schema: {type: object, required: [a]}}}"),
        "breaking",
    ),
    "a header becomes JSON": (
        _answers(f"{{'200': {{description: x, headers: {{Xa: {{schema: {TEXT}}}}}}}}}"),
        _answers(
            f"{{'200': {{description: x, headers: {{Xa: {{content: {{application/json: {{schema: {TEXT}}}}}}}}}}}}}"
        ),
        "breaking",
    ),
    "a server's port of several is gone": (
        _document(more="servers: [{url: 'https://a:{p}', variables: {p: {enum: [443, 8443], default: 443}}}]\n"),
        _document(more="servers: [{url: 'https://a:{p}', variables: {p: {enum: [443], default: 443}}}]\n"),
        "breaking",
    ),
    "a field of a first item is gone": (
        _answers(f"{{'200': {_json('{type: array, prefixItems: [{properties: {a: {}, b: {}}}]}')}}}"),
        _answers(f"{{'200': {_json('{type: array, prefixItems: [{properties: {a: {}}}]}')}}}"),
        "breaking",
    ),
    "words about a schema too wide to be taken apart": (
        _body(f"{{application/json: {{schema: {_OPEN}}}}}"),
        _body(f"{{application/json: {{schema: {_OPEN}}}}}").replace("title: Pets", "title: Animals"),
        "docs",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_has_its_level(name: str) -> None:
    old, new, level = PAIRS[name]
    assert level_of(compare(_contract(old), _contract(new))) == level


@pytest.mark.parametrize("text", [pair[0] for pair in PAIRS.values()], ids=list(PAIRS))
def test_a_contract_beside_itself_has_no_change(text: str) -> None:
    assert compare(_contract(text), _contract(text)) == []


def test_a_pair_is_read_as_it_is_written() -> None:
    found: Json = _contract(_query(TEXT)).root["paths"]
    assert as_object(as_object(found)["/pets"])["put"]
