"""Measures contenders in turn, so that a drift of the machine's speed meets all alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Rounds = dict[str, list[float]]
"""A contender's figure in each round."""


def in_turn(turns: Mapping[str, Callable[[], float]], rounds: int) -> Rounds:
    """Returns each contender's figures; the first turn of each warms up and does not count."""
    found: Rounds = {name: [] for name in turns}
    for number in range(rounds + 1):
        names = list(turns)[:: 1 if number % 2 else -1]
        for name in names:
            figure = turns[name]()
            if number:
                found[name].append(figure)
    return found
