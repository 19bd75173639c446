"""What came of the mutants: as text, as JSON, and as the table of the README."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from specledger.mutate.campaign import Report
from specledger.mutate.mutant import LAYERS
from specledger.mutate.verdict import Verdict
from specledger.yaml12 import Json


def text(report: Report) -> str:
    """Returns a line for each layer, and a paragraph for each mutant that is not killed."""
    lines: list[str] = []
    for one in (*report.survivors, *report.alarms):
        lines += [_line(one), *([f"    {one.diagnostic}"] if one.diagnostic else [])]
    lines += [f"{_line(one)}" for one in report.only("equivalent")]
    lines += [f"{layer}: {_counts(rows)}" for layer, rows in _layers(report)]
    return "\n".join([*lines, *report.notes, f"all: {_counts(report.verdicts)}"])


def _line(one: Verdict) -> str:
    outcome = {"broken": "survived"}.get(one.outcome, one.outcome)
    return (
        f"{outcome} {one.id} {one.api} {one.layer} {one.operator} {one.operation} {one.place} ({one.name}): {one.why}"
    )


def _layers(report: Report) -> Iterator[tuple[str, list[Verdict]]]:
    for layer in LAYERS:
        rows = [one for one in report.verdicts if one.layer == layer]
        if rows:
            yield layer, rows


def _counts(rows: list[Verdict]) -> str:
    part = Report(rows)
    killed, equivalent = len(part.only("killed")), len(part.only("equivalent"))
    found = f"{killed} of {len(part.faults)} killed, {equivalent} equivalent, {len(part.survivors)} survive"
    benign = len(rows) - len(part.faults)
    return f"{found}; {len(part.alarms)} alarms at {benign} benign changes" if benign else found


def as_json(report: Report) -> str:
    """Returns `{total, killed, equivalent, survivors, false_alarms, benign, notes}`: numbers, and lists of entries."""
    return json.dumps(
        {
            "total": len(report.faults),
            "killed": [_entry(one) for one in report.only("killed")],
            "equivalent": [_entry(one) for one in report.only("equivalent")],
            "survivors": [_entry(one) for one in report.survivors],
            "false_alarms": [_entry(one) for one in report.alarms],
            "benign": len(report.verdicts) - len(report.faults),
            "notes": report.notes,
        },
        ensure_ascii=False,
        indent=1,
    )


def _entry(one: Verdict) -> dict[str, Json]:
    return {key: value for key, value in one.as_json().items() if value != "" and key not in ("benign", "seconds")}


def operators(report: Report) -> Counter[tuple[str, str]]:
    """Returns how many faults of each layer and operator there were."""
    return Counter((one.layer, one.operator) for one in report.faults)
