"""What the operators make their faults of."""

from __future__ import annotations

from pathlib import Path

import pytest

from specledger.mutate import world
from specledger.mutate.world import World

SPECS = Path(__file__).resolve().parents[2] / "specs"


@pytest.fixture(scope="session")
def worlds() -> list[World]:
    """Returns the committed APIs, without their pages."""
    return [world.load(path.parent, None) for path in sorted(SPECS.glob("*/openapi.yaml"))]
