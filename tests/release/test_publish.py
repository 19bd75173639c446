"""The whole way against a real index on loopback: release, change, release again, install, and fail where it must."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from specledger.diagnostics import Failure
from specledger.release import build, publish
from specledger.release.index import Index
from specledger.release.repository import Repository
from tests.release.conftest import Project, Shelf, git, rows

# What somebody wrote against 1.0.0.
PROGRAM = """\
from lamps import Lamps

client = Lamps()
lamp = client.lamps.update_lamp("lamp-1", name="desk", colour="red")
print(lamp.name, client.lamps.update_lamp("lamp-1", name="desk").name)
"""


def _environment(folder: Path, shelf: Shelf, version: str) -> Path:
    """Returns the interpreter of an environment with that version, installed from the index."""
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        subprocess.run([*pip, "--python", str(python), "install", "--quiet", "httpx2"], check=True)
    found = [*pip, "--isolated", "--python", str(python), "install", "--quiet", "--no-deps", "--no-cache-dir"]
    subprocess.run([*found, "--index-url", f"{shelf.url}simple/", f"specledger-lamps=={version}"], check=True)
    return python


def _checked(python: Path, program: Path) -> str:
    """Returns what mypy says of a program; nothing for nothing."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", "--no-incremental"]
    run = subprocess.run(
        [*command, "--python-executable", str(python), program.name], cwd=program.parent, capture_output=True, text=True
    )
    assert bool(run.stdout) == bool(run.returncode), run.stdout + run.stderr
    return run.stdout


@pytest.mark.usefixtures("offline")
def test_a_program_keeps_its_types_after_a_compatible_release_and_fails_after_a_breaking_one_as_the_changelog_says(
    project: Project, shelf: Shelf, tmp_path: Path
) -> None:
    assert project.settled().entry.version == "1.0.0"
    (first,) = project.release(shelf.index)
    assert (first.tag, first.tagged) == ("specledger-lamps-1.0.0", True)

    project.edit("        # more", "        watts: { type: integer, examples: [40] }\n        # more")
    assert project.settled().entry.version == "1.1.0"
    project.release(shelf.index)

    project.edit("        colour: { type: string, examples: [red] }\n", "")
    project.edit("# more", "mode: { type: string, examples: [dim] }\n      required: [mode]")
    assert project.settled().entry.version == "2.0.0"
    project.release(shelf.index)

    assert project.tags() == [f"specledger-lamps-{version}" for version in ("1.0.0", "1.1.0", "2.0.0")]
    assert shelf.files() == sorted(
        name
        for version in ("1.0.0", "1.1.0", "2.0.0")
        for name in (f"specledger_lamps-{version}-py3-none-any.whl", f"specledger_lamps-{version}.tar.gz")
    )
    assert project.proved == [["lamps"]] * 3
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    environment = tmp_path / "environment"
    assert _checked(_environment(environment, shelf, "1.0.0"), program) == ""
    assert _checked(_environment(environment, shelf, "1.1.0"), program) == ""
    said = _checked(_environment(environment, shelf, "2.0.0"), program)
    predicted = [row["error"] for row in rows(project.releases) if "error" in row]
    assert any("colour" in one for one in predicted)
    assert any("mode" in one for one in predicted)
    changelog = (project.root / "generated" / "lamps" / "CHANGELOG.md").read_text(encoding="utf-8")
    met = [one for one in predicted if one in said]
    assert [one for one in met if "colour" in one]
    assert [one for one in met if "mode" in one]
    assert all(one in changelog for one in met)


