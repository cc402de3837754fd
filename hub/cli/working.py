"""Commands that do work: demo, serve, check, submit, run, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.output import AsJson, Lang, print_facts, print_json, print_table, talk


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    for command in (demo, serve, check, submit, run, doctor):
        app.command()(command)


def demo(
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the county's state and start over.")] = False,
) -> None:
    """Run a synthetic county, the whole way.

    SFTP in, Airflow, receipts, province, open feed.

    Example: hub demo --fresh
    """
    from hub.demo.run import demo as run_demo

    raise typer.Exit(run_demo(fresh=fresh))


def serve() -> None:
    """Keep the demo county running.

    Airflow's pages, the SFTP inboxes, the simulated province. Ctrl-C ends it.

    Example: hub serve
    """
    from hub.demo.run import serve as run_serve

    raise typer.Exit(run_serve())


def check(
    file: Annotated[Path, typer.Argument(help="The file to judge.")],
    dataset: Annotated[str, typer.Option("--dataset", "-d", help="For example market/admin_licence.")],
    department: Annotated[str, typer.Option("--department", "-p", help="Whose file it is.")] = "",
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Judge a file as the hub would.

    Needs no database and keeps nothing. Ends with 1 when the hub would not take every row.

    Example: hub check 行政许可.xlsx -d market/admin_licence --json
    """
    from hub.line.prechecking import precheck
    from hub.receipts.console import lines
    from hub.receipts.translating import translated
    from hub.settings import settings

    language = lang or settings().language
    receipt = precheck(file, dataset, department or None)
    if as_json:
        print_json(translated(receipt, language))
    else:
        typer.echo(lines(receipt, language))
    raise typer.Exit(0 if receipt["verdict"]["code"] in ("PRECHECK_ACCEPTED", "PRECHECK_ACCEPTED_QUERY") else 1)


def submit(
    file: Annotated[Path, typer.Argument(help="The file to hand in.")],
    department: Annotated[str, typer.Option("--department", "-p", help="The sender, for example market.")],
    dataset: Annotated[str, typer.Option("--dataset", "-d", help="For example market/admin_licence.")],
    mode: Annotated[
        str | None, typer.Option("--mode", help="original, correction, replacement or withdrawal; else by its name.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it is withdrawn or replaced.")] = "",
    as_json: AsJson = False,
) -> None:
    """Land a file by hand and run the line.

    The receipt goes to the hub's own outbox folder. Ends with 1 when the hub did not take every row.

    Example: hub submit 行政许可.csv -p market -d market/admin_licence
    """
    import json

    from hub.ledger import deliveries
    from hub.ledger.connect import reading
    from hub.line import open_hub
    from hub.receipts.console import lines

    hub = open_hub()
    delivery_id = hub.submit(file, department, dataset, mode, reason)
    with reading(hub.ledger) as connection:
        receipts = [one for one in deliveries.receipts(connection, delivery_id) if one["stage"] == "validation"]
        verdict = deliveries.show(connection, delivery_id)["verdict"]
    if not receipts:
        talk(f"delivery {delivery_id} repeats one that has no outcome yet; its receipt comes with that outcome")
        if as_json:
            print_json({"delivery": delivery_id, "receipt": None})
        raise typer.Exit(1)
    receipt = json.loads(receipts[-1]["body"])
    if as_json:
        print_json({"delivery": delivery_id, "receipt": receipt})
    else:
        typer.echo(lines(receipt))
        talk(f"delivery {delivery_id}; receipts in {hub.home / 'outbox' / department}")
    raise typer.Exit(0 if verdict in ("ACCEPTED", "ACCEPTED_QUERY", "DUPLICATE") else 1)


def run(
    wait: Annotated[float, typer.Option("--wait", help="Seconds to wait for the province's answers.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Run whatever waits, once.

    Inboxes, line, points, outlets, reminders, forms, reports; Airflow's tasks do the same, stage by stage.
    What fails does not stop the rest.

    Example: hub run --wait 10
    """
    from hub.errors import HubError
    from hub.line import open_hub
    from hub.line.turn import turn

    failed: list[int] = []

    def note(what: str, error: HubError) -> None:
        talk(f"hub: {what}: {error}")
        failed.append(error.exit_code)

    facts = turn(open_hub(), wait, note, talk)
    (print_json if as_json else print_facts)(facts)
    raise typer.Exit(failed[0] if failed else 0)


def doctor(as_json: AsJson = False) -> None:
    """Look whether all that the hub needs answers.

    Example: hub doctor --json
    """
    from hub.line import open_hub
    from hub.line.doctor import examine

    found = examine(open_hub())
    if as_json:
        print_json(found)
    else:
        rows = [one | {"state": _state(one)} for one in found]
        print_table(rows, [(name, name) for name in ("state", "what", "detail")])
    worst = [one["exit_code"] for one in found if not one["ok"]]
    raise typer.Exit(min(worst) if worst else 0)


def _state(look: dict[str, Any]) -> str:
    """What was seen, in one word."""
    return ("WARNING" if look.get("warning") else "ok") if look["ok"] else "TROUBLE"
