"""Facts against contract, in both directions: what the page says holds, and what the contract says is backed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher, get_close_matches

from specledger import effects
from specledger.behavior import Behavior
from specledger.canonical import canonical
from specledger.claims import Claim, SpecClaims
from specledger.diagnostics import Diagnostic, shown
from specledger.effects import EFFECTS
from specledger.ir import Api, Operation
from specledger.ledger import Facts, Ledger
from specledger.places import Place
from specledger.rulings import Entry, Rulings
from specledger.yaml12 import Document, Pointer

# What the contract may leave unsaid where a row says that it is not so.
FALSE_WHEN_ABSENT = {"nullable", "uniqueItems", "deprecated", "readOnly", "writeOnly"}


@dataclass(slots=True)
class Conformity:
    """How far one API's contract and its facts agree."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    facts: int = 0
    held: int = 0
    failed: int = 0
    elements: int = 0
    backed: int = 0


def conform(api: Api, behavior: Behavior, known: Ledger, package: Document | None) -> Conformity:
    """Joins facts and rulings with spec, behavior and package; returns every disagreement, located.

    An API that has no facts and no rulings has nothing to be compared with.
    """
    result = Conformity()
    if not known.facts:
        for ruling in known.rulings[:1]:
            message = "there are rulings, but no facts for them to rule on"
            remedy = "write facts/<page>.yaml from the page"
            result.diagnostics.append(ruling.document.diagnostic((), "facts-missing", message, remedy))
        return result
    rulings = Rulings(known.rulings)
    pairs, strangers = paired(api, known.facts)
    result.diagnostics += strangers
    for operation, pages in pairs:
        contract = [
            *SpecClaims(api, operation).all(),
            *effects.claims(api, behavior, operation),
            *effects.package_claims(api, package, operation),
        ]
        entries = rulings.applied(operation, pages, contract)
        _Join(api, operation, contract, entries, result).run()
    result.facts = sum(len(facts.rows) for facts in known.facts)
    result.held = sum(len(facts.rows) for _, pages in pairs for facts in pages) - result.failed
    result.diagnostics += rulings.stale()
    return result


def entries(api: Api, behavior: Behavior, known: Ledger, operation: Operation) -> list[Entry]:
    """Returns what facts and rulings together claim about one operation."""
    pairs, _ = paired(api, known.facts)
    contract = [*SpecClaims(api, operation).all(), *effects.claims(api, behavior, operation)]
    pages = next((pages for known_to, pages in pairs if known_to is operation), [])
    return Rulings(known.rulings).applied(operation, pages, contract)


def paired(api: Api, facts: Iterable[Facts]) -> tuple[list[tuple[Operation, list[Facts]]], list[Diagnostic]]:
    """Returns each operation with its pages: by method and path, what is left over by likeness."""
    by_label: dict[str, list[Facts]] = defaultdict(list)
    for known in facts:
        by_label[known.label].append(known)
    operations = {operation.label: operation for operation in api.operations}
    pairs = [(operations[label], by_label.pop(label)) for label in list(by_label) if label in operations]
    left = [operation for operation in api.operations if not any(operation is paired for paired, _ in pairs)]
    found: list[Diagnostic] = []
    for label in sorted(by_label):
        ranked = sorted(left, key=lambda operation: SequenceMatcher(None, label, operation.label).ratio())
        if ranked:
            left.remove(ranked[-1])
            pairs.append((ranked[-1], by_label[label]))
        else:
            first = by_label[label][0]
            message = "the page has this operation, the spec has not"
            remedy = f"add it to {shown(api.document.path)}"
            where = ("operation",)
            found.append(first.document.diagnostic(where, "operation-missing", message, remedy, operation=label))
    for operation in left:
        message = "the spec has this operation, but no page speaks of it"
        remedy = "write facts/<page>.yaml from its page, or remove the operation"
        pointer = operation.pointer
        found.append(api.document.diagnostic(pointer, "operation-unbacked", message, remedy, operation=operation.label))
    return pairs, found


