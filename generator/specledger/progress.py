"""Steps of a long command: shown while they run, with what each of them cost on request."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Steps:
    """Shows steps on stderr: a spinner on a terminal, nothing elsewhere; `timings` prints seconds at the end."""

    timings: bool = False
    seconds: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Shows the step while the block runs, and keeps its seconds."""
        start = time.perf_counter()
        try:
            if sys.stderr.isatty():
                with _spinner(name):
                    yield
            else:
                yield
        finally:
            self.seconds.append((name, time.perf_counter() - start))

    def add(self, name: str, seconds: float) -> None:
        """Keeps the seconds of a step that was measured elsewhere."""
        self.seconds.append((name, seconds))

    def report(self) -> None:
        """Prints what each step cost, where that was asked for."""
        if self.timings:
            for name, seconds in self.seconds:
                print(f"{seconds:9.3f} s  {name}", file=sys.stderr)


@contextmanager
def _spinner(name: str) -> Iterator[None]:
    from rich.console import Console

    with Console(stderr=True).status(name):
        yield
