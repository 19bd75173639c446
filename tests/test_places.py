"""`at` is written the same everywhere, and read back as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specledger import names, places
from specledger.places import Place

STEPS = st.one_of(st.text(min_size=1).filter(lambda step: step not in ("[]", "{}")), st.sampled_from(["[]", "{}"]))


@pytest.mark.parametrize(
    "text",
    [
        "operation",
        "server.region",
        "security",
        "request.path.NAME",
        "request.header.X-Auth-Token",
        "request.body.a.b[].c",
        "request.body[]",
        "request.body.a{}[].b",
        'response.200.body."a.b"',
        "response.success",
        "resource.endpoints.model_service",
    ],
)
def test_a_place_is_written_as_it_was_read(text: str) -> None:
    assert str(places.parse(text)) == text


@given(st.lists(STEPS, max_size=5))
def test_any_name_makes_a_place_that_reads_back(steps: list[str]) -> None:
    place = Place(("request", "body", *steps))
    assert places.parse(str(place)) == place


@pytest.mark.parametrize("text", ["", "body.a", "request.body.a[", "request..a", 'request."a', "request.body.[x]"])
def test_what_is_no_place_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValueError, match="is no place"):
        places.parse(text)


def test_values_follow_items_and_map_values() -> None:
    value = {"a": [{"b": 1}, {"b": 2}, {}], "m": {"x": 3, "y": 4}}
    assert list(places.values(value, ("a", "[]", "b"))) == [1, 2]
    assert list(places.values(value, ("m", "{}"))) == [3, 4]
    assert list(places.values(value, ("none", "[]"))) == []


@given(st.text())
def test_any_text_makes_a_python_name(text: str) -> None:
    assert names.snake(text).isidentifier()
    assert names.pascal(text).isidentifier()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SAMPLE_SIZE", "sample_size"),
        ("clusterID", "cluster_id"),
        ("class", "class_"),
        ("1", "field_1"),
        ("self", "self_"),
    ],
)
def test_names_read_as_a_person_would_write_them(text: str, name: str) -> None:
    assert names.snake(text) == name
