"""Pages in Mintlify's layouts, read whole: each page of pages/ beside the rows that it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specledger.documents import mintlify, page, read
from specledger.documents.reading import Page, Reading, Unreadable

PAGES = Path(__file__).parent / "pages"
EXPECTED = sorted(PAGES.glob("*.json"))


def load(path: Path) -> Page:
    return page.decode(path.name, path.read_bytes())


def unread(source: Page, reading: Reading) -> list[int]:
    """Returns the numbers of the lines that neither a row nor the furniture accounts for."""
    seen = [(first, last) for first, last, _ in reading.furniture]
    seen += [pair for operation in reading.operations for fact in operation.facts for pair in (fact.lines, *fact.also)]
    known = {line for first, last in seen for line in range(first, last + 1)}
    return [number for number, line in enumerate(source.lines, start=1) if line.strip() and number not in known]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.stem)
def test_a_page_gives_the_rows_that_a_person_read_from_it(expected: Path) -> None:
    wanted = json.loads(expected.read_text("utf-8"))
    reading = read(load(expected.with_suffix("")))
    (operation,) = reading.operations
    assert reading.family == "mintlify"
    found = {
        "method": operation.method, "path": operation.path, "title": operation.title, "edition": reading.edition,
    }  # fmt: skip
    assert found == wanted["page"]
    rows = [
        [fact.at, list(fact.lines), {key: value for key, value in fact.keywords.items() if key != "digest"}]
        for fact in operation.facts
    ]
    assert rows == wanted["rows"]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.stem)
def test_every_line_of_a_page_is_read_or_recognised_as_furniture(expected: Path) -> None:
    source = load(expected.with_suffix(""))
    assert unread(source, read(source)) == []


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.stem)
def test_a_page_of_this_family_is_recognised(expected: Path) -> None:
    assert mintlify.recognises(load(expected.with_suffix(""))) >= 0.8


def test_a_copy_without_the_names_of_its_fields_is_refused() -> None:
    with pytest.raises(Unreadable, match="lost the names"):
        read(load(PAGES / "lost.txt"))


def test_types_and_flags_without_names_are_refused() -> None:
    text = "POST\n/\nv1\n/\ngauges\nSet a gauge\n\nBody\n\nstring\nrequired\nIts name.\ninteger\nHow high.\n"
    with pytest.raises(Unreadable, match="lost the names"):
        mintlify.read(Page("lost.txt", text))


def test_a_page_without_fields_and_without_an_operation_is_refused() -> None:
    with pytest.raises(Unreadable, match="no method and path"):
        mintlify.read(Page("guide.txt", "Skip to main content\n\nHow to begin\n\nFirst make a key.\n"))


def test_a_changed_word_of_prose_changes_the_digest_of_its_field_alone() -> None:
    source = load(PAGES / "by_hand.txt")
    changed = Page(source.name, source.text.replace("Whom to tell.", "Whom to wake."))
    before, after = (
        {fact.at: fact.keywords for fact in mintlify.read(one).operations[0].facts} for one in (source, changed)
    )
    assert {at for at in before if before[at] != after[at]} == {"request.body.notify"}
    assert before["request.body.notify"]["digest"] != after["request.body.notify"]["digest"]
