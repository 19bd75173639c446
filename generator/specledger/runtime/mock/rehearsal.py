"""A private copy of one API, to which a request is put before it is sent anywhere."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import cast

from . import json_text
from .answer import Judged
from .api import Api
from .call import Call
from .json_text import JsonObject
from .operation import Operation
from .route import Found, split

APIS = Path(__file__).parent / "apis"
# Refusals of what the contract allows: nothing but the behaviour of the API tells of them.
BEHAVIOUR = frozenset(
    "unknown foreign taken not_owned limit rule unpatched not_acceptable unfit preferred fault".split()
)
_SAFE = ("GET", "HEAD", "OPTIONS")


class Rehearsal:
    """One API with its seed; a request leaves nothing behind."""

    def __init__(self, contract: JsonObject) -> None:
        self.api = Api(contract)
        self.resources = cast(JsonObject, contract["resources"])
        self._start = self.api.state.snapshot()

    def operation(self, name: str) -> Operation:
        """Returns an operation. Raises ValueError, with those that there are."""
        known = {found.id: found for found in self.api.operations}
        if name not in known:
            raise ValueError(f"{self.api.name} has no operation {name!r}; there are: {', '.join(known)}")
        return known[name]

    def leads(self, call: Call) -> bool:
        """Says whether a request reaches its operation: the path of another one may go before."""
        found = self._way(call)
        return isinstance(found, Found) and found.target.id == call.operation

    def allows(self, call: Call) -> bool:
        """Says whether the behaviour of the API lets a request pass; the contract is not what is asked here."""
        found = self._way(call)
        if not isinstance(found, Found) or found.target.id != call.operation:
            return False
        answer = self.api.answer(call.request(), found)
        if call.method not in _SAFE:
            self.api.state.restore(self._start)
        return not isinstance(answer, Judged) or not is_behaviour(answer)

    def _way(self, call: Call) -> Found[Operation] | tuple[str, ...]:
        segments = split(call.path.encode())
        return () if segments is None else self.api.way(call.method, segments)


def is_behaviour(answer: Judged) -> bool:
    """Says whether a request was refused for what no schema says."""
    return answer.verdict in BEHAVIOUR


@lru_cache(maxsize=64)
def rehearsal(name: str, apis: Path = APIS) -> Rehearsal:
    """Returns the private copy of an API, loaded once. Raises ValueError, with the APIs that there are."""
    path = apis / f"{name}.json"
    if not path.is_file():
        raise ValueError(
            f"there is no API {name!r}; there are: {', '.join(sorted(p.stem for p in apis.glob('*.json')))}"
        )
    return Rehearsal(cast(JsonObject, json_text.read(path.read_bytes())))
