"""Not written yet."""

from __future__ import annotations

from specledger.documents.reading import Page, Reading, Unreadable

NAME = "huawei"


def recognises(page: Page) -> float:
    """Returns how sure it is that the page belongs to this family, from 0 to 1."""
    return 0.0


def read(page: Page) -> Reading:
    """Returns what the page says. Raises Unreadable where it cannot be read."""
    raise Unreadable("this family cannot be read yet", "transcribe the page by hand")
