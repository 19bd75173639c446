"""A stateful mock server for the APIs of this distribution: `uvicorn specledger_mock:app --port 8800`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .server import Mock

    app: Mock

__all__ = ["Mock", "application"]

APIS = Path(__file__).parent / "apis"


def application(
    state: Path | None = None, durable: bool = False, *, token: str = "", header_faults: bool = True
) -> Mock:
    """Returns the server as an ASGI application; `state` is the SQLite file that keeps the state, none for memory.

    The file is written soon after an answer; with `durable` before it. A `token` opens the pages below /_mock to
    whoever shows it; without one they are open on the loopback interface. Without `header_faults` no request asks
    for a fault.
    """
    from .server import Mock

    return Mock(APIS, state, durable=durable, token=token, header_faults=header_faults)


def __getattr__(name: str) -> object:
    """Makes `app` when it is asked for; SPECLEDGER_MOCK_STATE names the state file.

    With SPECLEDGER_MOCK_DURABLE=1 each answer waits for that file. SPECLEDGER_MOCK_ADMIN_TOKEN is the token of the
    pages below /_mock, and SPECLEDGER_MOCK_HEADER_FAULTS=0 switches X-Mock-Fault off.

    Nothing else is loaded before it is used: pytest imports this package for its plugin.
    """
    if name == "Mock":
        from .server import Mock

        return Mock
    if name != "app":
        raise AttributeError(name)
    state = os.environ.get("SPECLEDGER_MOCK_STATE")
    globals()["app"] = application(
        Path(state) if state else None,
        os.environ.get("SPECLEDGER_MOCK_DURABLE") == "1",
        token=os.environ.get("SPECLEDGER_MOCK_ADMIN_TOKEN", ""),
        header_faults=os.environ.get("SPECLEDGER_MOCK_HEADER_FAULTS") != "0",
    )
    return globals()["app"]
