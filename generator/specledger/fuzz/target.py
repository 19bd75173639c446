"""Where requests go: the mock, whose state can be seen and reset, or a live API, of which only answers are seen."""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpx2

from specledger import serve
from specledger.behavior import Behavior
from specledger.diagnostics import Diagnostic, Failure
from specledger.fuzz.request import Answer, Request, as_json, send
from specledger.ir import Api
from specledger.serve import Local
from specledger.yaml12 import JsonObject

# Where `specledger mock` serves, if it is not told otherwise.
SHOWN = "http://127.0.0.1:8800"

# The state of one API: collection, id, object.
State = Mapping[str, Mapping[str, JsonObject]]


@dataclass(frozen=True, slots=True)
class Target:
    """A server that requests are sent to; `bases` holds the mock's base URL of each API, None for a live API.

    A mock of this process is `local`: what this sends goes to it without a socket. Its URL is the one at which
    `specledger mock` would serve it, for whoever reads it; `socket` opens one.
    """

    url: str
    client: httpx2.Client = field(repr=False)
    bases: Mapping[str, str] | None
    local: Local | None = field(default=None, repr=False)

    @property
    def is_mock(self) -> bool:
        """Says whether the state can be seen."""
        return self.bases is not None

    def base(self, api: Api) -> str:
        """Returns what the paths of an API are appended to. Raises Failure where the mock does not serve the API."""
        if self.bases is None:
            return self.url
        if api.name not in self.bases:
            message = f"the mock does not serve {api.name!r}"
            raise Failure([Diagnostic(self.url, 0, "fuzz-api", message, "run specledger generate and start it again")])
        return self.bases[api.name]

    def socket(self, api: Api) -> str:
        """Returns the base URL of an API at which there is a socket, which is opened where there was none."""
        return self.base(api).replace(self.url, self.local.origin, 1) if self.local else self.base(api)

    def send(self, request: Request) -> Answer:
        """Returns the answer to a request. Raises Failure where none comes."""
        if self.local:
            return _asked(self.local, self.base(request.api), request)
        try:
            return send(self.client, self.base(request.api), request)
        except httpx2.HTTPError as error:
            raise self._silent(error) from None

    def state(self, api: Api) -> State:
        """Returns the mock's stored objects of an API."""
        return cast(State, json.loads(self._admin("GET", f"{api.name}/resources")))

    def reset(self, api: Api) -> None:
        """Restores the mock's seeds of an API."""
        self._admin("POST", f"{api.name}/reset")

    def last(self, api: Api) -> JsonObject:
        """Returns the last request that the mock received for an API: method, path, query, headers, body."""
        return cast(JsonObject, json.loads(self._admin("GET", f"{api.name}/last")))

    def verdict(self, api: Api) -> tuple[str, str]:
        """Returns what the mock made of the last request for an API, `accepted` or the kind of a refusal, and why."""
        rows = cast(list[JsonObject], json.loads(self._admin("GET", f"journal?api={api.name}&limit=1")))
        return (str(rows[-1]["verdict"]), str(rows[-1]["reason"])) if rows else ("", "")

    def credential(self, api: Api, behavior: Behavior) -> str | None:
        """Returns the secret to call with: the first identity's, for a live API that of the environment first.

        A mock of an API without identities takes any.
        """
        if not self.is_mock and api.package.environment in os.environ:
            return os.environ[api.package.environment]
        if behavior.identities:
            return behavior.identities[0].credential
        return "specledger-credential" if self.is_mock and api.schemes else None

    def _admin(self, method: str, path: str) -> bytes:
        if self.local:
            reply = self.local.ask(method, f"/_mock/{path}", {})
            status, content = reply.status, reply.body
        else:
            split = urlsplit(self.url)
            try:
                answer = self.client.request(method, f"{split.scheme}://{split.netloc}/_mock/{path}")
            except httpx2.HTTPError as error:
                raise self._silent(error) from None
            status, content = answer.status_code, answer.content
        if status >= 300:
            message = f"{method} /_mock/{path} was answered with {status}"
            raise Failure([Diagnostic(self.url, 0, "fuzz-mock", message, "start a mock of this version")])
        return content

    def _silent(self, error: httpx2.HTTPError) -> Failure:
        message = f"the server stopped answering ({type(error).__name__})"
        return Failure(
            [Diagnostic(self.url, 0, "fuzz-unreachable", message, "see what it printed, and start it again")]
        )


def _asked(local: Local, base_url: str, request: Request) -> Answer:
    payload = request.payload()
    headers = request.headers() | ({} if payload is None else {"Content-Length": str(len(payload))})
    target = request.url(base_url).removeprefix(SHOWN)
    reply = local.ask(request.operation.method, target, headers, payload or b"")
    return Answer(reply.status, dict(reply.headers), reply.body, as_json(reply.body))


@contextmanager
def within(generated: Path) -> Iterator[Target]:
    """Gives the mock in `generated`, in this process. Raises Failure as `serve.local` does."""
    with serve.local(generated) as local, httpx2.Client(trust_env=False, timeout=10.0) as client:
        reply = local.ask("GET", "/_mock/apis", {})
        bases = _bases(SHOWN, reply.body if reply.status == 200 else b"")
        if not bases:
            message = "the generated mock does not say which APIs it serves"
            raise Failure([Diagnostic("mock", 0, "start", message, "run specledger generate, then specledger mock")])
        yield Target(SHOWN, client, bases, local)


@contextmanager
def unproxied(url: str) -> Iterator[None]:
    """Keeps the environment's proxies from a URL on this machine; schemathesis' HTTP client asks the environment."""
    host = urlsplit(url).hostname or ""
    before = {name: os.environ.get(name) for name in ("NO_PROXY", "no_proxy")}
    if is_loopback(host):
        os.environ.update(dict.fromkeys(before, ",".join(filter(None, [*before.values(), host]))))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def reach(url: str, client: httpx2.Client, *, live: bool = False) -> Target:
    """Returns the target at a URL, a mock where `/_mock/apis` answers as one.

    Raises Failure: exit code 2 for an address that is no http(s) URL, or not loopback without `live`; 1 where nothing
    answers.
    """
    try:
        split = urlsplit(url)
        host, _ = split.hostname, split.port
    except ValueError:
        split, host = urlsplit(""), None
    if split.scheme not in ("http", "https") or not host:
        message = "this is no http or https address"
        raise Failure([Diagnostic(url, 0, "fuzz-url", message, "write it as http://127.0.0.1:8800")], 2)
    if not live and not is_loopback(host):
        message = f"{host} is not on this machine, and fuzzing changes what it reaches"
        raise Failure([Diagnostic(url, 0, "fuzz-live", message, "add --live if you mean it")], 2)
    try:
        answer = client.get(f"{split.scheme}://{split.netloc}/_mock/apis")
    except httpx2.HTTPError as error:
        message = f"nothing answers there ({type(error).__name__})"
        raise Failure([Diagnostic(url, 0, "fuzz-unreachable", message, "start the server, or correct --url")]) from None
    origin = f"{split.scheme}://{split.netloc}"
    return Target(url, client, _bases(origin, answer.content if answer.status_code == 200 else b"") or None)


def _bases(origin: str, content: bytes) -> dict[str, str]:
    """Returns the base URL of each API that a mock lists; none where it is no mock that answered.

    Only the path is taken, so that no answer can send the requests, and the credential, elsewhere.
    """
    value = as_json(content)
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    listed = [row for row in rows if "name" in row and "base_url" in row]
    return {str(row["name"]): origin + urlsplit(str(row["base_url"])).path for row in listed}


def is_loopback(host: str) -> bool:
    """Says whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
