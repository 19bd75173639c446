"""Where the API is reached: addresses, those that variables make spelled out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from specledger.canonical import canonical
from specledger.diff.change import Change
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_rows, as_text

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_MOST_ADDRESSES = 2000


@dataclass(frozen=True, slots=True)
class Server:
    """One address, or a template of addresses."""

    url: str
    names: tuple[str, ...]
    choices: tuple[tuple[str, ...] | None, ...]  # None where any text will do
    defaults: tuple[str, ...]

    @property
    def template(self) -> str:
        """Returns the address, its variables without their names."""
        return _VARIABLE.sub("{}", self.url)

    def addresses(self) -> list[tuple[str, ...]]:
        """Returns each choice of values; a variable that is free stands as `*`."""
        rows = [("*",) if one is None else one for one in self.choices]
        total = 1
        for row in rows:
            total *= len(row)
        return list(product(*rows)) if total <= _MOST_ADDRESSES else []

    def filled(self, values: tuple[str, ...]) -> str:
        """Returns the address that these values make."""
        left = iter(values)
        return _VARIABLE.sub(lambda _: next(left), self.url)

    def pattern(self) -> re.Pattern[str]:
        """Returns what all addresses of this server match."""
        found, position = "", 0
        for match, choices in zip(_VARIABLE.finditer(self.url), self.choices, strict=True):
            said = ".+" if choices is None else "(?:" + "|".join(re.escape(choice) for choice in choices) + ")"
            found += re.escape(self.url[position : match.start()]) + said
            position = match.end()
        return re.compile(found + re.escape(self.url[position:]), re.DOTALL)


def servers(written: Json) -> list[Server]:
    """Returns the servers as written; the root of the host where none is."""
    return [_server(row) for row in as_rows(written) or [{"url": "/"}]]


def _server(row: JsonObject) -> Server:
    url, variables = _normal(as_text(row.get("url"))), as_object(row.get("variables"))
    names = tuple(_VARIABLE.findall(url))
    rows = [as_object(variables.get(name)) for name in names]
    choices = tuple(tuple(_word(one) for one in as_list(said.get("enum"))) or None for said in rows)
    return Server(url, names, choices, tuple(_word(said.get("default")) for said in rows))


def _word(value: Json) -> str:
    """Returns a value of a variable as text; a port is often written as a number."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else as_text(value)


def _normal(url: str) -> str:
    """Returns an address with host and scheme in lower case, without the slash at its end."""
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/{}]*)(.*)\Z", url, re.DOTALL)
    if match:
        url = match[1].lower() + match[2].lower() + match[3]
    return url.rstrip("/") or "/"


def compare(before: Json, after: Json, operation: str) -> Iterator[Change]:
    """Yields what changed between two lists of servers."""
    was, now = servers(before), servers(after)
    for one in was:
        yield from _gone(one, now, operation)
    for one in now:
        if next(_gone(one, was, operation), None) is not None:
            message = f"{one.url} is another address of the API, or more of it"
            yield Change(operation, "server", "server-added", "compatible", "request", message, after=one.url)
    first = [one.filled(one.defaults) for one in (was[0], now[0])]
    if first[0] != first[1] and was[0].template != now[0].template and not list(_gone(was[0], now, operation)):
        message = f"the first address is {now[0].url} now"
        yield Change(operation, "server", "server-order", "compatible", "request", message, was[0].url, now[0].url)
    yield from _variables(was, now, operation)
    if canonical(before) != canonical(after) and was == now:
        yield Change(operation, "server", "server-described", "docs", "request", "the servers are described otherwise")


def _gone(one: Server, now: list[Server], operation: str) -> Iterator[Change]:
    """Yields what of a server's addresses is no address any more."""
    alike = next((other for other in now if other.template == one.template), None)
    patterns = [other.pattern() for other in now]
    values = one.addresses()
    lost = [row for row in values if not any(pattern.fullmatch(one.filled(row)) for pattern in patterns)]
    if values and not lost:
        return
    if alike is None:
        message = f"{one.url} is no address of the API any more"
        yield Change(operation, "server", "server-removed", "breaking", "request", message, before=one.url)
        return
    for name, mine, theirs in zip(one.names, one.choices, alike.choices, strict=True):
        if theirs is None or (mine is not None and set(mine) <= set(theirs)):
            continue
        missing = "any other" if mine is None else ", ".join(choice for choice in mine if choice not in theirs)
        message = f"the variable {name} no longer takes {missing}"
        at = str(Place(("server", name)))
        before, after = list(mine or ()), list(theirs)
        yield Change(operation, at, "server-variable-narrowed", "breaking", "request", message, before, after)  # type: ignore[arg-type]  # lists of texts are JSON


def _variables(was: list[Server], now: list[Server], operation: str) -> Iterator[Change]:
    for one in was:
        other = next((server for server in now if server.template == one.template), None)
        if other is None:
            continue
        for before, after in zip(one.names, other.names, strict=True):
            if before != after:
                message = f"the variable {before} is called {after} now, and with it the keyword of the client"
                at = str(Place(("server", before)))
                kind = "server-variable-renamed"
                yield Change(operation, at, kind, "breaking", "client", message, before, after)
        for name, before, after in zip(one.names, one.defaults, other.defaults, strict=True):
            if before != after:
                message = f"the variable {name} is {after} now where it is not given"
                at = str(Place(("server", name)))
                kind = "server-variable-default"
                yield Change(operation, at, kind, "compatible", "request", message, before, after)
