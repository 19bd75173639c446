"""Who may call: no credential, a wrong one and those of the other identities, each refused as behavior.yaml says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from specledger.behavior import Behavior, Identity, secured
from specledger.fuzz.judge import Finding, Judge
from specledger.fuzz.request import Request, send, working
from specledger.fuzz.target import Target
from specledger.ir import Api, Operation
from specledger.yaml12 import Json

WRONG = "specledger-wrong-credential"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A request by somebody who may not make it, and the kind of refusal that it meets."""

    request: Request
    who: str
    kind: str


def strangers(api: Api, behavior: Behavior, operation: Operation, credential: str | None) -> Iterator[Stranger]:
    """Yields the working request of an operation as sent by those whom it must refuse."""
    effect = behavior.effects[operation.id]
    request = working(api, operation, effect, credential)
    if secured(operation):
        yield Stranger(replace(request, credential=None), "no credential", "unauthenticated")
        yield Stranger(replace(request, credential=WRONG), "a wrong credential", "unauthenticated")
    for identity in behavior.identities[1:]:
        kind = refusal_of(behavior, operation, request, identity)
        if kind and secured(operation):
            yield Stranger(replace(request, credential=identity.credential), f"the identity {identity.name!r}", kind)


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
            if not target.is_mock and stranger.kind != "unauthenticated":
                continue
            before = target.state(api) if target.is_mock else None
            answer = send(target.client, target.base(api), stranger.request)
            after = target.state(api) if target.is_mock else None
            findings = []
            wanted = judge.effect.refusals[stranger.kind].status
            if answer.status != wanted:
                message = (
                    f"a request with {stranger.who} is refused with {wanted}, and was answered with {answer.status}"
                )
                findings.append(Finding("security", f"access-{stranger.kind.replace('_', '-')}", message))
            if not 200 <= answer.status < 300:
                findings += judge.judge(stranger.request, answer, before, after)
            yield stranger, answer.status, findings


def owns(identity: Identity, owned: str, value: Json) -> bool:
    """Says whether the part of a value that the pattern `owned` captures is the identity's."""
    match = re.search(owned, value) if isinstance(value, str) else None
    return match is not None and match.group(1) in identity.owns
