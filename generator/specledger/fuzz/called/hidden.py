"""Where a credential may not show: the client's reprs, its log, its exceptions and their tracebacks."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from urllib.parse import quote

from specledger.fuzz.called.half import SECRET, halves
from specledger.fuzz.called.recorder import Reply, json_reply
from specledger.fuzz.judge import Finding
from specledger.fuzz.request import Request
from specledger.ir import Api

_NEEDLES = (SECRET, base64.b64encode(SECRET.encode()).decode(), quote(SECRET, safe=""))
_DEEP = 4


class _Listener(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps one record, and the values that it was made of."""
        self.lines += [record.getMessage(), repr(record.args)]


def hidden(api: Api, module: ModuleType, settings: Mapping[str, object], request: Request) -> Iterator[Finding]:
    """Yields where the credential shows in a call that succeeds, one that is refused, or one that is not answered."""
    if not request.operation.security or not api.schemes:
        return
    shown: list[str] = []

    def around(sent: object, send: Callable[[object], object]) -> object:
        shown.append(repr(sent))
        return send(sent)

    replies = (
        json_reply(200, {}),
        json_reply(401, {"message": f"{SECRET} is unknown", "error": f"{SECRET} is unknown"}),
        Reply(500, f"{SECRET}: no".encode(), "text/plain"),
        Reply(lost=True),
    )
    with halves(api, module, settings, middleware=[around]) as pair:
        for half in pair:
            for reply in replies:
                with _logged(api.package.import_name) as lines:
                    given = half.give(request, reply, max_retries=0)
                wheres = {
                    "repr of the client": "\n".join(_reprs(half.caller.client, module.__name__)),
                    "repr of a request": "\n".join(shown),
                    "log": "\n".join(lines),
                    "exception": f"{given}\n{given!r}" if isinstance(given, Exception) else repr(given),
                    "traceback": _traceback(given, module) if isinstance(given, Exception) else "",
                }
                for where, text in wheres.items():
                    if any(needle in text for needle in _NEEDLES):
                        yield Finding("security", "client-secret", f"the credential shows in the {where} ({half.name})")


@contextmanager
def _logged(name: str) -> Iterator[list[str]]:
    """Gives the lines that are logged, by the client and by what it sends with, for as long as the context lasts."""
    listener, root, own = _Listener(), logging.getLogger(), logging.getLogger(name)
    levels = root.level, own.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    own.setLevel(logging.DEBUG)
    try:
        yield listener.lines
    finally:
        root.removeHandler(listener)
        root.setLevel(levels[0])
        own.setLevel(levels[1])


def _reprs(client: object, package: str) -> Iterator[str]:
    """Yields the reprs of a client and of what it is made of."""
    seen: set[int] = set()
    waiting = [(client, 0)]
    while waiting:
        found, depth = waiting.pop()
        kind = type(found)
        own = kind.__module__.partition(".")[0] == package
        if id(found) in seen or depth > _DEEP or not (own or kind in (dict, list, tuple)):
            continue
        seen.add(id(found))
        yield repr(found)
        names = [*getattr(found, "__dict__", ()), *(name for one in kind.__mro__ for name in _slots(one))]
        waiting += [(getattr(found, name, None), depth + 1) for name in (names if own else ())]
        inner = found.values() if isinstance(found, dict) else found if isinstance(found, list | tuple) else ()
        waiting += [(one, depth + 1) for one in inner]


def _slots(kind: type) -> tuple[str, ...]:
    slots = vars(kind).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _traceback(error: Exception, module: ModuleType) -> str:
    """Returns the traceback with the local variables of those frames that are the package's own."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    folder = str(module.__file__).rpartition("/")[0]
    frames = [frame for frame in told.stack if frame.filename.startswith(folder)]
    return "\n".join(str(frame.locals) for frame in frames) + str(told)
