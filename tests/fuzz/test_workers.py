"""The workers of a cluster that runs already find what one process finds, in as many cases."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

SPECS = Path(__file__).parent / "specs"
Command = Callable[..., subprocess.CompletedProcess[str]]


def test_fuzz_on_a_cluster_says_what_it_says_with_one_job(
    specledger: Command, scheduler: str, generated: Path, tmp_path: Path
) -> None:
    tree = tmp_path / "generated"
    shutil.copytree(generated, tree)
    contract = tree / "mock_server" / "src" / "specledger_mock" / "apis" / "depot.json"
    text = contract.read_text()
    assert '"effect": "merge"' in text
    contract.write_text(text.replace('"effect": "merge"', '"effect": "replace"'))

    def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
        """Returns what the command said, each time with nothing kept from before."""
        where = (f"--specs={SPECS}", f"--generated={tree}", f"--cases={tmp_path / 'cases'}")
        done = specledger("fuzz", "depot", *where, "--max-examples=2", *arguments)
        shutil.rmtree(tmp_path / "cases")
        return done

    alone, spread = fuzz("--jobs=1"), fuzz(f"--dask={scheduler}")
    assert alone.returncode == spread.returncode == 1
    assert "PATCH /shelves/{shelf}/boxes/{box}" in alone.stdout + alone.stderr
    assert (spread.stdout, spread.stderr) == (alone.stdout, alone.stderr)
