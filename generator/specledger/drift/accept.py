"""`accept`: a page's drift taken over into its facts; what a person wrote there stays."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from specledger import formats, yaml12
from specledger.diagnostics import shown
from specledger.documents.reading import Fact
from specledger.drift import draft, moves, statuses
from specledger.drift.compare import Drift, PageDrift
from specledger.drift.differences import Difference
from specledger.drift.files import replace
from specledger.drift.match import Known
from specledger.drift.merge import Merge
from specledger.drift.rewrite import rewrite
from specledger.places import Place, parse
from specledger.yaml12 import Json, as_object, as_rows


@dataclass(frozen=True, slots=True)
class Accepted:
    """What `accept` did to one facts file: whether it was written, and what a person should look at again."""

    file: str
    written: bool
    again: tuple[str, ...] = ()


def accept(drift: Drift) -> list[Accepted]:
    """Writes the facts files anew, each in one step, and returns what to look at again: rulings and hand-made words.

    Raises Failure (exit code 2), with no file touched, where an operation of the page has no facts, or where a
    file could not be written.
    """
    for one in drift.operations:
        if one.known is None or one.operation is None:
            what = "the page describes" if one.known is None else "the page no longer describes"
            remedy = "write facts/<page>.yaml for it by hand, or remove the file and the operation from the spec"
            raise drift.source.failure(f"{what} {one.label}", remedy)
    taken = [(one.known.facts.document, *_taken(drift, one, one.known)) for one in drift.operations if one.known]
    replace({document.path: text for document, text, _ in taken if text != document.text})
    return [Accepted(shown(document.path), text != document.text, tuple(again)) for document, text, again in taken]


def _taken(drift: Drift, one: PageDrift, known: Known) -> tuple[str, list[str]]:
    facts, source = known.facts, drift.source
    old = as_object(facts.document.value)
    new = copy.deepcopy(old)
    again: list[str] = []
    if source.sha256 != facts.page.sha256:
        move = moves.moves(one.before, one.after, len(source.page.lines))
        rows = [{**row, "at": statuses.place(str(row["at"]), one.names)} for row in as_rows(new["facts"])]
        merge = Merge(moves.moved(rows, one.before, one.after, move), one.after)
        rows = merge.take(change.difference for change in one.changes)
        again = merge.again
        new["facts"] = list[Json](rows)
        new["furniture"] = moves.furniture(as_rows(old.get("furniture")), draft.furniture(drift.reading), rows, move)
        if not new["furniture"] and "furniture" not in old:
            del new["furniture"]
        new["operation"] = _label(facts.label, one.before, one.after)
        page = as_object(new["page"])
        page |= {"sha256": source.sha256, "lines": len(source.page.lines)}
        if drift.reading.edition:
            page["edition"] = drift.reading.edition
    new["drafted"] = draft.drafted_rows(one.after)
    text = rewrite(facts.document.text, old, new)
    _validate(drift, known, text)
    return text, again + list(_rulings(one, known))


def _validate(drift: Drift, known: Known, text: str) -> None:
    parsed = yaml12.parse(text, known.facts.document.path)
    wrong = formats.validate(parsed, "facts")
    if wrong:
        raise drift.source.failure(
            f"{shown(parsed.path)} would leave its format: {wrong[0].message}", "edit it by hand"
        )


def _label(label: str, before: Sequence[Fact], after: Sequence[Fact]) -> str:
    """Returns the operation with the parts that the page changed; what a person corrected stays."""
    was, now = (next((fact.keywords for fact in rows if fact.at == "operation"), {}) for rows in (before, after))
    method, _, path = label.partition(" ")
    words = {"method": method, "path": path}
    words |= {word: str(now[word]) for word in words if word in now and now[word] != was.get(word)}
    return f"{words['method']} {words['path']}"


def _rulings(one: PageDrift, known: Known) -> Iterator[str]:
    """Yields the rulings that speak of what changed."""
    for ruling in known.ledger.rulings:
        if ruling.page not in ("", known.facts.stem):
            continue
        for row in ruling.rows:
            if any(_touches(one, row.at, change.difference) for change in one.changes):
                line = ruling.document.line(row.pointer)
                yield f"{shown(ruling.document.path)}:{line}: the ruling {ruling.id!r} speaks of {row.at}"
                break


def _touches(one: PageDrift, at: Place, difference: Difference) -> bool:
    """Says whether a ruling's row speaks of the changed place; of one below it, where the place or its type is gone."""
    if one.locator is None:
        return False
    ruled = one.locator.named(at)
    deep = difference.kind == "removed" or not {"type", "status"}.isdisjoint(difference.keywords)
    for changed in {parse(difference.at), one.locator.place(difference.at), one.locator.named(parse(difference.at))}:
        outer = Place(ruled.steps[: len(changed.steps)]) if deep else ruled
        if changed.matches(outer):
            return True
    return False
