"""Sends what the strategies draw to a live API: `python -m specledger_mock.live URL --api NAME --pin id=…`.

Nothing but what is pinned is changed, and what was changed is put back where an operation reads it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import hypothesis
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from .call import Call, Flawed
from .documented import Documented, row_of
from .json_text import Malformed, read
from .operation import Operation
from .pinned import Pinned, Unpinned
from .putback import Lost, PutBack
from .rehearsal import APIS, rehearsal
from .requests import Requests, requests
from .wire import Reply, Unsendable, Wire

CREDENTIAL = "SPECLEDGER_LIVE_CREDENTIAL"
# None of these says anything of a run that draws a few requests once.
_CHECKS = [
    hypothesis.HealthCheck.too_slow,
    hypothesis.HealthCheck.filter_too_much,
    hypothesis.HealthCheck.data_too_large,
    hypothesis.HealthCheck.large_base_example,
]
T = TypeVar("T")


@dataclass(frozen=True)
class Driven:
    """What came of one operation: how many requests were sent and accepted, what was wrong, and what is as before."""

    operation: str
    sent: int
    accepted: int
    failures: tuple[str, ...]
    state: str


def drive(
    url: str,
    api: str,
    operation: str,
    *,
    pins: Mapping[str, str],
    live: bool = False,
    dry_run: bool = False,
    rate: float = 5.0,
    max_examples: int = 20,
    seed: int = 0,
    credential: str = "",
    apis: Path = APIS,
    say: Callable[[str], None] = print,
) -> Driven:
    """Draws requests of one operation, right ones and wrong ones, sends them and judges the answers by the contract.

    Raises Unsendable for an address beyond this machine without `live`, Unpinned where `pins` do not name all that
    the requests are about, Lost where what is there cannot be read before; nothing has been changed then.
    """
    wire = Wire(url, rate, live)
    rehearsed = rehearsal(api, apis)
    secret = credential or os.environ.get(CREDENTIAL, "")
    drawn = requests(api, operation, apis=apis)
    if not secret and not wire.is_here and drawn.operation.gate.schemes:
        raise Unsendable(f"set {CREDENTIAL} to the credential of {api}")
    pinned = Pinned(drawn, pins, secret)
    back: PutBack | None = None
    state = "nothing was changed"
    if pinned.changes:
        try:
            back = PutBack(pinned, rehearsed, pins, secret)
        except Lost as lost:
            state = f"cannot be put back: {lost}"
            say(f"{operation}: what it changes {state}")
    calls = _drawn(drawn, pinned, max_examples, seed)
    if dry_run:
        for found in [*([back.shown] if back else []), *map(pinned.masked, calls)]:
            say(wire.curl(found))
        return Driven(operation, 0, 0, (), "nothing was sent")
    return _sent(wire, pinned, back, calls, state, say)


def _drawn(drawn: Requests, pinned: Pinned, count: int, seed: int) -> list[Call]:
    """Returns half right and half wrong requests about what is pinned, the same ones for the same seed."""
    found: list[Call] = list(_some(drawn.valid(), count - count // 2, seed))
    with suppress(ValueError):
        found += _some(drawn.invalid(but=pinned.at), count // 2, seed)
    held = [pinned.held(call) for call in found]
    return [call for call in held if call is not None]


def _some(strategy: st.SearchStrategy[T], count: int, seed: int) -> list[T]:
    found: list[T] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=max(count, 1),
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=_CHECKS,
    )
    @hypothesis.given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    with suppress(Unsatisfiable):
        collect()
    return found[:count]


def _sent(
    wire: Wire, pinned: Pinned, back: PutBack | None, calls: Sequence[Call], state: str, say: Callable[[str], None]
) -> Driven:
    operation = pinned.drawn.operation
    if back:
        back.note(wire.send)
    sent, accepted, failures = 0, 0, list[str]()
    written: set[str] = set()
    try:
        for call in calls:
            written |= set(call.body) if isinstance(call.body, dict) else set()
            sent += 1
            reply = wire.send(call)
            accepted += 200 <= reply.status < 300
            wrong = _wrong(pinned.drawn, operation, call, reply)
            failures += [f"{wrong}\n    {wire.curl(pinned.masked(call))}"] if wrong else []
    finally:
        if back:
            try:
                state = back.restore(wire.send, written)
            except Lost as lost:
                state = f"NOT put back: {lost}"
                failures.append(state)
            say(f"{operation.id}: {state}")  # also where the run is broken off
    return Driven(operation.id, sent, accepted, tuple(failures), state)


def _wrong(drawn: Requests, operation: Operation, call: Call, reply: Reply) -> str:
    """Returns what is wrong with an answer, empty where nothing is.

    A right request may be refused, for what only the API knows: for that a documented status is enough.
    """
    if not reply.status:
        return "there was no answer"
    if isinstance(call, Flawed) and 200 <= reply.status < 300:
        return f"{call.at} breaks {call.keyword}, and was accepted with {reply.status}"
    responses = operation.row["responses"]
    row = row_of(responses, reply.status) if isinstance(responses, dict) else None  # type: ignore[arg-type]  # its rows
    if row is None and isinstance(call, Flawed) and reply.status == drawn.refused_with:
        return ""  # many specs leave out how a wrong request is refused
    if row is None:
        return f"the status {reply.status} is not documented"
    documented = Documented(reply.status, row, drawn.api.outgoing)
    if not documented.media_type or "json" not in reply.media_type:
        return ""
    try:
        value = read(reply.content)
    except Malformed as error:
        return f"the answer with {reply.status} is no JSON: {error}"
    return "" if documented.accepts(value) else f"the answer with {reply.status} leaves its schema"


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the command line, drives each operation that the pins allow, and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m specledger_mock.live", description=__doc__)
    parser.add_argument("url", help="the API's base URL")
    parser.add_argument("--api", required=True, help="the API's name, as the mock calls it")
    parser.add_argument(
        "--operation", action="append", default=[], help="an operationId (default: all that pins allow)"
    )
    parser.add_argument("--pin", action="append", default=[], metavar="NAME=VALUE", help="what a parameter or field is")
    parser.add_argument("--live", action="store_true", help="send also to an address beyond this machine")
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be sent, as curl lines, and send nothing"
    )
    parser.add_argument("--rate", type=float, default=5.0, help="requests a second, at most (default: %(default)s)")
    parser.add_argument("--max-examples", type=int, default=20, help="of each operation (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="draws other requests (default: %(default)s)")
    given = parser.parse_args(arguments)
    pairs = [pin.partition("=") for pin in given.pin]
    pins = {name: value for name, mark, value in pairs if mark}
    if len(pins) != len(pairs):
        parser.error("--pin takes NAME=VALUE")
    try:
        Wire(given.url, given.rate, given.live)
        names = given.operation or [found.id for found in rehearsal(given.api).api.operations]
        return _driven(given, names, pins)
    except (Unsendable, Unpinned, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _driven(given: argparse.Namespace, names: Sequence[str], pins: Mapping[str, str]) -> int:
    failed, done = False, 0
    for name in names:
        try:
            found = drive(
                given.url,
                given.api,
                name,
                pins=pins,
                live=given.live,
                dry_run=given.dry_run,
                rate=given.rate,
                max_examples=given.max_examples,
                seed=given.seed,
            )
        except Unpinned as unpinned:
            if given.operation:
                raise
            print(unpinned)
            continue
        except Lost as lost:
            print(f"{name}: nothing was sent but a read: {lost}")
            failed = True
            continue
        done += 1
        failed = failed or bool(found.failures)
        print(f"{name}: {found.sent} sent, {found.accepted} accepted, {len(found.failures)} wrong; {found.state}")
        for failure in found.failures:
            print(f"  {failure}")
    if not done and not failed:
        raise Unpinned("nothing was sent: the pins allow no operation")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
