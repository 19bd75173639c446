"""`release`: nothing leaves before everything is proved, built, tried and compared with what the index holds."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from specledger import behavior, serve, spec
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.ir import Api
from specledger.prove import gate
from specledger.release import build, contents, record, trial
from specledger.release.build import Artefacts
from specledger.release.index import Index
from specledger.release.plan import Plan, plans
from specledger.release.repository import Repository, around

Told = Callable[[str], None]
_KEPT = ".specledger"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are; without an index nothing is uploaded and nothing tagged.

    `tagged` takes only those whose version has its tag on the commit that is checked out, as a forge does.
    """

    specs: Path
    generated: Path
    out: Path
    index: Index | None
    seed: int
    max_examples: int
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that may be released, and its artefacts in the folder `out`."""

    api: Api
    artefacts: Artefacts
    tag: str
    is_tagged: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `release` did with one version: what it uploaded now, and whether it set the tag."""

    tag: str
    files: tuple[Path, ...]
    uploaded: tuple[str, ...]
    tagged: bool


def release(settings: Settings, apis: tuple[str, ...], told: Told) -> list[Outcome]:
    """Builds, tries, uploads and tags what is to be released; what an earlier run has done is not done again.

    Raises Failure, before anything is uploaded, for a tree that is not clean, a gate that is not green, a version
    that releases.yaml does not tell of, an index that cannot be reached or holds other bytes.
    """
    repository = around(settings.specs)
    _clean(repository, settings)
    apis = _tagged(repository, settings, apis) if settings.tagged else apis
    pending = [one for one in plans(settings.specs, settings.generated, apis) if _is_due(repository, one, settings)]
    if not pending:
        return []
    for one in pending if settings.index else ():
        told(f"{one.api.package.distribution}: asking the index")
        if settings.index:
            settings.index.missing(one.api.package.distribution, [])
    told("prove")
    _prove(settings, [one.api.name for one in pending])
    candidates = _candidates(repository, settings, pending, told)
    if settings.index is None:
        return [Outcome(one.tag, one.artefacts.files, (), False) for one in candidates]
    waiting = [(one, settings.index.missing(one.api.package.distribution, one.artefacts.files)) for one in candidates]
    return [_published(repository, settings.index, one, missing, told) for one, missing in waiting]


def _clean(repository: Repository, settings: Settings) -> None:
    kept = [settings.out.resolve(), repository.root / _KEPT, Path.cwd() / _KEPT]
    changed = repository.changed(kept)
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        message = f"{changed[0]}{more} {'is' if len(changed) == 1 else 'are'} not committed"
        raise Failure(
            [Diagnostic(shown(repository.root), 0, "dirty-tree", message, "commit or remove it, then release")]
        )


