"""`accept`: a page's drift taken over into its facts; what a person wrote there stays."""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from specledger import formats, yaml12
from specledger.canonical import canonical
from specledger.diagnostics import shown
from specledger.documents.reading import Fact, Lines
from specledger.drift import differences, draft
from specledger.drift.compare import Drift, PageDrift
from specledger.drift.differences import Difference, Key
from specledger.drift.files import replace
from specledger.drift.match import Known
from specledger.drift.rewrite import rewrite
from specledger.places import Place, parse
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_rows

_Move = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What `accept` did to one facts file: whether it was written, and what a person should look at again."""

    file: str
    written: bool
    again: tuple[str, ...] = ()


@dataclass(slots=True)
class _Taking:
    """The rows of a facts file while a drift is taken over."""

    rows: list[JsonObject]
    again: list[str] = field(default_factory=list)

    def at(self, key: Key) -> list[JsonObject]:
        """Returns the rows that have this place and condition."""
        return [row for row in self.rows if _key(row) == key]


def accept(drift: Drift) -> list[Accepted]:
    """Writes each facts file anew, in one step, and returns what to look at again: rulings and hand-made words.

    Raises Failure (exit code 2), with no file touched, where an operation of the page has no facts, or where a
    file could not be written.
    """
    for one in drift.operations:
        if one.known is None or one.operation is None:
            what = "the page describes" if one.known is None else "the page no longer describes"
            remedy = "write facts/<page>.yaml for it by hand, or remove the file and the operation from the spec"
            raise drift.source.failure(f"{what} {one.label}", remedy)
    texts = [(one, *_taken(drift, one, one.known)) for one in drift.operations if one.known]
    accepted = []
    for one, text, again in texts:
        document = one.known.facts.document if one.known else None
        written = document is not None and text != document.text
        if document is not None and written:
            replace(document.path, text)
        accepted.append(Accepted(one.file, written, tuple(again)))
    return accepted


def _taken(drift: Drift, one: PageDrift, known: Known) -> tuple[str, list[str]]:
    facts, source = known.facts, drift.source
    old = as_object(facts.document.value)
    new = copy.deepcopy(old)
    taking = _Taking(as_rows(new["facts"]))
    if source.sha256 != facts.page.sha256:
        before = differences.baseline(facts)
        move = _moves(before, one.after, len(source.page.lines))
        _lines(taking.rows, before, one.after, move)
        for change in one.changes:
            _take(taking, change.difference, one.after)
        new["facts"] = list(taking.rows)
        new["furniture"] = _furniture(as_rows(old.get("furniture")), draft.furniture(drift.reading), taking.rows, move)
        if not new["furniture"] and "furniture" not in old:
            del new["furniture"]
        new["operation"] = _label(facts.label, before, one.after)
        page = as_object(new["page"])
        page |= {"sha256": source.sha256, "lines": len(source.page.lines)}
        if drift.reading.edition:
            page["edition"] = drift.reading.edition
    new["drafted"] = draft.drafted_rows(one.after)
    text = rewrite(facts.document.text, old, new)
    _validate(drift, known, text)
    return text, taking.again + list(_rulings(one, known))


def _validate(drift: Drift, known: Known, text: str) -> None:
    parsed = yaml12.parse(text, known.facts.document.path)
    wrong = formats.validate(parsed, "facts")
    if wrong:
        raise drift.source.failure(
            f"{shown(parsed.path)} would leave its format: {wrong[0].message}", "edit it by hand"
        )


def _key(row: JsonObject) -> Key:
    return (str(row["at"]), differences.condition(row.get("when")))


def _label(label: str, before: Sequence[Fact], after: Sequence[Fact]) -> str:
    """Returns the operation with the parts that the page changed; what a person corrected stays."""
    was, now = (next(fact.keywords for fact in rows if fact.at == "operation") for rows in (before, after))
    method, _, path = label.partition(" ")
    method = str(now["method"]) if was.get("method") != now["method"] else method
    path = str(now["path"]) if was.get("path") != now["path"] else path
    return f"{method} {path}"


def _take(taking: _Taking, difference: Difference, after: Sequence[Fact]) -> None:
    if difference.kind == "removed":
        _remove(taking, difference, {fact.at for fact in after})
    elif difference.kind == "added" and not taking.at(difference.key):
        _insert(taking, difference, after)
    else:
        _change(taking, difference)


def _remove(taking: _Taking, difference: Difference, left: set[str]) -> None:
    """Removes the row; where the page no longer has the place at all, whatever a person wrote about it as well."""
    place = parse(difference.at)
    gone = difference.at not in left
    kept = []
    for row in taking.rows:
        inside = gone and str(row["at"]) not in left and parse(str(row["at"])).starts_with(*place.steps)
        if not inside and _key(row) != difference.key:
            kept.append(row)
        elif _key(row) != difference.key:
            taking.again.append(f"the hand-made row {row['at']} went with {difference.at}")
    taking.rows[:] = kept


def _insert(taking: _Taking, difference: Difference, after: Sequence[Fact]) -> None:
    """Puts a new row behind the row that the page has before it."""
    keys = [differences.key(fact) for fact in after]
    place = keys.index(difference.key)
    there = {_key(row): number for number, row in enumerate(taking.rows)}
    where = next((there[key] + 1 for key in reversed(keys[:place]) if key in there), len(taking.rows))
    taking.rows.insert(where, after[place].row())


def _change(taking: _Taking, difference: Difference) -> None:
    rows = taking.at(difference.key)
    before, after = difference.before or {}, difference.after or {}
    for word in difference.keywords:
        if difference.at == "operation" and word in ("method", "path"):
            continue
        holder = next((row for row in rows if word in row), None)
        said = holder is not None and canonical(holder[word]) == canonical(before.get(word))
        if holder is None and rows and word in after and word not in before:
            _put(rows[0], word, after[word])
        elif holder is not None and said and word in after:
            holder[word] = after[word]
        elif holder is not None and said:
            del holder[word]
        elif holder is None or canonical(holder[word]) != canonical(after.get(word)):
            now = canonical(after[word]) if word in after else "nothing"
            taking.again.append(f"{difference.at}: {word} was written by hand and stays; the page says {now}")


def _put(row: JsonObject, word: str, value: Json) -> None:
    """Adds a keyword before the row's lines."""
    tail: JsonObject = {name: row.pop(name) for name in ("lines", "also") if name in row}
    row[word] = value
    row.update(tail)


