"""A mock of one shelf of books, steered by the tests beside this file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specledger import serve
from tests.mock.conftest import HERE, Server, generate


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Runs the mock of the shelf and of the shop."""
    generated = generate(HERE / "practical" / "specs", tmp_path_factory.mktemp("steered"))
    with serve.running(generated) as url:
        yield Server(url, generated)


@pytest.fixture
def shelf(running: Server) -> Server:
    """Returns the mock with its seed restored, without faults, with an empty journal."""
    assert running.send("POST", "/_mock/reset").status == 200
    assert running.send("DELETE", "/_mock/faults").status == 204
    assert running.send("DELETE", "/_mock/journal").status == 204
    return running
