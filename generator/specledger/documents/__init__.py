"""Page to facts: one module a documentation family, behind one registry."""

from __future__ import annotations

from typing import Protocol, cast

from specledger.documents import huawei, mintlify, zstack
from specledger.documents.reading import Page, Reading, Unreadable


class Family(Protocol):
    """A module that reads the pages of one documentation platform."""

    NAME: str

    def recognises(self, page: Page) -> float:
        """Returns how sure it is that the page belongs to this family, from 0 to 1."""
        ...

    def read(self, page: Page) -> Reading:
        """Returns what the page says. Raises Unreadable where it cannot be read."""
        ...


FAMILIES = cast(tuple[Family, ...], (huawei, mintlify, zstack))
_SURE = 0.3


def read(page: Page) -> Reading:
    """Returns what the page says, read by the family that knows its layout best.

    Raises Unreadable where no family does, or where the page holds no operation.
    """
    ranked = sorted(FAMILIES, key=lambda family: family.recognises(page))
    if ranked[-1].recognises(page) < _SURE:
        known = ", ".join(family.NAME for family in FAMILIES)
        raise Unreadable("the page has the layout of no known family", f"families that can be read: {known}")
    return ranked[-1].read(page)
