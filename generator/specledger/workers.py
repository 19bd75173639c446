"""One function over many items: in this process, on a local cluster of processes, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Generic, TypeVar

from specledger.diagnostics import Diagnostic, Failure

if TYPE_CHECKING:
    from distributed import Client, Future

Item = TypeVar("Item")
Result = TypeVar("Result")

REACH_SECONDS = 10.0
# The longest that a cluster of this machine may take to end; its processes end with this one in any case.
_END_SECONDS = 20.0
# Items that each thread of a cluster is given in advance.
_AHEAD = 3
_SOURCE = "workers"


@dataclass(frozen=True, slots=True)
class _Done(Generic[Result]):
    """What a worker brings; a Failure is taken apart, since an exception does not travel with its parts."""

    result: Result | None
    failure: tuple[tuple[Diagnostic, ...], int] | None = None


def each(
    function: Callable[[Item], Result], items: Sequence[Item], *, jobs: int = 1, dask: str = ""
) -> Iterator[tuple[int, Result]]:
    """Yields the number of an item and what the function makes of it, as the items are done.

    One job runs here, in order. More run on a local cluster of Dask, or on a pool of processes where Dask is not
    installed; `dask` is the address of a scheduler that runs already, on whose workers this version of specledger
    must be installed. Function, items and results must pickle, and a result must depend on nothing but its item.
    Raises what the function raises, and Failure (exit code 2) where the scheduler cannot be reached.
    """
    if dask:
        with _reached(dask) as client:
            yield from _on_dask(client, function, items)
    elif jobs == 1 or len(items) < 2:
        for number, item in enumerate(items):
            yield number, function(item)
    elif find_spec("distributed"):
        with _local(min(jobs, len(items))) as client:
            yield from _on_dask(client, function, items)
    else:
        yield from _on_processes(min(jobs, len(items)), function, items)


def _run(function: Callable[[Item], Result], item: Item) -> _Done[Result]:
    try:
        return _Done(function(item))
    except Failure as failure:
        return _Done(None, (failure.diagnostics, failure.exit_code))


def _opened(done: _Done[Result]) -> Result:
    if done.failure:
        raise Failure(*done.failure)
    return done.result  # type: ignore[return-value]  # a result may be None as well, which Optional cannot tell


def _on_processes(jobs: int, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_run, function, item): number for number, item in enumerate(items)}
        try:
            for future in as_completed(waiting):
                yield waiting[future], _opened(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _on_dask(client: Client, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
    from distributed import as_completed as as_done

    done = as_done()
    running: dict[Future[_Done[Result]], int] = {}
    waiting = iter(range(len(items)))

    def submit(count: int) -> None:
        for number in islice(waiting, count):
            # Pure tasks are kept by their arguments; an equal item must run again all the same.
            future = client.submit(_run, function, items[number], pure=False)
            running[future] = number
            done.add(future)

    # Not all at once: a cluster need not hold what its workers cannot yet work on.
    submit(_AHEAD * sum(client.nthreads().values()))
    try:
        for future in done:
            submit(1)
            yield running.pop(future), _opened(future.result())
    finally:
        if running:
            client.cancel(list(running), force=True)


@contextmanager
def _local(jobs: int) -> Iterator[Client]:
    """Gives a cluster of `jobs` processes on this machine, which ends with the block."""
    import logging

    from distributed import Client, LocalCluster

    logging.getLogger("distributed").setLevel(logging.ERROR)
    cluster = LocalCluster(
        n_workers=jobs,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=":0",
        silence_logs=logging.ERROR,
    )
    try:
        with Client(cluster) as client:
            yield client
    finally:
        with suppress(TimeoutError):
            cluster.close(timeout=_END_SECONDS)


@contextmanager
def _reached(address: str) -> Iterator[Client]:
    """Gives the cluster behind an address. Raises Failure (exit code 2) where there is none, or Dask is missing."""
    if not find_spec("distributed"):
        message = "Dask is not installed"
        raise Failure([Diagnostic(_SOURCE, 0, "dask-missing", message, "pip install specledger[dask]")], 2)
    from distributed import Client

    try:
        client = Client(address, timeout=REACH_SECONDS)
    except (OSError, ValueError, TypeError) as error:
        message = f"no Dask scheduler answers at {address} ({type(error).__name__})"
        remedy = "start one with: dask scheduler; dask worker ADDRESS"
        raise Failure([Diagnostic(_SOURCE, 0, "dask-unreachable", message, remedy)], 2) from None
    with client:
        if not client.scheduler_info()["workers"]:
            message = f"the Dask scheduler at {address} has no workers"
            raise Failure([Diagnostic(_SOURCE, 0, "dask-empty", message, "add one with: dask worker ADDRESS")], 2)
        yield client
