"""Bodies, answers and their headers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from specledger.canonical import canonical
from specledger.diff import encoding
from specledger.diff.change import Change, Level
from specledger.diff.contract import Contract
from specledger.diff.walk import Spot, Walk
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_text


def body(walk: Walk, before: JsonObject, after: JsonObject, spot: Spot) -> Iterator[Change]:
    """Yields what changed between the bodies of two operations; `spot` is the body's."""
    if "requestBody" not in before and "requestBody" not in after:
        return
    old, new = walk.old.follow(before.get("requestBody")), walk.new.follow(after.get("requestBody"))
    is_sent = spot.side == "request"
    if not old or not new:
        required = new.get("required") is True
        kind = "body-removed" if old else "body-required" if required and is_sent else "body-added"
        level: Level = "compatible" if kind == "body-added" else "breaking"
        yield spot.change(kind, level, {"body-removed": "there is no body any more"}.get(kind, "there is a body now"))
        return
    was, now = old.get("required") is True, new.get("required") is True
    if was != now:
        kind, breaks = ("body-required", is_sent) if now else ("body-optional", not is_sent)
        message = "the body must be there now" if now else "the body may be missing now"
        yield spot.change(kind, "breaking" if breaks else "compatible", message)
    yield from _described(old, new, spot)
    yield from media(walk, old, new, spot)


def _described(old: JsonObject, new: JsonObject, spot: Spot) -> Iterator[Change]:
    for word in ("description", "summary", "deprecated", "example", "examples", "externalDocs"):
        if canonical(old.get(word)) != canonical(new.get(word)):
            yield spot.change(f"{word}-changed", "docs", f"{word} changed")


def media(walk: Walk, old: JsonObject, new: JsonObject, spot: Spot) -> Iterator[Change]:
    """Yields what changed between two `content` objects."""
    was, now = _media(old), _media(new)
    for name, before in was.items():
        covering = next((other for other in now if _covers(other, name)), None)
        if name not in now and covering is None:
            what = "taken" if spot.side == "request" else "sent"
            yield replace(spot.change("media-type-removed", "breaking", f"{name} is no longer {what}"), before=name)
            continue
        after = now[name] if name in now else now[str(covering)]
        inner = replace(spot, is_xml="xml" in name)
        yield from _described(before, after, inner)
        yield from walk.compare(before.get("schema", True), after.get("schema", True), inner)
        yield from encoding.compare(walk, name, before, after, inner)
    for name in now:
        if name not in was:
            what = "taken" if spot.side == "request" else "sent"
            covering = next((other for other in was if _covers(other, name)), None)
            if covering is not None:
                yield from walk.compare(was[covering].get("schema", True), now[name].get("schema", True), spot)
            yield replace(spot.change("media-type-added", "compatible", f"{name} is {what} now"), after=name)


def _media(holder: JsonObject) -> dict[str, JsonObject]:
    found: dict[str, JsonObject] = {}
    for name, value in as_object(holder.get("content")).items():
        parts = [part.strip().lower() for part in name.split(";")]
        kept = [part for part in parts[1:] if not part.startswith("charset=")]
        found[";".join([parts[0], *sorted(kept)])] = as_object(value)
    return found


def _covers(wide: str, name: str) -> bool:
    return wide != name and wide.endswith("*") and name.startswith(wide.rstrip("*").removesuffix("*/"))


def answers(walk: Walk, before: JsonObject, after: JsonObject, spot: Spot) -> Iterator[Change]:
    """Yields what changed between the answers of two operations; `spot` is that of `response`."""
    was, now = _answers(walk.old, before), _answers(walk.new, after)
    for status, old in was.items():
        name = _standing(now, status)
        if name is None:
            yield spot.child(status).change("status-removed", "breaking", f"there is no answer {status} any more")
        else:
            yield from _answer(walk, old, now[name], spot.child(status))
    for status, new in now.items():
        if status in was:
            continue
        name = _standing(was, status)
        if name is not None:
            yield from _answer(walk, was[name], new, spot.child(status))
        yield spot.child(status).change("status-added", "compatible", f"there is an answer {status} now")


