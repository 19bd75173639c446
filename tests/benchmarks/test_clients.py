"""The benchmark of the clients runs and tells what it measured; no figure is asserted that a machine decides."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks import clients, plot, table
from benchmarks.clients_rows import OURS, RAW, ROWS
from benchmarks.rows import Measured, Row

ROOT = Path(__file__).resolve().parent.parent.parent
BEGIN, END = table.marks(clients.MARK)
CALL = Row("a call", "sync", "httpx", OURS, (RAW,), 0.8)
START = Row("a start", "import", "bare Python", OURS, (), 60, "ms")
MEASURED: Measured = {
    "sync": {"httpx": [2.0, 4.0, 10.0], OURS: [1.0, 3.0, 9.0], RAW: [4.0, 4.0, 40.0]},
    "import": {"bare Python": [0.02, 0.03, 0.02], OURS: [0.05, 0.07, 0.12]},
}


def _measured() -> Measured:
    names = {row.measure: set[str]() for row in ROWS}
    for row in ROWS:
        names[row.measure] |= {row.basis, row.ours, *row.peers}
    return {key: {name: [1.0, 1.0] for name in sorted(found)} for key, found in names.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with the packages that are measured, a small one of many models."""
    made = tmp_path_factory.mktemp("measured")
    clients.prepare(made, models=3)
    return made


def _peers(folder: Path, *measures: str) -> Measured:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    command = [sys.executable, "-m", "benchmarks.peers", str(folder), "1", *measures]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: Measured = json.loads(done.stdout)
    return found


def test_what_needs_no_peer_is_measured_in_one_round(folder: Path) -> None:
    found = _peers(folder, "decode", "memory")
    assert {key: set(rows) for key, rows in found.items()} == {"decode": {OURS, RAW}, "memory": {OURS, RAW}}
    assert all(len(figures) == 1 and figures[0] > 0 for rows in found.values() for figures in rows.values())


def test_both_clients_read_all_of_the_answer_that_is_measured(folder: Path) -> None:
    told = "import json, sys; from {0}.models import ModelServiceAnswer as A;"
    told += "d = json.load(open('answer.json')); assert A.from_dict(d).to_dict() == d; print(len(d['inventory']))"
    for package in ("zstack_ai", "raw_zstack_ai"):
        command = [sys.executable, "-c", told.format(package)]
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.strip() > "20") == (0, True), done.stderr


@pytest.mark.skipif(not clients.PEERS.exists(), reason="`make bench` installs the peers")
def test_every_contender_of_the_table_is_measured() -> None:
    found = clients.measure(clients.PEERS, 1, models=3)
    missing = [
        (row.title, name)
        for row in ROWS
        for name in (row.basis, row.ours, *row.peers)
        if name not in found[row.measure]
    ]
    assert missing == []


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    assert CALL.figure(MEASURED, OURS) == 0.75
    assert CALL.cells(MEASURED) == ("a call", "≤ 0.80x", "0.75x", "raw openapi-python-client 2.00x")


def test_a_figure_over_another_is_told_in_milliseconds() -> None:
    assert START.cells(MEASURED) == ("a start", "≤ 60 ms", "40 ms", "")


def test_a_goal_that_is_missed_is_told_so() -> None:
    missed = Row("a call", "sync", "httpx", RAW, (), 0.8)
    assert missed.cells(MEASURED)[2] == "2.00x, not reached"


def test_the_table_goes_between_its_marks_and_again_in_its_place(tmp_path: Path) -> None:
    readme, picture = tmp_path / "README.md", tmp_path / "plot.svg"
    readme.write_text(f"before\n{BEGIN}{END}after\n", encoding="utf-8")
    table.record(clients.MARK, ROWS, _measured(), readme, picture)
    once, drawn = readme.read_text(encoding="utf-8"), picture.read_bytes()
    table.record(clients.MARK, ROWS, _measured(), readme, picture)
    assert (readme.read_text(encoding="utf-8"), picture.read_bytes()) == (once, drawn)
    assert once.startswith("before\n")
    assert once.endswith("after\n")
    assert once.count("\n| ") == len(ROWS) + 1


def test_the_plot_draws_a_bar_for_each_figure_and_a_line_for_each_goal() -> None:
    bars = [("a <call>", 0.8, [("ours", 0.4), ("theirs", 1.6)], "x"), ("a start", None, [("ours", 12.0)], "ms")]
    root = ET.fromstring(plot.draw(bars))  # noqa: S314  # our own text
    rects = [one for one in root if one.tag.endswith("rect")][1:]
    widths = [float(one.attrib["width"]) for one in rects]
    assert widths[1] == pytest.approx(4 * widths[0], abs=0.2)
    assert len([one for one in root if one.tag.endswith("line")]) == 1
    texts = [one.text for one in root if one.tag.endswith("text")]
    assert texts == ["a <call>", "ours", "0.40x", "theirs", "1.60x", "a start", "ours", "12 ms"]


def test_the_plot_and_the_table_that_are_kept_have_every_row() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert re.findall(r"^\| (.*?) \|", table, re.MULTILINE) == ["what, beside what", *(row.title for row in ROWS)]
    texts = [one.text for one in ET.parse(clients.PLOT).getroot()]  # noqa: S314  # our own text
    assert [row.title for row in ROWS if row.title not in texts] == []


def test_every_peer_is_locked_with_its_hash() -> None:
    lock = (ROOT / "benchmarks" / "requirements.lock").read_text(encoding="utf-8")
    blocks = [block for block in re.split(r"\n(?=\S)", lock.strip()) if not block.startswith("#")]
    assert [block for block in blocks if "==" not in block.split()[0] or "--hash=sha256:" not in block] == []
    asked = (ROOT / "benchmarks" / "requirements.in").read_text(encoding="utf-8").splitlines()
    names = {re.split("==", line)[0] for line in asked if line and not line.startswith("#")}
    assert names <= {block.split("==")[0] for block in blocks}
    assert "://" not in lock
