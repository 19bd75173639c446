"""What is installed is pinned, by hash, from wherever the machine installs from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_every_requirement_has_a_version_and_a_hash() -> None:
    blocks = re.split(r"\n(?=\S)", LOCK.strip())
    requirements = [block for block in blocks if not block.startswith("#")]
    assert len(requirements) > 50
    assert [block for block in requirements if "==" not in block.split()[0] or "--hash=sha256:" not in block] == []


def test_the_lock_names_no_index() -> None:
    assert "://" not in LOCK
    assert "index" not in re.sub(r"(?m)^ *#.*$", "", LOCK)


def test_the_lock_holds_what_the_project_pins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    locked = {line.split()[0].lower() for line in LOCK.splitlines() if "==" in line}
    missing = [one for one in pinned if re.split(r"[; ]", one)[0].lower() not in locked]
    assert missing == []
