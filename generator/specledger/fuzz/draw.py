"""Drawing the same values for the same seed, in any process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

import hypothesis
from hypothesis import strategies
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from schemathesis.generation.hypothesis.reporting import UnsatisfiableSchema
from schemathesis.specs.openapi.adapter import responses

T = TypeVar("T")
_SELDOM = 100_000


@contextmanager
def reproducible() -> Iterator[None]:
    """Draws nothing from the sources of the modules that happen to be loaded, for as long as the context lasts.

    Hypothesis mixes constants of local modules into what it draws, which no setting turns off: the same seed would
    draw other values after another import.
    """
    found = providers._get_local_constants
    providers._get_local_constants = Constants
    providers.CONSTANTS_CACHE.cache.clear()
    try:
        yield
    finally:
        providers._get_local_constants = found
        providers.CONSTANTS_CACHE.cache.clear()


@contextmanager
def answers_as_written() -> Iterator[None]:
    """Lets schemathesis judge answers by the schemas of the spec, for as long as the context lasts.

    It rewrites `prefixItems` to what drafts before 2020-12 call a tuple, and then refuses it as no schema of 2020-12;
    and `if` to a choice, which says less.
    """
    names = vars(responses)
    found = names["to_json_schema"]
    names["to_json_schema"] = partial(found, convert_prefix_items=False, convert_if_then_else=False)
    try:
        yield
    finally:
        names["to_json_schema"] = found


@contextmanager
def uncollected() -> Iterator[None]:
    """Looks for garbage seldom, for as long as the context lasts.

    The spec, the strategies and the modules stay to the end of a run: looking through them after each few hundred new
    objects finds little.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_SELDOM, before[1], before[2])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def draw(strategy: strategies.SearchStrategy[T], seed: int, count: int) -> list[T]:
    """Returns up to `count` values of a strategy; none where schemathesis finds none, which its own run reports."""
    found: list[T] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    with reproducible(), suppress(UnsatisfiableSchema):
        collect()
    return found
