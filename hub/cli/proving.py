"""Commands that prove: verify, bundle; and the rights of the running role on the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, print_json, talk

VERIFICATION_FAILED = 5
ledger_app = typer.Typer(help="The ledger 台账: grant.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    for command in (verify, bundle):
        app.command()(command)
    app.add_typer(ledger_app, name="ledger")


def verify(
    since: Annotated[
        list[Path] | None, typer.Option("--since", help="A checkpoint or receipt that somebody has kept; repeatable.")
    ] = None,
    bundle: Annotated[Path | None, typer.Option("--bundle", help="Check an evidence bundle; needs no hub.")] = None,
    vkey: Annotated[
        Path | None, typer.Option("--vkey", help="With --bundle: the key as the county published it.")
    ] = None,
    key: Annotated[bool, typer.Option("--key", help="Print the public key of the checkpoints, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Verify events, receipts, fates, blobs and the balance.

    Names the first wrong place of each kind and ends with 5; ends with 0 when all is as it was written.

    Example: hub verify --since 320830-SCJG-XK-20261124-001-R2.json
    """
    if bundle is not None:
        from hub.ledger.bundle_verifier import check

        raise typer.Exit(check(str(bundle), str(vkey or ""), str(since[0]) if since else ""))
    from hub.line import open_hub

    hub = open_hub()
    if key:
        print_json({"vkey": hub.signer.vkey}) if as_json else typer.echo(hub.signer.vkey)
        return
    from hub.line.verifying import ordered, verify

    found = verify(hub, since or ())
    wrong = ordered(found)
    if as_json:
        told = [{"kind": one.kind, "place": one.place, "what": one.what} for one in wrong]
        print_json({"wrong": told, "seen": found.seen})
    else:
        for one in wrong:
            typer.echo(str(one))
        talk("checked: " + ", ".join(f"{name} {count}" for name, count in found.seen.items()))
        talk("TROUBLE" if wrong else "everything is as it was written")
    raise typer.Exit(VERIFICATION_FAILED if wrong else 0)


def bundle(
    what: Annotated[str, typer.Argument(help="DELIVERY, DELIVERY:ROW as the sender counts rows, or a record id.")],
    to: Annotated[Path, typer.Option("--to", help="The zip to write.")],
    with_source: Annotated[
        bool, typer.Option("--with-source", help="Put the source in: it holds every row of the delivery.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the proof of a delivery, row or record.

    For somebody who does not trust the hub. The zip holds its own verifier: python3 -I verify.py bundle.zip

    Example: hub bundle 7:18 --to 存证.zip
    """
    from hub.line import open_hub
    from hub.line.bundling import bundle as write

    facts = write(open_hub(), what, to, with_source)
    if as_json:
        print_json(facts)
    else:
        talk(f"{to}: {', '.join(facts['parts'])}")


@ledger_app.command("grant")
def ledger_grant(role: Annotated[str, typer.Argument(help="An existing role of PostgreSQL.")]) -> None:
    """Give a running role what it needs on the ledger.

    It may add to the evidence and can change nothing in it. Run it as the tables' owner, again after an upgrade.

    Example: hub ledger grant hub_running
    """
    from hub.ledger.grants import grant
    from hub.line import open_hub

    hub = open_hub()
    grant(hub.ledger, role)
    talk(f"{role} may run the hub and cannot change the evidence")
