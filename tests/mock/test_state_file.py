"""What a state writes into its file and reads from it, without a server."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from specledger.runtime.mock import store as storing
from specledger.runtime.mock.json_text import JsonObject
from specledger.runtime.mock.state import Collection, State
from specledger.runtime.mock.state_file import Key, StateFile
from specledger.runtime.mock.store import Store


def collection(name: str, *seed: JsonObject) -> Collection:
    return Collection(name, "id", "", ("name",), (), (), seed)


def stored(path: Path, api: str, *collections: Collection) -> dict[str, list[str]]:
    """Returns what a state that is read from a file holds, in its order."""
    with contextlib.closing(Store(path)) as store:
        state = State(api, collections, store)
        return {name: list(found.objects) for name, found in state.collections.items()}


def test_objects_come_back_in_their_order_and_removed_ones_do_not(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with contextlib.closing(Store(path)) as store:
        pets = collection("pets", {"id": "a", "name": "x"}, {"id": "b"}, {"id": "c"})
        state = State("api", [pets], store)
        state.commit(pets, "d", {"id": "d"})
        store.flush()
        state.commit(pets, "a", {"id": "a", "name": "y"})
        state.commit(pets, "b", None)
        state.commit(pets, "c", None)
        state.commit(pets, "c", {"id": "c"})
        state.commit(pets, "é\0/", {"id": "é\0/"})
        assert list(pets.objects) == ["a", "d", "c", "é\0/"]
    assert stored(path, "api", collection("pets")) == {"pets": ["a", "d", "c", "é\0/"]}
    with contextlib.closing(Store(path)) as store:
        pets = collection("pets", {"id": "a"}, {"id": "b"}, {"id": "c"})
        state = State("api", [pets], store)
        state.reset()
    assert stored(path, "api", collection("pets")) == {"pets": ["a", "b", "c"]}


def test_a_collection_that_was_emptied_stays_so_and_one_that_is_new_is_seeded(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with contextlib.closing(Store(path)) as store:
        pets = collection("pets", {"id": "a"})
        State("api", [pets], store).commit(pets, "a", None)
    new = collection("toys", {"id": "t"})
    assert stored(path, "api", collection("pets", {"id": "a"}), new) == {"pets": [], "toys": ["t"]}


def test_what_another_version_of_the_spec_stored_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    for api, name in (("old", "pets"), ("api", "gone")):
        assert stored(path, api, collection(name, {"id": "a"})) == {name: ["a"]}
    assert stored(path, "api", collection("pets", {"id": "b"})) == {"pets": ["b"]}
    with contextlib.closing(Store(path)) as store:
        State("api", [collection("pets", {"id": "c"})], store).reset()
    assert stored(path, "old", collection("pets")) == {"pets": ["a"]}
    assert stored(path, "api", collection("gone"), collection("pets")) == {"gone": ["a"], "pets": ["c"]}


def test_a_snapshot_brings_everything_back_however_often(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with contextlib.closing(Store(path)) as store:
        pets = collection("pets", {"id": "a", "name": "x"}, {"id": "b", "name": "y"})
        state = State("api", [pets], store)
        kept = state.snapshot()
        for _ in range(2):
            state.commit(pets, "a", {"id": "a", "name": "z"})
            assert pets.taken("d", {"name": "y"}) == "name"
            state.commit(pets, "b", None)
            assert pets.taken("d", {"name": "y"}) == ""
            state.commit(pets, "c", {"id": "c", "name": "x"})
            assert pets.taken("d", {"name": "x"}) == "name"
            state.restore(kept)
            assert list(pets.objects.values()) == [{"id": "a", "name": "x"}, {"id": "b", "name": "y"}]
            assert pets.taken("a", {"name": "x"}) == ""
            assert pets.taken("a", {"name": "z"}) == ""
            assert pets.taken("a", {"name": "y"}) == "name"
    assert stored(path, "api", collection("pets")) == {"pets": ["a", "b"]}


def test_what_is_removed_or_restored_together_is_never_in_the_file_by_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: set[int] = set()
    write = StateFile.write

    def counting(file: StateFile, objects: dict[Key, JsonObject | None], created: set[Key]) -> None:
        removed.add(sum(found is None for found in objects.values()))
        write(file, objects, created)

    monkeypatch.setattr(StateFile, "write", counting)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that the store's thread may come between any two steps
    with contextlib.closing(Store(tmp_path / "state.sqlite", durable=True)) as store:
        seed: list[JsonObject] = [{"id": str(number)} for number in range(500)]
        pets = collection("pets", *seed)
        state = State("api", [pets], store)
        for _ in range(30):
            state.commit(pets, "0", {"id": "0"})  # the thread is awake
            state.remove([(pets, identity) for identity in pets.objects])
            time.sleep(0.002)
            assert not pets.objects
            state.reset()
    sys.setswitchinterval(interval)
    assert removed == {0, 500}


def test_changes_that_cannot_be_written_wait_are_told_and_are_written_when_it_is_possible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(storing, "MAX_PENDING", 3)
    path, away = tmp_path / "state.sqlite", tmp_path / "away.sqlite"
    with contextlib.closing(Store(path)) as store:
        pets = collection("pets", {"id": "a"})
        state = State("api", [pets], store)
        store.flush()
        path.rename(away)
        for name in "bcd":
            state.commit(pets, name, {"id": name})
        with pytest.raises(sqlite3.OperationalError, match="the file is gone"):
            state.commit(pets, "e", {"id": "e"})
        assert "e" not in pets.objects
        assert caplog.text.count("cannot be written: the file is gone") == 1
        path.touch()
        with pytest.raises(sqlite3.OperationalError, match="another file lies in its place"):
            store.flush()
        path.unlink()
        away.rename(path)
        state.commit(pets, "e", {"id": "e"})
        assert "is written again" in caplog.text
    assert stored(path, "api", collection("pets")) == {"pets": ["a", "b", "c", "d", "e"]}


def test_closing_tells_that_the_last_changes_are_lost(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    store = Store(path)
    pets = collection("pets", {"id": "a"})
    state = State("api", [pets], store)
    store.flush()
    path.unlink()
    state.commit(pets, "a", {"id": "a", "name": "x"})
    with pytest.raises(sqlite3.OperationalError, match="the file is gone"):
        store.close()


def test_a_path_that_leads_in_a_circle_is_refused_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(sqlite3.Error):
        Store(tmp_path / "circle")


def test_a_link_is_followed_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("state.sqlite")
    for _ in range(2):
        assert stored(tmp_path / "link", "api", collection("pets", {"id": "a"})) == {"pets": ["a"]}
    assert (tmp_path / "state.sqlite").is_file()
    assert (tmp_path / "link").is_symlink()
