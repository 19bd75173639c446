"""Facts against contract, in both directions: what the page says holds, and what the contract says is backed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher, get_close_matches

from specledger import effects, ledger
from specledger.behavior import Behavior
from specledger.claims import Claim, SpecClaims, canonical
from specledger.diagnostics import Diagnostic, shown
from specledger.ir import Api, Operation
from specledger.ledger import Facts, Ledger, Row, Ruling
from specledger.places import Place, parse
from specledger.yaml12 import Document, Pointer

# What the contract may leave unsaid where a row says that it is not so.
_FALSE_WHEN_ABSENT = {"nullable", "uniqueItems", "deprecated", "readOnly", "writeOnly"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim with the row of a facts or rulings file that makes it."""

    claim: Claim
    row: Row

    @property
    def page(self) -> str:
        """Returns `document:line` of the page, or nothing for a ruling."""
        return "" if self.row.ruling else f"{_page(self.row)}:{self.row.lines[0][0]}"

    def speaker(self) -> str:
        """Returns who says it, for a message."""
        return f"the ruling {self.row.ruling!r}" if self.row.ruling else f"the page ({self.page})"


def _page(row: Row) -> str:
    root = row.document.value
    page = root.get("page") if isinstance(root, dict) else None
    return str(page.get("document", "")) if isinstance(page, dict) else ""


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
    rulings = _Rulings(known.rulings)
    pairs, strangers = _pairs(api, known.facts)
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
    pairs, _ = _pairs(api, known.facts)
    contract = [*SpecClaims(api, operation).all(), *effects.claims(api, behavior, operation)]
    pages = next((pages for paired, pages in pairs if paired is operation), [])
    return _Rulings(known.rulings).applied(operation, pages, contract)


def _pairs(api: Api, facts: Iterable[Facts]) -> tuple[list[tuple[Operation, list[Facts]]], list[Diagnostic]]:
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


