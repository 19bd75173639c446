"""What was sent lately and what became of it, with every secret struck out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from .answer import Answer, Judged
from .json_text import write
from .redaction import Redaction, strike
from .request import Request

SIZE = 1000
MAX_BODY_KEPT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, its answer, and what the mock made of it.

    `verdict` is `accepted`, `preferred`, `fault`, the kind of a refusal (`invalid`, `unknown`, `taken`, ...),
    `no_path`, `no_method`, `options`, `unfit` for a Prefer or X-Mock-Fault header that was not understood, or
    `unwritten` where the state file failed; `reason` says why. `answer` is the body that was answered.
    """

    api: str
    operation: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    status: int
    verdict: str
    reason: str
    answer: str


class Journal:
    """The last exchanges. What is kept is redacted when it is read, so that keeping costs next to nothing."""

    def __init__(self, size: int = SIZE) -> None:
        self._kept: deque[tuple[Redaction, str, Request, Answer]] = deque(maxlen=size)

    def add(self, redaction: Redaction, operation: str, request: Request, answer: Answer) -> None:
        """Keeps an exchange in the place of the oldest; of long bodies the first 64 KiB."""
        if len(request.body) > MAX_BODY_KEPT:
            request = replace(request, body=request.body[:MAX_BODY_KEPT])
        if len(answer.body) > MAX_BODY_KEPT:
            answer = replace(answer, body=answer.body[:MAX_BODY_KEPT])
        self._kept.append((redaction, operation, request, answer))

    def amend(self, request: Request, answer: Answer) -> None:
        """Puts another answer in the place of the one that was noted for a request."""
        for place in range(len(self._kept) - 1, -1, -1):
            redaction, operation, kept, _ = self._kept[place]
            if kept.headers is request.headers:  # a long body was cut in what is kept
                self._kept[place] = (redaction, operation, kept, answer)
                return

    def entries(self, api: str = "", limit: int | None = None) -> list[Exchange]:
        """Returns the exchanges of an API, or of all, the oldest first; the last ones where `limit` says how many."""
        found = [row for row in self._kept if api in ("", row[0].api)]
        return [_shown(*row) for row in (found if limit is None else found[max(len(found) - limit, 0) :])]

    def clear(self, api: str = "") -> None:
        """Forgets the exchanges of an API, or all."""
        left = [row for row in self._kept if api and row[0].api != api]
        self._kept.clear()
        self._kept.extend(left)


def _shown(redaction: Redaction, operation: str, request: Request, answer: Answer) -> Exchange:
    secrets = redaction.secrets(request)
    verdict, reason = (answer.verdict, answer.reason) if isinstance(answer, Judged) else ("", "")
    told = strike(reason, secrets)
    # A reason is cut at some length: what it shows of a secret is no whole secret where the answer quotes it.
    content = answer.body.replace(write(reason)[1:-1], write(told)[1:-1]) if reason else answer.body
    return Exchange(
        api=redaction.api,
        operation=operation,
        method=request.method,
        path=strike(request.raw_path.decode("latin-1"), secrets),
        query=redaction.query(request.query.decode("latin-1"), secrets),
        headers=redaction.headers(request.headers, secrets),
        body=redaction.body(request.body, request.headers.get("content-type", ""), secrets),
        status=answer.status,
        verdict=verdict or "accepted",
        reason=told,
        answer=redaction.body(content, _content_type(answer), secrets),
    )


def _content_type(answer: Answer) -> str:
    return next((text.decode("latin-1") for name, text in answer.headers if name == b"content-type"), "")
