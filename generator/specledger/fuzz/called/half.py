"""The two clients of a package, one that waits and one that awaits, both against a recorder."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import ModuleType

import httpx2

from specledger.fuzz.called.recorder import Recorder, Reply
from specledger.fuzz.client import Caller
from specledger.fuzz.request import Request
from specledger.ir import Api

SECRET = "specledger:s3cret-07"  # noqa: S105  # of nothing
BASE = "https://client.example/base"


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two clients; `name` says which."""

    name: str
    module: ModuleType
    caller: Caller
    recorder: Recorder

    def give(self, request: Request, *replies: Reply, **options: object) -> object:
        """Returns what a call gives, or the exception that it raises."""
        self.recorder.tell(*replies)
        try:
            return self.caller.call(request, **options)
        except Exception as error:
            # Whatever a client raises is to be judged.
            return error

    def is_error(self, given: object, name: str) -> bool:
        """Says whether something is the package's exception of that name, and none derived from it."""
        return isinstance(given, Exception) and type(given) is getattr(self.module, name, None)


@contextmanager
def halves(api: Api, module: ModuleType, settings: Mapping[str, object], **more: object) -> Iterator[tuple[Half, ...]]:
    """Gives both clients of a package, made with its credential and settings; `more` are further keywords."""
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner(loop_factory=asyncio.new_event_loop))
        made = []
        for prefix, name in (("", "sync"), ("Async", "async")):
            recorder = Recorder()
            http = httpx2.AsyncClient if prefix else httpx2.Client
            arguments: dict[str, object] = {
                "base_url": BASE,
                "http_client": http(transport=httpx2.MockTransport(recorder), trust_env=False),
                **({api.package.credential: SECRET} if api.schemes else {}),
                **settings,
                **more,
            }
            client = getattr(module, prefix + api.package.class_name)(**arguments)
            made.append(Half(name, module, Caller(api, client, runner.run), recorder))
        stack.enter_context(unhurried())
        yield tuple(made)


@contextmanager
def unhurried() -> Iterator[None]:
    """Lets whatever waits for a random time wait for the least, for as long as the context lasts."""
    found = random.uniform
    random.uniform = lambda a, b: min(a, b)  # so that no retry is waited for
    try:
        yield
    finally:
        random.uniform = found


def signed(request: Request, scheme: str = "") -> Request:
    """Returns the request with the credential, shown by a scheme, or in the way that a client prefers by itself."""
    ways = [keys for keys in request.operation.security if keys]
    single = next((number for number, keys in enumerate(ways) if len(keys) == 1), 0)
    chosen = ways.index((scheme,)) if (scheme,) in ways else single
    return replace(request, credential=SECRET, alternative=chosen)
