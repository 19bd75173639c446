"""Sentences of descriptions, read as JSON Schema's keywords."""

from __future__ import annotations

from pathlib import Path

import pytest

from specledger import yaml12
from specledger.documents.conditions import conditions
from specledger.documents.prose import keywords
from specledger.yaml12 import JsonObject, as_list

SENTENCES = [as_list(row) for row in as_list(yaml12.load(Path(__file__).parent / "prose" / "sentences.yaml").value)]
# What a fact has beside JSON Schema's words for bounds, values and forms.
BESIDE = ("digest", "unique", "deprecated", "readOnly")


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("1 to 64 characters", "string", {"minLength": 1, "maxLength": 64}),
        ("A string of up to 256 characters.", "string", {"maxLength": 256}),
        ("The length cannot exceed 255 characters", "string", {"maxLength": 255}),
        ("32 characters long", "string", {"minLength": 32, "maxLength": 32}),
        ("Minimum: 1 Maximum: 64", "string", {"minLength": 1, "maxLength": 64}),
        ("Minimum: 1 Maximum: 64", "integer", {"minimum": 1, "maximum": 64}),
        ("Range: [0, 2^31-1]", "integer", {"minimum": 0, "maximum": 2147483647}),
        ("Value range: (0, 1]", "number", {"exclusiveMinimum": 0, "maximum": 1}),
        ("up to 3", "array", {"maxItems": 3}),
        ("Only one pier is allowed.", "array", {"maxItems": 1}),
        ("Exactly one pier is supported.", "array", {"minItems": 1, "maxItems": 1}),
        ("It is a multiple of 8.", "integer", {"multipleOf": 8}),
        ("One of A, B, or C", "string", {"enum": ["A", "B", "C"]}),
        ("The value can be **0** (off) or **1** (on).", "integer", {"enum": [0, 1]}),
        ("Enumeration values:\n• LOW\n• HIGH", "string", {"enum": ["LOW", "HIGH"]}),
        ("Options:\nLOW: not high\nHIGH: not low", "string", {"enum": ["LOW", "HIGH"]}),
        ("The size is fixed at 30.", "integer", {"const": 30}),
        ("Default Value: true.", "boolean", {"default": True}),
        ("Kept for later. Default value: null.", "string", {"default": None}),
        ("Range\nEnter 1 to 64 characters.\nDefault Value\nN/A", "string", {"minLength": 1, "maxLength": 64}),
        ("取值范围：1~64个字符。默认值：无", "string", {"minLength": 1, "maxLength": 64}),
        ("最小值：0\n最大值：100", "integer", {"minimum": 0, "maximum": 100}),
        ("枚举值：\n• AUTO\n• MANUAL", "string", {"enum": ["AUTO", "MANUAL"]}),
        ("0表示关闭，1表示开启", "integer", {"enum": [0, 1]}),
    ],
)
def test_prose_is_read_into_keywords(text: str, kind: str, expected: JsonObject) -> None:
    found = keywords(text, kind)
    found.pop("digest", None)
    assert found == expected


@pytest.mark.parametrize(("kind", "text", "expected"), SENTENCES)
def test_a_sentence_says_these_keywords_and_no_other(kind: str, text: str, expected: JsonObject) -> None:
    assert {key: value for key, value in keywords(text, kind).items() if key not in BESIDE} == expected


@pytest.mark.parametrize(
    "text",
    ["It was built on 2026-02-26.", "Set it to 1 or 2 later.", "Version 1.2-1.4 knows it.", "It cannot be left blank."],
)
def test_numbers_that_bound_nothing_become_a_digest(text: str) -> None:
    assert set(keywords(text, "integer")) == {"digest"}


def test_a_sentence_more_behind_what_a_choice_means_becomes_a_digest() -> None:
    lines = ["The kind. Available values:", "• fast: Runs at once.", "• slow: Runs at night."]
    known = keywords("\n".join(lines), "string")
    more = keywords("\n".join([*lines[:-1], f"{lines[-1]} It must not hold spaces."]), "string")
    assert known["enum"] == more["enum"] == ["fast", "slow"]
    assert known.get("digest") != more["digest"]


def test_the_same_words_with_other_spaces_have_the_same_digest() -> None:
    assert keywords("A  buoy\nthat floats.", "string") == keywords("A buoy\nthat   floats.", "string")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This parameter is mandatory when lit is set to false.", {"lit": {"const": False}}),
        ("Required if mode is AUTO or MANUAL.", {"mode": {"enum": ["AUTO", "MANUAL"]}}),
        ("It must be specified when mode is not AUTO.", {"mode": {"not": {"const": "AUTO"}}}),
        ("当mode为AUTO时，该参数必选。", {"mode": {"const": "AUTO"}}),
        ("如果mode是AUTO，则此参数必填。", {"mode": {"const": "AUTO"}}),
        ("Required unless mode is AUTO.", {"mode": {"not": {"const": "AUTO"}}}),
        ("It must be specified when the value of mode is AUTO.", {"mode": {"const": "AUTO"}}),
    ],
)
def test_a_condition_names_a_field_beside_it(text: str, expected: JsonObject) -> None:
    beside: dict[str, JsonObject] = {"lit": {"type": "boolean"}, "mode": {"type": "string"}}
    assert conditions(text, beside) == [{"when": expected, "required": True}]
    assert conditions(text, {}) == []


def test_what_is_not_required_is_no_condition() -> None:
    assert conditions("Not required when mode is AUTO.", {"mode": {"type": "string"}}) == []
