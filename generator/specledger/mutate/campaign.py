"""Many mutants over many APIs: chosen, tried side by side, and kept so that an interrupted run goes on."""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from specledger import pages, spec, workers
from specledger.diagnostics import Diagnostic, Failure
from specledger.mutate import operators, verdict, world
from specledger.mutate.mutant import LAYERS, Layer, Mutant
from specledger.mutate.nursery import verdict_of
from specledger.mutate.trial import Case, packed
from specledger.mutate.verdict import Verdict

# The layers whose faults a server has.
SERVED: tuple[Layer, ...] = ("spec", "behavior", "mock")
# How many of them schemathesis with its defaults is given, to compare: each takes it seconds.
BASELINE = 60
# Told how many mutants have a verdict, and how the run stands in words.
Told = Callable[[int, str], None]
# One benign change for so many faults of a sample.
_BENIGN = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """What is tried and how; `sample` is 0 for all. The same settings give the same verdicts on any workers."""

    specs: Path
    layers: tuple[Layer, ...] = LAYERS
    sample: int = 0
    seed: int = 1
    max_examples: int = 100
    jobs: int = 2
    dask: str = ""
    state: Path = Path(".specledger/mutants")
    baseline: bool = False


@dataclass(slots=True)
class Report:
    """The verdicts in the order of the mutants, and the layers that could not be tried, with the reason."""

    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def only(self, *outcomes: str) -> list[Verdict]:
        """Returns the verdicts with one of these outcomes."""
        return [one for one in self.verdicts if one.outcome in outcomes]

    @property
    def faults(self) -> list[Verdict]:
        """Returns the verdicts of all that were to be killed."""
        return [one for one in self.verdicts if one.outcome not in ("quiet", "alarm") and not one.benign]

    @property
    def survivors(self) -> list[Verdict]:
        """Returns the faults that nothing named, those among them at which the gate itself ended."""
        return [one for one in self.faults if one.outcome in ("survived", "broken")]

    @property
    def alarms(self) -> list[Verdict]:
        """Returns the benign changes at which the gate went red, or ended."""
        return [one for one in self.verdicts if one.outcome == "alarm" or (one.benign and one.outcome == "broken")]

    @property
    def holds(self) -> bool:
        """Says whether every fault is killed or proved to be none, and nothing benign alarms."""
        return not self.survivors and not self.alarms


def run(settings: Settings, apis: Sequence[str], told: Told) -> Report:
    """Returns what came of every mutant, or of a sample of them.

    Raises Failure where the specs cannot be loaded, and (exit code 2) where the system cannot fork.
    """
    if not settings.dask and not hasattr(os, "fork"):
        message = "this system cannot fork, and each fault is tried in a child process"
        raise Failure([Diagnostic("mutate", 0, "no-fork", message, "name a Dask scheduler elsewhere with --dask")], 2)
    documents = pages.folder(settings.specs)
    worlds = [world.load(folder, documents) for folder in spec.folders(settings.specs, tuple(apis))]
    everything = [mutant for one in worlds for mutant in operators.mutants(one, settings.layers)]
    if settings.baseline:
        everything = [mutant for mutant in everything if mutant.layer in SERVED and not mutant.benign]
    chosen = sampled(everything, settings.sample, settings.seed) if settings.sample else everything
    files = {one.name: packed(one) for one in worlds}
    kept = Kept(settings)
    found: dict[str, Verdict] = {}
    left: list[Mutant] = []
    for mutant in chosen:
        known = kept.get(mutant, files[mutant.api])
        if known:
            found[mutant.id] = known
        else:
            left.append(mutant)
    cases = [
        Case(mutant, files[mutant.api], settings.seed, settings.max_examples, settings.baseline) for mutant in left
    ]
    for number, one in workers.each(verdict_of, cases, jobs=settings.jobs, dask=settings.dask):
        found[one.id] = one
        kept.add(left[number], files[left[number].api], one)
        wrong = sum(known.outcome in ("survived", "broken", "alarm") for known in found.values())
        told(len(found), f"{wrong} wrong of {len(chosen)}")
    return Report([found[mutant.id] for mutant in chosen], list(_notes(worlds, settings)))


def baseline(settings: Settings, apis: Sequence[str], told: Told) -> Report:
    """Returns what schemathesis with its defaults makes of a sample of the faults that a server can have."""
    return run(replace(settings, baseline=True, layers=SERVED, sample=BASELINE), apis, told)


def layers(names: Sequence[str]) -> tuple[Layer, ...]:
    """Returns the layers of these names, all of them for none."""
    return tuple(layer for layer in LAYERS if layer in names or not names)


def sampled(mutants: Iterable[Mutant], count: int, seed: int) -> list[Mutant]:
    """Returns `count` faults, and some benign changes beside them, spread over layers and operators."""
    everything = list(mutants)
    faults = _spread([one for one in everything if not one.benign], seed)[:count]
    benign = _spread([one for one in everything if one.benign], seed)[: -(-count // _BENIGN)]
    chosen = {one.id for one in (*faults, *benign)}
    return [one for one in everything if one.id in chosen]


def _spread(mutants: list[Mutant], seed: int) -> list[Mutant]:
    """Returns the mutants in an order in which every layer, and in it every operator, has its turn."""
    layers: dict[str, dict[str, list[Mutant]]] = defaultdict(lambda: defaultdict(list))
    for one in sorted(mutants, key=lambda one: _drawn(seed, one.id)):
        layers[one.layer][one.operator].append(one)
    turns = {layer: _turns(list(operators.values())) for layer, operators in sorted(layers.items())}
    return _turns(list(turns.values()))


def _turns(rows: list[list[Mutant]]) -> list[Mutant]:
    longest = max((len(row) for row in rows), default=0)
    return [row[n] for n in range(longest) for row in rows if n < len(row)]


def _drawn(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()


def _notes(worlds: list[world.World], settings: Settings) -> Iterable[str]:
    for one in worlds:
        away = [facts.page.document for facts in one.ledger.facts if one.page_path(facts) not in one.files]
        if away and "page" in settings.layers:
            yield f"{one.name}: {', '.join(away)} is not at hand; name the folder in {pages.VARIABLE}"


class Kept:
    """Verdicts of earlier runs of this tool with these settings, one line each, by mutant and files."""

    def __init__(self, settings: Settings) -> None:
        made_by = hashlib.sha256(
            f"{_tool()} {settings.seed} {settings.max_examples} {settings.baseline}".encode()
        ).hexdigest()[:16]
        self.path = settings.state / f"{made_by}.jsonl"
        self.known: dict[str, Verdict] = {}
        if self.path.is_file():
            for line in self.path.read_text("utf-8").splitlines():
                self._read(line)

    def _read(self, line: str) -> None:
        try:
            row = json.loads(line)
            found = verdict.read(row["verdict"])
        except (ValueError, TypeError, KeyError):
            return  # the last line of a run that was killed while it wrote
        if found:
            self.known[str(row["key"])] = found

    def get(self, mutant: Mutant, files: bytes) -> Verdict | None:
        """Returns the verdict of an earlier run."""
        return self.known.get(_key(mutant, files))

    def add(self, mutant: Mutant, files: bytes, found: Verdict) -> None:
        """Keeps a verdict; one at which the gate itself ended is tried again next time."""
        if found.outcome != "broken":
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({"key": _key(mutant, files), "verdict": found.as_json()}) + "\n")


def _key(mutant: Mutant, files: bytes) -> str:
    return f"{mutant.id}-{hashlib.sha256(files).hexdigest()[:12]}"


def _tool() -> str:
    """Returns a digest of this package."""
    root = Path(verdict.__file__).parent.parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
