"""The runtime's own parts, without a socket."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from specledger.runtime.mock import json_text
from specledger.runtime.mock.clock import later
from specledger.runtime.mock.coercion import Coercion
from specledger.runtime.mock.credential import ANYONE, Gate, Identity, Scheme
from specledger.runtime.mock.request import Request
from specledger.runtime.mock.route import Found, Routes
from specledger.runtime.mock.sample import NoSample, Sampler
from specledger.runtime.mock.schema import BASE, Schemas
from specledger.runtime.mock.server import Mock
from specledger.yaml12 import Json, JsonObject
from tests.mock.conftest import HERE, generate

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=300, derandomize=True)
@given(VALUES, st.booleans())
def test_json_is_read_as_the_standard_library_reads_it(value: Json, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace")
    assert json_text.read(text) == json.loads(text)
    assert json_text.read(json_text.write(value)) == value


@settings(max_examples=300, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "a:", ":"]), st.sampled_from([1, ":", "a:b", {"a": ":"}])), max_size=4
    )
)
def test_a_key_that_stands_twice_is_refused_and_no_other(pairs: list[tuple[str, Json]]) -> None:
    text = "{" + ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in pairs) + "}"
    if len({key for key, _ in pairs}) < len(pairs):
        with pytest.raises(json_text.Malformed, match="stands twice"):
            json_text.read(text.encode())
    else:
        assert json_text.read(text.encode()) == dict(pairs)


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**63) - 1, 10**30, 10**300])
def test_an_integer_is_exact_whatever_its_size(number: int) -> None:
    assert json_text.read(json_text.write({"n": number})) == {"n": number}
    assert json_text.read(str(number).encode()) == number


@pytest.mark.parametrize(
    ("stored", "moved", "stepped"),
    [
        ("2026-06-17T12:00:00Z", "2026-11-21T10:00:00.000000Z", "2026-11-21T10:00:00.000001Z"),
        ("2026-11-21 10:00:00", "2026-11-21 10:00:01", "2026-11-21 10:00:02"),
        ("Nov 5, 2026 1:05:09 PM", "Nov 21, 2026 10:00:00 AM", "Nov 21, 2026 10:00:01 AM"),
        ("Nov 5, 2026, 1:05:09 PM", "Nov 21, 2026, 10:00:00 AM", "Nov 21, 2026, 10:00:01 AM"),
        (5, 1795255200, 1795255201),
        (1_700_000_000_000, 1795255200000, 1795255200001),
        (None, "2026-11-21T10:00:00.000000Z", "2026-11-21T10:00:00.000001Z"),
        ("Foo 99, 2026 1:05:09 PM", "2026-11-21T10:00:00.000000Z", "2026-11-21T10:00:00.000001Z"),
        ("9999-12-31T23:59:59.999999Z", "2026-11-21T10:00:00.000000Z", "2026-11-21T10:00:00.000001Z"),
    ],
)
def test_a_timestamp_moves_forward_in_its_own_form(stored: Json, moved: Json, stepped: Json) -> None:
    def still() -> datetime:
        return datetime(2026, 11, 21, 10, tzinfo=UTC)

    assert later(stored, still) == moved
    assert later(moved, still) == stepped


def test_routes_prefer_literals_and_keep_the_names_of_each_template() -> None:
    routes: Routes[str] = Routes()
    for path in ("/a/{id}", "/a/b", "/a/{x}.json", "/a/{key}/c", "/{any}/{id}/d", "/a/é", "/a/x%20y", "/{p}-{q}/z"):
        routes.add("GET", path, path)
    routes.add("PUT", "/a/{other}", "put")

    def find(method: str, *segments: str) -> object:
        found = routes.find(method, list(segments))
        return (found.target, found.parameters) if isinstance(found, Found) else found

    assert find("GET", "a", "b") == ("/a/b", {})
    assert find("PUT", "a", "b") == ("GET",)  # a path without parameters stands alone
    assert find("PUT", "a", "c") == ("put", {"other": "c"})
    assert find("GET", "a", "q") == ("/a/{id}", {"id": "q"})
    assert find("GET", "a", "q.json") == ("/a/{x}.json", {"x": "q"})
    assert find("GET", "a", "q", "c") == ("/a/{key}/c", {"key": "q"})
    assert find("GET", "a", "q", "d") == ("/{any}/{id}/d", {"any": "a", "id": "q"})
    assert find("GET", "a", "x y") == ("/a/x%20y", {})
    assert find("GET", "a-b-c", "z") == ("/{p}-{q}/z", {"p": "a", "q": "b-c"})
    assert find("DELETE", "a", "c") == ("GET", "PUT")
    assert find("GET", "a", "") == ()
    assert find("GET", "-" * 60_000, "z") == ()


def test_schemes_that_go_together_show_one_callers_credential() -> None:
    schemes = {name: Scheme("header", name, "", "apiKey", "") for name in ("a", "b")}
    one, two = (Identity(name, f"{name}-key", "", (), "", ()) for name in ("one", "two"))
    gate = Gate([["a", "b"]], schemes, (one, two))
    assert gate.caller({"a": "one-key", "b": "one-key"}, {}) is one
    for headers in ({"a": "one-key", "b": "two-key"}, {"a": "one-key"}, {"a": "one-key", "b": "x"}, {}):
        assert gate.caller(headers, {}) is None
    anyone = Gate([["a", "b"]], schemes, ())
    assert anyone.caller({"a": "x", "b": "y"}, {}) is ANYONE
    assert anyone.caller({"a": "x"}, {}) is None
    assert Gate([], schemes, (one, two)).caller({}, {}) is one
    assert Gate([["a"], []], schemes, (one, two)).caller({"a": "two-key"}, {}) is two


SAMPLED: list[Json] = [
    {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]+)*$", "minLength": 5},
    {"type": "string", "pattern": "^sk-[A-Za-z0-9]{20,}$"},
    {"type": "string", "pattern": r"^\p{Lu}\w+$"},
    {"type": "string", "pattern": "^(cat|dog)s?$"},
    {"type": "integer", "minimum": 50, "multipleOf": 7},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "array", "uniqueItems": True, "minItems": 3, "items": {"enum": ["a", "b", "c"]}},
    {"type": "array", "contains": {"const": 5}, "minContains": 2},
    {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
    {"type": "object", "minProperties": 1, "patternProperties": {"^x-[0-9]+$": {}}, "additionalProperties": False},
    {"oneOf": [{"type": "integer"}, {"type": "number"}]},
    {"properties": {"a": {"const": 1}}, "required": ["a"], "if": {"required": ["a"]}, "then": {"required": ["b"]}},
    {"allOf": [{"properties": {"x": {"type": "integer"}}, "required": ["x"]}, {"properties": {"x": {"minimum": 7}}}]},
    {"not": {"type": "object"}},
    {"$ref": f"{BASE}#/$defs/Shape"},
    {"allOf": [{"$ref": f"{BASE}#/$defs/Labelled"}, {"$ref": f"{BASE}#/$defs/Sized"}]},
    {"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "oneOf": [{"required": ["c"]}, {"required": ["d"]}]},
    {"allOf": [{"oneOf": [{"required": ["a"]}]}, {"oneOf": [{"required": ["b"]}, {"required": ["c"]}]}]},
    {"type": "array", "items": {"$ref": f"{BASE}#/$defs/Shape"}, "minItems": 1},
]
DEFINITIONS: JsonObject = {
    "Labelled": {"type": "object", "required": ["label"], "properties": {"label": {"type": "string"}}},
    "Sized": {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}},
    "Shape": {"oneOf": [{"$ref": f"{BASE}#/$defs/{name}"} for name in ("Labelled", "Sized")]},
}


@pytest.mark.parametrize("schema", SAMPLED, ids=str)
def test_a_sample_is_accepted_by_its_schema(schema: Json) -> None:
    schemas = Schemas(DEFINITIONS)
    assert schemas.compile(schema).is_valid(Sampler(schemas).value(schema))


@pytest.mark.parametrize(
    ("text", "value"), [("1e-116", 1e-116), ("-2.5E+07", -2.5e7), ("1e999", "1e999"), ("1e", "1e"), ("inf", "inf")]
)
def test_a_number_in_a_text_is_read_as_json_writes_it(text: str, value: Json) -> None:
    assert Coercion(Schemas({}), {"type": "number"}).value(text) == value


@pytest.mark.parametrize("schema", [False, {"enum": []}, {"type": "string", "pattern": "^a$", "minLength": 2}], ids=str)
def test_a_schema_that_accepts_nothing_has_no_sample(schema: Json) -> None:
    with pytest.raises(NoSample):
        Sampler(Schemas({})).value(schema)


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Mock:
    """Returns the runtime over the inline specs."""
    generated = generate(HERE / "specs", tmp_path_factory.mktemp("runtime"))
    return Mock(generated / "mock_server" / "src" / "specledger_mock" / "apis")


PATHS = [
    b"/shop/tenants/t1/items/a",
    b"/plain/v1/pets",
    b"/odd/things",
    b"/odd/bodies",
    b"/plain/v1/points/.1/;shape=w,3",
]
TYPES = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "text/plain",
    "\xff",
]


@settings(max_examples=1500, derandomize=True, deadline=None)
@given(
    st.sampled_from(["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]),
    st.sampled_from(PATHS) | st.binary(max_size=40).map(lambda tail: b"/shop/" + tail),
    st.sampled_from([b"key=k", b"key=k&limit=1", b"key=k&filter[age]=1", b"key=k&where={}"]) | st.binary(max_size=40),
    st.sampled_from(TYPES) | st.text(st.characters(max_codepoint=255), max_size=20),
    st.binary(max_size=80) | VALUES.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(["owner-key", "x"]),
    st.text(st.characters(max_codepoint=255), max_size=20),
)
@example("PUT", PATHS[0], b"", TYPES[0], b'{"name": "apple", "depot": "\\u0000"}', "owner-key", "session=s1")
def test_no_request_is_beyond_an_answer(
    mock: Mock, method: str, path: bytes, query: bytes, media_type: str, body: bytes, token: str, cookie: str
) -> None:
    headers = {
        "content-type": media_type,
        "x-token": token,
        "cookie": cookie,
        "authorization": cookie,
        "x-trace": cookie,
    }
    answer = mock.answer(Request(method, path, query, headers, body))
    assert answer.status < 500, answer
    assert all(b"\n" not in name + value for name, value in answer.headers)


def test_an_update_whose_answer_would_leave_the_spec_is_refused_with_the_place_and_changes_nothing(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "specs" / "shop"
    folder.mkdir(parents=True)
    for name in ("openapi.yaml", "behavior.yaml"):
        text = (HERE / "specs" / "shop" / name).read_text()
        (folder / name).write_text(text.replace("price: 3,", "price: three,"))
    generated = generate(folder.parent, tmp_path)
    mock = Mock(generated / "mock_server" / "src" / "specledger_mock" / "apis")
    before = json_text.write(mock.apis["shop"].state.collections["items"].objects)  # type: ignore[arg-type]  # objects are JSON
    body = b'{"itemId": "a", "name": "x"}'
    answer = mock.answer(
        Request("POST", b"/shop/items/rename", b"", {"content-type": TYPES[0], "x-token": "owner-key"}, body)
    )
    assert answer.status == 400
    assert b"response.200.body.item.price" in answer.body
    assert json_text.write(mock.apis["shop"].state.collections["items"].objects) == before  # type: ignore[arg-type]  # as above


def test_a_big_integer_is_stored_and_answered_exactly(mock: Mock) -> None:
    body = b'{"price": 123456789012345678901234567890}'
    headers = {"content-type": TYPES[0], "x-token": "owner-key"}
    answer = mock.answer(Request("PATCH", b"/shop/tenants/t1/items/a/price", b"", headers, body))
    assert answer.status == 202
    shown = mock.answer(Request("GET", b"/_mock/shop/resources", b"", {}, b""))
    assert b":123456789012345678901234567890" in shown.body
    refused = mock.answer(Request("PUT", b"/shop/tenants/t1/items/a", b"", headers, b'{"name": "apple", "price": 5}'))
    assert refused.status == 400  # prices only rise, and the stored one is beyond 64 bits
