"""Faults of what every generated client runs on: encoding, credential, answers, retries, redirects."""

# ruff: noqa: E501  # a line for each operator, with the code before and after as it stands
from __future__ import annotations

import jsonschema_rs

from specledger.ir import Operation
from specledger.mutate.code import (
    Where,
    answers,
    body,
    claimed,
    everywhere,
    only,
    parameters,
    rewritten,
    security,
    statuses,
    where_all,
)
from specledger.mutate.mutant import Operator
from specledger.mutate.world import World
from specledger.yaml12 import as_object

# The methods that may be sent again without a further word (RFC 9110, section 9.2.2).
_IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")
_ERRORS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}


def _again(_: World, operation: Operation) -> bool:
    return operation.idempotent or operation.method in _IDEMPOTENT


def _once(world: World, operation: Operation) -> bool:
    return not _again(world, operation)


def _permanent(_: World, operation: Operation) -> bool:
    return any(response.permanent for response in operation.responses)


def _signed(world: World, _: Operation) -> bool:
    return bool(world.api.package.failures)


def _prefixed(world: World, operation: Operation) -> bool:
    """Says whether the scheme that a client prefers by itself writes something before the credential."""
    single = [keys[0] for keys in operation.security if len(keys) == 1]
    return bool(single) and world.api.schemes[single[0]].prefix != ""


def _filled(world: World, operation: Operation) -> list[str]:
    """Returns the parameters of an operation that the client's constructor asks for."""
    known = set(parameters("path", "query", "header", "cookie")(world, operation))
    return [one.fills for one in world.api.package.parameters if one.fills in known]


def _server(world: World, _: Operation) -> list[str]:
    """Returns the server where a keyword of the constructor fills in a part of it."""
    return ["server"] if any(one.fills.startswith("server.") for one in world.api.package.parameters) else []


def _nothing(_: World, operation: Operation) -> list[str]:
    """Returns the answers of success that are documented without a body."""
    return [f"response.{one.status}" for one in operation.responses if one.status[:1] == "2" and not one.content]


def _empty(world: World, operation: Operation) -> list[str]:
    """Returns the fields of a body that may be 0, false, or an empty text or list."""
    found: list[str] = []
    components = as_object(world.document().get("components"))
    for media in operation.body.content if operation.body else ():
        for name, schema in as_object(as_object(world.api.resolve(media.schema)).get("properties")).items():
            fits = jsonschema_rs.Draft202012Validator({"components": components, "allOf": [schema]}).is_valid
            found += [f"request.body.{name}"] if any(map(fits, (0, False, "", []))) else []
    return found


def _swap(name: str, says: str, module: str, old: str, new: str, where: Where) -> Operator:
    return Operator(f"client-{name}", "client", says, rewritten("client", f"/_runtime/{module}.py", old, new, where))


_URL = parameters("path", "query")
_QUOTED = 'return quote(scalar(value), safe="")'
_REQUEST = (
    _swap("slash-kept", "a slash in a parameter stays one", "encoding", _QUOTED, _QUOTED.replace('""', '"/"'), _URL),
    _swap("unescaped", "a parameter is not percent-encoded", "encoding", _QUOTED, "return scalar(value)", _URL),
    _swap("plus", "a space becomes a plus", "encoding", _QUOTED, f'{_QUOTED}.replace("%20", "+")', _URL),
    _swap("twice-escaped", "a parameter is encoded twice", "encoding", _QUOTED, _QUOTED.replace("scalar(value)", "quote(scalar(value))"), _URL),
    _swap("base-path-lost", "the path of base_url is lost", "core", 'return url.rstrip("/")', 'return "/".join(url.split("/")[:3])', everywhere),
    _swap("content-type-lost", "the header Content-Type is not sent", "core", 'headers["Content-Type"], data =', "_, data =", body),
    _swap("user-agent-lost", "the header User-Agent is not ours", "core", '{"User-Agent": profile.user_agent}', "{}", everywhere),
    _swap("accept-wrong", "the header Accept asks for something else", "core", '{"Accept": operation.accept}', '{"Accept": "text/html"}', only(lambda _, one: any(r.content for r in one.responses), everywhere)),
    _swap("extra-body-ignored", "extra_body is not sent", "core", " | dict(extra or {})", "", body),
    _swap("extra-query-ignored", "extra_query is not sent", "core", "in extra_query.items() if extra_query else ():", "in ():", everywhere),
    _swap("setting-ignored", "a keyword of the constructor is not filled in", "core", 'return self.filled.get(f"{location}.{parameter.wire_name}", wire.UNSET)', "return wire.UNSET", _filled),
    _swap("server-variable-ignored", "a part of the server's address stays empty", "core", 'value = self.filled.get(fills, "")', 'value = "localhost"', _server),
    _swap("timeout-none", "a call waits for ever by default", "core", "timeout_of(timeout, Timeout())", "timeout_of(timeout, Timeout(None, None))", everywhere),
    _swap("timeout-ignored", "the timeout of a call is ignored", "core", "wait = timeout_of(timeout, self.timeout)", "wait = self.timeout", everywhere),
    _swap("empty-dropped", "a field that is 0, false or empty is not sent", "core", "content.items() if value is not wire.UNSET}", "content.items() if value}", _empty),
    _swap("latin-body", "a body is written in Latin-1", "body", "return dumped(ensure_ascii=False).encode()", 'return dumped(ensure_ascii=False).encode("latin-1", "replace")', claimed("request.body", "type", "string")),
    _swap("array-joined", "an array is sent as one text", "wire", "return [write(item) for item in value]\n    if isinstance(value, Model)", 'return ",".join(str(write(item)) for item in value)\n    if isinstance(value, Model)', claimed("request.body", "type", "array")),
    _swap("boolean-as-text", "a boolean is sent as text", "wire", "if kind in _SCALARS:\n        return value", "if kind in _SCALARS:\n        return str(value).lower() if kind is bool else value", claimed("request.body", "type", "boolean")),
    _swap("integer-as-text", "an integer is sent as text", "wire", "if kind in _SCALARS:\n        return value", "if kind in _SCALARS:\n        return str(value) if kind is int else value", claimed("request.body", "type", "integer")),
)  # fmt: skip

