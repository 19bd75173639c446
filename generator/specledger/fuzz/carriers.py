"""Good values that hold something at each place, so that it can be changed there and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from specledger.fuzz import claimed
from specledger.fuzz.edges import UNKNOWN
from specledger.fuzz.positions import Node, found, put
from specledger.fuzz.values import Values
from specledger.yaml12 import Json, JsonObject, Pointer, as_list, as_object

Says = Callable[[Json], bool]

# How many are kept for each place.
_KEPT = 3


@dataclass(frozen=True, slots=True)
class Carrier:
    """A whole value and the way in it to one place."""

    whole: Json
    path: Pointer

    @property
    def here(self) -> Json:
        """Returns what stands at the place."""
        value = self.whole
        for step in self.path:
            value = value[step] if isinstance(value, list) and isinstance(step, int) else as_object(value)[str(step)]
        return value

    def with_value(self, value: Json) -> Json:
        """Returns the whole with another value at the place."""
        return put(self.whole, self.path, value)


class Carriers:
    """Finds the carriers of the places of one schema, each place's once."""

    def __init__(
        self,
        is_good: Says,
        says: Callable[[Json], Says],
        values: Values,
        held: JsonObject,
        begin: list[Json],
        depth: int,
    ) -> None:
        self._is_good = is_good
        self._says = says
        self._values = values
        self._held = held
        self._begin = begin
        self._depth = depth
        self._known: dict[Node, list[Carrier]] = {}
        self._needing: dict[tuple[Node, str], list[Carrier]] = {}

    def held(self, node: Node) -> JsonObject:
        """Returns what is held at a place beside what the schema says."""
        return claimed.node(self._held, node.at.steps[self._depth :])

    def of(self, node: Node) -> list[Carrier]:
        """Returns good values with something at the place that the node's schema was asked about."""
        if node not in self._known:
            if node.parent is None:
                drawn = self._values.drawn([node.schema, self.held(node)])
                good = [value for value in [*self._begin, *drawn] if self._is_good(value)]
                good = [*good[:1], *map(self._poorest, good[:1]), *good[1:]]
                self._known[node] = [Carrier(value, ()) for value in _differing(good)[:_KEPT]]
            else:
                asked = self._says(node.whole(False))
                inside = (one for one in self._inside(node, node.parent) if not asked(one.whole))
                self._known[node] = _first(inside)
        return self._known[node]

    def needing(self, node: Node, needs: tuple[JsonObject, ...]) -> list[Carrier]:
        """Returns carriers of a place whose value there also keeps to `needs`; none for no needs."""
        if not needs:
            return []
        key = (node, repr(needs))
        if key not in self._needing:
            drawn = self._values.drawn([node.schema, *needs, self.held(node)])
            made = (
                Carrier(one.with_value(value), one.path)
                for one in self.of(node)
                for value in [*_enriched(one.here, needs), *drawn]
            )
            judge = self._values.judge({"allOf": [*needs]})
            self._needing[key] = _first(one for one in made if judge.is_valid(one.here) and self._is_good(one.whole))
        return self._needing[key]

    def _poorest(self, value: Json) -> Json:
        """Returns a good value without the fields that can be left out."""
        for name in value if isinstance(value, dict) else ():
            poorer = {key: item for key, item in as_object(value).items() if key != name}
            value = poorer if self._is_good(poorer) else value
        return value

    def _inside(self, node: Node, parent: Node) -> Iterator[Carrier]:
        """Yields carriers made of the parent's: those that hold something, then with it added, then drawn."""
        outer = [*self.of(parent), *self.needing(parent, node.needs)]
        full = [Carrier(one.whole, (*one.path, key)) for one in outer for key in _keys(node, one.here)]
        yield from full[:1]
        # The same where nothing else is that can be left out: a rule may tie the place to what is.
        for one in outer if full else ():
            if not _keys(node, one.here):
                added = _added(node, one.here, full[0].here)
                more = (Carrier(one.with_value(value), (*one.path, key)) for value, key in added)
                yield from islice((carrier for carrier in more if self._is_good(carrier.whole)), 1)
        yield from full[1:]
        for one in outer:
            for value in [*self._values.drawn([node.schema, self.held(node)]), None, "text", 1]:
                for richer, key in _added(node, one.here, value):
                    made = Carrier(one.with_value(richer), (*one.path, key))
                    if self._is_good(made.whole):
                        yield made
        for presence in _presences(node):
            for drawn in self._values.drawn([parent.schema, *node.needs, presence, self.held(parent)]):
                for one in outer:
                    whole = one.with_value(drawn)
                    if self._is_good(whole):
                        yield from (Carrier(whole, (*one.path, key)) for key in _keys(node, drawn))


