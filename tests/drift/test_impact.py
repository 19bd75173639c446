"""What a change of a page means for a caller's code, and what of it is one change and not two."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specledger import ledger
from specledger.drift import accept, compare, report
from specledger.drift.compare import Change
from specledger.yaml12 import JsonObject

from .conftest import PAGE, SPEC, Save

NAME = 'request.body.name {"type": "string", "required": true, "maxLength": 64}'
WATTS = 'request.body.watts {"type": "integer", "required": false, "minimum": 1}'
ANSWER = 'response.success.body.colour {"type": "string", "enum": ["RED", "BLUE"]}'


def _changes(page: Save, specs: Path, old: str, new: str, base: str = PAGE) -> tuple[Change, ...]:
    """Accepts the page with `old` in it, and returns what changed where it says `new`."""
    accept.accept(compare.drift(str(page((WATTS, old), text=base)), specs))
    (one,) = compare.drift(str(page((WATTS, new), text=base)), specs).operations
    return one.changes


def _levels(changes: tuple[Change, ...]) -> list[tuple[str, str]]:
    return [(change.difference.at, change.level) for change in changes]


@pytest.mark.parametrize(
    ("words", "forth", "back"),
    [
        ('"unique": true', "major", "minor"),
        ('"readOnly": true', "major", "minor"),
        ('"deprecated": true', "minor", "patch"),
        ('"format": "int64"', "patch", "patch"),
        ('"format": "int32"', "major", "minor"),
        ('"minLength": 0', "patch", "patch"),
    ],
)
def test_a_keyword_that_comes_or_goes_is_judged_by_the_calls_that_worked(
    page: Save, specs: Path, words: str, forth: str, back: str
) -> None:
    said = WATTS.replace("1}", f"1, {words}}}")
    assert _levels(_changes(page, specs, WATTS, said)) == [("request.body.watts", forth)]
    assert _levels(_changes(page, specs, said, WATTS)) == [("request.body.watts", back)]


def test_an_answer_whose_field_is_deprecated_breaks_nobody(page: Save, specs: Path) -> None:
    accept.accept(compare.drift(str(page()), specs))
    drift = compare.drift(str(page((ANSWER, ANSWER.replace("]}", '], "deprecated": true}')))), specs)
    assert drift.level == "minor"


def test_a_required_field_of_a_new_optional_list_breaks_nobody(page: Save, specs: Path) -> None:
    fresh = (
        f'{WATTS}\nrequest.body.shades {{"type": "array", "items": "object", "required": false}}'
        '\nrequest.body.shades[].size {"type": "integer", "required": true}'
        '\nrequest.body.shades[].size {"when": {"kind": {"const": "A"}}, "minimum": 3}'
    )
    assert {level for _, level in _levels(_changes(page, specs, WATTS, fresh))} == {"minor"}
    gone = _changes(page, specs, fresh, WATTS)
    assert _levels(gone)[0] == ("request.body.shades", "major")
    assert {level for _, level in _levels(gone)[1:]} == {"minor"}


def test_a_required_field_of_a_body_that_is_new_must_be_carried(page: Save, specs: Path) -> None:
    bare = "\n".join(line for line in PAGE.splitlines() if not line.startswith("request.body")) + "\n"
    accept.accept(compare.drift(str(page(text=bare)), specs))
    (one,) = compare.drift(str(page()), specs).operations
    assert ("request.body.name", "major") in _levels(one.changes)


def test_a_refusal_that_comes_or_goes_breaks_nobody_and_one_that_moves_does(page: Save, specs: Path) -> None:
    first = f'{WATTS}\nresponse.400 {{}}\nresponse.400.body {{"type": "object"}}'
    assert {level for _, level in _levels(_changes(page, specs, WATTS, first))} == {"minor"}
    assert {level for _, level in _levels(_changes(page, specs, first, WATTS))} == {"minor"}
    for status in ("422", "500"):
        (moved,) = _changes(page, specs, first, first.replace("400", status))
        assert (moved.difference.at, moved.level) == (f"response.{status}", "major")
        assert (moved.difference.before, moved.difference.after) == ({"status": "400"}, {"status": status})


def test_another_refusal_without_a_body_is_no_move(page: Save, specs: Path) -> None:
    changes = _changes(page, specs, f"{WATTS}\nresponse.403 {{}}", f"{WATTS}\nresponse.409 {{}}")
    assert [(change.difference.kind, change.level) for change in changes] == [("added", "minor"), ("removed", "minor")]


@pytest.mark.parametrize(("status", "level"), [("200", "patch"), ("202", "minor")])
def test_a_page_that_names_its_success_has_one_change_and_its_rows_keep_their_notes(
    page: Save, specs: Path, status: str, level: str
) -> None:
    accept.accept(compare.drift(str(page()), specs))
    path = page(("response.success", f"response.{status}"))
    drift = compare.drift(str(path), specs)
    ((change,),) = (one.changes for one in drift.operations)
    assert (change.difference.kind, change.level) == ("changed", level)
    assert SPEC.splitlines()[change.edits[0].line - 1] == '        "200":'
    (accepted,) = accept.accept(drift)
    assert any("the ruling 'success-is-200' speaks of response.success" in again for again in accepted.again)
    rows = {str(row.at): row.keywords for row in ledger.load(specs / "lamps").facts[0].rows}
    assert rows[f"response.{status}"]["note"] == "The lamp after the update."
    assert f"response.{status}.body.colour" in rows
    assert not any(at.startswith("response.success") for at in rows)
    assert not compare.drift(str(path), specs).drifted


def test_two_new_statuses_are_no_move(page: Save, specs: Path) -> None:
    accept.accept(compare.drift(str(page()), specs))
    both = PAGE.replace("response.success", "response.200") + "response.202 {}\n"
    assert compare.drift(str(page(text=both)), specs).level == "major"


def test_a_sample_that_begins_to_say_otherwise_is_a_row_beside_the_pages_own(page: Save, specs: Path) -> None:
    text = WATTS.replace("integer", "string")
    sample = f'{text}\nrequest.body.watts {{"from": "sample", "type": "integer"}}'
    changes = _changes(page, specs, WATTS, sample)
    assert [(change.difference.kind, change.level, change.difference.after) for change in changes] == [
        ("changed", "major", {"type": "string"}),
        ("added", "patch", {"from": "sample", "type": "integer"}),
    ]
    (accepted,) = accept.accept(compare.drift(str(page((WATTS, sample))), specs))
    assert accepted.again == ()
    assert [row["type"] for row in _watts(specs)] == ["string", "integer"]
    (gone,) = _changes(page, specs, sample, text)
    assert (gone.difference.kind, gone.level) == ("removed", "patch")
    accept.accept(compare.drift(str(page((WATTS, text))), specs))
    assert [row["type"] for row in _watts(specs)] == ["string"]


def _watts(specs: Path) -> list[JsonObject]:
    rows = ledger.load(specs / "lamps").facts[0].rows
    return [row.keywords for row in rows if str(row.at) == "request.body.watts"]


def test_a_field_of_which_the_page_says_the_same_under_another_name_is_told_with_its_old_one(
    page: Save, specs: Path
) -> None:
    told = WATTS.replace("1}", '1, "digest": "' + "a" * 64 + '"}')
    added, removed = _changes(page, specs, told, told.replace("watts", "power"))
    assert (added.renamed, removed.renamed) == ("request.body.watts", "")
    drift = compare.drift(str(page((WATTS, told.replace("watts", "power")))), specs)
    assert "the page says the same of it as it said of request.body.watts" in report.text(drift)
    assert json.loads(report.as_json(drift))["changes"][0]["renamed"] == "request.body.watts"
    assert "as it said of `request.body.watts`" in report.markdown(drift)
    other = _changes(page, specs, told, told.replace("watts", "power").replace("a" * 64, "b" * 64))
    assert [change.renamed for change in other] == ["", ""]


def test_words_that_no_keyword_says_are_left_to_a_reader(page: Save, specs: Path) -> None:
    first, second = (WATTS.replace("1}", '1, "digest": "' + letter * 64 + '"}') for letter in "ab")
    (change,) = _changes(page, specs, first, second)
    assert (change.level, change.why) == ("patch", "a sentence that no keyword says changed; read what it means")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("request.header.X-Key", "    key: {type: apiKey, in: header, name: X-Key}"),
        ("request.header.Content-Type", "          application/json:"),
    ],
)
def test_a_header_that_the_spec_says_elsewhere_is_found_there(page: Save, specs: Path, row: str, line: str) -> None:
    words = '{"type": "string", "credential": true}' if row.endswith("Key") else '{"const": "application/json"}'
    (change,) = _changes(page, specs, f"{WATTS}\n{row} {words}", WATTS)
    assert (change.difference.kind, change.difference.at) == ("removed", row)
    assert SPEC.splitlines()[change.edits[0].line - 1] == line


def test_a_field_that_a_condition_asks_for_is_found_at_its_own_line(page: Save, specs: Path) -> None:
    file = specs / "lamps" / "openapi.yaml"
    rule = "      if: {properties: {colour: {const: RED}}, required: [colour]}\n      then: {required: [watts]}\n"
    file.write_text(
        SPEC.replace("    LampUpdate:\n      type: object\n", f"    LampUpdate:\n{rule}      type: object\n")
    )
    (change,) = _changes(page, specs, WATTS, "")
    assert file.read_text().splitlines()[change.edits[0].line - 1] == "        watts:"


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("request.header.X-Trace", "      parameters:"),
        ("request.query.force", "      parameters:"),
        ("response.409", "      responses:"),
        ("response.409.body.reason", "      responses:"),
        ("operation", "    patch:"),
    ],
)
def test_what_the_spec_does_not_have_at_all_is_found_where_it_goes(
    page: Save, specs: Path, row: str, line: str
) -> None:
    words = '{"digest": "' + "a" * 64 + '"}'
    (change,) = _changes(page, specs, WATTS, f"{WATTS}\n{row} {words}")
    assert SPEC.splitlines()[change.edits[0].line - 1] == line


RULED = """\
  - id: the-figure
    reason: We know it.
    source: our reading
    rows:
      - at: request.body.*
        note: its bounds
