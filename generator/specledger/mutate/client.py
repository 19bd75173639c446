"""Faults of a generated client, as if its template or its runtime had them."""

from __future__ import annotations

from collections.abc import Iterator

from specledger.mutate.mutant import Fault, Operator
from specledger.mutate.world import World


def _method(world: World) -> Iterator[Fault]:
    """Yields clients that call an operation by another method."""
    for operation in world.api.operations:
        other = "POST" if operation.method != "POST" else "PUT"
        was = f'id="{operation.id}",\n    method="{operation.method}"'
        for path, text in world.client.items():
            if "/resources/" in path and was in text:
                changed = text.replace(was, f'id="{operation.id}",\n    method="{other}"')
                yield Fault(((operation.label, "operation"),), f"{operation.label} as {other}", {path: changed})


OPERATORS: tuple[Operator, ...] = (Operator("client-method", "client", "the client sends another method", _method),)
