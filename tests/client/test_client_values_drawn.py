"""Whatever a spec allows goes through the client of its API unchanged: bodies sent, answers read, errors copied."""

from __future__ import annotations

import asyncio
import copy
import importlib
import inspect
import json
import math
import pickle
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import jsonschema_rs
import pytest
from hypothesis import strategies as st

from specledger import spec
from specledger.ir import Api, Operation

ROOT = Path(__file__).resolve().parents[2]
APIS = [spec.load(path.parent) for path in sorted(ROOT.glob("specs/*/openapi.yaml"))]
OPERATIONS = [(api, operation) for api in APIS for operation in api.operations]
# Words that the specs know nothing of, some that Python or the client have a meaning for.
STRANGE = ["class", "self", "to_dict", "_extra", "additional_properties", "", "a b", "__class__", "x-y", "\u2028"]
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TIMES = st.sampled_from(
    ["2026-06-17T12:00:00Z", "2016-12-31T23:59:60Z", "2026-06-17T12:00:00.123456789+05:45", "2026-06-17t24:00:00z", "x"]
)


def drawn(api: Api, schema: Any) -> st.SearchStrategy[Any]:
    """Returns a strategy for about what a schema allows, and fields that it does not know."""
    if not isinstance(schema, dict) or not schema:
        return PLAIN
    if "$ref" in schema:
        return st.deferred(lambda: drawn(api, api.at(tuple(schema["$ref"].split("/")[1:]))))
    if "const" in schema or "enum" in schema:
        return st.sampled_from([schema["const"]] if "const" in schema else schema["enum"])
    branches = schema.get("anyOf") or schema.get("oneOf")
    if branches:
        return st.one_of(*(drawn(api, branch) for branch in branches))
    if isinstance(schema.get("type"), list):
        return st.one_of(*(drawn(api, {**schema, "type": kind}) for kind in schema["type"]))
    return _of_type(api, schema)


def _of_type(api: Api, schema: Any) -> st.SearchStrategy[Any]:
    match schema.get("type"):
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return st.floats(schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False)
        case "string" if schema.get("format") == "date-time":
            return TIMES
        case "string" if "pattern" in schema:
            return st.from_regex(schema["pattern"], alphabet=string.printable)
        case "string":
            return st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 20), 20))
        case "array":
            least, most = schema.get("minItems", 0), min(schema.get("maxItems", 3), 3)
            return st.lists(drawn(api, schema.get("items")), min_size=least, max_size=most)
    fields = {name: drawn(api, value) for name, value in schema.get("properties", {}).items()}
    required = {name: fields.pop(name) for name in schema.get("required", ()) if name in fields}
    strange = st.dictionaries(st.sampled_from(STRANGE), PLAIN, max_size=2)
    known = st.fixed_dictionaries(required, optional=fields)
    return st.builds(lambda unknown, given: {**unknown, **given}, strange, known)


def valid(api: Api, schema: Any) -> st.SearchStrategy[Any]:
    """Returns a strategy for what a schema allows, as another validator sees it."""
    root = {"allOf": [schema], "components": api.at(("components",))}
    validator = jsonschema_rs.Draft202012Validator(root)
    return drawn(api, schema).filter(validator.is_valid)


def same(left: Any, right: Any) -> bool:
    """Says whether two values are one JSON text, whatever the order of their fields."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


class Echo:
    """A transport that notes what is sent and answers as told."""

    def __init__(self, package: ModuleType) -> None:
        self.package = package
        self.sent: Any = None
        self.answer: tuple[int, bytes] = (200, b"{}")

    def send(self, request: Any) -> Any:
        self.sent = json.loads(request.content)
        return self.package.Response(self.answer[0], {"x-request-id": "r"}, self.answer[1])

    def close(self) -> None:
        """Has nothing to close."""


class Called:
    """A method of a generated client over an Echo."""

    def __init__(self, api: Api, operation: Operation, half: str) -> None:
        self.package = importlib.import_module(api.package.import_name)
        self.echo = Echo(self.package)
        self.half, self.operation = half, operation
        keywords: dict[str, Any] = {one.name: "x" for one in api.package.parameters}
        keywords[api.package.credential] = "secret"
        made = getattr(self.package, f"{'Async' if half == 'async' else ''}{api.package.class_name}")
        transport: Any = self.echo
        if half == "async":
            transport = AsyncEcho(self.echo)
        client = made(base_url="http://127.0.0.1", transport=transport, max_retries=0, **keywords)
        self.method = getattr(getattr(client, operation.resource), operation.name)
        source = inspect.signature(self.method).parameters
        self.path = ["a1" for one in source.values() if one.kind is one.POSITIONAL_OR_KEYWORD]

    def call(self, **arguments: Any) -> Any:
        result = self.method(*self.path, **arguments)
        return asyncio.run(result) if self.half == "async" else result

    def keywords(self, schema: Any, body: dict[str, Any]) -> dict[str, Any]:
        """Returns a body as keywords; fields without one are extra."""
        model = getattr(self.package.models, schema["$ref"].rsplit("/", 1)[-1])
        names = {one.wire_name: one.name for one in model.__fields__}
        known = {names[name]: value for name, value in body.items() if name in names}
        return {**known, "extra_body": {name: value for name, value in body.items() if name not in names}}


class AsyncEcho:
    """Echo's asynchronous twin."""

    def __init__(self, echo: Echo) -> None:
        self.echo = echo

    async def send(self, request: Any) -> Any:
        return self.echo.send(request)

    async def close(self) -> None:
        """Has nothing to close."""


