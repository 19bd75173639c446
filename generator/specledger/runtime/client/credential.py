"""The credential and where it goes. Nothing here shows it: not repr, not an exception, not a request's repr."""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar, cast

from .encoding import header_text
from .errors import SettingError
from .kinds import is_mapping

T = TypeVar("T")


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
        with suppress(ValueError):
            text = Masked(b64encode(secret.encode()).decode()) if self.basic else secret
            # Only a header's name must be a token: a query parameter's and a cookie's are percent-encoded.
            name = self.wire_name if self.location == "header" else "credential"
            return Masked(header_text(name, Masked(self.prefix + text)))
        raise SettingError(
            "the credential holds a line break or another control character; was it read with its newline?"
        )


Source: TypeAlias = str | Callable[[], str | Awaitable[str]]
"""A secret, or what returns it; asked before each attempt."""


class Credential:
    """Where the secret comes from, or one for each scheme where an operation needs several."""

    __slots__ = ("_seen", "_sources")

    def __init__(self, given: Source | Mapping[str, Source] | None) -> None:
        several: Mapping[str, Source] = given if is_mapping(given) else {"": cast("Source", given)}
        self._sources = {key: _checked(source) for key, source in several.items() if source}
        self._seen = deque((one for one in self._sources.values() if isinstance(one, str)), maxlen=8)

    def __bool__(self) -> bool:
        return bool(self._sources)

    def __repr__(self) -> str:
        return "Credential(***)" if self else "Credential()"

    def __reduce__(self) -> str:
        raise TypeError("a credential is not pickled")

    def holds(self, keys: Sequence[str]) -> bool:
        """Says whether there is a secret for each of these schemes."""
        return bool(self._sources) and all("" in self._sources or key in self._sources for key in keys)

    def sources(self, keys: Sequence[str]) -> list[tuple[str, Source]]:
        """Returns where the secret of each of these schemes comes from."""
        return [(key, self._sources.get(key) or self._sources[""]) for key in keys]

    def taken(self, secret: object) -> Masked:
        """Returns what a source gave. Raises SettingError, without showing it, where that is no text."""
        if not isinstance(secret, str) or not secret.strip():
            what = "an empty text" if isinstance(secret, str) else type(secret).__name__
            raise SettingError(f"the credential's function returned {what}, not the secret")
        found = secret if type(secret) is Masked else Masked(secret)
        if found not in self._seen:
            self._seen.append(found)
        return found

    def hide(self, text: str) -> str:
        """Returns the text without any secret sent so far, which a server may have repeated."""
        for secret in tuple(self._seen):
            text = text.replace(secret, "***")
        return text


def masked(given: T) -> T:
    """Returns a text, or a mapping's texts, so that no dump of local variables shows them; anything else as it is."""
    if isinstance(given, str):
        return cast(T, Masked(given))
    if is_mapping(given):
        return cast(T, {key: masked(source) for key, source in given.items()})
    return given


def _checked(source: Source) -> Source:
    if isinstance(source, str):
        return Masked(source)
    if callable(source):  # pyright: ignore[reportUnnecessaryComparison]  # not every caller checks types
        return source
    raise SettingError(f"the credential is a text or a function that returns it, not {type(source).__name__}")
