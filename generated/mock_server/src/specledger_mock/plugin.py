"""pytest's fixtures: for each API `<api>_mock`, with a state of its own for each test.

The entry point pytest11 of this distribution names this module; nothing more is loaded before a test asks for a mock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .handle import ApiMock
    from .session import Session

_APIS = Path(__file__).parent / "apis"


@pytest.fixture(scope="session")
def _specledger_mocks() -> Iterator[Session]:
    """Gives the mock of this process, loaded once."""
    from .session import Session

    with Session(_APIS) as session:
        yield session


@pytest.fixture
def _specledger_fresh_mocks(_specledger_mocks: Session) -> Iterator[Session]:
    """Gives the mock as it was loaded, and leaves no fault behind."""
    _specledger_mocks.restore()
    yield _specledger_mocks
    _specledger_mocks.restore()


def _fixture(api: str) -> Callable[[Session], ApiMock]:
    def mock(_specledger_fresh_mocks: Session) -> ApiMock:
        return _specledger_fresh_mocks.api(api)

    mock.__doc__ = f"Gives the mock of {api}: resources, seed, fail_next, requests, identities, url and app."
    return pytest.fixture(name=f"{api}_mock")(mock)


for _path in sorted(_APIS.glob("*.json")):
    globals()[f"{_path.stem}_mock"] = _fixture(_path.stem)
