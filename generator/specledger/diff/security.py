"""Who may call: alternatives of credentials, compared by what they are and not by how they are called."""

from __future__ import annotations

from collections.abc import Iterator

from specledger.canonical import canonical
from specledger.diff.change import Change
from specledger.diff.contract import Contract
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_rows, as_text

Alternative = dict[str, frozenset[str]]
_ADDRESSES = ("authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl")


def compare(old: Contract, new: Contract, before: Json, after: Json, operation: str) -> Iterator[Change]:
    """Yields what changed between two `security` lists; None stands for one that is not written."""
    was, now = _alternatives(before), _alternatives(after)
    for one in was:
        if not any(_suffices(old, new, one, other) for other in now):
            message = f"{_shown(one)} is no longer enough to call"
            yield Change(operation, "security", "security-removed", "breaking", "request", message, before, after)
    for one in now:
        if not any(_suffices(new, old, one, other) for other in was):
            message = f"{_shown(one)} is enough to call now"
            yield Change(operation, "security", "security-added", "compatible", "request", message, before, after)


def described(old: Contract, new: Contract) -> Iterator[Change]:
    """Yields schemes whose description changed."""
    was, now = _schemes(old), _schemes(new)
    for key in was.keys() & now.keys():
        before, after = old.follow(was[key]), new.follow(now[key])
        if canonical(before) != canonical(after) and _takes(before, after) and _takes(after, before):
            message = f"the scheme {key} is described otherwise"
            yield Change("", "security", "scheme-described", "docs", "request", message)


def _alternatives(written: Json) -> list[Alternative]:
    found = [
        {key: frozenset(as_text(scope) for scope in as_list(scopes)) for key, scopes in row.items()}
        for row in as_rows(written)
    ]
    return found or [{}]


def _suffices(old: Contract, new: Contract, one: Alternative, other: Alternative) -> bool:
    """Says whether who shows the credentials of the first alternative has those of the second."""
    for key, scopes in other.items():
        wanted = new.follow(_schemes(new).get(key))
        shown = [
            had
            for name, had in one.items()
            if _takes(old.follow(_schemes(old).get(name)), wanted) and (wanted or name == key)
        ]
        if not any(scopes <= had for had in shown):
            return False
    return True


def _takes(before: JsonObject, after: JsonObject) -> bool:
    """Says whether a credential of one scheme is one of another."""
    kind = before.get("type")
    if kind != after.get("type"):
        return False
    if kind == "apiKey":
        names = [as_text(one.get("name")) for one in (before, after)]
        if before.get("in") == "header":
            names = [name.lower() for name in names]
        return before.get("in") == after.get("in") and names[0] == names[1]
    if kind == "http":
        same = as_text(before.get("scheme")).lower() == as_text(after.get("scheme")).lower()
        return same and before.get("x-specledger-prefix") == after.get("x-specledger-prefix")
    if kind == "openIdConnect":
        return before.get("openIdConnectUrl") == after.get("openIdConnectUrl")
    was, now = as_object(before.get("flows")), as_object(after.get("flows"))
    return all(_same_flow(as_object(was[name]), as_object(now.get(name))) for name in was)


def _same_flow(before: JsonObject, after: JsonObject) -> bool:
    scopes = as_object(before.get("scopes")).keys() <= as_object(after.get("scopes")).keys()
    return bool(after) and scopes and all(before.get(word) in (None, after.get(word)) for word in _ADDRESSES)


def _schemes(contract: Contract) -> JsonObject:
    return as_object(as_object(contract.root.get("components")).get("securitySchemes"))


def _shown(one: Alternative) -> str:
    words = [f"{key} ({', '.join(sorted(scopes))})" if scopes else key for key, scopes in one.items()]
    return " with ".join(words) or "no credential"
