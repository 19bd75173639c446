"""Parameters: what a caller may or must pass, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from specledger import names
from specledger.diff.change import Change
from specledger.diff.content import is_compound, said
from specledger.diff.contract import Contract
from specledger.diff.walk import Spot, Walk
from specledger.yaml12 import JsonObject, as_list, as_object, as_text

Key = tuple[str, str]
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_IGNORED = ("accept", "content-type", "authorization")
_TEXTS = ("description", "example", "examples", "deprecated")


@dataclass(frozen=True, slots=True)
class Called:
    """The parameters of one operation, those of its path among them; path parameters by their order."""

    rows: dict[Key, JsonObject]

    @classmethod
    def of(cls, contract: Contract, path: str, item: JsonObject, operation: JsonObject) -> Called:
        """Returns the parameters of an operation."""
        order = [part.partition("}")[0] for part in path.split("{")[1:]]
        rows: dict[Key, JsonObject] = {}
        for holder in (item, operation):
            for raw in as_list(holder.get("parameters")):
                row = contract.follow(raw)
                where, name = as_text(row.get("in")), as_text(row.get("name"))
                if where == "header" and name.lower() in _IGNORED:
                    continue
                key = name.lower() if where == "header" else name
                if where == "path":
                    key = str(order.index(name)) if name in order else name
                rows[where, key] = row
        return cls(rows)


def compare(walk: Walk, old: Called, new: Called, spot: Spot) -> Iterator[Change]:
    """Yields what changed between the parameters of two operations; `spot` is that of `request`."""
    for key, before in old.rows.items():
        here = _here(spot, before)
        if key not in new.rows:
            yield here.change("parameter-removed", "breaking", f"the parameter {before.get('name')} is gone")
        else:
            yield from _parameter(walk, before, new.rows[key], here)
    for key, after in new.rows.items():
        if key not in old.rows:
            required = _is_required(after) and spot.side == "request"
            kind = "parameter-required" if required else "parameter-added"
            message = f"the parameter {after.get('name')} {'must be passed now' if required else 'is new'}"
            yield _here(spot, after).change(kind, "breaking" if required else "compatible", message)


def _here(spot: Spot, row: JsonObject) -> Spot:
    return spot.child(as_text(row.get("in")), as_text(row.get("name")))


def _is_required(row: JsonObject) -> bool:
    return row.get("in") == "path" or row.get("required") is True


def _parameter(walk: Walk, before: JsonObject, after: JsonObject, here: Spot) -> Iterator[Change]:
    name = as_text(before.get("name"))
    if names.snake(name) != names.snake(as_text(after.get("name"))):
        message = f"the parameter {name} is called {after.get('name')} now, and with it the keyword of the client"
        made = here.change("parameter-renamed", "breaking", message, side="client")
        yield replace(made, before=name, after=after.get("name"))
    if _is_required(before) != _is_required(after):
        kind = "parameter-required" if _is_required(after) else "parameter-optional"
        breaks = _is_required(after) == (here.side == "request")
        message = f"the parameter {name} {'must be passed' if _is_required(after) else 'may be left out'} now"
        yield here.change(kind, "breaking" if breaks else "compatible", message)
    compound = all(is_compound(one, row.get("schema", True)) for one, row in ((walk.old, before), (walk.new, after)))
    was, now = _written(walk.old, before, compound), _written(walk.new, after, compound)
    if was != now:
        made = here.change("parameter-style", "breaking", f"the parameter {name} is written otherwise")
        yield replace(made, before=list(was), after=list(now))
    for word in ("allowReserved", "allowEmptyValue"):
        if (before.get(word) is True) != (after.get(word) is True):
            wider = after.get(word) is True
            kind = "parameter-" + ("widened" if wider else "narrowed")
            yield here.change(kind, "compatible" if wider else "breaking", f"{word} changed for {name}")
    for word in _TEXTS:
        if before.get(word) != after.get(word):
            yield here.change(f"{word}-changed", "docs", f"{word} changed")
    yield from walk.compare(said(before), said(after), here)


def _written(contract: Contract, row: JsonObject, compound: bool) -> tuple[str, ...]:
    """Returns how a parameter is written on the wire, as far as its values can show it."""
    for media in as_object(row.get("content")):
        return ("content", media.partition(";")[0].strip().lower())
    style = as_text(row.get("style")) or _STYLES.get(as_text(row.get("in")), "")
    if not compound:
        # One value is written alike by all styles but these.
        return (style,) if style in ("matrix", "label") else ("simple",)
    explode = row.get("explode", style in ("form", "deepObject")) is True
    return (style, "explode" if explode else "joined")