_SECRET = (
    _swap("secret-lost", "the credential is not sent", "core", "_put(headers, scheme.wire_name, text)", "pass", security),
    _swap("prefix-lost", "the credential is sent without what belongs before it", "credential", "Masked(self.prefix + text)", "Masked(text)", only(_prefixed, security)),
    _swap("secret-in-body-header", "the credential goes into another header", "core", "_put(headers, scheme.wire_name, text)", 'headers["X-" + scheme.wire_name] = text', security),
    _swap("scheme-ignored", "auth_scheme is ignored", "core", "keys != (self.auth_scheme,), ", "", only(lambda _, one: len([k for k in one.security if len(k) == 1]) > 1, security)),
    _swap("token-in-repr", "the credential shows in a repr", "credential", "return \"'***'\"", "return str.__repr__(self)", security),
    _swap("token-in-credential", "the credential shows in the repr of what holds it", "credential", 'return "Credential(***)" if self else', 'return f"Credential({[*map(str, self._sources.values())]})" if self else', security),
    _swap("token-in-error", "an error repeats the credential that a server repeated", "answers", "self._hide(_reason(error.body))[:300]", "_reason(error.body)[:300]", security),
    _swap("token-in-log", "the log shows every header", "log", '_line(value) if name.lower() in SHOWN else "…"', "_line(str(value))", security),
    _swap("redirect-keeps-secret", "the credential goes along to another origin", "redirects", "headers=headers, trusted=False)", "headers=headers)", security),
)  # fmt: skip

