"""What both clients do: settle the settings, make a request of a call, make a value or an error of an answer."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Self, TypeVar, cast
from urllib.parse import quote

from . import body, encoding, wire
from .credential import Credential, Scheme
from .encoding import Parameter
from .errors import APIFailureError, APIResponseValidationError, APIStatusError, SettingError, parsed, status_error
from .transport import (
    AsyncHttpxTransport,
    AsyncTransport,
    HttpxTransport,
    Request,
    Response,
    Timeout,
    Transport,
    timeout_of,
)

T = TypeVar("T")
_SEGMENT = re.compile(r"\{([^{}]*)\}")
_REASONS = ("message", "error_msg", "error", "detail", "details", "description", "reason", "title")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a documented status carries: JSON that `codec` reads, text, bytes or nothing."""

    kind: Literal["json", "text", "bytes", "nothing"]
    codec: wire.Codec = wire.anything


@dataclass(frozen=True, slots=True)
class Body:
    """How a request's body is written; `required` sends it even where no field of it is given."""

    kind: body.Kind
    media_type: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """A documented method and path, and what its answers hold. `security` lists alternatives, as in OpenAPI."""

    id: str
    method: str
    path: str
    parameters: Mapping[str, tuple[Parameter, ...]] = field(default_factory=dict)
    body: Body | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    security: tuple[tuple[str, ...], ...] = ()
    accept: str = "*/*"

    @property
    def label(self) -> str:
        """Returns `METHOD /path`, as documented."""
        return f"{self.method} {self.path}"

    def answer(self, status: int) -> Answer | None:
        """Returns what is documented for a status: exact before range before default."""
        found = self.answers.get(str(status)) or self.answers.get(f"{status // 100}XX")
        if found or (200 <= status < 300 and any(key[0] == "2" for key in self.answers)):
            return found
        return self.answers.get("default")


