"""Runs the mock server: `python -m specledger_mock --port 8800`."""

from __future__ import annotations

import argparse
import os
import socket
import sqlite3
import sys
from pathlib import Path

from . import application

TOKEN = "SPECLEDGER_MOCK_ADMIN_TOKEN"  # noqa: S105  # the variable's name


def bind(host: str, port: int) -> socket.socket:
    """Returns a socket bound to the address; port 0 takes a free one. Raises OSError where it is in use."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    return listening


def run(
    listening: socket.socket,
    state: Path | None = None,
    durable: bool = False,
    *,
    token: str = "",
    header_faults: bool = True,
) -> None:
    """Serves on a bound socket until the process is told to end. Raises sqlite3.Error for an unusable state file."""
    import uvicorn

    from .connection import Connection

    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        application(state, durable, token=token, header_faults=header_faults),
        http=Connection,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=2,
    )
    listening.listen(2048)
    print(f"listening on http://{shown}:{port}", flush=True)
    uvicorn.Server(config).run(sockets=[listening])


def _port(text: str) -> int:
    """Returns the number of a port: the system would take 65536 and more for another one."""
    if not text.isdecimal() or int(text[:9]) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def main() -> None:
    """Reads the command line and serves."""
    parser = argparse.ArgumentParser(prog="python -m specledger_mock", description="Serves every API of this mock.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    port_help = "port to listen on, 0 for a free one (default: %(default)s)"
    parser.add_argument("--port", type=_port, default=8800, help=port_help)
    parser.add_argument("--state", type=Path, help="SQLite file that keeps the state (default: memory)")
    parser.add_argument("--durable", action="store_true", help="write the state file before each answer, not after")
    token_help = f"opens the pages below /_mock to whoever shows it (default: ${TOKEN}, else loopback alone)"
    parser.add_argument("--admin-token", default=os.environ.get(TOKEN), help=token_help)
    parser.add_argument("--no-header-faults", action="store_true", help="do not listen to X-Mock-Fault headers")
    arguments = parser.parse_args()
    if arguments.durable and not arguments.state:
        parser.error("--durable needs a file: name it with --state")
    try:
        listening = bind(arguments.host, arguments.port)
    except (OSError, UnicodeError) as error:
        sys.exit(f"cannot listen on {arguments.host}:{arguments.port}: {error}; choose another with --host or --port")
    try:
        run(
            listening,
            arguments.state,
            arguments.durable,
            token=arguments.admin_token or "",
            header_faults=not arguments.no_header_faults,
        )
    except sqlite3.Error as error:
        sys.exit(f"{arguments.state}: {error}; name another file with --state")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
