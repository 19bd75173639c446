"""What git knows: whether the tree is clean, the commits and tags, and files as they were."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from specledger import versions
from specledger.diagnostics import Diagnostic, Failure, shown


@dataclass(frozen=True, slots=True)
class Repository:
    """The git checkout that holds a project."""

    root: Path

    def inside(self, path: Path) -> str:
        """Returns a path as git names it: relative to the checkout. Raises Failure for one outside of it."""
        try:
            return path.resolve().relative_to(self.root).as_posix()
        except ValueError:
            message = f"it lies outside of the checkout {self.root.name}"
            raise Failure([Diagnostic(shown(path), 0, "outside", message, "name a folder inside of it")], 2) from None

    def changed(self, without: Sequence[Path] = ()) -> list[str]:
        """Returns the files that are not as committed, but for byte code and what lies in the folders `without`."""
        left_out = [":(exclude,glob)**/__pycache__/**"] + [
            f":(exclude){path.relative_to(self.root).as_posix()}" for path in without if self._holds(path)
        ]
        said = self._git("status", "--porcelain", "--untracked-files=all", "--", ".", *left_out)
        return [row[3:] for row in said.splitlines()]

    def _holds(self, path: Path) -> bool:
        return path.is_absolute() and path.is_relative_to(self.root) and path != self.root

    def head(self) -> str:
        """Returns the commit that is checked out."""
        return self._git("rev-parse", "HEAD").strip()

    def moment(self, paths: Sequence[str] = (), revision: str = "HEAD") -> int:
        """Returns when the last commit was made that changed one of the paths, in seconds since 1970."""
        said = self._git("log", "-1", "--format=%ct", revision, "--", *paths).strip()
        return int(said or self._git("log", "-1", "--format=%ct", revision).strip())

    def day(self) -> str:
        """Returns the day of the commit that is checked out, in universal time."""
        return datetime.fromtimestamp(self.moment(), UTC).date().isoformat()

    def tags(self, distribution: str) -> dict[str, str]:
        """Returns the versions of a distribution that have a tag, the newest first, each with its tag."""
        found: dict[str, str] = {}
        for tag in self._git("tag", "--list", f"{distribution}-*").splitlines():
            try:
                version = tag.removeprefix(f"{distribution}-")
                versions.key(version)
            except ValueError:
                continue
            found[version] = tag
        return dict(sorted(found.items(), key=lambda row: versions.key(row[0]), reverse=True))

    def tags_here(self) -> set[str]:
        """Returns the tags on the commit that is checked out."""
        return set(self._git("tag", "--points-at", "HEAD").splitlines())

    def tree(self, revision: str, path: str) -> str:
        """Returns the identity of a folder as it was at a revision; empty where it was not there."""
        run = self._run("rev-parse", "--verify", "--quiet", f"{revision}:{path}")
        return run.stdout.decode().strip() if run.returncode == 0 else ""

    def tag(self, name: str) -> None:
        """Puts a tag on the commit that is checked out; a plain one, for which git asks nobody's name or key."""
        self._git("tag", "--no-sign", name)

    def extract(self, revision: str, path: str, to: Path) -> Path:
        """Returns the folder `path` as it was at a revision, laid out below `to`."""
        run = self._run("archive", "--format=tar", revision, "--", path)
        if run.returncode:
            message = f"{path} is not there at {revision}"
            raise Failure([Diagnostic(path, 0, "no-revision", message, "name a revision that holds it")], 2)
        with tarfile.open(fileobj=io.BytesIO(run.stdout)) as archive:
            archive.extractall(to, filter="data")
        return to / path

    def _git(self, *arguments: str) -> str:
        run = self._run(*arguments)
        if run.returncode:
            reason = (run.stderr.decode("utf-8", "replace").strip().splitlines() or ["it failed"])[-1]
            remedy = "mend that, then run the command again"
            raise Failure([Diagnostic(shown(self.root), 0, "git", f"git {arguments[0]}: {reason}", remedy)])
        return run.stdout.decode("utf-8", "surrogateescape")

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["git", "-C", str(self.root), *arguments], capture_output=True, check=False)


def around(path: Path) -> Repository:
    """Returns the checkout that a folder lies in. Raises Failure where there is none, or nothing is committed."""
    try:
        run = subprocess.run(
            ["git", "-C", str(path), "rev-parse", "--show-toplevel", "--verify", "HEAD"], capture_output=True, text=True
        )
    except FileNotFoundError:
        raise Failure([Diagnostic("git", 0, "no-git", "git is not on the PATH", "install git")], 2) from None
    if run.returncode:
        message = "no commit of a git repository holds this folder"
        raise Failure(
            [Diagnostic(shown(path), 0, "no-git", message, "commit the project: git init, git add, git commit")]
        )
    return Repository(Path(run.stdout.splitlines()[0]).resolve())
