"""Items are worked on here, on a local cluster or on one that runs already, with the same results."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

from specledger import workers
from specledger.diagnostics import Diagnostic, Failure

NUMBERS = [3, 1, 2, 5, 4]


def _squared(number: int) -> int:
    return number * number


def _refused(number: int) -> int:
    raise Failure([Diagnostic("specs", number, "code", "what is wrong", "mend it")], 2)


def _process(_: int) -> int:
    return os.getpid()


def _results(jobs: int = 1, dask: str = "") -> list[int]:
    return [result for _, result in sorted(workers.each(_squared, NUMBERS, jobs=jobs, dask=dask))]


def test_one_job_runs_in_this_process() -> None:
    assert {process for _, process in workers.each(_process, NUMBERS)} == {os.getpid()}


def test_every_way_gives_the_same_results(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [number * number for number in NUMBERS]
    assert _results() == wanted
    assert _results(jobs=2) == wanted
    assert _results(dask=scheduler) == wanted
    monkeypatch.setattr(workers, "find_spec", lambda name: None if name == "distributed" else find_spec(name))
    assert _results(jobs=2) == wanted


def test_a_cluster_that_runs_already_does_the_work(scheduler: str) -> None:
    processes = {process for _, process in workers.each(_process, NUMBERS, dask=scheduler)}
    assert os.getpid() not in processes
    assert len(processes) <= 2


def test_a_failure_arrives_with_its_diagnostics(scheduler: str) -> None:
    with pytest.raises(Failure) as caught:
        list(workers.each(_refused, [7], dask=scheduler))
    assert [found.line for found in caught.value.diagnostics] == [7]
    assert caught.value.exit_code == 2


def test_a_run_may_end_before_its_items(scheduler: str) -> None:
    assert next(workers.each(_squared, range(100), dask=scheduler))[1] >= 0
    assert _results(dask=scheduler) == [number * number for number in NUMBERS]


def test_an_address_without_a_scheduler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "REACH_SECONDS", 0.5)
    with pytest.raises(Failure, match="no Dask scheduler answers") as caught:
        list(workers.each(_squared, NUMBERS, dask="tcp://127.0.0.1:9"))
    assert caught.value.exit_code == 2


def test_an_address_needs_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "find_spec", lambda name: None)
    with pytest.raises(Failure, match=r"specledger\[dask\]"):
        list(workers.each(_squared, NUMBERS, dask="tcp://127.0.0.1:9"))
