"""Where the lines of a page stand in its next edition, as far as the rows read from both tell."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from specledger.canonical import canonical
from specledger.documents.reading import Fact, Lines
from specledger.drift import differences
from specledger.drift.differences import Key
from specledger.drift.merge import row_key
from specledger.yaml12 import Json, JsonObject, as_list, as_rows

Move = Callable[[int], int]


def moved(rows: list[JsonObject], before: Sequence[Fact], after: Sequence[Fact], move: Move) -> list[JsonObject]:
    """Returns the rows, which it changes, with new lines: those read from the same ones before, else moved ones."""
    exact: dict[tuple[Key, str], Fact] = {}
    for was, now in _paired(before, after):
        exact.setdefault((differences.key(was), _ranges(was)), now)
    for row in rows:
        ranges = [row["lines"], *as_list(row.get("also"))]
        found = exact.get((row_key(row), canonical(ranges)))
        if found is None:
            pairs = [_pair(pair, move) for pair in ranges]
            row["lines"] = pairs[0]
            also = pairs[1:]
        else:
            row["lines"] = list(found.lines)
            also = [list(pair) for pair in found.also]
        row.pop("also", None)
        if also:
            row["also"] = also
    return rows


def _ranges(fact: Fact) -> str:
    """Returns the lines of a row as text."""
    return canonical([[first, last] for first, last in (fact.lines, *fact.also)])


def _pair(pair: Json, move: Move) -> Json:
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


def moves(before: Sequence[Fact], after: Sequence[Fact], count: int) -> Move:
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


def furniture(old: list[JsonObject], read: list[Json], rows: list[JsonObject], move: Move) -> list[Json]:
    """Returns the furniture as the page has it now, in a person's words where the lines are still furniture."""
    said = {line for row in rows for pair in [row["lines"], *as_list(row.get("also"))] for line in _span(pair)}
    kept: list[JsonObject] = []
    for item in old:
        moved = _pair(item["lines"], move)
        if not said & set(_span(moved)):
            kept.append({**item, "lines": moved})
    covered = said | {line for item in kept for line in _span(item["lines"])}
    found = [*kept, *(item for item in as_rows(read) if set(_span(item["lines"])) - covered)]
    found.sort(key=lambda item: _span(item["lines"]).start)
    return list[Json](found)


def _span(pair: Json) -> range:
    first, last = (int(str(number)) for number in as_list(pair))
    return range(first, last + 1)
