"""Whole commands beside bare Python, in turn, so that a drift of the machine's speed meets both alike."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7
BARE = [sys.executable, "-c", "pass"]
SPECLEDGER = [sys.executable, "-m", "specledger"]
COMMANDS: Sequence[tuple[str, list[str], str]] = (
    ("specledger --help", [*SPECLEDGER, "--help"], "0.2 s over bare Python"),
    ("specledger check", [*SPECLEDGER, "check"], "1 s"),
    ("specledger generate, nothing changed", [*SPECLEDGER, "generate"], "0.5 s"),
)


def seconds(command: Sequence[str]) -> float:
    """Returns the wall-clock seconds of one run. Raises CalledProcessError where it fails."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Prints the median of each command, what it takes over bare Python, and the ratio pair by pair."""
    table = Table("command", "median", "over bare Python", "ratio", "goal", title=f"{RUNS} runs each, in turn")
    for name, command, goal in COMMANDS:
        seconds(command)
        pairs = [(seconds(command), seconds(BARE)) for _ in range(RUNS)]
        median = statistics.median(ours for ours, _ in pairs)
        over = statistics.median(ours - bare for ours, bare in pairs)
        ratio = statistics.median(ours / bare for ours, bare in pairs)
        table.add_row(name, f"{median:.3f} s", f"{over:.3f} s", f"{ratio:.1f}x", goal)
    Console().print(table)
