"""Everything that changed between what two words of the command line name."""

from __future__ import annotations

from pathlib import Path

from specledger.diff.change import Change
from specledger.diff.compare import compare
from specledger.diff.load import load, pairs
from specledger.diff.report import Difference


def differences(old: str, new: str, specs: Path, *, common: bool = False) -> list[Difference]:
    """Returns the changes of each API that both name; an API that only one has is a change itself."""
    found = []
    for name, before, after in pairs(load(old, specs), load(new, specs)):
        if before is not None and after is not None:
            found.append(Difference(name, tuple(compare(before, after, common=common))))
        elif not common:
            gone = after is None
            kind, what = ("api-removed", "is gone") if gone else ("api-added", "is new")
            level = "breaking" if gone else "compatible"
            made = Change("", "", kind, level, "client", f"the API {name} {what}")  # type: ignore[arg-type]  # one of both
            found.append(Difference(name, (made,)))
    return found
