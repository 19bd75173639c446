"""The last release of a client: its contract and its package, from a tag, a revision, a wheel or an sdist."""

from __future__ import annotations

import json
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from tempfile import TemporaryDirectory

from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.ir import Api
from specledger.release.repository import Repository


@dataclass(frozen=True, slots=True)
class Released:
    """A release laid out in a folder: its version, its openapi.json and the folder that its package lies in."""

    version: str
    contract: Path
    source: Path

    def package(self) -> str:
        """Returns the name of its Python package."""
        return next(path.parent.name for path in sorted(self.source.glob("*/__init__.py")))


@contextmanager
def last(repository: Repository, api: Api, generated: Path, since: str) -> Iterator[Released | None]:
    """Gives the last release of an API's client; None where nothing was released yet.

    `since` names a wheel, an sdist or a git revision; where it is empty, the newest tag counts. Raises Failure where
    releases.yaml tells of a release that has no tag.
    """
    with TemporaryDirectory(prefix="specledger-") as folder:
        to = Path(folder)
        if since.endswith((".whl", ".tar.gz")):
            yield _unpacked(Path(since), to)
            return
        revision = since or _newest(repository, api)
        if not revision:
            yield None
            return
        yield _laid_out(repository.extract(revision, repository.inside(generated / api.name), to))


def _newest(repository: Repository, api: Api) -> str:
    """Returns the tag of the newest release; empty for none."""
    tags = repository.tags(api.package.distribution)
    told = [one.version for one in api.releases if one.version not in tags]
    if len(told) > 1 or (told and told[0] != api.releases[0].version):
        tag = f"{api.package.distribution}-{told[-1]}"
        message = f"releases.yaml tells of {told[-1]}, and there is no tag {tag}"
        remedy = "fetch the tags (git fetch --tags), or name the released package with --since"
        raise Failure([Diagnostic(f"specs/{api.name}/releases.yaml", 0, "no-release", message, remedy)])
    return next(iter(tags.values()), "")


def _unpacked(archive: Path, to: Path) -> Released:
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                wheel.extractall(to)  # noqa: S202  # zipfile leaves out what leads elsewhere
            contract = next(iter(sorted(to.glob("*/openapi.json"))))
            metadata = next(iter(to.glob("*.dist-info/METADATA"))).read_text(encoding="utf-8")
            return Released(str(Parser().parsestr(metadata)["Version"]), contract, to)
        with tarfile.open(archive) as sdist:
            sdist.extractall(to, filter="data")
        return _laid_out(next(path for path in to.iterdir() if path.is_dir()))
    except (OSError, StopIteration, zipfile.BadZipFile, tarfile.TarError, KeyError, ValueError) as error:
        message = f"it is no package of a generated client: {type(error).__name__}"
        remedy = "name a wheel or an sdist that holds an openapi.json"
        raise Failure([Diagnostic(shown(archive), 0, "no-package", message, remedy)], 2) from None


def _laid_out(folder: Path) -> Released:
    """Returns a release whose folder is one of generated/, or an sdist's."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    json.loads((folder / "openapi.json").read_bytes())
    return Released(str(project["version"]), folder / "openapi.json", folder / "src")
