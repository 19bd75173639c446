"""Pages of API references that Mintlify publishes: copied text, Markdown twins, HTML."""

from __future__ import annotations

import re

from specledger.documents import mintlify_facts, mintlify_markdown, mintlify_openapi, mintlify_text, mintlify_words
from specledger.documents.reading import Page, Reading, Unreadable

NAME = "mintlify"

_SIGNS = (
    (re.compile(r"^[ \t]*<(?:ParamField|ResponseField)\b", re.MULTILINE), 0.95),
    (re.compile(r"data-component-part=\"field-|built with \[?mintlify|powered by mintlify", re.IGNORECASE), 0.9),
    (re.compile(r"^(?:\[\]\(#param-[\w-]*\))$|^\s?.?openapi.?: ", re.MULTILINE), 0.6),
)
_TYPED = re.compile(
    r"^[A-Za-z_$@][\w$@.\[\]{}*-]{0,80}\n+(?:string|integer|number|boolean|object|array|any|float|int|json|enum<[a-z]+>)"
    r"(?:\[\])*(?:<[a-z0-9-]+>)?(?: \| null)?[ \t]*\n+(?!(?:string|integer|object|boolean)\n)",
    re.MULTILINE,
)
_SEGMENTS = re.compile(r"^(?:GET|POST|PUT|PATCH|DELETE)\n+(?:https?://\S+\n+)?/", re.MULTILINE)
_ONE_LINE = re.compile(r"^(?:```\n)?`?(?:GET|POST|PUT|PATCH|DELETE)`? `?(?:https?://[^\s/]+)?/\S*$", re.MULTILINE)
_SECTIONS = re.compile(
    r"^(?:#+ )?(?:Authorizations|(?:Path|Query|Body|Header) (?:Parameters|Params)|Body|Headers|Request (?:Body|Headers|"
    r"Parameters|Fields)|Response(?: (?:Fields|Body))?|"
    r"Show child attributes|Available options:.*|"
    r"Bearer authentication header of the form.*|Was this page helpful\?)[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_CURL = re.compile(r"^curl --request [A-Z]+ \\\n\s*--url ", re.MULTILINE)


def recognises(page: Page) -> float:
    """Returns how sure it is that the page belongs to this family, from 0 to 1."""
    if page.form == "rst":
        return 0.0
    lines = page.text.replace("\u200b\n", "").replace("\u200b", "").split("\n")
    text = "\n".join(line.rstrip(" \t") for line in lines)
    if not text.isascii():
        text = "\n".join(line if line.isascii() else mintlify_words.english(line) for line in text.split("\n"))
    sure = max((sign for pattern, sign in _SIGNS if pattern.search(text)), default=0.0)
    fields = sum(1 for _, found in zip(range(4), _TYPED.finditer(text), strict=False))
    sure += 0.35 * bool(fields) + 0.05 * fields
    sure += 0.25 * bool(_SEGMENTS.search(text)) + 0.2 * bool(_CURL.search(text))
    sure += 0.1 * bool(_ONE_LINE.search(text))
    sure += 0.1 * min(3, sum(1 for _, found in zip(range(3), _SECTIONS.finditer(text), strict=False)))
    return min(sure, 0.95)


def read(page: Page) -> Reading:
    """Returns what the page says.

    Raises Unreadable for a copy without the names of its fields, and for a page that names no method and path.
    """
    fence = mintlify_openapi.find(page) if page.form == "markdown" else None
    if fence is not None:
        return mintlify_openapi.read(page, fence, NAME)
    sheet = mintlify_markdown.read(page) if mintlify_markdown.is_marked(page) else mintlify_text.read(page)
    if sheet.lost > 0 and sheet.lost >= len(sheet.fields):
        raise Unreadable(
            "the copy has lost the names of the fields", "copy the page anew, or read its address with .md added"
        )
    operation = mintlify_facts.operation(sheet, page.text)
    return Reading(NAME, sheet.edition, (operation,), tuple(sheet.furniture))
