"""Prints as JSON the seconds of one call of the mock without a socket, for each request in a file.

`python in_process.py REQUESTS TIMES`, with the mock's package on the path. Best of a few batches: what disturbs only
ever adds.
"""

from __future__ import annotations

import gc
import json
import sys
import timeit
from importlib import import_module
from pathlib import Path
from typing import Any

BATCHES = 5


def seconds(mock: Any, request: Any, times: int) -> float:
    """Returns what one call takes. Raises ValueError where the answer is no 200."""
    found = mock.answer(request)
    if found.status != 200:
        raise ValueError(f"the mock answers {found.status}: {found.body.decode()}")
    gc.collect()
    return min(timeit.repeat(lambda: mock.answer(request), number=times, repeat=BATCHES)) / times


def main(path: Path, times: int) -> None:
    """Reads the requests and measures each of them."""
    package = import_module("specledger_mock")
    made = import_module("specledger_mock.request").Request
    mock = package.application()
    found = {}
    for name, asked in json.loads(path.read_bytes()).items():
        body = json.dumps(asked["body"]).encode()
        headers = asked["headers"] | {"content-length": str(len(body))}
        request = made(asked["method"], asked["path"].encode(), b"", headers, body)
        found[name] = [seconds(mock, request, times)]
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
