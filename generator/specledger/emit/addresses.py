"""Which pages describe a class of the client: those of the operations that use it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from specledger.ir import Api, pointer_of
from specledger.yaml12 import Json, Pointer

_MOST = 3


class Addresses:
    """Finds the pages of a place in the spec."""

    def __init__(self, api: Api) -> None:
        self._own = [api.address] if api.address else []
        self._found: dict[Pointer, dict[str, None]] = {}
        references = cache(lambda place: tuple(_references(api.at(place))))
        for operation in api.operations:
            # The parameters of all the operations of a path stand beside them.
            waiting: list[Pointer] = [operation.pointer, (*operation.pointer[:-1], "parameters")]
            seen: set[Pointer] = set()
            while operation.address and waiting:
                place = waiting.pop()
                if place not in seen:
                    seen.add(place)
                    self._found.setdefault(place, {})[operation.address] = None
                    waiting += references(place)

    def of(self, pointer: Pointer) -> list[str]:
        """Returns the addresses of the operations that use what is here; the API's own where they are none or many."""
        steps = [self._found.get(pointer[:length], {}) for length in range(len(pointer) + 1)]
        found = list(dict.fromkeys(address for step in steps for address in step))
        return found if 0 < len(found) <= _MOST else self._own or found[:_MOST]


def _references(value: Json) -> Iterator[Pointer]:
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            yield pointer_of(reference)
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
