"""The command line: each verb reads its arguments, calls one room and prints what it says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from specledger import __version__, releasing, trying
from specledger.annotate import Format
from specledger.diagnostics import Failure, as_json, sort
from specledger.verb import APIS, EXAMPLES, FORMAT, GENERATED, SEED, SPECS, TIMINGS, print_findings, print_for_forge

_LAYERS = ("page", "facts", "spec", "behavior", "client", "mock")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="specledger")
def commands() -> None:
    """Keeps documentation pages, OpenAPI specs, generated clients and a mock server in step."""


commands.add_command(trying.fuzz)
commands.add_command(trying.prove)
commands.add_command(releasing.version)
commands.add_command(releasing.release)


def main() -> None:
    """Runs the command line; every Failure becomes its message and its exit code."""
    try:
        code = commands.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except Failure as failure:
        print_findings(failure.diagnostics)
        sys.exit(failure.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


@commands.command()
@APIS
@SPECS
@click.option("--json", "json_", is_flag=True, help="Print the diagnostics as JSON on stdout.")
@FORMAT
@TIMINGS
def check(apis: tuple[str, ...], specs: Path, json_: bool, form: Format | None, timings: bool) -> int:
    """Compare facts, rulings, specs and behavior, in both directions.

    Prints every disagreement with its file and line, what each side says, the line of the page and the remedy.
    Exit code 1 where there is one.
    """
    from specledger import check as checks
    from specledger.progress import Steps

    steps = Steps(timings)
    with steps.step("check"):
        checked = checks.check(specs, apis)
    diagnostics = sort(found for one in checked for found in one.diagnostics)
    if form:
        print_for_forge(diagnostics, form)
    elif json_:
        print(as_json(diagnostics))
    else:
        print_findings(diagnostics)
        for one in checked:
            print(one.summary())
    steps.report()
    return 1 if diagnostics else 0


@commands.command()
@SPECS
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("generated"), show_default=True, help="Folder to write to."
)
@click.option("--check", "check_", is_flag=True, help="Write nothing; report every file that differs.")
@TIMINGS
def generate(specs: Path, out: Path, check_: bool, timings: bool) -> int:
    """Write the client packages and the mock server from the specs.

    A run that is interrupted leaves the old tree; one that has nothing to do says so.
    """
    from specledger import write
    from specledger.progress import Steps

    steps = Steps(timings)
    if check_:
        found = sort(write.compare(specs, out, steps))
        print_findings(found)
        if not found:
            print(f"{out} is what {specs} makes")
        steps.report()
        return 1 if found else 0
    outcome = write.generate(specs, out, steps)
    if outcome.written:
        print(f"generated {', '.join(outcome.written)}")
    if outcome.unchanged:
        print(
            f"unchanged: {', '.join(outcome.unchanged)}" if outcome.written else "nothing changed; nothing to generate"
        )
    steps.report()
    return 0


@commands.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8800, show_default=True, help="0 takes a free one.")
@click.option(
    "--state", type=click.Path(path_type=Path), help="SQLite file that keeps the state; memory where left out."
)
@click.option("--durable", is_flag=True, help="Write the state file before each answer; soon after it where left out.")
@click.option(
    "--admin-token",
    default="",
    envvar="SPECLEDGER_MOCK_ADMIN_TOKEN",
    help="Opens the pages below /_mock to whoever shows it; loopback alone where left out.",
)
@click.option("--no-header-faults", is_flag=True, help="Do not listen to X-Mock-Fault headers.")
@GENERATED
def mock(
    host: str,
    port: int,
    state: Path | None,
    durable: bool,
    admin_token: str,
    no_header_faults: bool,
    generated: Path,
) -> int:
    """Serve every API at http://HOST:PORT/<api>, seeded and stateful."""
    from specledger import serve

    if durable and not state:
        raise click.UsageError("--durable needs a file: name it with --state")
    serve.serve(
        generated,
        host=host,
        port=port,
        state=state,
        durable=durable,
        token=admin_token,
        header_faults=not no_header_faults,
    )
    return 0


