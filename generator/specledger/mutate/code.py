"""Faults of generated code: a piece of one module exchanged for another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from specledger.ir import Operation
from specledger.mutate.mutant import Fault
from specledger.mutate.world import World

Side = Literal["client", "mock"]


def rewritten(
    side: Side, module: str, old: str, new: str, at: str, *, only: Callable[[World, Operation], bool] | None = None
) -> Callable[[World], Iterator[Fault]]:
    """Returns the one fault that `new` stands where `old` stood in a module, in every operation that `only` allows.

    `module` is how the module's path ends. `old` must stand there once: a text that is gone makes no mutant, and the
    tests see to it that every operator makes one.
    """

    def faults(world: World) -> Iterator[Fault]:
        spots = tuple((one.label, at) for one in world.api.operations if only is None or only(world, one))
        for path, text in _files(world, side).items():
            if path.endswith(module) and text.count(old) == 1:
                yield Fault(spots, f"{module}: {new.strip() or 'nothing'}"[:100], {path: text.replace(old, new)})

    return faults


def _files(world: World, side: Side) -> Mapping[str, str]:
    return world.client if side == "client" else world.mock
