"""Edits of a whole contract, each with the level that it has by construction."""

from __future__ import annotations

import pytest

from specledger.diff.change import level_of
from specledger.diff.compare import compare
from specledger.diff.contract import Contract
from tests.diff.edits import EDITS, Edit, base, edited


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_has_its_level(edit: Edit) -> None:
    found = compare(Contract("old", base()), Contract("new", edited(edit)))
    assert level_of(found) == edit.level
    # Nobody here reads images: that one kind is not the other is assumed.
    assert edit.name == "a part's media type" or all(one.certain for one in found)
    if edit.side:
        assert {one.side for one in found if one.level == edit.level} == {edit.side}


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit.back], ids=lambda edit: edit.name)
def test_an_edit_undone_has_its_level(edit: Edit) -> None:
    assert level_of(compare(Contract("old", edited(edit)), Contract("new", base()))) == edit.back


def test_nothing_changed_is_nothing() -> None:
    assert compare(Contract("old", base()), Contract("new", base())) == []
