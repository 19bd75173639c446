"""A page that changed: what changed, where the spec says it, and what it means for the client."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specledger import ledger
from specledger.diagnostics import Failure
from specledger.drift import accept, compare, report
from specledger.drift.compare import Drift
from specledger.yaml12 import JsonObject

from .conftest import FACTS, PAGE, SPEC, Save

NAME = 'request.body.name {"type": "string", "required": true, "maxLength": 64}'
COLOUR = 'request.body.colour {"type": "string", "required": false, "enum": ["RED", "BLUE"]}'
WATTS = 'request.body.watts {"type": "integer", "required": false, "minimum": 1}'
ANSWER = 'response.success.body.colour {"type": "string", "enum": ["RED", "BLUE"]}'


def _line(words: str) -> int:
    return SPEC.splitlines().index(words) + 1


def _changes(drift: Drift) -> list[JsonObject]:
    found = json.loads(report.as_json(drift))
    changes = found["changes"]
    assert isinstance(changes, list)
    return changes


def _accepted(page: Save, specs: Path) -> None:
    """Takes the page as it is over, so that the facts keep what the reader drafted."""
    accept.accept(compare.drift(str(page()), specs))


@pytest.mark.parametrize("drafted", [False, True], ids=["by hand", "drafted"])
def test_an_unchanged_page_is_no_drift_though_its_lines_moved(page: Save, specs: Path, drafted: bool) -> None:
    if drafted:
        _accepted(page, specs)
    for moved in (PAGE, "= Update a lamp\n\n\n" + PAGE.partition("\n")[2], PAGE + "a last word\n"):
        assert not compare.drift(str(page(text=moved)), specs).drifted


@pytest.mark.parametrize("drafted", [False, True], ids=["by hand", "drafted"])
@pytest.mark.parametrize(
    ("old", "new", "kind", "at", "level", "spec"),
    [
        (COLOUR, COLOUR.replace('"BLUE"', '"BLUE", "GREEN"'), "changed", "colour", "minor", "      enum: [RED, BLUE]"),
        (COLOUR, COLOUR.replace(', "BLUE"', ""), "changed", "colour", "major", "      enum: [RED, BLUE]"),
        (COLOUR, COLOUR.replace("false", "true"), "changed", "colour", "major", "        colour:"),
        (NAME, NAME.replace("true", "false"), "changed", "name", "minor", "      required: [name]"),
        (NAME, NAME.replace("64", "32"), "changed", "name", "major", "          maxLength: 64"),
        (NAME, NAME.replace("64", "128"), "changed", "name", "minor", "          maxLength: 64"),
        (NAME, NAME.replace(', "maxLength": 64', ""), "changed", "name", "minor", "          maxLength: 64"),
        (WATTS, WATTS.replace("integer", "number"), "changed", "watts", "minor", "          type: integer"),
        (WATTS, WATTS.replace("integer", "string"), "changed", "watts", "major", "          type: integer"),
        (WATTS, WATTS.replace("1}", "2}"), "changed", "watts", "major", "          minimum: 1"),
        (WATTS + "\n", "", "removed", "watts", "major", "        watts:"),
        (WATTS, WATTS + "\n" + WATTS.replace("watts", "lux"), "added", "lux", "minor", "      properties:"),
        (WATTS, WATTS + '\nrequest.body.lux {"type": "integer", "required": true}', "added", "lux", "major", ""),
        (ANSWER, ANSWER.replace('"BLUE"', '"BLUE", "GREEN"'), "changed", "colour", "minor", "      enum: [RED, BLUE]"),
        (ANSWER, ANSWER.replace("string", "integer"), "changed", "colour", "major", "      type: string"),
        (ANSWER + "\n", "", "removed", "colour", "major", "        colour:"),
        (ANSWER, ANSWER + '\nresponse.success.body.id {"type": "string"}', "added", "id", "minor", ""),
        (ANSWER, ANSWER + '\nresponse.409 {}', "added", "409", "minor", ""),
    ],
)  # fmt: skip
def test_each_change_has_its_kind_its_level_and_its_line_of_the_spec(
    page: Save, specs: Path, drafted: bool, old: str, new: str, kind: str, at: str, level: str, spec: str
) -> None:
    if drafted:
        _accepted(page, specs)
    drift = compare.drift(str(page((old, new))), specs)
    (change,) = _changes(drift)
    assert (change["kind"], str(change["at"]).rpartition(".")[2], change["level"]) == (kind, at, level)
    assert drift.level == level
    place = change["spec"]
    assert isinstance(place, dict)
    assert str(place["file"]).endswith("specs/lamps/openapi.yaml")
    if spec:
        assert SPEC.splitlines()[int(str(place["line"])) - 1] == spec


def test_several_changes_take_the_highest_level(page: Save, specs: Path) -> None:
    drift = compare.drift(str(page((NAME, NAME.replace("64", "65")), (WATTS + "\n", ""))), specs)
    assert [change["level"] for change in _changes(drift)] == ["minor", "major"]
    assert drift.level == "major"


def test_a_required_field_of_a_new_optional_object_breaks_nobody(page: Save, specs: Path) -> None:
    fresh = (
        '\nrequest.body.shade {"type": "object", "required": false}'
        '\nrequest.body.shade.size {"type": "integer", "required": true}'
    )
    drift = compare.drift(str(page((WATTS, WATTS + fresh))), specs)
    assert [change["level"] for change in _changes(drift)] == ["minor", "minor"]


def test_a_condition_that_is_new_narrows_the_request(page: Save, specs: Path) -> None:
    rule = '\nrequest.body.watts {"when": {"colour": {"enum": ["RED"]}}, "required": true}'
    _accepted(page, specs)
    (change,) = _changes(compare.drift(str(page((WATTS, WATTS + rule))), specs))
    assert (change["kind"], change["level"]) == ("added", "major")
    assert change["when"] == {"colour": {"enum": ["RED"]}}
    accept.accept(compare.drift(str(page((WATTS, WATTS + rule))), specs))
    (change,) = _changes(compare.drift(str(page()), specs))
    assert (change["kind"], change["level"]) == ("removed", "minor")


@pytest.mark.parametrize(
    ("before", "after", "level"),
    [
        (["RED"], ["RED", "GREEN"], "minor"),
        (["RED"], ["RED", "BLUE"], "major"),
        (["RED", "BLUE"], ["RED"], "minor"),
        (["RED"], ["BLUE"], "major"),
    ],
)
def test_another_condition_is_judged_by_the_calls_that_worked(
    page: Save, specs: Path, before: list[str], after: list[str], level: str
) -> None:
    def rule(values: list[str]) -> str:
        return (
            f'{WATTS}\nrequest.body.watts {{"when": {{"colour": {{"enum": {json.dumps(values)}}}}}, "required": true}}'
        )

    accept.accept(compare.drift(str(page((WATTS, rule(before)))), specs))
    path = page((WATTS, rule(after)))
    drift = compare.drift(str(path), specs)
    (change,) = _changes(drift)
    assert (change["kind"], change["at"], change["level"]) == ("changed", "request.body.watts", level)
    accept.accept(drift)
    assert not compare.drift(str(path), specs).drifted
    conditions = [row.keywords["when"] for row in ledger.load(specs / "lamps").facts[0].rows if row.when]
    assert conditions == [{"colour": {"enum": after}}]


def test_other_words_of_a_sentence_are_a_patch(page: Save, specs: Path) -> None:
    first, second = (WATTS.replace("1}", '1, "digest": "' + letter * 64 + '"}') for letter in "ab")
    accept.accept(compare.drift(str(page((WATTS, first))), specs))
    (change,) = _changes(compare.drift(str(page((WATTS, second))), specs))
    assert (change["level"], change["before"], change["after"]) == (
        "patch",
        {"digest": "a" * 64},
        {"digest": "b" * 64},
    )


@pytest.mark.parametrize("renamed", ["PUT /lamps/{lamp_id}", "PATCH /v2/lamps/{lamp_id}"])
def test_another_method_or_path_is_found_by_the_file_and_is_major(page: Save, specs: Path, renamed: str) -> None:
    drift = compare.drift(str(page(("PATCH /lamps/{lamp_id}", renamed))), specs)
    (change,) = _changes(drift)
    assert (change["kind"], change["at"], change["level"]) == ("changed", "operation", "major")
    accept.accept(drift)
    assert f'operation: "{renamed}"' in (specs / "lamps/facts/lamp.yaml").read_text()
    assert not compare.drift(str(page(("PATCH /lamps/{lamp_id}", renamed))), specs).drifted


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("lamp.md", []),
        ("other.txt", [("Update a lamp", "Some page")]),
        ("other.txt", [("PATCH /lamps/{lamp_id}", "POST /bulbs")]),
        ("other.txt", [("Update a lamp", "Some page"), ("PATCH", "PUT")]),
        ("other.txt", [("Update a lamp", "Some page"), ("/lamps/{lamp_id}", "/lamps/{id}")]),
    ],
)
def test_a_page_finds_its_facts_by_stem_title_or_operation(
    page: Save, specs: Path, name: str, changes: list[tuple[str, str]]
) -> None:
    drift = compare.drift(str(page(*changes, name=name)), specs)
    assert [one.known.facts.stem for one in drift.operations if one.known] == ["lamp"]


def test_a_page_that_nobody_knows_is_refused_unless_the_api_is_named(page: Save, specs: Path) -> None:
    other = page(("Update a lamp", "Bulbs"), ("PATCH /lamps/{lamp_id}", "POST /bulbs"), name="bulbs.txt")
    with pytest.raises(Failure, match="no facts are about this page") as raised:
        compare.drift(str(other), specs)
    assert raised.value.exit_code == 2
    assert compare.drift(str(other), specs, "lamps").level == "major"
    with pytest.raises(Failure, match="no API is called"):
        compare.drift(str(other), specs, "candles")


def test_a_title_that_two_pages_share_is_refused_with_their_names(page: Save, specs: Path) -> None:
    facts = specs / "lamps" / "facts"
    (facts / "bulb.yaml").write_text(
        FACTS.replace("PATCH /lamps/{lamp_id}", "PATCH /bulbs").replace("lamp.txt", "bulb.txt")
    )
    other = page(("PATCH /lamps/{lamp_id}", "POST /candles"), name="page.txt")
    with pytest.raises(Failure, match=r"lamps \(bulb\), lamps \(lamp\)"):
        compare.drift(str(other), specs)


def test_each_form_of_a_page_has_facts_of_its_own(page: Save, specs: Path) -> None:
    facts = specs / "lamps" / "facts"
    twin = FACTS.replace("lamp.txt", "lamp.md").replace("  family", "  twin_of: lamp\n  family")
    (facts / "lamp-twin.yaml").write_text(twin)
    for name, stem in (("lamp.txt", "lamp"), ("lamp.md", "lamp-twin"), ("copy.md", "lamp-twin"), ("copy.txt", "lamp")):
        drift = compare.drift(str(page(name=name)), specs)
        assert [one.known.facts.stem for one in drift.operations if one.known] == [stem]


def test_a_page_of_two_operations_is_held_against_both_facts(page: Save, specs: Path) -> None:
    second = PAGE.replace("PATCH", "DELETE").replace("Update", "Delete")
    facts = FACTS.replace("PATCH", "DELETE").replace("Update", "Delete")
    (specs / "lamps" / "facts" / "gone.yaml").write_text(facts)
    (specs / "lamps" / "openapi.yaml").write_text(
        SPEC.replace("components:", "    delete:\n      operationId: deleteLamp\ncomponents:", 1)
    )
    drift = compare.drift(str(page(text=PAGE + second)), specs)
    assert [one.label.partition(" ")[0] for one in drift.operations] == ["PATCH", "DELETE"]
    assert not drift.drifted


@pytest.mark.parametrize("drafted", [False, True], ids=["by hand", "drafted"])
def test_a_page_that_names_no_method_and_path_is_found_by_its_title(page: Save, specs: Path, drafted: bool) -> None:
    bare = page(("PATCH /lamps/{lamp_id}", "NOTHING"), name="other.txt")
    if drafted:
        accept.accept(compare.drift(str(bare), specs))
        assert ledger.load(specs / "lamps").facts[0].label == "PATCH /lamps/{lamp_id}"
    assert not compare.drift(str(bare), specs).drifted


def test_what_a_page_says_cannot_leave_its_cell(page: Save, specs: Path) -> None:
    hostile = json.dumps(["RED", "`| <b>@all</b>\n# x \x1b[31m"])
    drift = compare.drift(str(page((COLOUR, COLOUR.replace('["RED", "BLUE"]', hostile)))), specs)
    table = report.markdown(drift)
    (row,) = [line for line in table.splitlines() if line.startswith("| changed")]
    assert row.replace("\\|", "").count("|") == 7
    assert "\x1b" not in table
    assert "``" in row
    assert "\x1b" not in report.text(drift)
    assert report.markdown(compare.drift(str(page()), specs)).startswith("`")


def test_a_page_that_cannot_be_read_is_refused_with_its_remedy(page: Save, specs: Path, tmp_path: Path) -> None:
    for where, message in (
        (page(text="= x\nnothing here\n", name="bare.txt"), "the page holds nothing"),
        (page(text="= x\nonly prose\n", name="prose.txt"), "no operation"),
        (page(text="", name="empty.txt"), "empty"),
        (tmp_path, "it is no file"),
        (tmp_path / "missing.txt", "no such file"),
    ):
        with pytest.raises(Failure, match=message) as raised:
            compare.drift(str(where), specs)
        assert raised.value.exit_code == 2
    for name, content, message in (
        ("broken.txt", b"= x\n\xff\xfe", "is not UTF-8"),
        ("large.txt", b"x" * (6 * 1024 * 1024), "the page has 6291456 bytes, more than 5242880"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Failure, match=message) as raised:
            compare.drift(str(tmp_path / name), specs)
        assert raised.value.exit_code == 2


@pytest.mark.parametrize("at", ["request.body.[", "requests.x", 'request.body."'])
def test_a_place_that_no_facts_file_can_hold_is_refused(page: Save, specs: Path, at: str) -> None:
    with pytest.raises(Failure, match="page-unreadable") as raised:
        compare.drift(str(page((WATTS, f"{at} {{}}"))), specs)
    assert raised.value.exit_code == 2


def test_a_broken_spec_or_facts_file_is_no_drift(page: Save, specs: Path) -> None:
    path = page((NAME, NAME.replace("64", "65")))
    for name in ("openapi.yaml", "facts/lamp.yaml"):
        file = specs / "lamps" / name
        text = file.read_text()
        file.write_text("a: [")
        with pytest.raises(Failure) as raised:
            compare.drift(str(path), specs)
        assert raised.value.exit_code == 2
        file.write_text(text)
