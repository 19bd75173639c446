"""What stands in place of a page that should be there: a login, a script's empty shell, a page that is missing."""

from __future__ import annotations

import re

from specledger.documents import page as pages
from specledger.documents.reading import Page

Wall = tuple[str, str]

# Fewer characters than any operation takes to describe, and than any page that stands without its script.
_SHORT, _BARE = 400, 100
_LARGE = 1_000_000
_PASSWORD_FIELD = re.compile(r"<input\b[^<>]{0,2000}\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_LOGIN = re.compile(r"\b(?:sign|log)[ -]?(?:in|on)\b|\blogin\b|登录", re.IGNORECASE)
_SECRET = re.compile(r"\bpassword\b|\bsingle sign-?on\b|\bSSO\b|密码", re.IGNORECASE)
_MISSING = re.compile(r"\b404\b|\bnot (?:be )?found\b|\bdoes(?:n['’]t| not) exist\b|不存在", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)


def wall(page: Page) -> Wall | None:
    """Returns what stands in the way and the remedy; None where nothing that is known does.

    Ask it of a page that could not be read: a page that could may show a login form as well.
    """
    if len(page.text) > _LARGE:
        return None
    if page.form == "html" and _PASSWORD_FIELD.search(page.text):
        return _LOGIN_WALL
    said = " ".join(block.text for block in pages.blocks(page)) if page.form == "html" else page.text
    if len(said) > _SHORT:
        return None
    if _LOGIN.search(said) and _SECRET.search(said):
        return _LOGIN_WALL
    if _MISSING.search(said):
        return "it says that the page is not there", "find the page's new address"
    if page.form == "html" and len(said) <= _BARE and _SCRIPT.search(page.text):
        remedy = "save it from a browser, or write another form of the page into the facts as fetch, such as its .md"
        return "it says hardly a word: a script builds the page", remedy
    return None


_LOGIN_WALL: Wall = ("a login stands in place of the page", "log in with a browser and save the page there")
