"""What a verb at the end of a path is taken to do."""

from __future__ import annotations

import pytest

from specledger.emit.verbs import done
from specledger.runtime.mock.schema import Schemas
from specledger.yaml12 import Json


@pytest.mark.parametrize(
    ("verb", "properties", "sets", "stamps"),
    [
        ("cancel", {"status": {"enum": ["open", "cancelled"]}, "cancelled_at": True}, {"status": "cancelled"}, 1),
        ("cancel", {"state": {"enum": ["cancelling", "canceled"]}, "canceledAt": True}, {"state": "canceled"}, 1),
        ("pay", {"status": {"enum": ["OPEN", "PAID"]}, "paidAt": True}, {"status": "PAID"}, 1),
        ("activate", {"status": {"enum": ["inactive", "active"]}}, {"status": "active"}, 0),
        ("archive", {"archived": {"type": "boolean"}, "archivedAt": True}, {"archived": True}, 1),
        ("unarchive", {"isArchived": {"type": "boolean"}}, {"isArchived": False}, 0),
        ("publish", {"state": {"enum": ["draft", "published"]}, "name": {"type": "string"}}, {"state": "published"}, 0),
        ("send", {"status": {"enum": ["sending", "failed"]}}, {}, 0),
        ("copy", {"status": {"type": "string"}, "comment": {"type": "boolean"}}, {}, 0),
        ("", {"status": {"enum": ["a", "b"]}, "d": {"type": "boolean"}}, {}, 0),
    ],
)
def test_a_verb_sets_the_state_it_leads_to(verb: str, properties: dict[str, Json], sets: Json, stamps: int) -> None:
    found, moments = done(Schemas({}), {"type": "object", "properties": properties}, verb)
    assert (found, len(moments)) == (sets, stamps)