@dataclass(frozen=True, slots=True)
class Setting:
    """A constructor keyword besides the credential; `fills` is `server.NAME`, `path.NAME`, `query.NAME`, …"""

    name: str
    fills: str
    required: bool = False
    environment: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrap:
    """`{key: body}`, with the fields of `beside` left next to the key."""

    key: str
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A body reports a failure where the value at `steps` is present and not null, or equals `const`."""

    steps: tuple[str, ...]
    const: Any = wire.UNSET


@dataclass(frozen=True, slots=True)
class Profile:
    """What a generated client knows of its API."""

    user_agent: str
    server: str
    credential: str
    environment: str
    schemes: Mapping[str, Scheme] = field(default_factory=dict)
    always_secured: bool = False
    settings: tuple[Setting, ...] = ()
    wraps: Mapping[str, Mapping[str, Wrap]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()


class Core:
    """Makes requests and reads answers; it sends nothing."""

    def __init__(
        self,
        profile: Profile,
        credential: str | Mapping[str, str] | None,
        given: Mapping[str, str | None],
        options: Mapping[str, bool],
        *,
        base_url: str | None = None,
        auth_scheme: str | None = None,
        timeout: Any = wire.UNSET,
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        self.profile = profile
        self.credential = Credential(credential or os.environ.get(profile.environment))
        if profile.always_secured and not self.credential:
            raise SettingError(self._missing(profile.credential, profile.environment))
        if auth_scheme and auth_scheme not in profile.schemes:
            raise SettingError(f"auth_scheme is one of {', '.join(profile.schemes)}, not {auth_scheme!r}")
        self.auth_scheme = auth_scheme
        self.filled = self._settle(given, base_url)
        self.base_url = self._server(base_url)
        self.wraps = [wraps for name, wraps in profile.wraps.items() if options.get(name)]
        self.timeout = timeout_of(timeout, Timeout())
        self.default_headers = dict(default_headers or {})

    @staticmethod
    def _missing(name: str, environment: str) -> str:
        return f"{name} is missing: give it as a keyword" + (f", or set {environment}" if environment else "")

    def _settle(self, given: Mapping[str, str | None], base_url: str | None) -> dict[str, str]:
        filled: dict[str, str] = {}
        for setting in self.profile.settings:
            value = given.get(setting.name) or os.environ.get(setting.environment) or None
            server = setting.fills.startswith("server.")
            if value is None and setting.required and not (server and base_url):
                missing = self._missing(setting.name, setting.environment)
                raise SettingError(missing + (", or give base_url" if server else ""))
            value = value or setting.default
            if setting.choices and value and value not in setting.choices:
                raise SettingError(f"{setting.name} is one of {', '.join(setting.choices)}, not {value!r}")
            if value:
                filled[setting.fills] = str(value)
        return filled

    def _server(self, base_url: str | None) -> str:
        def variable(match: re.Match[str]) -> str:
            return self.filled.get(f"server.{match.group(1)}", "")

        url = base_url or _SEGMENT.sub(variable, self.profile.server)
        if not re.match(r"https?://[^/\s?#]+[^\s?#]*\Z", url):
            raise SettingError(f"base_url is a URL with scheme and host, like https://example.com, not {url!r}")
        return url.rstrip("/")

    def prepare(
        self,
        operation: Operation[Any],
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        header: Mapping[str, Any] | None = None,
        cookie: Mapping[str, Any] | None = None,
        content: Any = wire.UNSET,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        timeout: Any = wire.UNSET,
    ) -> Request:
        """Returns the request of a call.

        Raises SettingError where the credential or a constructor keyword is missing, ValueError or TypeError for
        a value that cannot be sent.
        """
        headers = {"Accept": operation.accept, "User-Agent": self.profile.user_agent, **self.default_headers}
        url = self.base_url + self._path(operation, path or {})
        pairs = self._pairs(operation, "query", query)
        for name, value in (extra_query or {}).items():
            pairs = [pair for pair in pairs if pair[0] != quote(name, safe="")]
            pairs += encoding.query_pairs(Parameter(name), value)
        cookies = self._pairs(operation, "cookie", cookie)
        for parameter in operation.parameters.get("header", ()):
            value = self._value(operation, "header", parameter, header)
            if value is not wire.UNSET and value is not None:
                headers[parameter.wire_name] = encoding.header_value(parameter, value)
        secrets: list[str] = []
        for scheme, text in self._secrets(operation):
            if scheme.location == "header":
                headers[scheme.wire_name] = text
            elif scheme.location == "query":
                secrets.append(f"{quote(scheme.wire_name, safe='')}={quote(text, safe='')}")
            else:
                cookies.append((quote(scheme.wire_name, safe=""), quote(text, safe="")))
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies)
        data = self._content(operation, content, extra_body, headers)
        for name, value in (extra_headers or {}).items():
            for known in [known for known in headers if known.lower() == name.lower()]:
                del headers[known]
            headers[name] = encoding.header_text(name, value)
        if pairs:
            url += "?" + "&".join(f"{name}={value}" for name, value in pairs)
        wait = timeout_of(timeout, self.timeout)
        return Request(operation.method, url, headers, data, wait, operation.label, "&".join(secrets))

    def _value(
        self, operation: Operation[Any], location: str, parameter: Parameter, given: Mapping[str, Any] | None
    ) -> Any:
        value = (given or {}).get(parameter.wire_name, wire.UNSET)
        if value is not wire.UNSET:
            return value
        return self.filled.get(f"{location}.{parameter.wire_name}", wire.UNSET)

    def _path(self, operation: Operation[Any], given: Mapping[str, Any]) -> str:
        known = {parameter.wire_name: parameter for parameter in operation.parameters.get("path", ())}
        pieces = _SEGMENT.split(operation.path)
        for place in range(1, len(pieces), 2):
            parameter = known.get(pieces[place], Parameter(pieces[place], "simple", False))
            value = self._value(operation, "path", parameter, given)
            if value is wire.UNSET:
                setting = next((s for s in self.profile.settings if s.fills == f"path.{parameter.wire_name}"), None)
                name, environment = (setting.name, setting.environment) if setting else (parameter.wire_name, "")
                raise SettingError(self._missing(name, environment), operation.label)
            pieces[place] = encoding.path_value(parameter, value)
        for place in range(0, len(pieces), 2):
            pieces[place] = quote(pieces[place], safe="/:@!$&'()*+,;=%~")
        return "".join(pieces)

    def _pairs(
        self, operation: Operation[Any], location: str, given: Mapping[str, Any] | None
    ) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str]] = []
        for parameter in operation.parameters.get(location, ()):
            value = self._value(operation, location, parameter, given)
            if value is not wire.UNSET:
                pairs += encoding.query_pairs(parameter, value)
        return pairs

    def _secrets(self, operation: Operation[Any]) -> Sequence[tuple[Scheme, str]]:
        alternatives = operation.security
        if not alternatives:
            return ()
        ranked = sorted(alternatives, key=lambda keys: (keys != (self.auth_scheme,), len(keys) != 1, not keys))
        keys = ranked[0]
        if self.credential.holds(keys):
            return self.credential.apply(self.profile.schemes, keys)
        if () in alternatives:
            return ()
        raise SettingError(self._missing(self.profile.credential, self.profile.environment), operation.label)

    def _content(
        self, operation: Operation[Any], content: Any, extra: Mapping[str, Any] | None, headers: dict[str, str]
    ) -> bytes | None:
        form = operation.body
        if form is None:
            return None
        if isinstance(content, dict):
            content = {name: value for name, value in content.items() if value is not wire.UNSET} | dict(extra or {})
            if not content and not form.required:
                return None
        if content is wire.UNSET:
            if form.required:
                raise TypeError(f"{operation.label} needs a body")
            return None
        for wraps in self.wraps:
            wrap = wraps.get(operation.id)
            if wrap is not None and isinstance(content, dict):
                beside = {name: content.pop(name) for name in wrap.beside if name in content}
                content = {wrap.key: content, **beside}
        headers["Content-Type"], data = body.encode(form.kind, form.media_type, content)
        return data

    def finish(self, operation: Operation[T], response: Response) -> T:
        """Returns the value of an answer. Raises APIStatusError or APIResponseValidationError for any other."""
        status = response.status_code
        if not 200 <= status < 300:
            raise self._refusal(status_error(status), operation, response)
        answer = operation.answer(status)
        if answer is None and operation.answers:
            raise self._unreadable(operation, response, f"the status {status} is not documented")
        problem, value = "", None
        try:
            value = self._read(answer, response.content) if answer else parsed(response.content)
        except wire.Mismatch as mismatch:
            problem = str(mismatch)
        except (ValueError, RecursionError) as error:
            problem = f"no JSON that can be read ({type(error).__name__})"
        if self._reports_failure(response):
            raise self._refusal(APIFailureError, operation, response)
        if problem:
            raise self._unreadable(operation, response, problem)
        return cast(T, value)

    @staticmethod
    def _read(answer: Answer, content: bytes) -> Any:
        if answer.kind == "nothing":
            return None
        if answer.kind == "bytes":
            return content
        if answer.kind == "text":
            return content.decode("utf-8", "replace")
        if not content:
            raise wire.Mismatch(answer.codec.expected, wire.UNSET)
        return answer.codec(json.loads(content))

    def _reports_failure(self, response: Response) -> bool:
        if not self.profile.failures:
            return False
        try:
            value = json.loads(response.content)
        except (ValueError, RecursionError):
            return False
        for failure in self.profile.failures:
            for found in _values(value, failure.steps):
                same = type(found) is type(failure.const) and found == failure.const
                if same or (failure.const is wire.UNSET and found is not None):
                    return True
        return False

    def _refusal(self, kind: type[APIStatusError], operation: Operation[Any], response: Response) -> APIStatusError:
        status = response.status_code
        message = f"{operation.label} answered {status}"
        error = kind(message, operation.label, status, response.headers, response.content)
        reason = _reason(error.body)
        if reason:
            error.message = f"{message}: {self.credential.hide(reason)}"
            error.args = (error.message,)
        answer = operation.answer(status)
        if answer is not None and answer.kind == "json" and response.content:
            try:
                error.parsed = answer.codec(json.loads(response.content))
            except (ValueError, RecursionError):
                error.parsed = None
        return error

    def _unreadable(self, operation: Operation[Any], response: Response, problem: str) -> APIResponseValidationError:
        message = f"{operation.label} answered {response.status_code} with something else than documented: {problem}"
        return APIResponseValidationError(
            message, operation.label, response.status_code, response.headers, response.content
        )


def _values(value: Any, steps: tuple[str, ...]) -> list[Any]:
    found = [value]
    for step in steps:
        if step == "[]":
            found = [item for one in found if isinstance(one, list) for item in one]
        elif step == "{}":
            found = [item for one in found if isinstance(one, dict) for item in one.values()]
        else:
            found = [one[step] for one in found if isinstance(one, dict) and step in one]
    return found


def _reason(value: Any) -> str:
    """Returns the sentence of an error body that says what was wrong, at most 300 characters of it."""
    while isinstance(value, dict):
        value = next((value[name] for name in _REASONS if value.get(name)), None)
    return value[:300] if isinstance(value, str) else ""


class SyncClient:
    """The synchronous half: it sends, and waits."""

    _core: Core
    _transport: Transport

    def _open(self, core: Core, http_client: Any, transport: Transport | None) -> None:
        self._core = core
        self._transport = transport or HttpxTransport(http_client)

    def call(self, operation: Operation[T], **arguments: Any) -> T:
        """Returns the value of one call; the resources' methods are its typed face."""
        request = self._core.prepare(operation, **arguments)
        return self._core.finish(operation, self._transport.send(request))

    def close(self) -> None:
        """Closes the connections; a client that was handed in stays open."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._core.base_url!r})"


class AsyncClient:
    """The asynchronous half."""

    _core: Core
    _transport: AsyncTransport

    def _open(self, core: Core, http_client: Any, transport: AsyncTransport | None) -> None:
        self._core = core
        self._transport = transport or AsyncHttpxTransport(http_client)

    async def call(self, operation: Operation[T], **arguments: Any) -> T:
        """Returns the value of one call; the resources' methods are its typed face."""
        request = self._core.prepare(operation, **arguments)
        return self._core.finish(operation, await self._transport.send(request))

    async def close(self) -> None:
        """Closes the connections; a client that was handed in stays open."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._core.base_url!r})"
