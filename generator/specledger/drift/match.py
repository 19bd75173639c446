"""Which facts a page is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from specledger import ledger, spec
from specledger.diagnostics import Failure
from specledger.documents.reading import Operation, Reading
from specledger.drift.source import Source
from specledger.ledger import Facts, Ledger

_LIKE = 0.75


@dataclass(frozen=True, slots=True)
class Known:
    """One facts file with the API it belongs to."""

    folder: Path
    ledger: Ledger
    facts: Facts


@dataclass(frozen=True, slots=True)
class Pair:
    """What was known about an operation and what the page says now; either may be missing."""

    known: Known | None
    operation: Operation | None


def everything(specs: Path, api: str) -> list[Known]:
    """Returns the facts of every API, or of one. Raises Failure (exit code 2) where they cannot be loaded."""
    try:
        folders = spec.folders(specs, (api,) if api else ())
        ledgers = [(folder, ledger.load(folder)) for folder in folders]
    except Failure as failure:
        raise Failure(failure.diagnostics, 2) from None
    return [Known(folder, loaded, facts) for folder, loaded in ledgers for facts in loaded.facts]


def pairs(source: Source, reading: Reading, known: list[Known], *, only: bool) -> list[Pair]:
    """Joins each operation of a page with the facts about it.

    The page is known by its address, else by its file's name, else by title or operation, else by a method and path
    that are like it; `only` says that the user named the API, whose single page it then is.
    Raises Failure (exit code 2) where no facts are about the page, or more than one could be.
    """
    found = _about(source, reading, known, only=only)
    if not found:
        apis = sorted({one.folder.name for one in known})
        remedy = f"scaffold it with: specledger new API {source.shown}; known APIs: {', '.join(apis) or 'none'}"
        raise source.failure("no facts are about this page", remedy)
    return _joined(source, reading, found)


def _about(source: Source, reading: Reading, known: list[Known], *, only: bool) -> list[Known]:
    titles = {_spaced(operation.title) for operation in reading.operations if operation.title}
    labels = {_label(operation) for operation in reading.operations if operation.method}
    tiers: list[Callable[[Facts], bool]] = [
        lambda facts: bool(source.page.address) and _address(source.page.address) in _addresses(facts),
        lambda facts: source.page.name == facts.page.document,
        lambda facts: source.stem in (_stem(facts.page.document), _stem(f"{facts.stem}.yaml")),
        lambda facts: facts.label in labels,
        lambda facts: _spaced(facts.page.title) in titles,
        lambda facts: any(_like(facts.label, label) for label in labels),
    ]
    for tier in tiers:
        found = [one for one in known if tier(one.facts)]
        if found:
            return _one_form(source, found)
    return known if only and len(known) == 1 else []


def _one_form(source: Source, found: list[Known]) -> list[Known]:
    """Returns the facts read from this form of a page, where there are some of its twin as well."""
    kept: dict[tuple[str, str], Known] = {}
    for one in sorted(found, key=lambda known: _form(source, known.facts)):
        kept.setdefault((one.folder.name, one.facts.label), one)
    return list(kept.values())


def _form(source: Source, facts: Facts) -> tuple[bool, bool, bool]:
    fetched = facts.page.fetch and _address(facts.page.fetch) == _address(source.page.address)
    suffix = PurePosixPath(facts.page.document).suffix.lower() == PurePosixPath(source.page.name).suffix.lower()
    return (not fetched, not suffix, bool(facts.page.twin_of))


def _joined(source: Source, reading: Reading, found: list[Known]) -> list[Pair]:
    left = list(found)
    joined: dict[int, Known] = {}
    rules: list[Callable[[Facts, Operation], bool]] = [
        lambda facts, operation: facts.label == _label(operation),
        lambda facts, operation: _spaced(facts.page.title) == _spaced(operation.title),
    ]
    for rule in rules:
        for number, operation in enumerate(reading.operations):
            fitting = [one for one in left if rule(one.facts, operation)]
            if number not in joined and len(fitting) == 1:
                joined[number] = fitting[0]
                left.remove(fitting[0])
    if len(reading.operations) == 1 and not joined and len(left) > 1:
        names = ", ".join(f"{one.folder.name} ({one.facts.stem})" for one in left)
        raise source.failure(f"more than one page could be meant: {names}", "name the API with --api")
    for number, operation in enumerate(reading.operations):
        if number not in joined and left:
            best = max(left, key=lambda one: _likeness(one.facts.label, _label(operation)))
            joined[number] = best
            left.remove(best)
    pairs = [Pair(joined.get(number), operation) for number, operation in enumerate(reading.operations)]
    return pairs + ([Pair(one, None) for one in left] if len(reading.operations) > 1 else [])


def _label(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _like(one: str, other: str) -> bool:
    """Says whether two operations are one of which the method or a part of the path changed."""
    (method, path), (other_method, other_path) = _parts(one), _parts(other)
    if path == other_path:
        return True
    return method == other_method and _likeness(path, other_path) >= _LIKE


def _parts(label: str) -> tuple[str, str]:
    method, _, path = label.partition(" ")
    return method, re.sub(r"\{[^{}]*\}", "{}", path)


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _spaced(text: str) -> str:
    return " ".join(text.casefold().split())


def _stem(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", PurePosixPath(name).stem.lower()).strip("-")


def _addresses(facts: Facts) -> Iterable[str]:
    return {_address(url) for url in (facts.page.address, facts.page.fetch) if url}


def _address(url: str) -> str:
    """Returns an address without its scheme, fragment, last slash and the letter case of its host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}{query}"
