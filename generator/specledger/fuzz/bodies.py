"""Requests with drawn bodies: valid by the spec, with nothing more than it asks for beside them."""

from __future__ import annotations

from dataclasses import replace

from specledger.emit.definitions import Definitions
from specledger.fuzz.positions import ROOT
from specledger.fuzz.request import MISSING, Request
from specledger.fuzz.sent import as_sent
from specledger.fuzz.values import Values
from specledger.ir import Api, Operation
from specledger.places import Place
from specledger.yaml12 import Json

_COUNT = 8


class Bodies:
    """Draws for the operations of one API, the same for the same seed."""

    def __init__(self, api: Api, credential: str | None, seed: int) -> None:
        self.api = api
        self.credential = credential
        definitions = Definitions(api, ROOT)
        operations = api.operations
        written = {
            **{id(one): definitions.schema(one.schema) for known in operations for one in known.parameters},
            **{
                id(one): definitions.schema(one.schema)
                for known in operations
                if known.body
                for one in known.body.content
            },
        }
        known = definitions.schemas
        self._schemas: dict[int, Json] = {key: as_sent(schema, known) for key, schema in written.items()}
        self._values = Values({name: as_sent(schema, known) for name, schema in known.items()}, seed)

    def requests(self, operation: Operation) -> list[Request]:
        """Returns requests of an operation; empty where no value of what it requires can be drawn."""
        base = Request(self.api, operation, credential=self.credential)
        for parameter in operation.parameters:
            drawn = self._values.drawn([self._schemas[id(parameter)]]) if parameter.required else []
            fitting = [value for value in drawn if value not in ("", [], {}, None)]
            if parameter.required and not fitting:
                return []
            if fitting:
                base = base.with_value(Place(("request", parameter.location, parameter.wire_name)), fitting[0])
        media = next((one for one in operation.body.content), None) if operation.body else None
        if media is None or media.schema is None:
            return [replace(base, body=MISSING)]
        return [replace(base, body=body) for body in self._values.drawn([self._schemas[id(media)]], count=_COUNT)]
