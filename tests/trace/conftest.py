"""The project's own APIs and what they generate, in a copy that a test may break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from specledger.trace.project import project
from specledger.trace.traced import Traced

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def sound() -> list[Traced]:
    """Returns the traces of all APIs as they are committed."""
    return project(ROOT / "specs", (), ROOT / "generated")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Returns a folder with copies of specs and generated tree."""
    for name in ("specs", "generated"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    """Replaces one text of a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} has {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")