class _Rulings:
    """Lays the rulings over the facts and notices those that no longer rule on anything."""

    def __init__(self, rulings: tuple[Ruling, ...]) -> None:
        self.rulings = rulings
        self.misses: dict[tuple[str, Pointer, str], Diagnostic] = {}
        self.hits: set[tuple[str, Pointer, str]] = set()
        self.found: list[Diagnostic] = []

    def stale(self) -> list[Diagnostic]:
        """Returns a diagnostic for each part of a ruling that met nothing in any operation."""
        return [*self.found, *(miss for key, miss in self.misses.items() if key not in self.hits)]

    def applied(self, operation: Operation, pages: list[Facts], contract: list[Claim]) -> list[Entry]:
        """Returns the claims of facts and rulings about one operation."""
        stems = {known.stem for known in pages}
        ruled = [row for ruling in self.rulings if not ruling.page or ruling.page in stems for row in ruling.rows]
        rows = [row for known in pages for row in known.rows] + [_operation_row(known) for known in pages]
        success = self._success(operation, ruled)
        rows = [replace(row, at=_named(row.at, success)) for row in rows]
        ruled = [replace(row, at=_named(row.at, success)) for row in ruled]
        for row in ruled:
            if "reads_as" in row.keywords:
                rows = list(self._reread(row, rows))
        entries = [Entry(claim, row) for row in rows for claim in ledger.claims(row)]
        self._contradictions(operation, entries, ruled)
        standing = {entry.claim.at for entry in entries} | {claim.at for claim in contract}
        for row in ruled:
            entries = self._overridden(row, entries)
        added: list[Entry] = []
        for row in ruled:
            for concrete in self._spread(row, standing):
                # A * speaks of places that somebody else knows; it makes none.
                claims = self._added(operation, concrete, entries)
                added += [Entry(c, concrete) for c in claims if concrete is row or c.keyword != "present"]
        return _alike([*entries, *added], [*rows, *ruled], success)

    def _success(self, operation: Operation, ruled: list[Row]) -> str:
        for row in ruled:
            if row.at.steps == ("response", "success") and "status" in row.keywords:
                return str(row.keywords["status"])
        success = operation.success()
        return success.status if success else "200"

    def _note(self, row: Row, part: str, hit: bool, message: str) -> None:
        key = (row.document.path.as_posix(), row.pointer, part)
        if hit:
            self.hits.add(key)
        elif key not in self.misses:
            text = f"the ruling {row.ruling!r} rules on nothing: {message}"
            remedy = "remove it, or correct what it overrides"
            self.misses[key] = row.document.diagnostic(row.pointer, "ruling-stale", text, remedy, at=str(row.at))

    def _reread(self, ruling: Row, rows: list[Row]) -> Iterator[Row]:
        target = parse(str(ruling.keywords["reads_as"]))
        hit = False
        for row in rows:
            if row.at.steps[: len(ruling.at.steps)] == ruling.at.steps:
                hit = True
                yield ledger.moved(row, ruling.at, target)
            else:
                yield row
        self._note(ruling, "reads_as", hit, f"the page has no {ruling.at}")

    def _overridden(self, row: Row, entries: list[Entry]) -> list[Entry]:
        """Drops what a ruling overrides or omits."""
        overrides = row.keywords.get("overrides")
        dropped: set[int] = set()
        for key, value in overrides.items() if isinstance(overrides, dict) else ():
            pseudo = replace(row, keywords={key: value} | ({"when": row.keywords["when"]} if row.when else {}))
            for claim in ledger.claims(pseudo):
                if claim.keyword == "present":
                    continue
                hits = [
                    n
                    for n, entry in enumerate(entries)
                    if not entry.row.ruling
                    and _hit(row, entry.claim.at, claim.at)
                    and (entry.claim.keyword, entry.claim.when) == (claim.keyword, claim.when)
                    and canonical(entry.claim.value) == canonical(claim.value)
                ]
                dropped.update(hits)
                self._note(row, f"overrides {key}", bool(hits), f"the page does not say {claim.says()} at {row.at}")
        omitted = row.keywords.get("omit")
        for key in map(str, omitted) if isinstance(omitted, list) else ():
            hits = [
                n
                for n, entry in enumerate(entries)
                if not entry.row.ruling and _hit(row, entry.claim.at, row.at) and entry.claim.keyword == key
            ]
            dropped.update(hits)
            self._note(row, f"omit {key}", bool(hits), f"the page says no {key} at {row.at}")
        return [entry for n, entry in enumerate(entries) if n not in dropped]

    def _spread(self, row: Row, standing: set[Place]) -> Iterator[Row]:
        if "*" not in row.at.steps:
            yield row
            return
        left_out = row.keywords.get("except")
        skipped = left_out if isinstance(left_out, list) else []
        places = sorted(place for place in standing if place.matches(row.at) and place.leaf not in skipped)
        self._note(row, "at", bool(places), f"nothing is found at {row.at}")
        yield from (replace(row, at=place) for place in places)

    def _added(self, operation: Operation, row: Row, entries: list[Entry]) -> Iterator[Claim]:
        said = {entry.claim.key: entry for entry in entries if not entry.row.ruling}
        claims = list(ledger.claims(row))
        if [claim.keyword for claim in claims] == ["present"] and not _MEANINGFUL & set(row.keywords):
            known = claims[0].key in said
            self._note(row, f"present {row.at}", not known, f"the page itself has {row.at}")
        for claim in claims:
            if "reads_as" in row.keywords:
                continue
            if claim.keyword == "present" and ("omit" in row.keywords or "status" in row.keywords):
                continue
            there = said.get(claim.key)
            if there and claim.keyword != "present":
                same = canonical(there.claim.value) == canonical(claim.value)
                reason = "says so itself" if same else f"says {there.claim.says()}"
                text = f"the ruling {row.ruling!r} says {claim.says()}, and the page ({there.page}) {reason}"
                remedy = "remove the ruling's keyword" if same else "name the page's value under overrides"
                code = "ruling-stale" if same else "ruling-contradicts"
                label = operation.label
                self.found.append(
                    row.document.diagnostic(claim.pointer, code, text, remedy, operation=label, at=str(claim.at))
                )
            yield claim

    def _contradictions(self, operation: Operation, entries: list[Entry], ruled: list[Row]) -> None:
        """Finds two rows of facts that say different things, where no ruling decides between them."""
        first: dict[tuple[Place, str, str], Entry] = {}
        for entry in entries:
            before = first.setdefault(entry.claim.key, entry)
            if canonical(before.claim.value) == canonical(entry.claim.value):
                continue
            overridden = [row.keywords.get("overrides") for row in ruled if _hit(row, entry.claim.at, row.at)]
            if any(isinstance(row, dict) and entry.claim.keyword in row for row in overridden):
                continue
            text = f"{entry.speaker()} says {entry.claim.says()}, {before.speaker()} says {before.claim.says()}"
            remedy = "correct the row that was misread, or rule on it"
            place = str(entry.claim.at)
            document = entry.row.document
            self.found.append(
                document.diagnostic(
                    entry.claim.pointer, "facts-contradict", text, remedy, operation=operation.label, at=place
                )
            )