def _lines(rows: list[JsonObject], before: Sequence[Fact], after: Sequence[Fact], move: _Move) -> None:
    """Gives every row its new lines: those of the row that was read from the same lines, else moved ones."""
    exact: dict[tuple[Key, str], Fact] = {}
    for was, now in _paired(before, after):
        exact.setdefault((differences.key(was), _ranges(was)), now)
    for row in rows:
        ranges = [row["lines"], *as_list(row.get("also"))]
        found = exact.get((_key(row), canonical(ranges)))
        if found is None:
            moved = [_moved(pair, move) for pair in ranges]
            row["lines"] = moved[0]
            also = moved[1:]
        else:
            row["lines"] = list(found.lines)
            also = [list(pair) for pair in found.also]
        row.pop("also", None)
        if also:
            row["also"] = also


def _ranges(fact: Fact) -> str:
    """Returns the lines of a row as text."""
    return canonical([[first, last] for first, last in (fact.lines, *fact.also)])


def _moved(pair: Json, move: _Move) -> Json:
    first, last = (int(str(number)) for number in as_list(pair))
    return [move(first), max(move(first), move(last))]


def _paired(before: Sequence[Fact], after: Sequence[Fact]) -> Iterator[tuple[Fact, Fact]]:
    waiting: dict[Key, list[Fact]] = defaultdict(list)
    for fact in after:
        waiting[differences.key(fact)].append(fact)
    for fact in before:
        found = waiting.get(differences.key(fact))
        if found:
            yield fact, found.pop(0)


def _moves(before: Sequence[Fact], after: Sequence[Fact], count: int) -> _Move:
    """Returns where each old line stands now, as far as the rows read from both editions tell."""
    anchors: list[Lines] = [(0, 0)]
    pairs = [
        edge
        for was, now in _paired(before, after)
        for old, new in zip((was.lines, *was.also), (now.lines, *now.also), strict=False)
        for edge in zip(old, new, strict=True)
    ]
    for old, new in sorted(set(pairs)):
        if old > anchors[-1][0] and new > anchors[-1][1]:
            anchors.append((old, new))
    starts = [old for old, _ in anchors]

    def move(line: int) -> int:
        at = bisect_right(starts, line) - 1
        old, new = anchors[at]
        limit = anchors[at + 1][1] if at + 1 < len(anchors) else count
        return max(1, min(new + line - old, limit, count))

    return move


def _furniture(old: list[JsonObject], read: list[Json], rows: list[JsonObject], move: _Move) -> list[Json]:
    """Returns the furniture as the page has it now, in a person's words where the lines are still furniture."""
    said = {line for row in rows for pair in [row["lines"], *as_list(row.get("also"))] for line in _span(pair)}
    kept: list[JsonObject] = []
    for item in old:
        moved = _moved(item["lines"], move)
        if not said & set(_span(moved)):
            kept.append({**item, "lines": moved})
    covered = {line for item in kept for line in _span(item["lines"])}
    found = [*kept, *(item for item in as_rows(read) if set(_span(item["lines"])) - covered)]
    found.sort(key=lambda item: _span(item["lines"]).start)
    return list[Json](found)


def _span(pair: Json) -> range:
    first, last = (int(str(number)) for number in as_list(pair))
    return range(first, last + 1)


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
    deep = difference.kind == "removed" or "type" in difference.keywords
    for changed in {parse(difference.at), one.locator.place(difference.at), one.locator.named(parse(difference.at))}:
        outer = Place(ruled.steps[: len(changed.steps)]) if deep else ruled
        if changed.matches(outer):
            return True
    return False
