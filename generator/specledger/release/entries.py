"""releases.yaml: the entry of the next release, merged with what a person wrote into it, and written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from specledger import versions, yaml12
from specledger.drift import files, notation
from specledger.ir import Release, ReleaseChange
from specledger.yaml12 import JsonObject

_HEAD = "# yaml-language-server: $schema=../../generator/specledger/formats/releases.json\nreleases:\n"


def digest(text: str) -> str:
    """Returns what tells a text that was made from one that a person wrote."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def made(change: ReleaseChange) -> ReleaseChange:
    """Returns a change that was made here, marked as such."""
    return replace(change, made=digest(change.text))


def merged(fresh: Release, there: Release | None, before: str) -> tuple[Release, tuple[ReleaseChange, ...]]:
    """Returns the entry with a person's sentences and version in it, and the rows that nothing stands for any more.

    `there` is the entry that was not released yet, `before` the last version that was.
    """
    if there is None:
        return fresh, ()
    known = {(one.place, one.kind): one for one in there.changes if one.made}
    rows: list[ReleaseChange] = []
    for one in fresh.changes:
        old = known.pop((one.place, one.kind), None)
        rows.append(replace(one, text=old.text, made=old.made) if old and _is_edited(old) else one)
    own = tuple(one for one in there.changes if not one.made)
    lost = tuple(one for one in known.values() if _is_edited(one))
    version = there.version if _is_raised(there.version, fresh.version, before) else fresh.version
    return Release(version, fresh.date, there.note, (*rows, *own, *lost)), lost


def _is_edited(change: ReleaseChange) -> bool:
    return digest(change.text) != change.made


def _is_raised(version: str, computed: str, before: str) -> bool:
    """Says whether a person chose the version: it is higher, and no change by itself leads to it."""
    reached = {versions.following(before, level) for level in versions.LEVELS} if before else set()
    return versions.key(version) > versions.key(computed) and version not in reached


def write(path: Path, releases: Sequence[Release], *, replaces: bool) -> None:
    """Puts the first of the releases into the file: in the place of its first entry, or above it.

    What stands below keeps its text. Raises Failure where the file cannot be written.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else _HEAD
    wanted: list[yaml12.Json] = [_value(one) for one in releases]
    lines = yaml12.parse(text, path).lines if path.exists() else {}
    rows = text.splitlines(keepends=True)
    first = lines.get(("releases", 0), len(rows) + 1) - 1
    after = lines.get(("releases", 1), len(rows) + 1) - 1 if replaces else first
    edited = "".join([*rows[:first], _entry(releases[0]), *rows[after:]])
    try:
        if yaml12.parse(edited, path).value != {"releases": wanted}:
            raise ValueError
    except Exception:
        # A file in flow style, or one with aliases, is written anew.
        edited = _HEAD + "".join(_entry(one) for one in releases)
    files.replace({path: edited})


def _value(release: Release) -> JsonObject:
    found: JsonObject = {"version": release.version, "date": release.date}
    if release.note:
        found["note"] = release.note
    found["changes"] = [_row(one) for one in release.changes]
    return found


def _row(change: ReleaseChange) -> JsonObject:
    return {name: value for name, value in asdict(change).items() if value}


def _entry(release: Release) -> str:
    value = _value(release)
    value.pop("changes")
    head = notation.row(value, 2)
    if not release.changes:
        return f"{head}\n    changes: []\n"
    rows = "\n".join(notation.row(_row(one), 6) for one in release.changes)
    return f"{head}\n    changes:\n{rows}\n"
