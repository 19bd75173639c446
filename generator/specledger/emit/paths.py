"""What the paths of an API alone say: which of them may be collections, and the schemas of what goes over them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from specledger.runtime.mock.body import is_json
from specledger.runtime.mock.documented import row_of
from specledger.yaml12 import Json, JsonObject, as_object

_CHANGING = {"PUT", "PATCH", "DELETE"}
PARAMETER = re.compile(r"\{([^{}]*)\}\Z")


@dataclass(slots=True)
class Found:
    """A collection in the making: the operations of its own path and of its items' path, by method."""

    name: str
    path: str
    parameter: str = ""
    whole: dict[str, JsonObject] = field(default_factory=dict)
    one: dict[str, JsonObject] = field(default_factory=dict)
    item: Json = None
    id: str = ""
    single: bool = False
    parents: list[tuple[str, str, str]] = field(default_factory=list)
    deeper: dict[str, tuple[str, ...]] = field(default_factory=dict)


def collections(paths: Mapping[str, dict[str, JsonObject]]) -> Iterator[Found]:
    """Yields the paths that end in a parameter with those above them, and the paths that list and create."""
    items: dict[str, tuple[str, dict[str, JsonObject]]] = {}
    for path, ways in paths.items():
        above = path.rpartition("/")[0]
        composite = PARAMETER.search(above)  # `/{owner}/{repo}`: only both name an object, if nothing lies above
        if PARAMETER.search(path) and above and (not composite or (above not in paths and _CHANGING & ways.keys())):
            items.setdefault(shape(above), (path, ways))
    whole = {shape(path): (path, ways) for path, ways in paths.items() if not PARAMETER.search(path)}
    for form, (path, ways) in items.items():
        above = path.rpartition("/")[0]
        match = PARAMETER.search(path)
        yield Found("", above, match.group(1) if match else "", whole.get(form, ("", {}))[1], ways)
    for form, (path, ways) in whole.items():
        if form not in items and {"GET", "POST"} <= ways.keys():
            yield Found("", path, "", ways, {})


def shape(path: str) -> str:
    """Returns a path without the names of its parameters."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def noun_of(path: str) -> str:
    """Returns what a path is about: its last step that is no parameter."""
    return next((part for part in reversed(path.split("/")) if part and "{" not in part), "objects")


def answered(row: JsonObject, status: int) -> Json:
    """Returns the schema of an answer's body; None where it has none, or one that says nothing."""
    found = row_of(cast("dict[str, JsonObject]", row["responses"]), status) or {}
    content = as_object(found.get("content"))
    ranked = sorted(content, key=lambda name: not is_json(name))
    return as_object(content[ranked[0]]).get("schema") if ranked else None


def body_of(row: JsonObject) -> Json:
    """Returns the schema of a request's body, in the first of its media types; None where it has none."""
    content = as_object(as_object(row["body"]).get("content"))
    return next((as_object(media).get("schema") for media in content.values()), None)


def asks(row: JsonObject) -> bool:
    """Says whether an operation reads a query."""
    return any(given["in"] == "query" for given in cast("list[JsonObject]", row["parameters"]))
