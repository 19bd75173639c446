"""What came of the mutants: as text, as JSON, and as the table of the README."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from specledger.drift.report import code
from specledger.mutate.campaign import Report
from specledger.mutate.mutant import LAYERS
from specledger.mutate.operators import OPERATORS
from specledger.mutate.verdict import Verdict
from specledger.yaml12 import Json

_OPEN, _CLOSE = "<!-- mutants -->", "<!-- /mutants -->"


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


def _outcome(one: Verdict) -> str:
    return {"broken": "survived", "alarm": "false alarm"}.get(one.outcome, one.outcome)


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


def record(report: Report, beside: Report, root: Path) -> None:
    """Writes benchmarks/mutants.json and mutants.md, and the table by layer between its marks in the README.

    `beside` is what schemathesis with its defaults made of a sample of the same faults.
    """
    folder = root / "benchmarks"
    folder.mkdir(exist_ok=True)
    rest = [*report.survivors, *report.only("equivalent"), *report.alarms]
    kept = {
        "operators": [_counted(row) for row in _operators(report)],
        "rest": [_entry(one) for one in rest],
        "baseline": [_entry(one) for one in beside.verdicts],
    }
    (folder / "mutants.json").write_text(f"{json.dumps(kept, ensure_ascii=False, indent=1)}\n", "utf-8")
    (folder / "mutants.md").write_text(markdown(report, beside), "utf-8")
    readme = root / "README.md"
    head, mark, rest_of = readme.read_text("utf-8").partition(_OPEN)
    if mark:
        table = by_layer(report, beside)
        readme.write_text(f"{head}{mark}\n\n{table}\n\n{_CLOSE}{rest_of.partition(_CLOSE)[2]}", "utf-8")


@dataclass(frozen=True, slots=True)
class _Row:
    """An operator with the verdicts of its mutants."""

    layer: str
    name: str
    says: str
    part: Report


def _operators(report: Report) -> Iterator[_Row]:
    for operator in OPERATORS:
        found = [one for one in report.verdicts if (one.layer, one.operator) == (operator.layer, operator.name)]
        if found:
            yield _Row(operator.layer, operator.name, operator.says, Report(found))


def _counted(row: _Row) -> dict[str, Json]:
    part = row.part
    found: dict[str, Json] = {"layer": row.layer, "operator": row.name}
    if not part.faults:
        return found | {"benign": len(part.verdicts), "false_alarms": len(part.alarms)}
    killed, equivalent = len(part.only("killed")), len(part.only("equivalent"))
    return found | {
        "total": len(part.faults),
        "killed": killed,
        "equivalent": equivalent,
        "survivors": len(part.survivors),
    }


def by_layer(report: Report, beside: Report) -> str:
    """Returns the table by layer, with what was benign and what schemathesis made of a sample below it."""
    lines = ["| layer | operators | mutants | killed | equivalent | survive |", "|---|--:|--:|--:|--:|--:|"]
    rows = [(layer, Report([one for one in found if not one.benign])) for layer, found in _layers(report)]
    for layer, part in [*rows, ("all", Report(report.faults))]:
        kinds = {(one.layer, one.operator) for one in part.verdicts}
        killed, equivalent = len(part.only("killed")), len(part.only("equivalent"))
        counts = (len(kinds), len(part.verdicts), killed, equivalent, len(part.survivors))
        lines.append(f"| {layer} | {' | '.join(map(str, counts))} |")
    benign = [one for one in report.verdicts if one.benign]
    lines += ["", f"Changes that mean nothing: {len(benign)}; alarms: {len(report.alarms)}."]
    if beside.faults:
        killed = len(beside.only("killed"))
        lines.append(
            f"Schemathesis with its defaults kills {killed} of {len(beside.faults)} of those that a server has."
        )
    return "\n".join(lines)


def markdown(report: Report, beside: Report) -> str:
    """Returns the table by layer and operator, and every mutant that is not simply killed, with the reason."""
    lines = ["# Deliberate faults, and what the gate made of them", "", by_layer(report, beside), ""]
    lines += ["| layer | operator | fault | mutants | killed | equivalent | survive |", "|---|---|---|--:|--:|--:|--:|"]
    for row in _operators(report):
        counted = _counted(row)
        if "total" in counted:
            counts = [counted[key] for key in ("total", "killed", "equivalent", "survivors")]
            lines.append(f"| {row.layer} | {row.name} | {row.says} | {' | '.join(map(str, counts))} |")
    lines += ["", "## Not killed", ""]
    for one in (*report.survivors, *report.alarms, *report.only("equivalent")):
        said = f" It says: {code(one.diagnostic)}" if one.diagnostic else ""
        place = f"{code(one.operation)} {code(one.place)}"
        lines.append(
            f"- {_outcome(one)}: {one.api}, {one.layer}, {one.operator}: {place}, {code(one.name)}. {one.why}.{said}"
        )
    if beside.faults:
        lines += ["", "## By schemathesis with its defaults", ""]
        lines += [f"- {one.outcome}: {one.api}, {one.layer}, {one.operator}: {code(one.name)}" for one in beside.faults]
    return "\n".join(lines) + "\n"
