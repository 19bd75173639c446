"""The credential and where it goes. Nothing here shows it: not repr, not an exception, not a request's repr."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .encoding import header_text
from .errors import SettingError


class Masked(str):
    """Text whose repr hides it, so that no dump of a request's headers shows a credential."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True, slots=True)
class Scheme:
    """Where a credential goes: a header, a query parameter or a cookie, after a prefix."""

    location: Literal["header", "query", "cookie"]
    wire_name: str
    prefix: str = ""
    basic: bool = False

    def write(self, secret: str) -> Masked:
        """Returns what is sent. Raises SettingError, without showing it, for what a header cannot carry."""
        text = b64encode(secret.encode()).decode() if self.basic else secret
        try:
            return Masked(header_text(self.wire_name, self.prefix + text))
        except ValueError:
            pass
        raise SettingError(
            "the credential holds a line break or another control character; was it read with its newline?"
        )


class Credential:
    """A secret, or one for each scheme where an operation needs several."""

    __slots__ = ("_secrets",)

    def __init__(self, secret: str | Mapping[str, str] | None) -> None:
        given = {"": secret} if isinstance(secret, str) else dict(secret or {})
        self._secrets = {key: Masked(value) for key, value in given.items() if value}

    def __bool__(self) -> bool:
        return bool(self._secrets)

    def __repr__(self) -> str:
        return "Credential(***)" if self else "Credential()"

    def __reduce__(self) -> str:
        raise TypeError("a credential is not pickled")

    def holds(self, keys: Sequence[str]) -> bool:
        """Says whether there is a secret for each of these schemes."""
        return bool(self._secrets) and all("" in self._secrets or key in self._secrets for key in keys)

    def apply(self, schemes: Mapping[str, Scheme], keys: Sequence[str]) -> list[tuple[Scheme, Masked]]:
        """Returns what is sent for each of these schemes."""
        return [(schemes[key], schemes[key].write(self._secrets.get(key) or self._secrets[""])) for key in keys]

    def hide(self, text: str) -> str:
        """Returns the text without the secret, which a server may have repeated."""
        for secret in self._secrets.values():
            text = text.replace(secret, "***")
        return text
