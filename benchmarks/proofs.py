"""Accepted cases a second: the gate with the mock in its process, beside `schemathesis run` over loopback.

And faults killed in a minute of processor, by the gate and by schemathesis with its defaults.

Both draw from the same narrowed spec, with the same settings and seed. Of schemathesis only its own time counts, as
it tells it: neither its start nor its imports.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx2

from benchmarks import table
from benchmarks.commands import ROOT
from benchmarks.rows import Row
from benchmarks.turns import Rounds, in_turn
from specledger import serve, spec
from specledger.fuzz.narrow import narrow
from specledger.fuzz.run import run
from specledger.fuzz.settings import settings
from specledger.fuzz.stages import Trial, trial
from specledger.fuzz.target import reach, within
from specledger.mutate import campaign
from specledger.yaml12 import Json, JsonObject

MARK = "proof benchmarks"
PLOT = ROOT / "benchmarks" / "proofs.svg"
ROUNDS = 5
SAMPLE = 30
EXAMPLES = 100
GOAL = 1.5
OURS, THEIRS = "specledger, in process", "schemathesis run, loopback"
GATE, DEFAULTS = "the gate", "schemathesis with its defaults"
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


def ours(given: Trial) -> float:
    """Returns the accepted cases a second of one run in this process."""
    started = time.perf_counter()
    outcome = run(given.api, given.behavior, given.ledger, given.target, max_examples=EXAMPLES)
    return outcome.accepted / (time.perf_counter() - started)


def theirs(folder: Path, accepted: int) -> float:
    """Returns the accepted cases a second of `schemathesis run`, which accepts as many as in the run that told them."""
    return accepted / _run(folder)


def _run(folder: Path, *arguments: str) -> float:
    """Returns the seconds that schemathesis says it took. Raises CalledProcessError where it finds something."""
    command = [str(SCHEMATHESIS), "--config-file", "schemathesis.toml", "run", "openapi.json", *arguments]
    environment = os.environ | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return float(re.findall(r" in ([0-9.]+)s", done.stdout)[-1])


def accepted(folder: Path) -> int:
    """Returns how many cases schemathesis sends that are answered with success, by its own report."""
    _run(folder, "--report", "ndjson", "--report-ndjson-path", "report.ndjson")
    found = 0
    for line in (folder / "report.ndjson").read_text(encoding="utf-8").splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        answers = [one["response"] for one in recorder.get("interactions", {}).values() if one.get("response")]
        found += sum(200 <= answer["status_code"] < 300 for answer in answers)
    return found


@contextmanager
def laid(given: Trial, url: str) -> Iterator[Path]:
    """Gives a folder with the narrowed spec and the settings that the gate uses, for a mock at a URL."""
    with httpx2.Client(trust_env=False) as client, tempfile.TemporaryDirectory() as name:
        target = reach(url, client)
        base, credential = target.base(given.api), target.credential(given.api, given.behavior)
        found = settings(given.api, given.behavior, base, credential, seed=1, max_examples=EXAMPLES)
        folder = Path(name)
        (folder / "openapi.json").write_text(json.dumps(narrow(given.api, given.behavior, base)), encoding="utf-8")
        (folder / "schemathesis.toml").write_text(toml(found), encoding="utf-8")
        yield folder


def toml(rows: JsonObject, above: str = "") -> str:
    """Returns a table as TOML."""
    lines: list[str] = []
    below: list[str] = []
    for key, value in rows.items():
        name = f"{above}{json.dumps(key)}"
        inner: list[Json] = value if isinstance(value, list) else []
        if isinstance(value, dict):
            below.append(f"[{name}]\n{toml(value, f'{name}.')}")
        elif inner and isinstance(inner[0], dict):
            below += [f"[[{name}]]\n{toml(one, f'{name}.')}" for one in inner if isinstance(one, dict)]
        else:
            lines.append(f"{json.dumps(key)} = {json.dumps(value)}")
    return "\n".join([*lines, *below, ""])


def cases(place: Path) -> Rounds:
    """Returns the accepted cases a second of an API's folder, in rounds, ours and theirs in turn."""
    generated = ROOT / "generated"
    with within(generated) as target, serve.running(generated) as url:
        given = trial(place, generated, target)
        with laid(given, url) as folder:
            return in_turn({OURS: partial(ours, given), THEIRS: partial(theirs, folder, accepted(folder))}, ROUNDS)


def kills(is_baseline: bool) -> float:
    """Returns how many faults of a sample, in the specs, are killed in a minute of all the processors' time."""
    with tempfile.TemporaryDirectory() as name:
        wanted = campaign.Settings(ROOT / "specs", ("spec",), SAMPLE, jobs=1, state=Path(name), baseline=is_baseline)
        before = _spent()
        report = campaign.run(wanted, (), lambda number, words: None)
        return 60 * len(report.only("killed")) / (_spent() - before)


def _spent() -> float:
    """Returns the seconds of processor that this process and those it waited for have had."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main(arguments: list[str]) -> None:
    """Prints the table; with `--record` it goes into the README as well. Named APIs are measured alone, kills aside."""
    names = tuple(name for name in arguments if not name.startswith("--"))
    places = spec.folders(ROOT / "specs", names)
    rows = [
        Row(f"{place.name}, accepted cases a second", place.name, THEIRS, OURS, (), GOAL, least=True)
        for place in places
    ]
    measured = {place.name: cases(place) for place in places}
    if not names:
        rows.append(Row(f"faults killed a minute, of {SAMPLE}", "kills", "", GATE, (DEFAULTS,), None, ""))
        measured["kills"] = {GATE: [kills(False)], DEFAULTS: [kills(True)]}
    table.show(f"proof, beside {THEIRS}, medians of {ROUNDS} rounds in turn", rows, measured)
    if "--record" in arguments and not names:
        table.record(MARK, rows, measured, ROOT / "README.md", PLOT)


if __name__ == "__main__":
    main(sys.argv[1:])
