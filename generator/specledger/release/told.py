"""A plan as text for a person and as JSON for a machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from specledger.diagnostics import shown
from specledger.release.plan import Plan
from specledger.yaml12 import Json, JsonObject


def text(plan: Plan, written: bool = False) -> str:
    """Returns what the next version is, the rows of its entry, and what to look at again."""
    return "\n".join(_lines(plan, written))


def _lines(plan: Plan, written: bool) -> Iterator[str]:
    name = plan.api.package.distribution
    if plan.level is None:
        yield f"{name}: nothing changed since {plan.before}"
        return
    since = f", after {plan.before}: {plan.level}" if plan.before else ", the first release"
    yield f"{name} {plan.entry.version}{since}"
    for change in plan.entry.changes:
        yield f"    {'breaking: ' if change.level == 'breaking' else ''}{change.text}"
        if change.error:
            yield f"        type checker: {change.error}"
    for change in plan.lost:
        yield f"look again: nothing stands for this sentence any more: {change.text}"
    if written:
        yield f"    {shown(plan.path)} is written"
    elif not plan.is_written:
        yield f"    {shown(plan.path)} does not say so yet: specledger version {plan.api.name} --write"


def as_json(plans: Sequence[Plan]) -> str:
    """Returns `[{api, distribution, before, version, level, changes: [{level, text, error, …}]}]`."""
    return json.dumps([_value(one) for one in plans], ensure_ascii=False, indent=2)


def _value(plan: Plan) -> JsonObject:
    changes: list[Json] = [asdict(one) for one in plan.entry.changes]
    return {
        "api": plan.api.name,
        "distribution": plan.api.package.distribution,
        "before": plan.before or None,
        "version": plan.entry.version,
        "level": plan.level,
        "written": plan.is_written,
        "changes": changes,
    }
