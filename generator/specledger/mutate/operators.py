"""The table of all operators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from specledger.mutate import acts, benign, client, facts, mock, operations, page, schemas
from specledger.mutate.mutant import Layer, Mutant, Operator
from specledger.mutate.world import World

OPERATORS: tuple[Operator, ...] = (
    *page.OPERATORS,
    *facts.OPERATORS,
    *schemas.OPERATORS,
    *operations.OPERATORS,
    *acts.OPERATORS,
    *client.OPERATORS,
    *mock.OPERATORS,
    *benign.OPERATORS,
)


def mutants(world: World, layers: Sequence[Layer]) -> Iterator[Mutant]:
    """Yields every mutant of one API in these layers, each change once."""
    seen: set[str] = set()
    for operator in OPERATORS:
        if operator.layer in layers:
            for mutant in operator.mutants(world):
                if mutant.id not in seen:
                    seen.add(mutant.id)
                    yield mutant