@pytest.fixture(scope="module", autouse=True)
def generated() -> Iterator[None]:
    """Makes the generated packages importable."""
    added = [str(path) for path in sorted(ROOT.glob("generated/*/src"))]
    sys.path[:0] = added
    yield
    for path in added:
        sys.path.remove(path)


@pytest.fixture(params=["sync", "async"])
def half(request: pytest.FixtureRequest) -> str:
    return str(request.param)


each = pytest.mark.parametrize(("api", "operation"), OPERATIONS, ids=[one.id for _, one in OPERATIONS])
quick = hypothesis.settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[hypothesis.Phase.generate],  # a failure is shown as it was drawn: making it small takes minutes
    suppress_health_check=list(hypothesis.HealthCheck),
)


@each
@quick
@hypothesis.given(data=st.data())
def test_a_body_is_sent_as_it_is_given_and_nothing_is_added(
    api: Api, operation: Operation, half: str, data: st.DataObject
) -> None:
    assert operation.body is not None
    schema: Any = operation.body.content[0].schema
    called = Called(api, operation, half)
    success = operation.success()
    assert success is not None
    answer = data.draw(valid(api, success.content[0].schema)) if success.content else {}
    called.echo.answer = (int(success.status), json.dumps(answer).encode())
    body = data.draw(valid(api, schema))
    try:
        called.call(**called.keywords(schema, body))
    except called.package.APIFailureError:
        assert api.package.failures
    assert same(called.echo.sent, body)


@each
@quick
@hypothesis.given(data=st.data())
def test_a_body_read_as_a_model_is_written_as_it_was(api: Api, operation: Operation, data: st.DataObject) -> None:
    package = importlib.import_module(api.package.import_name)
    assert operation.body is not None
    schema: Any = operation.body.content[0].schema
    body = data.draw(valid(api, schema))
    model = getattr(package.models, schema["$ref"].rsplit("/", 1)[-1])
    found = model.from_dict(body)
    assert same(found.to_dict(), body)
    assert found == model.from_dict(copy.deepcopy(body))
    for name in body.keys() - {one.wire_name for one in model.__fields__}:
        assert repr(name) in repr(found)
    copies = [pickle.loads(pickle.dumps(found, protocol)) for protocol in range(6)]  # noqa: S301  # our own bytes
    for again in (copy.copy(found), copy.deepcopy(found), *copies):
        assert again == found
        assert same(again.to_dict(), body)


@each
@quick
@hypothesis.given(data=st.data())
def test_an_answer_is_read_and_loses_nothing(api: Api, operation: Operation, half: str, data: st.DataObject) -> None:
    success = operation.success()
    assert success is not None
    if not success.content:
        return
    answer = data.draw(valid(api, success.content[0].schema))
    called = Called(api, operation, half)
    called.echo.answer = (int(success.status), json.dumps(answer).encode())
    arguments = data.draw(valid(api, operation.body.content[0].schema)) if operation.body else {}
    schema: Any = operation.body.content[0].schema if operation.body else {}
    seen: list[Any] = [None]
    try:
        found = called.call(**called.keywords(schema, arguments))
    except called.package.APIFailureError as error:
        found = error.parsed
        copies = [copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))]  # noqa: S301
        seen = [(type(again), str(again), again.body, again.parsed) for again in [error, *copies]]
    assert all(one == seen[0] for one in seen)
    shown = found.to_dict() if hasattr(found, "to_dict") else found
    # One API answers with a number or its text, by a ruling read as text.
    assert same(shown, answer) or shown == str(answer)


@each
def test_a_number_that_json_does_not_have_is_not_sent(api: Api, operation: Operation, half: str) -> None:
    called = Called(api, operation, half)
    names = [one.name for one in inspect.signature(called.method).parameters.values()]
    needed = {
        one.name: "x"
        for one in inspect.signature(called.method).parameters.values()
        if one.kind is one.KEYWORD_ONLY and one.default is one.empty
    }
    assert "extra_body" in names
    for number in (math.nan, math.inf, -math.inf, float("1e400")):
        with pytest.raises(ValueError, match="JSON"):
            called.call(**needed, extra_body={"number": [number]})
    assert called.echo.sent is None
