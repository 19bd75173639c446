"""The rows of a facts file with a page's differences taken over; what a person wrote stays, or is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from specledger.canonical import canonical
from specledger.documents.reading import Fact
from specledger.drift import differences
from specledger.drift.differences import Difference, Key
from specledger.places import parse
from specledger.yaml12 import Json, JsonObject


class Merge:
    """Takes differences over into rows, which it changes; `again` says what a person should look at."""

    def __init__(self, rows: Sequence[JsonObject], after: Sequence[Fact]) -> None:
        self.rows = list(rows)
        self.after = after
        self.again: list[str] = []
        self.places = {fact.at for fact in after}
        self.order = [differences.key(fact) for fact in after]
        self.position = {key: number for number, key in reversed(list(enumerate(self.order)))}
        self.known: dict[Key, list[JsonObject]] = defaultdict(list)
        for row in rows:
            self.known[row_key(row)].append(row)
        self.fresh: dict[Key | None, list[JsonObject]] = defaultdict(list)
        self.lost: set[Key] = set()
        self.gone: dict[tuple[str, ...], str] = {}

    def take(self, found: Iterable[Difference]) -> list[JsonObject]:
        """Returns the rows as the page has them now, new ones behind those that the page has before them."""
        for difference in found:
            if difference.beside:
                self._beside(difference)
            elif difference.kind == "removed":
                self.lost.add(difference.key)
                if difference.at not in self.places:
                    self.gone[parse(difference.at).steps] = difference.at
            elif difference.kind == "added" and difference.key not in self.known:
                self._insert(difference)
            else:
                self._change(difference)
        return self._placed([row for row in self.rows if self._stays(row)])

    def _stays(self, row: JsonObject) -> bool:
        """Says whether a row stays: it goes with its difference, or with a place that the page no longer has."""
        key = row_key(row)
        if key in self.lost:
            return False
        if key[0] in self.places:
            return True
        steps = parse(key[0]).steps
        around = next((self.gone[steps[:n]] for n in range(1, len(steps) + 1) if steps[:n] in self.gone), None)
        if around:
            self.again.append(f"the hand-made row {key[0]} went with {around}")
        return around is None

    def _insert(self, difference: Difference) -> None:
        number = self.position[difference.key]
        row = self.after[number].row()
        earlier = (self.order[index] for index in range(number - 1, -1, -1))
        before = next((key for key in earlier if key in self.known), None)
        self.fresh[before].append(row)
        self.known[difference.key].append(row)

    def _beside(self, difference: Difference) -> None:
        """Takes over that a sample says otherwise than the page, as a row of its own, or no longer does."""
        rows = self.known.get(difference.key, [])
        sampled = [row for row in rows if "from" in row]
        if difference.kind == "added" and not sampled:
            row = next(
                fact.row()
                for fact in self.after
                if differences.key(fact) == difference.key and fact.lines == difference.lines
            )
            self.fresh[difference.key].append(row)
        elif difference.kind == "removed" and len(rows) > len(sampled):
            self.rows = [row for row in self.rows if not any(row is one for one in sampled)]

    def _placed(self, rows: list[JsonObject]) -> list[JsonObject]:
        """Returns the rows with the new ones between them, each behind the last row of the place before it."""
        last = {row_key(row): number for number, row in enumerate(rows)}
        placed: list[JsonObject] = []
        for number, row in enumerate(rows):
            waiting = [row]
            while waiting:
                current = waiting.pop()
                placed.append(current)
                key = row_key(current)
                if current is not row or last[key] == number:
                    waiting += reversed(self.fresh.pop(key, []))
        return placed + [row for left in self.fresh.values() for row in left]

    def _change(self, difference: Difference) -> None:
        rows = self.known.get(difference.old_key, [])
        before, after = difference.before or {}, difference.after or {}
        for word in difference.keywords:
            if word == "status" or (difference.at == "operation" and word in ("method", "path")):
                continue  # the places and the file's header say them
            holder = next((row for row in rows if word in row), None)
            if holder is None and word == "digest" and word in before:
                first, last = difference.lines
                text = f"a sentence that was read by hand changed; see lines {first}-{last} of the page"
                self.again.append(f"{difference.at}: {text}")
            elif holder is None and rows and word in after and word not in before:
                _put(rows[0], word, after[word])
            elif holder is not None and canonical(holder[word]) == canonical(before.get(word)):
                if word in after:
                    holder[word] = after[word]
                else:
                    del holder[word]
            elif holder is None or canonical(holder[word]) != canonical(after.get(word)):
                now = canonical(after[word]) if word in after else "nothing"
                self.again.append(f"{difference.at}: {word} was written by hand and stays; the page says {now}")


def row_key(row: JsonObject) -> Key:
    """Returns what names a row of a facts file: its place and its condition."""
    return (str(row["at"]), differences.condition(row.get("when")))


def _put(row: JsonObject, word: str, value: Json) -> None:
    """Adds a keyword before the row's lines."""
    tail: JsonObject = {name: row.pop(name) for name in ("lines", "also") if name in row}
    row[word] = value
    row.update(tail)
