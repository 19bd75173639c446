"""What an sdist and a wheel must hold, and what they must not."""

from __future__ import annotations

import contextlib
import io
import tarfile
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path, PurePosixPath

from specledger.diagnostics import Diagnostic, Failure
from specledger.ir import Package
from specledger.release.build import Artefacts

_UNWANTED = {"tests", "test", "__pycache__", ".git", ".venv", "dist", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
_REMEDY = "mend templates/client/pyproject.toml.jinja, or remove the file from generated/"


def check(artefacts: Artefacts, package: Package) -> None:
    """Raises Failure with everything that is wrong with metadata and contents of both archives."""
    wheel, sdist = _wheel(artefacts.wheel), _sdist(artefacts.sdist)
    found = [*_held(artefacts.wheel.name, wheel, _wanted_in_wheel(package))]
    found += _held(artefacts.sdist.name, sdist, _wanted_in_sdist(package))
    for name, files in ((artefacts.wheel.name, wheel), (artefacts.sdist.name, sdist)):
        found += _strange(name, files)
        metadata = next((text for path, text in files.items() if path.endswith(("/METADATA", "PKG-INFO"))), b"")
        found += _metadata(name, Parser().parsestr(metadata.decode()), package)
    found += _rendered(artefacts)
    if found:
        raise Failure(found)


def _wheel(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _sdist(path: Path) -> dict[str, bytes]:
    """Returns the files of an sdist without the folder that holds them all."""
    found: dict[str, bytes] = {}
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                found[PurePosixPath(member.name).relative_to(PurePosixPath(member.name).parts[0]).as_posix()] = (
                    stream.read()
                )
    return found


def _wanted_in_wheel(package: Package) -> Iterator[str]:
    for name in ("__init__.py", "py.typed", "openapi.json", "models/__init__.py", "_client.py"):
        yield f"{package.import_name}/{name}"
    yield "dist-info/licenses/LICENSE"


def _wanted_in_sdist(package: Package) -> Iterator[str]:
    yield from ("LICENSE", "README.md", "CHANGELOG.md", "openapi.json", "provenance.json", "pyproject.toml")
    yield f"src/{package.import_name}/py.typed"


def _held(name: str, files: dict[str, bytes], wanted: Iterator[str]) -> Iterator[Diagnostic]:
    for one in wanted:
        if not any(path == one or path.endswith(f".{one}") for path in files):
            yield Diagnostic(name, 0, "content-missing", f"{one} is not in it", _REMEDY)


def _strange(name: str, files: dict[str, bytes]) -> Iterator[Diagnostic]:
    for path in files:
        parts = PurePosixPath(path).parts
        if _UNWANTED & set(parts) or parts[-1].startswith(("test_", ".env")) or path.endswith((".pyc", ".pem", ".key")):
            yield Diagnostic(name, 0, "content-strange", f"{path} does not belong in it", _REMEDY)


def _metadata(name: str, found: Message, package: Package) -> Iterator[Diagnostic]:
    wanted = {
        "Name": package.distribution,
        "Version": package.version,
        "License-Expression": "MIT",
        "License-File": "LICENSE",
        "Requires-Python": ">=3.11",
        "Description-Content-Type": "text/markdown",
    }
    for key, value in wanted.items():
        if found[key] != value:
            message = f"{key} is {found[key]!r}, not {value!r}"
            yield Diagnostic(name, 0, "metadata", message, "run specledger generate, and commit what it writes")
    if "Typing :: Typed" not in found.get_all("Classifier", []):
        yield Diagnostic(name, 0, "metadata", "it does not say that it is typed", _REMEDY)


def _rendered(artefacts: Artefacts) -> Iterator[Diagnostic]:
    """Yields what `twine check --strict` finds."""
    from twine.commands.check import check as twine_check

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        failed = twine_check([str(path) for path in artefacts.files], strict=True)
    if failed:
        message = f"twine check: {said.getvalue().strip().splitlines()[-1]}"
        yield Diagnostic(artefacts.wheel.name, 0, "metadata", message, "mend templates/client/README.md.jinja")
