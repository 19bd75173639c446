"""The rows of the clients' table: which contenders of a measure are compared, with what, and the goal."""

from __future__ import annotations

from dataclasses import dataclass

OURS = "generated client"
FAST = f"{OURS} [fast]"
RAW = "raw openapi-python-client"


@dataclass(frozen=True, slots=True)
class Row:
    """A measure's contenders as ratios to its `basis`, or as milliseconds over it; `goal` is the most for ours."""

    title: str
    measure: str
    basis: str
    ours: str
    peers: tuple[str, ...]
    goal: float | None
    over: bool = False


ROWS = (
    Row("import, over bare Python", "import", "bare Python", OURS, ("openai", "anthropic", "mistralai"), 60, True),
    Row("import of a client with 600 models", "import", "bare Python", f"{OURS}, 600 models", (), 100, True),
    Row("all 600 models loaded", "import", "bare Python", f"{OURS}, 600 models loaded", (), None, True),
    Row(
        "import and make a client",
        "import",
        "bare Python",
        f"{OURS}, made",
        ("openai, made", "anthropic, made"),
        None,
        True,
    ),
    Row(
        "a call over a mock transport, beside httpx get and json",
        "sync",
        "httpx",
        OURS,
        ("httpx2", RAW, "openai", "anthropic"),
        0.8,
    ),
    Row(
        "20 calls in flight over loopback with [fast], beside httpx",
        "async",
        "httpx",
        FAST,
        ("pyreqwest", "httpx2", OURS, RAW, "openai"),
        0.15,
    ),
    Row("a parsed answer into its model, beside raw openapi-python-client", "decode", RAW, OURS, (), 0.5),
    Row("memory of 10,000 models, beside raw openapi-python-client", "memory", RAW, OURS, (), 1.0),
)
