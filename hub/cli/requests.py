"""Commands for requests of subjects: request open, note, answer, list."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from hub.cli.output import AsJson, print_json, print_table, talk

request_app = typer.Typer(help="Requests of subjects 主体请求: open, note, answer, list.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Its number in `hub request list`.", min=1, max=2**63 - 1)]


class Kind(StrEnum):
    """查询、更正、删除、异议."""

    ACCESS = "access"
    CORRECTION = "correction"
    DELETION = "deletion"
    OBJECTION = "objection"


class How(StrEnum):
    """What granting does."""

    ERASE = "erase"
    WITHDRAW = "withdraw"
    CORRECTED = "corrected"


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(request_app, name="request")


@request_app.command("open")
def request_open(
    kind: Annotated[Kind, typer.Argument(help="查询 access, 更正 correction, 删除 deletion, 异议 objection.")],
    record: Annotated[
        list[str] | None, typer.Option("--record", help="A record id, once for each; else all of the subject.")
    ] = None,
    words: Annotated[str, typer.Option("--note", help="What is asked; names and numbers of persons stay out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Enter a request; stdin has the subject's code.

    The credit code or document number comes on one line of stdin, for the words of a command can be seen by others.
    An objection takes its records out of every outlet at once, until it is answered.

    Example: hub request open objection < code.txt
    """
    from hub.line import open_hub, requests

    if sys.stdin.isatty():
        talk("credit code or document number:")
    hub = open_hub()
    number = requests.open_request(hub, kind.value, sys.stdin.readline(), record or (), words)
    _say(next(one for one in requests.listed(hub) if one["number"] == number), as_json)


@request_app.command("note")
def request_note(
    number: Number, words: Annotated[str, typer.Option("--text", help="What was done or heard; names nobody.")]
) -> None:
    """Enter what was done about a request.

    Example: hub request note 3 --text "sent to the department"
    """
    from hub.line import open_hub, requests

    requests.note(open_hub(), number, words)


@request_app.command("answer")
def request_answer(
    number: Number,
    granted: Annotated[bool, typer.Option("--granted/--refused", help="The answer.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; a refusal names its legal basis 《…》.")],
    how: Annotated[
        How | None,
        typer.Option("--how", help="A deletion: erase or withdraw. Corrected: the correction has come already."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Grant or refuse a request, and carry it out.

    A granted correction or objection waits for the department's correcting delivery, unless it has come.

    Example: hub request answer 3 --granted --how erase --reason expired
    """
    from hub.ledger.requests import GRANTED, REFUSED
    from hub.line import open_hub, requests

    outcome = GRANTED if granted else REFUSED
    _say(requests.answer(open_hub(), number, outcome, reason, how.value if how else None), as_json)


@request_app.command("list")
def request_list(
    only_open: Annotated[bool, typer.Option("--open", help="Only those without an answer.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every request with its clock; nobody is named.

    Ends with 1 when one without an answer is overdue.

    Example: hub request list --open
    """
    from hub.line import open_hub, requests

    found = requests.listed(open_hub(), only_open=only_open)
    if as_json:
        print_json(found)
    elif found:
        print_table([_line(one) for one in found], [(name, name) for name in _line(found[0])])
    else:
        talk("no subject has asked for anything")
    late = any(one["overdue"] and one["answered_at"] is None for one in found)
    raise typer.Exit(1 if late else 0)


def _say(request: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(request)
        return
    if request["answered_at"] is None:
        talk(f"request {request['number']} {request['title']}: {len(request['records'])} records, due {request['due']}")
    else:
        talk(f"request {request['number']} {request['title']}: {request['outcome']}")
    if request["waiting"]:
        talk(f"{len(request['waiting'])} records wait for the department's correcting delivery")


def _line(request: dict[str, Any]) -> dict[str, Any]:
    names = ("number", "title", "state", "opened_at", "due", "overdue", "outcome", "how")
    counts = {"records": len(request["records"]), "waiting": len(request["waiting"])}
    return {name: request[name] for name in names} | counts
