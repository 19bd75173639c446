"""What a spec can say is kept to: parameter styles, keywords, hidden fields, media types, methods; over a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specledger import serve
from specledger.runtime.mock.accept import preferred
from specledger.runtime.mock.request import Request
from specledger.runtime.mock.server import Mock
from specledger.yaml12 import Json
from tests.mock.conftest import Server, generate

SPECS = Path(__file__).parent / "faithful"


@pytest.fixture(scope="module")
def faithful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Runs the mock of three specs that have no behavior: parameter styles, keywords, media types."""
    generated = generate(SPECS, tmp_path_factory.mktemp("faithful"))
    with serve.running(generated) as url:
        yield Server(url, generated)


def reason(server: Server, method: str, path: str, body: Json = None, **headers: str) -> str:
    """Returns the reason of a refusal, empty for a success, whatever shape the error has."""
    reply = server.send(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
    if reply.status == 200:
        return ""
    assert reply.status == 400, reply
    error = reply.json
    return str(error["error"] if "error" in error else error["details"][0]["message"])


LABEL = "/styles/label/{}/.1,2/.1.2/.r,1,g,2/.r=1.g=2"
MATRIX = "/styles/matrix/{}/;many=1,2/;spreadMany=1;spreadMany=2/;named=r,1,g,2/;r=1;g=2"


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("/styles/simple/1/1,2/r,1,g,2/r=1,g=2", ""),
        ("/styles/simple/1/1,x/r,1,g,2/r=1,g=2", "request.path.many[1]"),
        ("/styles/simple/1/1,,2/r,1,g,2/r=1,g=2", "request.path.many[1]"),
        ("/styles/simple/1/1/r,1,g/r=1,g=2", "request.path.named"),
        ("/styles/simple/1/1/r,1,g,2,r,3/r=1,g=2", "request.path.named.r"),
        ("/styles/simple/1/1/r,1,g,2/r=1,g=2,r=3", "request.path.spread.r"),
        ("/styles/simple/1/1/r,1,g,2/r=1", "request.path.spread.g"),
        (LABEL.format(".1"), ""),
        (LABEL.format(".x"), "request.path.one"),
        (LABEL.format("1"), "request.path.one"),
        (LABEL.format(".1").replace("/.1,2", "/1,2"), "request.path.many"),
        (LABEL.format(".1").replace(".1.2", ".1.x"), "request.path.spreadMany[1]"),
        (LABEL.format(".1").replace(".r=1.g=2", ".r=1"), "request.path.spread.g"),
        (MATRIX.format(";one=1"), ""),
        (MATRIX.format("%3Bone%3D1"), ""),
        (MATRIX.format("1"), "request.path.one"),
        (MATRIX.format(";two=1"), "request.path.one"),
        (MATRIX.format(";one=1").replace("spreadMany=2", "spreadMany=x"), "request.path.spreadMany[1]"),
        (MATRIX.format(";one=1").replace("/;r=1", "/r=1"), "request.path.spread"),
        (MATRIX.format(";one=1").replace("named=r,1", "named=r,x"), "request.path.named.r"),
    ],
)
def test_path_parameters_keep_to_their_style(faithful: Server, path: str, refused: str) -> None:
    assert reason(faithful, "GET", path).partition(":")[0] == refused


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("one=1&many=1&many=2&joined=1,2&spaced=1%202&piped=1%7C2&pair=r,1,g,2", ""),
        ("spacedPair=r%201%20g%202&pipedPair=r|1|g|2&r=1&g=2&deep[r]=1&deep%5Bg%5D=2", ""),
        ("json=" + quote('{"r":1,"g":2}'), ""),
        ("words=a,b", ""),
        ("one=x", "request.query.one"),
        ("one", "request.query.one"),
        ("one=1&one=2", "request.query.one"),
        ("many=1&many=x", "request.query.many[1]"),
        ("joined=1,x", "request.query.joined[1]"),
        ("joined=", "request.query.joined"),
        ("spaced=1%20x", "request.query.spaced[1]"),
        ("piped=1|x", "request.query.piped[1]"),
        ("pair=r,1", "request.query.pair.g"),
        ("pair=r,1,g", "request.query.pair"),
        ("pair=r,1,g,2,x,3", "request.query.pair"),
        ("spacedPair=r%201", "request.query.spacedPair.g"),
        ("pipedPair=r|x|g|2", "request.query.pipedPair.r"),
        ("r=1", "request.query.spread.g"),
        ("r=1&g=2&r=3", "request.query.spread.r"),
        ("deep[r]=1", "request.query.deep.g"),
        ("deep[r]=1&deep[r]=2&deep[g]=3", "request.query.deep.r"),
        ("json=1", "request.query.json"),
        ("json=%7B", "request.query.json"),
        ("json=" + quote('{"r":1,"g":2,"r":3}'), "request.query.json"),
        ("words=a,b,c", "request.query.words"),
        ("words=abcd", "request.query.words[0]"),
        ("one=%zz", "request.query"),
    ],
)
def test_query_parameters_keep_to_their_style(faithful: Server, query: str, refused: str) -> None:
    found = reason(faithful, "GET", f"/styles/query?{query}").partition(":")[0]
    assert found == refused or (refused == "request.query.pair" and found.startswith(refused))


