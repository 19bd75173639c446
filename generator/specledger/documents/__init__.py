"""Page to facts: one module a documentation family, behind one registry."""

from __future__ import annotations

from specledger.documents import huawei, mintlify, zstack
from specledger.documents.reading import Page, Reading, Unreadable

FAMILIES = (huawei, mintlify, zstack)
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
