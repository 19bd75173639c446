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


# Copied as they are from generator/specledger/runtime, or the same for every API.
SHARED = ("/_runtime/", "LICENSE", "provenance.json")


def _own(folder: Path) -> dict[str, str]:
    """Returns the files that the spec makes, without those that every API shares."""
    found = {path: text for path, text in _tree(folder).items() if not any(part in f"/{path}" for part in SHARED)}
    if folder.name == "mock_server":
        return {path: text for path, text in found.items() if "/apis/" in path or "/models/" in path}
    return found


@pytest.mark.parametrize("case", _cases("expected"), ids=lambda case: case.name)
def test_a_spec_generates_the_expected_tree(case: Path, tmp_path: Path, specledger: Run) -> None:
    shutil.copytree(case / "specs", tmp_path / "specs")
    result = specledger("generate")
    assert result.returncode == 0, result.stderr
    for expected in sorted((case / "expected").iterdir()):
        fresh = _own(tmp_path / "generated" / expected.name)
        if UPDATE:
            shutil.rmtree(expected)
            for path, text in fresh.items():
                (expected / path).parent.mkdir(parents=True, exist_ok=True)
                (expected / path).write_text(text, encoding="utf-8")
        assert fresh == _tree(expected)


def test_what_a_client_ships_of_the_runtime_is_the_runtime(tmp_path: Path, specledger: Run) -> None:
    shutil.copytree(CASES / "a_small_api" / "specs", tmp_path / "specs")
    assert specledger("generate").returncode == 0
    runtime = CASES.parents[2] / "generator" / "specledger" / "runtime"
    for shipped, source in (
        (tmp_path / "generated" / "pets" / "src" / "pets" / "_runtime", runtime / "client"),
        (tmp_path / "generated" / "mock_server" / "src" / "specledger_mock", runtime / "mock"),
    ):
        there = _tree(shipped)
        for path, text in _tree(source).items():
            assert there[path].endswith(text), path
