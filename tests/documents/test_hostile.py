"""Pages that mean harm, or are no pages: every family either reads them or says why not."""

from __future__ import annotations

import cProfile
import json
import random
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from specledger.documents import FAMILIES, read
from specledger.documents import page as pages
from specledger.documents.reading import Form, Page, Reading, Unreadable

HERE = Path(__file__).parent
STORED = sorted(path for path in HERE.glob("*/pages/*") if path.suffix in (".txt", ".md", ".html", ".rst"))
LAYOUTS = runpy.run_path(str(HERE.parent.parent / "benchmarks" / "pages.py"))["LAYOUTS"]
FORMS: tuple[Form, ...] = ("text", "markdown", "html", "rst")

# Things that a line, a cell or a sample may hold too many of.
PIECES = (
    *("a", " ", "\t", "- ", "|", "| - ", "[", "]", "(", "<", "{", "}", '"', "'", "\\", "`", "*", "_", "1,", "0", "^"),
    *(
        "\n",
        "2^",
        "-",
        "=",
        "+-",
        "• ",
        "：",
        "。",
        ". ",
        "A. ",
        "a: ",
        "or ",
        "/",
        "{x}/",
        "&lt;",
        "&",
        "#",
        "# ",
        "é",
    ),
    *("<div>", "<table><tr><td>", "<ul><li>", "<pre>", "```\n", "| a |\n|---|\n", "<ParamField ", "<Expandable>"),
    *("nameStringRequired", "Required", "String", "\n  • aString\n", "integer\n", "name\nstring\nrequired\n", "<br>"),
    *("curl ", "curl -d '", "-d ", "\\\n", '{"a":', "[1,", '"a":1,', "GET /", "PUT\n/\n", "Options: ", "default "),
    *(
        "Table 1 ",
        "表1",
        "必选",
        "Yes\n",
        "Parameter\nMandatory\nType\nDescription\n",
        "Minimum: 1\n",
        "1 to ",
        "when ",
    ),
)

CARRIERS = ("tables", "components", "bullets")
TRY_ALL = """
import sys
from specledger.documents import FAMILIES, page, read
from specledger.documents.reading import Page, Unreadable

pieces, forms, carriers = eval(sys.stdin.read())


def attempt(work, what):
    print(what, flush=True)
    try:
        work()
    except Unreadable:
        pass


for piece in pieces:
    for name, text in carriers:
        full = page.decode(name, text.replace("The value 1", piece * (60_000 // len(piece)), 1).encode())
        attempt(lambda: read(full), (name, piece))
    for family in FAMILIES:
        for form in forms:
            bare = Page("page", piece * (20_000 // len(piece)), form)
            family.recognises(bare)
            attempt(lambda: family.read(bare), (family.NAME, form, piece))
"""


def outcome(work: Callable[[], Reading]) -> str:
    """Returns what was read as JSON, or why nothing was; any other exception is the test's failure."""
    try:
        reading = work()
    except Unreadable as refusal:
        return refusal.message
    return json.dumps([[fact.row() for fact in operation.facts] for operation in reading.operations])


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (b"Update a thing\nPUT /v1/\xff\xfe\n", "line 2: .* not UTF-8"),
        ("Über\n".encode("latin-1"), "line 1: .* not UTF-8"),
        (b"PUT /v1/things\0\0", "NUL"),
        (b"a" * 50_000_000, "50000000 bytes"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "not UTF-8"),
    ],
    ids=["nothing", "spaces", "mark", "bytes", "latin", "nul", "50 MB", "pdf"],
)
def test_bytes_that_are_no_page_are_refused(raw: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        pages.decode("page.txt", raw)


STRANGERS = {
    "login.txt": "Sign in\n\nEmail\n\nPassword\n\nRequired\n\nForgot your password?\n\nContinue with a provider\n",
    "login.html": "<html><body><form action='/login'><h1>Sign in</h1><label>Email</label><input></form></body></html>",
    "script.html": "<html><head><script src='app.js'></script></head><body><div id='root'></div></body></html>",
    "robot.html": "<html><body><h1>Are you human?</h1><p>Turn on JavaScript to go on.</p></body></html>",
    "readme.md": "# A library\n\nInstall it, then call `keep(name)`.\n\n| Name | Stars |\n|---|---|\n| a | 1 |\n",
    "swagger.json": '{"openapi": "3.1.0", "paths": {"/things": {"get": {"responses": {"200": {}}}}}}',
    "rfc.txt": "1.  Introduction\n\n   A server MUST answer a GET.\n\n   Table of Contents\n\n   1.1.  Terms ... 3\n",
    "prose.txt": "Once upon a time a page had no fields.\n" * 200,
    "code.txt": "def put(path: str) -> None:\n    return None\n\n\nclass Body:\n    name: str = 'required'\n",
}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_page_of_no_known_family_is_refused(name: str) -> None:
    page = pages.decode(name, STRANGERS[name].encode())
    with pytest.raises(Unreadable) as refusal:
        read(page)
    assert refusal.value.remedy


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.NAME)
@pytest.mark.parametrize("name", STRANGERS)
def test_a_family_that_is_given_a_stranger_s_page_refuses_it(family: object, name: str) -> None:
    (chosen,) = (each for each in FAMILIES if each is family)
    page = pages.decode(name, STRANGERS[name].encode())
    with pytest.raises(Unreadable):
        chosen.read(page)


