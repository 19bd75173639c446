"""A small project in a git repository of its own, and a package index on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pypiserver
import pytest

from specledger import write
from specledger.progress import Steps
from specledger.release import plan, publish, trial
from specledger.release.index import Index

# Its bottle leaves an importer behind that has no find_spec, which pytest asks every importer for.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

SPEC = """\
openapi: 3.1.1
info: { title: Lamps, version: 1.0.0 }
externalDocs: { url: https://lamps.example/docs }
servers:
  - url: https://lamps.example
paths:
  /lamps/{lamp_id}:
    patch:
      operationId: updateLamp
      parameters:
        - { name: lamp_id, in: path, required: true, schema: { type: string }, example: lamp-1 }
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: "#/components/schemas/LampUpdate" }
      responses:
        "200":
          description: The lamp.
          content:
            application/json:
              schema: { $ref: "#/components/schemas/Lamp" }
components:
  schemas:
    LampUpdate:
      type: object
      properties:
        name: { type: string, examples: [desk] }
        colour: { type: string, examples: [red] }
        # more
    Lamp:
      type: object
      properties:
        name: { type: string }
        colour: { type: string }
"""

PACKAGE = "class: Lamps\nversion: 1.0.0\n"

NAME = "keeper"
SECRET = "correct"  # noqa: S105  # of an index that lives for one test


def git(folder: Path, *arguments: str) -> str:
    """Runs git, and returns what it says."""
    who = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "init.defaultBranch=main"]
    run = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return run.stdout


@dataclass
class Project:
    """A project with one API; each step is what a person does."""

    root: Path
    proved: list[list[str]] = field(default_factory=list)

    @property
    def spec(self) -> Path:
        """Returns the spec."""
        return self.root / "specs" / "lamps" / "openapi.yaml"

    @property
    def releases(self) -> Path:
        """Returns what tells of the releases."""
        return self.root / "specs" / "lamps" / "releases.yaml"

    def edit(self, old: str, new: str) -> None:
        """Changes the spec."""
        text = self.spec.read_text(encoding="utf-8")
        assert old in text
        self.spec.write_text(text.replace(old, new), encoding="utf-8")

    def planned(self) -> plan.Plan:
        """Returns the next release."""
        (found,) = plan.plans(self.root / "specs", self.root / "generated", ())
        return found

    def commit(self) -> None:
        """Generates and commits everything."""
        write.generate(self.root / "specs", self.root / "generated", Steps())
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "--allow-empty", "--message", "A step.")

    def settled(self) -> plan.Plan:
        """Writes the entry of the next release, and commits it with what is generated."""
        found = self.planned()
        plan.write(found)
        self.commit()
        return found

    def release(self, index: Index | None) -> list[publish.Outcome]:
        """Releases what is due."""
        settings = publish.Settings(
            self.root / "specs", self.root / "generated", self.root / "dist", index, seed=1, max_examples=1
        )
        return publish.release(settings, (), lambda step: None)

    def tags(self) -> list[str]:
        """Returns the tags."""
        return git(self.root, "tag").split()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with the wheels that a client needs, fetched once."""
    folder = tmp_path_factory.mktemp("house")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--only-binary", ":all:"]
    subprocess.run([*pip, "--dest", str(folder), f"httpx2=={version('httpx2')}"], check=True)
    return folder


@pytest.fixture
def offline(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets pip take what a client needs from that folder."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(house))


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the wheel as tried, where a test is about what comes afterwards."""
    monkeypatch.setattr(trial, "install", lambda wheel, to: trial.Environment(to, {}))
    for name in ("check", "run"):
        monkeypatch.setattr(trial, name, lambda environment, program: None)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Returns a project whose first release is 1.0.0; its gate is taken as green, and told whom it was asked about."""
    root = tmp_path / "project"
    (root / "specs" / "lamps").mkdir(parents=True)
    (root / "specs" / "lamps" / "openapi.yaml").write_text(SPEC, encoding="utf-8")
    (root / "specs" / "lamps" / "package.yaml").write_text(PACKAGE, encoding="utf-8")
    git(root, "init", "--quiet")
    made = Project(root)
    monkeypatch.setattr(publish, "_prove", lambda settings, names: made.proved.append(list(names)))
    made.commit()
    return made


class _Each(ThreadingMixIn, WSGIServer):
    """Takes each connection in a thread of its own, so that one that says nothing keeps nobody waiting."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 30

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as in the class above
        """Says nothing."""


@dataclass
class Shelf:
    """An index that runs, the folder of its files, and the requests that it was sent."""

    url: str
    folder: Path
    asked: list[str]

    @property
    def index(self) -> Index:
        """Returns how a release names it."""
        return Index(self.url)

    def files(self) -> list[str]:
        """Returns the names of the files that it holds."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """Returns a package index on loopback whose uploads need the credentials in the environment."""
    monkeypatch.setenv("TWINE_USERNAME", NAME)
    monkeypatch.setenv("TWINE_PASSWORD", SECRET)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    folder = tmp_path / "shelf"
    folder.mkdir()
    asked: list[str] = []
    application: Callable[..., object] = pypiserver.app(
        roots=[folder],
        authenticate=["update"],
        auther=lambda name, secret: (name, secret) == (NAME, SECRET),
        disable_fallback=True,
        password_file=None,
    )

    def told(environ: dict[str, str], start: Callable[..., object]) -> object:
        asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        return application(environ, start)

    server = make_server("127.0.0.1", 0, told, _Each, _Quiet)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Shelf(f"http://127.0.0.1:{server.server_port}/", folder, asked)
    server.shutdown()
    server.server_close()
    thread.join()


def rows(releases: Path) -> list[dict[str, str]]:
    """Returns the rows of the newest entry."""
    from specledger import yaml12

    document = yaml12.load(releases)
    found: list[dict[str, str]] = json.loads(json.dumps(document.value))["releases"][0]["changes"]
    return found
