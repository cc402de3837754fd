"""Commands by which a person settles things: withdraw, reinstate, outlet, quarantine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, print_json, print_table, talk

Record = Annotated[str, typer.Argument(help="The 32 characters of a record id, as `hub trace` shows it.")]
Entry = Annotated[int, typer.Argument(help="Its number in `hub outlet list`.", min=1, max=2**63 - 1)]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the evidence log.")]
STATES = ("parked", "unknown", "sent")

outlet_app = typer.Typer(help="Outlets 共享出口: list, retry, deliver by hand, reconcile.", no_args_is_help=True)
withdrawal_app = typer.Typer(help="Withdrawals 撤回: list.", no_args_is_help=True)
quarantine_app = typer.Typer(help="Quarantine 待更正: list.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(outlet_app, name="outlet")
    app.add_typer(withdrawal_app, name="withdrawal")
    app.add_typer(quarantine_app, name="quarantine")
    app.command()(withdraw)
    app.command()(reinstate)


@withdrawal_app.command("list")
def withdrawal_list(
    days: Annotated[int, typer.Option("--days", help="How far back.", min=1, max=3650)] = 30,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that a receiver has not confirmed.")] = False,
    as_json: AsJson = False,
) -> None:
    """The clock of every withdrawal 撤回时钟.

    When it was asked for, sent, confirmed by each receiver, or is overdue; ends with 1 when one is overdue.

    Example: hub withdrawal list --open
    """
    from hub.line import open_hub, withdrawal_clock

    found = withdrawal_clock.clock(open_hub(), days)
    if only_open:
        found = [one for one in found if any(each["state"] != "confirmed" for each in one["outlets"].values())]
    if as_json:
        print_json(found)
    elif not found:
        talk("nothing was withdrawn, or all is confirmed")
    else:
        told = [
            one | {"outlets": " ".join(f"{name}:{each['state']}" for name, each in one["outlets"].items())}
            for one in found
        ]
        print_table(told, [(name, name) for name in ("asked_at", "dataset", "record_id", "why", "outlets", "overdue")])
    raise typer.Exit(1 if any(one["overdue"] for one in found) else 0)


def withdraw(record: Record, reason: Reason) -> None:
    """Withdraw a record from every outlet.

    What it says stays in the history; the outlets are told with their next run. Sent again, it stays out.

    Example: hub withdraw 0123456789abcdef0123456789abcdef --reason annulled
    """
    from hub.line import open_hub
    from hub.line.intervening import withdraw as withdraw_record

    talk(f"withdrawn from {withdraw_record(open_hub(), record, reason)}; the outlets follow with their next run")


def reinstate(record: Record, reason: Reason) -> None:
    """Take a withdrawal back.

    The record comes again with its sender's next delivery, and not before.

    Example: hub reinstate 0123456789abcdef0123456789abcdef --reason mistake
    """
    from hub.line import open_hub
    from hub.line.intervening import reinstate as reinstate_record

    talk(f"{reinstate_record(open_hub(), record, reason)}: the record may come again")


@outlet_app.command("list")
def outlet_list(as_json: AsJson = False) -> None:
    """Entries without an answer, the parked ones first.

    Example: hub outlet list
    """
    from hub.ledger import outbox
    from hub.ledger.connect import reading
    from hub.line import open_hub

    hub = open_hub()
    with reading(hub.ledger) as connection:
        found = outbox.unsettled(connection, STATES)
    if as_json:
        print_json(found)
        return
    if not found:
        talk("nothing waits for an answer")
        return
    names = ("sequence", "outlet", "dataset", "operation", "state", "tries", "sent_at", "cause")
    print_table(found, [(name, name) for name in names])


@outlet_app.command("retry")
def outlet_retry(entry: Entry, reason: Reason) -> None:
    """Send a parked entry again.

    Example: hub outlet retry 1234 --reason "the province widened the column"
    """
    from hub.line import open_hub
    from hub.line.intervening import send_again

    send_again(open_hub(), entry, reason)


@outlet_app.command("deliver")
def outlet_deliver(entry: Entry, reason: Reason) -> None:
    """Enter that a person has delivered an entry by hand.

    Example: hub outlet deliver 1234 --reason "handed over on paper, receipt 17"
    """
    from hub.line import open_hub
    from hub.line.intervening import delivered_by_hand

    delivered_by_hand(open_hub(), entry, reason)


@outlet_app.command("reconcile")
def outlet_reconcile(
    outlet: Annotated[str, typer.Argument(help="An outlet of outlets.yaml.")],
    held: Annotated[
        Path | None, typer.Option("--held", help="A list from the receiver, when it cannot be asked (docs/sharing.md).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare what both sides hold 月度对账.

    By counts and digests. Changes nothing there; ends with 5 when they differ.

    Example: hub outlet reconcile province
    """
    from hub.line import monthly, open_hub
    from hub.line.held_list import read_list

    hub = open_hub()
    listed = None if held is None else read_list(held, list(hub.contracts))
    found = monthly.reconcile(hub, outlet, listed)
    different = monthly.differs(found)
    if as_json:
        print_json(found)
    else:
        names = ("dataset", "ours", "theirs", "unsettled", "missing", "unexpected", "other_version")
        counts = [
            one | {"dataset": dataset, "ours": one["ours"]["count"], "theirs": one["theirs"]["count"]}
            for dataset, one in found.items()
        ]
        print_table(counts, [(name, name) for name in names])
        for one in found.values():
            for record in one["ids"]:
                typer.echo(record)
        talk("THEY DIFFER" if different else "both sides hold the same")
    raise typer.Exit(5 if different else 0)


@quarantine_app.command("list")
def quarantine_list(
    dataset: Annotated[str | None, typer.Option("--dataset", "-d", help="Only this dataset.")] = None,
    as_json: AsJson = False,
) -> None:
    """Rejected rows that nobody has mended yet, by delivery.

    Example: hub quarantine list --dataset market/admin_licence
    """
    from hub.ledger import quarantine
    from hub.ledger.connect import reading
    from hub.line import open_hub

    hub = open_hub()
    with reading(hub.ledger) as connection:
        found = quarantine.open_rows(connection, dataset)
    if not found and dataset is not None:
        hub.contract(dataset)  # nothing there, or a slip of the pen?
    if as_json:
        print_json(found)
        return
    if not found:
        talk("no row waits for its sender")
        return
    print_table(found, [(name, name) for name in ("dataset", "delivery_id", "batch_no", "department", "rows")])
