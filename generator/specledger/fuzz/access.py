"""Who may call: no credential, a wrong one and those of the other identities, each refused as behavior.yaml says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from specledger.behavior import Behavior, Identity, secured
from specledger.fuzz.judge import Finding, Judge
from specledger.fuzz.request import Request, working
from specledger.fuzz.target import Target
from specledger.ir import Api, Operation
from specledger.places import Place
from specledger.yaml12 import Json, as_list

WRONG = "specledger-wrong-credential"
NOBODY = "specledger"


_BODY = Place(("request", "body"))


@dataclass(frozen=True, slots=True)
class Stranger:
    """A request by somebody who may not make it, the kind of refusal that it meets, and the place that decides it."""

    request: Request
    who: str
    kind: str
    at: str = "security"


def strangers(api: Api, behavior: Behavior, operation: Operation, credential: str | None) -> Iterator[Stranger]:
    """Yields the working request of an operation as sent by those whom it must refuse, each for one reason alone."""
    effect = behavior.effects[operation.id]
    request = working(api, operation, effect, credential)
    if secured(operation):
        yield Stranger(replace(request, credential=None), "no credential", "unauthenticated")
        yield Stranger(replace(request, credential=WRONG), "a wrong credential", "unauthenticated")
        if credential:
            behind = replace(request, credential=f"{NOBODY} {credential}")
            yield Stranger(behind, "a credential behind a word", "unauthenticated")
        for identity in behavior.identities[1:]:
            sent = replace(without_owned(behavior, request), credential=identity.credential)
            kind = refusal_of(behavior, operation, sent, identity)
            if kind:
                yield Stranger(sent, f"the identity {identity.name!r}", kind)
    for name in effect.owned:
        for sent in disowned(behavior, request, name):
            yield Stranger(sent, f"another owner's {name!r}", "not_owned", str(_BODY.child(name)))
            break


def without_owned(behavior: Behavior, request: Request) -> Request:
    """Returns a request without the fields that only their owner may send, where the spec lets them be left out."""
    body = request.operation.body
    schemas = [request.api.resolve(media.schema) for media in body.content] if body else []
    required = [name for schema in schemas if isinstance(schema, dict) for name in as_list(schema.get("required"))]
    for name in behavior.effects[request.operation.id].owned:
        request = request if name in required else request.without(_BODY.child(name))
    return request


def disowned(behavior: Behavior, request: Request, name: str) -> Iterator[Request]:
    """Yields a request with the owned part of a field replaced by what is somebody else's, or nobody's."""
    pattern = behavior.effects[request.operation.id].owned.get(name)
    mine = behavior.identities[0].owns if behavior.identities else ()
    others = [value for identity in behavior.identities[1:] for value in identity.owns if value not in mine]
    for text in request.values(_BODY.child(name)):
        match = re.search(pattern, text) if pattern and isinstance(text, str) else None
        if match and isinstance(text, str):
            start, end = match.span(1)
            yield from (
                request.with_value(_BODY.child(name), text[:start] + other + text[end:]) for other in [*others, NOBODY]
            )


def refusal_of(behavior: Behavior, operation: Operation, request: Request, identity: Identity) -> str:
    """Returns the kind of refusal that an identity meets with a request; empty where it may make it."""
    effect = behavior.effects[operation.id]
    collection = behavior.resources[effect.resource]
    if effect.scope and effect.scope not in identity.scopes:
        return "scope"
    named = next(iter(request.values(effect.id)), None)
    seed = next((seed for seed in collection.seed if seed.get(collection.id) == named), {})
    if collection.workspace and seed.get(collection.workspace) != identity.workspace:
        return "foreign"
    body = request.body if isinstance(request.body, dict) else {}
    strange = any(name in body and not owns(identity, owned, body[name]) for name, owned in effect.owned.items())
    return "not_owned" if strange else ""


def prove(api: Api, behavior: Behavior, target: Target) -> Iterator[tuple[Stranger, int, list[Finding]]]:
    """Yields each stranger's request with the status it got and what was wrong; the other identities only on a mock."""
    credential = target.credential(api, behavior)
    for operation in api.operations:
        if operation.id not in behavior.effects:
            continue
        judge = Judge(api, behavior, operation.id)
        for stranger in strangers(api, behavior, operation, credential):
            # A live API knows none of the other identities, nor what they own.
            if not target.is_mock and stranger.kind != "unauthenticated":
                continue
            before = target.state(api) if target.is_mock else None
            answer = target.send(stranger.request)
            after = target.state(api) if target.is_mock else None
            findings = []
            wanted = judge.effect.refusals[stranger.kind].status
            if answer.status != wanted:
                message = (
                    f"a request with {stranger.who} is refused with {wanted}, and was answered with {answer.status}"
                )
                findings.append(Finding(stranger.at, f"access-{stranger.kind.replace('_', '-')}", message))
            if not 200 <= answer.status < 300:
                findings += judge.judge(stranger.request, answer, before, after)
            yield stranger, answer.status, findings


def owns(identity: Identity, owned: str, value: Json) -> bool:
    """Says whether the part of a value that the pattern `owned` captures is the identity's."""
    match = re.search(owned, value) if isinstance(value, str) else None
    return match is not None and match.group(1) in identity.owns
