"""Steps of a long command: shown while they run, with what each of them cost on request."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Steps:
    """Shows steps on stderr where that is a terminal; `timings` prints what each cost at the end."""

    timings: bool = False
    seconds: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Shows the step while the block runs, and keeps its seconds."""
        with self.running(name):
            yield

    @contextmanager
    def running(self, name: str) -> Iterator[Callable[[int, str], None]]:
        """Shows the step while the block runs; the block tells how many cases there were and what runs now."""
        start = time.perf_counter()
        try:
            if sys.stderr.isatty():
                with _spinner(name) as told:
                    yield told
            else:
                yield _nothing
        finally:
            self.seconds.append((name, time.perf_counter() - start))

    @contextmanager
    def parts(self) -> Iterator[Callable[[str, float | None], None]]:
        """Shows several parts that run side by side; the block tells the name of each, then its seconds."""
        if sys.stderr.isatty():
            with _bars(self.add) as told:
                yield told
        else:
            yield lambda name, seconds: None if seconds is None else self.add(name, seconds)

    def add(self, name: str, seconds: float) -> None:
        """Keeps the seconds of a step that was measured elsewhere."""
        self.seconds.append((name, seconds))

    def report(self) -> None:
        """Prints what each step cost, where that was asked for."""
        if self.timings:
            for name, seconds in self.seconds:
                print(f"{seconds:9.3f} s  {name}", file=sys.stderr)


def _nothing(cases: int, what: str) -> None:
    """Shows nothing."""


@contextmanager
def _spinner(name: str) -> Iterator[Callable[[int, str], None]]:
    from rich.console import Console

    with Console(stderr=True).status(name) as status:
        yield lambda cases, what: status.update(f"{name}: {what}, {cases} cases")


@contextmanager
def _bars(done: Callable[[str, float], None]) -> Iterator[Callable[[str, float | None], None]]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    tasks: dict[str, TaskID] = {}
    columns = (SpinnerColumn(finished_text="[green]✓[/]"), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def told(name: str, seconds: float | None) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=1)
            if seconds is not None:
                progress.update(tasks[name], completed=1)
                done(name, seconds)

        yield told
