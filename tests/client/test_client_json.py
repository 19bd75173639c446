"""Answers are read as json.loads reads them, sooner."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specledger.runtime.client import answers

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(VALUES, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32-le"]), st.sampled_from(["", " ", "\r\n"]))
def test_a_text_in_whatever_unicode_is_read(value: object, encoding: str, space: str) -> None:
    text = f"{space}{json.dumps(value, ensure_ascii=False)}{space}"
    content = text.encode(encoding, "surrogatepass")
    assert answers._json(content) == json.loads(content) == value


@pytest.mark.parametrize(
    "content", [b"", b" ", b"{", b'{"a":1} x', b"1 2", b"\xff", b'"\xed\xa0\x80"', b"<html>", b"00"]
)
def test_what_json_loads_refuses_is_refused_alike(content: bytes) -> None:
    assert _told(answers._json, content) == _told(json.loads, content)


def _told(read: Callable[[bytes], object], content: bytes) -> object:
    try:
        return read(content)
    except ValueError as error:
        return type(error), str(error)
