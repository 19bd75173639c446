"""One API: its contract compiled into routes, state and operations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from .answer import Answer, plain
from .credential import ANYONE, Identity, Scheme
from .json_text import JsonObject
from .operation import Operation
from .request import Request
from .route import Found, Routes
from .schema import Schemas
from .state import Collection, State, Store


class Api:
    """What is mounted at /<name>."""

    def __init__(self, contract: JsonObject, store: Store | None = None) -> None:
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
        outgoing = Schemas(definitions, "writeOnly" if '"writeOnly"' in text else "")
        self.operations = [
            Operation(
                row,
                incoming=self.incoming,
                outgoing=outgoing,
                schemes=schemes,
                identities=self.identities,
                state=self.state,
            )
            for row in _rows(contract["operations"])
        ]
        self._routes: Routes[Operation] = Routes()
        for operation in self.operations:
            self._routes.add(operation.method, operation.path, operation)
        self.last: Request | None = None

    def answer(self, request: Request, segments: list[str]) -> Answer:
        """Returns the answer to a request for the path below the API's mount."""
        found = self._routes.find(request.method, segments)
        if not isinstance(found, Found) and request.method == "HEAD":
            found = self._routes.find("GET", segments)
        self.last = request
        if isinstance(found, Found):
            return found.target.answer(request, found.parameters)
        if not found:
            return plain(404, "no operation has this path")
        methods: dict[str, None] = dict.fromkeys([*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"])
        allow = [(b"allow", ", ".join(methods).encode())]
        return plain(204, "", allow) if request.method == "OPTIONS" else plain(405, "the path has other methods", allow)

    def callers(self) -> tuple[Identity, ...]:
        """Returns the identities; one that may do everything where the API names none."""
        return self.identities or (ANYONE,)


def load(folder: Path, store: Store | None = None) -> dict[str, Api]:
    """Returns the APIs whose contracts lie in a folder, by name."""
    contracts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return {str(contract["name"]): Api(contract, store) for contract in contracts}


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
        parents=tuple(str(parent["field"]) for parent in _rows(row.get("parents", []))),
    )
