"""One mutant against the ordinary gate, up to the first stage that kills it."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specledger import behavior, ledger, pages, spec
from specledger.fuzz import cases
from specledger.fuzz.called.checks import prepared
from specledger.mutate import equal, gates, verdict
from specledger.mutate.gates import Red
from specledger.mutate.mutant import Mutant
from specledger.mutate.verdict import Verdict
from specledger.mutate.world import World

_SHOWN = 400
# The stages that a client is looked at by: no other one can see its faults.
_OF_CLIENT = ("client", "roundtrip")


@dataclass(frozen=True, slots=True)
class Case:
    """A mutant with the files that it changes; it holds all that its verdict depends on."""

    mutant: Mutant
    files: bytes = field(repr=False)
    seed: int
    max_examples: int
    baseline: bool = False


def packed(world: World) -> bytes:
    """Returns the files of a world as a case carries them."""
    return zlib.compress(json.dumps(world.files).encode())


def tried(case: Case, root: Path, kept: Path) -> Verdict:
    """Returns what comes of a mutant, tried in the empty folder `root`.

    `kept` is a folder for what several mutants of one world share: the generated tree that client and mock are taken
    from.
    """
    mutant = case.mutant
    os.environ[pages.VARIABLE] = str(root / gates.DOCUMENTS)
    _lay(case, root, kept)
    if case.baseline:
        return _by_defaults(case, root, kept)
    if reason := _equal_contract(case, kept):
        return verdict.of(mutant, "equivalent", why=reason)
    elsewhere: list[str] = []
    for gate, found in _gates(case, root, kept):
        if not found and gate == "check" and not mutant.benign and (reason := _equal(case, root)):
            return verdict.of(mutant, "equivalent", why=reason)
        if mutant.benign and found:
            return verdict.of(mutant, "alarm", gate=gate, diagnostic=found[0].says[:_SHOWN], why="it means nothing")
        naming = [red for red in found if mutant.named_by(red.operation, red.at)]
        if naming:
            return verdict.of(mutant, "killed", gate=gate, diagnostic=naming[0].says[:_SHOWN])
        elsewhere += [f"{gate}: {red.says}"[:_SHOWN] for red in found[:1]]
    if mutant.benign:
        return verdict.of(mutant, "quiet")
    if not elsewhere and (reason := _equal_contract(case, kept, limits=True)):
        return verdict.of(mutant, "equivalent", why=reason)
    if elsewhere:
        return verdict.of(mutant, "survived", diagnostic=elsewhere[0], why="the gate goes red and does not name it")
    return verdict.of(mutant, "survived", why="no gate goes red")


def prepare(case: Case, kept: Path) -> None:
    """Does what every fault of this API's client or mock needs, so that a child of this process has it."""
    original = _original(case, json.loads(zlib.decompress(case.files)), kept)
    folder = original / gates.SPECS / case.mutant.api
    api = spec.load(folder)
    if case.mutant.layer == "client":
        prepared(api, case.seed)
    else:
        cases.plan(api, behavior.load(folder, api), ledger.load(folder), case.seed)


def _by_defaults(case: Case, root: Path, kept: Path) -> Verdict:
    """Returns what schemathesis with its defaults makes of a faulty server; any new failure is a kill."""
    from specledger.mutate import baseline

    mutant = case.mutant
    original = _original(case, json.loads(zlib.decompress(case.files)), kept)
    if mutant.layer != "mock":
        gates.generate(root, mutant.api)
    found = baseline.more(root, original, mutant.api, case.seed)
    if found:
        return verdict.of(mutant, "killed", gate="schemathesis", diagnostic=found[0])
    return verdict.of(mutant, "survived", gate="schemathesis", why="schemathesis finds nothing new")


def _equal(case: Case, root: Path) -> str:
    """Returns why a spec, or facts, mean what the original means; empty where that is not proved."""
    _write(root / "original", json.loads(zlib.decompress(case.files)))
    here = Path(gates.SPECS, case.mutant.api)
    if case.mutant.layer == "spec":
        return equal.same(root / "original" / here, root / here)
    return equal.same_facts(root / "original" / here, root / here) if case.mutant.layer == "facts" else ""


def _equal_contract(case: Case, kept: Path, *, limits: bool = False) -> str:
    """Returns why a mock's contract means what the original means; empty where that is not proved."""
    changed = next(((name, text) for name, text in case.mutant.edits.items() if name.endswith(".json")), None)
    if case.mutant.layer != "mock" or changed is None:
        return ""
    name, text = changed
    original = _original(case, json.loads(zlib.decompress(case.files)), kept)
    return equal.same_contract((original / name).read_text(encoding="utf-8"), text, limits=limits)


def _lay(case: Case, root: Path, kept: Path) -> None:
    files: dict[str, str] = json.loads(zlib.decompress(case.files))
    if case.mutant.layer in ("client", "mock"):
        original = _original(case, files, kept)
        shutil.copytree(original / gates.GENERATED, root / gates.GENERATED)
    _write(root, {**files, **case.mutant.edits})


def _original(case: Case, files: Mapping[str, str], kept: Path) -> Path:
    """Returns a folder with the world as it is and all that is generated from it."""
    folder = kept / f"{case.mutant.api}-{zlib.crc32(case.files):08x}"
    if not folder.exists():
        fresh = folder.with_suffix(f".{os.getpid()}")
        _write(fresh, files)
        gates.generate(fresh, case.mutant.api)
        fresh.rename(folder)
    return folder


def _generates_same(case: Case, root: Path, kept: Path) -> bool:
    """Says whether every file generated is the original's, and facts claim the same: then nothing is left to run."""
    files: dict[str, str] = json.loads(zlib.decompress(case.files))
    original = _original(case, files, kept)
    here = Path(gates.SPECS, case.mutant.api)
    pairs = [(_read(one / gates.GENERATED), one / here) for one in (original, root)]
    return pairs[0][0] == pairs[1][0] and bool(equal.same_facts(pairs[0][1], pairs[1][1]))


def _read(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))


def _gates(case: Case, root: Path, kept: Path) -> Iterator[tuple[str, list[Red]]]:
    """Yields what each gate that looks at the mutant's layer finds, in the order of their cost."""
    mutant = case.mutant
    if mutant.layer == "page":
        for path in mutant.edits:
            yield "drift", gates.page(root, Path(path).name, mutant.api)
        return
    if mutant.layer in ("facts", "spec", "behavior"):
        found = gates.checked(root, mutant.api)
        yield "check", found
        if found:
            return
        # Before anything is generated, so that no stale file can claim the kill.
        gates.generate(root, mutant.api)
        if mutant.benign and _generates_same(case, root, kept):
            return
    if mutant.layer == "client":
        yield from gates.driven(
            root,
            mutant.api,
            case.seed,
            case.max_examples,
            first=_OF_CLIENT,
            enough=lambda found: mutant.named_by(found.operation, found.at),
            operation=mutant.operation,
        )
        return
    yield from gates.driven(root, mutant.api, case.seed, case.max_examples)
