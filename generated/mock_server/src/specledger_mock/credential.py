"""Who calls: the credential of a request against the alternatives that an operation accepts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from .json_text import Json, JsonObject
from .parameter import parse_cookies


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller and what it may do."""

    name: str
    credential: str
    may: str
    scopes: tuple[str, ...]
    workspace: str
    owns: tuple[str, ...]
    unbounded: bool = False

    def shown(self) -> JsonObject:
        """Returns the caller as rules see it."""
        return {
            "name": self.name,
            "scopes": list(self.scopes),
            "workspace": self.workspace,
            "owns": list(self.owns),
        }

    def holds(self, scope: str) -> bool:
        """Says whether the caller holds a scope; no scope is held by everyone."""
        return self.unbounded or not scope or scope in self.scopes

    def reaches(self, workspace: Json) -> bool:
        """Says whether the caller belongs to a workspace."""
        return self.unbounded or workspace == self.workspace

    def may_use(self, prefix: str) -> bool:
        """Says whether the caller owns a prefix."""
        return self.unbounded or prefix in self.owns


ANYONE = Identity("anyone", "mock-credential", "everything", (), "", (), unbounded=True)


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to show a credential; `prefix` comes before it, in any case for the schemes of HTTP (RFC 9110, 11.1)."""

    location: str
    name: str
    prefix: str
    type: str
    scheme: str

    def read(self, headers: Mapping[str, str], query: Mapping[str, list[str]]) -> str:
        """Returns the credential that a request shows, empty where it shows none."""
        if self.location == "header":
            return self._bare(headers.get(self.name.lower(), ""))
        texts = query if self.location == "query" else parse_cookies(headers.get("cookie", ""))
        given = texts.get(self.name, [])
        return self._bare(given[0]) if len(given) == 1 else ""

    def _bare(self, text: str) -> str:
        size = len(self.prefix)
        same = text[:size] == self.prefix or (self.type != "apiKey" and text[:size].lower() == self.prefix.lower())
        if not same:
            return ""
        found = text[size:].strip() if size else text
        return _from_base64(found) if self.scheme == "basic" else found

    def show(self, credential: str) -> str:
        """Returns what a request sends in the place of the credential."""
        text = base64.b64encode(credential.encode()).decode() if self.scheme == "basic" else credential
        return self.prefix + text


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return text


class Gate:
    """The security requirement of one operation."""

    def __init__(
        self, alternatives: list[list[str]], schemes: Mapping[str, Scheme], identities: tuple[Identity, ...]
    ) -> None:
        self._alternatives = [tuple(schemes[key] for key in alternative) for alternative in alternatives]
        self._known = {identity.credential: identity for identity in identities}
        self._first = identities[0] if identities else ANYONE
        self._open = not alternatives or [] in alternatives
        self._headers = self._usual()
        self.schemes = next((alternative for alternative in self._alternatives if alternative), ())

    def _usual(self) -> dict[str, dict[str, Identity]]:
        """Returns the identities by the text of the one header that every alternative reads, if there is such."""
        schemes = [scheme for alternative in self._alternatives for scheme in alternative]
        names = {scheme.name.lower() if scheme.location == "header" else "" for scheme in schemes}
        alone = all(len(alternative) == 1 for alternative in self._alternatives)
        if len(names) != 1 or "" in names or not alone:
            return {}
        return {names.pop(): {one.show(key): found for one in reversed(schemes) for key, found in self._known.items()}}

    def caller(self, headers: Mapping[str, str], query: Mapping[str, list[str]]) -> Identity | None:
        """Returns who calls; None where the credential is missing or unknown.

        Without a requirement the caller is the first identity, which may do everything. Where no identity is
        known, every credential that is not empty is accepted.
        """
        for name, known in self._headers.items():
            if (identity := known.get(headers.get(name, ""))) is not None:
                return identity
        for alternative in self._alternatives:
            shown = {scheme.read(headers, query) for scheme in alternative}
            if len(shown) == 1 or (shown and not self._known):
                credential = shown.pop()
                if credential in self._known:
                    return self._known[credential]
                if credential and "" not in shown and not self._known:
                    return self._first
        return self._first if self._open else None
