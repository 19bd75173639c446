"""The acts of a contract: what its operations do to the collections that were inferred from the paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from .act import Act, Create, Read, Remove, Resources, Update
from .body import Body
from .json_text import JsonObject
from .listing import List
from .schema import Schemas
from .state import State


def act(
    row: JsonObject,
    state: State,
    resources: Resources,
    *,
    incoming: Schemas,
    outgoing: Schemas,
    bodies: Mapping[str, Body],
) -> Act | None:
    """Returns what an operation does; None where the contract says nothing of it."""
    found = cast("JsonObject | None", row.get("act"))
    if found is None:
        return None
    responses = cast("dict[str, JsonObject]", row["responses"])
    kind = found["act"]
    if kind in ("create", "merge", "replace"):
        make = Create if kind == "create" else Update
        return make(found, state, resources, responses, outgoing, incoming, bodies)
    shows = {"list": List, "remove": Remove}.get(str(kind), Read)
    return shows(found, state, resources, responses, outgoing)
