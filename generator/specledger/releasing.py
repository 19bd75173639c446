"""The verbs that publish the clients: version says what the next release is, release makes it."""

from __future__ import annotations

from pathlib import Path

import click

from specledger.verb import APIS, EXAMPLES, GENERATED, SEED, SPECS

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


@click.command()
@APIS
@SPECS
@GENERATED
@click.option("--index", "index_", default="", metavar="URL", help="The index's address that takes uploads.")
@click.option("--simple", default="", metavar="URL", help="The index's pages; simple/ below --index where left out.")
@click.option("--dry-run", is_flag=True, help="Everything but the upload and the tag.")
@click.option("--tagged", is_flag=True, help="Only the versions whose tag is on the commit that is checked out.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("dist"), show_default=True, help="Folder for what is built."
)
@SEED
@EXAMPLES
def release(
    apis: tuple[str, ...],
    specs: Path,
    generated: Path,
    index_: str,
    simple: str,
    dry_run: bool,
    tagged: bool,
    out: Path,
    seed: int,
    max_examples: int,
) -> int:
    """Publish the clients whose version has no tag yet: prove, build, try the wheel, upload, tag.

    The credentials come from TWINE_USERNAME and TWINE_PASSWORD, from the keyring, or from trusted publishing. A run
    that was stopped goes on: what the index holds with the same bytes is done.
    """
    from specledger.release import publish
    from specledger.release.index import Index

    if not index_ and not dry_run:
        raise click.UsageError("name the index with --index URL, or say --dry-run")
    index = None if dry_run else Index(index_, simple).checked()
    settings = publish.Settings(specs, generated, out, index, seed, max_examples, tagged)
    outcomes = publish.release(settings, apis, lambda step: click.echo(step, err=True))
    if not outcomes:
        print("nothing to release: every version has its tag")
    for one in outcomes:
        if index is None:
            done = f"built in {out}, neither uploaded nor tagged"
        else:
            done = f"uploaded {', '.join(one.uploaded)}" if one.uploaded else "the index holds it already"
            done += f"; tagged: git push origin {one.tag}" if one.tagged else ""
        print(f"{one.tag}: {done}")
    return 0
