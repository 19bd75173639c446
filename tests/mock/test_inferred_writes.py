"""What is written into inferred collections: patches, several objects at once, objects alone, ids that are taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from specledger import serve
from specledger.runtime.mock.request import Request
from specledger.runtime.mock.server import Mock
from specledger.yaml12 import Json
from tests.mock.conftest import Reply, Server, generate

SPECS = Path(__file__).parent / "inferred"
JSON_PATCH = {"Content-Type": "application/json-patch+json"}
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


def patch(server: Server, path: str, *operations: Json) -> Reply:
    return server.send("PATCH", f"/depot{path}", list(operations), JSON_PATCH)


def boxes(server: Server, *rows: Json) -> list[dict[str, Any]]:
    reply = server.send("POST", "/depot/boxes", list(rows))
    assert reply.status == 201, reply
    made: list[dict[str, Any]] = reply.json
    return made


def ids(server: Server, query: str) -> list[str]:
    return [row["id"] for row in server.send("GET", f"/depot/boxes?{query}").json]


def test_a_json_patch_changes_what_it_names(server: Server) -> None:
    boxes(server, {"id": "a", "weight": 3, "labels": [{"name": "x"}]})
    reply = patch(
        server,
        "/boxes/a",
        {"op": "test", "path": "/weight", "value": 3},
        {"op": "replace", "path": "/weight", "value": 4},
        {"op": "add", "path": "/labels/-", "value": {"name": "y"}},
        {"op": "copy", "from": "/labels/0/name", "path": "/note"},
        {"op": "remove", "path": "/state"},
    )
    assert reply.status == 200
    shown = server.send("GET", "/depot/boxes/a").json
    assert shown == reply.json
    assert {**shown, "created_at": ""} == {
        "id": "a",
        "weight": 4,
        "labels": [{"name": "x"}, {"name": "y"}],
        "note": "x",
        "closed_at": None,
        "created_at": "",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"op": "test", "path": "/weight", "value": 9},
        {"op": "add", "path": "/nowhere/x", "value": 1},
        {"op": "remove", "path": "/weight"},
        {"op": "replace", "path": "/weight", "value": 0},
        {"op": "replace", "path": "", "value": []},
    ],
)
def test_a_json_patch_that_cannot_be_applied_changes_nothing(server: Server, wrong: Json) -> None:
    boxes(server, {"id": "a", "weight": 3})
    before = server.send("GET", "/depot/boxes/a").json
    reply = patch(server, "/boxes/a", {"op": "add", "path": "/note", "value": "n"}, wrong)
    assert (reply.status, set(reply.json)) == (409, {"why", "message"})
    assert str(reply.json["message"]).startswith("request.body")
    assert server.send("GET", "/depot/boxes/a").json == before
    body: Json = [{"op": "add", "path": "/note", "value": "n"}, wrong]
    assert server.send("PATCH", "/depot/shelves/7", body).status == 400  # nothing is documented there


def test_a_json_patch_leaves_ids_and_what_only_the_server_writes(server: Server) -> None:
    (made,) = boxes(server, {"id": "a", "weight": 3})
    moved: Json = {"op": "replace", "path": "/created_at", "value": "2001-01-01T00:00:00Z"}
    reply = patch(server, "/boxes/a", {"op": "replace", "path": "/id", "value": "b"}, moved)
    assert reply.json == made


def test_a_list_of_operations_is_a_json_patch_whatever_its_media_type(server: Server) -> None:
    body: Json = [{"op": "replace", "path": "/name", "value": "top"}]
    assert server.send("PATCH", "/depot/shelves/7", body).json == {"shelfId": 7, "name": "top"}


def test_each_media_type_of_a_patch_has_its_own_rules(server: Server) -> None:
    boxes(server, {"id": "a", "weight": 3, "note": "n"})
    reply = server.send("PATCH", "/depot/boxes/a", b'{"weight": 5, "note": null}', MERGE_PATCH)
    assert reply.json["weight"] == 5
    assert "note" not in reply.json
    path = f"/depot/cards/{next(iter(server.resources('depot')['cards']))}"
    for side in ("front", "back"):
        data: Json = {"type": "cards", "id": "x", "attributes": {side: side}}
        sent = {"Content-Type": "application/vnd.api+json"}
        assert server.send("PATCH", path, {"data": data}, sent).status == 200
    assert server.send("GET", path).json["data"]["attributes"] == {"front": "front", "back": "back"}


def test_several_objects_are_created_all_or_none(server: Server) -> None:
    made = boxes(server, {"weight": 1}, {"id": "b", "weight": 2})
    assert [(row["weight"], row["state"]) for row in made] == [(1, "open"), (2, "open")]
    assert made[0]["id"] not in ("", "b")
    assert server.send("GET", f"/depot/boxes/{made[0]['id']}").json == made[0]
    stored = server.resources("depot")["boxes"]
    for second in ("b", "c"):
        rows: Json = [{"id": "c", "weight": 1}, {"id": second, "weight": 1}]
        reply = server.send("POST", "/depot/boxes", rows)
        assert (reply.status, reply.json) == (422, {"error": "request.body[1].id: another object holds this value"})
        assert server.resources("depot")["boxes"] == stored


def test_an_import_below_a_collection_creates_and_counts(server: Server) -> None:
    reply = server.send("POST", "/depot/shelves/import", {"shelves": [{"name": "a"}, {"name": "b"}]})
    assert reply.json == {"created": 2, "shelves": [{"shelfId": 8, "name": "a"}, {"shelfId": 9, "name": "b"}]}
    assert server.send("GET", "/depot/shelves/9").json["name"] == "b"


def test_what_was_created_together_is_there_after_a_restart(inferring: Server, tmp_path: Path) -> None:
    for expected in ([], ["a", "b"]):
        with serve.running(inferring.generated, state=tmp_path / "state.sqlite") as url:
            server = Server(url, inferring.generated)
            assert [found for found in ids(server, "direction=asc") if found in ("a", "b")] == expected
            if not expected:
                boxes(server, {"id": "a", "weight": 1}, {"id": "b", "weight": 2})


def test_an_id_that_is_taken_is_refused_unless_the_operation_puts(server: Server) -> None:
    assert server.send("POST", "/depot/shelves", {"shelfId": 8, "name": "a"}).status == 201
    assert server.send("POST", "/depot/shelves", {"shelfId": 8, "name": "b"}).status == 409
    assert server.send("GET", "/depot/shelves/8").json["name"] == "a"
    for text in ("one", "two"):
        assert server.send("POST", "/depot/notes", {"slug": "s", "text": text}).json["text"] == text
    assert server.send("GET", "/depot/notes/s").json["text"] == "two"


def test_no_object_is_created_when_every_id_is_taken(server: Server) -> None:
    statuses = [server.send("POST", "/depot/shelves", {"name": "a"}).status for _ in range(4)]
    assert statuses == [201, 201, 409, 409]
    assert list(server.resources("depot")["shelves"]) == ["7", "8", "9"]


def test_what_lies_alone_can_be_removed_and_put_there_anew(server: Server) -> None:
    path = "/depot/shelves/7/plate"
    assert server.send("GET", path).status == 200
    assert server.send("DELETE", path).status == 204
    assert [server.send(method, path).status for method in ("GET", "DELETE")] == [404, 404]
    assert [server.send("PUT", path, {"text": "x"}).status for _ in range(2)] == [201, 200]
    assert server.send("GET", path).json == {"text": "x"}
    server.send("POST", "/depot/shelves", {"shelfId": 8, "name": "a"})
    assert server.send("GET", "/depot/shelves/8/plate").status == 404
    assert server.send("PUT", "/depot/shelves/9/plate", {"text": "x"}).status == 404


def test_an_id_may_lie_in_the_metadata(server: Server) -> None:
    path = "/depot/halls/north/carts"
    sent: Json = {"metadata": {"name": "c1", "color": "red"}, "wheels": 4}
    assert server.send("POST", path, sent).json["metadata"] == {"name": "c1", "color": "red", "hall": "north"}
    assert server.send("POST", path, sent).status == 409
    assert server.send("PUT", f"{path}/c1", {"wheels": 3}).json == {
        "wheels": 3,
        "metadata": {"name": "c1", "hall": "north"},
    }
    minted = server.send("POST", path, {"wheels": 2}).json["metadata"]["name"]
    assert server.send("GET", f"{path}/{minted}").json["wheels"] == 2
    first = server.send("GET", f"{path}?limit=1").json
    assert first["metadata"]["continue"] == "c1"
    second = server.send("GET", f"{path}?limit=1&continue=c1").json
    assert [row["wheels"] for row in second["items"]] == [2]
    assert "continue" not in second.get("metadata", {})


def test_two_parameters_at_the_end_of_a_path_name_an_object_together(server: Server) -> None:
    assert server.send("PUT", "/depot/bills/2026/7", {"total": 5, "year": 1}).status == 201
    assert server.send("GET", "/depot/bills/2026/7").json == {
        "total": 5,
        "currency": "EUR",
        "year": 2026,
        "number": 7,
    }
    assert server.send("GET", "/depot/bills/2027/7").status == 404


def test_a_verb_at_the_end_of_a_path_is_done_to_the_object(server: Server) -> None:
    boxes(server, {"id": "a", "weight": 3})
    reply = server.send("POST", "/depot/boxes/a/actions/close")
    assert (reply.status, reply.json["id"], reply.json["state"]) == (200, "a", "closed")
    assert reply.json["closed_at"] >= reply.json["created_at"]
    assert server.send("POST", "/depot/boxes/a/weigh", {"weight": 8, "by": "me"}).status == 202
    shown = server.send("GET", "/depot/boxes/a").json
    assert shown == {**reply.json, "weight": 8}
    for verb in ("actions/close", "weigh"):
        assert server.send("POST", f"/depot/boxes/none/{verb}").status == 404


def test_a_number_beside_the_id_is_another_one_for_each_object(server: Server) -> None:
    numbers = [server.send("POST", "/depot/notes", {"slug": name, "text": "x"}).json["id"] for name in "abc"]
    assert len({1, *numbers}) == 4


def test_a_put_fills_in_defaults(server: Server) -> None:
    path = "/depot/bills/2026/7"
    rows: list[tuple[Json, str]] = [({"total": 5, "currency": "USD"}, "USD"), ({"total": 5}, "EUR")]
    for sent, currency in rows:
        assert server.send("PUT", path, sent).json["currency"] == currency
        assert server.send("GET", path).json["currency"] == currency


def test_lists_are_filtered_by_bounds_words_labels_and_defaults(server: Server) -> None:
    packed = "2026-03-01T00:00:00Z"
    boxes(
        server,
        {"id": "a", "weight": 3, "labels": [{"name": "x"}, {"name": "y"}]},
        {"id": "b", "weight": 5, "note": "Fragile glass", "packed_at": packed},
        {"id": "c", "weight": 7, "state": "closed"},
    )
    seeded = [found for found in server.resources("depot")["boxes"] if found not in "abc"]
    assert [found for found in ids(server, "") if found not in seeded] == ["b", "a"]
    assert ids(server, "state=closed") == ["c"]
    assert [found for found in ids(server, "state=all") if found not in seeded] == ["c", "b", "a"]
    assert ids(server, "state=all&min_weight=5&sort=weight&direction=asc") == ["b", "c"]
    assert ids(server, "labels=y") == ["a"]
    assert ids(server, "q=GLASS") == ["b"]
    assert "b" in ids(server, "packed_before=2026-03-01T02:00:00%2B01:00")
    assert "b" not in ids(server, "packed_before=2026-03-01T01:00:00%2B01:00")


def test_a_page_before_an_object_ends_before_it(server: Server) -> None:
    for name in "abcd":
        boxes(server, {"id": name, "weight": 1})
    assert ids(server, "state=all&limit=2&before=a") == ["c", "b"]
    assert ids(server, "state=all&limit=2&before=c") == ["d"]


def test_a_link_is_told_only_where_there_is_one(server: Server) -> None:
    boxes(server, {"id": "a", "weight": 1})
    assert "link" not in server.send("GET", "/depot/boxes").headers


def test_the_requests_that_are_shown_work_on_the_seeded_state(server: Server) -> None:
    for api in server.send("GET", "/_mock/apis").json:
        assert api["requests"]
        for request in api["requests"]:
            server.send("POST", "/_mock/reset")
            body = request["body"].encode() if isinstance(request["body"], str) else request["body"]
            reply = server.send(request["method"], request["url"].removeprefix(server.url), body, request["headers"])
            assert reply.status < 300, (request, reply)


def test_seeds_have_ids_that_fit_and_lie_in_seeded_objects(server: Server) -> None:
    held = server.resources("depot")
    assert list(held["boxes"]) == ["box-1"]
    assert list(held["shelves"]) == ["7"]
    assert [row["shelfId"] for row in held["plate"].values()] == [7]
    assert [row["metadata"] for row in held["carts"].values()] == [
        {"name": "cart-1", "hall": "example", "color": "example"}
    ]
    assert server.send("GET", "/depot/boxes/box-1").status == 200
    assert [row["id"] for row in server.send("GET", "/depot/boxes?state=all").json] == ["box-1"]


SMALL = """openapi: 3.1.1
info: { title: Small, version: "1" }
paths:
  /notes:
    post:
      operationId: write
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Note" } } } }
      responses:
        "201": { description: made, content: { application/json: { schema: { $ref: "#/components/schemas/Note" } } } }
        "422":
          description: wrong
          content:
            application/json:
              schema:
                type: object
                required: [errorCode, trouble]
                properties: { errorCode: { type: string }, trouble: { type: string } }
        default: { description: other }
  /notes/{id}:
    get:
      operationId: look
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Note" } } } }
components:
  schemas:
    Note:
      type: object
      required: [text]
      properties:
        id: { type: string, readOnly: true }
        text: { type: string }
        created_at: { type: string, format: date-time, readOnly: true }
        updated_at: { type: string, format: date-time, readOnly: true }
