"""sdist and wheel of a distribution, byte for byte the same wherever they are built."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from specledger.diagnostics import Diagnostic, Failure

# What tells a build apart that was made on another machine, or by a person with other settings.
_FOREIGN = ("HATCH_", "PYTHONHASHSEED", "PYTHONPATH")


@dataclass(frozen=True, slots=True)
class Artefacts:
    """What is published of one version."""

    sdist: Path
    wheel: Path

    @property
    def files(self) -> tuple[Path, Path]:
        """Returns both files, the sdist first."""
        return self.sdist, self.wheel


def sha256(path: Path) -> str:
    """Returns the digest of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(source: Path, moment: int, to: Path) -> Artefacts:
    """Builds the distribution in `source` twice, in folders of different names, and returns what both gave.

    `moment` is the time that stands in the archives. Raises Failure where hatchling fails or the bytes differ.
    """
    rounds = []
    for name in ("first", "second-round"):
        folder = to / name / source.name
        shutil.copytree(source, folder)
        rounds.append(_built(folder, moment, to / name / "dist"))
    first, second = ([sha256(path) for path in one.files] for one in rounds)
    if first != second:
        names = [path.name for path, a, b in zip(rounds[0].files, first, second, strict=True) if a != b]
        message = f"two builds differ: {', '.join(names)}"
        remedy = "compare them with diffoscope; nothing but the commit may reach a build"
        raise Failure([Diagnostic(source.name, 0, "irreproducible", message, remedy)])
    return rounds[0]


def _built(folder: Path, moment: int, to: Path) -> Artefacts:
    environment = {name: text for name, text in os.environ.items() if not name.startswith(_FOREIGN)}
    run = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(to)],
        cwd=folder,
        env=environment | {"SOURCE_DATE_EPOCH": str(moment)},
        capture_output=True,
        text=True,
    )
    if run.returncode:
        said = (run.stderr.strip().splitlines() or ["it said nothing"])[-1]
        remedy = "install what a release needs: pip install 'specledger[release]'"
        raise Failure([Diagnostic(folder.name, 0, "build", f"hatchling: {said[:300]}", remedy)])
    return Artefacts(next(iter(to.glob("*.tar.gz"))), next(iter(to.glob("*.whl"))))
