"""What the next release of a client would be: its version and its entry, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from specledger import ledger, spec, versions, yaml12
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.diff import load
from specledger.diff.compare import compare
from specledger.emit import client
from specledger.ir import Api, Operation, Release, ReleaseChange
from specledger.lower import Lowering
from specledger.release import entries, words
from specledger.release.breaks import Break, compared
from specledger.release.released import Released, last
from specledger.release.repository import Repository, around
from specledger.release.surface import surface
from specledger.release.words import Change
from specledger.versions import LEVELS, Level

RELEASES = "releases.yaml"


@dataclass(frozen=True, slots=True)
class Plan:
    """The next release of one API's client; `level` is None where nothing changed since `before`.

    `lost` are sentences of a person that stand for no change any more.
    """

    api: Api
    path: Path
    before: str
    level: Level | None
    entry: Release
    lost: tuple[ReleaseChange, ...] = ()
    waiting: Release | None = None

    @property
    def is_written(self) -> bool:
        """Says whether releases.yaml tells of this release as it is, whatever its day."""
        return self.waiting is not None and replace(self.waiting, date=self.entry.date) == self.entry

    def releases(self) -> tuple[Release, ...]:
        """Returns all releases with the next one first."""
        return (self.entry, *(self.api.releases[1:] if self.waiting else self.api.releases))


def plan(repository: Repository, folder: Path, generated: Path, since: str = "") -> Plan:
    """Returns the next release of the API in `folder`, by what it says now.

    Raises Failure for a spec that does not load, and where the last release cannot be found.
    """
    api = spec.load(folder)
    files = client.emit(api)
    with last(repository, api, generated, since) as released, TemporaryDirectory(prefix="specledger-") as place:
        now = _lay_out(files, Path(place))
        before = released.version if released else ""
        waiting = next(iter(api.releases[:1]), None)
        if waiting is not None and waiting.version == before:
            waiting = None
        level, rows = _compared(api, folder, released, now) if released else ("compatible", _first(api))
    if not level:
        return Plan(api, folder / RELEASES, before, None, Release(before, repository.day()), waiting=waiting)
    version = versions.following(before, level) if before else api.package.version
    fresh = Release(version, repository.day(), "", tuple(rows))
    entry, lost = entries.merged(fresh, waiting, before)
    _rising(folder, before, entry.version)
    return Plan(api, folder / RELEASES, before, level, entry, lost, waiting)


def write(found: Plan) -> bool:
    """Puts the entry into releases.yaml, and says whether that changed it."""
    if found.level is None or found.is_written:
        return False
    entries.write(found.path, found.releases(), replaces=found.waiting is not None)
    return True


def _rising(folder: Path, before: str, version: str) -> None:
    if before and versions.key(version) <= versions.key(before):
        message = f"{version} would come after {before}"
        remedy = "remove the version that is too low, or name the last release with --since"
        raise Failure([Diagnostic(shown(folder / RELEASES), 0, "version-order", message, remedy)])


def _first(api: Api) -> list[ReleaseChange]:
    calls = ", ".join(f"`client.{one.resource}.{one.name}`" for one in api.operations) or "no operation"
    return [entries.made(ReleaseChange("compatible", f"First release: {calls}.", page=api.address, kind="first"))]


def _lay_out(files: Mapping[str, bytes], to: Path) -> Path:
    for name, content in files.items():
        path = to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return to


def _compared(api: Api, folder: Path, released: Released, now: Path) -> tuple[Level | None, list[ReleaseChange]]:
    """Returns how grave the change since the last release is, None for none, and the rows of the entry."""
    changes = contract_changes(released.contract, now / "openapi.json")
    breaks = _breaks(api, released, now)
    rows = words.rows(changes, breaks, _operations(api, released.contract), _address(api, folder))
    levels: list[Level] = [*(one.level for one in changes), *(one.level for one in breaks)]
    # Semantic versioning: what is marked deprecated makes a minor version.
    levels += ["compatible" for one in changes if one.kind == words.DEPRECATED]
    if levels:
        return max(levels, key=LEVELS.index), rows
    if _is_same(released, now, api.package.import_name):
        return None, []
    text = "Better inside; nothing changes for a program."
    return "docs", [entries.made(ReleaseChange("docs", text, kind="inside"))]


def contract_changes(old: Path, new: Path) -> Sequence[Change]:
    """Returns the changes between two openapi.json."""
    return compare(load.contract(yaml12.load(old)), load.contract(yaml12.load(new)))


def _breaks(api: Api, released: Released, now: Path) -> list[Break]:
    old, new = released.package(), api.package.import_name
    before = {path: replace(one) for path, one in surface(released.source, old).items()}
    found = compared(before, surface(now / "src", new))
    if old == new:
        return found
    text = f"The package is imported as `{new}`, no longer as `{old}`."
    symbol = replace(next(iter(before.values())), path=new, kind="name", name=old)
    error = f'Cannot find implementation or library stub for module named "{old}"'
    return [Break(symbol, "package-renamed", "breaking", text, error), *found]


def _operations(api: Api, before: Path) -> dict[str, Operation]:
    """Returns the operations of both contracts by `METHOD /path`."""
    try:
        old = Lowering(api.name, yaml12.load(before), None).api().operations
    except (Failure, ValueError, KeyError, TypeError, AttributeError):
        old = ()  # an older generator may have let a spec pass; its operations are then called by their paths
    return {one.label: one for one in (*old, *api.operations)}


def _address(api: Api, folder: Path) -> str:
    """Returns the address of the documentation: the spec's, or that of the first page that facts are about."""
    return api.address or next((facts.page.address for facts in ledger.load(folder).facts), "")


def _is_same(released: Released, now: Path, package: str) -> bool:
    """Says whether a program would be given the same code, whatever its version is."""
    there, here = (
        {path.relative_to(root).as_posix(): path for path in root.rglob("*.py")}
        for root in (released.source / package, now / "src" / package)
    )
    return there.keys() == here.keys() and all(
        _without_version(there[name]) == _without_version(here[name]) for name in there
    )


def _without_version(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.lstrip().startswith(("__version__ =", "user_agent="))]


def plans(specs: Path, generated: Path, apis: tuple[str, ...], since: str = "") -> list[Plan]:
    """Returns the next release of each API. Raises Failure (exit code 2) where one package is to serve several."""
    folders = spec.folders(specs, apis)
    if len(folders) > 1 and since.endswith((".whl", ".tar.gz")):
        message = "one package is the last release of one API"
        raise Failure([Diagnostic("--since", 0, "since", message, "name the API")], 2)
    repository = around(specs)
    return [plan(repository, folder, generated, since) for folder in folders]
