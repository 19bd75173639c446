"""Findings as diagnostics: which line of the spec, which field, which line of the page, and the request as a curl."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from specledger import conform, places
from specledger.behavior import Behavior
from specledger.claims import SpecClaims
from specledger.diagnostics import Diagnostic
from specledger.fuzz.judge import Finding
from specledger.ir import Api, Operation
from specledger.ledger import Ledger
from specledger.places import Place
from specledger.yaml12 import Pointer

T = TypeVar("T")
# Characters of a command that are shown.
_LONGEST = 2000


class Blamer:
    """Locates what went wrong in one API's operations."""

    def __init__(self, api: Api, behavior: Behavior, ledger: Ledger) -> None:
        self.api = api
        self.lines: dict[str, dict[Place, Pointer]] = {}
        self.pages: dict[str, dict[Place, str]] = {}
        for operation in api.operations:
            claims = SpecClaims(api, operation).all()
            self.lines[operation.id] = {claim.at: claim.pointer for claim in reversed(claims)}
            entries = conform.entries(api, behavior, ledger, operation) if ledger.facts else []
            self.pages[operation.id] = {entry.claim.at: entry.page for entry in reversed(entries) if entry.page}

    def diagnostic(self, operation: Operation, finding: Finding, curl: str = "", remedy: str = "") -> Diagnostic:
        """Returns a finding with the line of the spec and of the page that speak about its place, or around it."""
        place = self._documented(operation, places.parse(finding.at))
        pointer = _nearest(place, self.lines[operation.id]) or operation.pointer
        remedy = remedy or "correct the server, or the spec and the facts where they are wrong; the request is above"
        found = self.api.document.diagnostic(
            pointer, finding.code, finding.message, remedy, operation=operation.label, at=str(place)
        )
        excerpt = (*found.excerpt, *(line[:_LONGEST] for line in curl.splitlines()))
        return replace(found, page=_nearest(place, self.pages[operation.id]) or "", excerpt=excerpt)

    def _documented(self, operation: Operation, place: Place) -> Place:
        """Returns the place with the status as the spec writes it: `4XX` or `default` where it has no 404."""
        if place.steps[0] != "response" or len(place.steps) < 2 or not place.steps[1].isdigit():
            return place
        response = operation.response(int(place.steps[1]))
        return Place(("response", response.status, *place.steps[2:])) if response else place


def _nearest(place: Place, known: Mapping[Place, T]) -> T | None:
    for length in range(len(place.steps), 0, -1):
        found = known.get(Place(place.steps[:length]))
        if found is not None:
            return found
    return None
