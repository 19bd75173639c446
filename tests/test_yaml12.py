"""YAML is read by YAML 1.2's JSON schema, with lines, and what JSON cannot hold is refused where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from specledger import yaml12
from specledger.diagnostics import Failure

HERE = Path("file.yaml")


@pytest.mark.parametrize(
    "text", ["no", "on", "010", "0x1F", "12:30:00", "2026-01-01", "1_000", ".inf", "True", "1e", "+1"]
)
def test_words_that_yaml_1_1_reads_as_other_types_stay_text(text: str) -> None:
    assert yaml12.parse(f"value: {text}", HERE).value == {"value": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-0", 0),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("'1'", "1"),
    ],
)
def test_json_scalars_keep_their_types(text: str, value: object) -> None:
    parsed = yaml12.parse(f"value: {text}", HERE).value
    assert parsed == {"value": value}
    assert isinstance(parsed, dict)
    assert type(parsed["value"]) is type(value)


def test_keys_are_text_so_that_a_status_may_stand_without_quotes() -> None:
    assert yaml12.parse("200: a\ntrue: b", HERE).value == {"200": "a", "true": "b"}


def test_each_value_knows_its_line_and_an_unknown_one_that_of_the_nearest_around_it() -> None:
    document = yaml12.parse("a:\n  b:\n    - x\n    - y: 1\n", HERE)
    assert document.line(("a", "b", 1, "y")) == 4
    assert document.line(("a", "b", 1, "z")) == 4
    assert document.line(("q",)) == 1


def test_an_alias_stands_for_what_its_anchor_holds() -> None:
    assert yaml12.parse("a: &x [1]\nb: *x", HERE).value == {"a": [1], "b": [1]}


BOMB = "\n".join(
    ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
)


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("a: 1\nb: 2\na: 3", 3, "duplicate-key"),
        ("a: 1\nb: [", 3, "yaml"),
        ("a: 1\nb: *x", 2, "alias"),
        ("a: &a [*a]", 1, "alias"),
        ("a: !!python/object:os.system x", 1, "tag"),
        ("? [1]\n: 2", 1, "key"),
        ("a: 1\n---\nb: 2", 2, "documents"),
        ("a: 1\nb: \x01", 2, "yaml"),
        ("[" * 10_000, 1, "depth"),
        ("a: 1\nb: 1e999", 2, "number"),
        (f"a: {'9' * 5000}", 1, "number"),
        (BOMB, 7, "bomb"),
    ],
)
def test_what_json_cannot_hold_is_refused_with_its_line(text: str, line: int, code: str) -> None:
    with pytest.raises(Failure) as caught:
        yaml12.parse(text, HERE)
    (found,) = caught.value.diagnostics
    assert (found.line, found.code) == (line, code)
    assert found.remedy


def test_a_file_that_is_not_utf_8_is_refused_with_the_line_of_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(Failure) as caught:
        yaml12.load(path)
    assert (caught.value.diagnostics[0].line, caught.value.diagnostics[0].code) == (2, "encoding")


def test_a_missing_file_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="No such file"):
        yaml12.load(tmp_path / "none.yaml")
