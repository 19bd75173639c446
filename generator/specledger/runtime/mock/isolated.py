"""The mock in the tests that run many times in one test function, as those of Hypothesis do."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from .handle import ApiMock
from .rehearsal import APIS
from .session import Session


@lru_cache(maxsize=8)
def session(apis: Path = APIS) -> Session:
    """Returns the mock of this process, loaded by the first who asks; it ends with the process."""
    return Session(apis)


@contextmanager
def isolated(api: str, *, apis: Path = APIS) -> Generator[ApiMock, None, None]:
    """Gives the mock of an API as it is seeded, and leaves it so. Raises KeyError for an API that it has not."""
    found = session(apis)
    found.restore()
    try:
        yield found.api(api)
    finally:
        found.restore()
