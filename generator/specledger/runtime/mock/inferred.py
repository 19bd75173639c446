"""The acts of a contract: what its operations do to the collections that were inferred from the paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from .act import Act, Ground, Read, Remove, Resources
from .body import Body
from .json_text import JsonObject
from .listing import List
from .schema import Schemas
from .state import State
from .writing import Create, CreateMany, Do, Update

_ACTS: Mapping[str, type[Act]] = {
    "list": List,
    "read": Read,
    "remove": Remove,
    "create": Create,
    "create_many": CreateMany,
    "merge": Update,
    "replace": Update,
    "do": Do,
}


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
    ground = Ground(found, state, resources, responses, incoming, outgoing, bodies)
    return _ACTS[str(found["act"])](ground)
