"""Type words as Mintlify pages print them."""

from __future__ import annotations

import pytest

from specledger.documents import mintlify_types
from specledger.yaml12 import JsonObject


@pytest.mark.parametrize(
    ("word", "claims"),
    [
        ("string", {"type": "string"}),
        ("String", {"type": "string"}),
        ("object[]", {"type": "array", "items": "object"}),
        ("integer[]", {"type": "array", "items": "integer"}),
        ("[integer]", {"type": "array", "items": "integer"}),
        ("string[][]", {"type": "array", "items": "array"}),
        ("array of strings", {"type": "array", "items": "string"}),
        ("array<number>", {"type": "array", "items": "number"}),
        ("Array[Well]", {"type": "array"}),
        ("json", {"type": "object"}),
        ("float", {"type": "number"}),
        ("enum<string>", {"type": "string"}),
        ("enum<string>[]", {"type": "array", "items": "string"}),
        ("string<uuid>", {"type": "string", "format": "uuid"}),
        ("integer<int64>", {"type": "integer", "format": "int64"}),
        ("integer | null", {"type": "integer", "nullable": True}),
        ("object[] | null", {"type": "array", "items": "object", "nullable": True}),
        ("string | integer", {"type": ["string", "integer"]}),
        ("string or null", {"type": "string", "nullable": True}),
        ("'on' | 'off'", {"type": "string", "enum": ["on", "off"]}),
        ("Well · object[]", {"type": "array", "items": "object"}),
        ("map<string, integer>", {"type": "object", "items": "integer"}),
        ("file", {"type": "string", "format": "binary"}),
        ("any", {}),
        ("nullable string", {"type": "string", "nullable": True}),
    ],
)
def test_a_type_word_is_read(word: str, claims: JsonObject) -> None:
    assert mintlify_types.read(word) == claims


@pytest.mark.parametrize("word", ["", "the string", "name", "required", "x" * 5000, "<" * 150, "string |", "How high."])
def test_what_is_no_type_word_is_not_read_as_one(word: str) -> None:
    assert mintlify_types.read(word) is None
