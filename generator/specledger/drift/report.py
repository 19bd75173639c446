"""A drift as text for a person, as Markdown for an issue tracker and as JSON for a machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from specledger.canonical import canonical
from specledger.documents.reading import Lines
from specledger.drift.compare import Change, Drift, PageDrift
from specledger.yaml12 import Json, JsonObject

_LONG = 200
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def text(drift: Drift) -> str:
    """Returns one paragraph a change: what, where on the page, which line of the spec, what it means."""
    page = drift.source.shown
    parts: list[str] = []
    for one in drift.operations:
        against = f"{one.file} ({one.label})" if one.file else one.label
        if not one.changes:
            parts.append(f"{page}: nothing changed against {against}")
            continue
        count = len(one.changes)
        parts.append(f"{page}: {count} change{'' if count == 1 else 's'} against {against}")
        for change in one.changes:
            parts += ["", *_paragraph(page, change)]
        parts += ["", f"the client's next version is a {one.level} one"]
    return "\n".join(parts)


def _paragraph(page: str, change: Change) -> Iterator[str]:
    difference = change.difference
    yield f"{difference.kind} {_line(_place(change))} [{change.level}: {change.why}]"
    yield from (f"    {_line(words)}" for words in _said(change))
    if change.renamed:
        yield f"    the page says the same of it as it said of {_line(change.renamed)}"
    where = _lines(difference.lines)
    yield f"    page: {page}:{where}" if difference.kind != "removed" else f"    page: was at {where}"
    yield from (f"    edit: {edit.file}:{edit.line}" for edit in change.edits)


def _place(change: Change) -> str:
    difference = change.difference
    return difference.at + (f" when {canonical(difference.when)}" if difference.when else "")


def _said(change: Change) -> Iterator[str]:
    difference = change.difference
    before, after = difference.before, difference.after
    if before is None or after is None:
        yield (
            ", ".join(f"{word}: {_value(word, value)}" for word, value in (after or before or {}).items())
            or "it is there"
        )
        return
    for word in difference.keywords:
        was = _value(word, before[word]) if word in before else "not said"
        now = _value(word, after[word]) if word in after else "not said"
        yield f"{word}: {was} → {now}"


def _value(word: str, value: Json) -> str:
    """Returns a value as a reader wants it: the digest of a sentence in short."""
    written = str(value)[:12] if word == "digest" else canonical(value)
    return written if len(written) <= _LONG else f"{written[:_LONG]}…"


def _lines(lines: Lines) -> str:
    first, last = lines
    return str(first) if first == last else f"{first}-{last}"


def _line(words: str) -> str:
    """Returns the words without what would end the line or steer a terminal."""
    return _UNSEEN.sub(" ", words)


def edits(drift: Drift) -> list[str]:
    """Returns the lines of the spec to edit, each once, with the places that ask for it."""
    found: dict[str, list[str]] = {}
    for one in drift.operations:
        for change in one.changes:
            for edit in change.edits:
                places = found.setdefault(f"{edit.file}:{edit.line}", [])
                if change.difference.at not in places:
                    places.append(change.difference.at)
    return [_line(f"{where} ({', '.join(places)})") for where, places in found.items()]


def markdown(drift: Drift) -> str:
    """Returns a table for an issue; every word of the page stands in a code span, where nothing is markup."""
    if not drift.drifted:
        return f"{code(drift.source.shown)} says what its facts say.\n"
    parts = [f"## {code(drift.source.shown)} changed", ""]
    for one in drift.operations:
        if one.changes:
            parts += _table(one)
    parts += ["Take it over with " + code(f"specledger accept {drift.source.shown}") + ", then edit the spec.", ""]
    return "\n".join(parts)


def _table(one: PageDrift) -> Iterator[str]:
    yield f"{code(one.label)}: the client's next version is a **{one.level}** one."
    yield ""
    yield "| | place | what | page | spec | version |"
    yield "|---|---|---|---|---|---|"
    for change in one.changes:
        said = "<br>".join(code(words) for words in _said(change))
        said += f"<br>as it said of {code(change.renamed)}" if change.renamed else ""
        edits = "<br>".join(code(f"{edit.file}:{edit.line}") for edit in change.edits)
        where = _lines(change.difference.lines)
        kind = change.difference.kind
        yield f"| {kind} | {code(_place(change))} | {said} | {where} | {edits} | {change.level}: {change.why} |"
    yield ""


def code(words: str) -> str:
    """Returns the words as a code span in which backticks, pipes and line ends do no harm."""
    plain = _UNSEEN.sub(" ", words).strip() or "-"
    longest = max((len(run) for run in re.findall(r"`+", plain)), default=0)
    fence = "`" * (longest + 1)
    inner = f" {plain} " if longest else plain
    return f"{fence}{inner}{fence}".replace("|", "\\|")


def as_json(drift: Drift) -> str:
    """Returns `{page, facts, level, changes: [{kind, at, before, after, lines, spec, level, …}]}`."""
    return json.dumps(value(drift), ensure_ascii=False, indent=2)


def value(drift: Drift) -> JsonObject:
    """Returns what `as_json` writes; `facts` is a list where the page has several operations."""
    files: list[Json] = [one.file for one in drift.operations if one.file]
    changes: list[Json] = [_change(one, change) for one in drift.operations for change in one.changes]
    return {
        "page": drift.source.shown,
        "facts": files[0] if len(files) == 1 else files,
        "level": drift.level,
        "changes": changes,
    }


def _change(one: PageDrift, change: Change) -> JsonObject:
    difference = change.difference
    edits: list[Json] = [{"file": edit.file, "line": edit.line, "keyword": edit.keyword} for edit in change.edits]
    first = change.edits[0] if change.edits else None
    found: JsonObject = {
        "kind": difference.kind,
        "operation": one.label,
        "at": difference.at,
        "before": difference.before,
        "after": difference.after,
        "lines": list(difference.lines),
        "spec": {"file": first.file, "line": first.line} if first else None,
        "edits": edits,
        "level": change.level,
        "why": change.why,
    }
    found |= {"when": difference.when} if difference.when else {}
    return found | ({"renamed": change.renamed} if change.renamed else {})
