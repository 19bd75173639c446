"""Snapshots over a real socket: kept under a name, returned as JSON, restored, refused."""

from __future__ import annotations

from typing import Any

import pytest

from specledger.yaml12 import Json
from tests.mock.conftest import Server
from tests.mock.practical.steering import change, title


def test_a_snapshot_comes_back_as_json_and_under_a_name(shelf: Server) -> None:
    seed = shelf.send("GET", "/_mock/snapshot").json
    assert seed == {"shelf": {"books": {"a": {"id": "a", "title": "Atlas"}, "b": {"id": "b", "title": "Ballads"}}}}
    change(shelf, "Changed")
    assert shelf.send("PUT", "/_mock/snapshots/one%20change").json == {"kept": "one change"}
    assert shelf.send("POST", "/_mock/restore", seed).json == {"restored": ["shelf"]}
    assert title(shelf) == "Atlas"
    assert shelf.send("POST", "/_mock/restore?snapshot=one+change").json == {"restored": ["shelf"]}
    assert title(shelf) == "Changed"
    assert shelf.send("GET", "/_mock/snapshots").json == ["one change"]
    assert shelf.send("GET", "/_mock/snapshots/one%20change").json["shelf"]["books"]["a"]["title"] == "Changed"
    assert shelf.send("POST", "/_mock/reset").status == 200
    assert title(shelf) == "Atlas"
    assert shelf.send("DELETE", "/_mock/snapshots/one%20change").status == 204
    assert shelf.send("DELETE", "/_mock/snapshots/one%20change").status == 404
    assert shelf.send("POST", "/_mock/restore?snapshot=one+change").status == 400


def test_a_restored_object_is_unique_and_found_as_before(shelf: Server) -> None:
    given: Json = {"shelf": {"books": {"a": {"id": "a", "title": "New"}, "c": {"id": "c", "title": "Third"}}}}
    assert shelf.send("POST", "/_mock/restore", given).status == 200
    assert list(shelf.resources("shelf")["books"]) == ["a", "c"]
    assert change(shelf, "Third").status == 409
    assert change(shelf, "Ballads").status == 200
    assert shelf.send("POST", "/_mock/restore", {}).json == {"restored": []}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([], "snapshot: is no object"),
        ({"shop": {}}, "snapshot.shop: is not known here; there are: shelf"),
        ({"shelf": {"pens": {}}}, "snapshot.shelf.pens: is not known here; there are: books"),
        ({"shelf": {"books": []}}, "snapshot.shelf.books: is no object"),
        ({"shelf": {"books": {"a": 1}}}, "snapshot.shelf.books.a: is no object"),
        (
            {"shelf": {"books": {"a": {"id": "b"}}}},
            "snapshot.shelf.books.a.id: is another id than the one it is kept by",
        ),
        ({"shelf": {"books": {"a": {}}}}, "snapshot.shelf.books.a.id: is required"),
        (
            {"shelf": {"books": {"a": {"id": "a", "title": 1}}}},
            'snapshot.shelf.books.a.title: 1 is not of type "string"',
        ),
        (
            {"shelf": {"books": {"a": {"id": "a", "title": "x"}, "b": {"id": "b", "title": "x"}}}},
            "snapshot.shelf.books.b.title: a holds this value, which is unique",
        ),
    ],
)
def test_a_snapshot_that_does_not_fit_is_refused_with_its_place(shelf: Server, given: Any, reason: str) -> None:
    change(shelf, "Kept")
    reply = shelf.send("POST", "/_mock/restore", given)
    assert (reply.status, reply.body.decode()) == (400, f"{reason}\n")
    assert title(shelf) == "Kept"


def test_what_every_api_of_this_project_holds_can_be_restored(baseten: Server) -> None:
    held = baseten.send("GET", "/_mock/snapshot").json
    assert baseten.send("POST", "/_mock/restore", held).json == {"restored": list(held)}
    assert baseten.send("GET", "/_mock/snapshot").json == held