@pytest.mark.parametrize(
    ("path", "headers", "refused"),
    [
        ("header", {"X_One": "1", "X_Many": "1, 2", "X_Named": "r, 1, g, 2", "X_Spread": "r=1, g=2"}, ""),
        ("header", {"X_Json": '{"r":1,"g":2}'}, ""),
        ("header", {"X_One": "x"}, "request.header.X-One"),
        ("header", {"X_Many": "1,x"}, "request.header.X-Many[1]"),
        ("header", {"X_Named": "r,1"}, "request.header.X-Named.g"),
        ("header", {"X_Spread": "r=1"}, "request.header.X-Spread.g"),
        ("header", {"X_Json": "{"}, "request.header.X-Json"),
        ("cookie", {"Cookie": "one=1; joined=1,2; pair=r,1,g,2"}, ""),
        ("cookie", {"Cookie": "one=x"}, "request.cookie.one"),
        ("cookie", {"Cookie": "joined=1,x"}, "request.cookie.joined[1]"),
        ("cookie", {"Cookie": "pair=r,1"}, "request.cookie.pair.g"),
    ],
)
def test_header_and_cookie_parameters_keep_to_their_style(
    faithful: Server, path: str, headers: dict[str, str], refused: str
) -> None:
    assert reason(faithful, "GET", f"/styles/{path}", **headers).partition(":")[0] == refused


