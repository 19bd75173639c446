"""Models as values: read, compared, copied and written back."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

SPECS = Path(__file__).parent / "specs"


@pytest.fixture(scope="module")
def broad(build: Any) -> Any:
    return build((SPECS / "broad.yaml").read_text(encoding="utf-8"))


def _copies(value: Any) -> list[Any]:
    pickled = [pickle.dumps(value, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    return [copy.copy(value), copy.deepcopy(value), *map(pickle.loads, pickled)]


@pytest.mark.parametrize(
    ("written", "held"),
    [
        ("2026-06-17T12:00:00Z", dt.datetime(2026, 6, 17, 12, tzinfo=dt.UTC)),
        ("2026-06-17T12:00:00+00:00", dt.datetime(2026, 6, 17, 12, tzinfo=dt.UTC)),
        ("2026-06-17t12:00:00.5z", dt.datetime(2026, 6, 17, 12, microsecond=500000, tzinfo=dt.UTC)),
        ("2026-06-17T12:00:00", dt.datetime(2026, 6, 17, 12)),
        ("2026-06-17T12:00:00.123456789Z", "2026-06-17T12:00:00.123456789Z"),
        ("2026-06-30T23:59:60Z", "2026-06-30T23:59:60Z"),
        ("2026-06-17T12:00:00,123456789Z", "2026-06-17T12:00:00,123456789Z"),
        ("2026-06-17T12:00:00.000000000Z", "2026-06-17T12:00:00.000000000Z"),
        ("2016-12-31T23:59:60.5+00:00", "2016-12-31T23:59:60.5+00:00"),
        ("2026-06-17T12:00:00-00:00", dt.datetime(2026, 6, 17, 12, tzinfo=dt.UTC)),
        ("2026-06-17T12:00:00+05:45", dt.datetime(2026, 6, 17, 6, 15, tzinfo=dt.UTC)),
        ("2026-06-17T12:00:00+23:59", dt.datetime(2026, 6, 16, 12, 1, tzinfo=dt.UTC)),
        ("2026-06-17T12:00:00+0530", dt.datetime(2026, 6, 17, 6, 30, tzinfo=dt.UTC)),
        ("2026-06-17T12:00:00+24:00", "2026-06-17T12:00:00+24:00"),
        ("2026-06-17 12:00:00Z", dt.datetime(2026, 6, 17, 12, tzinfo=dt.UTC)),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ("20260617T120000Z", "20260617T120000Z"),
        ("Nov 25, 2025 11:51:50 AM", "Nov 25, 2025 11:51:50 AM"),
        ("2026-06-17", "2026-06-17"),
        ("", ""),
    ],
)
def test_a_date_and_time_goes_back_byte_for_byte(broad: Any, written: str, held: Any) -> None:
    found = broad.models.ReplacePetBody.from_dict({"class": "c", "1": 1, "at": written})
    assert found.at == held
    assert isinstance(found.at, str) == isinstance(held, str)
    for again in (found, *_copies(found)):
        assert again.to_dict()["at"] == written
        assert again == found
        assert type(again.at) is type(found.at)


def test_midnight_as_24_00_goes_back_as_it_came(broad: Any) -> None:
    # Python 3.14 reads it as the next day; before, it stays text.
    found = broad.models.ReplacePetBody.from_dict({"class": "c", "1": 1, "at": "2026-06-17T24:00:00Z"})
    assert found.to_dict()["at"] == "2026-06-17T24:00:00Z"
    assert found.at in ("2026-06-17T24:00:00Z", dt.datetime(2026, 6, 18, tzinfo=dt.UTC))


def test_a_changed_date_and_time_is_written_as_changed(broad: Any) -> None:
    found = broad.models.ReplacePetBody.from_dict({"class": "c", "1": 1, "at": "2026-06-17T12:00:00.50Z"})
    found.at += dt.timedelta(hours=1)
    assert found.to_dict()["at"] == "2026-06-17T13:00:00.500000Z"
    found.at = found.at.replace(microsecond=0)
    assert found.to_dict()["at"] == "2026-06-17T13:00:00Z"


@pytest.mark.parametrize(
    "change",
    [
        lambda at: at + dt.timedelta(0),
        lambda at: dt.timedelta(0) + at,
        lambda at: at - dt.timedelta(0),
        lambda at: at.astimezone(dt.timezone(dt.timedelta(hours=2))).astimezone(dt.UTC),
        lambda at: at.replace(fold=0),
        lambda at: type(at).combine(at.date(), at.timetz()),
    ],
)
def test_what_is_computed_from_a_vendors_moment_can_be_sent_and_copied(broad: Any, change: Any) -> None:
    found = broad.models.ReplacePetBody.from_dict({"class": "c", "1": 1, "at": "2026-06-17T12:00:00.50Z"})
    found.at = change(found.at)
    for again in (found, *_copies(found)):
        assert again.to_dict()["at"] == "2026-06-17T12:00:00.500000Z"
        assert again == found


def test_a_model_keeps_what_it_does_not_know(broad: Any) -> None:
    data = {"id": 1, "name": "Tom", "kind": "new kind", "x": {"y": [1, None]}, "friends": [{"id": 2, "name": "J"}]}
    pet = broad.models.Pet.from_dict(data)
    assert pet.to_dict() == data
    assert pet.kind == "new kind"
    assert pet.owner is broad.UNSET
    assert pet == broad.models.Pet.from_dict(data)
    assert pet != broad.models.Pet.from_dict({**data, "x": 1})
    assert repr(pet.friends[0]) == "Pet(id=2, name='J')"
    assert repr(pet).endswith("additional_properties={'x': {'y': [1, None]}})")
    for again in _copies(pet):
        assert again == pet
        assert again.to_dict() == data
        again.additional_properties["z"] = 1
        assert pet.to_dict() == data


def test_a_copy_shares_what_a_shallow_copy_shares_and_no_more(broad: Any) -> None:
    pet = broad.models.Pet.from_dict({"id": 1, "name": "Tom", "friends": [{"id": 2, "name": "J"}]})
    assert copy.copy(pet).friends is pet.friends
    assert copy.deepcopy(pet).friends[0] is not pet.friends[0]
    pet.friends.append(pet)
    deep = copy.deepcopy(pet)
    assert deep.friends[1] is deep


def test_numbers_go_out_as_they_came(broad: Any) -> None:
    models = broad.models
    for number in (10**30, -(10**30), 2**53 + 1, 0, -0.0, 0.1, 1e300, 5e-324):
        found = models.UnionResponse.from_dict({"any": number, "mixed": 1})
        assert repr(found.to_dict()["any"]) == repr(number)
        if isinstance(number, int):
            pet = models.Pet.from_dict({"id": number, "name": ""})
            assert (pet.id, pet.to_dict()["id"]) == (number, number)


def test_a_model_without_a_required_field_says_so(broad: Any) -> None:
    pet = broad.models.Pet.from_dict({"id": 1, "name": "Tom"})
    del pet.name
    with pytest.raises(AttributeError, match="name"):
        _ = pet.name
    assert repr(pet) == "Pet(id=1)"


def test_a_model_is_made_of_keywords_and_refuses_others(broad: Any) -> None:
    pet = broad.models.Pet(id=1, name="Tom", owner=None)
    assert pet.to_dict() == {"id": 1, "name": "Tom", "owner": None}
    with pytest.raises(TypeError, match="misses the keyword 'name'"):
        broad.models.Pet(id=1)
    with pytest.raises(TypeError, match="has no keyword 'nam'"):
        broad.models.Pet(id=1, name="", nam="")
    with pytest.raises(AttributeError, match="nam"):
        _ = pet.nam
    with pytest.raises(AttributeError):
        pet.nam = "Tom"


def test_a_union_is_the_member_that_fits_and_loses_nothing(broad: Any) -> None:
    models = broad.models
    circle, square = {"kind": "circle", "r": 1.5}, {"kind": "square", "side": 2}
    for field in ("shape", "plain"):
        assert models.UnionResponse.from_dict({field: circle}) == models.UnionResponse(
            **{field: models.Circle(**circle)}
        )
        assert models.UnionResponse.from_dict({field: square}) == models.UnionResponse(
            **{field: models.Square(**square)}
        )
        other = {"kind": "hexagon", "side": 2}
        assert models.UnionResponse.from_dict({field: other}).to_dict() == {field: other}
    round_one = models.UnionResponse.from_dict({"shape": {"kind": "round", "r": 1}})
    assert type(round_one.shape) is models.Circle
    assert models.UnionResponse.from_dict({"plain": "text"}).plain == "text"
    assert models.UnionResponse.from_dict({"plain": None}).plain is None
    with pytest.raises(ValueError, match="shape: expected an object, found an integer"):
        models.UnionResponse.from_dict({"shape": 1})


def test_maps_lists_and_free_objects_are_plain_python(broad: Any) -> None:
    data = {
        "tags": {"a": {"kind": "circle", "r": 1}},
        "free": {"x": [1]},
        "any": None,
        "level": 7,
        "mixed": 1,
        "open": "z",
        "none": [],
        "when": ["2026-06-17T12:00:00Z"],
    }
    found = broad.models.UnionResponse.from_dict(data)
    assert found.tags["a"].r == 1
    assert found.free == {"x": [1]}
    assert found.when[0].year == 2026
    assert found.to_dict() == data
    with pytest.raises(ValueError, match=r"tags\.a\.r: expected a number, found a string"):
        broad.models.UnionResponse.from_dict({"tags": {"a": {"kind": "circle", "r": "1"}}})


def test_typed_additional_properties_are_read_as_their_type(broad: Any) -> None:
    assert broad.models.Dict.from_dict({"x": "a", "y": 1}).additional_properties == {"y": 1}
    with pytest.raises(ValueError, match="y: expected an integer, found a string"):
        broad.models.Dict.from_dict({"y": "1"})


def test_an_integer_may_be_written_with_a_point_but_not_as_a_boolean(broad: Any) -> None:
    pet = broad.models.Pet.from_dict({"id": 1.0, "name": ""})
    assert (pet.id, type(pet.id)) == (1, int)
    for wrong in (True, "1", 1.5, None):
        with pytest.raises(ValueError, match="id: expected an integer"):
            broad.models.Pet.from_dict({"id": wrong, "name": ""})


def test_unset_is_false_and_one_of_its_kind(broad: Any) -> None:
    assert not broad.UNSET
    assert repr(broad.UNSET) == "UNSET"
    assert all(one is broad.UNSET for one in _copies(broad.UNSET))
    assert all(one[0] is broad.UNSET for one in _copies([broad.UNSET]))


def test_a_field_may_be_called_as_anything_of_pythons_or_of_ours(build: Any) -> None:
    words = "fields wire_fields required rest mro values model Model additional_properties to_dict from_dict fits known"
    words += " property type str list Any Literal self cls data None UNSET wire dt Sequence field register __init__"
    words += " __class__ __slots__ __reduce__ __fields__ _extra _state __hash__ __eq__"
    properties = {word: {"type": "string"} for word in words.split()}
    schema = {"type": "object", "properties": properties}
    answer = {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Words"}}}}
    paths = {"/x": {"get": {"operationId": "x", "responses": {"200": answer}}}}
    document = {"openapi": "3.1.1", "info": {"title": "Words", "version": "1"}, "paths": paths}
    package = build(json.dumps({**document, "components": {"schemas": {"Words": schema}}}))
    data = dict.fromkeys(properties, "a")
    found = package.models.Words.from_dict(data)
    assert found.to_dict() == data
    assert all(again == found and again.to_dict() == data for again in _copies(found))
    names = [one.name for one in type(found).__fields__]
    assert [getattr(found, name) for name in names] == ["a"] * len(data)
    assert package.models.Words(**dict.fromkeys(names, "a")) == found
    assert package.models.Words().to_dict() == {}
