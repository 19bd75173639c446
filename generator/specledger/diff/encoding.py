"""How the parts of a form are written: content types, headers and style, with what holds where nothing is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from specledger.diff.change import Change
from specledger.diff.contract import Contract
from specledger.diff.shape import shape
from specledger.diff.walk import Spot
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_text

if TYPE_CHECKING:
    from specledger.diff.walk import Walk


_FORM = ("form", True, False)


@dataclass(frozen=True, slots=True)
class Part:
    """How one part of a form is written."""

    types: frozenset[str]
    style: tuple[str, bool, bool]
    headers: JsonObject


def compare(walk: Walk, name: str, old: JsonObject, new: JsonObject, spot: Spot) -> Iterator[Change]:
    """Yields what changed in how the parts of a form are written; nothing for bodies that are no forms."""
    if not name.startswith(("multipart/", "application/x-www-form-urlencoded")):
        return
    # OpenAPI 3.0 looks at the style of parts in urlencoded forms alone.
    has_style = not (name.startswith("multipart/") and (walk.old.is_30 or walk.new.is_30))
    was, now = _parts(walk.old, old, has_style), _parts(walk.new, new, has_style)
    written = as_object(old.get("encoding")).keys() | as_object(new.get("encoding")).keys()
    for part in sorted(written & was.keys() & now.keys()):
        yield from _part(walk, was[part], now[part], spot.child(part))


def _part(walk: Walk, before: Part, after: Part, spot: Spot) -> Iterator[Change]:
    from specledger.diff.content import headers

    sent, taken = (before, after) if spot.side == "request" else (after, before)
    lost = sorted(one for one in sent.types if not any(_within(one, other) for other in taken.types))
    shown = (", ".join(sorted(before.types)), ", ".join(sorted(after.types)))
    if lost:
        what = "no longer taken as" if spot.side == "request" else "sent now as"
        made = spot.change("encoding-changed", "breaking", f"this part is {what} {', '.join(lost)}")
        yield replace(made, before=shown[0], after=shown[1])
    elif before.types != after.types:
        made = spot.change("encoding-changed", "compatible", "the content types of this part changed")
        yield replace(made, before=shown[0], after=shown[1])
    if before.style != after.style:
        yield spot.change("encoding-style", "breaking", "this part is written in another style")
    yield from headers(walk, before.headers, after.headers, spot)


def _within(one: str, other: str) -> bool:
    return one == other or other in ("*/*", "*") or (other.endswith("/*") and one.startswith(other[:-1]))


def _parts(contract: Contract, media: JsonObject, has_style: bool) -> dict[str, Part]:
    found = shape(contract, media.get("schema", True))
    written = as_object(media.get("encoding"))
    parts: dict[str, Part] = {}
    for name in found.fields:
        row = as_object(written.get(name))
        given = as_text(row.get("contentType"))
        types = given or _default(contract, found.field_schema(name))
        style = as_text(row.get("style")) or "form"
        parts[name] = Part(
            frozenset(one.strip().lower() for one in types.split(",")),
            (style, row.get("explode", style == "form") is True, row.get("allowReserved") is True)
            if has_style
            else _FORM,
            {"headers": row.get("headers")},
        )
    return parts


def _default(contract: Contract, schema: Json, depth: int = 0) -> str:
    said = shape(contract, schema)
    types = {as_text(word) for part in said.parts for word in (as_list(part.get("type")) or [part.get("type", "")])}
    if "array" in types and depth < 5:
        return _default(contract, said.only("items") or True, depth + 1)
    if said.only("contentEncoding") or said.only("format") in ("binary", "byte") or not types - {""}:
        return "application/octet-stream"
    return "application/json" if "object" in types else "text/plain"
