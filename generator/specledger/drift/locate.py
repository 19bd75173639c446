"""From a place on a page to the line of openapi.yaml that says the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from specledger import ledger
from specledger.canonical import canonical
from specledger.claims import Claim, SpecClaims
from specledger.diagnostics import shown
from specledger.drift.differences import Difference
from specledger.drift.statuses import SUCCESS, Names
from specledger.ir import Api, Operation
from specledger.ledger import Facts, Ledger, Row
from specledger.places import Place, parse
from specledger.yaml12 import JsonObject, Pointer

_SECTIONS = {"path": "parameters", "query": "parameters", "header": "parameters", "body": "requestBody"}


@dataclass(frozen=True, slots=True)
class Edit:
    """A line of a file that has to be looked at because of a keyword."""

    file: str
    line: int
    keyword: str


class Locator:
    """Knows where one operation of a spec says what a page says about it."""

    def __init__(self, api: Api, known: Ledger, facts: Facts, names: Names) -> None:
        self.api = api
        self.statuses = {new: old for old, new in names.items()}
        self.facts = facts
        self.operation = _operation(api, facts.label)
        contract = SpecClaims(api, self.operation).all() if self.operation else []
        self.said: dict[tuple[Place, str, str], Claim] = {}
        self.there: dict[Place, Claim] = {}
        self.beside: dict[Place, Pointer] = {}
        for claim in contract:
            self.said.setdefault(claim.key, claim)
            if claim.keyword == "present" or claim.at not in self.there:
                self.there[claim.at] = claim
            if claim.keyword == "present" and claim.pointer[-2:-1] == ("properties",):
                self.beside.setdefault(claim.at.parent, claim.pointer[:-1])
        self.rows: dict[Place, list[Row]] = {}
        for row in facts.rows:
            self.rows.setdefault(row.at, []).append(row)
        self.words = {keyword for _, keyword, _ in self.said}
        ruled = [row for ruling in known.rulings if ruling.page in ("", facts.stem) for row in ruling.rows]
        self.meant = [(row.at, parse(str(row.keywords["reads_as"]))) for row in ruled if "reads_as" in row.keywords]
        self.ruled = [row.at for row in ruled]
        self.success = _success(self.operation, ruled)

    def place(self, at: str) -> Place:
        """Returns the place in the spec that the page means: its status named, and moved where a ruling says so."""
        place = self.named(parse(at))
        for source, target in self.meant:
            source = self.named(source)
            if place.starts_with(*source.steps):
                return Place((*target.steps, *place.steps[len(source.steps) :]))
        return place

    def named(self, place: Place) -> Place:
        """Returns the place with the status that the spec has: one renamed by the page, or meant by `success`."""
        if not place.starts_with("response") or len(place.steps) < 2:
            return place
        status = self.statuses.get(place.steps[1], place.steps[1])
        return Place(("response", self.success if status == SUCCESS else status, *place.steps[2:]))

    def edits(self, difference: Difference) -> list[Edit]:
        """Returns the lines of the spec to edit, the first keyword's first; one line only once."""
        found: dict[int, Edit] = {}
        for keyword in difference.keywords or [""]:
            line = self._line(difference, keyword)
            found.setdefault(line, Edit(shown(self.api.document.path), line, keyword))
        return list(found.values())

    def holds(self, difference: Difference) -> bool:
        """Says whether a ruling speaks of the place, by which the spec says already what the page says now."""
        place = self.place(difference.at)
        if not any(place.matches(self.named(ruled)) for ruled in self.ruled):
            return False
        before, after = difference.before or {}, difference.after or {}
        whole = difference.kind != "changed" or "when" in difference.keywords
        words = [*before, *after] if whole else difference.keywords
        then = self._claims(difference, {word: before[word] for word in words if word in before})
        now = self._claims(difference, {word: after[word] for word in words if word in after})
        if difference.kind != "changed" and not difference.when:
            return (place in self.there) is (difference.kind == "added") and all(map(self._said, now))
        spoken = {claim.key for claim in now}
        gone = [claim for claim in then if claim.key not in spoken]
        # An effect is not in openapi.yaml: that it is not said there proves nothing.
        silent = all(claim.keyword in self.words and not self._said(claim) for claim in gone)
        return bool(then or now) and silent and all(map(self._said, now))

    def _said(self, claim: Claim) -> bool:
        known = self.said.get(claim.key)
        return known is not None and canonical(known.value) == canonical(claim.value)

    def _claims(self, difference: Difference, words: JsonObject) -> list[Claim]:
        """Returns what words of a difference claim of the spec, under its condition."""
        condition = {"when": difference.when} if difference.when and "when" not in words else {}
        row = Row(self.place(difference.at), {**words, **condition}, self.facts.document, ())
        return [claim for claim in ledger.claims(row) if claim.keyword != "present" and not claim.weak]

    def _line(self, difference: Difference, keyword: str) -> int:
        place = self.place(difference.at)
        value = (difference.before or {}).get(keyword, (difference.after or {}).get(keyword))
        words = difference.before or {} if keyword == "when" else {keyword: value}
        for claim in self._claims(difference, words) if difference.kind == "changed" or difference.when else ():
            for known in (claim.key, replace(claim, when="").key):
                if known in self.said:
                    return self._of(self.said[known])
        elsewhere = None if place in self.there else self._elsewhere(difference.at)
        if elsewhere:
            return self._of(elsewhere)
        around = place
        while around.steps:
            if around in self.there:
                return self._of(self.there[around])
            beside = self.beside.get(around.parent)
            if beside:
                return self.api.document.line(beside)
            around = around.parent
        return self.api.document.line(self._section(place))

    def _section(self, place: Place) -> Pointer:
        """Returns where a place of the operation's own goes that the spec does not have at all."""
        if self.operation is None:
            return ("paths",)
        root, kind = (*place.steps, "", "")[:2]
        section = "responses" if root == "response" else _SECTIONS.get(kind, "") if root == "request" else ""
        return (*self.operation.pointer, section) if section else self.operation.pointer

    def _elsewhere(self, at: str) -> Claim | None:
        """Returns what the spec says at another place because of a row: a credential's header, a media type."""
        keys = (claim.key for row in self.rows.get(parse(at), []) for claim in ledger.claims(row))
        return next((self.said[key] for key in keys if key in self.said), None)

    def _of(self, claim: Claim) -> int:
        return claim.document.line(claim.pointer)


def _operation(api: Api, label: str) -> Operation | None:
    """Returns the operation that the page is about: by method and path, else the likeliest."""
    ranked = sorted(api.operations, key=lambda one: (one.label == label, _likeness(one.label, label)), reverse=True)
    return ranked[0] if ranked else None


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _success(operation: Operation | None, ruled: list[Row]) -> str:
    for row in ruled:
        if row.at.steps == ("response", SUCCESS) and "status" in row.keywords:
            return str(row.keywords["status"])
    answer = operation.success() if operation else None
    return answer.status if answer else "200"
