"""Pages of our own wording in the layouts of the Huawei help centre, read and compared row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from specledger import yaml12
from specledger.documents import huawei, page
from specledger.documents.reading import Fact, Operation, Page, Reading, Unreadable
from specledger.yaml12 import Json, JsonObject, as_list, as_object

PAGES = Path(__file__).parent / "pages"
NAMES = sorted(path.name for path in PAGES.iterdir() if path.suffix != ".yaml")
STORED = Path(__file__).parents[4] / "shared" / "documents" / "huawei-maas-edit-endpoint.txt"
GOLD = Path(__file__).parents[3] / "specs" / "huawei_maas" / "facts" / "huawei-maas-edit-endpoint.yaml"


def loaded(path: Path) -> Page:
    return page.decode(path.name, path.read_bytes())


def read(text: str, name: str = "page.txt") -> Reading:
    return huawei.read(page.decode(name, text.encode()))


def rows(operation: Operation) -> list[JsonObject]:
    return [
        {"at": fact.at, **{key: value for key, value in fact.keywords.items() if key != "digest"}}
        for fact in operation.facts
    ]


def by_place(reading: Reading) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for fact in reading.operations[0].facts:
        found.setdefault(fact.at, fact)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_read_as_written_down_beside_it(name: str) -> None:
    expected = as_object(yaml12.load(PAGES / f"{name}.yaml").value)
    reading = huawei.read(loaded(PAGES / name))
    assert reading.edition == expected["edition"]
    wanted = [expected, *map(as_object, as_list(expected.get("then", [])))]
    assert [f"{one.method} {one.path}" for one in reading.operations] == [one["operation"] for one in wanted]
    for operation, one in zip(reading.operations, wanted, strict=True):
        assert operation.title == one["title"]
        assert sorted(rows(operation), key=str) == sorted(as_list(one["facts"]), key=str)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_names_lines_that_hold_its_field(name: str) -> None:
    source = loaded(PAGES / name)
    for fact in (fact for operation in huawei.read(source).operations for fact in operation.facts):
        leaf = fact.at.rpartition(".")[2].strip("[]{}")
        if leaf in ("operation", "body", "success") or fact.at.count(".") < 2:
            continue
        text = "\n".join(source.lines[fact.lines[0] - 1 : fact.lines[1]]).replace("\\", "")
        assert leaf in text, fact


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_in_a_row_or_is_furniture(name: str) -> None:
    source = loaded(PAGES / name)
    reading = huawei.read(source)
    facts = [fact for operation in reading.operations for fact in operation.facts]
    ranges = [pair for fact in facts for pair in (fact.lines, *fact.also)]
    ranges += [(first, last) for first, last, _ in reading.furniture]
    read_lines = {number for first, last in ranges for number in range(first, last + 1)}
    unread = [line for number, line in enumerate(source.lines, 1) if line.strip() and number not in read_lines]
    assert unread == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_of_this_family_is_recognised(name: str) -> None:
    assert huawei.recognises(loaded(PAGES / name)) >= 0.4


@pytest.mark.skipif(not STORED.is_file(), reason="the copied page is not at hand")
def test_the_copied_page_is_read_as_it_was_by_hand() -> None:
    gold: dict[str, JsonObject] = {}
    for row in as_list(as_object(yaml12.load(GOLD).value)["facts"]):
        found = as_object(row)
        by_hand = not {"rule", "immutable"} & set(found) and found["at"] not in ("server",)
        if by_hand and "when" not in found:
            gold.setdefault(str(found["at"]), found)
    mine = by_place(huawei.read(loaded(STORED)))
    assert set(mine) == set(gold)
    for at, row in gold.items():
        told: dict[str, Json] = dict(mine[at].keywords)
        # A note and a limit that lies outside the page are the reader's own words; a sample's row may be a table's too.
        for key in set(row) - {"at", "lines", "also", "note", "limit", "refuses", "from"}:
            assert told.get(key) == row[key], (at, key)
        if at.startswith(("request.path", "request.header", "request.body.")):
            assert list(mine[at].lines) == row["lines"], at


@pytest.mark.skipif(not STORED.is_file(), reason="the copied page is not at hand")
def test_a_field_that_another_makes_mandatory_is_a_row_with_its_condition() -> None:
    facts = huawei.read(loaded(STORED)).operations[0].facts
    conditional = [fact for fact in facts if "when" in fact.keywords]
    assert [(fact.at, fact.keywords) for fact in conditional] == [
        ("request.body.agreement_id", {"when": {"moderation": {"const": False}}, "required": True})
    ]


def test_a_page_without_a_method_and_path_is_refused_with_what_to_do() -> None:
    with pytest.raises(Unreadable, match="no line says a method and a path") as refused:
        read("Changing a Buoy\n\nTable 1 Path parameters\n\nParameter\n\nType\n\nDescription\n\nid\n\nString\n\nIt.\n")
    assert "URI" in refused.value.remedy


def test_a_page_that_only_names_its_path_is_refused() -> None:
    with pytest.raises(Unreadable, match="no table of parameters"):
        read("Changing a Buoy\n\nURI\n\nPUT /v1/buoys\n")


def test_changed_words_that_no_keyword_says_change_the_digest() -> None:
    text = (PAGES / "grid.rst").read_text(encoding="utf-8")
    before = by_place(read(text, "a.rst"))["request.body.buoy.colour"].keywords
    changed = text.replace("The colour of its top.  ", "The colour of its mast. ")
    after = by_place(read(changed, "a.rst"))["request.body.buoy.colour"].keywords
    assert before["digest"] != after["digest"]
    assert {**before, "digest": ""} == {**after, "digest": ""}


def many(count: int) -> str:
    rows_of = "".join(f"| field_{n} | No | String | Its {n} to {n + 9} characters. |\n" for n in range(count))
    head = "| Parameter | Mandatory | Type | Description |\n|---|---|---|---|\n"
    return f"# Many\n\n## URI\n\nPOST /v1/many\n\n**Table 1** Request body parameters\n\n{head}{rows_of}"


def test_ten_thousand_fields_are_read() -> None:
    facts = by_place(read(many(10_000), "many.md"))
    assert facts["request.body.field_9999"].keywords["maxLength"] == 10_008
    assert len(facts) == 10_002


def test_tables_that_refer_to_each_other_without_end_are_refused() -> None:
    head = "| Parameter | Type |\n|---|---|\n"
    tables = "".join(
        f"**Table {n}** T{n}\n\n{head}" + "".join(f"| f{m} | T{n + 1} object |\n" for m in range(20)) + "\n"
        for n in range(2, 12)
    )
    first = f"**Table 1** Request body parameters\n\n{head}| a | T2 object |\n\n"
    with pytest.raises(Unreadable, match="more than 100000 fields"):
        read(f"# Deep\n\n## URI\n\nPOST /v1/deep\n\n{first}{tables}", "deep.md")
