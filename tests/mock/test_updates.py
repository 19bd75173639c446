"""What an accepted request does to the state, and what a refused one does not."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from specledger import serve
from specledger.yaml12 import Json
from tests.mock.conftest import Server, generate

ENDPOINT = "/baseten_gateway/v1/gateway/endpoints/abc123hash"
KEY = {"Authorization": "Api-Key mock-maintainer-key"}
ITEM = "/shop/tenants/t1/items/a"
OWNER = {"X-Token": "owner-key"}


def test_every_listed_request_works_on_the_seeded_state(vendors: Server, inline: Server) -> None:
    for server in (vendors, inline):
        server.send("POST", "/_mock/reset")
        listed = server.send("GET", "/_mock/apis").json
        for api in listed:
            assert api["requests"], api["name"]
            for request in api["requests"]:
                path = request["url"].removeprefix(server.url)
                assert path != request["url"]
                body = request["body"]
                sent = body.encode() if isinstance(body, str) else body
                reply = server.send(request["method"], path, sent, request["headers"])
                assert 200 <= reply.status < 300, (request, reply)
                assert "x-mock-note" not in reply.headers


def test_an_update_is_answered_and_persists(baseten: Server) -> None:
    targets: Json = [{"provider": "OPENAI", "secret_id": "s", "target_model": "m"}]
    reply = baseten.send("PATCH", ENDPOINT, {"targets": targets, "unknown": 1}, KEY)
    stored = baseten.resources("baseten_gateway")["endpoints"]["abc123hash"]
    assert reply.status == 200
    assert stored["targets"] == targets
    assert stored["slug"] == "my-org/glm-5.2"
    assert "unknown" not in stored
    assert reply.json == {key: value for key, value in stored.items() if key != "workspace"}


def test_an_empty_merge_moves_only_the_timestamp(baseten: Server) -> None:
    before = baseten.resources("baseten_gateway")["endpoints"]["abc123hash"]
    first = baseten.send("PATCH", ENDPOINT, {}, KEY)
    second = baseten.send("PATCH", ENDPOINT, {}, KEY)
    after = baseten.resources("baseten_gateway")["endpoints"]["abc123hash"]
    times = [datetime.fromisoformat(str(row["updated_at"])) for row in (before, first.json, second.json)]
    assert times == sorted(set(times))
    assert {**before, "updated_at": ""} == {**after, "updated_at": ""}


def test_a_replacement_clears_what_is_declared_and_not_sent(shop: Server) -> None:
    reply = shop.send("PUT", ITEM, {"name": "apricot", "hint": "x", "made": "never", "id": "zzz"}, OWNER)
    stored = shop.resources("shop")["items"]["a"]
    assert (reply.status, reply.body) == (200, b"")
    assert {key: stored[key] for key in stored if key != "changed"} == {
        "id": "a",
        "name": "apricot",
        "made": "2020",
        "tenant": "t1",
        "area": "north",
    }


def test_a_timestamp_keeps_its_textual_form(shop: Server) -> None:
    assert shop.send("PUT", ITEM, {"name": "apple"}, OWNER).status == 200
    assert shop.send("POST", "/shop/items/rename", {"itemId": "b", "name": "bun"}, OWNER).status == 200
    items = shop.resources("shop")["items"]
    assert re.fullmatch(r"[A-Z][a-z]{2} \d{1,2}, 20\d\d \d{1,2}:\d\d:\d\d [AP]M", str(items["a"]["changed"]))
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", str(items["b"]["changed"]))


def test_a_merge_takes_fields_from_every_branch_of_the_schema(shop: Server) -> None:
    reply = shop.send("PATCH", f"{ITEM}/price", {"price": 4, "currency": "EUR", "note": None, "made": "x"}, OWNER)
    stored = shop.resources("shop")["items"]["a"]
    assert (reply.status, reply.json) == (202, 1)
    assert (stored["price"], stored["currency"], stored["note"], stored["made"]) == (4, "EUR", None, "2020")


def test_an_answer_shows_only_what_its_schema_declares(shop: Server) -> None:
    reply = shop.send("POST", "/shop/items/rename", {"itemId": "b", "name": "bun"}, OWNER)
    stored = shop.resources("shop")["items"]["b"]
    assert reply.json == {"item": {"id": "b", "name": "bun", "changed": stored["changed"]}}
    assert "itemId" not in stored


REFUSED: list[tuple[str, str, str, Json, dict[str, str], int, str]] = [
    ("unauthenticated", "PATCH", ENDPOINT, {}, {}, 401, "credential"),
    ("unauthenticated, another prefix", "PATCH", ENDPOINT, {}, {"Authorization": "Token x"}, 401, "credential"),
    ("scope", "PATCH", ENDPOINT, {}, {"Authorization": "Bearer mock-reader-key"}, 403, "scope"),
    ("foreign", "PATCH", ENDPOINT, {}, {"Authorization": "Bearer mock-neighbour-key"}, 403, "workspace"),
    ("unknown", "PATCH", f"{ENDPOINT}x", {}, KEY, 404, "request.path.endpoint_id"),
    ("invalid", "PATCH", ENDPOINT, {"targets": [{"provider": "NOBODY"}]}, KEY, 400, "request.body.targets[0].provider"),
    ("conditional", "PATCH", ENDPOINT, {"targets": [{"provider": "OPENAI"}]}, KEY, 400, "targets[0].secret_id"),
    ("null", "PATCH", ENDPOINT, {"slug": None}, KEY, 400, "request.body.slug"),
    ("taken", "PATCH", ENDPOINT, {"slug": "my-team/claude"}, KEY, 400, "request.body.slug"),
    ("not_owned", "PATCH", ENDPOINT, {"slug": "their-org/new"}, KEY, 400, "request.body.slug"),
    ("limit", "PUT", ITEM, {"name": "apple", "price": 1001}, OWNER, 400, "request.body.price"),
    ("limit inside", "PUT", ITEM, {"name": "apple", "tags": [{"weight": 6}]}, OWNER, 400, "request.body.tags[].weight"),
    ("rule", "PUT", ITEM, {"name": "apple", "price": 1}, OWNER, 400, "prices only rise"),
    ("rule on others", "PUT", ITEM, {"name": "apple", "depot": "d9"}, OWNER, 400, "no such depot"),
    ("within", "PUT", "/shop/tenants/t2/items/a", {"name": "apple"}, OWNER, 404, "request.path.id"),
    ("taken with its own body", "PUT", ITEM, {"name": "bread"}, OWNER, 409, "it is request.body.name"),
    ("parameter", "PUT", f"{ITEM}?dry-run=perhaps", {"name": "apple"}, OWNER, 400, "request.query.dry-run"),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "reason"),
    [row[1:] for row in REFUSED],
    ids=[row[0] for row in REFUSED],
)
def test_a_refused_request_changes_nothing(
    vendors: Server,
    inline: Server,
    method: str,
    path: str,
    body: Json,
    headers: dict[str, str],
    status: int,
    reason: str,
) -> None:
    api = path.split("/")[1]
    server = inline if api == "shop" else vendors
    server.send("POST", "/_mock/reset")
    before = server.resources(api)
    reply = server.send(method, path, body, headers)
    assert reply.status == status, reply
    assert reason in reply.body.decode()
    assert ("www-authenticate" in reply.headers) == (status == 401)
    assert server.resources(api) == before


def test_a_rule_lets_through_what_fulfils_it(shop: Server) -> None:
    assert shop.send("PUT", ITEM, {"name": "apple", "price": 9, "depot": "d1"}, OWNER).status == 200
    assert shop.resources("shop")["items"]["a"]["depot"] == "d1"


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**300], ids=["over", "under", "far over"])
def test_a_rule_holds_over_an_object_with_a_number_that_cel_has_no_type_for(shop: Server, number: int) -> None:
    body = {"name": "apple", "price": 9, "depot": "d1", "tags": [{"weight": 2, "unknown": number}]}
    assert shop.send("PUT", ITEM, body, OWNER).status == 200
    assert shop.send("PUT", ITEM, {**body, "depot": "d9"}, OWNER).status == 400


def test_a_rule_tells_texts_apart_that_differ_behind_a_nul(shop: Server) -> None:
    body = {"name": "apple", "price": 9, "tags": [{"weight": 2, "\0a": 1, "\0b": 2}]}
    assert shop.send("PUT", ITEM, {**body, "depot": "d1"}, OWNER).status == 200
    assert shop.send("PUT", ITEM, {**body, "depot": "d1\0"}, OWNER).status == 400


def test_a_refusal_may_have_no_body(shop: Server) -> None:
    reply = shop.send("PATCH", "/shop/tenants/t1/items/zzz/price", {"price": 1}, OWNER)
    assert (reply.status, reply.body) == (404, b"")


def test_two_updates_to_one_unique_name_never_both_succeed(baseten: Server) -> None:
    paths = [f"/baseten_gateway/v1/gateway/endpoints/{name}" for name in ("abc123hash", "def456hash")]
    for round_ in range(10):
        slug = f"my-org/round-{round_}"
        with ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(baseten.send, "PATCH", path, {"slug": slug}, KEY) for path in paths * 4]
            statuses = [(path, reply.result().status) for path, reply in zip(paths * 4, sent, strict=True)]
        winners = {path for path, status in statuses if status == 200}
        held = [row for row in baseten.resources("baseten_gateway")["endpoints"].values() if row["slug"] == slug]
        assert len(winners) == 1
        assert len(held) == 1
        assert {status for _, status in statuses} == {200, 400}


def test_a_name_that_was_given_up_is_free_again(baseten: Server) -> None:
    other = ENDPOINT.replace("abc123hash", "def456hash")
    assert baseten.send("PATCH", ENDPOINT, {"slug": "my-org/new"}, KEY).status == 200
    assert baseten.send("PATCH", other, {"slug": "my-org/glm-5.2"}, KEY).status == 200
    assert baseten.send("PATCH", ENDPOINT, {"slug": "my-org/new"}, KEY).status == 200


def test_the_state_file_outlives_the_server(root: Path, tmp_path: Path) -> None:
    generated = generate(root / "specs", tmp_path)
    state = tmp_path / "state.sqlite"
    with serve.running(generated, state=state) as url:
        server = Server(url, generated)
        assert server.send("PATCH", ENDPOINT, {"slug": "my-org/kept"}, KEY).status == 200
        before = server.resources("baseten_gateway")
    with serve.running(generated, state=state) as url:
        server = Server(url, generated)
        assert server.resources("baseten_gateway") == before
        taken = server.send("PATCH", ENDPOINT.replace("abc123hash", "def456hash"), {"slug": "my-org/kept"}, KEY)
        assert taken.status == 400
        server.send("POST", "/_mock/reset")
    with serve.running(generated, state=state) as url:
        seeded = Server(url, generated).resources("baseten_gateway")["endpoints"]["abc123hash"]["slug"]
    assert seeded == "my-org/glm-5.2"
