"""The specs that clients are generated from to be measured: one call that every vendor has, and many models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

FIELDS: Sequence[tuple[str, dict[str, Any]]] = (
    ("id", {"type": "string"}),
    ("name", {"type": ["string", "null"]}),
    ("count", {"type": "integer"}),
    ("share", {"type": "number"}),
    ("open", {"type": "boolean"}),
    ("labels", {"type": "array", "items": {"type": "string"}}),
    ("created_at", {"type": "string", "format": "date-time"}),
    ("kind", {"type": "string", "enum": ["small", "large"]}),
)


def _document(title: str, operation: str, path: str, answer: str, schemas: dict[str, Any]) -> str:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{answer}"}}}
    call = {
        "operationId": "retrieve",
        "x-specledger-name": operation,
        "tags": ["models"],
        "parameters": [{"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": {"description": "A model.", "content": content}},
    }
    return json.dumps(
        {
            "openapi": "3.1.1",
            "info": {"title": title, "version": "1.0.0"},
            "servers": [{"url": "https://api.example.com"}],
            "security": [{"key": []}],
            "paths": {path: {"get": call}},
            "components": {
                "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
                "schemas": schemas,
            },
        }
    )


def one_call() -> str:
    """Returns a spec with the call that openai's client has too: GET /v1/models/{model}."""
    names = {"id": "string", "object": "string", "created": "integer", "owned_by": "string"}
    model = {"type": "object", "required": [*names], "properties": {key: {"type": of} for key, of in names.items()}}
    return _document("Few Models", "models.retrieve", "/v1/models/{model}", "Model", {"Model": model})


def many_models(count: int) -> str:
    """Returns a spec with as many models as one asks for; each refers to the next, and the answer to all."""
    schemas: dict[str, Any] = {}
    for n in range(count):
        fields = dict(FIELDS) | ({"next": {"$ref": f"#/components/schemas/Model{n + 1}"}} if n + 1 < count else {})
        schemas[f"Model{n}"] = {"type": "object", "required": ["id"], "properties": fields}
    return _document("Many Models", "models.retrieve", "/v1/models/{model}", "Model0", schemas)
