"""What a page says now against what was read from it before, row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from specledger.canonical import canonical, ordered, plain_value
from specledger.documents.reading import Fact, Lines
from specledger.ledger import Facts
from specledger.places import parse
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_rows

Kind = Literal["added", "changed", "removed"]
Key = tuple[str, str]

# What a reader drafts; the other words of a row are a person's reading, which a page cannot lose.
_READ = frozenset(
    "method path type vendor_type items required nullable enum const default minimum maximum exclusiveMinimum"
    " exclusiveMaximum multipleOf minLength maxLength minItems maxItems uniqueItems digest example credential"
    " deprecated".split()
)
_FRAME = ("at", "lines", "also")
_SILENT: JsonObject = {"required": False, "nullable": False, "deprecated": False}


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that changed: the keywords that differ, before and after; `lines` are the new page's.

    `before` is None for an added row and `after` for a removed one, whose `lines` are the old page's. Where `beside`
    holds, the place has another row that stays: a sample began or ceased to say otherwise.
    """

    kind: Kind
    at: str
    when: Json
    before: JsonObject | None
    after: JsonObject | None
    lines: Lines
    beside: bool = False

    @property
    def key(self) -> Key:
        """Returns what names the row: its place and its condition."""
        return (self.at, condition(self.when))

    @property
    def old_key(self) -> Key:
        """Returns what named the row before: another condition, where that is what changed."""
        before = self.before or {}
        return (self.at, condition(before["when"])) if "when" in before else self.key

    @property
    def keywords(self) -> list[str]:
        """Returns the keywords that differ, in the order of the rows."""
        before, after = self.before or {}, self.after or {}
        return [word for word in {**before, **after} if word not in before or before[word] != after.get(word)]


def condition(when: Json) -> str:
    """Returns a `when` as text that is equal for equal conditions, empty for none."""
    if not isinstance(when, dict):
        return ""
    return canonical({name: plain_value(schema) for name, schema in when.items()})


def key(fact: Fact) -> Key:
    """Returns what names the row of a reading: its place and its condition."""
    return (fact.at, condition(fact.keywords.get("when")))


def baseline(facts: Facts, *, named: bool = True) -> tuple[Fact, ...]:
    """Returns what was read from the page's last edition.

    That is the section `drafted`; where a file was written by hand and has none, its rows as far as a reader
    drafts such keywords. Its method and path count where the page names them (`named`): a person knows them anyway.
    """
    root = as_object(facts.document.value)
    if "drafted" in root:
        return tuple(_fact(row, row) for row in as_rows(root["drafted"]))
    heading: JsonObject = {"method": facts.method, "path": facts.path} if named else {}
    found = []
    for row in as_rows(root.get("facts")):
        words = heading if row["at"] == "operation" else {k: v for k, v in row.items() if k in _READ or k == "when"}
        found.append(_fact(row, words))
    if named and not any(fact.at == "operation" for fact in found):
        found.insert(0, Fact("operation", (1, 1), heading))
    return tuple(found)


def is_drafted(facts: Facts) -> bool:
    """Says whether the file keeps what a reader drafted."""
    return "drafted" in as_object(facts.document.value)


def _fact(row: JsonObject, words: JsonObject) -> Fact:
    keywords = {name: value for name, value in words.items() if name not in _FRAME}
    return Fact(str(row["at"]), _pair(row["lines"]), keywords, tuple(_pair(pair) for pair in as_list(row.get("also"))))


def _pair(value: Json) -> Lines:
    first, last = (int(str(number)) for number in as_list(value))
    return first, last


def differences(before: Sequence[Fact], after: Sequence[Fact], *, drafted: bool = True) -> list[Difference]:
    """Returns the rows that differ, in the new page's order, removed rows after them; lines are not compared.

    With `drafted` false `before` was written by hand: a keyword that no hand-made row says is then no news, for
    a person may have left it out, except for the row of a place that nobody spoke of.
    """
    old, new = _by_key(before), _by_key(after)
    found = list(_reconditioned(old, new))
    for name in new:
        for was, now in _paired(old.get(name, []), new[name]):
            if was is not None and now is not None:
                found += _changed(was, now, drafted)
            elif now is not None:
                found.append(_one("added", now, beside=name in old))
            elif was is not None and drafted:
                found.append(_one("removed", was, beside=True))
    for name in old:
        if name not in new:
            gone = [fact for fact in old[name] if drafted or set(fact.keywords) - {"when"}]
            found += [_one("removed", fact) for fact in gone]
    return sorted(found, key=lambda difference: (difference.kind == "removed", difference.lines))


