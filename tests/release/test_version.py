"""Which version follows, and what a person's words in releases.yaml become."""

from __future__ import annotations

import pytest

from specledger import versions
from specledger.diagnostics import Failure
from specledger.ir import Release, ReleaseChange
from specledger.release import plan
from specledger.release.annotations import takes
from specledger.release.entries import digest, made, merged
from tests.release.conftest import Project, git, rows


@pytest.mark.parametrize(
    ("version", "level", "next_"),
    [
        ("1.2.3", "breaking", "2.0.0"),
        ("1.2.3", "compatible", "1.3.0"),
        ("1.2.3", "docs", "1.2.4"),
        ("0.2.3", "breaking", "0.3.0"),
        ("0.2.3", "compatible", "0.2.4"),
        ("0.2.3", "docs", "0.2.4"),
        ("2.0.0rc1", "breaking", "2.0.0rc2"),
    ],
)
def test_the_next_version_follows_from_the_level(version: str, level: versions.Level, next_: str) -> None:
    assert versions.following(version, level) == next_
    assert versions.key(next_) > versions.key(version)


@pytest.mark.parametrize(
    ("wide", "narrow", "whether"),
    [
        ("str | int", "str", True),
        ("str", "str | int", False),
        ("float", "int", True),
        ("Literal['a', 'b']", "Literal['a']", True),
        ("Literal['a']", "Literal['a', 'b']", False),
        ("str", "Literal['a']", True),
        ("Sequence[A | B]", "Sequence[A]", True),
        ("Sequence[A]", "Sequence[A | B]", False),
        ("Mapping[str, Any]", "Mapping[str, int]", True),
        ("list[A]", "Sequence[A]", False),
    ],
)
def test_an_annotation_takes_another(wide: str, narrow: str, whether: bool) -> None:
    assert takes(wide, narrow) is whether


def _entry(version: str, *changes: ReleaseChange, note: str = "") -> Release:
    return Release(version, "2026-01-01", note, changes)


def test_the_words_of_a_person_and_a_version_that_a_person_raised_are_kept() -> None:
    fresh = _entry("1.1.0", made(ReleaseChange("compatible", "New.", place="a", kind="added")))
    there = _entry(
        "2.0.0rc1",
        ReleaseChange("compatible", "Said better.", place="a", kind="added", made=digest("Old.")),
        ReleaseChange("docs", "A row of mine."),
        note="Read this.",
    )
    kept, lost = merged(fresh, there, "1.0.0")
    assert [one.text for one in kept.changes] == ["Said better.", "A row of mine."]
    assert (kept.note, kept.version, lost) == ("Read this.", "2.0.0rc1", ())
    assert merged(fresh, kept, "1.0.0")[0] == kept


def test_a_row_that_was_made_is_made_anew_and_an_edited_one_without_its_change_is_shown() -> None:
    was = made(ReleaseChange("compatible", "It was so.", place="a", kind="added"))
    fresh = _entry("1.1.0", made(ReleaseChange("compatible", "It is so.", place="a", kind="added")))
    gone = ReleaseChange("breaking", "Said by me.", place="b", kind="removed", made=digest("b is gone."))
    kept, lost = merged(fresh, _entry("2.0.0", was, gone), "1.0.0")
    assert [one.text for one in kept.changes] == ["It is so.", "Said by me."]
    assert lost == (gone,)
    assert kept.version == "1.1.0"


def test_a_deprecation_makes_a_minor_version_and_words_alone_a_patch(project: Project) -> None:
    project.settled()
    git(project.root, "tag", "specledger-lamps-1.0.0")
    project.edit("operationId: updateLamp", "operationId: updateLamp\n      description: Changes a lamp.")
    found = project.planned()
    assert (found.entry.version, [one.level for one in found.entry.changes]) == ("1.0.1", ["docs"])
    project.edit("colour: { type: string, examples: [red] }", "colour: { type: string, deprecated: true }")
    found = project.planned()
    assert found.entry.version == "1.1.0"
    assert any("`request.body.colour` is deprecated." in one.text for one in found.entry.changes)
    assert all(one.page == "https://lamps.example/docs" for one in found.entry.changes)


def test_a_renamed_schema_breaks_python_alone(project: Project) -> None:
    project.settled()
    git(project.root, "tag", "specledger-lamps-1.0.0")
    text = project.spec.read_text(encoding="utf-8")
    project.spec.write_text(text.replace('schemas/Lamp"', 'schemas/Light"').replace("    Lamp:\n", "    Light:\n"))
    found = project.planned()
    assert found.entry.version == "2.0.0"
    assert 'Module "lamps.models" has no attribute "Lamp"' in [one.error for one in found.entry.changes]


def test_an_entry_is_written_once_above_the_others_and_the_next_run_has_nothing_to_write(project: Project) -> None:
    project.settled()
    git(project.root, "tag", "specledger-lamps-1.0.0")
    project.releases.write_text(project.releases.read_text(encoding="utf-8") + "# the end\n", encoding="utf-8")
    before = project.releases.read_text(encoding="utf-8")
    project.edit("        # more", "        watts: { type: integer }\n        # more")
    assert plan.write(project.planned())
    text = project.releases.read_text(encoding="utf-8")
    assert text.endswith(before.partition("releases:\n")[2])
    assert any("watts" in row["text"] for row in rows(project.releases))
    assert not plan.write(project.planned())
    project.edit("watts", "power")
    assert plan.write(project.planned())
    assert "watts" not in project.releases.read_text(encoding="utf-8")
    assert project.releases.read_text(encoding="utf-8").count("version:") == 2


def test_a_wheel_stands_for_the_last_release_as_its_tag_does(project: Project) -> None:
    project.settled()
    git(project.root, "tag", "specledger-lamps-1.0.0")
    from specledger.release import build

    source = project.root / "generated" / "lamps"
    artefacts = build.build(source, 1_700_000_000, project.root.parent / "built")
    project.edit("        # more", "        watts: { type: integer }\n        # more")
    by_tag = project.planned().entry
    for path in artefacts.files:
        (found,) = plan.plans(project.root / "specs", project.root / "generated", (), str(path))
        assert found.entry == by_tag


def test_a_release_without_its_tag_and_a_release_that_is_out_of_order_are_told(project: Project) -> None:
    project.settled()
    text = project.releases.read_text(encoding="utf-8")
    older = text.partition("releases:\n")[2]
    project.releases.write_text(text.replace("1.0.0", "1.1.0") + older, encoding="utf-8")
    with pytest.raises(Failure, match=r"there is no tag specledger-lamps-1\.0\.0") as missing:
        project.planned()
    assert "git fetch --tags" in str(missing.value)
    project.releases.write_text(text + older.replace("1.0.0", "1.1.0"), encoding="utf-8")
    with pytest.raises(Failure, match="a newer release stands above"):
        project.planned()


def test_a_spec_that_does_not_load_is_told_at_its_line(project: Project) -> None:
    project.edit("openapi: 3.1.1", "openapi: 2.0")
    with pytest.raises(Failure) as wrong:
        project.planned()
    assert [one.code for one in wrong.value.diagnostics] == ["openapi-version"]
