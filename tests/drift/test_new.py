"""A new API from a page: a folder from which `check` is the list of what is still to be transcribed."""

from __future__ import annotations

from pathlib import Path

import pytest

from specledger import check, formats, ledger, spec, yaml12
from specledger.diagnostics import Failure
from specledger.drift import compare, draft, scaffold, source

from .conftest import PAGE, Save


def test_check_of_a_new_api_lists_each_fact_that_the_spec_does_not_say(page: Save, tmp_path: Path) -> None:
    path = page()
    folder = scaffold.new("bulbs", str(path), tmp_path / "apis", "https://bulbs.example/docs")
    api = spec.load(folder)
    assert [operation.label for operation in api.operations] == ["PATCH /lamps/{lamp_id}"]
    assert api.address == "https://bulbs.example/docs"
    (checked,) = check.check(tmp_path / "apis")
    missing = [found.at for found in checked.diagnostics if found.code == "fact-missing"]
    (facts,) = ledger.load(folder).facts
    assert sorted(missing) == sorted(
        str(row.at).replace("success", "200") for row in facts.rows if str(row.at) != "operation"
    )
    assert all(found.line for found in checked.diagnostics)
    assert not compare.drift(str(path), tmp_path / "apis").drifted


def test_a_page_of_two_operations_gives_two_facts_files_and_one_spec(page: Save, tmp_path: Path) -> None:
    text = PAGE + PAGE.replace("PATCH", "DELETE")
    folder = scaffold.new("bulbs", str(page(text=text)), tmp_path / "apis")
    assert sorted(path.name for path in (folder / "facts").iterdir()) == ["lamp.yaml", "lamp_2.yaml"]
    assert [one.id for one in spec.load(folder).operations] == ["updateALamp", "updateALamp_2"]
    assert not compare.drift(str(page(text=text)), tmp_path / "apis").drifted


@pytest.mark.parametrize("name", ["Bulbs", "1bulb", "bulb-s", "class", "mock_server", "../bulbs", ""])
def test_a_name_that_no_package_can_have_is_refused(page: Save, tmp_path: Path, name: str) -> None:
    with pytest.raises(Failure, match="cannot name a Python package") as raised:
        scaffold.new(name, str(page()), tmp_path / "apis")
    assert raised.value.exit_code == 2
    assert not (tmp_path / "apis").exists()


def test_a_page_without_a_method_is_drafted_and_cannot_start_a_spec(page: Save, tmp_path: Path) -> None:
    path = page(("PATCH /lamps/{lamp_id}", "NOTHING"))
    found = source.load(str(path))
    drafted = draft.text(found, source.read(found), "")
    assert "operation: METHOD /path\n" in drafted
    assert formats.validate(yaml12.parse(drafted, path), "facts") == []
    with pytest.raises(Failure, match="names no method and path"):
        scaffold.new("bulbs", str(path), tmp_path / "apis")
    assert not (tmp_path / "apis").exists()


def test_a_folder_that_exists_is_refused_and_stays(page: Save, specs: Path) -> None:
    before = {path: path.read_bytes() for path in specs.rglob("*.yaml")}
    with pytest.raises(Failure, match="the folder is there already") as raised:
        scaffold.new("lamps", str(page()), specs)
    assert raised.value.exit_code == 2
    assert {path: path.read_bytes() for path in specs.rglob("*.yaml")} == before


def test_a_page_that_cannot_be_read_leaves_nothing_behind(page: Save, tmp_path: Path) -> None:
    with pytest.raises(Failure):
        scaffold.new("bulbs", str(page(text="= x\nnothing here\n")), tmp_path / "apis")
    assert not (tmp_path / "apis").exists()


def test_a_folder_that_cannot_be_made_is_one_message(page: Save, tmp_path: Path) -> None:
    (tmp_path / "apis").write_text("a file")
    with pytest.raises(Failure, match="cannot write here"):
        scaffold.new("bulbs", str(page()), tmp_path / "apis")


def test_hostile_words_of_a_page_stay_words(page: Save, tmp_path: Path) -> None:
    title = '"]: {x: *y}\t# <!-- `'
    path = page(("= Update a lamp", f"= {title}"), ("/lamps/{lamp_id}", '/la"mps: #/{lamp_id}'))
    folder = scaffold.new("bulbs", str(path), tmp_path / "apis")
    document = yaml12.load(folder / "openapi.yaml")
    assert yaml12.descend(document.value, ("info", "title")) == " ".join(title.split())
    assert spec.load(folder).operations[0].path == '/la"mps: #/{lamp_id}'
