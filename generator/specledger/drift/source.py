"""A page as it is named on the command line: a file or an address."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from specledger import documents
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.documents import page as pages
from specledger.documents.reading import Form, Page, Reading, Unreadable
from specledger.drift import walls

_FORMS: dict[str, Form] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-rst": "rst",
}
_NAME = "page"


@dataclass(frozen=True, slots=True)
class Source:
    """A page's bytes and what they were decoded to; `shown` is how messages name it."""

    shown: str
    page: Page
    raw: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """Returns the digest of the bytes."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def stem(self) -> str:
        """Returns the page's name without its suffix, in the letters that a facts file's name has."""
        return re.sub(r"[^a-z0-9]+", "-", PurePosixPath(self.page.name).stem.lower()).strip("-") or _NAME

    def failure(self, message: str, remedy: str) -> Failure:
        """Returns the Failure that says why this page is of no use (exit code 2)."""
        return unreadable(self.shown, message, remedy)


def load(where: str) -> Source:
    """Returns the page in a file or at an http(s) address. Raises Failure (exit code 2) where there is none."""
    scheme = re.match(r"https?://", where, re.IGNORECASE)
    if scheme:
        from specledger.drift.fetch import Fetcher

        where = scheme.group().lower() + where[scheme.end() :]
        with Fetcher() as fetcher:
            fetched = fetcher.get(where)
        return of_bytes(where, fetched.body, address=where, content_type=fetched.content_type)
    path = Path(where)
    try:
        if not path.is_file():
            reason = "it is no file" if path.exists() else "there is no such file"
            raise unreadable(shown(path), reason, "name a saved page, or its address with http(s)://")
        size = path.stat().st_size
        if size > pages.MAX_BYTES:
            told = f"the page has {size} bytes, more than {pages.MAX_BYTES}"
            raise unreadable(shown(path), told, "save the one page that is meant")
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "cannot be read"
        raise unreadable(where, reason, "check the path and its rights") from None
    return _decoded(shown(path), path.name, raw, "", None)


def of_bytes(shown_as: str, raw: bytes, *, address: str, content_type: str = "") -> Source:
    """Returns the page that an address answered with. Raises Failure (exit code 2) where it cannot be decoded."""
    last = PurePosixPath(unquote(urlsplit(address).path)).name
    media_type = content_type.partition(";")[0].strip().lower()
    return _decoded(shown_as, last or _NAME, raw, address, _FORMS.get(media_type))


def _decoded(shown_as: str, name: str, raw: bytes, address: str, form: Form | None) -> Source:
    try:
        return Source(shown_as, pages.decode(name, raw, address, form), raw)
    except Unreadable as error:
        raise unreadable(shown_as, error.message, error.remedy) from None


def read(source: Source) -> Reading:
    """Returns what the page says. Raises Failure (exit code 2), with the reader's message, where it says nothing."""
    try:
        reading = documents.read(source.page)
    except Unreadable as error:
        raise source.failure(*(walls.wall(source.page) or (error.message, error.remedy))) from None
    if not any(operation.facts for operation in reading.operations):
        empty = ("the page describes no operation", "name the page of one operation, saved as a whole")
        raise source.failure(*(walls.wall(source.page) or empty))
    return reading


def unreadable(what: str, message: str, remedy: str) -> Failure:
    """Returns the Failure of a page that cannot be read (exit code 2)."""
    return Failure([Diagnostic(what, 0, "page-unreadable", message, remedy)], 2)
