"""Flaws: for each keyword of a schema values that break it and keep to all else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import cast

from hypothesis import strategies as st

from .carried import Part
from .json_text import Json, write
from .near import near
from .pattern import from_pattern
from .positions import Named, Node, Spoken, replaced, spoken, walk, without
from .schema import Schemas
from .values import Values
from .ways import all_of

_TRIES = 3
_NEAR = 200
_KEPT = 4
_WAYS = 8
_HUGE = 10_000
_NOTHING = cast(Json, object())
_OPPOSITES = {
    "minimum": "exclusiveMaximum",
    "maximum": "exclusiveMinimum",
    "exclusiveMinimum": "maximum",
    "exclusiveMaximum": "minimum",
}


@dataclass(frozen=True, eq=False)
class Flaw:
    """A keyword that can be broken; `kept` are values that do.

    `loose` is the whole schema without the keyword, `beyond` one at its place whose values likely break it."""

    at: str
    keyword: str
    said: Spoken = field(repr=False)
    loose: Json = field(repr=False)
    beyond: Json = field(repr=False)
    kept: tuple[Json, ...] = field(default=(), repr=False)


class Flaws:
    """Finds and draws the values of one part of a request, or of a model, that break one keyword."""

    def __init__(self, schemas: Schemas, values: Values, part: Part, examples: list[Json]) -> None:
        self._schemas = schemas
        self._values = values
        self._part = part
        good = [value for value in examples if values.accepts(part.schema, value)]
        self._bases = [*good[:2], *values.samples(part.schema, _WAYS)]

    def all(self) -> list[Flaw]:
        """Returns the flaws for which there is a value."""
        nodes = walk(self._schemas, self._part.schema, self._part.at)
        told = [flaw for node in nodes for said in spoken(node) for flaw in self._of(said)]
        tried = (replace(flaw, kept=self._found(flaw)) for flaw in told)
        return [flaw for flaw in tried if flaw.kept]

    def draw(self, draw: st.DrawFn, flaw: Flaw) -> Json:
        """Returns a value that has a flaw; one of those that are kept where none is met in a few tries."""
        node = flaw.said.node
        for _ in range(_TRIES):
            base = self._values.draw(draw, self._part.schema)
            here = _held(node, base)
            if here is _NOTHING or flaw.said.needs:
                here = self._values.draw(draw, self._asked(flaw.said))
            tried = list(islice(near(flaw.keyword, flaw.said.says, here), _NEAR))
            made = self._values.draw(draw, flaw.beyond) if draw(st.booleans()) else draw(st.sampled_from(tried))
            whole = self._placed(node, base, made)
            if self._breaks(flaw, whole):
                return whole
        return draw(st.sampled_from(flaw.kept))

    def _of(self, said: Spoken) -> Iterator[Flaw]:
        """Yields the flaws of a keyword: of `required` and the like one for each name."""
        node, says = said.node, said.says
        if said.keyword == "required" and isinstance(says, list):
            for name in says:
                left = replaced(node.schema, said.trail, [other for other in says if other != name])
                yield Flaw(f"{node.at}.{name}", said.keyword, said, node.whole(left), _beyond(said))
        else:
            loose = node.whole(without(node.schema, said.trail))
            yield Flaw(node.at, said.keyword, said, loose, _beyond(said))

    def _found(self, flaw: Flaw) -> tuple[Json, ...]:
        node = flaw.said.node
        found: dict[bytes, Json] = {}
        asked = self._values.samples(self._asked(flaw.said), 2)
        for base in self._bases or asked[:1]:
            there = _held(node, base)
            for here in [*([] if there is _NOTHING else [there]), *asked]:
                for value in islice(near(flaw.keyword, flaw.said.says, here), _NEAR):
                    whole = self._placed(node, base, value)
                    if self._breaks(flaw, whole):
                        found.setdefault(write(whole), whole)
                        if len(found) >= _KEPT:
                            return tuple(found.values())
        return tuple(found.values())

    def _breaks(self, flaw: Flaw, whole: Json) -> bool:
        """Says whether a value is refused for the keyword alone, as it arrives."""
        return any(
            not self._values.accepts(self._part.schema, found) and self._values.accepts(flaw.loose, found)
            for found in self._part.arrives(whole)
        )

    def _asked(self, said: Spoken) -> Json:
        """Returns what the value at a place keeps to where the keyword counts."""
        return self._values.all_of(said.node.schema, *said.needs)

    def _placed(self, node: Node, whole: Json, value: Json) -> Json:
        """Returns the whole value with another one at a place, and samples around it where nothing was."""
        if node.parent is None:
            return value
        outer = _held(node.parent, whole)
        asked = self._values.all_of(node.parent.schema, *node.needs)
        if outer is _NOTHING or (node.needs and not self._values.accepts(asked, outer)):
            outer = next(iter(self._values.samples(asked)), None)
        return self._placed(node.parent, whole, _with(outer, node.key, value))


def _beyond(said: Spoken) -> Json:
    """Returns a schema of the value at the keyword's place that says the opposite, or nothing, in its place."""
    keyword, says = said.keyword, said.says
    opposite: Json = True
    if keyword in _OPPOSITES:
        opposite = {_OPPOSITES[keyword]: says}
    elif isinstance(says, int) and keyword.startswith("min") and says > 0:
        opposite = {f"max{keyword[3:]}": says - 1}
    elif isinstance(says, int) and keyword.startswith("max") and says < _HUGE:
        opposite = {f"min{keyword[3:]}": says + 1}
    return all_of(without(said.node.schema, said.trail), *said.needs, opposite)


def _held(node: Node, whole: Json) -> Json:
    """Returns the value at a place, _NOTHING where there is none."""
    if node.parent is None:
        return whole
    outer, key = _held(node.parent, whole), node.key
    if isinstance(key, int):
        return outer[key] if isinstance(outer, list) and key < len(outer) else _NOTHING
    if not isinstance(outer, dict) or isinstance(key, Named):
        return _NOTHING  # a map gets a new value, beside those that are there
    return outer.get(key, _NOTHING)


def _with(outer: Json, key: str | int | Named, value: Json) -> Json:
    if isinstance(key, int):
        items = outer if isinstance(outer, list) else []
        return [*items[:key], value, *items[key + 1 :]]
    held = outer if isinstance(outer, dict) else {}
    name = (from_pattern(key.pattern, 0) or "key") if isinstance(key, Named) else key
    return {**held, name: value}
