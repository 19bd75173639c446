"""What is compared: files, folders, git revisions and released packages, read as contracts."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from specledger import yaml12
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.diff.contract import Contract
from specledger.ir import pointer_of
from specledger.yaml12 import Document, Json, Pointer, as_object, descend

_SPEC = "openapi.yaml"
_RELEASED = "openapi.json"
_PACKAGES = (".whl", ".zip", ".tar.gz", ".tgz")

_DATA = frozenset(("example", "examples", "default", "const", "enum", "mapping"))
_NAMES = frozenset(("properties", "patternProperties", "schemas", "$defs", "dependentSchemas"))


def load(word: str, specs: Path) -> dict[str, Contract]:
    """Returns the contracts that a word of the command line names, by API; `""` for one that has no name.

    Raises Failure, exit code 2, where it names nothing that can be read, and exit code 1 where that is no OpenAPI.
    """
    path = Path(word)
    if path.is_dir():
        return _folder(path)
    if path.is_file():
        text = _packed(path) if word.endswith(_PACKAGES) else None
        document = yaml12.load(path) if text is None else yaml12.parse(text, path)
        return {"": contract(document)}
    revision, colon, inside = word.partition(":")
    if _is_revision(revision):
        return _revision(revision, inside) if colon else _revision_folder(revision, specs)
    return {"": contract(_installed(word))}


def contract(document: Document) -> Contract:
    """Returns a document as a contract. Raises Failure where it is none."""
    root = document.value
    version = root.get("openapi") if isinstance(root, dict) else None
    if not isinstance(root, dict) or not isinstance(version, str) or not version.startswith(("3.0", "3.1")):
        remedy = "name a document that begins with openapi: 3.1 or 3.0"
        what = f"this is OpenAPI {version}" if isinstance(version, str) else "this is no OpenAPI document"
        raise Failure([document.diagnostic((), "not-openapi", what, remedy)])
    for name, kind in (("paths", dict), ("components", dict), ("webhooks", dict), ("servers", list)):
        if name in root and not isinstance(root[name], kind):
            remedy = "see the OpenAPI specification"
            raise Failure([document.diagnostic((name,), "openapi-format", f"{name} is not what it must be", remedy)])
    lost = next(_lost(document), None)
    if lost is not None:
        raise Failure([lost])
    return Contract(shown(document.path), root, version.startswith("3.0"))


def _lost(document: Document) -> Iterator[Diagnostic]:
    """Yields references that lead nowhere, or out of the document."""
    for pointer, reference in _references(document.value, (), False):
        if not reference.startswith("#"):
            message, remedy = "leads out of this document", "bundle the document into one file"
        elif reference.startswith("#/") and _is_nothing(document.value, pointer_of(reference)):
            message, remedy = "leads nowhere", "define what it names"
        else:
            continue
        yield document.diagnostic((*pointer, "$ref"), "ref-unknown", f"$ref {reference!r} {message}", remedy)


def _references(value: Json, pointer: Pointer, names: bool) -> Iterator[tuple[Pointer, str]]:
    """Yields each `$ref` outside of data; `names` says that the keys here are names and no keywords."""
    if isinstance(value, list):
        for number, child in enumerate(value):
            yield from _references(child, (*pointer, number), False)
    if not isinstance(value, dict):
        return
    if not names and isinstance(value.get("$ref"), str):
        yield pointer, str(value["$ref"])
    for key, child in value.items():
        if names or key not in _DATA:
            yield from _references(child, (*pointer, key), not names and key in _NAMES)
        elif key == "examples" and isinstance(child, dict):
            yield from (
                ((*pointer, key, one), str(as_object(row)["$ref"])) for one, row in child.items() if _refers(row)
            )


def _refers(row: Json) -> bool:
    return isinstance(row, dict) and isinstance(row.get("$ref"), str)


def _is_nothing(root: Json, pointer: Pointer) -> bool:
    around = descend(root, pointer[:-1])
    if isinstance(around, dict):
        return pointer[-1] not in around
    return descend(root, pointer) is None


def _folder(path: Path) -> dict[str, Contract]:
    single = next((path / name for name in (_SPEC, _RELEASED) if (path / name).is_file()), None)
    if single is not None:
        return {"": contract(yaml12.load(single))}
    found = sorted((one.name, one / name) for one in path.iterdir() for name in (_SPEC, _RELEASED))
    files = {name: file for name, file in found if file.is_file()}
    if not files:
        raise _usage(shown(path), "the folder holds no API", "name a folder of specs, or one API's")
    return {name: contract(yaml12.load(file)) for name, file in files.items()}


def _git(*arguments: str) -> str | None:
    done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _is_revision(word: str) -> bool:
    return (
        bool(word)
        and not word.startswith("-")
        and _git("rev-parse", "--verify", "--quiet", f"{word}^{{commit}}") is not None
    )


def _revision(revision: str, inside: str) -> dict[str, Contract]:
    text = _git("show", f"{revision}:./{inside}")
    if text is None:
        raise _usage(f"{revision}:{inside}", "the revision has no such file", "name a path as that revision has it")
    return {"": contract(yaml12.parse(text, Path(f"{revision}:{inside}")))}


def _revision_folder(revision: str, specs: Path) -> dict[str, Contract]:
    listed = _git("ls-tree", "-r", "--name-only", revision, f"./{specs.as_posix()}/") or ""
    files = [line for line in listed.splitlines() if Path(line).name == _SPEC]
    if not files:
        raise _usage(f"{revision}:{specs}", "the revision has no spec there", "name the folder with --specs")
    return {Path(line).parent.name: _revision(revision, line)[""] for line in files}


def _packed(path: Path) -> str:
    """Returns openapi.json as a wheel or sdist carries it."""
    try:
        raw = path.read_bytes()
        if path.name.endswith((".whl", ".zip")):
            with zipfile.ZipFile(io.BytesIO(raw)) as wheel:
                name = min((one for one in wheel.namelist() if Path(one).name == _RELEASED), default="", key=len)
                return wheel.read(name).decode("utf-8")
        with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
            member = min((one for one in archive if Path(one.name).name == _RELEASED), key=lambda one: len(one.name))
            file = archive.extractfile(member)
            return file.read().decode("utf-8") if file else ""
    except (OSError, KeyError, ValueError, tarfile.TarError, zipfile.BadZipFile):
        raise _usage(shown(path), f"no {_RELEASED} can be read from it", "name a wheel or sdist of a client") from None


def _installed(word: str) -> Document:
    try:
        files = metadata.distribution(word).files or []
    except (metadata.PackageNotFoundError, ValueError):
        remedy = "name a file, a folder, REV:path, REV, a wheel, an sdist or an installed distribution"
        raise _usage(word, "there is no such file, revision or distribution", remedy) from None
    path = next((Path(str(file.locate())) for file in files if file.name == _RELEASED), None)
    if path is None or not path.is_file():
        raise _usage(word, f"the installed distribution carries no {_RELEASED}", "name a release that does")
    return yaml12.load(path)


def _usage(where: str, message: str, remedy: str) -> Failure:
    return Failure([Diagnostic(where, 0, "unreadable", message, remedy)], 2)


def pairs(old: dict[str, Contract], new: dict[str, Contract]) -> Iterator[tuple[str, Contract | None, Contract | None]]:
    """Yields what belongs together: each API with itself, two single ones with each other."""
    if len(old) == len(new) == 1:
        (name, before), (other, after) = next(iter(old.items())), next(iter(new.items()))
        yield other or name, before, after
        return
    for name in sorted({*old, *new}):
        yield name, old.get(name), new.get(name)
