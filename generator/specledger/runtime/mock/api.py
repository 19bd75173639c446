"""One API: its contract compiled into routes, state and operations."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from . import prefer
from .answer import Answer, as_json, header, judged, plain
from .credential import ANYONE, Identity, Scheme
from .documented import Documented, row_of
from .faults import HEADER, Fault, Faults, Unfit, disturbed, from_header
from .journal import Journal
from .json_text import JsonObject
from .operation import Operation
from .redaction import Redaction
from .request import Request
from .route import Found, Routes
from .schema import Schemas
from .state import Collection, State
from .store import Store


class Api:
    """What is mounted at /<name>."""

    def __init__(
        self,
        contract: JsonObject,
        store: Store | None = None,
        faults: Faults | None = None,
        journal: Journal | None = None,
        header_faults: bool = True,
    ) -> None:
        self.name = str(contract["name"])
        schemes = {key: _scheme(row) for key, row in _rows_by_key(contract["schemes"]).items()}
        self.schemes: Mapping[str, Scheme] = schemes
        self.identities = tuple(_identity(row) for row in _rows(contract["identities"]))
        self.state = State(
            self.name, [_collection(name, row) for name, row in _rows_by_key(contract["resources"]).items()], store
        )
        definitions = cast(JsonObject, contract["definitions"])
        text = json.dumps(contract)
        self.incoming = Schemas(definitions, "readOnly" if '"readOnly"' in text else "")
        self.outgoing = Schemas(definitions, "writeOnly" if '"writeOnly"' in text else "")
        self.operations = [
            Operation(
                row,
                incoming=self.incoming,
                outgoing=self.outgoing,
                schemes=schemes,
                identities=self.identities,
                state=self.state,
                resources=_rows_by_key(contract["resources"]),
            )
            for row in _rows(contract["operations"])
        ]
        self._routes: Routes[Operation] = Routes()
        for operation in self.operations:
            self._routes.add(operation.method, operation.path, operation)
        self._redaction = Redaction(self.name, schemes.values(), self.identities, contract)
        self._faults = faults or Faults()
        self._waiting = self._faults.waiting
        self._journal = journal or Journal()
        self._header_faults = header_faults
        self._last: Request | None = None

    def way(self, method: str, segments: list[str]) -> Found[Operation] | tuple[str, ...]:
        """Returns what answers a path below the API's mount, else the methods that it has; GET answers HEAD."""
        found = self._routes.find(method, segments)
        if not isinstance(found, Found) and method == "HEAD":
            found = self._routes.find("GET", segments)
        return found

    def answer(self, request: Request, found: Found[Operation] | tuple[str, ...]) -> Answer:
        """Returns the answer to a request that goes this way, and notes both in the journal."""
        if not isinstance(found, Found):
            answer, name = _no_operation(request.method, found), ""
        else:
            operation, name, headers = found.target, found.target.id, request.headers
            if self._waiting or prefer.HEADER in headers or HEADER in headers:
                answer = self._steered(operation, request, found.parameters)
            else:
                answer = operation.answer(request, found.parameters)
        self._last = request
        self._journal.add(self._redaction, name, request, answer)
        return answer

    def last(self) -> JsonObject | None:
        """Returns the last request that came, its credentials struck out; None where none did."""
        return self._redaction.request(self._last) if self._last else None

    def _steered(self, operation: Operation, request: Request, path: Mapping[str, str]) -> Answer:
        """Returns the answer under the faults that strike here and the preference of the request."""
        responses = cast("dict[str, JsonObject]", operation.row["responses"])
        try:
            instead = prefer.preferred(request.headers, responses, self.outgoing)
            fault = self._struck(operation, request)
        except (Unfit, prefer.Unmet) as error:
            return judged(plain(400, str(error)), "unfit", str(error))
        if fault is None:
            return operation.answer(request, path, instead)
        if fault.status is None:
            answer = operation.answer(request, path, instead)
        else:
            answer = self._failed(fault, fault.status, responses)
        return disturbed(answer, fault, fault.delay(self._faults.chance))

    def _struck(self, operation: Operation, request: Request) -> Fault | None:
        """Returns the fault that strikes: the header's before those that are waiting."""
        if self._header_faults and HEADER in request.headers:
            fault = from_header(request.headers[HEADER])
            if fault.rate >= 1.0 or self._faults.chance.random() < fault.rate:
                return fault
        return self._faults.take(self.name, operation.id)

    def _failed(self, fault: Fault, status: int, responses: dict[str, JsonObject]) -> Answer:
        """Returns a fault's own answer: its body, else what the operation documents under the status, else a line."""
        row = row_of(responses, status)
        if fault.body is not None:
            found = as_json(status, fault.body)
        elif row is not None:
            found = Documented(status, row, self.outgoing).sample()
        else:
            found = plain(status, "a fault that was asked for")
        if fault.retry_after is not None:
            kept = [pair for pair in found.headers if pair[0].lower() != b"retry-after"]
            found = Answer(status, found.body, [*kept, header("retry-after", str(math.ceil(fault.retry_after)))])
        return judged(found, "fault", f"the status {status} was asked for")

    def callers(self) -> tuple[Identity, ...]:
        """Returns the identities; one that may do everything where the API names none."""
        return self.identities or (ANYONE,)


def load(
    folder: Path, store: Store | None, faults: Faults, journal: Journal, header_faults: bool = True
) -> dict[str, Api]:
    """Returns the APIs whose contracts lie in a folder, by name."""
    contracts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return {str(contract["name"]): Api(contract, store, faults, journal, header_faults) for contract in contracts}


def _no_operation(method: str, allowed: tuple[str, ...]) -> Answer:
    """Returns the answer where no operation has the path, or none the method."""
    if not allowed:
        return judged(plain(404, "no operation has this path"), "no_path", "no operation has this path")
    methods: dict[str, None] = dict.fromkeys([*allowed, *(["HEAD"] if "GET" in allowed else []), "OPTIONS"])
    allow = [(b"allow", ", ".join(methods).encode())]
    if method == "OPTIONS":
        return judged(plain(204, "", allow), "options", "")
    return judged(plain(405, "the path has other methods", allow), "no_method", "the path has other methods")


def _rows(value: object) -> list[JsonObject]:
    return cast("list[JsonObject]", value)


def _rows_by_key(value: object) -> dict[str, JsonObject]:
    return cast("dict[str, JsonObject]", value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(cast("list[str]", value))


def _scheme(row: JsonObject) -> Scheme:
    return Scheme(str(row["location"]), str(row["name"]), str(row["prefix"]), str(row["type"]), str(row["scheme"]))


def _identity(row: JsonObject) -> Identity:
    return Identity(
        str(row["name"]),
        str(row["credential"]),
        str(row["may"]),
        _texts(row["scopes"]),
        str(row["workspace"]),
        _texts(row["owns"]),
    )


def _collection(name: str, row: JsonObject) -> Collection:
    return Collection(
        name=name,
        id=str(row["id"]),
        workspace=str(row["workspace"]),
        unique=_texts(row["unique"]),
        immutable=_texts(row["immutable"]),
        touched=_texts(row["touched"]),
        seed=tuple(_rows(row["seed"])),
        schema=str(row["schema"]),
        parents=tuple(str(parent["field"]) for parent in _rows(row.get("parents", []))),
    )
