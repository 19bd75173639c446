"""Where the project is, and how its command is run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, cast

import pytest

ROOT = Path(__file__).resolve().parent.parent

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def root() -> Path:
    """Returns the checkout."""
    return ROOT


@pytest.fixture
def specledger(tmp_path: Path) -> Run:
    """Returns a function that runs the command line in `tmp_path`, or in `cwd`."""

    def run(
        *arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "specledger", *map(str, arguments)],
            cwd=cwd or tmp_path,
            env={**os.environ, "COLUMNS": "120", **(env or {})},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


_CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0") as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@pytest.fixture(scope="session")
def scheduler() -> Iterator[str]:
    """Returns the address of a Dask scheduler with two workers, in processes of their own."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CLUSTER],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield cast(IO[str], process.stdout).readline().strip()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