def _answers(contract: Contract, operation: JsonObject) -> dict[str, JsonObject]:
    written = as_object(operation.get("responses"))
    return {
        status if status == "default" else status.upper(): contract.follow(value)
        for status, value in written.items()
        if not status.startswith("x-")
    }


def _standing(among: dict[str, JsonObject], status: str) -> str | None:
    """Returns the entry that speaks of a status."""
    return next((name for name in (status, f"{status[0]}XX", "default") if name in among), None)


def _answer(walk: Walk, old: JsonObject, new: JsonObject, spot: Spot) -> Iterator[Change]:
    yield from _described(old, new, spot)
    yield from media(walk, old, new, spot.child("body"))
    yield from headers(walk, old, new, spot)


def headers(walk: Walk, old: JsonObject, new: JsonObject, spot: Spot) -> Iterator[Change]:
    """Yields what changed between two `headers` objects."""
    was, now = _headers(walk.old, old), _headers(walk.new, new)
    is_sent = spot.side == "request"
    for name, (shown, before) in was.items():
        here = spot.child("header", shown)
        if name not in now:
            yield here.change("header-removed", "breaking", f"the header {shown} is gone")
            continue
        after = now[name][1]
        if before.get("required") is True and after.get("required") is not True:
            level: Level = "compatible" if is_sent else "breaking"
            yield here.change("header-optional", level, f"the header {shown} may be missing now")
        elif after.get("required") is True and before.get("required") is not True:
            yield here.change(
                "header-required", "breaking" if is_sent else "compatible", f"the header {shown} is always there now"
            )
        if _written(walk.old, before) != _written(walk.new, after):
            yield here.change("header-style", "breaking", f"the header {shown} is written otherwise")
        yield from _described(before, after, here)
        yield from walk.compare(said(before), said(after), here)
    for name, (shown, after) in now.items():
        if name not in was:
            breaks = is_sent and after.get("required") is True
            kind = "header-required" if breaks else "header-added"
            level = "breaking" if breaks else "compatible"
            yield spot.child("header", shown).change(kind, level, f"the header {shown} is new")


def _headers(contract: Contract, holder: JsonObject) -> dict[str, tuple[str, JsonObject]]:
    written = as_object(holder.get("headers"))
    return {
        name.lower(): (name, contract.follow(value))
        for name, value in written.items()
        if name.lower() != "content-type"
    }


def _written(contract: Contract, header: JsonObject) -> str:
    """Returns how a header is written: as a media type, or as an object with its names; empty for all others."""
    for media in as_object(header.get("content")):
        kind = media.partition(";")[0].strip().lower()
        return "" if kind == "text/plain" else kind
    exploded = header.get("explode") is True and is_compound(contract, header.get("schema", True), ("object",))
    return "exploded" if exploded else ""


def is_compound(contract: Contract, schema: Json, kinds: tuple[str, ...] = ("array", "object"), depth: int = 0) -> bool:
    """Says whether a value may be a list or an object, of which style and explode are asked."""
    if not isinstance(schema, dict) or depth > 5:
        return schema is not False
    for part in contract.conjuncts(schema):
        if "type" in part and not set(kinds) & {as_text(one) for one in as_list(part["type"]) or [part["type"]]}:
            return False
        listed = as_list(part.get("enum")) if "enum" in part else [part["const"]] if "const" in part else [[], {}]
        if not any(isinstance(one, list if kind == "array" else dict) for one in listed for kind in kinds):
            return False
        for word in ("anyOf", "oneOf"):
            branches = as_list(part.get(word))
            if branches and not any(is_compound(contract, one, kinds, depth + 1) for one in branches):
                return False
    return True


def said(holder: JsonObject) -> Json:
    """Returns the schema of a parameter or header, be it under `schema` or under `content`."""
    for value in as_object(holder.get("content")).values():
        return as_object(value).get("schema", True)
    return holder.get("schema", True)
