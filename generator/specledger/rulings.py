"""Rulings laid over facts: what both together claim about an operation, and which ruling rules on nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from specledger import ledger
from specledger.canonical import canonical
from specledger.claims import Claim
from specledger.diagnostics import Diagnostic
from specledger.ir import Operation
from specledger.ledger import Facts, Row, Ruling
from specledger.places import Place, parse
from specledger.yaml12 import Pointer


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim with the row of a facts or rulings file that makes it."""

    claim: Claim
    row: Row

    @property
    def page(self) -> str:
        """Returns `document:line` of the page, or nothing for a ruling."""
        return "" if self.row.ruling else f"{page_of(self.row)}:{self.row.lines[0][0]}"

    def speaker(self) -> str:
        """Returns who says it, for a message."""
        return f"the ruling {self.row.ruling!r}" if self.row.ruling else f"the page ({self.page})"


def page_of(row: Row) -> str:
    """Returns the document that a row of facts was read from."""
    root = row.document.value
    page = root.get("page") if isinstance(root, dict) else None
    return str(page.get("document", "")) if isinstance(page, dict) else ""


class Rulings:
    """Lays the rulings over the facts and notices those that no longer rule on anything.

    `overruled` holds each claim of a page that was set aside, with the row of the ruling that did.
    """

    def __init__(self, rulings: tuple[Ruling, ...]) -> None:
        self.rulings = rulings
        self.misses: dict[tuple[str, Pointer, str], Diagnostic] = {}
        self.hits: set[tuple[str, Pointer, str]] = set()
        self.found: list[Diagnostic] = []
        self.overruled: list[tuple[Entry, Row]] = []

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
                rows = list(self._reread(operation, row, rows))
        entries = _yielding([Entry(claim, row) for row in rows for claim in ledger.claims(row)])
        self._contradictions(operation, entries, ruled)
        standing = {entry.claim.at for entry in entries} | {claim.at for claim in contract}
        for row in ruled:
            entries = self._overridden(operation, row, entries)
        added: list[Entry] = []
        for row in ruled:
            for concrete in self._spread(operation, row, standing):
                # A * speaks of places that somebody else knows; it makes none.
                claims = self._added(operation, concrete, entries)
                added += [Entry(c, concrete) for c in claims if concrete is row or c.keyword != "present"]
        return _alike(_yielding([*entries, *added]), [*rows, *ruled], success)

    def _success(self, operation: Operation, ruled: list[Row]) -> str:
        for row in ruled:
            if row.at.steps == ("response", "success") and "status" in row.keywords:
                return str(row.keywords["status"])
        success = operation.success()
        return success.status if success else "200"

    def _note(self, operation: Operation, row: Row, part: str, hit: bool, message: str) -> None:
        key = (row.document.path.as_posix(), row.pointer, part)
        if hit:
            self.hits.add(key)
        elif key not in self.misses:
            text = f"the ruling {row.ruling!r} rules on nothing: {message}"
            remedy = "remove it, or correct what it overrides"
            label = operation.label
            self.misses[key] = row.document.diagnostic(
                row.pointer, "ruling-stale", text, remedy, operation=label, at=str(row.at)
            )

    def _reread(self, operation: Operation, ruling: Row, rows: list[Row]) -> Iterator[Row]:
        target = parse(str(ruling.keywords["reads_as"]))
        hit = False
        for row in rows:
            if row.at.steps[: len(ruling.at.steps)] == ruling.at.steps:
                hit = True
                yield ledger.moved(row, ruling.at, target)
            else:
                yield row
        self._note(operation, ruling, "reads_as", hit, f"the page has no {ruling.at}")

    def _overridden(self, operation: Operation, row: Row, entries: list[Entry]) -> list[Entry]:
        """Drops what a ruling overrides or omits; one with a * must find it at each place that the page has."""
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
                self._note(
                    operation, row, f"overrides {key}", bool(hits), f"the page does not say {claim.says()} at {row.at}"
                )
                if hits and "*" in row.at.steps and not claim.weak:
                    self._partial(operation, row, claim, entries, {entries[n].claim.at for n in hits})
        omitted = row.keywords.get("omit")
        for key in map(str, omitted) if isinstance(omitted, list) else ():
            hits = [
                n
                for n, entry in enumerate(entries)
                if not entry.row.ruling and _hit(row, entry.claim.at, row.at) and entry.claim.keyword == key
            ]
            dropped.update(hits)
            self._note(operation, row, f"omit {key}", bool(hits), f"the page says no {key} at {row.at}")
        self.overruled += [(entries[n], row) for n in sorted(dropped)]
        return [entry for n, entry in enumerate(entries) if n not in dropped]

    def _partial(self, operation: Operation, row: Row, claim: Claim, entries: list[Entry], hit: set[Place]) -> None:
        """Finds the places that a * names and at which the page does not say what the ruling overrides."""
        known = {
            entry.claim.at: entry for entry in entries if entry.claim.keyword == "present" and not entry.row.ruling
        }
        for place in sorted(place for place in known if _hit(row, place, row.at) and place not in hit):
            text = f"the ruling {row.ruling!r} overrides {claim.says()}, which {known[place].speaker()} does not say"
            remedy = "correct the row of the facts, or name the place under except"
            label = operation.label
            self.found.append(
                row.document.diagnostic(row.pointer, "ruling-stale", text, remedy, operation=label, at=str(place))
            )

    def _spread(self, operation: Operation, row: Row, standing: set[Place]) -> Iterator[Row]:
        if "*" not in row.at.steps:
            yield row
            return
        left_out = row.keywords.get("except")
        skipped = left_out if isinstance(left_out, list) else []
        places = sorted(place for place in standing if place.matches(row.at) and place.leaf not in skipped)
        self._note(operation, row, "at", bool(places), f"nothing is found at {row.at}")
        yield from (replace(row, at=place) for place in places)

    def _added(self, operation: Operation, row: Row, entries: list[Entry]) -> Iterator[Claim]:
        said = {entry.claim.key: entry for entry in entries if not entry.row.ruling}
        claims = list(ledger.claims(row))
        if [claim.keyword for claim in claims] == ["present"] and not _MEANINGFUL & set(row.keywords):
            known = claims[0].key in said
            self._note(operation, row, f"present {row.at}", not known, f"the page itself has {row.at}")
        for claim in claims:
            if "reads_as" in row.keywords or (claim.keyword == "present" and not _adds(row)):
                continue
            there = said.get(claim.key)
            if there and claim.keyword != "present" and not (there.claim.weak or claim.weak):
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
            if canonical(before.claim.value) == canonical(entry.claim.value) or entry.claim.weak or before.claim.weak:
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


def _adds(row: Row) -> bool:
    """Says whether a ruling's row makes its place exist: a status or body does, a field where the row says `adds`."""
    if {"omit", "status"} & set(row.keywords):
        return False
    return (
        "adds" in row.keywords or (row.at.steps[0] == "response" and len(row.at.steps) <= 3) or row.at.steps[2:] == ()
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


def _yielding(entries: list[Entry]) -> list[Entry]:
    """Returns the entries without the bounds that a format implies where somebody states a bound."""
    stated = {entry.claim.key for entry in entries if not entry.claim.weak}
    return [entry for entry in entries if not entry.claim.weak or entry.claim.key not in stated]
