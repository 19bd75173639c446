"""Values that break one keyword of a schema and nothing else, and values at its edge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from specledger.fuzz import claimed, edges, sides
from specledger.fuzz.carriage import Carriage
from specledger.fuzz.carriers import Carrier, Carriers
from specledger.fuzz.ground import value_of
from specledger.fuzz.held import Held, apart_from, schema_of
from specledger.fuzz.positions import Node, Spoken, spoken, walk
from specledger.fuzz.values import Values
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, as_list, as_object

Side = Literal["broken", "edge", "widened"]
Says = Callable[[Json], bool]

# How many cases are kept of a kind; those that texts break can differ in more ways.
_KEPT, _KEPT_TEXTS = 2, 4
_TRIES = 600
# The places of one value that are entered, at most.
_PLACES = 1500


@dataclass(frozen=True, slots=True)
class Told:
    """A value that tells whether one keyword is asserted, and the place that this is about."""

    at: Place
    keyword: str
    side: Side
    value: Json


@dataclass(frozen=True, slots=True)
class Untold:
    """A keyword for which no case was found, or none whose refusal is its own, and why."""

    at: Place
    keyword: str
    reason: str


class Search:
    """Looks for the cases of one parameter or body.

    A case keeps to all else that is said and held; where none does, it may leave what is held at its own place.
    """

    def __init__(self, carriage: Carriage, schema: Json, held: list[Held], values: Values, begin: list[Json]) -> None:
        self.carriage = carriage
        self.values = values
        self.held = held
        self.nodes = list(walk(schema, carriage.at, values.definitions, _PLACES))
        self.is_sound = self._says(schema)
        self.is_free = self._keeps(held)
        held_at = claimed.node(schema_of(held), carriage.at.steps[1:])
        self.carriers = Carriers(self._is_good, self._says, values, held_at, begin, len(carriage.at.steps))
        self.tried: list[Json] = []

    def told(self) -> Iterator[Told | Untold]:
        """Yields the cases of every keyword at every place, and which have none."""
        # The innermost come first: what they are told by also tells of the keywords around them.
        for node in reversed(self.nodes):
            carriers = self.carriers.of(node)
            for said in spoken(node):
                found = [*self._broken(said, carriers), *self._edges(said, carriers)]
                yield from found
            yield from self._widened(node, carriers)
            yield from self._shapes(node, carriers)

    def _is_good(self, value: Json) -> bool:
        return self.carriage.carries(value) and self.is_sound(value) and self.is_free(value)

    def _says(self, schema: Json) -> Says:
        judge, readings = self.values.judge(schema), self.carriage.readings
        return lambda value: any(judge.is_valid(reading) for reading in readings(value))

    def _keeps(self, held: list[Held]) -> Says:
        judge = claimed.validator(schema_of(held))
        return lambda value: judge.is_valid(value_of(self.carriage.request(value)))

    def _near(self, said: Spoken, carriers: list[Carrier]) -> Iterator[Json]:
        """Yields values of the whole that are near to good ones, and those that tell of other keywords."""
        for carrier in [*carriers, *self.carriers.needing(said.node, said.needs)]:
            yield carrier.whole
            near = islice(edges.near(said, carrier.here), _TRIES)
            yield from (carrier.with_value(value) for value in sides.distinct(near))
        yield from self.tried[-_TRIES:]

    def _drawn(self, said: Spoken, relaxed: JsonObject, carriers: list[Carrier]) -> Iterator[Json]:
        """Yields values of the whole that are drawn at the place: refused for the keyword, or accepted thanks to it.

        The latter are those of conditions.
        """
        node, held = said.node, self.carriers.held(said.node)
        for carrier in [*carriers, *self.carriers.needing(node, said.needs)]:
            pair = [edges.pinned(schema, carrier.here, said) for schema in (relaxed, node.schema)]
            for wide, tight in (pair, reversed(pair)):
                yield from map(carrier.with_value, self.values.drawn([wide, held], tight))
        for wide, tight in ((relaxed, node.schema), (node.schema, relaxed)):
            for value in self.values.drawn([wide, *said.needs, held], tight):
                yield from (carrier.with_value(value) for carrier in carriers[:2])

    def _broken(self, said: Spoken, carriers: list[Carrier]) -> Iterator[Told | Untold]:
        for at, relaxed in edges.dropped(said):
            found = list(self._telling(said, at, relaxed, self._near(said, carriers)))
            if not found and carriers and self._is_same(said.node.schema, relaxed):
                yield Untold(at, said.keyword, "without it the schema takes the same values")
                continue
            found = found or list(self._telling(said, at, relaxed, self._drawn(said, relaxed, carriers)))
            self.tried += [one.value for one in found]
            yield from found
            if not found or self._is_text_anyway(said):
                yield Untold(at, said.keyword, self._reason(bool(carriers)))

    def _telling(self, said: Spoken, at: Place, relaxed: JsonObject, candidates: Iterator[Json]) -> Iterator[Told]:
        """Yields values that the schema refuses and would take without the keyword, or takes thanks to it."""
        is_lax = self._says(said.node.whole(relaxed))
        kept = _KEPT_TEXTS if said.keyword in ("pattern", "format", "type") else _KEPT
        is_freer = self._keeps(apart_from(self.held, at))
        sides_found: dict[Side, list[Json]] = {"broken": [], "edge": [], "widened": []}
        for value in _distinct(candidates):
            if len(sides_found["broken"]) >= kept:
                break
            if not self.carriage.carries(value) or self.is_sound(value) == is_lax(value):
                continue
            is_free = self.is_free(value)
            if self.is_sound(value):
                sides_found["edge"] += [value] if is_free and not sides_found["edge"] else []
            elif is_free or is_freer(value):
                sides_found["broken" if is_free else "widened"].append(value)
        # The shortest of those that leave what is held: least else of the request is tied to it.
        broken = sides_found["broken"] or sorted(sides_found["widened"], key=lambda value: len(repr(value)))[:_KEPT]
        yield from (Told(at, said.keyword, "broken", value) for value in broken)
        yield from (Told(at, said.keyword, "edge", value) for value in sides_found["edge"])

    def _is_same(self, one: JsonObject, other: JsonObject) -> bool:
        return self.values.covers(one, other) and self.values.covers(other, one)

    def _is_text_anyway(self, said: Spoken) -> bool:
        """Says whether a type is that of every text that is sent there: what is refused then is more than one text."""
        types = said.value if isinstance(said.value, list) else [said.value]
        return self.carriage.is_text and said.keyword == "type" and "string" in types

    def _reason(self, is_reached: bool) -> str:
        """Returns why nothing tells of a keyword."""
        if not is_reached:
            return "no request that is accepted has a value there"
        if self.carriage.is_text:
            return "as text, every value that breaks it is one that keeps to it, or cannot be sent"
        return "no value was found that breaks it alone"

    def _edges(self, said: Spoken, carriers: list[Carrier]) -> Iterator[Told]:
        for tighter in edges.tightened(said):
            is_tight = self._says(said.node.whole(tighter))
            for value in _distinct(self._near_edge(said, tighter, carriers)):
                if self._is_good(value) and not is_tight(value):
                    self.tried.append(value)
                    yield Told(said.at, said.keyword, "edge", value)
                    break

    def _near_edge(self, said: Spoken, tighter: JsonObject, carriers: list[Carrier]) -> Iterator[Json]:
        carriers = [*carriers, *self.carriers.needing(said.node, said.needs)]
        for carrier in carriers:
            yield carrier.whole
            yield from (carrier.with_value(value) for value in islice(edges.near(said, carrier.here), _TRIES))
        for carrier in carriers:
            pair = [edges.pinned(schema, carrier.here, said) for schema in (said.node.schema, tighter)]
            yield from map(carrier.with_value, self.values.drawn([pair[0], self.carriers.held(said.node)], pair[1]))

    def _widened(self, node: Node, carriers: list[Carrier]) -> Iterator[Told]:
        """Yields values of other types and spellings: refused, save a whole number written with a fraction."""
        is_free = self._keeps(apart_from(self.held, node.at))
        schemas = [node.schema, *(as_object(one) for one in _same_value(node.schema))]
        for carrier in carriers[:1]:
            for keyword, value in edges.widenings(schemas, carrier.here):
                whole = carrier.with_value(value)
                if not self.carriage.carries(whole) or not is_free(whole):
                    continue
                if not self.is_sound(whole):
                    yield Told(node.at, keyword, "widened", whole)
                elif isinstance(value, float) and value.is_integer() and self._is_good(whole):
                    yield Told(node.at, keyword, "edge", whole)

    def _shapes(self, node: Node, carriers: list[Carrier]) -> Iterator[Told]:
        """Yields objects without each field that may be left out, and with a field that nobody speaks of."""
        seen: set[str] = set()
        for carrier in carriers:
            if not isinstance(carrier.here, dict):
                continue
            for name in carrier.here:
                poorer = carrier.with_value({key: item for key, item in carrier.here.items() if key != name})
                if name not in seen and self._is_good(poorer):
                    seen.add(name)
                    yield Told(node.at.child(name), "required", "edge", poorer)
            richer = carrier.with_value({**carrier.here, edges.UNKNOWN: "text"})
            if "" not in seen and self._is_good(richer):
                seen.add("")
                yield Told(node.at, "additionalProperties", "edge", richer)


def _same_value(schema: JsonObject, depth: int = 0) -> Iterator[Json]:
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in as_list(schema.get(keyword)):
            if isinstance(branch, dict) and depth < 8:
                yield branch
                yield from _same_value(branch, depth + 1)


def _distinct(values: Iterator[Json]) -> Iterator[Json]:
    seen: set[str] = set()
    for value in values:
        key = repr(value)
        if key not in seen:
            seen.add(key)
            yield value
