"""The benchmark of the mock runs and tells what it measured; no figure is asserted that a machine decides."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks import plot, table
from benchmarks.mock import compare, gateways, load, rows, servers, wire
from benchmarks.rows import Measured, Row

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKED = ROOT / "benchmarks" / "mock" / "peers"
TRIAL = compare.Effort(rounds=1, seconds=0.2, warm_up=0.0, paths=3, calls=20)
OWN = {rows.OURS, rows.RULE, rows.FILE, rows.BARE, rows.LARGE, rows.BARE_LARGE, rows.ONE, rows.MANY}

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no process is kept on a core here")


@pytest.fixture(scope="module")
def trial() -> Measured:
    """Returns what a short round without the peers finds."""
    return compare.measure(TRIAL, [])


def test_ours_and_the_bare_app_answer_every_request_of_a_round(trial: Measured) -> None:
    assert set(trial[rows.RATE]) == OWN
    assert [name for name, rates in trial[rows.RATE].items() if len(rates) != 1 or rates[0] <= 0] == []


def test_ours_refuses_what_the_bare_app_takes(trial: Measured) -> None:
    assert trial[rows.STATUS] == {rows.OURS: [400.0], rows.FILE: [400.0], rows.BARE: [200.0]}


def test_a_start_and_a_call_are_measured(trial: Measured) -> None:
    assert set(trial[rows.START]) == {rows.OURS, rows.BARE}
    assert set(trial[rows.CALL]) == {rows.OURS, rows.LARGE}
    assert min(trial[rows.START][rows.OURS] + trial[rows.CALL][rows.OURS]) > 0


def test_rows_of_peers_that_are_not_there_are_left_out(trial: Measured) -> None:
    told = [row.title for row in rows.ROWS if row.measurable(trial)]
    assert "requests a second, beside Prism as installed" not in told
    assert {"requests a second", "beside a bare uvicorn app that reads the body", "a call in process"} <= set(told)
    first = next(row for row in rows.ROWS if row.measurable(trial))
    assert first.there(trial) == (rows.FILE, rows.BARE)


def test_what_is_missing_is_named_once(trial: Measured) -> None:
    found = table.missing(rows.ROWS, trial)
    assert sorted(found) == sorted({*rows.PEERS, rows.FEW_REQUESTS, rows.MANY_REQUESTS})
    assert table.missing(rows.ROWS, _whole()) == []


def test_the_memory_is_read_after_few_and_after_many_requests(tmp_path: Path) -> None:
    effort = compare.Effort(warm_up=0.01)
    found = compare.Comparison(tmp_path, servers.cores()[0], effort, []).memory(few=50, many=100)
    assert list(found) == [rows.FEW_REQUESTS, rows.MANY_REQUESTS]
    assert all(10e6 < held < 1e9 for (held,) in found.values())


def test_the_rule_runs_in_the_request_that_is_to_trigger_it(tmp_path: Path) -> None:
    asked, elsewhere = compare.rule_body(), {"clusterID": "eu-berlin-02"}
    with servers.running(servers.ours(), tmp_path, servers.cores()[0]) as found:
        sent = wire.request("POST", compare.RULE_PATH, asked, compare.RULE_KEY)
        assert wire.status(found.port, sent) == 200
        # Any text is a cluster's name to the schema: only the rule knows where the storage lies.
        broken = wire.request("POST", compare.RULE_PATH, asked | elsewhere, compare.RULE_KEY)
        assert wire.status(found.port, broken) == 400


def test_an_answer_other_than_200_makes_a_figure_meaningless(tmp_path: Path) -> None:
    with servers.running(servers.ours(), tmp_path, servers.cores()[0]) as found:
        refused = wire.patch(found.server.prefix, wire.INVALID)
        with pytest.raises(compare.Meaningless, match="were no 200"):
            compare.rate(found.port, refused, 0.1)


def test_a_connection_that_the_server_ends_makes_a_figure_meaningless(tmp_path: Path) -> None:
    with servers.running(servers.uvicorn(), tmp_path, servers.cores()[0]) as found:
        sent = wire.patch("", wire.VALID).replace(b"\r\nHost:", b"\r\nConnection: close\r\nHost:")
        with pytest.raises(compare.Meaningless, match="32 connections were ended"):
            compare.rate(found.port, sent, 0.1)


def test_a_server_that_does_not_start_is_an_error_at_once(tmp_path: Path) -> None:
    broken = servers.Server("broken", (sys.executable, "-c", "raise SystemExit(1)"))
    with pytest.raises(OSError, match="refused"), servers.running(broken, tmp_path, servers.cores()[0]):
        pass


def test_a_server_runs_on_its_core_and_ends_with_the_block(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    with servers.running(servers.uvicorn(), tmp_path, servers.cores()[0]) as found:
        assert os.sched_getaffinity(found.process.pid) == {servers.cores()[0]}
        assert os.sched_getaffinity(0) == before
    assert found.process.returncode is not None


@pytest.mark.skipif(not servers.MODULES.is_dir(), reason="`make bench` installs the peers")
@pytest.mark.parametrize("name", rows.PEERS)
def test_a_peer_answers_a_valid_patch_with_200_and_says_what_it_holds_of_others(name: str, tmp_path: Path) -> None:
    server = next((one for one in servers.peers()[0] if one.name == name), None)
    if server is None:
        pytest.skip("what it runs on is not on the PATH")
    servers.stub(tmp_path)
    with servers.running(server, tmp_path, servers.cores()[0]) as found:
        refused = wire.status(found.port, wire.patch("", wire.INVALID))
        assert refused == {rows.MOCKOON: 200, rows.WIREMOCK: 404}.get(name, 400)
        assert compare.rate(found.port, wire.patch("", wire.VALID), 0.2) > 0


def test_peers_that_are_not_installed_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(servers, "MODULES", tmp_path / "node_modules")
    assert servers.peers() == ([], ["no peer is measured: `make bench` installs them where npm is on the PATH"])


def test_a_peer_whose_runtime_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(servers, "MODULES", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/node" if name == "node" else None)
    found, reasons = servers.peers()
    assert [one.name for one in found] == [rows.PRISM, rows.SILENT, rows.BACKEND, rows.MOCKOON]
    assert reasons == ["WireMock and Specmatic are not measured: there is no java on the PATH"]


@pytest.mark.parametrize(
    ("came", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Le", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", True),
        (b"HTTP/1.1 200 OK\r\ncontent-length:2\r\nA: b\r\n\r\n{}", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", True),
    ],
)
def test_an_answer_is_whole_by_its_length_or_its_last_chunk(came: bytes, whole: bool) -> None:
    assert load.whole(came) is whole


def test_the_mock_of_many_paths_has_them_all(tmp_path: Path) -> None:
    source = gateways.prepare(tmp_path, range(3))
    contract = json.loads((source / "specledger_mock" / "apis" / f"{gateways.NAME}.json").read_bytes())
    assert [one["path"] for one in contract["operations"]] == [
        f"/v1/gateway/endpoints-{number}/{{endpoint_id}}" for number in range(3)
    ]


def test_a_goal_may_be_the_least() -> None:
    measured = {"rate": {"theirs": [10.0, 10.0], "ours": [15.0, 25.0]}}
    assert Row("beside", "rate", "theirs", "ours", (), 2.0, least=True).cells(measured)[1:3] == ("≥ 2.00x", "2.00x")
    missed = Row("beside", "rate", "theirs", "ours", (), 2.5, least=True).cells(measured)
    assert missed[1:3] == ("≥ 2.50x", "2.00x, not reached")


def test_a_row_without_a_basis_shows_the_figures_themselves() -> None:
    measured = {"rate": {"ours": [1200.0, 1400.0], "theirs": [7.0]}, "call": {"ours": [12.34e-6]}}
    assert Row("rate", "rate", "", "ours", ("theirs",), None, "/s").cells(measured) == (
        "rate",
        "",
        "1,300/s",
        "theirs 7/s",
    )
    assert Row("call", "call", "", "ours", (), 15, "µs").cells(measured)[1:3] == ("≤ 15.0 µs", "12.3 µs")


def _whole() -> Measured:
    found: dict[str, dict[str, list[float]]] = {}
    for row in rows.ROWS:
        found.setdefault(row.measure, {}).update({name: [1.0] for name in (row.ours, row.basis, *row.peers) if name})
    return found


def test_the_two_tables_of_the_readme_do_not_touch_each_other(tmp_path: Path) -> None:
    readme, picture = tmp_path / "README.md", tmp_path / "plot.svg"
    texts = ["".join(table.marks(name)) for name in ("benchmarks", compare.MARK)]
    readme.write_text("\n".join(texts), encoding="utf-8")
    table.record(compare.MARK, rows.ROWS, _whole(), readme, picture)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith(texts[0])
    assert text.count("\n| ") == len(rows.ROWS) + 1
    assert "status of an invalid PATCH" not in picture.read_text(encoding="utf-8")
    assert picture.read_text(encoding="utf-8").startswith(plot.draw([])[:40])


def test_the_plot_and_the_table_that_are_kept_have_every_row() -> None:
    begin, end = table.marks(compare.MARK)
    kept = (ROOT / "README.md").read_text(encoding="utf-8").partition(begin)[2].partition(end)[0]
    assert re.findall(r"^\| (.*?) \|", kept, re.MULTILINE) == ["what, beside what", *(row.title for row in rows.ROWS)]
    texts = [one.text for one in ET.parse(compare.PLOT).getroot()]  # noqa: S314  # our own text
    assert [row.title for row in rows.ROWS if row.unit and row.title not in texts] == []


def test_every_peer_is_locked_with_its_hash_and_no_address() -> None:
    asked = json.loads((LOCKED / "package.json").read_bytes())["dependencies"]
    packages = json.loads((LOCKED / "package-lock.json").read_bytes())["packages"]
    assert packages[""]["dependencies"] == asked
    assert {name: packages[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert [name for name, one in packages.items() if name and not one.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, one in packages.items() if "resolved" in one] == []


def test_the_load_needs_nothing_of_ours(tmp_path: Path) -> None:
    code = f"import sys; sys.argv = ['load.py']; exec(open({load.__file__!r}).read().split('if __name__')[0]);"
    code += "print([name for name in sys.modules if name.startswith(('benchmarks', 'specledger'))])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