@pytest.mark.usefixtures("untried")
def test_a_run_that_was_stopped_goes_on_and_one_that_is_done_does_nothing(
    project: Project, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.settled()
    upload = Index.upload

    def stopped(self: Index, files: list[Path]) -> None:
        upload(self, files[:1])
        raise KeyboardInterrupt

    monkeypatch.setattr(Index, "upload", stopped)
    with pytest.raises(KeyboardInterrupt):
        project.release(shelf.index)
    assert len(shelf.files()) == 1
    assert project.tags() == []

    monkeypatch.setattr(Index, "upload", upload)
    (again,) = project.release(shelf.index)
    assert again.uploaded == ("specledger_lamps-1.0.0-py3-none-any.whl",)
    assert project.tags() == ["specledger-lamps-1.0.0"]
    sent = [one for one in shelf.asked if one.startswith("POST")]

    (done,) = project.release(shelf.index)
    assert (done.uploaded, done.tagged) == ((), False)
    assert [one for one in shelf.asked if one.startswith("POST")] == sent


@pytest.mark.usefixtures("untried")
def test_a_run_that_was_stopped_before_its_tag_sets_it_and_uploads_nothing_again(
    project: Project, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.settled()

    def stopped(self: Repository, name: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Repository, "tag", stopped)
        with pytest.raises(KeyboardInterrupt):
            project.release(shelf.index)
    assert (len(shelf.files()), project.tags()) == (2, [])
    (again,) = project.release(shelf.index)
    assert (again.uploaded, again.tagged) == ((), True)
    assert project.tags() == ["specledger-lamps-1.0.0"]


@pytest.mark.usefixtures("untried")
def test_a_version_that_the_index_holds_with_other_bytes_is_refused(project: Project, shelf: Shelf) -> None:
    project.settled()
    (shelf.folder / "specledger_lamps-1.0.0-py3-none-any.whl").write_bytes(b"somebody else's")
    assert _refusal(project, shelf.index) == ["version-exists"]
    assert len(shelf.files()) == 1
    assert project.tags() == []


@pytest.mark.usefixtures("untried")
def test_wrong_credentials_leave_neither_a_file_nor_a_tag(
    project: Project, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.settled()
    monkeypatch.setenv("TWINE_PASSWORD", "mistaken")
    with pytest.raises(Failure) as wrong:
        project.release(shelf.index)
    assert [one.code for one in wrong.value.diagnostics] == ["credentials"]
    assert "TWINE_PASSWORD" in str(wrong.value)
    assert "mistaken" not in str(wrong.value)
    monkeypatch.delenv("TWINE_PASSWORD")
    assert _refusal(project, shelf.index) == ["credentials"]
    assert (shelf.files(), project.tags()) == ([], [])


def _refusal(project: Project, index: Index | None) -> list[str]:
    with pytest.raises(Failure) as refused:
        project.release(index)
    assert all(one.remedy for one in refused.value.diagnostics)
    return [one.code for one in refused.value.diagnostics]


def test_an_index_that_cannot_be_reached_is_told_before_anything_is_built(project: Project) -> None:
    project.settled()
    assert _refusal(project, Index("http://127.0.0.1:9/")) == ["index-unreachable"]
    assert project.proved == []
    assert not (project.root / "dist").exists()
    assert project.tags() == []


@pytest.mark.parametrize("url", ["https://me:secret@index.example/", "https://me@index.example/", "index.example"])
def test_an_address_with_a_credential_in_it_and_one_that_is_none_are_wrong_usage(url: str) -> None:
    with pytest.raises(Failure) as refused:
        Index(url).checked()
    assert refused.value.exit_code == 2
    assert "secret" not in str(refused.value)


def test_a_tree_that_is_not_clean_is_refused_by_the_name_of_a_file(project: Project) -> None:
    project.settled()
    (project.root / "specs" / "lamps" / "notes.txt").write_text("new", encoding="utf-8")
    with pytest.raises(Failure, match=r"specs/lamps/notes\.txt is not committed"):
        project.release(None)


def test_a_change_that_releases_yaml_does_not_tell_of_is_refused(project: Project) -> None:
    assert _refusal(project, None) == ["release-untold"]


def test_a_gate_that_is_not_green_is_refused_with_its_first_finding(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    project.settled()
    (project.root / "generated" / "lamps" / "README.md").write_text("edited by hand", encoding="utf-8")
    git(project.root, "commit", "--quiet", "--all", "--message", "An edit.")
    with pytest.raises(Failure, match=r"generated/lamps/README\.md") as refused:
        project.release(None)
    assert [one.code for one in refused.value.diagnostics] == ["unproved"]
    assert not (project.root / "dist").exists()


@pytest.mark.usefixtures("offline")
def test_a_dry_run_leaves_artefacts_but_neither_an_upload_nor_a_tag(project: Project) -> None:
    project.settled()
    (done,) = project.release(None)
    assert not done.tagged
    assert sorted(path.name for path in (project.root / "dist").iterdir()) == [
        "specledger-lamps-1.0.0.cdx.json",
        "specledger-lamps-1.0.0.provenance.json",
        "specledger_lamps-1.0.0-py3-none-any.whl",
        "specledger_lamps-1.0.0.tar.gz",
    ]
    assert project.tags() == []


def test_the_same_commit_gives_the_same_bytes_in_another_folder_and_another_moment_gives_others(
    project: Project, tmp_path: Path
) -> None:
    source = project.root / "generated" / "lamps"
    first = build.build(source, 1_700_000_000, tmp_path / "a")
    second = build.build(source, 1_700_000_000, tmp_path / "elsewhere" / "b")
    later = build.build(source, 1_800_000_000, tmp_path / "c")
    digests = [[build.sha256(path) for path in one.files] for one in (first, second, later)]
    assert digests[0] == digests[1]
    assert set(digests[0]).isdisjoint(digests[2])


def test_builds_that_differ_are_refused(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([1_700_000_000, 1_800_000_000])
    built = build._built
    monkeypatch.setattr(build, "_built", lambda folder, moment, to: built(folder, next(moments), to))
    with pytest.raises(Failure, match="two builds differ"):
        build.build(project.root / "generated" / "lamps", 0, tmp_path / "a")


def test_nothing_is_due_where_nothing_changed_since_the_tag(project: Project) -> None:
    project.settled()
    git(project.root, "tag", "specledger-lamps-1.0.0")
    (project.root / "README.md").write_text("Words.", encoding="utf-8")
    project.commit()
    assert publish._is_due(publish.around(project.root), project.planned(), _settings(project))
    (project.root / "specs" / "lamps" / "behavior.yaml").unlink(missing_ok=True)
    project.edit("info: { title: Lamps", "# a comment\ninfo: { title: Lamps")
    project.commit()
    assert project.planned().level is None
    assert not publish._is_due(publish.around(project.root), project.planned(), _settings(project))


def _settings(project: Project) -> publish.Settings:
    root = project.root
    return publish.Settings(root / "specs", root / "generated", root / "dist", None, 1, 1)


@pytest.mark.usefixtures("untried")
def test_a_forge_releases_only_what_is_tagged_on_its_commit(project: Project, shelf: Shelf) -> None:
    project.settled()
    settings = replace(_settings(project), index=shelf.index, tagged=True)
    with pytest.raises(Failure, match="has its tag here; the tags are none"):
        publish.release(settings, (), lambda step: None)
    git(project.root, "tag", "specledger-lamps-1.0.0")
    (done,) = publish.release(settings, (), lambda step: None)
    assert (len(done.uploaded), done.tagged) == (2, False)
