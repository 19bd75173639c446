"""JSON Patch as RFC 6902 has it, and bounds for what would grow without end."""

from __future__ import annotations

import time

import pytest

from specledger.runtime.mock.patch import Unpatched, merged, patched, same
from specledger.yaml12 import Json


@pytest.mark.parametrize(
    ("value", "operation", "expected"),
    [
        ({"a": 1}, {"op": "add", "path": "/b", "value": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"op": "add", "path": "/a", "value": 2}, {"a": 2}),
        ({"a": [1, 3]}, {"op": "add", "path": "/a/1", "value": 2}, {"a": [1, 2, 3]}),
        ({"a": [1]}, {"op": "add", "path": "/a/1", "value": 2}, {"a": [1, 2]}),
        ({"a": [1]}, {"op": "add", "path": "/a/-", "value": [2]}, {"a": [1, [2]]}),
        ({"a": 1}, {"op": "add", "path": "", "value": [2]}, [2]),
        ({"a": 1}, {"op": "add", "path": "/", "value": 2}, {"a": 1, "": 2}),
        ({"a": 1, "b": 2}, {"op": "remove", "path": "/a"}, {"b": 2}),
        ({"a": [1, 2, 3]}, {"op": "remove", "path": "/a/1"}, {"a": [1, 3]}),
        ({"a": [{"b": 1}]}, {"op": "replace", "path": "/a/0/b", "value": None}, {"a": [{"b": None}]}),
        ([1, 2, 3], {"op": "replace", "path": "/1", "value": 0}, [1, 0, 3]),
        ({"a": {"b": 1}, "c": {}}, {"op": "move", "from": "/a/b", "path": "/c/d"}, {"a": {}, "c": {"d": 1}}),
        ([1, 2, 3], {"op": "move", "from": "/0", "path": "/2"}, [2, 3, 1]),
        ({"a": {"b": 1}}, {"op": "copy", "from": "/a", "path": "/c"}, {"a": {"b": 1}, "c": {"b": 1}}),
        ({"a/b": {"m~n": 1}}, {"op": "replace", "path": "/a~1b/m~0n", "value": 2}, {"a/b": {"m~n": 2}}),
        ({"~1": 1}, {"op": "test", "path": "/~01", "value": 1}, {"~1": 1}),
        ({"a": [1.0, {"b": True}]}, {"op": "test", "path": "/a", "value": [1, {"b": True}]}, {"a": [1.0, {"b": True}]}),
    ],
)
def test_an_operation_does_what_the_rfc_says(value: Json, operation: Json, expected: Json) -> None:
    before = repr(value)
    assert same(patched(value, [operation]), expected)
    assert repr(value) == before


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/b/c", "value": 1},
        {"op": "add", "path": "/a/3", "value": 1},
        {"op": "add", "path": "/a/01", "value": 1},
        {"op": "add", "path": "/a/x", "value": 1},
        {"op": "add", "path": "/a"},
        {"op": "add", "path": "a", "value": 1},
        {"op": "add", "path": "/a~2", "value": 1},
        {"op": "remove", "path": "/b"},
        {"op": "remove", "path": "/a/-"},
        {"op": "remove", "path": ""},
        {"op": "replace", "path": "/b", "value": 1},
        {"op": "move", "from": "/b", "path": "/c"},
        {"op": "move", "from": "/d", "path": "/d/e"},
        {"op": "move", "path": "/c"},
        {"op": "copy", "from": "/a/9", "path": "/c"},
        {"op": "test", "path": "/a/0", "value": True},
        {"op": "test", "path": "/a/0", "value": "1"},
        {"op": "spin", "path": "/a"},
        {"path": "/a"},
        "add",
    ],
)
def test_what_the_rfc_calls_an_error_is_one(operation: Json) -> None:
    with pytest.raises(Unpatched, match=r"^\[1\]: "):
        patched({"a": [1, 2], "d": {}}, [{"op": "test", "path": "/d", "value": {}}, operation])


def test_copies_of_copies_end_before_they_fill_the_memory() -> None:
    for path in ("/x", "/a/x"):
        started = time.monotonic()
        with pytest.raises(Unpatched, match="too large"):
            patched({"a": {}, "b": [1, 2, 3]}, [{"op": "copy", "from": "", "path": f"{path}{n}"} for n in range(100)])
        with pytest.raises(Unpatched, match="too large"):
            patched({"a": {}}, [{"op": "copy", "from": "", "path": "/a" * n} for n in range(1, 100)])
        assert time.monotonic() - started < 5
    with pytest.raises(Unpatched, match="more than"):
        patched({}, [{"op": "test", "path": "", "value": {}}] * 2000)


def test_a_merge_patch_takes_away_with_null() -> None:
    assert merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": None}, "d": [2]}) == {"a": {"c": 2}, "d": [2]}
