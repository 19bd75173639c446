"""Pages in the explorer's layouts, each with the rows that it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from specledger import yaml12
from specledger.documents import page as pages
from specledger.documents import read, zstack, zstack_sheet
from specledger.documents.reading import Fact, Page, Reading, Unreadable
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_rows

PAGES = Path(__file__).parent / "pages"
REAL = ("zstack-update-model-service", "zstack-update-model")
STORED = sorted(path for path in PAGES.iterdir() if path.suffix != ".yaml")


def opened(path: Path) -> Page:
    return pages.decode(path.name, path.read_bytes())


def row(fact: Fact) -> JsonObject:
    """Returns a fact as the expected files have it: whether there is a digest, not which."""
    claims: JsonObject = {key: value for key, value in fact.row().items() if key != "also"}
    if "digest" in claims:
        claims["digest"] = True
    return claims


def by_place(reading: Reading) -> dict[str, JsonObject]:
    return {fact.at: dict(fact.keywords) for operation in reading.operations for fact in operation.facts}


def unread(page: Page, reading: Reading) -> list[str]:
    ranges = [(first, last) for first, last, _ in reading.furniture]
    for operation in reading.operations:
        for fact in operation.facts:
            ranges += [fact.lines, *fact.also]
    numbers = {number for first, last in ranges for number in range(first, last + 1)}
    return [text for number, text in enumerate(page.lines, 1) if text.strip() and number not in numbers]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.name)
def test_a_page_says_these_rows(path: Path) -> None:
    expected = yaml12.load(PAGES / f"{path.name}.yaml").value
    found: list[Json] = [
        {
            "operation": f"{operation.method} {operation.path}",
            "title": operation.title,
            "facts": [row(fact) for fact in operation.facts],
        }
        for operation in read(opened(path)).operations
    ]
    assert found == as_list(expected)


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.name)
def test_every_line_is_a_row_s_or_furniture(path: Path) -> None:
    page = opened(path)
    assert unread(page, read(page)) == []


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.name)
def test_every_parameter_and_body_field_says_whether_it_is_required(path: Path) -> None:
    rows = by_place(read(opened(path)))
    assert [
        at for at in rows if at.startswith("request.") and at != "request.body" and "required" not in rows[at]
    ] == []


def test_two_forms_of_one_page_say_the_same() -> None:
    forms = [by_place(read(opened(PAGES / f"update-shelf.{suffix}"))) for suffix in ("md", "html")]
    assert forms[0] == forms[1]


def test_a_title_loses_the_method_that_is_glued_to_it() -> None:
    (operation,) = read(opened(PAGES / "count-books.txt")).operations
    assert operation.title == "CountBooks"


def test_a_query_string_is_no_part_of_the_path() -> None:
    (operation,) = read(opened(PAGES / "remove-shelf-flat.txt")).operations
    assert (operation.method, operation.path) == ("DELETE", "/library/v1/shelves/{uuid}")


def test_endpoints_of_one_page_are_operations_of_their_own() -> None:
    operations = read(opened(PAGES / "two-endpoints.txt")).operations
    assert [operation.path for operation in operations] == ["/library/v1/shelves", "/library/v1/shelves/{uuid}"]
    assert [any(fact.at == "request.path.uuid" for fact in operation.facts) for operation in operations] == [
        False,
        True,
    ]


def test_an_operation_without_an_endpoint_section_is_read_from_its_sample() -> None:
    before, _, after = (PAGES / "move-shelf-flat.txt").read_text().partition("Endpoint\n")
    cut = before + "Request Example\n" + after.partition("Request Example\n")[2]
    (operation,) = zstack.read(Page("page.txt", cut)).operations
    assert (operation.method, operation.path) == ("PUT", "/library/v1/shelves/{uuid}/actions")


def test_a_sample_that_contradicts_the_list_is_a_row_of_its_own() -> None:
    text = (PAGES / "create-shelf.txt").read_text().replace('"depth": 1', '"depth": true')
    (operation,) = zstack.read(Page("page.txt", text)).operations
    rows = [fact for fact in operation.facts if fact.at == "request.body.params.depth"]
    assert [fact.keywords["type"] for fact in rows] == ["integer", "boolean"]
    assert rows[1].keywords["from"] == "sample"


def test_a_changed_sentence_is_another_digest() -> None:
    text = (PAGES / "create-shelf.txt").read_text()
    changed = text.replace("Unit: mm.", "Unit: cm.")
    digests = [by_place(zstack.read(Page("page.txt", each)))["request.body.params.depth"] for each in (text, changed)]
    assert digests[0] != digests[1]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("202 Accepted", "202"),
        ("404 - Not Found", "404"),
        ("Status: 200", "200"),
        ("200 成功", "200"),
        ("404 没有找到", "404"),
        ("100 boards", ""),
        ("500GB", ""),
        ("2000", ""),
    ],
)
def test_a_line_that_names_a_status_says_nothing_else(line: str, named: str) -> None:
    assert zstack_sheet.status(line) == named


def test_an_address_without_scheme_or_host_names_the_path() -> None:
    before, _, after = (PAGES / "move-shelf-flat.txt").read_text().partition("Endpoint\n")
    cut = before + "Request Example\n" + after.partition("Request Example\n")[2]
    for host in ("{host}", "localhost:8080", ""):
        (operation,) = zstack.read(Page("page.txt", cut.replace("http://{host}", host))).operations
        assert (operation.method, operation.path) == ("PUT", "/library/v1/shelves/{uuid}/actions")


def test_a_page_without_method_and_path_is_refused() -> None:
    with pytest.raises(Unreadable, match="names no method and path"):
        zstack.read(Page("page.txt", "Try It Out\nBody Fields\nnameString\nResponses\n"))


def test_a_copy_that_has_lost_the_names_is_refused() -> None:
    text = (PAGES / "create-shelf.txt").read_text()
    for name in ("params", "name", "wood", "depth", "owners", "policy", "limits", "kind", "most", "systemTags", "uuid"):
        text = text.replace(f"• {name}", "• ")
    with pytest.raises(Unreadable, match="lost the names"):
        zstack.read(Page("page.txt", text))


@pytest.mark.parametrize("name", REAL)
def test_the_real_page_agrees_with_the_facts_read_by_hand(root: Path, name: str) -> None:
    document = root.parent / "shared" / "documents" / f"{name}.txt"
    if not document.is_file():
        pytest.skip("the copies of the pages are not here")
    page = opened(document)
    reading = read(page)
    by_hand = as_rows(as_object(yaml12.load(root / "specs" / "zstack_ai" / "facts" / f"{name}.yaml").value)["facts"])
    ours = {str(claims["at"]): claims for claims in by_hand}
    theirs = {fact.at: fact.row() for operation in reading.operations for fact in operation.facts}
    assert theirs.keys() == ours.keys()
    for at, claims in ours.items():
        # A note is in our words; that success: false is a failure is a reader's own thought.
        told = {key: value for key, value in claims.items() if key not in ("note", "fails")}
        assert {key: value for key, value in theirs[at].items() if key in told} == told
    assert unread(page, reading) == []
