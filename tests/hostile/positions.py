"""One API in which every string that a person may write is a position of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Takes a position and the harmless text that stands there, and returns the text to put there.
Put = Callable[[str, str], str]
Files = dict[str, Any]

WORDS = "some words"
NAME = "Even word"
NEAR = "odd word"  # stands beside each name, and becomes the same Python name as the payload `colliding`


def files(put: Put) -> Files:
    """Returns the documents of an API's folder by file name, each string as `put` gives it."""

    def prose(position: str) -> str:
        return put(position, WORDS)

    def name(position: str) -> str:
        return put(position, NAME)

    return {
        "openapi.yaml": {
            "openapi": "3.1.0",
            **_head(put, prose),
            "servers": [_server(put, prose)],
            "security": [{"scheme": []}],
            "paths": {
                f"/items/{{{name('path parameter')}}}/{put('path segment', 'x')}": _item(put, prose, name),
                "/plain": {"get": {"operationId": NEAR, "tags": [put("tag", NAME)], "responses": _empty(prose)}},
                "/named": {"get": _named(put, prose)},
                "/forms": {"put": _form(prose, name)},
            },
            "webhooks": {name("webhook"): {"post": {"description": prose("webhook description")}}},
            "components": _components(put, prose, name),
        },
        "package.yaml": _package(put, prose),
        "behavior.yaml": _behavior(put, prose, name),
    }


def _head(put: Put, prose: Callable[[str], str]) -> Files:
    return {
        "info": {
            "title": prose("title"),
            "summary": prose("info summary"),
            "description": prose("info description"),
            "version": prose("version"),
            "termsOfService": f"https://example.com/{put('terms of service', 'a')}",
            "contact": {"name": prose("contact"), "email": put("email", "a@example.com")},
            "license": {"name": prose("license")},
            "x-note": {prose("info extension key"): prose("info extension")},
        },
        "externalDocs": {"url": f"https://example.com/{put('documentation', 'a')}", "description": prose("docs text")},
        "tags": [{"name": put("tag", NAME), "description": prose("tag description")}, {"name": NEAR}],
    }


def _server(put: Put, prose: Callable[[str], str]) -> Files:
    variable = put("server variable", "region")
    return {
        "url": f"https://{put('server url', 'api')}.example.com/{{{variable}}}",
        "description": prose("server description"),
        "variables": {
            variable: {
                "default": prose("server default"),
                "enum": [prose("server default"), prose("server choice")],
                "description": prose("variable description"),
            },
            NEAR: {"default": "x"},
        },
    }


def _parameters(put: Put, prose: Callable[[str], str], name: Callable[[str], str]) -> list[Files]:
    typed = {
        "type": "string",
        "title": prose("parameter title"),
        "default": prose("parameter default"),
        "pattern": put("parameter pattern", "^a"),
        "format": prose("parameter format"),
        "examples": [prose("schema example")],
    }
    return [
        {"name": name("path parameter"), "in": "path", "required": True, "schema": {"type": "string"}},
        {
            "name": name("query parameter"),
            "in": "query",
            "description": prose("parameter description"),
            "schema": typed,
        },
        {"name": NEAR, "in": "query", "schema": {"type": "string"}},
        {"name": put("header parameter", "Even-word"), "in": "header", "schema": {"const": prose("parameter const")}},
        {"name": name("cookie parameter"), "in": "cookie", "schema": {"enum": [prose("parameter enum"), "other"]}},
        {
            "name": "inner",
            "in": "query",
            "content": {
                put("parameter media type", "application/json"): {
                    "schema": {"type": "object"},
                    "examples": {name("parameter example key"): {"value": {"a": prose("parameter example")}}},
                }
            },
        },
    ]


def _item(put: Put, prose: Callable[[str], str], name: Callable[[str], str]) -> Files:
    schema = {"$ref": "#/components/schemas/Thing"}
    example = {name("example key"): prose("example")}
    return {
        "summary": prose("path summary"),
        "description": prose("path description"),
        "patch": {
            "operationId": name("operationId"),
            "tags": [put("tag", NAME)],
            "summary": prose("summary"),
            "description": prose("description"),
            "externalDocs": {"url": f"https://example.com/{put('operation documentation', 'a')}"},
            "parameters": _parameters(put, prose, name),
            "requestBody": {
                "description": prose("body description"),
                "content": {
                    "application/json": {
                        "schema": schema,
                        "examples": {name("example name"): {"summary": prose("example summary"), "value": example}},
                    },
                    put("request media type", "text/plain"): {"schema": {"type": "string"}},
                },
            },
            "responses": {
                "200": {
                    "description": prose("response description"),
                    "headers": {
                        put("response header", "X-A"): {
                            "description": prose("header description"),
                            "schema": {"type": "string", "enum": [prose("header enum")]},
                        }
                    },
                    "content": {"application/json": {"schema": schema}},
                    "links": {"next": {"operationId": name("operationId"), "description": prose("link description")}},
                },
                "400": {
                    "description": prose("error description"),
                    "content": {put("response media type", "text/html"): {"schema": {"type": "string"}}},
                },
            },
            "callbacks": {"done": {prose("callback"): {"post": {"summary": prose("callback summary")}}}},
            "x-note": {prose("extension key"): [prose("extension")]},
        },
    }


def _empty(prose: Callable[[str], str]) -> Files:
    return {"204": {"description": prose("empty description")}}


