"""`check`: every witness that needs no running server, over all APIs of a folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from specledger import behavior, ledger, pages, spec, yaml12
from specledger.behavior import Behavior
from specledger.conform import Conformity, conform
from specledger.diagnostics import Diagnostic, Failure, sort
from specledger.ir import Api
from specledger.ledger import Ledger
from specledger.pages import Coverage
from specledger.soundness import behavior as behavior_soundness
from specledger.soundness import package as package_soundness
from specledger.soundness import spec as spec_soundness


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` found out about one API; `api` is None where its files cannot be loaded."""

    name: str
    api: Api | None
    behavior: Behavior
    ledger: Ledger
    conformity: Conformity
    coverage: tuple[Coverage, ...]
    diagnostics: tuple[Diagnostic, ...]

    def summary(self) -> str:
        """Returns one line: facts held, elements backed, how much of each page is accounted for."""
        conformity = self.conformity
        facts = f"facts {conformity.held}/{conformity.facts}, elements backed {conformity.backed}/{conformity.elements}"
        read = [f"{page.document} {page.read}/{page.lines} lines" for page in self.coverage if page.found]
        away = [f"{page.document} is not at hand" for page in self.coverage if not page.found]
        count = len(self.diagnostics)
        findings = f"{count} finding{'' if count == 1 else 's'}" if count else "clean"
        return f"{self.name}: {findings}; {'; '.join([facts, *read, *away])}"


def check(specs: Path, only: Iterable[str] = ()) -> list[Checked]:
    """Checks each API under `specs`: format, soundness, facts × contract in both directions, every line of its pages.

    Raises Failure (exit code 2) where the folder holds no API, or not the one named.
    """
    documents = pages.folder(specs)
    return [_checked(folder, documents) for folder in spec.folders(specs, tuple(only))]


def _checked(folder: Path, documents: Path | None) -> Checked:
    diagnostics: list[Diagnostic] = []
    api: Api | None = None
    acts, known = Behavior(), Ledger()
    try:
        api = spec.load(folder)
    except Failure as failure:
        diagnostics += failure.diagnostics
    try:
        known = ledger.load(folder)
    except Failure as failure:
        diagnostics += failure.diagnostics
    covered = tuple(pages.coverage(facts, documents) for facts in known.facts)
    diagnostics += [found for page in covered for found in page.diagnostics]
    conformity = Conformity(facts=sum(len(facts.rows) for facts in known.facts))
    if api is not None:
        unsound = spec_soundness.findings(api)
        diagnostics += unsound
        try:
            acts = behavior.load(folder, api)
            # Values cannot be held against a schema that is none.
            if not any(found.code == "schema-broken" for found in unsound):
                diagnostics += behavior_soundness.findings(api, acts)
        except Failure as failure:
            diagnostics += failure.diagnostics
        package = yaml12.load(folder / "package.yaml") if (folder / "package.yaml").exists() else None
        diagnostics += package_soundness.findings(api, package) if package else []
        conformity = conform(api, acts, known, package)
        diagnostics += conformity.diagnostics
    return Checked(folder.name, api, acts, known, conformity, covered, sort(diagnostics))
