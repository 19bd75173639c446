"""The verbs that publish the clients: version says what the next release is, release makes it."""

from __future__ import annotations

from pathlib import Path

import click

from specledger.verb import APIS, GENERATED, SPECS

_SINCE = click.option(
    "--since", default="", metavar="REV|FILE", help="The last release: a git revision, a wheel or an sdist."
)


@click.command()
@APIS
@SPECS
@GENERATED
@_SINCE
@click.option("--write", "write_", is_flag=True, help="Put the entry into releases.yaml.")
@click.option("--json", "json_", is_flag=True, help="Print it as JSON.")
def version(apis: tuple[str, ...], specs: Path, generated: Path, since: str, write_: bool, json_: bool) -> int:
    """Say which version of each client follows from what changed since its last release, and why.

    The contract and the public names of the package are compared with those of the newest tag. From 1.0.0 on what
    breaks a caller is a major version, what is new a minor one, the rest a patch; before it a minor one, then patches.
    """
    from specledger.release import plan, told

    plans = plan.plans(specs, generated, apis, since)
    written = [one for one in plans if write_ and plan.write(one)]
    if json_:
        print(told.as_json(plans))
    else:
        for one in plans:
            print(told.text(one, one in written))
    if written:
        print("now: specledger generate, look at the entries, and commit both")
    return 0
