"""What a client's README says of each call, whatever the API: timeouts, further parameters, redirects."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from specledger.fuzz.called.answers import Told, error_of
from specledger.fuzz.called.half import BASE, SECRET, Half
from specledger.fuzz.called.recorder import Reply, Sent
from specledger.fuzz.judge import Finding
from specledger.fuzz.request import Request

_NAME, _VALUE = "specledger-extra", "a b"
# Seconds, as the README has them: to connect, and for each read or write after it.
_WAITS = {"connect": 5.0, "read": 60.0, "write": 60.0}
_ELSEWHERE = "https://elsewhere.example/there"
# Statuses that keep method and body, and such that only what changes nothing follows.
_KEPT, _FOLLOWED = 307, 302


def options(half: Half, request: Request, told: Told) -> Iterator[Finding]:
    """Yields what a client does otherwise with the options that every call has."""
    yield from _waits(half, request, told)
    half.give(request, told.reply, max_retries=0, extra_query={_NAME: _VALUE})
    queries = [urlsplit(sent.target).query for sent in half.recorder.sent]
    if not any(f"{_NAME}=a%20b" in query.replace("+", "%20").split("&") for query in queries):
        yield Finding("operation", "client-query", f"extra_query was not sent by the {half.name} client")
    yield from _redirected(half, request, told)


def _waits(half: Half, request: Request, told: Told) -> Iterator[Finding]:
    """Yields how long is waited otherwise than is said, by default and for a call of its own timeout."""
    for given, wanted in (({}, _WAITS), ({"timeout": 2.5}, {"connect": 2.5, "read": 2.5, "write": 2.5})):
        half.give(request, told.reply, max_retries=0, **given)
        for sent in half.recorder.sent[:1]:
            if {name: sent.timeout.get(name) for name in wanted} != wanted:
                message = f"the {half.name} client waits {dict(sent.timeout)}, not {wanted}"
                yield Finding("operation", "client-timeout", message)


def _redirected(half: Half, request: Request, told: Told) -> Iterator[Finding]:
    """Yields where a redirect leads otherwise than is said: elsewhere without the credential, as the same request."""
    there = Reply(_KEPT, headers={"Location": _ELSEWHERE})
    half.give(request, there, told.reply, max_retries=0)
    sent = half.recorder.sent
    if len(sent) != 2:
        yield Finding("operation", "client-redirect", f"the {half.name} client did not follow a {_KEPT}")
    for one in sent[1:2]:
        if _shows(one):
            message = f"the {half.name} client took the credential along to another origin"
            yield Finding("security", "client-redirect", message)
        if (one.method, one.content) != (sent[0].method, sent[0].content):
            message = f"the {half.name} client made {one.method} of a {request.operation.method} that a {_KEPT} kept"
            yield Finding("operation", "client-redirect", message)
    if request.operation.method not in ("GET", "HEAD"):
        here = Reply(_FOLLOWED, headers={"Location": f"{BASE}/there"})
        given = half.give(request, here, told.reply, max_retries=0)
        if len(half.recorder.sent) != 1 or not half.is_error(given, error_of(_FOLLOWED)):
            message = f"the {half.name} client followed a {_FOLLOWED} with a call that may change something"
            yield Finding("operation", "client-redirect", message)


def _shows(sent: Sent) -> bool:
    return any(SECRET in value for _, value in sent.headers) or SECRET in sent.target