@commands.command()
@APIS
@SPECS
@GENERATED
@SEED
@click.option("--json", "json_", is_flag=True, help="Print the traces as JSON on stdout.")
def trace(apis: tuple[str, ...], specs: Path, generated: Path, seed: int, json_: bool) -> int:
    """Follow every fact and ruling: page, spec, client symbol, and the mock's answers on either side.

    Exit code 1 where one cannot be followed, or an answer speaks against it. The seed orders the requests.
    """
    from specledger.trace import table, traced
    from specledger.trace.project import project

    traces = project(specs, apis, generated, seed=seed)
    if json_:
        print(traced.as_json(traces))
    else:
        table.show(traces)
    return 0 if all(one.holds for one in traces) else 1


@commands.command()
@APIS
@SPECS
@click.option("--layer", "layers", type=click.Choice(_LAYERS), multiple=True, help="Only this one; may be repeated.")
@click.option("--sample", type=click.IntRange(0), default=0, help="Try so many faults, spread over all; 0 for all.")
@SEED
@EXAMPLES
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="How many faults at a time.")
@click.option("--dask", default="", metavar="ADDRESS", help="A Dask scheduler whose workers try them.")
@click.option("--json", "json_", is_flag=True, help="Print total, killed, equivalent, survivors, false_alarms as JSON.")
@click.option("--record", is_flag=True, help="Keep the table in benchmarks/ and in the README.")
def mutate(
    apis: tuple[str, ...],
    specs: Path,
    layers: tuple[str, ...],
    sample: int,
    seed: int,
    max_examples: int,
    jobs: int,
    dask: str,
    json_: bool,
    record: bool,
) -> int:
    """Put one fault into one artefact at a time, and see whether the gate goes red and names operation and field.

    Exit code 1 where a fault survives, or where a change that means nothing alarms. An interrupted run goes on.
    """
    from specledger.mutate import campaign, report
    from specledger.progress import Steps

    settings = campaign.Settings(specs.resolve(), campaign.layers(layers), sample, seed, max_examples, jobs, dask)
    with Steps().running("mutate") as told:
        found = campaign.run(settings, apis, told)
        beside = campaign.baseline(settings, apis, told) if record else campaign.Report()
    print(report.as_json(found) if json_ else report.text(found))
    if record:
        report.record(found, beside, Path())
    return 0 if found.holds else 1


@commands.command()
@click.argument("old")
@click.argument("new")
@SPECS
@click.option("--common", is_flag=True, help="Compare only the operations that both have.")
@click.option(
    "--fail-on", type=click.Choice(("breaking", "compatible", "docs")), help="Exit code 1 for a change of this level."
)
@click.option("--markdown", is_flag=True, help="Print it for a comment on a forge.")
@click.option("--json", "json_", is_flag=True, help="Print it as JSON: level, changes.")
@FORMAT
def diff(
    old: str,
    new: str,
    specs: Path,
    common: bool,
    fail_on: str | None,
    markdown: bool,
    json_: bool,
    form: Format | None,
) -> int:
    """List what changed between two contracts, and whom it breaks.

    OLD and NEW are files, folders, REV:path, REV for all APIs below --specs, wheels, sdists or installed
    distributions. What could not be decided counts as breaking and says so.
    """
    from specledger import findings
    from specledger.diff import change, report
    from specledger.diff.differences import differences

    found = differences(old, new, specs, common=common)
    write = report.as_json if json_ else report.markdown if markdown else report.text
    if form:
        print_for_forge(list(findings.of_diff(found, new)), form)
    else:
        print(write(found))
    levels = [one.level for each in found for one in each.changes]
    return 1 if fail_on and any(change.LEVELS.index(one) >= change.LEVELS.index(fail_on) for one in levels) else 0


