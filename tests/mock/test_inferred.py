"""APIs that have only an openapi.yaml: what their paths say is stored, and what their operations do to it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from specledger import serve
from specledger.yaml12 import Json
from tests.mock.conftest import Server

SPECS = Path(__file__).parent / "inferred"
P1 = "/tracker/v2/projects/00000000-0000-4000-8000-000000000000"
NOBODY = "/tracker/v2/projects/00000000-0000-4000-8000-00000000ffff"
TOKEN = {"Authorization": "Bearer anything"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def dog(server: Server, **fields: Json) -> dict[str, Any]:
    reply = server.send("POST", "/kennel/dogs", {"name": "Bo", **fields})
    assert reply.status == 201, reply
    made: dict[str, Any] = reply.json
    return made


def test_the_examples_of_the_spec_are_there_at_first(server: Server) -> None:
    assert server.send("GET", "/kennel/dogs/10").json["name"] == "Rex"
    assert [row["id"] for row in server.send("GET", "/ledger/accounts").json["data"]] == [
        "acc_1Ab2Cd3Ef",
        "acc_9Zy8Xw7Vu",
    ]
    assert server.send("GET", "/fleet/api/acme/trucks/AB-1234/").json["plate"] == "AB-1234"


def test_what_is_created_is_found_listed_changed_and_gone_when_deleted(server: Server) -> None:
    made = dog(server, breed="poodle")
    path = f"/kennel/dogs/{made['id']}"
    assert server.send("GET", path).json == made
    assert made in server.send("GET", "/kennel/dogs").json
    sent = {"Content-Type": "application/merge-patch+json"}
    changed = server.send("PATCH", path, b'{"name": "Bob"}', sent).json
    assert {**changed, "updated_at": ""} == {**made, "name": "Bob", "updated_at": ""}
    assert str(changed["updated_at"]) > str(made["updated_at"])
    assert server.send("DELETE", path).status == 204
    assert [server.send(method, path).status for method in ("GET", "DELETE")] == [404, 404]
    assert server.send("PATCH", path, b'{"name": "Bob"}', sent).status == 404


def test_ids_and_moments_are_minted_and_defaults_are_filled_in(server: Server) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    first, second = dog(server), dog(server)
    assert (first["id"], second["id"]) == (11, 12)
    assert first["breed"] == "collie"
    assert datetime.fromisoformat(str(first["created_at"])) >= before
    assert first["created_at"] <= first["updated_at"]
    project = server.send("POST", "/tracker/v2/projects", {"project": {"title": "Roof"}}, TOKEN).json["data"]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", project["id"])
    assert project["created"] >= before.timestamp()
    note = server.send("POST", f"{P1}/tasks/1/notes", {"text": "x"}, TOKEN).json
    assert re.fullmatch(r"note_[0-9a-z]{6}", note["id"])
    assert note["id"] != "note_4f9a2c"
    truck = server.send("POST", "/fleet/api/acme/trucks/", {"load": 3}).json
    assert re.fullmatch(r"[A-Z]{2}-[0-9]{4}", truck["plate"])
    assert truck["modified"] == f"{datetime.now(UTC):%Y-%m-%d}"


def test_an_id_is_not_given_twice_and_is_the_same_after_a_reset(server: Server) -> None:
    first = dog(server)
    server.send("DELETE", f"/kennel/dogs/{first['id']}")
    assert dog(server)["id"] != first["id"]
    account = server.send("POST", "/ledger/accounts", b"email=c%40example.com", FORM).json
    server.send("POST", "/_mock/reset")
    assert dog(server)["id"] == first["id"]
    assert server.send("POST", "/ledger/accounts", b"email=c%40example.com", FORM).json == account


def test_a_write_keeps_to_what_the_request_declares(server: Server) -> None:
    made = dog(server, id=99, created_at="2001-01-01T00:00:00Z", hint="s", unknown=1)
    assert made["id"] == 11
    assert str(made["created_at"]) > "2026-01-02"
    assert not {"hint", "unknown"} & made.keys()
    stored = server.resources("kennel")["dogs"]["11"]
    assert stored["hint"] == "s"
    assert "unknown" not in stored
    sent: Json = {"title": "Roof", "done": True, "projectId": "00000000-0000-4000-8000-00000000ffff", "id": 5}
    task = server.send("PATCH", f"{P1}/tasks/1", sent, TOKEN).json
    assert task == {"id": 1, "projectId": P1[-36:], "title": "Roof", "done": True}


def test_a_merge_patch_merges_inside_and_null_takes_away(server: Server) -> None:
    made = dog(server, chip={"maker": "a", "number": 1})
    sent = {"Content-Type": "application/merge-patch+json"}
    body = b'{"chip": {"number": 2, "maker": null}, "breed": null}'
    changed = server.send("PATCH", f"/kennel/dogs/{made['id']}", body, sent).json
    assert changed["chip"] == {"number": 2}
    assert "breed" not in changed


def test_a_put_replaces_and_creates_only_where_that_is_documented(server: Server) -> None:
    title: Json = {"project": {"title": "Wall"}}
    server.send("PUT", P1, {"project": {"title": "Roof", "color": "#aabbcc"}}, TOKEN)
    replaced = server.send("PUT", P1, title, TOKEN).json["data"]
    assert replaced["title"] == "Wall"
    assert "color" not in replaced
    assert server.send("PUT", NOBODY, title, TOKEN).status == 404
    reply = server.send("PUT", "/kennel/owners/zed", {"phone": "1"})
    assert (reply.status, reply.json) == (201, {"username": "zed", "phone": "1"})
    assert server.send("PUT", "/kennel/owners/zed", {}).json == {"username": "zed"}


def test_a_put_on_the_collection_names_the_object_in_its_body(server: Server) -> None:
    assert server.send("PUT", "/kennel/dogs", {"id": 10, "name": "Max"}).json["name"] == "Max"
    assert server.send("GET", "/kennel/dogs/10").json["name"] == "Max"
    assert server.send("PUT", "/kennel/dogs", {"id": 77, "name": "Max"}).status == 404


def test_an_id_that_is_taken_is_refused_where_that_is_documented(server: Server) -> None:
    assert server.send("POST", "/kennel/owners", {"username": "zed"}).status == 200
    reply = server.send("POST", "/kennel/owners", {"username": "zed", "phone": "2"})
    assert reply.status == 409
    assert set(reply.json) == {"title", "code"}
    assert server.send("GET", "/kennel/owners/zed").json == {"username": "zed"}


def test_a_location_leads_to_what_was_created(server: Server) -> None:
    reply = server.send("POST", "/kennel/dogs", {"name": "Bo"})
    where = urlsplit(reply.headers["location"])
    assert f"{where.scheme}://{where.netloc}" == server.url
    assert server.send("GET", where.path).json == reply.json


def test_a_single_object_is_read_and_changed(server: Server) -> None:
    assert server.send("GET", "/kennel/settings").json == {"theme": "light", "lines": 20}
    assert server.send("PATCH", "/kennel/settings", {"theme": "dark"}).json == {"theme": "dark", "lines": 20}
    assert server.send("GET", "/kennel/settings").json["theme"] == "dark"
    assert server.send("PUT", "/fleet/api/acme/trucks/AB-1234/engine", {"power": 9}).status == 204
    assert server.send("GET", "/fleet/api/acme/trucks/AB-1234/engine").json == {"power": 9}
    other = server.send("POST", "/fleet/api/acme/trucks/", {"load": 3}).json["plate"]
    assert server.send("GET", f"/fleet/api/acme/trucks/{other}/engine").json["power"] == 1
    assert server.send("GET", "/fleet/api/acme/trucks/XX-0000/engine").status == 404


def test_objects_lie_in_their_parents_and_go_with_them(server: Server) -> None:
    other = server.send("POST", "/tracker/v2/projects", {"project": {"title": "Roof"}}, TOKEN).json["data"]["id"]
    path = f"/tracker/v2/projects/{other}"
    task = server.send("POST", f"{path}/tasks", {"title": "Tiles"}, TOKEN).json
    assert (task["projectId"], task["done"]) == (other, False)
    assert server.send("GET", f"{path}/tasks", headers=TOKEN).json == {"tasks": [task], "count": 1}
    assert server.send("GET", f"{P1}/tasks/{task['id']}", headers=TOKEN).status == 404
    assert server.send("GET", f"{NOBODY}/tasks", headers=TOKEN).status == 404
    assert server.send("POST", f"{NOBODY}/tasks", {"title": "x"}, TOKEN).status == 404
    note = server.send("POST", f"{path}/tasks/{task['id']}/notes", {"text": "x"}, TOKEN).json
    assert server.send("GET", f"{path}/tasks/{task['id']}/notes", headers=TOKEN).json == [note]
    assert set(note) == {"id", "text"}
    deleted = server.send("DELETE", path, headers=TOKEN)
    assert deleted.json["data"]["id"] == other
    held = server.resources("tracker")
    assert [len(held[name]) for name in ("projects", "tasks", "notes")] == [1, 1, 1]
    assert server.send("GET", "/fleet/api/globex/trucks/").json["results"] == []


def test_lists_are_filtered_and_sorted(server: Server) -> None:
    for name, breed in (("Cid", "collie"), ("Abe", "poodle")):
        dog(server, name=name, breed=breed)
    named = [row["name"] for row in server.send("GET", "/kennel/dogs?limit=9&sort=name").json]
    assert named == ["Abe", "Cid", "Rex"]
    assert [row["name"] for row in server.send("GET", "/kennel/dogs?sort=-name").json] == ["Rex", "Cid"]
    assert [row["name"] for row in server.send("GET", "/kennel/dogs?breed=poodle").json] == ["Abe"]
    server.send("POST", f"{P1}/tasks", {"title": "Tiles", "done": True}, TOKEN)
    for text, count in (("true", 1), ("false", 1)):
        assert server.send("GET", f"{P1}/tasks?done={text}", headers=TOKEN).json["count"] == count
    for kind in ("a", "b", "c"):
        server.send("POST", "/ledger/events", {"kind": kind})
    assert server.send("GET", "/ledger/events?kind=a&kind=c").json["totalSize"] == 2


def test_offsets_and_numbered_pages_cut_a_list(server: Server) -> None:
    for name in "abc":
        dog(server, name=name)
    reply = server.send("GET", "/kennel/dogs?offset=1")
    assert ([row["name"] for row in reply.json], reply.headers["x-total-count"]) == (["a", "b"], "4")
    for _ in range(3):
        server.send("POST", "/tracker/v2/projects", {"project": {"title": "Roof"}}, TOKEN)
    page = server.send("GET", "/tracker/v2/projects?page=2&per_page=3", headers=TOKEN).json
    assert page["meta"] == {"total_count": 4, "page": 2, "total_pages": 2, "next_page": None}
    assert len(page["data"]) == 1
    assert server.send("GET", "/tracker/v2/projects?per_page=3", headers=TOKEN).json["meta"]["next_page"] == 2


def test_a_next_link_leads_through_all_pages(server: Server) -> None:
    made = [server.send("POST", "/fleet/api/acme/trucks/", {"load": load}).json["plate"] for load in range(4)]
    found: list[str] = []
    path = "/fleet/api/acme/trucks/"
    while path:
        reply = server.send("GET", path).json
        assert reply["count"] == 5
        assert len(reply["results"]) <= 2
        found += [row["plate"] for row in reply["results"]]
        path = (reply["next"] or "").removeprefix(server.url)
    assert found == ["AB-1234", *made]
    assert reply["previous"].endswith("?page=2")


@pytest.mark.parametrize(
    ("path", "items", "after"),
    [("/ledger/accounts?limit=2", "data", "starting_after"), ("/ledger/events?page_size=2", "items", "page_token")],
)
def test_a_cursor_leads_through_all_pages(server: Server, path: str, items: str, after: str) -> None:
    for number in range(5):
        if items == "data":
            server.send("POST", "/ledger/accounts", f"email=u{number}%40example.com".encode(), FORM)
        else:
            server.send("POST", "/ledger/events", {"kind": "a"})
    found, sent = [], path
    while sent:
        reply = server.send("GET", sent).json
        found += [row.get("id") or row.get("uuid") for row in reply[items]]
        more = reply["has_more"] if items == "data" else "nextPageToken" in reply
        token = found[-1] if items == "data" else reply.get("nextPageToken")
        sent = f"{path}&{after}={token}" if more else ""
    stored = server.resources("ledger")["accounts" if items == "data" else "events"]
    assert found == list(stored)
    assert len(found) == len(set(found)) > 5


def test_an_answer_that_shows_little_shows_the_right_id(server: Server) -> None:
    made = server.send("POST", "/ledger/events", {"kind": "a"})
    assert made.status == 202
    assert server.send("GET", f"/ledger/events/{made.json['eventUuid']}").json["kind"] == "a"
    assert server.send("DELETE", "/ledger/accounts/acc_1Ab2Cd3Ef").json == {"id": "acc_1Ab2Cd3Ef", "deleted": True}
    assert server.send("GET", "/ledger/accounts/acc_1Ab2Cd3Ef").status == 404


def test_a_form_updates_what_it_names(server: Server) -> None:
    reply = server.send("POST", "/ledger/accounts/acc_9Zy8Xw7Vu", b"note=hello&balance=100", FORM)
    assert reply.json == {
        "id": "acc_9Zy8Xw7Vu",
        "object": "account",
        "email": "b@example.com",
        "balance": 7,
        "note": "hello",
    }


def test_what_fits_no_collection_answers_with_its_example(server: Server) -> None:
    assert server.send("GET", "/kennel/dogs/count").json == {"dogs": 7}


def test_what_was_created_is_still_there_after_a_restart(inferring: Server, tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    with serve.running(inferring.generated, state=state) as url:
        first = Server(url, inferring.generated)
        made = dog(first)
        assert first.send("DELETE", "/kennel/dogs/10").status == 204
    with serve.running(inferring.generated, state=state) as url:
        second = Server(url, inferring.generated)
        assert [row["id"] for row in second.send("GET", "/kennel/dogs").json] == [made["id"]]
        assert dog(second)["id"] != made["id"]


def test_the_contract_of_an_api_with_behavior_has_no_acts(vendors: Server) -> None:
    folder = vendors.generated / "mock_server" / "src" / "specledger_mock" / "apis"
    for path in folder.glob("*.json"):
        contract = json.loads(path.read_text(encoding="utf-8"))
        assert not [row["id"] for row in contract["operations"] if "act" in row]
        assert all(row["effect"] for row in contract["operations"])
