"""A case is a directory: `specs/` go in, `expected/` or `stderr.txt` comes out."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"
UPDATE = os.environ.get("SPECLEDGER_UPDATE_GOLDEN") == "1"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def _cases(kind: str) -> list[Path]:
    return sorted(path.parent for path in CASES.glob(f"*/{kind}"))


def _tree(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


@pytest.mark.parametrize("case", _cases("stderr.txt"), ids=lambda case: case.name)
def test_a_bad_spec_is_refused_with_a_located_message_and_its_remedy(
    case: Path, tmp_path: Path, specledger: Run
) -> None:
    shutil.copytree(case / "specs", tmp_path / "specs")
    command = (case / "command").read_text(encoding="utf-8").split() if (case / "command").exists() else ["check"]
    result = specledger(*command)
    if UPDATE:
        (case / "stderr.txt").write_text(result.stderr, encoding="utf-8")
    assert result.stderr == (case / "stderr.txt").read_text(encoding="utf-8")
    assert result.returncode == 1
    assert "remedy: " in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "generated").exists()


@pytest.mark.parametrize("case", _cases("stderr.txt"), ids=lambda case: case.name)
def test_a_spec_that_cannot_be_loaded_generates_nothing(case: Path, tmp_path: Path, specledger: Run) -> None:
    shutil.copytree(case / "specs", tmp_path / "specs")
    if (case / "generates").exists():
        pytest.skip((case / "generates").read_text(encoding="utf-8").strip())
    result = specledger("generate")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "generated").exists()


@pytest.mark.parametrize("case", _cases("expected"), ids=lambda case: case.name)
def test_a_spec_generates_the_expected_tree(case: Path, tmp_path: Path, specledger: Run) -> None:
    shutil.copytree(case / "specs", tmp_path / "specs")
    result = specledger("generate")
    assert result.returncode == 0, result.stderr
    for name in sorted(path.name for path in (case / "expected").iterdir()):
        fresh = _tree(tmp_path / "generated" / name)
        fresh.pop("provenance.json")
        if UPDATE:
            shutil.rmtree(case / "expected" / name)
            shutil.copytree(tmp_path / "generated" / name, case / "expected" / name)
            (case / "expected" / name / "provenance.json").unlink()
        assert fresh == _tree(case / "expected" / name)
