"""Schemas compared by the values that they accept, wherever they stand."""

from __future__ import annotations

import pytest

from specledger.diff.change import Change, level_of
from specledger.diff.compare import compare
from specledger.diff.contract import Contract
from specledger.yaml12 import Json
from tests.diff.values import CONTEXTS, NARROW_WIDE, SAME, document

EVERYWHERE = pytest.mark.parametrize("context", CONTEXTS)
BOTH_WAYS = pytest.mark.parametrize("side", ["request", "response"])


def changes(before: Json, after: Json, side: str, context: str) -> list[Change]:
    old, new = (Contract(name, document(one, side, context)) for name, one in (("old", before), ("new", after)))
    return compare(old, new)


@EVERYWHERE
@BOTH_WAYS
def test_what_is_wider_is_compatible_in_a_request_and_breaks_an_answer(context: str, side: str) -> None:
    wrong = []
    for name, (narrow, wide) in NARROW_WIDE.items():
        less, more = (narrow, wide) if CONTEXTS[context][1] else (wide, narrow)
        found = level_of(changes(less, more, side, context))
        if found != ("compatible" if side == "request" else "breaking"):
            wrong.append((name, found))
    assert wrong == []


@EVERYWHERE
@BOTH_WAYS
def test_what_is_narrower_breaks_a_request_with_a_value_and_is_compatible_in_an_answer(context: str, side: str) -> None:
    wrong = []
    for name, (narrow, wide) in NARROW_WIDE.items():
        less, more = (narrow, wide) if CONTEXTS[context][1] else (wide, narrow)
        found = changes(more, less, side, context)
        if level_of(found) != ("breaking" if side == "request" else "compatible"):
            wrong.append((name, found))
        broken = [one for one in found if one.level == "breaking"]
        if broken and not (all(one.certain for one in broken) and any(one.witness for one in broken)):
            wrong.append((name, found))
    assert wrong == []


@EVERYWHERE
@BOTH_WAYS
def test_the_same_written_otherwise_is_docs(context: str, side: str) -> None:
    wrong = []
    for name, (one, other) in SAME.items():
        found = [level_of(changes(*pair, side, context)) for pair in ((one, other), (other, one))]
        if found != ["docs", "docs"]:
            wrong.append((name, found))
    assert wrong == []
