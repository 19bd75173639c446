"""The real pages, where they are at hand: unchanged they are no drift, and accepting them leaves the rows alone."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from specledger import pages, yaml12
from specledger.drift import accept, compare
from specledger.yaml12 import Json, JsonObject, as_object

ROOT = Path(__file__).resolve().parents[2]
FOLDER = pages.folder(ROOT / "specs")
PAGES = sorted(FOLDER.iterdir()) if FOLDER else []
pytestmark = pytest.mark.skipif(not PAGES, reason="the pages are not at hand")


def _rows(specs: Path) -> dict[str, JsonObject]:
    """Returns what every facts file says beside its lines, its digest and the reader's draft."""
    found: dict[str, JsonObject] = {}
    for path in sorted(specs.glob("*/facts/*.yaml")):
        value = as_object(yaml12.load(path).value)
        rows: list[Json] = [
            {key: said for key, said in row.items() if key not in ("lines", "also")}
            for row in yaml12.as_rows(value["facts"])
        ]
        found[path.name] = {"operation": value["operation"], "facts": rows}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_an_unchanged_page_is_no_drift_whether_its_digest_is_known_or_its_rows_are_compared(
    page: Path, tmp_path: Path
) -> None:
    assert not compare.drift(str(page), ROOT / "specs").drifted
    copy = tmp_path / page.name
    copy.write_bytes(page.read_bytes() + b"\n\n")
    drift = compare.drift(str(copy), ROOT / "specs")
    # Where the reader has learned to read more, `specledger accept` of the page brings `drafted` up to date.
    assert [change.difference for one in drift.operations for change in one.changes] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_whose_lines_moved_is_no_drift_and_accepting_it_keeps_every_row(page: Path, tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    shutil.copytree(ROOT / "specs", specs)
    before = _rows(specs)
    accept.accept(compare.drift(str(page), specs))
    copy = tmp_path / page.name
    copy.write_bytes(b"\n\n" + page.read_bytes() + b"\n\n")
    drift = compare.drift(str(copy), specs)
    assert [change.difference for one in drift.operations for change in one.changes] == []
    assert [one.written for one in accept.accept(drift)] == [True]
    assert _rows(specs) == before


def test_a_changed_page_is_told_to_a_forge_in_both_forms(
    specledger: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    page = next(page for page in PAGES if page.name == "novita-update-endpoint.md")
    copy = tmp_path / page.name
    text = page.read_text(encoding="utf-8")
    assert text.count("2047") == 1
    copy.write_text(text.replace("2047", "4095"), encoding="utf-8")
    arguments = ("drift", copy, "--specs", ROOT / "specs", "--format")
    log, lines = (specledger(*arguments, form) for form in ("sarif", "github"))
    assert log.returncode == lines.returncode == 1
    (result,) = json.loads(log.stdout)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("specs/novita_gpu/openapi.yaml")
    (line,) = lines.stdout.splitlines()
    assert line.startswith("::error file=")
    assert f"line={place['region']['startLine']}," in line