"""


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        (NAME.replace(', "maxLength": 64', ""), NAME, "patch"),
        (NAME.replace("64", "65"), NAME, "patch"),
        (NAME, NAME.replace("64", "63"), "major"),
        (NAME, NAME.replace(', "maxLength": 64', ""), "minor"),
        (f'{NAME[:-1]}, "minimum": 2}}', NAME, "patch"),
        (f'{NAME[:-1]}, "unique": true}}', NAME, "minor"),
        (f'{NAME}\nrequest.body.name {{"when": {{"colour": {{"const": "RED"}}}}, "minimum": 2}}', NAME, "patch"),
    ],
)
def test_what_a_ruling_has_in_the_spec_already_changes_no_client(
    page: Save, specs: Path, old: str, new: str, level: str
) -> None:
    rulings = specs / "lamps" / "rulings.yaml"
    accept.accept(compare.drift(str(page((NAME, old))), specs))
    (before,) = compare.drift(str(page((NAME, new))), specs).operations
    rulings.write_text(rulings.read_text() + RULED)
    (one,) = compare.drift(str(page((NAME, new))), specs).operations
    assert [change.level for change in one.changes] == [level]
    assert level != "patch" or [change.level for change in before.changes] in (["minor"], ["major"])


def test_a_field_that_a_ruling_has_in_the_spec_already_is_no_news_and_another_is(page: Save, specs: Path) -> None:
    rulings = specs / "lamps" / "rulings.yaml"
    rulings.write_text(rulings.read_text() + RULED)
    lux = WATTS.replace("watts", "lux")
    assert [level for _, level in _levels(_changes(page, specs, "", WATTS))] == ["patch"]
    assert [level for _, level in _levels(_changes(page, specs, WATTS, ""))] == ["major"]
    assert [level for _, level in _levels(_changes(page, specs, "", lux))] == ["minor"]
    assert [level for _, level in _levels(_changes(page, specs, lux, ""))] == ["patch"]
