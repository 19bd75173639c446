"""`drift`: a page against its facts, through them to the spec and to the client's next version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from specledger import spec
from specledger.diagnostics import Failure, shown
from specledger.documents.reading import Fact, Operation, Reading
from specledger.drift import differences, draft, impact, match, statuses
from specledger.drift import source as sources
from specledger.drift.differences import Difference
from specledger.drift.impact import Level
from specledger.drift.locate import Edit, Locator
from specledger.drift.match import Known, Pair
from specledger.drift.source import Source
from specledger.ledger import Facts
from specledger.places import parse
from specledger.yaml12 import JsonObject


@dataclass(frozen=True, slots=True)
class Change:
    """A difference with what it asks for: the client's level and why, and the lines of the spec to edit.

    `renamed` is the place that it had, by all that the page says, under another name; empty for none.
    """

    difference: Difference
    level: Level
    why: str
    edits: tuple[Edit, ...]
    renamed: str = ""


@dataclass(frozen=True, slots=True)
class PageDrift:
    """How far one operation of a page has moved from its facts; `known` is None where it is new on the page.

    `before` are the rows of the last edition, below the statuses that the page has now; `names` says which moved.
    """

    known: Known | None
    operation: Operation | None
    changes: tuple[Change, ...]
    before: tuple[Fact, ...] = field(default=(), repr=False)
    after: tuple[Fact, ...] = field(default=(), repr=False)
    locator: Locator | None = field(default=None, repr=False)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Returns `METHOD /path`, as the facts have it."""
        if self.known:
            return self.known.facts.label
        return draft.label(self.operation) if self.operation else ""

    @property
    def file(self) -> str:
        """Returns the facts file, empty where there is none."""
        return shown(self.known.facts.document.path) if self.known else ""

    @property
    def level(self) -> Level:
        """Returns the level of the client's next version."""
        return impact.highest([change.level for change in self.changes])


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one page has moved, operation by operation."""

    source: Source
    reading: Reading
    operations: tuple[PageDrift, ...]

    @property
    def level(self) -> Level:
        """Returns the level of the client's next version."""
        return impact.highest([one.level for one in self.operations])

    @property
    def drifted(self) -> bool:
        """Says whether anything changed."""
        return any(one.changes for one in self.operations)


def drift(where: str, specs: Path, api: str = "") -> Drift:
    """Returns what changed on a page since its facts were read.

    Raises Failure (exit code 2) where the page, the facts or the spec cannot be read, and where they do not belong
    together.
    """
    source = sources.load(where)
    return of_source(source, match.everything(specs, api), only=bool(api))


def of_source(source: Source, known: list[Known], *, only: bool) -> Drift:
    """Returns what changed on a page that is at hand. Raises Failure as `drift` does."""
    reading = sources.read(source)
    pairs = match.pairs(source, reading, known, only=only)
    return Drift(source, reading, tuple(_page_drift(source, reading, pair) for pair in pairs))


def _page_drift(source: Source, reading: Reading, pair: Pair) -> PageDrift:
    if pair.operation is not None:
        # What no facts file could hold is refused here, before anything is said about it.
        draft.document(source, reading, pair.operation, "")
    if pair.known is None:
        return PageDrift(None, pair.operation, (_came(pair.operation),) if pair.operation else ())
    facts = pair.known.facts
    if pair.operation is None:
        return PageDrift(pair.known, None, (_went(facts),))
    after = draft.rows(pair.operation)
    if source.sha256 == facts.page.sha256:
        return PageDrift(pair.known, pair.operation, (), after=after)
    before = differences.baseline(facts, named=bool(pair.operation.method))
    names = statuses.renamed(before, after)
    try:
        locator = Locator(spec.load(pair.known.folder), pair.known.ledger, facts, names)
    except Failure as failure:
        raise Failure(failure.diagnostics, 2) from None
    moved = [_moved(old, new, after, locator) for old, new in names.items()]
    before = statuses.under(before, names)
    changes = (*moved, *_changes(before, after, locator, drafted=differences.is_drafted(facts)))
    return PageDrift(pair.known, pair.operation, changes, before, after, locator, names)


def _changes(before: Sequence[Fact], after: Sequence[Fact], locator: Locator, *, drafted: bool) -> Iterator[Change]:
    known = impact.editions(before, after)
    found = differences.differences(before, after, drafted=drafted)
    renames = differences.renames(found)
    for difference in found:
        level, why = impact.level(difference, known)
        if level != "patch" and locator.holds(difference):
            level, why = "patch", "a ruling has it in the spec already"
        renamed = renames.get(difference.at, "") if difference.kind == "added" and not difference.when else ""
        yield Change(difference, level, why, tuple(locator.edits(difference)), renamed)


def _moved(old: str, new: str, after: Sequence[Fact], locator: Locator) -> Change:
    """Returns the change that an answer is now found under another status."""
    lines = next(fact.lines for fact in after if parse(fact.at).starts_with("response", new))
    difference = Difference("changed", f"response.{new}", None, {"status": old}, {"status": new}, lines)
    level, why = impact.status(old, new, locator.success)
    return Change(difference, level, why, tuple(locator.edits(difference)))


def _came(operation: Operation) -> Change:
    """Returns the change that a further operation came to the page."""
    after: JsonObject = {"method": operation.method, "path": operation.path}
    lines = operation.facts[0].lines if operation.facts else (1, 1)
    difference = Difference("added", "operation", None, None, after, lines)
    return Change(difference, "minor", "the page describes a further operation", ())


def _went(facts: Facts) -> Change:
    """Returns the change that an operation left the page."""
    before: JsonObject = {"method": facts.method, "path": facts.path}
    difference = Difference("removed", "operation", None, before, None, (1, 1))
    return Change(difference, "major", "the page no longer describes it", ())