# field: (values that its schema accepts, values that it refuses with the place inside the field that the reason names)
KEYWORDS: dict[str, tuple[list[Json], list[tuple[Json, str]]]] = {
    "conditional": (
        [{"kind": "big", "size": 100}, {"size": 5}, {}],
        [({"kind": "big"}, ".size"), ({"kind": "big", "size": 5}, ".size"), ({"size": 500}, ".size")],
    ),
    "together": ([{}, {"card": 1, "address": 2}], [({"card": 1}, ".address")]),
    "dependent": ([{}, {"card": "1", "code": 2}], [({"card": "1"}, ".code"), ({"card": "1", "code": "x"}, ".code")]),
    "negated": (["guest"], [("root", "")]),
    "closed": ([{"a": 1, "b": 2}], [({"a": 1, "c": 2}, ".c")]),
    "tuple": ([["a", 1, True], []], [(["a", "b"], "[1]"), (["a", 1, 2], "[2]")]),
    "closedTuple": ([["a"]], [(["a", 2], "")]),
    "counted": ([[10, 11], [1, 10, 11]], [([10, 1], ""), ([10, 11, 12, 13], "")]),
    "named": ([{"ab": 1}], [({"AB": 1}, ""), ({"abcd": 1}, "")]),
    "patterned": ([{"x-a": 1}], [({"x-a": "s"}, ".x-a"), ({"y": 1}, ".y")]),
    "sized": ([{"a": 1}], [({}, ""), ({"a": 1, "b": 2, "c": 3}, "")]),
    "unique": ([[1, "1", True]], [([1, 1], ""), ([1, 1.0], ""), ([{"a": [0]}, {"a": [0.0]}], "")]),
    "stepped": ([0.07, 0.29], [(0.075, ""), (0, ""), (1, "")]),
    "nullable": ([None, "ab", "😀😀😀😀"], [("a", ""), ("😀😀😀😀😀", ""), (1, "")]),
    "constant": ([{"a": [1, None]}, {"a": [1.0, None]}], [({"a": [1]}, "")]),
    "one": ([2, 3], [(6, ""), (5, "")]),
    "any": ([10, "a"], [(5, ""), ("b", ""), (None, "")]),
    "at": (["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5+02:00"], [("2026-13-01T00:00:00Z", ""), ("today", "")]),
    "day": (["2028-02-29"], [("2026-02-29", "")]),
    "moment": (["23:59:59Z"], [("25:00:00Z", "")]),
    "span": (["P1DT2H"], [("1D", "")]),
    "mail": (["a@example.com"], [("a", "")]),
    "host": (["a.example.com"], [("-a-", "")]),
    "four": (["192.0.2.1"], [("256.1.1.1", "")]),
    "six": (["2001:db8::1"], [("::x", "")]),
    "link": (["https://example.com/a?b#c"], [("/a", ""), ("not a uri", "")]),
    "reference": (["/a"], [("a b", "")]),
    "uuid": (["00000000-0000-4000-8000-00000000000a"], [("x", "")]),
    "expression": (["^a+$"], [("(", "")]),
    "pointer": (["/a~1b"], [("a", "")]),
    "tree": (
        [{"value": 1, "branches": [{"value": 2}]}],
        [
            ({"value": 1, "branches": [{"value": "x"}]}, ".branches[0].value"),
            ({"value": 1, "branches": [{"value": 1, "x": 2}]}, ".branches[0].x"),
            ({"value": 1, "branches": [{"branches": []}]}, ".branches[0].value"),
        ],
    ),
}


def test_every_keyword_of_the_spec_is_tried() -> None:
    from specledger import spec

    thing = spec.load(SPECS / "keywords").at(("components", "schemas", "Thing"))
    assert isinstance(thing, dict)
    assert isinstance(thing["properties"], dict)
    assert set(thing["properties"]) == set(KEYWORDS)


@pytest.mark.parametrize("field", KEYWORDS)
def test_a_keyword_is_asserted_and_the_reason_in_the_vendors_shape_names_the_field(
    faithful: Server, field: str
) -> None:
    accepted, refused = KEYWORDS[field]
    for value in accepted:
        assert reason(faithful, "PUT", "/keywords/judged", {field: value}) == "", value
    for value, place in refused:
        found = reason(faithful, "PUT", "/keywords/judged", {field: value})
        assert found.startswith(f"request.body.{field}{place}: "), (value, found)


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"kind": "cat", "lives": 9}, ""),
        ({"kind": "dog", "tricks": ["sit"]}, ""),
        ({"kind": "cat", "lives": 10}, "request.body.lives"),
        ({"kind": "dog", "lives": 3}, "request.body.tricks"),
        ({"kind": "dog", "tricks": [1]}, "request.body.tricks[0]"),
        ({"kind": "fish"}, "request.body.kind"),
        ({"lives": 3}, "request.body.kind"),
        ([], "request.body"),
    ],
)
def test_a_choice_is_refused_for_what_its_discriminator_means(faithful: Server, body: Json, refused: str) -> None:
    assert reason(faithful, "PUT", "/keywords/pets", body).partition(":")[0] == refused


