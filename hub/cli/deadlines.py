"""Commands about time: calendar, due, remind."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, print_facts, print_json, print_table, talk

SHOWN = ("due", "closes", "department", "dataset", "period", "state", "batch_no", "reason")

calendar_app = typer.Typer(help="Working days 工作日历: show, import.", no_args_is_help=True)
due_app = typer.Typer(help="Due deliveries 应报送: list, waive.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(calendar_app, name="calendar")
    app.add_typer(due_app, name="due")
    app.command()(remind)


def remind(as_json: AsJson = False) -> None:
    """Bring the due deliveries up to today and send the reminders.

    Each change is told once: a file in the department's outbox, an e-mail, a webhook. Run it as often as you like.

    Example: hub remind
    """
    from hub.line import open_hub

    (print_json if as_json else print_facts)(open_hub().remind())


@due_app.command("list")
def due_list(
    department: Annotated[str | None, typer.Option("--department", "-p", help="Only this department.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only those that are missing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Deliveries that are or were due, as the last `hub remind` left them.

    Example: hub due list --department market --missing
    """
    from hub.errors import NotFound
    from hub.ledger import dues
    from hub.ledger.connect import reading
    from hub.line import open_hub

    hub = open_hub()
    if department is not None and department not in {one.id for one in hub.county.departments}:
        raise NotFound("departments.yaml has no such department")
    with reading(hub.ledger) as connection:
        found = dues.listed(connection, department, ("missing",) if missing else ())
    if as_json:
        print_json(found)
    elif found:
        print_table(found, [(name, name) for name in SHOWN])
    else:
        talk("no delivery is missing" if missing else "no delivery is due")


@due_app.command("waive")
def due_waive(
    department: Annotated[str, typer.Argument(help="As `hub due list` shows it.")],
    dataset: Annotated[str, typer.Argument(help="For example market/admin_licence.")],
    period: Annotated[str, typer.Argument(help="For example 2026-11-25.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the evidence log.")],
) -> None:
    """Let a due or missing delivery be, as a person who answers for it.

    Example: hub due waive bank bank/credit_line 2026-11 --reason "no new lines"
    """
    from hub.line import open_hub
    from hub.line.deadlines import waive

    talk(f"waived; it was {waive(open_hub(), (department, dataset, period), reason)}")


@calendar_app.command("show")
def calendar_show(
    what: Annotated[str, typer.Argument(help="A year or a day: 2026, 2026-10-10.")], as_json: AsJson = False
) -> None:
    """One year or one day of the calendar, with its notice.

    Example: hub calendar show 2026-10-10
    """
    from hub.contract.load import calendar
    from hub.contract.looking_up import day_of, year_of
    from hub.errors import WrongUsage
    from hub.settings import settings

    known = calendar(settings().schemas)
    try:
        facts = year_of(known, int(what)) if len(what) == 4 else day_of(known, date.fromisoformat(what))
    except ValueError:
        raise WrongUsage("give a year like 2026 or a day like 2026-10-10") from None
    (print_json if as_json else print_facts)(facts)


@calendar_app.command("import")
def calendar_import(
    file: Annotated[Path, typer.Argument(help="date,kind,name of one year: holiday or workday.")],
    notice: Annotated[str, typer.Option("--notice", help="Its number, for example 国办发明电〔2025〕7号.")],
    dated: Annotated[str, typer.Option("--dated", help="The notice's own date, for example 2025-11-04.")],
    checked: Annotated[
        str, typer.Option("--checked", help="Compared with the notice's original, a reprint, or none.")
    ] = "none",
    about: Annotated[str, typer.Option("--about", help="The notice's subject.")] = "节假日安排",
) -> None:
    """Look a year's file through and put it into the calendar.

    Takes the next year, or one that is there already. Commit the changed files as any other configuration.

    Example: hub calendar import 2027.csv --notice 某号 --dated 2026-11-05
    """
    from hub.contract.calendar import Notice
    from hub.contract.calendar_files import bring_in
    from hub.errors import NotFound, WrongUsage
    from hub.settings import settings

    if not file.is_file():
        raise NotFound("there is no such file")
    try:
        given = Notice(notice, date.fromisoformat(dated), about)
    except ValueError:
        raise WrongUsage("--dated must be a day like 2025-11-04") from None
    talk(f"the calendar has {bring_in(settings().schemas, file, given, checked)} now")
