"""What a trace is: a row of facts or rulings, and what each of its claims led to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from specledger.diagnostics import shown
from specledger.yaml12 import Document, Json, JsonObject, Pointer


@dataclass(frozen=True, order=True, slots=True)
class Position:
    """A place in a file: its line and, inside YAML, the JSON Pointer (RFC 6901)."""

    file: str
    line: int
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a caller of the generated client writes or catches; `name` is empty where `reason` says why there is none.

    `fault` says what is wrong with it in the generated package.
    """

    name: str = ""
    reason: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A witness with the mock's verdict: `sent` and `shown` are the values at the place in request and answer."""

    side: str
    refusal: str
    method: str
    path: str
    body: Json
    curl: str
    sent: tuple[Json, ...]
    wanted: int
    answered: int
    shown: tuple[Json, ...]
    held: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One claim of a row and where it leads; `overruled` is the row of the ruling that sets it aside."""

    operation: str
    at: str
    keyword: str
    value: Json
    when: str = ""
    spec: Position | None = None
    overruled: Position | None = None
    ruling: str = ""
    client: Symbol = Symbol()
    exchanges: tuple[Exchange, ...] = ()
    unwitnessed: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Traced:
    """One row and all that it says; `pages` are document and lines, `ruling` is empty for a fact."""

    api: str
    at: str
    row: Position
    ruling: str
    pages: tuple[tuple[str, int, int], ...]
    said: tuple[Said, ...]
    failures: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Says whether the row could be followed to its end and nothing there speaks against it."""
        return not self.reasons

    @property
    def reasons(self) -> tuple[str, ...]:
        """Returns what stands against it, each once."""
        found = [*self.failures, *(failure for said in self.said for failure in said.failures)]
        return tuple(dict.fromkeys(found))


def position(document: Document, pointer: Pointer) -> Position:
    """Returns where a pointer of a YAML file stands."""
    steps = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in pointer)
    return Position(shown(document.path), document.line(pointer), steps)


def as_json(traces: Sequence[Traced]) -> str:
    """Returns the traces as the JSON document that shape.json describes, in the order of the files."""
    facts = [traced for traced in traces if not traced.ruling]
    document: JsonObject = {
        "facts": len(facts),
        "traced": sum(traced.holds for traced in facts),
        "rulings": len(traces) - len(facts),
        "rulings_traced": sum(traced.holds for traced in traces if traced.ruling),
        "rows": [_row(traced) for traced in traces],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _row(traced: Traced) -> JsonObject:
    return {
        "api": traced.api,
        "kind": "ruling" if traced.ruling else "fact",
        "ruling": traced.ruling,
        "at": traced.at,
        "row": _position(traced.row),
        "pages": [{"document": name, "first": first, "last": last} for name, first, last in traced.pages],
        "holds": traced.holds,
        "failures": list(traced.reasons),
        "claims": [_said(said) for said in traced.said],
    }


def _said(said: Said) -> JsonObject:
    when: Json = json.loads(said.when) if said.when else None
    return {
        "operation": said.operation,
        "at": said.at,
        "keyword": said.keyword,
        "value": said.value,
        "when": when,
        "spec": _position(said.spec) if said.spec else None,
        "overruled": {"ruling": said.ruling, **_position(said.overruled)} if said.overruled else None,
        "client": {"symbol": said.client.name, "reason": said.client.reason},
        "witnesses": [_exchange(exchange) for exchange in said.exchanges],
        "unwitnessed": list(said.unwitnessed),
        "failures": list(said.failures),
    }


def _position(found: Position) -> JsonObject:
    return {"file": found.file, "line": found.line, "pointer": found.pointer}


def _exchange(exchange: Exchange) -> JsonObject:
    return {
        "side": exchange.side,
        "refusal": exchange.refusal,
        "request": {
            "method": exchange.method,
            "path": exchange.path,
            "body": exchange.body,
            "curl": exchange.curl,
            "sent": list(exchange.sent),
        },
        "wanted": exchange.wanted,
        "answer": {"status": exchange.answered, "shown": list(exchange.shown)},
        "held": exchange.held,
    }