def _tagged(repository: Repository, settings: Settings, apis: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the APIs whose version has its tag here. Raises Failure where there are none."""
    here = repository.tags_here()
    packages = {folder.name: spec.load(folder).package for folder in spec.folders(settings.specs, apis)}
    found = tuple(name for name, one in packages.items() if f"{one.distribution}-{one.version}" in here)
    if not found:
        message = f"no version that is told of has its tag here; the tags are {', '.join(sorted(here)) or 'none'}"
        remedy = "put the tag <distribution>-<version> on the commit whose releases.yaml tells of it"
        raise Failure([Diagnostic(shown(settings.specs), 0, "no-tag", message, remedy)])
    return found


def _is_due(repository: Repository, plan: Plan, settings: Settings) -> bool:
    """Says whether a version is to be released: it has no tag, or its tag is what is checked out.

    Raises Failure for one that releases.yaml does not tell of.
    """
    if plan.level is None:
        folder = repository.inside(settings.generated / plan.api.name)
        tag = f"{plan.api.package.distribution}-{plan.before}"
        is_here = plan.before in repository.tags(plan.api.package.distribution)
        return is_here and repository.tree(tag, folder) == repository.tree("HEAD", folder)
    if not plan.is_written:
        message = f"{plan.entry.version} follows from what changed, and the file does not tell of it"
        remedy = f"specledger version {plan.api.name} --write, specledger generate, then commit"
        raise Failure([Diagnostic(shown(plan.path), 0, "release-untold", message, remedy)])
    return True


def _prove(settings: Settings, names: Sequence[str]) -> None:
    gates = gate.Settings(settings.specs.resolve(), settings.generated.resolve(), settings.seed, settings.max_examples)
    verdicts, tree = gate.prove(gates, names, 2, lambda name, seconds: None)
    found = [*tree, *(one for verdict in verdicts for one in verdict.diagnostics)]
    if found:
        first = f"{found[0].file}: {found[0].message[:200]}"
        message = f"prove has {len(found)} finding{'' if len(found) == 1 else 's'}; the first: {first}"
        raise Failure(
            [Diagnostic(shown(settings.specs), 0, "unproved", message, "run specledger prove, and mend them")]
        )


def _candidates(repository: Repository, settings: Settings, pending: Sequence[Plan], told: Told) -> list[Candidate]:
    """Returns what was built and tried of each version, laid into the folder `out` once all of it is good."""
    with TemporaryDirectory(prefix="specledger-") as place, serve.running(settings.generated) as mock:
        root = Path(place)
        staged = root / "staged"
        staged.mkdir()
        candidates = [_candidate(repository, settings, one, mock, root, staged, told) for one in pending]
        settings.out.mkdir(parents=True, exist_ok=True)
        for path in sorted(staged.iterdir()):
            shutil.copy2(path, settings.out / path.name)
    return [replace(one, artefacts=_moved(one.artefacts, settings.out)) for one in candidates]


def _moved(artefacts: Artefacts, to: Path) -> Artefacts:
    return Artefacts(*(to / path.name for path in artefacts.files))


def _candidate(
    repository: Repository, settings: Settings, plan: Plan, mock: str, root: Path, staged: Path, told: Told
) -> Candidate:
    package = plan.api.package
    folder = repository.inside(settings.generated / plan.api.name)
    moment = repository.moment([folder])
    told(f"{package.distribution} {package.version}: build")
    source = repository.extract("HEAD", folder, root / f"tree-{plan.api.name}")
    artefacts = build.build(source, moment, root / f"build-{plan.api.name}")
    contents.check(artefacts, package)
    told(f"{package.distribution} {package.version}: try the wheel")
    environment = trial.install(artefacts.wheel, root / f"environment-{plan.api.name}")
    program = root / f"sample_{plan.api.name}.py"
    identities = behavior.load(settings.specs / plan.api.name, plan.api).identities
    credential = identities[0].credential if identities else trial.NOBODY
    readme = (source / "README.md").read_text(encoding="utf-8")
    program.write_text(trial.sample(plan.api, readme, mock, credential), encoding="utf-8")
    trial.check(environment, program)
    trial.run(environment, program)
    needs = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    tag = f"{package.distribution}-{package.version}"
    texts = {
        f"{tag}.cdx.json": record.sbom(artefacts, package, environment.installed, needs, moment),
        f"{tag}.provenance.json": record.provenance(source / "provenance.json", artefacts, repository.head(), moment),
    }
    for path in artefacts.files:
        shutil.copy2(path, staged / path.name)
    for name, text in texts.items():
        (staged / name).write_text(text, encoding="utf-8", newline="\n")
    return Candidate(plan.api, artefacts, tag, package.version in repository.tags(package.distribution))


def _published(
    repository: Repository, index: Index, candidate: Candidate, missing: Sequence[Path], told: Told
) -> Outcome:
    """Uploads what the index does not hold, then sets the tag: a tag says that a release is whole."""
    if missing:
        told(f"{candidate.tag}: upload {', '.join(path.name for path in missing)}")
        index.upload(missing)
    if not candidate.is_tagged:
        repository.tag(candidate.tag)
    uploaded = tuple(path.name for path in missing)
    return Outcome(candidate.tag, candidate.artefacts.files, uploaded, not candidate.is_tagged)