def test_what_is_hidden_is_required_only_where_it_has_its_place_and_never_shown(faithful: Server) -> None:
    sent: dict[str, Json] = {"name": "a", "secret": "x"}
    reply = faithful.send("PUT", "/keywords/accounts", sent)
    assert (reply.status, sorted(reply.json)) == (200, ["id", "name"])
    assert reason(faithful, "PUT", "/keywords/accounts", {"name": "a"}).startswith("request.body.secret: ")
    assert reason(faithful, "PUT", "/keywords/accounts", {**sent, "x": 1}).startswith("request.body.x: ")
    shown = faithful.send("GET", "/keywords/shown")
    assert shown.json == {"owner": {"name": "a"}, "members": [{"name": "b"}], "by": {"c": {"name": "c"}}}


def test_an_example_that_leaves_its_schema_is_never_sent(faithful: Server) -> None:
    assert faithful.send("GET", "/keywords/examples").json == ["example", 1, True, True]
    impossible = faithful.send("GET", "/keywords/impossible")
    assert (impossible.body, "x-mock-note" in impossible.headers) == (b"", True)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/*", "text/csv"),
        ("text/*, text/csv;q=0", "text/plain"),
        ("text/*;q=0.2, text/plain;q=0.9, */*;q=0.1", "text/plain"),
        ("application/json;q=0.5, text/csv;q=0.6", "text/csv"),
        ("application/json, text/csv", "application/json"),
        ("text/csv, application/json", "application/json"),
        ("application/vnd.media.v2+json", "application/vnd.media.v2+json"),
        ("application/json;q=0, */*", "text/csv"),
        ("text/csv; charset=utf-8; q=1.0, application/json;q=0.9", "text/csv"),
        ("image/png", "application/json"),
        ("garbage;;,/,", "application/json"),
        ("text/csv;q=7", "text/csv"),
    ],
)
def test_the_media_type_is_negotiated(faithful: Server, accept: str | None, media_type: str) -> None:
    reply = faithful.send("GET", "/media/report", headers={} if accept is None else {"Accept": accept})
    assert (reply.status, reply.headers["content-type"]) == (200, media_type)
    assert {"text/csv": b"a,b", "text/plain": b"a: 1"}.get(media_type, reply.body) == reply.body
    if media_type.endswith("json"):
        assert list(reply.json) == (["b"] if "v2" in media_type else ["a"])


def test_nothing_acceptable_is_refused_only_where_the_spec_documents_it(faithful: Server) -> None:
    reply = faithful.send("GET", "/media/strict-report", headers={"Accept": "image/png"})
    assert (reply.status, reply.headers["content-type"]) == (406, "application/problem+json")
    assert reply.json["title"] == "Not acceptable"
    assert reply.json["detail"].startswith("request.header.Accept: ")
    for accept in ("*/*;q=0.1", "text/csv", ""):
        assert faithful.send("GET", "/media/strict-report", headers={"Accept": accept}).status == 200
    assert faithful.send("GET", "/media/nothing", headers={"Accept": "image/png"}).status == 204