class _Join:
    """Compares the entries of one operation with what its contract says."""

    def __init__(
        self, api: Api, operation: Operation, contract: list[Claim], entries: list[Entry], result: Conformity
    ) -> None:
        self.api = api
        self.operation = operation
        self.contract = contract
        self.entries = entries
        self.result = result
        self.said: dict[tuple[Place, str, str], list[Claim]] = defaultdict(list)
        for claim in contract:
            self.said[claim.key].append(claim)
        self.where = {claim.at: claim for claim in reversed(contract) if claim.keyword == "present"}
        self.meant = {entry.claim.at for entry in entries if entry.claim.keyword == "present"}

    def run(self) -> None:
        """Adds the diagnostics and counts of this operation to the result."""
        missing = self._missing()
        failed: set[tuple[str, Pointer]] = set()
        for entry in self.entries:
            if not self._holds(entry, missing) and not entry.row.ruling:
                failed.add(entry.row.key)
        heading = ("operation",)
        self.result.failed += sum(pointer != heading for _, pointer in failed)
        self._backing()

    def _report(self, pointed: Claim, code: str, message: str, remedy: str, at: Place, page: str = "") -> None:
        line = pointed.pointer
        label = self.operation.label
        found = pointed.document.diagnostic(line, code, message, remedy, operation=label, at=str(at))
        self.result.diagnostics.append(replace(found, page=page))

    def _missing(self) -> set[Place]:
        """Reports each row about a place that the contract does not have, once."""
        absent = {place for place in self.meant if place not in self.where}
        told: set[tuple[tuple[str, Pointer], Place]] = set()
        for entry in self.entries:
            place = entry.claim.at
            if place not in absent or (entry.row.key, place) in told:
                continue
            told.add((entry.row.key, place))
            anchor = self._anchor(place)
            inside = [known.leaf for known in self.where if known.parent == place.parent and known not in self.meant]
            close = get_close_matches(place.leaf, inside, 1, 0.5)
            hint = f"rename {close[0]!r} to {place.leaf!r}" if close else f"add {place.leaf!r} here"
            remedy = f"{hint}, or rule on it in rulings.yaml"
            said = f"has {place}" if entry.claim.keyword == "present" else f"says {_words(entry.claim)} of {place}"
            message = f"{entry.speaker()} {said}, the spec has not"
            self._report(anchor, "fact-missing", message, remedy, place, entry.page)
        return absent

    def _anchor(self, place: Place) -> Claim:
        """Returns the claim nearest to a place, to point at."""
        while place.steps:
            place = place.parent
            here = [claim for claim in self.contract if claim.at == place]
            if here:
                return next((claim for claim in here if claim.keyword == "type"), here[0])
        return self.contract[0]

    def _holds(self, entry: Entry, missing: set[Place]) -> bool:
        claim = entry.claim
        if any(Place(claim.at.steps[:n]) in missing for n in range(len(claim.at.steps) + 1)):
            return False
        if claim.keyword == "present":
            return True
        said = self.said.get(claim.key, [])
        if any(canonical(candidate.value) == canonical(claim.value) for candidate in said):
            return True
        if not said and claim.value is False and claim.keyword in FALSE_WHEN_ABSENT:
            return True
        if said:
            pointed, instead = said[0], said[0].says()
        else:
            pointed, instead = self._silent(claim), self._instead(claim)
        name = _file(pointed)
        message = f"{entry.speaker()} says {_words(claim)}, {name} says {instead}"
        remedy = f"write {_words(claim)} here, or rule on it in rulings.yaml"
        self._report(pointed, "fact-unheld", message, remedy, claim.at, entry.page)
        return False

    def _silent(self, claim: Claim) -> Claim:
        """Returns what to point at where nobody says what is claimed: the behavior for an effect, else the place."""
        if claim.keyword.partition(":")[0].partition(".")[0] in EFFECTS:
            acts = [other for other in self.contract if other.document.path.name == "behavior.yaml"]
            if acts:
                return next((other for other in acts if other.at == claim.at), acts[0])
        return self.where.get(claim.at) or self._anchor(claim.at.child(""))

    def _instead(self, claim: Claim) -> str:
        """Returns what the contract says in place of a claim it does not make."""
        stem = claim.keyword.partition(":")[0]
        others = [other for other in self.contract if other.at == claim.at and not other.weak]
        same = [
            _words(other) for other in others if other.keyword.partition(":")[0] == stem and other.when == claim.when
        ]
        conditional = [_words(other) for other in others if other.keyword == claim.keyword and other.when]
        return " and ".join(same or conditional) or "nothing of it"

    def _backing(self) -> None:
        meant: dict[tuple[Place, str, str], list[Entry]] = defaultdict(list)
        for entry in self.entries:
            meant[entry.claim.key].append(entry)
        unbacked = {place for place in self.where if place not in self.meant}
        for claim in self.contract:
            if claim.weak:
                continue
            self.result.elements += 1
            known = meant.get(claim.key, [])
            if any(canonical(entry.claim.value) == canonical(claim.value) for entry in known):
                self.result.backed += 1
                continue
            if known or self._inside(claim, unbacked):
                continue
            said = f"has {claim.at}" if claim.keyword == "present" else f"says {_words(claim)}"
            message = f"{_file(claim)} {said}, and neither page nor ruling does"
            remedy = "add the row that the page backs it with, rule on it in rulings.yaml, or remove it"
            self._report(claim, "spec-unbacked", message, remedy, claim.at)

    def _inside(self, claim: Claim, unbacked: set[Place]) -> bool:
        """Says whether a place around the claim is reported already."""
        own = 1 if claim.keyword != "present" else 0
        steps = claim.at.steps
        return any(Place(steps[:n]) in unbacked for n in range(1, len(steps) + own))


def _words(claim: Claim) -> str:
    stem, _, rest = claim.keyword.partition(":")
    if not rest:
        return claim.says()
    return f"{stem}: {rest}" + (f" when {claim.when}" if claim.when else "")


def _file(claim: Claim) -> str:
    return {"openapi.yaml": "the spec"}.get(claim.document.path.name, claim.document.path.name)