def _enriched(held: Json, needs: tuple[JsonObject, ...]) -> Iterator[Json]:
    """Yields the value with the constants that conditions ask for."""
    if not isinstance(held, dict):
        return
    made = dict(held)
    for need in needs:
        for part in [need, *map(as_object, as_list(need.get("allOf")))]:
            for name, schema in as_object(part.get("properties")).items():
                choices = as_list(as_object(schema).get("enum"))
                if "const" in as_object(schema):
                    made[name] = as_object(schema)["const"]
                elif choices:
                    made[name] = choices[0]
    yield made


def _keys(node: Node, value: Json) -> Sequence[str | int]:
    """Returns where in the parent's value a place may lie."""
    word, last = _step(node)
    if isinstance(value, list):
        return [last] if word == "prefixItems" and isinstance(last, int) and last < len(value) else _some(value, word)
    if not isinstance(value, dict):
        return []
    if word == "properties":
        return [last] if last in value else []
    if word == "patternProperties":
        return [key for key in value if _matches(str(last), key)][:2]
    return list(reversed(value))[:4] if word in ("additionalProperties", "unevaluatedProperties") else []


def _some(value: list[Json], word: str) -> list[str | int]:
    if word not in ("items", "unevaluatedItems"):
        return []
    return list(dict.fromkeys([len(value) - 1, 0])) if value else []


def _step(node: Node) -> tuple[str, str | int]:
    """Returns the keyword by which a place lies in its parent's, and the name or number in it."""
    if len(node.key) > 1 and node.key[-2] in ("properties", "patternProperties", "prefixItems"):
        return str(node.key[-2]), node.key[-1]
    return str(node.key[-1]), ""


def _added(node: Node, value: Json, item: Json) -> Iterator[tuple[Json, str | int]]:
    word, last = _step(node)
    if isinstance(value, dict):
        if word == "properties":
            yield {**value, str(last): item}, last
        elif word == "patternProperties":
            for name in _names_of(str(last)):
                yield {**value, name: item}, name
        elif word in ("additionalProperties", "unevaluatedProperties"):
            for name in (UNKNOWN, "x", "abc", "A1", "0"):
                yield {**value, name: item}, name
    elif isinstance(value, list) and word in ("items", "unevaluatedItems", "prefixItems"):
        yield [*value, item], len(value)
        if value:
            yield [*value[:-1], item], len(value) - 1


def _presences(node: Node) -> Iterator[JsonObject]:
    """Yields schemas of the parent's value that ask for something at the place."""
    word, last = _step(node)
    if word == "properties":
        yield {"type": "object", "required": [last]}
    elif word == "patternProperties":
        for name in _names_of(str(last)):
            yield {"type": "object", "required": [name]}
    elif word == "prefixItems" and isinstance(last, int):
        yield {"type": "array", "minItems": last + 1}
    elif word in ("items", "unevaluatedItems"):
        beside = as_object(found(node.parent.schema, node.key[:-1])) if node.parent else {}
        before = len(as_list(beside.get("prefixItems")))
        yield {"type": "array", "minItems": before + 1}
    else:
        yield {"type": "object", "required": [UNKNOWN]}
        yield {"type": "object", "minProperties": 1}


def _names_of(pattern: str) -> list[str]:
    """Returns names that match a pattern, made of the letters that stand in it."""
    plain = re.sub(r"[\\^$()?*+]|\[.*?\]|\{.*?\}", "", pattern)
    made = (plain, f"{plain}a", f"{plain}1", f"a{plain}", "a", "A", "0", "x-a", "a_b")
    return [name for name in dict.fromkeys(made) if name and _matches(pattern, name)][:3]


def _matches(pattern: str, name: str) -> bool:
    judge = claimed.validator({"propertyNames": {"pattern": pattern}})
    return judge.is_valid({name: None})


def _differing(values: list[Json]) -> list[Json]:
    return [value for number, value in enumerate(values) if repr(value) not in map(repr, values[:number])]


def _first(carriers: Iterator[Carrier]) -> list[Carrier]:
    kept: dict[str, Carrier] = {}
    for one in carriers:
        kept.setdefault(repr(one), one)
        if len(kept) == _KEPT:
            break
    return list(kept.values())