_PAGE = click.argument("page", metavar="PAGE|URL")
_API = click.option("--api", default="", help="The API that the page belongs to, where its facts cannot tell.")
_ADDRESS = click.option("--address", default="", metavar="URL", help="Where the page stands, for a saved copy.")


@commands.command()
@_PAGE
@_ADDRESS
@click.option("--json", "json_", is_flag=True, help="Print the reading as JSON: family, edition, operations.")
def read(page: str, address: str, json_: bool) -> int:
    """Print a draft of facts/<page>.yaml: what a page says, each row with its lines.

    Exit code 2, and nothing on stdout, for a page that cannot be read.
    """
    from specledger.drift import draft, source

    found = source.load(page)
    reading = source.read(found)
    print(draft.as_json(reading) if json_ else draft.text(found, reading, address or found.page.address))
    return 0


@commands.command()
@click.argument("api")
@_PAGE
@_ADDRESS
@SPECS
def new(api: str, page: str, address: str, specs: Path) -> int:
    """Scaffold specs/API from a page: facts, package.yaml, empty rulings, and a spec without a field.

    From there `check` lists each fact that the spec does not yet say. Exit code 2 where the folder exists.
    """
    from specledger.diagnostics import shown
    from specledger.drift import scaffold

    folder = scaffold.new(api, page, specs, address)
    print(f"{shown(folder)} is made; transcribe the page into {shown(folder)}/openapi.yaml")
    print(f"what is still to be said: specledger check {api}")
    return 0


@commands.command()
@_PAGE
@_API
@SPECS
@click.option("--markdown", is_flag=True, help="Print it for an issue tracker.")
@click.option("--json", "json_", is_flag=True, help="Print it as JSON: page, facts, level, changes.")
@FORMAT
def drift(page: str, api: str, specs: Path, markdown: bool, json_: bool, form: Format | None) -> int:
    """Compare a page with its facts: what changed, the lines of the spec to edit, the client's next version.

    Exit code 0 for nothing, 1 for a change, 2 for a page that cannot be read or that no facts are about.
    """
    from specledger import findings
    from specledger.drift import compare, report

    found = compare.drift(page, specs, api)
    write = report.as_json if json_ else report.markdown if markdown else report.text
    if form:
        print_for_forge(list(findings.of_drift(found)), form)
    else:
        print(write(found).rstrip("\n"))
    return 1 if found.drifted else 0


@commands.command()
@_PAGE
@_API
@SPECS
def accept(page: str, api: str, specs: Path) -> int:
    """Take a changed page over into its facts; rows, notes and comments written by hand stay.

    Prints the rulings to look at again and the lines of the spec to edit.
    """
    from specledger.drift import accept as acceptance
    from specledger.drift import compare, report

    found = compare.drift(page, specs, api)
    for accepted in acceptance.accept(found):
        print(f"{accepted.file} {'is written' if accepted.written else 'says so already'}")
        for again in accepted.again:
            print(f"look again: {again}")
    for line in report.edits(found):
        print(f"edit: {line}")
    return 0


@commands.command()
@SPECS
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    default=Path(".specledger/pages"),
    show_default=True,
    help="Folder that keeps the pages for conditional requests.",
)
@click.option("--markdown", is_flag=True, help="Print what drifted for an issue tracker; nothing for nothing.")
@click.option("--json", "json_", is_flag=True, help="Print it as JSON: a list of pages.")
def watch(specs: Path, cache: Path, markdown: bool, json_: bool) -> int:
    """Fetch every page by its address and compare it with its facts.

    Exit code 0 where none changed, 1 where one did, 2 where one could not be read.
    """
    from specledger.drift import watch as watching
    from specledger.drift.fetch import Fetcher
    from specledger.progress import Steps

    with Fetcher(cache) as fetcher, Steps().running("watch") as told:
        pages = watching.watch(specs, fetcher, told)
    if json_:
        print(watching.as_json(pages))
    elif markdown:
        print(watching.as_markdown(pages), end="")
    else:
        watching.show(pages)
    return watching.exit_code(pages)
