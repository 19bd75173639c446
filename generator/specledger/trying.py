"""The verbs that try mock and clients, fuzz and prove, and send a case that failed again."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specledger.annotate import Format
from specledger.diagnostics import Diagnostic, as_json, sort
from specledger.verb import APIS, EXAMPLES, FORMAT, GENERATED, SEED, SPECS, TIMINGS, print_findings, print_for_forge

if TYPE_CHECKING:
    from specledger.fuzz.campaign import Plan

_JOBS = click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many workers.")
_DASK = click.option("--dask", default="", metavar="ADDRESS", help="A Dask scheduler, whose workers do it.")
_SHELF = ".specledger/examples"
_CASES = click.option(
    "--cases", type=click.Path(path_type=Path), default=Path(_SHELF), show_default=True, help="Keeps what failed."
)
_REPLAY = click.option("--replay", default="", metavar="ID", help="Send one case that failed again, alone.")


class _Seconds(click.ParamType[float]):
    """A time as people write it: 60s, 2m, 90."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Returns the seconds; fails for what is no time."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|)", str(value))
        if not found:
            self.fail(f"{value!r} is no time; write 60s or 2m", param, ctx)
        return float(found[1]) * (60 if found[2] == "m" else 1)


@click.command()
@APIS
@SPECS
@GENERATED
@click.option("--url", default="", help="A running mock or a live API; a mock of its own where left out.")
@click.option("--live", is_flag=True, help="Allow an address that is not on this machine.")
@SEED
@EXAMPLES
@_JOBS
@_DASK
@_CASES
@_REPLAY
@click.option("--json", "json_", is_flag=True, help="Print the failures as JSON on stdout.")
@click.option("--verbose", is_flag=True, help="List all that was not looked at.")
@TIMINGS
def fuzz(
    apis: tuple[str, ...],
    specs: Path,
    generated: Path,
    url: str,
    live: bool,
    seed: int,
    max_examples: int,
    jobs: int,
    dask: str,
    cases: Path,
    replay: str,
    json_: bool,
    verbose: bool,
    timings: bool,
) -> int:
    """Send witnesses, directed and drawn requests to the mock, or to --url, and judge the answers.

    Fails where an answer breaks the spec, the state or a fact, and where no case was accepted.
    """
    from specledger.fuzz import campaign
    from specledger.fuzz.kept import Shelf
    from specledger.progress import Steps

    command = _command("specledger fuzz", specs, generated, cases)
    plan = campaign.Plan(
        specs.resolve(), generated.resolve(), seed, max_examples, shelf=Shelf(cases.resolve()), command=command
    )
    if replay:
        return _replay(plan, replay, json_)
    steps = Steps(timings)
    failures: list[Diagnostic] = []
    with steps.running("fuzz") as told:
        results = (
            campaign.live(plan, apis, url, far=live, progress=told)
            if url
            else campaign.campaign(plan, apis, jobs=jobs, dask=dask, progress=told)
        )
        for result in results:
            failures += result.failures
            steps.add(f"fuzz {result.api}", result.seconds)
            if not json_:
                print(result.summary(verbose))
    found = sort(failures)
    if json_:
        print(as_json(found))
    else:
        print_findings(found)
    steps.report()
    return 1 if found else 0


@click.command()
@APIS
@SPECS
@GENERATED
@SEED
@EXAMPLES
@click.option(
    "--budget", type=_Seconds(), help="Wall clock for what schemathesis draws: 60s, 2m. The rest is always run."
)
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="How many APIs at a time.")
@_CASES
@_REPLAY
@FORMAT
@TIMINGS
def prove(
    apis: tuple[str, ...],
    specs: Path,
    generated: Path,
    seed: int,
    max_examples: int,
    budget: float | None,
    jobs: int,
    cases: Path,
    replay: str,
    form: Format | None,
    timings: bool,
) -> int:
    """Run every check there is, over every API, and print the table.

    Facts against specs, the generated tree against its inputs; then against the mock what failed before, witnesses
    of the facts, directed cases, sequences, calls of the generated clients and drawn requests. Exit code 0 only when
    all hold.
    """
    from specledger.progress import Steps
    from specledger.prove import gate, table

    command = _command("specledger prove", specs, generated, cases)
    settings = gate.Settings(specs.resolve(), generated.resolve(), seed, max_examples, budget, cases.resolve(), command)
    if replay:
        return _replay(settings.plan(), replay)
    steps = Steps(timings)
    with steps.parts() as told:
        verdicts, tree = gate.prove(settings, apis, jobs, told)
    found = sort([*tree, *(found for verdict in verdicts for found in verdict.diagnostics)])
    if form:
        print_for_forge(found, form)
    else:
        print_findings(found)
        table.show(verdicts, tree)
    steps.report()
    return 0 if not tree and all(verdict.holds for verdict in verdicts) else 1


def _command(verb: str, specs: Path, generated: Path, cases: Path) -> str:
    """Returns the command that replays a kept case, but for its name."""
    given = (("--specs", specs, "specs"), ("--generated", generated, "generated"), ("--cases", cases, _SHELF))
    return " ".join([verb, *(f"{name} {shlex.quote(str(path))}" for name, path, usual in given if str(path) != usual)])


def _replay(plan: Plan, name: str, json_: bool = False) -> int:
    """Sends one kept case again, alone."""
    from specledger.fuzz import campaign

    kept, found = campaign.replay(plan, name)
    if json_:
        print(as_json(found.failures))
    else:
        print_findings(found.failures)
        verdict = "fails" if found.failures else "holds"
        print(f"{kept.api}: {kept.operation} {kept.at} [{kept.code}], in {kept.stage}: {verdict}")
    return 1 if found.failures else 0