def _reconditioned(old: dict[Key, list[Fact]], new: dict[Key, list[Fact]]) -> Iterator[Difference]:
    """Takes out the rows that say the same as before under another condition, and yields what changed of them."""
    fresh = {(key[0], _words(new[key])): key for key in new if key[1] and key not in old}
    for name in [name for name in old if name[1] and name not in new]:
        other = fresh.pop((name[0], _words(old[name])), None)
        if other:
            was, now = old.pop(name)[0], new.pop(other)[0]
            yield Difference("changed", now.at, now.keywords["when"], was.keywords, now.keywords, now.lines)


def _words(facts: Iterable[Fact]) -> str:
    """Returns what rows say, whatever their condition."""
    return canonical([{word: value for word, value in fact.keywords.items() if word != "when"} for fact in facts])


def _by_key(facts: Iterable[Fact]) -> dict[Key, list[Fact]]:
    found: dict[Key, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[key(fact)].append(fact)
    return found


def _paired(old: Sequence[Fact], new: Sequence[Fact]) -> Iterator[tuple[Fact | None, Fact | None]]:
    """Yields the rows of one name in pairs: the page's own first, then those of samples, then what is left of both."""
    left: list[Fact] = []
    fresh: list[Fact] = []
    for sampled in (False, True):
        was, now = ([fact for fact in rows if ("from" in fact.keywords) is sampled] for rows in (old, new))
        yield from zip(was, now, strict=False)
        left += was[len(now) :]
        fresh += now[len(was) :]
    yield from zip_longest(left, fresh)


def renames(found: Iterable[Difference]) -> dict[str, str]:
    """Returns the old place by the new one, where one field went, one came beside it, and a sentence is the same."""
    told: dict[tuple[str, str], dict[Kind, list[str]]] = defaultdict(lambda: defaultdict(list))
    for difference in found:
        words = difference.before or difference.after or {}
        if difference.kind != "changed" and not difference.when and "digest" in words:
            told[str(parse(difference.at).parent), canonical(words)][difference.kind].append(difference.at)
    pairs = [(kinds["added"], kinds["removed"]) for kinds in told.values()]
    return {came[0]: went[0] for came, went in pairs if len(came) == 1 == len(went)}


def _changed(was: Fact, now: Fact, drafted: bool) -> list[Difference]:
    before: JsonObject = {}
    after: JsonObject = {}
    for word in {**was.keywords, **now.keywords}:
        if word == "when" or _same(word, was.keywords, now.keywords):
            continue
        if not drafted and word not in was.keywords and word not in _SILENT:
            continue
        for words, said in ((was.keywords, before), (now.keywords, after)):
            if word in words:
                said[word] = words[word]
    if not before and not after:
        return []
    return [Difference("changed", now.at, now.keywords.get("when"), before, after, now.lines)]


def _same(word: str, was: JsonObject, now: JsonObject) -> bool:
    silent = _SILENT.get(word)
    return _comparable(word, was.get(word, silent)) == _comparable(word, now.get(word, silent))


def _comparable(word: str, value: Json) -> str:
    """Returns a keyword's value as text; the order of an enum's values says nothing."""
    if word == "enum" and isinstance(value, list):
        return canonical(ordered(value))
    return canonical(plain_value(value)) if word in ("not", "anyOf", "oneOf") else canonical(value)


def _one(kind: Kind, fact: Fact, *, beside: bool = False) -> Difference:
    words = {word: value for word, value in fact.keywords.items() if word != "when"}
    before, after = (None, words) if kind == "added" else (words, None)
    return Difference(kind, fact.at, fact.keywords.get("when"), before, after, fact.lines, beside)
