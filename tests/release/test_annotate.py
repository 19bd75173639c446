"""Findings for a forge: workflow commands, and SARIF as its schema has it (without its descriptions)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pytest

from specledger.annotate import github, sarif
from specledger.diagnostics import Diagnostic
from tests.release.conftest import SPEC

SCHEMA = json.loads(Path(__file__).with_name("sarif-2.1.0.json").read_text(encoding="utf-8"))
SARIF = jsonschema_rs.Draft4Validator(SCHEMA, validate_formats=True)
Run = Callable[..., "subprocess.CompletedProcess[str]"]

FOUND = [
    Diagnostic("specs/a b/openapi.yaml", 7, "fact-unheld", "100% of\nit: wrong", "mend it", "GET /a", "request.body.x"),
    Diagnostic("specs/a b/openapi.yaml", 9, "fact-unheld", "that too", ""),
    Diagnostic("https://docs.example/page?a=b", 0, "page-changed", "it moved", "read it", page="page.txt:3"),
    Diagnostic("the wheel", 0, "sample-run", "it failed", "look at it"),
]


def test_a_sarif_log_is_what_its_schema_says_and_names_every_place() -> None:
    log = json.loads(sarif(FOUND))
    assert [error.message for error in SARIF.iter_errors(log)] == []
    run = log["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["fact-unheld", "page-changed", "sample-run"]
    first, _, address, _ = run["results"]
    place = first["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("specs/a%20b/openapi.yaml", 7)
    assert run["tool"]["driver"]["rules"][address["ruleIndex"]]["id"] == address["ruleId"] == "page-changed"


def test_the_schema_refuses_a_log_that_is_wrong() -> None:
    log = json.loads(sarif(FOUND))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert not SARIF.is_valid(log)


def test_no_finding_is_a_sarif_log_without_results() -> None:
    log = json.loads(sarif([]))
    assert SARIF.is_valid(log)
    assert log["runs"][0]["results"] == []


def test_a_workflow_command_is_one_line_whatever_the_finding_says() -> None:
    hostile = Diagnostic("a,b:c.yaml", 3, "x", "::error file=z::\r\n::set-output", "50%")
    for one in (*FOUND, hostile):
        assert "\n" not in github(one)
        assert "\r" not in github(one)
    assert github(hostile).startswith("::error file=a%2Cb%3Ac.yaml,line=3,title=x::")
    assert github(hostile).endswith("remedy: 50%25")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Returns a folder with a spec, its next edition and a spec that is wrong."""
    (tmp_path / "specs" / "lamps").mkdir(parents=True)
    wrong = SPEC.replace("example: lamp-1", "example: 1")
    (tmp_path / "specs" / "lamps" / "openapi.yaml").write_text(wrong, encoding="utf-8")
    (tmp_path / "old.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "new.yaml").write_text(SPEC.replace("        colour: { type: string, examples: [red] }\n", ""))
    return tmp_path


@pytest.mark.parametrize(
    "arguments", [("check",), ("prove",), ("diff", "old.yaml", "new.yaml")], ids=lambda one: one[0]
)
def test_a_verb_prints_its_findings_in_both_forms(project: Path, specledger: Run, arguments: tuple[str, ...]) -> None:
    log = json.loads(specledger(*arguments, "--format", "sarif").stdout)
    assert SARIF.is_valid(log)
    results = log["runs"][0]["results"]
    assert results
    lines = specledger(*arguments, "--format", "github").stdout.splitlines()
    assert len(lines) == len(results)
    assert all(line.startswith("::error file=") for line in lines)
    assert any(f"file={name}," in line for name in ("specs/lamps/openapi.yaml", "new.yaml") for line in lines)


def test_clean_findings_print_no_line(project: Path, specledger: Run) -> None:
    result = specledger("diff", "old.yaml", "old.yaml", "--format", "github")
    assert (result.returncode, result.stdout) == (0, "")
