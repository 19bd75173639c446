"""Requests that meet one kind of refusal on the seeded state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from specledger.fuzz.access import WRONG, refusal_of, without_owned
from specledger.fuzz.ground import Ground
from specledger.fuzz.request import Request, body_media_type, is_json

UNKNOWN = "specledger-unknown"
TOO_LARGE = b'{"specledger":"' + b"x" * (1024 * 1024) + b'"}'
_MALFORMED = (b'{"', b'{"a":NaN}', b"\xff")
# Makes an id of the same length and alphabet.
_OTHER_DIGITS = str.maketrans("0123456789abcdef", "fedcba9876543210")


def meeting(ground: Ground, kind: str, known: Mapping[str, list[Request]]) -> Iterator[Request]:
    """Yields requests that meet a kind of refusal; `known` are those that witnesses of other claims are made of."""
    operation, base = ground.operation, ground.base
    media_type = body_media_type(operation)
    if kind == "unauthenticated":
        yield from (replace(base, credential=credential) for credential in (None, WRONG))
    elif kind in ("scope", "foreign"):
        yield from _strangers(ground, kind)
        yield from _foreign(ground) if kind == "foreign" else ()
    elif kind == "unknown":
        yield from _unknown(ground)
    elif kind == "malformed" and is_json(media_type):
        yield from (replace(base, content=content) for content in _MALFORMED)
    elif kind == "media_type" and operation.body:
        yield replace(base, media_type=other_media_type(media_type))
    elif kind == "too_large" and operation.body:
        yield replace(base, content=TOO_LARGE)
    else:
        yield from known.get(kind, [])


def other_media_type(media_type: str) -> str:
    """Returns a media type that is not the one given."""
    return "application/xml" if media_type.startswith("text/") else "text/plain"


def _strangers(ground: Ground, kind: str) -> Iterator[Request]:
    bare = without_owned(ground.behavior, ground.base)
    for identity in ground.behavior.identities[1:]:
        if refusal_of(ground.behavior, ground.operation, bare, identity) == kind:
            yield replace(bare, credential=identity.credential)


def _foreign(ground: Ground) -> Iterator[Request]:
    """Yields requests of the first identity for objects of other workspaces."""
    collection = ground.collection
    own = ground.behavior.identities[0].workspace if ground.behavior.identities else ""
    for seed in collection.seed:
        if collection.workspace and seed.get(collection.workspace) != own:
            yield ground.base.with_value(ground.effect.id, seed[collection.id])


def _unknown(ground: Ground) -> Iterator[Request]:
    known = {seed.get(ground.collection.id) for seed in ground.collection.seed}
    for value in ground.base.values(ground.effect.id):
        for text in (UNKNOWN, str(value)[::-1], str(value).translate(_OTHER_DIGITS)):
            request = ground.base.with_value(ground.effect.id, text)
            if text not in known and ground.is_valid(request):
                yield request