_CHOICE = "*types)\n        self.values = frozenset(literals)"
_REFUSING = ")\n        self.values = frozenset(literals)\n\n    def read(self, value: Any) -> Any:\n        return value if value in [*self.values] else self.refuse(value)"
_REAL = 'class _Real(Codec):\n    def read(self, value: Any) -> Any:\n        return float(value) if type(value) in (int, float) else self.refuse(value)\n\n\ninteger = _Real("an integer")'
_ANSWER = (
    _swap("error-as-success", "a refusal is taken for an answer of success", "answers", "if not 200 <= status < 300:", "if status >= 500:", statuses("4")),
    _swap("failure-ignored", "a failure with a status of success is taken for a success", "answers", "if self._failures and self._reports_failure(response):", "if False:", only(_signed, statuses("2"))),
    _swap("failure-present", "a sign of failure that is null counts", "answers", "failure.const is wire.UNSET and found is not None", "failure.const is wire.UNSET", only(_signed, statuses("2"))),
    _swap("documented-lost", "a documented refusal is not told as one", "answers", "error.documented = True", "pass", statuses("4")),
    _swap("parsed-lost", "the body of a refusal is not read", "answers", 'error.parsed = value if answer.kind == "json" else None', "error.parsed = None", answers("4", "5")),
    *(
        _swap(f"error-{status}", f"a {status} raises another error", "errors", f"    {status}: {name},", f"    {status}: {'ConflictError' if status != 409 else 'NotFoundError'},", statuses(str(status)))
        for status, name in _ERRORS.items() if status not in (409, 422, 429)
    ),
    _swap("error-500", "a 500 is no error of the server", "errors", "status_code >= 500", "status_code > 500", everywhere),
    _swap("request-id-lost", "the id of a request is not found", "errors", '("x-request-id", ', "(", everywhere),
    _swap("nothing-read", "an answer without a body is read for one", "answers", 'if answer.kind == "nothing":', 'if answer.kind == "never":', _nothing),
    _swap("undocumented-read", "a status that nobody documents is a success", "answers", "if answer is None and operation.answers:", "if False:", everywhere),
    _swap("status-of-another", "an answer is read as another status documents it", "profile", 'found = self.answers.get(str(status)) or', "found = next(iter(reversed(self.answers.values())), None) or", statuses("2", "4")),
    _swap("unknown-field-dropped", "a field that the spec does not know is lost", "wire", "self.additional_properties[key] = rest(value)", "pass", answers()),
    _swap("null-dropped", "a null is lost", "wire", "for key, value in found.items() if value is not UNSET}", "for key, value in found.items() if value is not UNSET and value is not None}", claimed("response", "nullable")),
    _swap("enum-closed", "a value of an enum that the spec does not know is refused", "codecs", _CHOICE, _REFUSING, claimed("response", "enum")),
    _swap("integer-as-float", "an integer is read as a float", "codecs", 'integer = _Integer("an integer", int)', _REAL, claimed("response", "type", "integer")),
    _swap("text-unchecked", "whatever comes in the place of a text is taken for one", "codecs", 'text = Codec("a string", str)', 'text = _Anything("a string")', claimed("response", "type", "string")),
    _swap("date-without-zone", "a date loses its zone", "moments", "if write_time(value) == written:\n        return value", "if write_time(value) == written:\n        return value.replace(tzinfo=None)", claimed("response", "format", "date-time")),
    _swap("date-rewritten", "a date is not given back as it came", "moments", "if type(value) is WrittenTime and value.written:", "if False:", claimed("response", "format", "date-time")),
    _swap("required-unchecked", "an answer without a required field is taken", "wire", "if not cls.__required__ <= data.keys():\n            missing", "if False:\n            missing", where_all(claimed("response", "type", "object"), claimed("response", "required", True))),
    _swap("type-unchecked", "an answer with values of another type is taken", "codecs", "raise Mismatch(self.expected, value)", "return value", where_all(claimed("response", "type"), answers("2"))),
    _swap("attempts-miscounted", "the number of attempts is wrong", "exchange", "return response, repeated + 1", "return response, repeated", everywhere),
    _swap("async-unchecked", "the asynchronous client takes every answer for a success", "client", "given = await self._take(step, told)\n            told.answered(response)\n            self._core.answers.check(operation, response)", "given = await self._take(step, told)\n            told.answered(response)", statuses("4")),
    _swap("raw-unchecked", "with_raw_response shows no bytes", "raw", "return self._response.content", 'return b""', answers("2")),
)  # fmt: skip

_RETRY = (
    _swap("post-retried", "a call is sent again that may not be", "exchange", "in retries.IDEMPOTENT else 0", "in retries.IDEMPOTENT else 1", only(_once, everywhere)),
    _swap("not-retried", "a call is not sent again that may be", "exchange", "most = core.max_retries if", "most = 0 if", only(_again, everywhere)),
    _swap("retried-too-often", "a call is sent once more than is said", "exchange", "again = repeated < most", "again = repeated <= most", everywhere),
    _swap("max-retries-ignored", "the max_retries of a call is ignored", "exchange", "most = most if max_retries is wire.UNSET else repeats(max_retries)", "pass", everywhere),
    _swap("lasting-retried", "a 404 is asked again", "retries", "status in (408, 429)", "status in (404, 408, 429)", only(_again, everywhere)),
    _swap("limit-not-retried", "a 429 is not asked again", "retries", "status in (408, 429)", "status in (408,)", only(_again, everywhere)),
    _swap("server-error-not-retried", "a 500 is not asked again", "retries", "or 500 <= status < 600", "or 500 < status < 600", only(_again, everywhere)),
    _swap("permanent-retried", "a refusal that lasts is asked again", "exchange", " and not core.answers.final(operation, response)", "", only(_permanent, everywhere)),
    _swap("redirect-as-get", "a redirected call becomes a GET", "redirects", 'if response.status_code == 303 and method != "HEAD":', 'if method != "HEAD":', everywhere),
    _swap("redirect-followed", "a call that changes something follows a 302", "redirects", "(response.status_code < 307 and method not in", "(response.status_code < 300 and method not in", only(lambda _, one: one.method not in ("GET", "HEAD"), everywhere)),
)  # fmt: skip

OPERATORS: tuple[Operator, ...] = (*_REQUEST, *_SECRET, *_ANSWER, *_RETRY)
