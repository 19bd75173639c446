"""Pages that nobody meant to be read: each ends in rows or in one message, soon."""

from __future__ import annotations

import contextlib

import pytest

from specledger.documents import mintlify
from specledger.documents.reading import Form, Page, Unreadable

MANY = 20_000
HOSTILE = {
    "open brackets": "[" * MANY,
    "open braces, one a line": "{\n" * MANY,
    "nested objects": '{"a":' * MANY,
    "open lists": '["x",\n' * MANY,
    "an open tag": '<ParamField body="' + "a" * MANY,
    "tags inside tags": "<ParamField " * MANY,
    "fields without an end": '<ParamField body="a" type="object">\n' * MANY,
    "folds without an end": "<ParamField body='a'>\n" + "<Expandable>\n" * MANY,
    "an open quote in a command": "curl --data '" + "x\n" * MANY,
    "quotes in commands": "curl '\n" * MANY,
    "slashes": "GET\n" + "/\n" * MANY,
    "unions": "a\n" + "string | " * MANY,
    "parentheses": "• a (" + "(" * MANY,
    "options": "a\nstring\nAvailable options:\n" + "x,\n" * MANY,
    "spaces": " " * MANY + "x",
    "empty lines": "a\n" + "\n" * MANY + "string\n",
    "braces in a path": "GET /" + "{" * MANY,
    "methods": "GET\n" * MANY,
    "templates": "a\nstring\nformat " + "{a}" * MANY,
    "conditions": "a\nstring\n" + "Required for " * MANY,
    "a document that is none": "```yaml\nopenapi: 3.1.0\npaths: [" + "[" * MANY + "\n```\n",
    "a document that holds itself": (
        "```yaml\nopenapi: 3.1.0\npaths:\n  /a:\n    get:\n      parameters:\n"
        "        - $ref: '#/components/parameters/a'\n"
        "components:\n  parameters:\n    a:\n      $ref: '#/components/parameters/a'\n```\n"
    ),
    "an answer in as many lines as its sample has members": (
        "`POST /v1/x`\n\n## Response\n\n"
        + "".join(f"The word f{n} is one.\n\n" for n in range(MANY // 4))
        + "```json\n{"
        + ",\n".join(f'"f{n}": {n}' for n in range(MANY // 4))
        + "}\n```\n"
    ),
    "names that are no names": 'POST /v1/x\n\nBody\n\n"].[{\nstring\n__proto__\nobject\n..\nstring\n',
}


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_page_gives_rows_or_one_message(text: str, form: Form) -> None:
    source = Page("page", text, form)
    assert 0 <= mintlify.recognises(source) <= 1
    with contextlib.suppress(Unreadable):
        assert len(mintlify.read(source).operations) == 1


def test_fields_that_are_nested_without_end_are_refused_with_their_line() -> None:
    text = "`POST /v1/x`\n" + '<ParamField body="a" type="object">\n' * 100
    with pytest.raises(Unreadable, match=r"line 63: .* nested"):
        mintlify.read(Page("page.md", text, "markdown"))
