"""The only module that writes generated/: writing and comparing are one walk over the same files."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from specledger import __version__, behavior, ledger, spec
from specledger.behavior import Behavior
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.ir import Api
from specledger.ledger import Ledger
from specledger.progress import Steps

PROVENANCE = "provenance.json"
MOCK = "mock_server"
TOOLS = ("openapi-python-client", "datamodel-code-generator", "jinja2", "ruff")
_EMITTING = (
    *("emit", "templates", "runtime", "behavior.py", "ir.py", "lower.py", "names.py", "places.py", "spec.py"),
    *("write.py", "yaml12.py"),
)
_IGNORED = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", "dist"}
_EXCHANGE = 2
_HERE = -100


@dataclass(frozen=True, slots=True)
class Target:
    """One distribution under generated/: what it is made of, and the digests that say whether it is up to date."""

    name: str
    inputs: Mapping[str, str]
    pages: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """One API with everything that generation needs."""

    folder: Path
    api: Api
    behavior: Behavior
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `generate` did: names of the distributions written, and those left as they were."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]


def generate(specs: Path, out: Path, steps: Steps) -> Outcome:
    """Writes every distribution whose inputs or files changed; a run that is interrupted leaves the old tree.

    Raises Failure for a spec that cannot be used and for a folder that cannot be written.
    """
    with steps.step("load the specs"):
        loaded = load(specs)
    with steps.step("compare with what is there"):
        _recover(out)
        targets = _targets(loaded)
        stale = [target for target in targets if not _current(out / target.name, target)]
    strangers = _strangers(out, targets)
    if not stale and not strangers:
        return Outcome((), tuple(target.name for target in targets))
    trees = {target.name: _files(target, loaded, steps) for target in stale}
    with steps.step("write"):
        _swap(out, trees, [path.name for path in strangers])
    return Outcome(tuple(trees), tuple(target.name for target in targets if target.name not in trees))


def compare(specs: Path, out: Path, steps: Steps) -> list[Diagnostic]:
    """Generates everything anew, in memory, and returns a diagnostic for each file that differs from the disk."""
    with steps.step("load the specs"):
        loaded = load(specs)
    targets = _targets(loaded)
    found: list[Diagnostic] = []
    for target in targets:
        fresh = _files(target, loaded, steps)
        there = _read(out / target.name)
        for path in sorted({*fresh, *there}):
            if fresh.get(path) != there.get(path):
                found.append(_difference(out / target.name / path, fresh.get(path), there.get(path)))
    return found + [
        Diagnostic(shown(folder), 0, "generated-extra", "no spec makes this folder", _REMEDY)
        for folder in _strangers(out, targets)
    ]


_REMEDY = "run specledger generate; a need goes into the spec, a template or the runtime"


def load(specs: Path) -> list[Loaded]:
    """Returns every API under `specs`, loaded. Raises Failure with the diagnostics of all that cannot be."""
    loaded: list[Loaded] = []
    wrong: list[Diagnostic] = []
    for folder in spec.folders(specs):
        if folder.name == MOCK:
            message = f"an API cannot be called {MOCK}; the mock server's distribution is"
            wrong.append(Diagnostic(shown(folder), 0, "api-name", message, "rename the folder"))
            continue
        try:
            api = spec.load(folder)
            loaded.append(Loaded(folder, api, behavior.load(folder, api), ledger.load(folder)))
        except Failure as failure:
            wrong += failure.diagnostics
    if wrong:
        raise Failure(wrong)
    return loaded


def _targets(loaded: list[Loaded]) -> list[Target]:
    generator = {"generator": _generator()} | {f"tool {name}": version(name) for name in TOOLS}
    targets = []
    everything: dict[str, str] = {}
    for one in loaded:
        inputs = {
            f"specs/{one.folder.name}/{path.relative_to(one.folder).as_posix()}": _digest(path.read_bytes())
            for path in sorted(one.folder.rglob("*.yaml"))
        }
        everything |= {path: digest for path, digest in inputs.items() if "/facts/" not in path}
        pages = tuple(
            {"address": facts.page.address, "document": facts.page.document, "sha256": facts.page.sha256}
            for facts in one.ledger.facts
        )
        targets.append(Target(one.folder.name, generator | inputs, pages))
    return [*targets, Target(MOCK, generator | everything, ())]


def _generator() -> str:
    """Returns a digest of everything in this package that can change what is emitted."""
    here = Path(__file__).parent
    digest = hashlib.sha256(__version__.encode())
    for path in sorted(path for name in _EMITTING for path in [here / name, *(here / name).rglob("*")]):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(here).as_posix()
            digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _current(folder: Path, target: Target) -> bool:
    """Says whether a distribution on disk was made of these inputs and is as it was made."""
    try:
        record = json.loads((folder / PROVENANCE).read_bytes())
    except (OSError, ValueError):
        return False
    if not isinstance(record, dict) or record.get("inputs") != dict(target.inputs):
        return False
    there = {path: _digest(content) for path, content in _read(folder).items() if path != PROVENANCE}
    return bool(record.get("files") == there)


def _files(target: Target, loaded: list[Loaded], steps: Steps) -> dict[str, bytes]:
    """Returns all files of one distribution, its provenance included."""
    from specledger.emit import client, mock

    with steps.step(f"emit {target.name}"):
        if target.name == MOCK:
            files = dict(mock.emit([(one.api, one.behavior) for one in loaded]))
        else:
            one = next(one for one in loaded if one.folder.name == target.name)
            files = dict(client.emit(one.api))
    record = {
        "specledger": __version__,
        "pages": list(target.pages),
        "inputs": dict(target.inputs),
        "files": {path: _digest(content) for path, content in sorted(files.items())},
    }
    files[PROVENANCE] = (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode()
    return files


def _read(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for root, directories, names in os.walk(folder):
        directories[:] = sorted(name for name in directories if name not in _IGNORED)
        for name in names:
            path = Path(root) / name
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def _strangers(out: Path, targets: list[Target]) -> list[Path]:
    """Returns distributions that were generated once and that no spec makes any more."""
    names = {target.name for target in targets}
    found = sorted(out.iterdir()) if out.is_dir() else []
    return [path for path in found if path.name not in names and (path / PROVENANCE).is_file()]


def _difference(path: Path, fresh: bytes | None, there: bytes | None) -> Diagnostic:
    if fresh is None:
        return Diagnostic(shown(path), 0, "generated-extra", "nothing generates this file", _REMEDY)
    if there is None:
        return Diagnostic(shown(path), 0, "generated-missing", "the file is missing", _REMEDY)
    rows = zip(fresh.split(b"\n"), there.split(b"\n"), strict=False)
    line = next((n for n, (new, old) in enumerate(rows, 1) if new != old), fresh.count(b"\n"))
    return Diagnostic(shown(path), line, "generated-differs", "the file is not what its inputs make", _REMEDY)


def _swap(out: Path, trees: Mapping[str, Mapping[str, bytes]], gone: list[str]) -> None:
    """Puts whole folders in place of the old ones, once every one of them is written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=out))
    except OSError as error:
        raise _unwritable(out, error) from None
    try:
        for name, files in trees.items():
            for path, content in files.items():
                target = staging / name / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        with _undisturbed():
            for name in trees:
                _exchange(staging / name, out / name)
            for name in gone:
                (out / name).rename(staging / name)
    except OSError as error:
        raise _unwritable(out, error) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _unwritable(out: Path, error: OSError) -> Failure:
    reason = error.strerror or "cannot be written"
    message = f"cannot write here: {reason}"
    return Failure([Diagnostic(shown(out), 0, "unwritable", message, "mend its rights, or choose another with --out")])


def _exchange(fresh: Path, place: Path) -> None:
    """Puts `fresh` at `place` in one step of the file system where it has one; what was there goes to `fresh`."""
    if not place.exists():
        fresh.rename(place)
        return
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        exchange = getattr(libc, "renameat2", None)
        if exchange and exchange(_HERE, os.fsencode(fresh), _HERE, os.fsencode(place), _EXCHANGE) == 0:
            return
    aside = fresh.with_name(f"{fresh.name}.old")
    place.rename(aside)
    fresh.rename(place)


def _recover(out: Path) -> None:
    """Removes what an earlier run that was killed left behind, and puts back what it had set aside."""
    if not out.is_dir():
        return
    for staging in out.glob(".staging-*"):
        for aside in staging.glob("*.old"):
            place = out / aside.name.removesuffix(".old")
            if not place.exists():
                aside.rename(place)
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Holds back SIGINT and SIGTERM, so that an interrupt does not fall between two folders."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
