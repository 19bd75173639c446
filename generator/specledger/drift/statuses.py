"""Answers whose status has another name in the next edition: `success` that the page now names, 400 that became 422."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from specledger.documents.reading import Fact
from specledger.places import Place, parse

SUCCESS = "success"
Names = Mapping[str, str]
_Answer = dict[tuple[str, ...], Fact]


def renamed(before: Iterable[Fact], after: Iterable[Fact]) -> dict[str, str]:
    """Returns the new status by the old one, where one answer of its kind went, one came, and they are the same."""
    old, new = _answers(before), _answers(after)
    gone = _kinds(status for status in old if status not in new)
    came = _kinds(status for status in new if status not in old)
    found = {was[0]: came[kind][0] for kind, was in gone.items() if len(was) == 1 == len(came.get(kind, []))}
    return {was: now for was, now in found.items() if SUCCESS in (was, now) or _same(old[was], new[now])}


def place(at: str, names: Names) -> str:
    """Returns the place below the status that the next edition names."""
    steps = parse(at).steps
    if steps[0] != "response" or len(steps) < 2 or steps[1] not in names:
        return at
    return str(Place(("response", names[steps[1]], *steps[2:])))


def under(facts: Iterable[Fact], names: Names) -> tuple[Fact, ...]:
    """Returns the rows, those of a renamed answer below its new status."""
    return tuple(replace(fact, at=place(fact.at, names)) for fact in facts)


def is_refusal(status: str) -> bool:
    """Says whether a status is one of an error."""
    return status[:1] in ("4", "5")


def _answers(facts: Iterable[Fact]) -> dict[str, _Answer]:
    found: dict[str, _Answer] = defaultdict(dict)
    for fact in facts:
        steps = parse(fact.at).steps
        if steps[0] == "response" and len(steps) > 1:
            found[steps[1]].setdefault(steps[2:], fact)
    return dict(found)


def _kinds(statuses: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for status in statuses:
        found["2" if status == SUCCESS else "4" if is_refusal(status) else status[:1]].append(status)
    return found


def _same(old: _Answer, new: _Answer) -> bool:
    """Says whether most places below both are the same, or, where neither has any, the sentence about them is."""
    fields, others = set(old) - {()}, set(new) - {()}
    if fields or others:
        return 2 * len(fields & others) >= len(fields | others)
    digests = [answer[()].keywords.get("digest") for answer in (old, new)]
    return digests[0] is not None and digests[0] == digests[1]
