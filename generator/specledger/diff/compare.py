"""Two contracts compared, operation by operation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from specledger import names
from specledger.canonical import canonical
from specledger.diff import content, parameters, security, servers
from specledger.diff.change import Change
from specledger.diff.contract import Contract
from specledger.diff.walk import Spot, Walk
from specledger.lower import METHODS
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_text

_DESCRIBED = ("summary", "description", "externalDocs", "deprecated")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation with what surrounds it; `is_called` where the API calls the client: a webhook, a callback."""

    label: str
    path: str
    item: JsonObject
    written: JsonObject
    is_called: bool = False


def compare(old: Contract, new: Contract, *, common: bool = False) -> list[Change]:
    """Returns every change between two contracts; `common` leaves out operations that only one of them has."""
    found: dict[tuple[str, ...], Change] = {}
    for change in _Comparison(old, new, common).changes():
        found.setdefault((change.operation, change.at, change.kind, change.side, change.message), change)
    return sorted(found.values(), key=lambda one: (one.operation, one.at, one.kind))


class _Comparison:
    def __init__(self, old: Contract, new: Contract, common: bool) -> None:
        self.old = old
        self.new = new
        self.common = common
        self.walk = Walk(old, new)
        self.used = {*_references(old.root), *_references(new.root)}

    def changes(self) -> Iterator[Change]:
        was, now = _operations(self.old), _operations(self.new)
        for key, one in was.items():
            if key not in now and not self.common:
                yield Change(one.label, "operation", "operation-removed", "breaking", "request", f"{one.label} is gone")
        for key, one in now.items():
            if key not in was and not self.common:
                yield Change(one.label, "operation", "operation-added", "compatible", "request", f"{one.label} is new")
        pairs = [(was[key], now[key]) for key in was if key in now]
        yield from self._shared(pairs)
        for before, after in pairs:
            yield from self._operation(before, after)
        yield from self._texts()

    def _shared(self, pairs: list[tuple[Operation, Operation]]) -> Iterator[Change]:
        """Yields what changed for all operations that do not say otherwise: servers and security."""
        if any(not any(_own(one, "servers") for one in pair) for pair in pairs) or not pairs:
            yield from servers.compare(self.old.root.get("servers"), self.new.root.get("servers"), "")
        if any(all("security" not in one.written for one in pair) for pair in pairs):
            before, after = self.old.root.get("security"), self.new.root.get("security")
            yield from security.compare(self.old, self.new, before, after, "")
        yield from security.described(self.old, self.new)

    def _operation(self, before: Operation, after: Operation) -> Iterator[Change]:
        label = after.label
        if _own(before, "servers") or _own(after, "servers"):
            was, now = (_own(one, "servers") or root for one, root in self._with_roots(before, after, "servers"))
            yield from servers.compare(was, now, label)
        if "security" in before.written or "security" in after.written:
            was, now = (one.written.get("security", root) for one, root in self._with_roots(before, after, "security"))
            yield from security.compare(self.old, self.new, was, now, label)
        yield from self._named(before, after)
        for word in _DESCRIBED:
            if canonical(before.written.get(word)) != canonical(after.written.get(word)):
                yield Change(label, "operation", f"{word}-changed", "docs", "client", f"{word} changed")
        asked: Spot = Spot(label, Place(("request",)), "response" if after.is_called else "request")
        answered = Spot(label, Place(("response",)), "request" if after.is_called else "response")
        rows = [
            parameters.Called.of(contract, one.path, one.item, one.written)
            for contract, one in ((self.old, before), (self.new, after))
        ]
        yield from parameters.compare(self.walk, rows[0], rows[1], asked)
        yield from content.body(self.walk, before.written, after.written, asked.child("body"))
        yield from content.answers(self.walk, before.written, after.written, answered)

    def _with_roots(self, before: Operation, after: Operation, word: str) -> Iterator[tuple[Operation, Json]]:
        yield before, self.old.root.get(word)
        yield after, self.new.root.get(word)

    def _named(self, before: Operation, after: Operation) -> Iterator[Change]:
        """Yields that the client's method moved or is called otherwise."""
        was, now = _python_name(before), _python_name(after)
        if was != now and not after.is_called:
            message = f"{was} of the client is called {now} now"
            yield Change(after.label, "operation", "operation-renamed", "breaking", "client", message, was, now)
        elif canonical(before.written.get("tags")) != canonical(after.written.get("tags")):
            yield Change(after.label, "operation", "tags-changed", "docs", "client", "tags changed")

    def _texts(self) -> Iterator[Change]:
        """Yields what changed in the texts around the operations, and in components as such."""
        for word in ("info", "externalDocs", "tags"):
            if canonical(self.old.root.get(word)) != canonical(self.new.root.get(word)):
                yield Change("", "", f"{word}-changed", "docs", "client", f"{word} changed")
        before, after = (as_object(one.root.get("components")) for one in (self.old, self.new))
        for section in sorted(before.keys() | after.keys()):
            was, now = as_object(before.get(section)), as_object(after.get(section))
            for name in sorted(was.keys() ^ now.keys()):
                kind = "component-removed" if name in was else "component-added"
                what = "is gone" if name in was else "is new"
                yield Change("", "", kind, "docs", "client", f"components.{section}.{name} {what}")
            for name in sorted(was.keys() & now.keys()):
                if canonical(was[name]) != canonical(now[name]) and f"#/components/{section}/{name}" not in self.used:
                    message = f"components.{section}.{name}, which nothing refers to, changed"
                    yield Change("", "", "component-changed", "docs", "client", message)


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield str(value["$ref"])
        for child in value.values():
            yield from _references(child)
    for child in as_list(value):
        yield from _references(child)


