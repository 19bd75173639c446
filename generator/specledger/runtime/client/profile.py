"""What a generated client knows of its API: operations, answers, settings, signs of failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from . import body, wire
from .credential import Scheme
from .encoding import Parameter

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a documented status carries: JSON that `codec` reads, text, bytes or nothing.

    A `permanent` refusal is the same a moment later.
    """

    kind: Literal["json", "text", "bytes", "nothing"]
    codec: wire.Codec = wire.anything
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """How a request's body is written; `required` sends it even where no field of it is given."""

    kind: body.Kind
    media_type: str
    required: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Generic[T]):
    """A documented method and path, and what its answers hold. `security` lists alternatives, as in OpenAPI.

    `idempotent` says of a method that is not so by its name that sending it twice does what sending it once does.
    """

    id: str
    method: str
    path: str
    parameters: Mapping[str, tuple[Parameter, ...]] = field(default_factory=dict[str, tuple[Parameter, ...]])
    body: Body | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    security: tuple[tuple[str, ...], ...] = ()
    accept: str = "*/*"
    idempotent: bool = False

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
    schemes: Mapping[str, Scheme] = field(default_factory=dict[str, Scheme])
    always_secured: bool = False
    settings: tuple[Setting, ...] = ()
    wraps: Mapping[str, Mapping[str, Wrap]] = field(default_factory=dict[str, Mapping[str, Wrap]])
    failures: tuple[Failure, ...] = ()
