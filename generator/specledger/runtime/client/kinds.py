"""What a value is, in a form that type checkers follow: isinstance leaves them a dict of unknown things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Says whether a value is a parsed JSON object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Says whether a value is a parsed JSON array."""
    return isinstance(value, list)


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Says whether a value is a dict or another mapping."""
    return isinstance(value, Mapping)


def is_several(value: object) -> TypeGuard[Sequence[Any]]:
    """Says whether a value is a list, a tuple or another sequence, and no text or bytes."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def is_parts(value: object) -> TypeGuard[tuple[Any, ...]]:
    """Says whether a value is a tuple, as an upload with a name is."""
    return isinstance(value, tuple)