def _own(one: Operation, word: str) -> Json:
    return one.written.get(word) or one.item.get(word)


def _operations(contract: Contract) -> dict[tuple[str, ...], Operation]:
    """Returns every operation by method and path, the names of path parameters left out."""
    found: dict[tuple[str, ...], Operation] = {}
    for path, raw in as_object(contract.root.get("paths")).items():
        item = contract.follow(raw)
        for method in METHODS:
            if isinstance(item.get(method), dict):
                label = f"{method.upper()} {path}"
                one = Operation(label, path, item, as_object(item[method]))
                found[method, re.sub(r"\{[^{}]*\}", "{}", path)] = one
                found.update(_callbacks(contract, one, (method, re.sub(r"\{[^{}]*\}", "{}", path))))
    for name, raw in as_object(contract.root.get("webhooks")).items():
        found.update(_called(contract, f"webhook {name}", contract.follow(raw), ("webhook", name)))
    return found


def _callbacks(contract: Contract, one: Operation, key: tuple[str, ...]) -> dict[tuple[str, ...], Operation]:
    found: dict[tuple[str, ...], Operation] = {}
    for name, raw in as_object(one.written.get("callbacks")).items():
        for address, item in contract.follow(raw).items():
            if not address.startswith("x-"):
                inner = (*key, "callback", name, address)
                found.update(_called(contract, f"{one.label} callback {name}", contract.follow(item), inner))
    return found


def _called(contract: Contract, label: str, item: JsonObject, key: tuple[str, ...]) -> dict[tuple[str, ...], Operation]:
    return {
        (*key, method): Operation(f"{method.upper()} {label}", "", item, as_object(item[method]), is_called=True)
        for method in METHODS
        if isinstance(item.get(method), dict)
    }


def _python_name(one: Operation) -> str:
    """Returns resource and name of the client's method, as the generator makes them."""
    given = as_text(one.written.get("x-specledger-name"))
    resource, _, name = given.rpartition(".")
    tag = next((as_text(tag) for tag in as_list(one.written.get("tags"))), "")
    static = [part for part in one.path.split("/") if part and "{" not in part]
    method = one.label.partition(" ")[0].lower()
    made = as_text(one.written.get("operationId")) or f"{method} {re.sub(r'[{][^{}]*[}]', 'by', one.path)}"
    return f"{names.snake(resource or tag or (static[-1] if static else ''), 'operations')}.{names.snake(name or made)}"
