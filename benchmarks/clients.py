"""The generated clients beside those that people use instead: generated, measured by benchmarks.peers, and told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks import plot, specs
from benchmarks.commands import ROOT
from benchmarks.rows import ROWS, Row
from specledger import spec, yaml12
from specledger.emit import client

ROUNDS = 9
MODELS = 600
PEERS = ROOT / ".venv" / "peers" / "bin" / "python"
PLOT = ROOT / "benchmarks" / "clients.svg"
BEGIN, END = "<!-- benchmarks -->\n", "<!-- /benchmarks -->\n"
Measured: TypeAlias = dict[str, dict[str, list[float]]]
"""For each measure what each contender took in each round."""


def prepare(folder: Path, models: int = MODELS) -> None:
    """Writes what is measured into a folder: our packages, openapi-python-client's own, and an answer to read."""
    written = {"few_models": specs.one_call(), "many_models": specs.many_models(models)}
    for name, text in written.items():
        source = folder / "specs" / name / "openapi.yaml"
        source.parent.mkdir(parents=True)
        source.write_text(text, encoding="utf-8")
        _ours(folder, source.parent)
    _ours(folder, ROOT / "specs" / "zstack_ai")
    _raw(folder / "raw_few_models", folder / "specs" / "few_models" / "openapi.yaml")
    _raw(folder / "raw_zstack_ai", ROOT / "specs" / "zstack_ai" / "openapi.yaml")
    behaviour: Any = yaml12.load(ROOT / "specs" / "zstack_ai" / "behavior.yaml").value
    inventory = behaviour["resources"]["model_services"]["seed"][0]
    (folder / "answer.json").write_text(json.dumps({"inventory": inventory}), encoding="utf-8")


def _ours(folder: Path, source: Path) -> None:
    for name, content in client.emit(spec.load(source)).items():
        if name.startswith("src/"):
            path = folder / name.removeprefix("src/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _raw(folder: Path, document: Path) -> None:
    tools = Path(sys.executable).parent
    command = [str(tools / "openapi-python-client"), "generate", "--path", str(document), "--meta", "none"]
    path = f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"
    subprocess.run(
        [*command, "--output-path", str(folder)], env={**os.environ, "PATH": path}, capture_output=True, check=True
    )


def measure(python: Path, rounds: int, models: int = MODELS) -> Measured:
    """Returns what benchmarks.peers has measured in another environment."""
    with TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        prepare(folder, models)
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        environment["PYTHONPATH"] = os.pathsep.join([name, str(ROOT)])
        command = [str(python), "-m", "benchmarks.peers", name, str(rounds)]
        told = subprocess.run(command, env=environment, cwd=folder, stdout=subprocess.PIPE, check=True)
        found: Measured = json.loads(told.stdout)
        return found


def figure(row: Row, measured: Measured, contender: str) -> float:
    """Returns the median over the rounds of a contender's ratio to the row's basis, or of what it takes over it."""
    basis, own = measured[row.measure][row.basis], measured[row.measure][contender]
    pairs = zip(own, basis, strict=True)
    return median((x - y) * 1000 for x, y in pairs) if row.over else median(x / y for x, y in pairs)


def _text(row: Row, value: float) -> str:
    return f"{value:.0f} ms" if row.over else f"{value:.2f}x"


def cells(row: Row, measured: Measured) -> tuple[str, str, str, str]:
    """Returns a row of the table: what is measured, the goal, ours, and the peers."""
    ours = figure(row, measured, row.ours)
    peers = ", ".join(f"{name} {_text(row, figure(row, measured, name))}" for name in row.peers)
    reached = "" if row.goal is None or ours <= row.goal else ", not reached"
    goal = "" if row.goal is None else _text(row, row.goal)
    return row.title, goal, _text(row, ours) + reached, peers


def record(measured: Measured, readme: Path, picture: Path) -> None:
    """Puts the table between its marks in the README, and draws the plot."""
    lines = ["| what, beside what | at most | here | others |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(cells(row, measured))} |" for row in ROWS]
    text = readme.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    readme.write_text(head + BEGIN + "\n" + "\n".join(lines) + "\n\n" + END + rest.partition(END)[2], encoding="utf-8")
    bars = [
        (row.title, row.goal, [(name, figure(row, measured, name)) for name in (row.ours, *row.peers)], row.over)
        for row in ROWS
    ]
    picture.write_text(plot.draw(bars), encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Prints the table; with `--record` it goes into the README as well, and the plot is drawn."""
    if not PEERS.exists():
        print("the clients are not measured: `make bench` installs what they are measured beside")
        return
    measured = measure(PEERS, ROUNDS)
    title = f"clients, medians of {ROUNDS} rounds in turn"
    table = Table("what, beside what", "at most", "here", "others", title=title)
    for row in ROWS:
        table.add_row(*map(escape, cells(row, measured)))
    Console().print(table)
    if "--record" in arguments:
        record(measured, ROOT / "README.md", PLOT)


if __name__ == "__main__":
    main(sys.argv[1:])
