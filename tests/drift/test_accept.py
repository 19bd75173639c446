"""A drift taken over: the facts say what the page says, and what a person wrote stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from specledger import check, ledger, yaml12
from specledger.diagnostics import Failure
from specledger.drift import accept, compare, notation
from specledger.drift.rewrite import rewrite
from specledger.yaml12 import Json, JsonObject, as_object

from .conftest import FACTS, PAGE, SPEC, Save

NAME = 'request.body.name {"type": "string", "required": true, "maxLength": 64}'
COLOUR = 'request.body.colour {"type": "string", "required": false, "enum": ["RED", "BLUE"]}'
WATTS = 'request.body.watts {"type": "integer", "required": false, "minimum": 1}'


def _rows(specs: Path) -> dict[str, JsonObject]:
    (facts,) = ledger.load(specs / "lamps").facts
    return {str(row.at): row.keywords for row in facts.rows}


def _text(specs: Path) -> str:
    return (specs / "lamps" / "facts" / "lamp.yaml").read_text()


def _without_draft(text: str) -> str:
    return text.partition("drafted:\n")[0]


def test_accepting_moved_lines_changes_nothing_but_lines_and_digest(page: Save, specs: Path) -> None:
    path = page(("request.path", "\nrequest.path"))
    (accepted,) = accept.accept(compare.drift(str(path), specs))
    assert accepted.written
    assert accepted.again == ()
    expected = FACTS.replace("lines: 11", "lines: 12")
    for number in range(11, 2, -1):
        expected = expected.replace(f"[{number}, {number}]", f"[{number + 1}, {number + 1}]")
    found = _without_draft(_text(specs))
    digest = yaml12.descend(yaml12.parse(found, path).value, ("page", "sha256"))
    assert found.replace(f'"{digest}"', "0" * 64) == expected


def test_a_changed_row_keeps_its_style_its_comments_and_what_a_person_added(page: Save, specs: Path) -> None:
    path = page((NAME, NAME.replace("64", "32")), (COLOUR, COLOUR.replace('"BLUE"', '"BLUE", "GREEN"')))
    accept.accept(compare.drift(str(path), specs))
    text = _text(specs)
    assert "  # The name is what people call the lamp.\n  - at: request.body.name\n" in text
    assert "    pattern: ^[a-z]+$  # from the prose\n    maxLength: 32\n    unique: true\n" in text
    assert _rows(specs)["request.body.colour"]["enum"] == ["RED", "BLUE", "GREEN"]
    assert _rows(specs)["request.body"]["effect"] == "merge"
    assert not compare.drift(str(path), specs).drifted
    assert [found.code for one in check.check(specs) for found in one.diagnostics].count("fact-unheld") > 1


def test_added_and_removed_rows_stand_where_the_page_has_them(page: Save, specs: Path) -> None:
    fresh = 'request.body.shade {"type": "string", "required": false}'
    path = page((COLOUR, f"{COLOUR}\n{fresh}"), (WATTS + "\n", ""))
    accept.accept(compare.drift(str(path), specs))
    places = list(_rows(specs))
    assert places[places.index("request.body.colour") + 1] == "request.body.shade"
    assert "request.body.watts" not in places
    assert _rows(specs)["response.success"]["lines"] == [8, 8]
    assert not compare.drift(str(path), specs).drifted


def test_a_keyword_that_a_person_read_otherwise_stays_and_is_listed(page: Save, specs: Path) -> None:
    accept.accept(compare.drift(str(page()), specs))
    file = specs / "lamps" / "facts" / "lamp.yaml"
    file.write_text(_text(specs).replace("maxLength: 64\n    unique", "maxLength: 63\n    unique"))
    assert not compare.drift(str(page(("maxLength", "maxLength"))), specs).drifted
    path = page((NAME, NAME.replace("64", "128")))
    (accepted,) = accept.accept(compare.drift(str(path), specs))
    assert accepted.again == ("request.body.name: maxLength was written by hand and stays; the page says 128",)
    assert _rows(specs)["request.body.name"]["maxLength"] == 63
    assert not compare.drift(str(path), specs).drifted


def test_hand_made_rows_of_other_places_stay_and_those_of_a_gone_place_are_listed(page: Save, specs: Path) -> None:
    file = specs / "lamps" / "facts" / "lamp.yaml"
    by_hand = (
        "  - at: request.body.watts\n    when: { colour: { enum: [RED] } }\n    required: true\n    lines: [7, 7]\n"
        "  - at: resource.lamps.created\n    immutable: true\n    lines: [7, 7]\n"
    )
    accept.accept(compare.drift(str(page()), specs))
    file.write_text(_text(specs).replace("  - at: response.success\n", by_hand + "  - at: response.success\n"))
    (accepted,) = accept.accept(compare.drift(str(page((WATTS + "\n", ""))), specs))
    assert accepted.again == ("the hand-made row request.body.watts went with request.body.watts",)
    assert _rows(specs)["resource.lamps.created"]["immutable"] is True


def test_rulings_that_speak_of_what_changed_are_listed(page: Save, specs: Path) -> None:
    drift = compare.drift(str(page((COLOUR, COLOUR.replace("false", "true")))), specs)
    (accepted,) = accept.accept(drift)
    assert len(accepted.again) == 1
    assert "rulings.yaml:12: the ruling 'colours-are-known' speaks of request.body.colour" in accepted.again[0]


def test_the_edition_is_taken_over_and_a_second_time_writes_nothing(page: Save, specs: Path) -> None:
    path = page(text=PAGE + "edition 2026-11-02\n")
    assert [one.written for one in accept.accept(compare.drift(str(path), specs))] == [True]
    assert '  edition: "2026-11-02"\n' in _text(specs)
    before = (specs / "lamps" / "facts" / "lamp.yaml").stat().st_mtime_ns
    assert [one.written for one in accept.accept(compare.drift(str(path), specs))] == [False]
    assert (specs / "lamps" / "facts" / "lamp.yaml").stat().st_mtime_ns == before


def test_the_first_acceptance_of_the_same_edition_adds_the_draft_and_nothing_else(page: Save, specs: Path) -> None:
    path = page()
    file = specs / "lamps" / "facts" / "lamp.yaml"
    digest = compare.drift(str(path), specs).source.sha256
    file.write_text(FACTS.replace("0" * 64, f'"{digest}"').replace("maxLength: 64", "maxLength: 60"))
    before = file.read_text()
    accept.accept(compare.drift(str(path), specs))
    assert _without_draft(_text(specs)) == before


def test_a_page_with_an_operation_that_has_no_facts_is_refused_whole(page: Save, specs: Path) -> None:
    before = _text(specs)
    both = PAGE + PAGE.replace("PATCH", "DELETE")
    with pytest.raises(Failure, match="the page describes DELETE") as raised:
        accept.accept(compare.drift(str(page(text=both)), specs))
    assert raised.value.exit_code == 2
    assert _text(specs) == before


def test_a_file_that_cannot_be_written_is_one_message_and_stays(
    page: Save, specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    before = _text(specs)
    drift = compare.drift(str(page((WATTS + "\n", ""))), specs)
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(Failure, match="cannot write here: Permission denied"):
        accept.accept(drift)
    assert _text(specs) == before
    assert list((specs / "lamps" / "facts").iterdir()) == [specs / "lamps" / "facts" / "lamp.yaml"]


def test_no_file_of_a_page_is_written_where_one_of_them_cannot_be(page: Save, specs: Path) -> None:
    facts = specs / "lamps" / "facts"
    (facts / "gone.yaml").write_text(FACTS.replace("PATCH", "DELETE").replace("Update", "Delete"))
    (specs / "lamps" / "openapi.yaml").write_text(
        SPEC.replace("components:", "    delete:\n      operationId: deleteLamp\ncomponents:", 1)
    )
    before = {path: path.read_bytes() for path in facts.iterdir()}
    text = PAGE + PAGE.replace("PATCH", "DELETE").replace("Update", "Delete")
    drift = compare.drift(str(page((WATTS + "\n", ""), text=text)), specs)
    second = drift.operations[1].known
    assert second
    elsewhere = replace(second.facts.document, path=facts / "lamp.yaml" / "gone.yaml")
    broken = replace(second, facts=replace(second.facts, document=elsewhere))
    operations = (drift.operations[0], replace(drift.operations[1], known=broken))
    with pytest.raises(Failure, match="cannot write here"):
        accept.accept(replace(drift, operations=operations))
    assert {path: path.read_bytes() for path in facts.iterdir()} == before


@pytest.mark.parametrize(
    "style",
    [
        pytest.param(lambda text: json.dumps(yaml12.parse(text, Path("x")).value, indent=1), id="json"),
        pytest.param(lambda text: text.replace("lines: [3, 3]", "lines: &a [3, 3]\n    also: [*a]"), id="alias"),
        pytest.param(lambda text: text.replace("\n  - ", "\n- ").replace("\n    ", "\n  "), id="unindented"),
        pytest.param(lambda text: text.rstrip("\n"), id="no last line end"),
        pytest.param(lambda text: "# first\n" + text + "# last\n", id="comments"),
        pytest.param(lambda text: text.replace("What is sent", ">-\n      What is\n      sent"), id="folded"),
    ],
)
def test_files_of_any_style_end_as_the_same_rows(page: Save, specs: Path, style: object) -> None:
    assert callable(style)
    file = specs / "lamps" / "facts" / "lamp.yaml"
    file.write_text(style(FACTS))
    before = _rows(specs)
    path = page((NAME, NAME.replace("64", "32")), (WATTS + "\n", ""))
    accept.accept(compare.drift(str(path), specs))
    after = _rows(specs)
    assert set(before) - set(after) == {"request.body.watts"}
    assert after["request.body.name"] == {**before["request.body.name"], "maxLength": 32}
    assert after["request.body"]["note"] == before["request.body"]["note"]


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "yes", "No", "null", "~", "1", "1.5", "0x1", "1_000", "2026-01-01", "12:30", "a: b", "a #b", "- a",
        "{a}", "[a]", "*a", "&a", "!a", "%a", "@a", "`a", "'a", '"a', "a\nb", "\t", "\x00", "\x85", "\u2028", "\ufeff",
        "😀", "é", "^[a-z]+$", "a ", "=", "<<", ".inf", "e5", "a,b", "?", ":", "-", "--- a", "... ", "\x7f", "a\\b",
        0, -1, 1.5, 1e300, 1e16, -0.0, True, False, None, [], {}, [[]], {"a b": {"no": [None, {"": 1}]}}, 10**30,
    ],
)  # fmt: skip
def test_any_value_comes_back_from_a_file_as_it_went_in(value: Json) -> None:
    document: JsonObject = {"facts": [{"at": value, "key": [value]}], "drafted": [{"at": value}], "page": {"a": value}}
    assert yaml12.parse(notation.file(document), Path("x")).value == document


def test_rewriting_finds_each_kind_of_edit() -> None:
    old_text = (
        "page:\n  a: 1 # one\n  b: [1, 2]\nfacts:\n  # x\n  - at: x\n    k: v\n    lines: [1, 1]\n"
        "  - at: y\n    lines: [2, 2]\n"
    )
    old = as_object(yaml12.parse(old_text, Path("x")).value)
    new: JsonObject = {
        "page": {"a": 2},
        "facts": [{"at": "w", "lines": [3, 3]}, {"at": "x", "z": True, "lines": [4, 5]}, {"at": "z", "lines": [6, 6]}],
    }
    assert rewrite(old_text, old, new) == (
        "page:\n  a: 2 # one\nfacts:\n  # x\n  - at: w\n    lines: [3, 3]\n  - at: x\n    z: true\n    lines: [4, 5]\n"
        "  - at: z\n    lines: [6, 6]\n"
    )
