"""Drawing objects in less time: what schemathesis builds anew for each value is built once for each schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from hypothesis import strategies as st
from hypothesis.internal.conjecture import utils
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.strategies import SearchStrategy
from schemathesis.generation.jsonschema import strategy
from schemathesis.generation.jsonschema.context import Alphabet

from specledger.yaml12 import Json

# How many fields that the spec does not speak of an object has on average.
_UNKNOWN = 0.5


class _Named(SearchStrategy[dict[str, Json]]):
    """Objects with every required field, and a pick of the others."""

    def __init__(
        self,
        required: Mapping[str, SearchStrategy[Json]],
        optional: Mapping[str, SearchStrategy[Json]],
        picker: SearchStrategy[set[str]] | None,
    ) -> None:
        super().__init__()
        self._required = required
        self._optional = optional
        self._picker = picker

    def do_draw(self, data: ConjectureData) -> dict[str, Json]:
        chosen = sorted(data.draw(self._picker)) if self._picker is not None else []
        found = {name: data.draw(value) for name, value in self._required.items()}
        return found | {name: data.draw(self._optional[name]) for name in chosen}


class _Unnamed(SearchStrategy[dict[str, Json]]):
    """Fields of other names, between `low` and `high` of them."""

    def __init__(self, entries: SearchStrategy[tuple[str, Json]], low: int, high: int) -> None:
        super().__init__()
        self.entries = entries
        self.low = low
        self.high = high

    def calc_is_empty(self, recur: Callable[[SearchStrategy[object]], bool]) -> bool:
        return bool(self.low) and recur(self.entries)

    def do_draw(self, data: ConjectureData) -> dict[str, Json]:
        found: dict[str, Json] = {}
        if self.entries.is_empty:
            return found
        average = min(self.low + _UNKNOWN, (self.low + self.high) / 2)
        with utils.many(data, min_size=self.low, max_size=self.high, average_size=average) as fields:
            for _ in fields:
                name, value = data.draw(self.entries)
                if name in found:
                    fields.reject()
                found.setdefault(name, value)
        return found


@cache
def _anything(alphabet: Alphabet) -> SearchStrategy[Json]:
    """Draws values of every type, lists and objects two deep: a recursive strategy takes longer than all else."""
    text = strategy._surrounding_whitespace_check(st.text(alphabet=alphabet.as_strategy()), alphabet)
    numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number or 0.0)
    found: SearchStrategy[Json] = st.none() | st.booleans() | numbers | text
    for _ in range(2):
        pairs = st.lists(st.tuples(text, found), max_size=2)
        found = found | st.lists(found, max_size=2) | pairs.map(dict)
    return found


@contextmanager
def quick() -> Iterator[None]:
    """Lets schemathesis draw objects so, for as long as the context lasts."""
    names = vars(strategy)
    instead = {"_named_object": _Named, "_Collected": _Unnamed, "_anything_for": _anything}
    before = {name: names[name] for name in instead}
    names.update(instead)
    try:
        yield
    finally:
        names.update(before)
