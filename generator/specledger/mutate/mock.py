"""Faults of the generated mock, as if its template or its runtime had them."""

from __future__ import annotations

from specledger.behavior import secured
from specledger.mutate.code import rewritten
from specledger.mutate.mutant import Operator

OPERATORS: tuple[Operator, ...] = (
    Operator(
        "mock-open",
        "mock",
        "the mock takes every credential, and none",
        rewritten(
            "mock",
            "/credential.py",
            "return self._first if self._open else None",
            "return self._first",
            "security",
            only=lambda world, operation: secured(operation),
        ),
    ),
)
