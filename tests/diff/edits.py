"""Edits of one contract, each with the level that it is by construction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import yaml

from specledger.yaml12 import Json, JsonObject, as_list, as_object

BASE = """
openapi: 3.1.0
info: {title: Pets, version: 1.0.0}
servers:
  - url: https://{region}.example.org/{stage}
    variables:
      region: {default: eu, enum: [eu, us]}
      stage: {default: v1}
security: [{key: []}, {oauth: [read]}]
tags: [{name: pets}]
paths:
  /pets:
    get:
      operationId: listPets
      tags: [pets]
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100, default: 20}}
        - {name: ids, in: query, schema: {type: array, items: {type: string}}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: must, in: query, required: true, schema: {type: string}}
      responses:
        "200":
          description: A list.
          headers:
            ETag: {required: true, schema: {type: string}}
            X-Left: {schema: {type: integer}}
          content:
            application/json:
              schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}
        "404": {$ref: "#/components/responses/Problem"}
        default: {$ref: "#/components/responses/Problem"}
    post:
      operationId: addPet
      tags: [pets]
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: "#/components/schemas/Pet"}}
          application/xml: {schema: {$ref: "#/components/schemas/Pet"}}
      responses:
        "201": {description: Made.}
        "4XX": {$ref: "#/components/responses/Problem"}
  /pets/{petId}:
    parameters:
      - {name: petId, in: path, required: true, schema: {type: string}}
    get:
      operationId: getPet
      tags: [pets]
      responses:
        "200": {description: A pet., content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
  /upload:
    post:
      operationId: upload
      security: []
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties:
                meta: {type: object, properties: {n: {type: string}}}
                file: {type: string, contentMediaType: image/png}
                tags: {type: array, items: {type: string}}
            encoding:
              file: {contentType: "image/png, image/jpeg"}
      responses:
        "200": {description: Done., content: {application/json: {schema: {$ref: "#/components/schemas/Animal"}}}}
    put:
      operationId: replace
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/Animal"}}}
      responses: {"204": {description: Done.}}
webhooks:
  born:
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}}
      responses: {"200": {description: Seen.}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    basic: {type: http, scheme: basic}
    oauth:
      type: oauth2
      flows:
        clientCredentials: {tokenUrl: https://example.org/token, scopes: {read: Read., write: Write.}}
  responses:
    Problem:
      description: Wrong.
      content: {application/json: {schema: {$ref: "#/components/schemas/Problem"}}}
  schemas:
    Problem: {type: object, required: [code], properties: {code: {type: integer}, text: {type: string}}}
    Unused: {type: string}
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: string, readOnly: true}
        name: {type: string, maxLength: 20}
        secret: {type: string, writeOnly: true}
        status: {enum: [free, sold]}
        age: {type: [integer, "null"]}
        note: {type: string}
        owner: {$ref: "#/components/schemas/Owner"}
        parent: {$ref: "#/components/schemas/Pet"}
    Owner: {type: object, properties: {mail: {type: string}}, additionalProperties: false}
    Cat: {type: object, required: [kind], properties: {kind: {type: string}, m: {type: integer}}}
    Dog: {type: object, required: [kind], properties: {kind: {type: string}, w: {type: string}}}
    Animal:
      oneOf: [{$ref: "#/components/schemas/Cat"}, {$ref: "#/components/schemas/Dog"}]
      discriminator: {propertyName: kind, mapping: {cat: "#/components/schemas/Cat", dog: "#/components/schemas/Dog"}}
"""
LIST = "paths|/pets|get"
ADD = "paths|/pets|post"
ONE = "paths|/pets/{petId}"
UPLOAD = "paths|/upload|post"
FORM = f"{UPLOAD}|requestBody|content|multipart/form-data"
OK = f"{LIST}|responses|200"
PET = "components|schemas|Pet"
FIELDS = f"{PET}|properties"
ANIMAL = "components|schemas|Animal"
GONE = object()


@dataclass(frozen=True)
class Edit:
    """An edit and its level; `back` is the level of undoing it, where that is worth a case of its own."""

    name: str
    level: str
    changes: tuple[tuple[str, object], ...]
    back: str = ""
    side: str = ""


def base() -> JsonObject:
    """Returns the contract that is edited."""
    return as_object(yaml.safe_load(BASE))


def put(document: JsonObject, place: str, value: object) -> None:
    """Puts a value at a place; a function makes it of what is there."""
    steps = place.split("|")
    holder: Json = document
    for step in steps[:-1]:
        holder = as_list(holder)[int(step)] if isinstance(holder, list) else as_object(holder).setdefault(step, {})
    last: int | str = int(steps[-1]) if isinstance(holder, list) else steps[-1]
    if value is GONE:
        del holder[last]  # type: ignore[union-attr,arg-type]  # a place of the contract above
    elif callable(value):
        holder[last] = value(holder[last])  # type: ignore[index]  # as above
    else:
        holder[last] = value  # type: ignore[index,call-overload,assignment]  # as above


def edited(edit: Edit) -> JsonObject:
    """Returns the contract with an edit."""
    document = base()
    for place, value in edit.changes:
        put(document, place, value)
    return document


def _more(*extra: Json) -> Callable[[list[Json]], list[Json]]:
    return lambda there: [*there, *extra]


def _less(*out: Json) -> Callable[[list[Json]], list[Json]]:
    return lambda there: [one for one in there if one not in out]


def _edit(name: str, level: str, *changes: tuple[str, object], back: str = "", side: str = "") -> Edit:
    return Edit(name, level, changes, back, side)


_Q: JsonObject = {"name": "q", "in": "query", "schema": {"type": "string"}}
_FREE: JsonObject = {"url": "https://example.net"}
EDITS = [
    # operations
    _edit("an operation goes", "breaking", (f"{ONE}|get", GONE), back="compatible"),
    _edit("a path goes", "breaking", (ONE, GONE), back="compatible"),
    _edit(
        "a method is called otherwise", "breaking", (f"{LIST}|operationId", "allPets"), back="breaking", side="client"
    ),
    _edit("a name is written in another case", "docs", (f"{LIST}|operationId", "list_pets"), back="docs"),
    _edit("a resource is called otherwise", "breaking", (f"{LIST}|tags", ["animals"]), back="breaking", side="client"),
    _edit("a second tag", "docs", (f"{LIST}|tags", ["pets", "more"]), back="docs"),
    _edit("a summary", "docs", (f"{LIST}|summary", "All pets."), back="docs"),
    _edit("deprecated", "docs", (f"{LIST}|deprecated", True), back="docs"),
    _edit("a title and a version", "docs", ("info", {"title": "P", "version": "2"}), back="docs"),
    _edit("an extension", "docs", (f"{LIST}|x-note", 1), back="docs"),
    # parameters
    _edit("a parameter goes", "breaking", (f"{LIST}|parameters|0", GONE), back="compatible"),
    _edit("a parameter of a header goes", "breaking", (f"{LIST}|parameters|2", GONE), back="compatible"),
    _edit("a parameter that must be passed", "breaking", (f"{LIST}|parameters", _more({**_Q, "required": True}))),
    _edit("a parameter may be left out", "compatible", (f"{LIST}|parameters|3|required", False), back="breaking"),
    _edit("required: false written out", "docs", (f"{LIST}|parameters|0|required", False), back="docs"),
    _edit(
        "style and explode written out",
        "docs",
        (f"{LIST}|parameters|1", lambda p: {**p, "style": "form", "explode": True}),
        back="docs",
    ),
    _edit("explode of one value", "docs", (f"{LIST}|parameters|0|explode", False), back="docs"),
    _edit("lists are joined", "breaking", (f"{LIST}|parameters|1|explode", False), back="breaking"),
    _edit("lists by spaces", "breaking", (f"{LIST}|parameters|1|style", "spaceDelimited"), back="breaking"),
    _edit("allowReserved", "compatible", (f"{LIST}|parameters|0|allowReserved", True), back="breaking"),
    _edit("allowEmptyValue", "compatible", (f"{LIST}|parameters|0|allowEmptyValue", True), back="breaking"),
    _edit("a parameter moves", "breaking", (f"{LIST}|parameters|0|in", "header"), back="breaking"),
    _edit("a parameter of another name", "breaking", (f"{LIST}|parameters|0|name", "size"), back="breaking"),
    _edit("a header in another case", "docs", (f"{LIST}|parameters|2|name", "x-trace"), back="docs"),
    _edit("parameters in another order", "docs", (f"{LIST}|parameters", lambda rows: rows[::-1]), back="docs"),
    _edit("a default changes", "compatible", (f"{LIST}|parameters|0|schema|default", 10), back="compatible"),
    _edit("a bound is tighter", "breaking", (f"{LIST}|parameters|0|schema|maximum", 50), back="compatible"),
    _edit(
        "a parameter as content",
        "breaking",
        (
            f"{LIST}|parameters|0",
            {
                "name": "limit",
                "in": "query",
                "content": {"application/json": {"schema": {"type": "integer", "minimum": 1, "maximum": 100}}},
            },
        ),
    ),
    _edit(
        "a header that is ignored",
        "docs",
        (f"{LIST}|parameters", _more({"name": "Accept", "in": "header", "schema": {}})),
        back="docs",
    ),
    _edit(
        "a parameter of the path's name",
        "breaking",
        ("paths", lambda p: {k.replace("petId", "id"): v for k, v in p.items()}),
        ("paths|/pets/{id}|parameters|0|name", "id"),
        back="breaking",
        side="client",
    ),
    _edit(
        "a parameter of the operation moves to the path",
        "docs",
        (f"{ONE}|get|parameters", [{"name": "petId", "in": "path", "required": True, "schema": {"type": "string"}}]),
        (f"{ONE}|parameters", GONE),
        back="docs",
    ),
    # bodies
    _edit("a body may be missing", "compatible", (f"{ADD}|requestBody|required", False), back="breaking"),
    _edit("a body goes", "breaking", (f"{ADD}|requestBody", GONE), back="breaking"),
    _edit("a body that may be missing goes", "breaking", (f"{UPLOAD}|requestBody", GONE), back="compatible"),
    _edit("a content type goes", "breaking", (f"{ADD}|requestBody|content|application/xml", GONE), back="compatible"),
    _edit(
        "a charset",
        "docs",
        (
            f"{ADD}|requestBody|content",
            lambda c: {"application/json; charset=utf-8" if k == "application/json" else k: v for k, v in c.items()},
        ),
        back="docs",
    ),
    # schemas seen from both sides
    _edit("a field may be longer", "breaking", (f"{FIELDS}|name|maxLength", 30), back="breaking"),
    _edit("a field is new", "compatible", (f"{FIELDS}|colour", {"type": "string"}), back="breaking"),
    _edit(
        "a field that must be sent is new",
        "breaking",
        (f"{FIELDS}|colour", {"type": "string"}),
        (f"{PET}|required", _more("colour")),
    ),
    _edit(
        "a field of an answer alone is new",
        "compatible",
        ("components|schemas|Problem|properties|hint", {"type": "string"}),
        back="breaking",
    ),
    _edit(
        "a field of an answer alone is always there",
        "compatible",
        ("components|schemas|Problem|required", _more("text")),
        back="breaking",
    ),
    _edit("a field becomes readOnly", "breaking", (f"{FIELDS}|note|readOnly", True), back="compatible"),
    _edit("a field becomes writeOnly", "breaking", (f"{FIELDS}|note|writeOnly", True), back="compatible"),
    _edit("a required field becomes readOnly", "breaking", (f"{FIELDS}|name|readOnly", True), back="breaking"),
    _edit(
        "a readOnly field goes", "breaking", (f"{FIELDS}|id", GONE), (f"{PET}|required", ["name"]), back="compatible"
    ),
    _edit("a writeOnly field goes", "breaking", (f"{FIELDS}|secret", GONE), back="compatible"),
    _edit("a writeOnly field is tighter", "breaking", (f"{FIELDS}|secret|minLength", 8), back="compatible"),
    _edit("a readOnly field is tighter", "compatible", (f"{FIELDS}|id|minLength", 8), back="breaking"),
    _edit("a readOnly field is no longer required", "breaking", (f"{PET}|required", ["name"]), back="compatible"),
    _edit(
        "readOnly where only answers are",
        "docs",
        ("components|schemas|Problem|properties|text|readOnly", True),
        back="docs",
    ),
    _edit("an enum is wider", "breaking", (f"{FIELDS}|status|enum", _more("lost")), back="breaking"),
    _edit("null is refused", "breaking", (f"{FIELDS}|age|type", "integer"), back="breaking"),
    _edit("a closed object gets a field", "breaking", ("components|schemas|Owner|properties|n", {"type": "string"})),
    _edit(
        "a closed object opens", "breaking", ("components|schemas|Owner|additionalProperties", GONE), back="breaking"
    ),
    _edit("a tree's field", "breaking", (f"{FIELDS}|parent", GONE), back="compatible"),
    _edit("a format that is a hint", "docs", (f"{FIELDS}|note|format", "password"), back="docs"),
    _edit(
        "a description, a title, an example",
        "docs",
        (f"{FIELDS}|note", lambda s: {**s, "description": "x", "title": "y", "examples": ["z"]}),
        back="docs",
    ),
    _edit("a field is deprecated", "docs", (f"{FIELDS}|note|deprecated", True), back="docs"),
    _edit(
        "a schema is called otherwise",
        "breaking",
        ("components|schemas", lambda s: {("Keeper" if k == "Owner" else k): v for k, v in s.items()}),
        (f"{FIELDS}|owner|$ref", "#/components/schemas/Keeper"),
        back="breaking",
        side="client",
    ),
    # refactorings
    _edit(
        "a reference is written out",
        "docs",
        (
            f"{FIELDS}|owner",
            {"type": "object", "properties": {"mail": {"type": "string"}}, "additionalProperties": False},
        ),
        back="docs",
    ),
    _edit(
        "all of one reference",
        "docs",
        (f"{FIELDS}|owner", {"allOf": [{"$ref": "#/components/schemas/Owner"}]}),
        back="docs",
    ),
    _edit(
        "one of one reference",
        "docs",
        (f"{FIELDS}|owner", {"oneOf": [{"$ref": "#/components/schemas/Owner"}]}),
        back="docs",
    ),
    _edit(
        "composed of two",
        "docs",
        (
            PET,
            lambda p: {
                "allOf": [
                    {"type": "object", "properties": {"id": p["properties"]["id"]}, "required": ["id"]},
                    {**p, "properties": {k: v for k, v in p["properties"].items() if k != "id"}, "required": ["name"]},
                ]
            },
        ),
        back="docs",
    ),
    _edit("keys in another order", "docs", (PET, lambda p: dict(reversed(p.items()))), back="docs"),
    _edit("required in another order", "docs", (f"{PET}|required", ["name", "id"]), back="docs"),
    _edit("open written out", "docs", (f"{PET}|additionalProperties", True), back="docs"),
    _edit("an unused component changes", "docs", ("components|schemas|Unused", {"type": "integer"}), back="docs"),
    _edit("an unused component goes", "docs", ("components|schemas|Unused", GONE), back="docs"),
    _edit(
        "an answer is written out",
        "docs",
        (
            f"{LIST}|responses|404",
            {
                "description": "Wrong.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        ),
        back="docs",
    ),
    # answers
    _edit("a status goes", "breaking", (f"{ADD}|responses|201", GONE), back="compatible"),
    _edit("a status is new", "compatible", (f"{ADD}|responses|202", {"description": "Later."}), back="breaking"),
    _edit("a status that default speaks of goes", "docs", (f"{LIST}|responses|404", GONE)),
    _edit(
        "a status with another body than default's",
        "breaking",
        (
            f"{LIST}|responses|404",
            {"description": "x", "content": {"application/json": {"schema": {"type": "string"}}}},
        ),
    ),
    _edit("default goes", "breaking", (f"{LIST}|responses|default", GONE), back="compatible"),
    _edit("an answer's content type goes", "breaking", (f"{OK}|content|application/json", GONE), back="compatible"),
    _edit(
        "an answer's body is null too",
        "breaking",
        (
            f"{ONE}|get|responses|200|content|application/json|schema",
            {"anyOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "null"}]},
        ),
        back="compatible",
    ),
    _edit(
        "an answer has no more than ten",
        "compatible",
        (f"{OK}|content|application/json|schema|maxItems", 10),
        back="breaking",
    ),
    # headers
    _edit("a header goes", "breaking", (f"{OK}|headers|X-Left", GONE), back="compatible"),
    _edit("a required header goes", "breaking", (f"{OK}|headers|ETag", GONE), back="compatible"),
    _edit("a header may be missing", "breaking", (f"{OK}|headers|ETag|required", False), back="compatible"),
    _edit("a header's type is wider", "breaking", (f"{OK}|headers|X-Left|schema|type", "number"), back="compatible"),
    _edit(
        "an answer's header in another case",
        "docs",
        (f"{OK}|headers", lambda h: {k.lower(): v for k, v in h.items()}),
        back="docs",
    ),
    _edit("a header's text", "docs", (f"{OK}|headers|ETag|description", "x"), back="docs"),
    # security
    _edit("a way to call goes", "breaking", ("security", [{"key": []}]), back="compatible"),
    _edit("a way to call is new", "compatible", ("security", _more({"basic": []})), back="breaking"),
    _edit(
        "two credentials at once",
        "breaking",
        ("security", [{"key": [], "basic": []}, {"oauth": ["read"]}]),
        back="compatible",
    ),
    _edit("another scope", "breaking", ("security", [{"key": []}, {"oauth": ["read", "write"]}]), back="compatible"),
    _edit("nobody need show anything", "compatible", ("security", _more({})), back="breaking"),
    _edit("all must show something", "breaking", (f"{UPLOAD}|security", [{"key": []}]), back="compatible"),
    _edit("security said again", "docs", (f"{LIST}|security", [{"oauth": ["read"]}, {"key": []}]), back="docs"),
    _edit(
        "a scheme of another header", "breaking", ("components|securitySchemes|key|name", "X-Token"), back="breaking"
    ),
    _edit(
        "a scheme by another key",
        "docs",
        ("components|securitySchemes", lambda s: {("token" if k == "key" else k): v for k, v in s.items()}),
        ("security", [{"token": []}, {"oauth": ["read"]}]),
        back="docs",
    ),
    _edit(
        "a token from elsewhere",
        "breaking",
        ("components|securitySchemes|oauth|flows|clientCredentials|tokenUrl", "https://example.org/t"),
        back="breaking",
    ),
    _edit("a scheme's text", "docs", ("components|securitySchemes|key|description", "x"), back="docs"),
    # servers
    _edit("a server is new", "compatible", ("servers", _more(_FREE)), back="breaking"),
    _edit("a server is another", "breaking", ("servers", [_FREE]), back="breaking"),
    _edit("a region goes", "breaking", ("servers|0|variables|region|enum", ["eu"]), back="compatible"),
    _edit("a region is free", "compatible", ("servers|0|variables|region|enum", GONE), back="breaking"),
    _edit(
        "a free variable is one of two", "breaking", ("servers|0|variables|stage|enum", ["v1", "v2"]), back="compatible"
    ),
    _edit("another region by default", "compatible", ("servers|0|variables|region|default", "us"), back="compatible"),
    _edit(
        "regions spelled out",
        "docs",
        (
            "servers",
            [
                {"url": "https://eu.example.org/{stage}", "variables": {"stage": {"default": "v1"}}},
                {"url": "https://us.example.org/{stage}", "variables": {"stage": {"default": "v1"}}},
            ],
        ),
    ),
    _edit("a slash at the end", "docs", ("servers|0|url", "https://{region}.example.org/{stage}/"), back="docs"),
    _edit("a server's text", "docs", ("servers|0|description", "x"), back="docs"),
    _edit("an operation's own server", "breaking", (f"{LIST}|servers", [_FREE]), back="breaking"),
    # discriminators
    _edit("a value chooses no branch", "breaking", (f"{ANIMAL}|discriminator|mapping|dog", GONE), back="breaking"),
    _edit(
        "a value chooses another branch",
        "breaking",
        (f"{ANIMAL}|discriminator|mapping", {"cat": "#/components/schemas/Dog", "dog": "#/components/schemas/Cat"}),
    ),
    _edit(
        "a value more",
        "breaking",
        (f"{ANIMAL}|discriminator|mapping|puppy", "#/components/schemas/Dog"),
        back="breaking",
    ),
    _edit("another field chooses", "breaking", (f"{ANIMAL}|discriminator|propertyName", "type"), back="breaking"),
    _edit("a mapping by names", "docs", (f"{ANIMAL}|discriminator|mapping", {"dog": "Dog", "cat": "Cat"}), back="docs"),
    # forms
    _edit("a part of fewer types", "breaking", (f"{FORM}|encoding|file|contentType", "image/png"), back="compatible"),
    _edit(
        "a part of another type",
        "breaking",
        (f"{FORM}|encoding|meta", {"contentType": "application/xml"}),
        back="breaking",
    ),
    _edit(
        "a part's type written out", "docs", (f"{FORM}|encoding|meta", {"contentType": "application/json"}), back="docs"
    ),
    _edit("a part of any image", "compatible", (f"{FORM}|encoding|file|contentType", "image/*"), back="breaking"),
    _edit(
        "a part with a header",
        "breaking",
        (f"{FORM}|encoding|file|headers", {"X-Sum": {"required": True, "schema": {"type": "string"}}}),
    ),
    _edit(
        "a part's list is joined",
        "breaking",
        (f"{FORM}|encoding|tags", {"style": "form", "explode": False}),
        back="breaking",
    ),
    _edit(
        "a part's style written out", "docs", (f"{FORM}|encoding|tags", {"style": "form", "explode": True}), back="docs"
    ),
    _edit("a part's media type", "breaking", (f"{FORM}|schema|properties|file|contentMediaType", "image/gif")),
    # webhooks
    _edit(
        "a webhook's field goes",
        "breaking",
        ("webhooks|born|post|requestBody|content|application/json|schema|properties|a", GONE),
        back="compatible",
    ),
    _edit("a webhook goes", "breaking", ("webhooks", GONE), back="compatible"),
    _edit(
        "a webhook's field is tighter",
        "compatible",
        ("webhooks|born|post|requestBody|content|application/json|schema|properties|a|maxLength", 5),
        back="breaking",
    ),
]
