"""What both clients share: settle the settings, make a request of a call, make a value or an error of an answer."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import quote

from . import body, encoding, wire
from .credential import Credential, Scheme
from .encoding import Parameter
from .errors import APIFailureError, APIResponseValidationError, APIStatusError, SettingError, parsed, status_error
from .profile import Answer, Operation, Profile
from .transport import Request, Response, Timeout, timeout_of

T = TypeVar("T")
_SEGMENT = re.compile(r"\{([^{}]*)\}")
_REASONS = ("message", "error_msg", "error", "detail", "details", "description", "reason", "title")


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
        if "@" in url.partition("://")[2].partition("/")[0]:
            raise SettingError("base_url holds a user's name or password; the credential is a keyword of its own")
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
