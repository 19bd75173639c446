"""The rows of the mock's table, and the names of those that take part."""

from __future__ import annotations

from benchmarks.rows import Row

OURS = "specledger mock"
RULE = f"{OURS}, with a CEL rule"
LARGE = f"{OURS}, 558 bytes and a rule over another collection"
FILE = f"{OURS}, --state FILE"
BARE = "bare uvicorn"
BARE_LARGE = f"{BARE}, the same body"
PRISM, SILENT, BACKEND, MOCKOON = "Prism", "Prism silent", "openapi-backend", "Mockoon"
WIREMOCK, SPECMATIC = "WireMock", "Specmatic"
PEERS = (BACKEND, SILENT, PRISM, MOCKOON, WIREMOCK, SPECMATIC)
ONE, MANY = "1 path", "500 paths"
FEW_REQUESTS, MANY_REQUESTS = "after 200,000 requests", "after 2,000,000 requests"

RATE, START, CALL, MEMORY, STATUS = "rate", "start", "call", "memory", "status"

ROWS = (
    Row("requests a second", RATE, "", OURS, (FILE, BARE, *PEERS), None, "/s"),
    Row("requests a second, beside Prism as installed", RATE, PRISM, OURS, (), 15, least=True),
    Row("requests a second, beside Prism silent", RATE, SILENT, OURS, (), 6, least=True),
    Row("requests a second, beside openapi-backend", RATE, BACKEND, OURS, (), 1.8, least=True),
    Row("beside a bare uvicorn app that reads the body", RATE, BARE, OURS, (FILE, *PEERS), 0.7, least=True),
    Row("the same where a CEL rule is triggered", RATE, BARE, RULE, (), 0.6, least=True),
    Row("the same with 558 bytes and a rule over another collection", RATE, BARE_LARGE, LARGE, (), None),
    Row("500 paths, beside one", RATE, ONE, MANY, (), 0.9, least=True),
    Row("first answer after the start", START, "", OURS, (BARE, BACKEND, PRISM), 300, "ms"),
    Row("a call in process", CALL, "", OURS, (LARGE,), 15, "µs"),
    Row("memory after 2,000,000 requests", MEMORY, "", MANY_REQUESTS, (FEW_REQUESTS,), None, "MB"),
    Row("memory that the last 1,800,000 of them add", MEMORY, FEW_REQUESTS, MANY_REQUESTS, (), 1, "MB"),
    Row("status of an invalid PATCH", STATUS, "", OURS, (BARE, *PEERS), None, ""),
)
