"""Version numbers: how they are ordered, and which one follows from a change (semantic versioning)."""

from __future__ import annotations

import re
from typing import Literal

Level = Literal["breaking", "compatible", "docs"]

LEVELS: tuple[Level, ...] = ("docs", "compatible", "breaking")

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:(a|b|rc)(\d+))?")


def key(version: str) -> tuple[int, int, int, str, int]:
    """Returns what versions are ordered by: 1.0.0rc1 stands before 1.0.0. Raises ValueError for what is none."""
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is no version like 1.2.3 or 1.2.3rc1")
    major, minor, patch, stage, number = found.groups()
    return int(major), int(minor), int(patch), stage or "~", int(number or 0)


def following(version: str, level: Level) -> str:
    """Returns the version after a change of that level.

    From 1.0.0 on a breaking change is a major version, a compatible one a minor, one of documentation a patch. Before
    it, 0.x promises less: a breaking change is a minor version, any other a patch; that 1.0.0 is reached, a person
    says. After a pre-release comes the next of its row, whatever changed.
    """
    major, minor, patch, stage, number = key(version)
    if stage != "~":
        return f"{major}.{minor}.{patch}{stage}{number + 1}"
    rank = LEVELS.index(level) - (0 if major else 1)
    if rank == 2:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if rank == 1 else f"{major}.{minor}.{patch + 1}"
