"""A mutant: one artefact with one deliberate fault, or with a change that means nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from specledger.mutate.world import Spot, World
from specledger.places import Place, parse

Layer = Literal["page", "facts", "spec", "behavior", "client", "mock"]
LAYERS: tuple[Layer, ...] = ("page", "facts", "spec", "behavior", "client", "mock")

# Places of which a gate that names the operation has said enough.
_WIDE = ("operation", "server", "security")


@dataclass(frozen=True, slots=True)
class Fault:
    """What an operator yields: the places that the fault speaks of, a name, and the new texts by path.

    A component that several operations share has several places; a diagnostic need name one of them. Paths are those
    of `World.files`, or of `World.client` and `World.mock`.
    """

    spots: tuple[Spot, ...]
    name: str
    edits: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Operator:
    """A kind of fault: `says` tells it in one line; `faults` finds every place of a world where it can be made."""

    name: str
    layer: Layer
    says: str
    faults: Callable[[World], Iterator[Fault]] = field(repr=False)
    benign: bool = False

    def mutants(self, world: World) -> Iterator[Mutant]:
        """Yields the mutants of one API; a fault that changes nothing is none."""
        for fault in self.faults(world):
            changed = {path: text for path, text in fault.edits.items() if world.text(path) != text}
            if changed and fault.spots:
                spots = tuple(dict.fromkeys(fault.spots))
                yield Mutant(world.name, self.layer, self.name, spots, fault.name, changed, self.benign)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One API's artefacts with one change; `edits` are the new texts by path."""

    api: str
    layer: Layer
    operator: str
    spots: tuple[Spot, ...]
    name: str
    edits: Mapping[str, str] = field(repr=False)
    benign: bool = False

    @property
    def operation(self) -> str:
        """Returns `METHOD /path` of the first operation that it touches."""
        return self.spots[0][0]

    @property
    def at(self) -> str:
        """Returns the first place that it touches."""
        return self.spots[0][1]

    @property
    def id(self) -> str:
        """Returns a name made of all that it is."""
        parts = [self.api, self.layer, self.operator, self.name, *sorted(self.edits.items())]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()[:12]

    def named_by(self, operation: str, at: str) -> bool:
        """Says whether a diagnostic with this operation and place names the fault."""
        return any(operation == label and meets(place, at) for label, place in self.spots)


def meets(wanted: str, at: str) -> bool:
    """Says whether a diagnostic's place is the wanted one, inside it, or around it on the same field.

    What belongs to a whole operation is named by the operation.
    """
    try:
        place = parse(wanted)
        if place.steps[0] in _WIDE:
            return True
        said = parse(at)
    except ValueError:
        return False
    field_steps = _field(place)
    if said.starts_with(*field_steps):
        return True
    return len(said.steps) >= _depth(place) and place.starts_with(*_field(said))


def _field(place: Place) -> tuple[str, ...]:
    """Returns the steps without those into items or values at the end: a list and its items are one field."""
    steps = place.steps
    while steps and steps[-1] in ("[]", "{}"):
        steps = steps[:-1]
    return steps


def _depth(place: Place) -> int:
    """Returns how many steps name a field at least: `request.body.a`, `response.200.body.a`, `response.200`."""
    root = 3 if place.steps[0] == "request" else 4
    return min(root, len(_field(place)))
