"""How schemathesis is set up for one API: credentials, phases, and what each operation may answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from schemathesis.config import ProjectConfig

from specledger.behavior import Behavior, Effect, secured
from specledger.fuzz.request import shown_credential
from specledger.ir import Api, Operation
from specledger.yaml12 import Json, JsonObject

if TYPE_CHECKING:
    # Defined for type checkers only.
    from schemathesis.specs.openapi.schemas import OpenApiOperation

T = TypeVar("T")
PHASES = ("examples", "coverage", "fuzzing", "stateful")
# What schemathesis takes for a refusal, where nothing else is configured.
_REFUSES = ("400", "401", "403", "404", "405", "406", "409", "415", "422", "428", "429", "5xx")
_MISSING_HEADER = ("400", "401", "403", "406", "415", "422")
_UNAUTHENTICATED = (401, 403)


def settings(
    api: Api,
    behavior: Behavior,
    base_url: str,
    credential: str | None,
    *,
    seed: int,
    max_examples: int,
    mock: bool = True,
) -> JsonObject:
    """Returns the configuration, in the words of schemathesis.toml: one worker, a seed, nothing kept between runs.

    To a live API, no `mock`, only documented methods are sent: a DELETE that no page speaks of may work all the same.
    """
    operations: list[Json] = [_operation(api, behavior, operation, mock) for operation in api.operations]
    auth: JsonObject = {
        key: {"api_key": shown_credential(scheme, credential)}
        for key, scheme in api.schemes.items()
        if credential is not None
    }
    coverage: JsonObject = {"extra-data-sources": {"responses": False}}
    if not mock:
        coverage["unexpected-methods"] = []
    return {
        "seed": seed,
        "base-url": base_url,
        "workers": 1,
        "continue-on-failure": True,
        "request-timeout": 10.0,
        "max-redirects": 0,
        **({"auth": {"openapi": auth}} if auth else {}),
        "cache": {"enabled": False},
        "suppress-health-check": ["all"],
        "generation": {"max-examples": max_examples, "database": "none"},
        # Answers hold times of day, and what is drawn from them would differ from run to run.
        "phases": {
            "examples": {"fill-missing": True, "extra-data-sources": {"responses": False}},
            "coverage": coverage,
            "fuzzing": {"extra-data-sources": {"responses": False}, "error-feedback": {"enabled": False}},
        },
        "operations": operations,
    }


@contextmanager
def settled() -> Iterator[None]:
    """Lets schemathesis put together what is set for an operation once, for as long as the context lasts.

    It does so anew for every case, which is a tenth of its time; nothing that is set changes during a run.
    """
    names = ("phases_for", "generation_for", "checks_config_for")
    found = {name: getattr(ProjectConfig, name) for name in names}
    for name in names:
        setattr(ProjectConfig, name, _once(found[name]))
    try:
        yield
    finally:
        for name in names:
            setattr(ProjectConfig, name, found[name])


def _once(method: Callable[..., T]) -> Callable[..., T]:
    # The configs are kept with their answers, so that no other can have the same id.
    known: dict[tuple[int, str, str], tuple[ProjectConfig, T]] = {}

    def get(config: ProjectConfig, *, operation: OpenApiOperation | None = None, phase: str | None = None) -> T:
        key = (id(config), operation.label if operation else "", phase or "")
        if key not in known:
            arguments = {"operation": operation} | ({"phase": phase} if phase else {})
            known[key] = (config, method(config, **arguments))
        return known[key][1]

    return get


def switched_off(api: Api, behavior: Behavior, operation: Operation, mock: bool = True) -> tuple[str, ...]:
    """Returns the checks of schemathesis that cannot accept what this operation answers by facts and rulings.

    Our own stand in for each: `behavior_conformance` for acceptance, the calls of `access` for credentials.
    """
    effect = behavior.effects.get(operation.id)
    if effect is None:
        # Without an effect the mock answers with samples: it deletes nothing. Without identities it takes any
        # credential for a good one.
        stateless = ("use_after_free", "ensure_resource_availability") if mock else ()
        return stateless if behavior.identities else (*stateless, "ignored_auth")
    off = []
    if behavior.resources[effect.resource].unique:
        off.append("positive_data_acceptance")
    status = effect.refusals["unauthenticated"].status
    if secured(operation) and status not in _UNAUTHENTICATED:
        off.append("ignored_auth")
    keys = {key for alternative in operation.security for key in alternative}
    if status != 401 and any(api.schemes[key].wire_name.lower() == "authorization" for key in keys):
        off.append("missing_required_header")
    return tuple(off)


def refusal_statuses(behavior: Behavior, operation: Operation, effect: Effect) -> tuple[int, ...]:
    """Returns the statuses with which the operation can refuse."""
    kinds = effect.reachable(behavior.resources[effect.resource], secured(operation), operation.body is not None)
    return tuple(sorted({effect.refusals[kind].status for kind in kinds}))


def undocumented(api: Api, behavior: Behavior) -> dict[str, tuple[int, ...]]:
    """Returns by operation id the statuses that the mock refuses with though the spec documents none for refusals.

    Only of operations that behavior.yaml leaves out: for those that it has, a status not in the spec is a finding.
    """
    statuses = sorted({refusal.status for refusal in behavior.refusals.values()})
    return {
        operation.id: tuple(status for status in statuses if operation.response(status) is None)
        for operation in api.operations
        if operation.id not in behavior.effects
    }


def _operation(api: Api, behavior: Behavior, operation: Operation, mock: bool) -> JsonObject:
    effect = behavior.effects.get(operation.id)
    statuses = refusal_statuses(behavior, operation, effect) if effect else ()
    texts: list[Json] = [str(status) for status in statuses]
    checks: JsonObject = {
        "negative_data_rejection": {"expected-statuses": [*_REFUSES, *texts]},
        "missing_required_header": {"expected-statuses": [*_MISSING_HEADER, *texts]},
        "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", *(str(s) for s in statuses if s >= 500)]},
    }
    for name in switched_off(api, behavior, operation, mock):
        known = checks.get(name)
        checks[name] = {**(known if isinstance(known, dict) else {}), "enabled": False}
    return {"include-method": operation.method, "include-path": operation.path, "checks": checks}
