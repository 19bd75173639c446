"""Faults of the code that every generated package shares: a piece of one module exchanged for another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from specledger.behavior import secured
from specledger.claims import SpecClaims
from specledger.ir import Operation
from specledger.mutate.mutant import Fault
from specledger.mutate.world import World
from specledger.places import Place
from specledger.yaml12 import Json

Side = Literal["client", "mock"]
# The places of an operation that a fault concerns; none where it does not.
Where = Callable[[World, Operation], Iterable[str]]


def rewritten(side: Side, module: str, old: str, new: str, where: Where) -> Callable[[World], Iterator[Fault]]:
    """Returns the faults that `new` stands where `old` stood in a module: one for each operation that it concerns.

    `module` is how the module's path ends. Raises LookupError where `old` does not stand there once: the code has
    changed, and the operator must follow.
    """

    def faults(world: World) -> Iterator[Fault]:
        ((path, text),) = ((path, text) for path, text in _files(world, side).items() if path.endswith(module))
        if text.count(old) != 1:
            raise LookupError(f"{module} holds {text.count(old)} times, not once: {old!r}")
        for operation in world.api.operations:
            spots = tuple((operation.label, at) for at in where(world, operation))
            if spots:
                name = f"{operation.id}: {' '.join(new.split()) or 'nothing'}"
                yield Fault(spots, name[:160], {path: text.replace(old, new)})

    return faults


def _files(world: World, side: Side) -> Mapping[str, str]:
    return world.client if side == "client" else world.mock


def everywhere(_: World, __: Operation) -> Iterable[str]:
    """Returns the operation itself."""
    return ("operation",)


def security(_: World, operation: Operation) -> Iterable[str]:
    """Returns the security of an operation that needs a credential."""
    return ("security",) if secured(operation) else ()


def parameters(*locations: str) -> Where:
    """Returns the parameters that lie there."""

    def where(_: World, operation: Operation) -> Iterable[str]:
        return [
            str(Place(("request", one.location, one.wire_name)))
            for one in operation.parameters
            if one.location in locations
        ]

    return where


def body(_: World, operation: Operation) -> Iterable[str]:
    """Returns the body, where there is one."""
    return ("request.body",) if operation.body else ()


def statuses(*starts: str) -> Where:
    """Returns the documented answers whose status begins so."""

    def where(_: World, operation: Operation) -> Iterable[str]:
        return [f"response.{one.status}" for one in operation.responses if one.status.startswith(starts)]

    return where


def answers(*starts: str) -> Where:
    """Returns the bodies of the documented answers whose status begins so; of all for none."""

    def where(_: World, operation: Operation) -> Iterable[str]:
        known = [one for one in operation.responses if one.content and (not starts or one.status.startswith(starts))]
        return [f"response.{one.status}.body" for one in known]

    return where


def claimed(root: str, keyword: str, *values: Json) -> Where:
    """Returns the places below `root` of which the spec says something: any of these values, or whatever."""

    def where(world: World, operation: Operation) -> Iterable[str]:
        return [
            str(claim.at)
            for claim in SpecClaims(world.api, operation).all()
            if claim.at.starts_with(*root.split("."))
            and claim.keyword == keyword
            and (not values or claim.value in values)
        ]

    return where


def where_all(*needed: Where) -> Where:
    """Returns the first one's places where the others have some as well."""

    def where(world: World, operation: Operation) -> Iterable[str]:
        found = [list(one(world, operation)) for one in needed]
        return found[0] if all(found) else ()

    return where


def only(test: Callable[[World, Operation], bool], then: Where) -> Where:
    """Returns a place's operations for which the test holds."""

    def where(world: World, operation: Operation) -> Iterable[str]:
        return then(world, operation) if test(world, operation) else ()

    return where
