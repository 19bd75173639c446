"""The generated clients beside those that people use instead: generated, measured by benchmarks.peers, and told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import specs, table
from benchmarks.clients_rows import ROWS
from benchmarks.commands import ROOT
from benchmarks.rows import Measured
from specledger import spec, yaml12
from specledger.emit import client

ROUNDS = 9
MODELS = 600
PEERS = ROOT / ".venv" / "peers" / "bin" / "python"
PLOT = ROOT / "benchmarks" / "clients.svg"
MARK = "benchmarks"


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


def main(arguments: list[str]) -> None:
    """Prints the table; with `--record` it goes into the README as well, and the plot is drawn."""
    if not PEERS.exists():
        print("the clients are not measured: `make bench` installs what they are measured beside")
        return
    measured = measure(PEERS, ROUNDS)
    table.show(f"clients, medians of {ROUNDS} rounds in turn", ROWS, measured)
    if "--record" in arguments:
        table.record(MARK, ROWS, measured, ROOT / "README.md", PLOT)


if __name__ == "__main__":
    main(sys.argv[1:])