def test_a_state_is_shown_under_the_json_that_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "specs" / "shop"
    folder.mkdir(parents=True)
    for name in ("openapi.yaml", "behavior.yaml"):
        text = (SPECS.parent / "specs" / "shop" / name).read_text()
        head, mark, tail = text.partition("          description: done\n          content:\n")
        more = "            application/vnd.shop+json:\n              schema: *renamed\n            text/csv: {}\n"
        tail = tail.replace("schema:\n", "schema: &renamed\n", 1).replace("components:\n", f"{more}components:\n", 1)
        (folder / name).write_text(head + mark + (tail if mark else ""))
    mock = Mock(generate(folder.parent, tmp_path) / "mock_server" / "src" / "specledger_mock" / "apis")
    for number, (accept, media_type) in enumerate(
        [("application/vnd.shop+json", "application/vnd.shop+json"), ("text/csv", "application/json")]
    ):
        headers = {"content-type": "application/json", "x-token": "owner-key", "accept": accept}
        body = json.dumps({"itemId": "a", "name": f"x{number}"}).encode()
        answer = mock.answer(Request("POST", b"/shop/items/rename", b"", headers, body))
        assert (answer.status, dict(answer.headers)[b"content-type"]) == (200, media_type.encode())
        assert json.loads(answer.body)["item"]["name"] == f"x{number}"


def test_a_quality_beyond_the_grammar_counts_as_none() -> None:
    offered = ("application/json", "text/csv")
    assert preferred("text/csv;q=0.0001, application/json;q=0.5", offered) == "text/csv"
    assert preferred("text/csv;q=0.000", offered) is None
    assert preferred('text/csv;note="a,b";q=0.1, application/json;q=0.2', offered) == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "status", "body", "allow"),
    [
        ("GET", "/media/ways", 200, b"here", None),
        ("HEAD", "/media/ways", 204, b"", None),
        ("OPTIONS", "/media/ways", 200, b"ways", None),
        ("DELETE", "/media/ways", 204, b"", None),
        ("PUT", "/media/ways", 405, None, "DELETE, GET, HEAD, OPTIONS"),
        ("HEAD", "/media/report", 200, b"", None),
        ("POST", "/media/report", 405, None, "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/media/report", 204, b"", "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/media/traced", 204, b"", "TRACE, OPTIONS"),
        ("TRACE", "/media/traced", 200, b"", None),
        ("HEAD", "/media/traced", 405, b"", "TRACE, OPTIONS"),
        ("OPTIONS", "/media/nowhere", 404, None, None),
    ],
)
def test_head_options_and_allow_follow_the_spec(
    faithful: Server, method: str, path: str, status: int, body: bytes | None, allow: str | None
) -> None:
    reply = faithful.send(method, path)
    assert (reply.status, reply.headers.get("allow")) == (status, allow)
    assert body is None or reply.body == body


def test_head_tells_the_headers_of_get(faithful: Server) -> None:
    for path in ("/media/report", "/keywords/examples"):
        got, head = (faithful.send(method, path) for method in ("GET", "HEAD"))
        for name in ("content-length", "content-type"):
            assert head.headers[name] == got.headers[name]


def test_every_listed_request_is_accepted_as_its_parameters_are_written(faithful: Server) -> None:
    rows = [row for api in faithful.send("GET", "/_mock/apis").json for row in api["requests"]]
    assert len(rows) > 15
    for row in rows:
        is_text = "json" not in row["headers"].get("Content-Type", "")
        content = None if row["body"] is None else (row["body"] if is_text else json.dumps(row["body"])).encode()
        reply = faithful.send(row["method"], row["url"].removeprefix(faithful.url), content, row["headers"])
        assert 200 <= reply.status < 300, (row, reply)


VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abkrxy") | st.text(max_size=3), inner),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def in_process(faithful: Server) -> Mock:
    """Returns the same mock without a socket."""
    return Mock(faithful.generated / "mock_server" / "src" / "specledger_mock" / "apis")


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(KEYWORDS)), VALUES)
def test_whatever_a_field_holds_the_answer_is_a_success_or_a_refusal_that_names_it(
    in_process: Mock, field: str, value: Json
) -> None:
    headers = {"content-type": "application/json"}
    body = json.dumps({field: value}).encode()
    answer = in_process.answer(Request("PUT", b"/keywords/judged", b"", headers, body))
    assert answer.status in (200, 400), answer
    if answer.status == 400:
        assert json.loads(answer.body)["details"][0]["message"].startswith(f"request.body.{field}"), answer
