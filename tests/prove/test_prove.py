"""The whole gate: green on what is committed, red when one artefact is at fault."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
QUICK = ("--max-examples", "10")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Returns a folder with one API's spec and what it generates."""
    shutil.copytree(ROOT / "specs" / "baseten_gateway", tmp_path / "specs" / "baseten_gateway")
    return tmp_path


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_clean_project_holds_and_ends_with_its_table(project: Path, specledger: Run) -> None:
    specledger("generate")
    result = specledger("prove", *QUICK)
    assert result.returncode == 0, result.stdout + result.stderr
    row = next(line for line in result.stdout.splitlines() if "baseten_gateway" in line)
    assert "holds" in row
    assert "as its specs make it" in result.stdout


def test_a_spec_that_differs_from_its_facts_fails_and_is_not_driven(project: Path, specledger: Run) -> None:
    specledger("generate")
    _edit(project / "specs" / "baseten_gateway" / "openapi.yaml", "maxItems: 1", "maxItems: 2")
    result = specledger("prove", *QUICK)
    assert result.returncode == 1
    assert "request.body.targets: the page" in result.stderr
    assert "fails" in result.stdout


def test_a_mock_that_does_not_keep_what_it_was_sent_fails_and_names_the_operation(
    project: Path, specledger: Run
) -> None:
    specledger("generate")
    folder = project / "generated" / "mock_server" / "src" / "specledger_mock" / "apis"
    _edit(folder / "baseten_gateway.json", '"effect": "merge"', '"effect": "replace"')
    result = specledger("prove", *QUICK)
    assert result.returncode == 1
    assert "apis/baseten_gateway.json" in result.stderr
    assert "PATCH /v1/gateway/endpoints/{endpoint_id}" in result.stderr
    assert "request.body" in result.stderr


def test_a_client_that_sends_another_name_fails(project: Path, specledger: Run) -> None:
    specledger("generate")
    resource = project / "generated" / "baseten_gateway" / "src" / "baseten_gateway" / "resources" / "endpoints.py"
    _edit(resource, '"slug": slug,', '"slugs": slug,')
    result = specledger("prove", *QUICK)
    assert result.returncode == 1
    assert "resources/endpoints.py" in result.stderr
    assert "request.body.slug" in result.stderr


def test_the_same_seed_gives_the_same_table(project: Path, specledger: Run) -> None:
    specledger("generate")
    first, second = (specledger("prove", "--seed", "7", *QUICK).stdout for _ in range(2))
    assert first == second


def test_an_api_that_nobody_wrote_is_wrong_usage(project: Path, specledger: Run) -> None:
    result = specledger("prove", "nothing")
    assert result.returncode == 2
    assert "choose from: baseten_gateway" in result.stderr