# Keys that make a ruling's row say something even where it claims no keyword.
_MEANINGFUL = {"status", "omit", "same_as", "reads_as", "overrides"}
_EFFECTS = {"effect", "unique", "owned", "unmapped", "limit", "limit.minimum", "limit.maximum"}


def _hit(row: Row, at: Place, wanted: Place) -> bool:
    skipped = row.keywords.get("except")
    return at.matches(wanted) and not (isinstance(skipped, list) and "*" in wanted.steps and at.leaf in skipped)


def _named(place: Place, status: str) -> Place:
    """Returns the place with the status that `success` stands for."""
    return Place(("response", status, *place.steps[2:])) if place.starts_with("response", "success") else place


def _alike(entries: list[Entry], rows: list[Row], success: str) -> list[Entry]:
    """Adds what holds below one place to below another that is said to be the same."""
    copies: list[Entry] = []
    for row in rows:
        if "same_as" not in row.keywords:
            continue
        source = _named(parse(str(row.keywords["same_as"])), success)
        depth = len(source.steps)
        for entry in entries:
            steps = entry.claim.at.steps
            if len(steps) > depth and steps[:depth] == source.steps and entry.claim.keyword not in _EFFECTS:
                claim = replace(entry.claim, at=Place((*row.at.steps, *steps[depth:])))
                copies.append(Entry(claim, entry.row))
    return [*entries, *copies]


def _operation_row(facts: Facts) -> Row:
    """Returns the header of a facts file as a row: its operation is a fact like any other."""
    words = {"method": facts.method, "path": facts.path}
    lines = next((row.lines for row in facts.rows if row.at.steps == ("operation",)), ((1, 1),))
    return Row(Place(("operation",)), dict(words), facts.document, ("operation",), lines)


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
        """Reports each place that the facts know and the contract does not, the outermost only."""
        absent = {place for place in self.meant if place not in self.where}
        for entry in self.entries:
            place = entry.claim.at
            if entry.claim.keyword != "present" or place not in absent or place.parent in absent:
                continue
            anchor = self._anchor(place)
            inside = [known.leaf for known in self.where if known.parent == place.parent and known not in self.meant]
            close = get_close_matches(place.leaf, inside, 1, 0.5)
            hint = f"rename {close[0]!r} to {place.leaf!r}" if close else f"add {place.leaf!r} here"
            remedy = f"{hint}, or rule on it in rulings.yaml"
            message = f"{entry.speaker()} has {place}, the spec has not"
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
        if not said and claim.value is False and claim.keyword in _FALSE_WHEN_ABSENT:
            return True
        if said:
            pointed, instead = said[0], said[0].says()
        else:
            pointed, instead = self.where.get(claim.at) or self._anchor(claim.at.child("")), self._instead(claim)
        name = _file(pointed)
        message = f"{entry.speaker()} says {_words(claim)}, {name} says {instead}"
        remedy = f"write {_words(claim)} here, or rule on it in rulings.yaml"
        self._report(pointed, "fact-unheld", message, remedy, claim.at, entry.page)
        return False

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
