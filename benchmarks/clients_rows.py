"""The rows of the clients' table."""

from __future__ import annotations

from benchmarks.rows import Row

OURS = "generated client"
FAST = f"{OURS} [fast]"
RAW = "raw openapi-python-client"

ROWS = (
    Row("import, over bare Python", "import", "bare Python", OURS, ("openai", "anthropic", "mistralai"), 60, "ms"),
    Row("import of a client with 600 models", "import", "bare Python", f"{OURS}, 600 models", (), 100, "ms"),
    Row("all 600 models loaded", "import", "bare Python", f"{OURS}, 600 models loaded", (), None, "ms"),
    Row(
        "import and make a client",
        "import",
        "bare Python",
        f"{OURS}, made",
        ("openai, made", "anthropic, made"),
        None,
        "ms",
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