"""


@pytest.fixture
def small(tmp_path: Path) -> Mock:
    folder = tmp_path / "specs" / "small"
    folder.mkdir(parents=True)
    (folder / "openapi.yaml").write_text(SMALL)
    return Mock(generate(folder.parent, tmp_path) / "mock_server" / "src" / "specledger_mock" / "apis")


def ask(mock: Mock, body: Json) -> tuple[int, Any]:
    headers = {"content-type": "application/json"}
    answer = mock.answer(Request("POST", b"/small/notes", b"", headers, json.dumps(body).encode()))
    return answer.status, json.loads(answer.body)


def test_a_new_object_was_made_and_changed_at_one_moment(small: Mock) -> None:
    for _ in range(20):
        status, note = ask(small, {"text": "x"})
        assert status == 201
        assert note["created_at"] == note["updated_at"] > "2026"


def test_what_is_invalid_has_the_status_that_is_named_for_it_before_any_other(small: Mock) -> None:
    assert ask(small, {"text": 1})[0] == 422


def test_a_reason_finds_its_place_in_a_text_of_any_name_but_in_no_code(small: Mock) -> None:
    assert ask(small, {"text": 1})[1] == {
        "errorCode": "example",
        "trouble": 'request.body.text: 1 is not of type "string"',
    }
