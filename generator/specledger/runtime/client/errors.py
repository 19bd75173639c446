"""What a call can raise.

APIError
├── SettingError                      a constructor keyword is missing or cannot be used; nothing was sent
├── APIConnectionError                no answer came
│   └── APITimeoutError               … in time
└── APIResponseError                  an answer came, and it is not the one that was promised
    ├── APIResponseValidationError    a status of success that cannot be read; `content` holds its bytes
    └── APIStatusError                no success; where it is `documented`, `parsed` holds the body, typed
        ├── BadRequestError           400
        ├── AuthenticationError       401
        ├── PermissionDeniedError     403
        ├── NotFoundError             404
        ├── ConflictError             409
        ├── UnprocessableEntityError  422
        ├── RateLimitError            429
        ├── InternalServerError       500 and above
        └── APIFailureError           a status of success with a body that reports a failure
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

REQUEST_IDS = ("x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid")


def parsed(content: bytes) -> Any:
    """Returns the JSON value of a body, its text where it is no JSON, None where it is empty."""
    if not content:
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content.decode("utf-8", "replace")


def request_id(headers: Mapping[str, str]) -> str | None:
    """Returns the id under which the vendor knows a request, where the answer's headers carry one."""
    return next((headers[name] for name in REQUEST_IDS if name in headers), None)


class APIError(Exception):
    """Whatever a client raises about a call; `operation` is the method and the path as documented.

    Each has `status_code`, `headers`, `request_id` and `body`, so that one handler does: None, and no headers, where
    no answer came.
    """

    def __init__(self, message: str, operation: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation

    @property
    def status_code(self) -> int | None:
        """Returns the answer's status."""
        return None

    @property
    def headers(self) -> Mapping[str, str]:
        """Returns the answer's headers; names compare without case."""
        return {}

    @property
    def request_id(self) -> str | None:
        """Returns the id under which the vendor knows the request, where the answer carries one."""
        return request_id(self.headers)

    @property
    def body(self) -> Any:
        """Returns the parsed JSON of the answer, its text where it is no JSON, None where it is empty."""
        return None

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception would call the class with `args` alone, which is not what subclasses take.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[APIError], args: tuple[Any, ...], state: dict[str, Any]) -> APIError:
    made = kind.__new__(kind, *args)
    made.__dict__.update(state)
    return made


class SettingError(APIError, ValueError):
    """A constructor keyword is missing or cannot be used; nothing was sent."""


class APIConnectionError(APIError):
    """No answer came: the host is unknown, the connection failed or it broke off.

    Where it is `lasting`, another attempt would fail as well: the client is closed, or the server is not trusted.
    """

    lasting = False


class APITimeoutError(APIConnectionError):
    """No answer came in time; the server may have acted on the request all the same."""


class APIResponseError(APIError):
    """An answer came, and it is not the one that was promised.

    `documented` says whether the API's pages know the status, and the body is as they say.
    """

    documented = False

    def __init__(
        self, message: str, operation: str, status_code: int, headers: Mapping[str, str], content: bytes
    ) -> None:
        super().__init__(message, operation)
        self._status_code = status_code
        self._headers = headers
        self.content = content

    @property
    def status_code(self) -> int:
        """Returns the answer's status."""
        return self._status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """Returns the answer's headers; names compare without case."""
        return self._headers

    @property
    def body(self) -> Any:
        """Returns the parsed JSON of the answer, its text where it is no JSON, None where it is empty."""
        return parsed(self.content)


class APIResponseValidationError(APIResponseError):
    """An answer of success that cannot be read as documented; `content` holds its bytes."""


class APIStatusError(APIResponseError):
    """An answer that is no success.

    `parsed` is the body as the model that is documented for the status, None where none is or it is not so.
    """

    parsed: Any = None


class BadRequestError(APIStatusError):
    """400: the request is not valid."""


class AuthenticationError(APIStatusError):
    """401: the credential is missing or unknown."""


class PermissionDeniedError(APIStatusError):
    """403: the credential does not allow this."""


class NotFoundError(APIStatusError):
    """404: there is no such thing."""


class ConflictError(APIStatusError):
    """409: the request conflicts with the present state."""


class UnprocessableEntityError(APIStatusError):
    """422: the request is well formed and cannot be carried out."""


class RateLimitError(APIStatusError):
    """429: too many requests."""


class InternalServerError(APIStatusError):
    """500 and above: the server failed."""


class APIFailureError(APIStatusError):
    """A status of success with a body that reports a failure."""


_BY_STATUS: Mapping[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def status_error(status_code: int) -> type[APIStatusError]:
    """Returns the exception for a status that is no success."""
    return _BY_STATUS.get(status_code, InternalServerError if status_code >= 500 else APIStatusError)
