"""Glued badges taken apart."""

from __future__ import annotations

import pytest

from specledger.documents import badges


@pytest.mark.parametrize(
    ("glued", "name", "vendor_type", "required"),
    [
        ("nameString", "name", "String", False),
        ("opaqueLinkedHashMapRequired", "opaque", "LinkedHashMap", True),
        ("vendorToSpecUuidsMapMapRequired", "vendorToSpecUuidsMap", "Map", True),
        ("SAMPLE_SIZEIntegerRequired", "SAMPLE_SIZE", "Integer", True),
        ("pointint", "point", "int", False),
        ("lengthintRequired", "length", "int", True),
        ("bytesFreelongRequired", "bytesFree", "long", True),
        ("liveboolean", "live", "boolean", False),
        ("isRequiredBooleanRequired", "isRequired", "Boolean", True),
        ("tagsSetRequired", "tags", "Set", True),
        ("seenTimestampRequired", "seen", "Timestamp", True),
        ("rowsList<String>Required", "rows", "List<String>", True),
        ("specsMap<String, Long>Required", "specs", "Map<String, Long>", True),
        ("rows String[] Required", "rows", "String[]", True),
        ("uuid String Required", "uuid", "String", True),
        ("uuidString Required", "uuid", "String", True),
        ("uuidString必填", "uuid", "String", True),
    ],
)
def test_the_longest_known_type_word_ends_the_name(glued: str, name: str, vendor_type: str, required: bool) -> None:
    found = badges.split(glued)
    assert found is not None
    assert (found.name, found.vendor_type, found.required) == (name, vendor_type, required)


@pytest.mark.parametrize(
    ("glued", "name", "vendor_type"),
    [
        ("errorErrorCodeRequired", "error", "ErrorCode"),
        ("inventoryModelInventoryRequired", "inventory", "ModelInventory"),
        ("inventoryBookShelfInventoryRequired", "inventory", "BookShelfInventory"),
        ("bookShelfBookShelfInventoryRequired", "bookShelf", "BookShelfInventory"),
        ("stateShelfState", "state", "ShelfState"),
        ("endpointEndpointRequired", "endpoint", "Endpoint"),
        ("frontDoorDoorInventoryRequired", "frontDoor", "DoorInventory"),
        ("oldHouseKeyHouseKeyInfo", "oldHouseKey", "HouseKeyInfo"),
    ],
)
def test_a_class_is_told_from_the_name_before_it(glued: str, name: str, vendor_type: str) -> None:
    found = badges.split(glued)
    assert found is not None
    assert (found.name, found.vendor_type) == (name, vendor_type)


def test_names_that_a_sample_shows_tell_where_a_class_begins() -> None:
    found = badges.split("bookOwnerPersonDetailsRequired", {"bookOwner", "book"})
    assert found is not None
    assert (found.name, found.vendor_type) == ("bookOwner", "PersonDetails")


def test_a_description_that_points_at_the_field_tells_where_a_class_begins() -> None:
    found = badges.split("bookOwnerPersonDetailsRequired", prose="For more information, see bookOwner.")
    assert found is not None
    assert found.name == "bookOwner"


@pytest.mark.parametrize(
    ("glued", "name", "vendor_type", "required", "rest"),
    [
        ("uuidStringRequiredThe shelf to move.", "uuid", "String", True, "The shelf to move."),
        ("cpuNumintOptional. How many.", "cpuNum", "int", False, "Optional. How many."),
        ("tagsListTags of the user.", "tags", "List", False, "Tags of the user."),
        ("countMapMapOptional. How many.", "countMap", "Map", False, "Optional. How many."),
        ("rowsListMap of the house", "rows", "List", False, "Map of the house"),
        ("moveshelfObjectRequiredmoveshelf body.", "moveshelf", "Object", True, "moveshelf body."),
        ("modeString必填怎样移动。", "mode", "String", True, "怎样移动。"),
        ("systemTagsList系统标签", "systemTags", "List", False, "系统标签"),
        ("inventoryShelfInventoryRequiredSee inventory.", "inventory", "ShelfInventory", True, "See inventory."),
        ("roomStringRequired if it is locked.", "room", "String", False, "Required if it is locked."),
        ("steps (int, required): How many.", "steps", "int", True, "How many."),
        ("steps (int): How many.", "steps", "int", False, "How many."),
        ("shelf (ShelfInventory) The shelf.", "shelf", "ShelfInventory", False, "The shelf."),
        ("shelf\tList\tRequired\tthe shelves", "shelf", "List", True, "the shelves"),
    ],
)
def test_a_description_that_is_glued_on_is_cut_off(
    glued: str, name: str, vendor_type: str, required: bool, rest: str
) -> None:
    assert badges.split(glued) == badges.Badge(name, vendor_type, required, rest=rest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The shelf to move.",
        "The List of shelves to move.",
        "Optional.",
        "Show more",
        "Enabled: it takes books",
        "String",
        "x" * 100_000,
        "{}",
    ],
)
def test_what_is_no_field_is_none(text: str) -> None:
    assert badges.split(text) is None


def test_a_flag_after_the_type_is_read() -> None:
    deprecated = badges.split("oldNameStringDeprecated")
    since = badges.split("freshStringRequiredSince 5.3.0")
    assert deprecated == badges.Badge("oldName", "String", deprecated=True)
    assert since == badges.Badge("fresh", "String", required=True)
