"""Requests held to the resources that are pinned: no other one is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .call import Call, Flawed, call, flawed
from .carried import with_value
from .coercion import Coercion
from .json_text import Json, JsonObject
from .request import value_at
from .requests import Requests
from .subjects import ids

_SAFE = ("GET", "HEAD", "OPTIONS")
_UPDATES = ("merge", "replace")


class Unpinned(ValueError):
    """An operation that is not sent; the message says why."""


class Pinned:
    """One operation with pins: by a parameter's name, or by that of a field at the top of the body.

    Raises Unpinned where something else than what is pinned could be changed.
    """

    def __init__(self, drawn: Requests, pins: Mapping[str, str], secret: str) -> None:
        operation = drawn.operation
        self.drawn = drawn
        self._secret = secret
        named = {steps[-1]: steps for steps in ids(operation)}
        named |= {found.name: ("path", found.name) for found in operation.parameters if found.location == "path"}
        missing = [name for name in named if name not in pins]
        if missing:
            raise Unpinned(f"{operation.id} is not sent: pin {' and '.join(missing)}")
        if self.changes and not named:
            raise Unpinned(f"{operation.id} is not sent: no pin can name what it changes")
        if not self.changes and operation.method not in _SAFE:
            raise Unpinned(f"{operation.id} is not sent: it is no update of what is pinned")
        places = {name: ("body", name) for body in operation.bodies.values() for name in body.declared.names}
        places |= {found.name: (found.location, found.name) for found in operation.parameters}
        self._named = named
        self._pins = {
            steps: self._value(steps, pins[name]) for name, steps in {**places, **named}.items() if name in pins
        }
        self.at = [f"request.{'.'.join(steps)}" for steps in self._pins]

    @property
    def changes(self) -> str:
        """How the operation changes what is pinned, `merge` or `replace`; empty where it does not."""
        for row in (self.drawn.operation.row["effect"], self.drawn.operation.row.get("act")):
            if isinstance(row, dict):
                kind = str(row.get("effect") or row.get("act"))
                return kind if kind in _UPDATES else ""
        return ""

    def held(self, found: Call) -> Call | None:
        """Returns a request that is about what is pinned; None where that would mend its flaw or break it."""
        body = self.drawn.operation.taking(found.headers.get("Content-Type", ""))
        parts = found.parts
        for steps, value in self._pins.items():
            if steps in self._named.values() or value_at(parts, steps) is not None:
                if steps[0] == "body" and not isinstance(parts.get("body"), dict):
                    return None
                parts = with_value(parts, steps, value)
        is_fit = body is None or "body" not in parts or self.drawn.takes(body, parts["body"])
        is_about_body = isinstance(found, Flawed) and found.at.startswith("request.body")
        if is_fit == is_about_body and "body" in parts:
            return None
        made = call(self.drawn.api, self.drawn.operation, parts, body, self._secret)
        return flawed(made, found.keyword, found.at) if isinstance(found, Flawed) else made

    def call(self, fields: JsonObject | None = None) -> Call:
        """Returns the request that names what is pinned and, where there are fields, sends them and nothing else."""
        operation = self.drawn.operation
        parts: JsonObject = {} if fields is None else {"body": fields}
        for steps, value in self._pins.items():
            if steps in self._named.values():
                parts = with_value(parts, steps, value)
        body = next(iter(operation.bodies.values()), None) if fields is not None else None
        return call(self.drawn.api, operation, parts, body, self._secret)

    def masked(self, found: Call) -> Call:
        """Returns a request as it may be shown: without the credential."""
        body = self.drawn.operation.taking(found.headers.get("Content-Type", ""))
        shown = call(self.drawn.api, self.drawn.operation, found.parts, body, "***")
        return replace(found, headers=shown.headers, query=shown.query)

    def _value(self, steps: tuple[str, ...], text: str) -> Json:
        schemas, operation = self.drawn.api.incoming, self.drawn.operation
        if steps[0] == "body":
            schema = next((schemas.property(body.schema, steps[-1]) for body in operation.bodies.values()), True)
        else:
            schema = next((found.schema for found in operation.parameters if found.name == steps[-1]), True)
        return Coercion(schemas, schema).value(text)