def _named(put: Put, prose: Callable[[str], str]) -> Files:
    """Returns an operation whose method is named by `x-specledger-name`, in a resource of its own."""
    return {"tags": ["alone"], "x-specledger-name": put("call name", NAME), "responses": _empty(prose)}


def _form(prose: Callable[[str], str], name: Callable[[str], str]) -> Files:
    part = {"type": "object", "properties": {name("form field"): {"type": "string", "format": "binary"}}}
    inline = {
        "type": "object",
        "title": prose("inline title"),
        "properties": {name("inline property"): {"type": "object", "properties": {"a": {"type": "string"}}}},
    }
    return {
        "tags": ["forms"],
        "operationId": "form",
        "requestBody": {"content": {"multipart/form-data": {"schema": part}}},
        "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": inline}}}},
    }


def _components(put: Put, prose: Callable[[str], str], name: Callable[[str], str]) -> Files:
    key, other = name("property"), f"{name('map property')} map"
    tagged = {"type": "object", "required": [name("discriminator")], "properties": {name("discriminator"): {}}}
    thing = {
        "type": "object",
        "title": prose("schema title"),
        "description": prose("schema description"),
        "required": [key],
        "properties": {
            key: {
                "type": "string",
                "description": prose("property description"),
                "title": prose("property title"),
                "pattern": put("pattern", "^b"),
                "format": prose("format"),
                "default": prose("default"),
                "example": prose("property example"),
                "$comment": prose("comment"),
            },
            NEAR: {"type": "string"},
            "fixed": {"const": prose("const")},
            "choice": {"type": "string", "enum": [prose("enum"), NEAR], "description": prose("enum description")},
            "mixed": {"enum": [prose("mixed enum"), 1, None]},
            "blob": {"type": "string", "contentMediaType": prose("content media type")},
            other: {"type": "object", "additionalProperties": {"type": "object", "title": prose("map title")}},
            "any": {"default": {prose("default key"): [prose("nested default")]}},
            "union": {
                "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
                "discriminator": {"propertyName": name("discriminator"), "mapping": {prose("mapping key"): "A"}},
            },
            "targets": {"oneOf": [{"type": "object", "title": prose("branch title"), "properties": {"a": {}}}, {}]},
        },
        "patternProperties": {put("pattern property", "^x-"): {"type": "string"}},
        "dependentRequired": {prose("dependent key"): [prose("dependent field")]},
        "if": {"properties": {"choice": {"const": prose("condition")}}},
        "then": {"required": ["choice"]},
        "x-note": prose("schema extension"),
    }
    return {
        "schemas": {
            "Thing": thing,
            "A": tagged,
            "B": {**tagged, "description": prose("union description")},
            put("schema name", "Even.word"): {"type": "object", "properties": {"a": {"type": "string"}}},
            "odd_word": {"type": "object", "properties": {"a": {"type": "string"}}},
            "Choice": {"type": "string", "enum": [prose("component enum"), NEAR]},
        },
        "securitySchemes": {
            "scheme": {
                "type": "apiKey",
                "in": "header",
                "name": put("credential header", "X-Key"),
                "description": prose("scheme description"),
                "x-specledger-prefix": prose("credential prefix"),
            },
            put("scheme name", "Even.word"): {"type": "http", "scheme": put("http scheme", "digest")},
            "flow": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "https://example.com/t",
                        "scopes": {prose("scope"): prose("scope text")},
                    }
                },
            },
        },
    }


def _package(put: Put, prose: Callable[[str], str]) -> Files:
    return {
        "distribution": put("distribution", "even-word"),
        "import": put("import name", "even_word"),
        "class": put("class name", "EvenWord"),
        "version": put("package version", "1.2.3"),
        "credential": {"name": put("credential name", "secret"), "environment": put("environment", "EVEN_WORD")},
        "parameters": [
            {
                "name": put("keyword", "even_word"),
                "fills": f"server.{put('server variable', 'region')}",
                "environment": put("keyword environment", "EVEN_REGION"),
                "description": prose("keyword description"),
            }
        ],
        "options": [
            {
                "name": put("option", "wrapped"),
                "description": prose("option description"),
                "wraps": {put("operationId", NAME): {"key": prose("wrap key"), "beside": [prose("wrap beside")]}},
            }
        ],
        "failures": [{"at": "response.200.body.fixed", "schema": {"const": prose("failure const")}}],
    }


def _behavior(put: Put, prose: Callable[[str], str], name: Callable[[str], str]) -> Files:
    return {
        "identities": [
            {"name": put("identity", "even-word"), "credential": prose("credential"), "may": prose("identity text")}
        ],
        "resources": {
            name("collection"): {
                "schema": "Thing",
                "id": "id",
                "seed": [{"id": prose("seed id"), "choice": prose("seed")}],
            }
        },
        "operations": {
            put("operationId", NAME): {
                "resource": name("collection"),
                "id": "request.body.choice",
                "effect": "merge",
                "rules": [
                    {"id": "r", "at": "request.body.choice", "rule": "true", "message": prose("rule message")},
                ],
                "answer": {"status": 200, "body": {prose("answer key"): prose("answer")}},
                "request": {"body": {"choice": prose("request value")}},
            }
        },
        "refusals": {"unknown": {"status": 404, "body": {prose("refusal key"): prose("refusal text")}}},
    }