BOMBS = {
    "open tags": "<div>" * 10_000,
    "nested lists": "<ul><li>" * 5_000 + "nameStringRequired",
    "nested tables": "<table><tr><td>" * 2_000 + "PUT /v1/things",
    "wide cells": "<table><tr><td colspan='999999999' rowspan='999999999'>a</td></tr></table>" * 200,
    "many cells": "<table><tr>" + "<td>a</td>" * 5_000 + "</tr></table>",
    "entities": "<p>" + "&amp;" * 20_000 + "</p>",
    "unknown entities": '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;&b;">]>' + "&d;" * 10_000,
    "one attribute": "<p a='" + "b" * 1_000_000 + "'>PUT /v1/things</p>",
    "attributes": "<p " + "a=1 " * 20_000 + ">PUT /v1/things</p>",
    "comments": "<!--" * 50_000,
    "scripts": "<script>" * 50_000,
    "half a tag": "<" * 100_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_an_html_bomb_does_no_harm(name: str) -> None:
    page = pages.decode("page.html", f"<!doctype html><html><body>{BOMBS[name]}".encode())
    outcome(lambda: read(page))
    for family in FAMILIES:
        outcome(lambda chosen=family: chosen.read(page))  # type: ignore[misc]  # mypy cannot tell a default's type


DEEP = 2_000
NESTED = {
    "a sample of objects": "curl -X PUT https://a.example/v1/things -d '" + '{"a":' * DEEP + "1" + "}" * DEEP + "'",
    "a sample of arrays": "curl -X PUT https://a.example/v1/things -d '" + "[" * DEEP + "]" * DEEP + "'",
    "a sample left open": "200\n" + '{"a":[' * DEEP,
    "bullets": "".join("  " * depth + f"• a{depth}ObjectRequired\n" for depth in range(1, 300)),
    "folds": "".join(f'<ResponseField name="a{depth}" type="object">\n<Expandable>\n' for depth in range(DEEP)),
    "fields in fields": '<ParamField body="a" type="object">' * DEEP,
    "types in types": "name" + "List<" * DEEP + "String" + ">" * DEEP,
    "arrays of arrays": "name\nNo\n" + "Array of " * DEEP + "String\nThe name.\n",
    "dotted names": ".".join(["a"] * DEEP) + "\nstring\nrequired\n",
}


@pytest.mark.parametrize("path", STORED, ids=lambda path: f"{path.parent.parent.name}-{path.name}")
@pytest.mark.parametrize("name", NESTED)
def test_what_is_nested_without_end_does_no_harm(path: Path, name: str) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    for place in (len(lines) // 2, len(lines)):
        text = "\n".join([*lines[:place], NESTED[name], *lines[place:]])
        outcome(lambda text=text: read(pages.decode(path.name, text.encode())))  # type: ignore[misc]  # as above


@pytest.mark.parametrize("path", STORED, ids=lambda path: f"{path.parent.parent.name}-{path.name}")
def test_a_page_that_is_torn_is_read_or_refused(path: Path) -> None:
    chance = random.Random(path.name)  # noqa: S311  # a test's dice, the same each time
    text = path.read_text(encoding="utf-8")
    for _ in range(20):
        torn = _torn(text, chance)
        for family in FAMILIES:
            page = pages.decode(path.name, f"{torn}\nend".encode())
            outcome(lambda chosen=family, page=page: chosen.read(page))  # type: ignore[misc]  # as above


def _torn(text: str, chance: random.Random) -> str:
    """Returns the text after a few accidents: lines lost, doubled, swapped, joined, cut, signs put in."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 8)):
        first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
        accident = chance.randrange(7)
        if accident == 0:
            del lines[min(first, second) : max(first, second, 1)]
        elif accident == 1:
            lines.insert(first, lines[second])
        elif accident == 2:
            lines[first], lines[second] = lines[second], lines[first]
        elif accident == 3:
            lines[first] = lines[first][: chance.randrange(len(lines[first]) + 1)]
        elif accident == 4:
            lines[first] += chance.choice(PIECES) * chance.randint(1, 5) + lines[second]
        elif accident == 5:
            lines[first] = chance.choice(PIECES) * chance.randint(1, 50)
        else:
            lines[first] = lines[first].strip()
        lines = lines or [""]
    return "\n".join(lines)


@pytest.mark.parametrize("part", range(4))
def test_one_thing_over_and_over_ends(part: int) -> None:
    """A pattern that tries every way to match takes minutes here; the limit is there so that the test ends too."""
    child = subprocess.run(
        [sys.executable, "-c", TRY_ALL],
        input=repr((PIECES[part::4], FORMS, [(name, make(3)) for name, make in (LAYOUTS[word] for word in CARRIERS)])),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert child.returncode == 0, (child.stdout.splitlines()[-1:], child.stderr[-2000:])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ten_times_the_fields_are_ten_times_the_work(layout: str) -> None:
    name, make = LAYOUTS[layout]
    few, calls_for_few = profiled(pages.decode(name, make(500).encode()))
    many, calls_for_many = profiled(pages.decode(name, make(5_000).encode()))
    assert (len(few), len(many)) == (500, 5_000)
    assert calls_for_many < 11 * calls_for_few


def profiled(page: Page) -> tuple[list[str], int]:
    """Returns the fields of the body and how many functions were called: the same number on every machine."""
    profile = cProfile.Profile()
    (operation,) = profile.runcall(read, page).operations
    fields = [fact.at for fact in operation.facts if fact.at.startswith("request.body.")]
    return fields, sum(entry.callcount for entry in profile.getstats())
