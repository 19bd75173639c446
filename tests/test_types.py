"""mypy --strict over the generator and over everything it generates."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = sorted(path.parent for path in ROOT.glob("generated/*/src/*/__init__.py"))


def _mypy(*paths: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_generator_is_typed() -> None:
    _mypy(ROOT / "generator" / "specledger")


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_generated_package_is_typed(package: Path) -> None:
    assert (package / "py.typed").is_file()
    _mypy(package)


def test_every_api_has_a_generated_package() -> None:
    assert len(PACKAGES) == len(list(ROOT.glob("specs/*/openapi.yaml"))) + 1
