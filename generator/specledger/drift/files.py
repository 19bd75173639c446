"""Files and folders that are either whole or not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from specledger.diagnostics import Diagnostic, Failure, shown


def replace(contents: Mapping[Path, str | bytes]) -> None:
    """Puts new contents in the files' places, each in one step and none before all are written; rights are kept.

    Raises Failure (exit code 2) where it cannot.
    """
    staged: dict[Path, Path] = {}
    path = Path()
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
            staged[path] = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
            if path.exists():
                shutil.copymode(path, name)
        for path, temporary in staged.items():
            temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def create(folder: Path, files: Mapping[str, str]) -> None:
    """Makes a folder with these files in one step. Raises Failure (exit code 2) where it exists or cannot be made."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
        try:
            staging.chmod(0o755)
            for name, text in files.items():
                target = staging / name
                target.parent.mkdir(exist_ok=True)
                target.write_text(text, encoding="utf-8", newline="\n")
            staging.rename(folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(path: Path, error: OSError) -> Failure:
    reason = error.strerror or "cannot be written"
    message = f"cannot write here: {reason}"
    return Failure([Diagnostic(shown(path), 0, "unwritable", message, "mend its rights")], 2)
