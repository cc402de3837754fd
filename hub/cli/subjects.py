"""Commands about a subject: subject report, show."""

from __future__ import annotations

import sys

import typer

from hub.cli.output import AsJson, print_json, print_table, talk

subject_app = typer.Typer(help="Subjects 信用主体: report, show.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(subject_app, name="subject")


@subject_app.command("report")
def subject_report(as_json: AsJson = False) -> None:
    """Who asked about a subject, and its own requests; stdin: its code.

    The credit code or citizen id comes on one line of stdin, for the words of a command can be seen by others.

    Example: hub subject report < code.txt
    """
    from hub.line import open_hub
    from hub.line.subject_access import report

    if sys.stdin.isatty():
        talk("credit code or citizen id:")
    found = report(open_hub(), sys.stdin.readline())
    if as_json:
        print_json(found)
        return
    if found["queries"]:
        names = ("at", "department", "purpose", "authority", "person", "authoriser", "verdict", "records", "left")
        print_table(found["queries"], [(name, name) for name in names])
    else:
        talk("nobody has asked about this subject")
    if found["requests"]:
        own = ("number", "title", "state", "opened_at", "due", "overdue", "outcome", "answered_at")
        print_table(found["requests"], [(name, name) for name in own])


@subject_app.command("show")
def subject_show(as_json: AsJson = False) -> None:
    """What is known of a subject; stdin has its code.

    Names and since when, state, successors, records. Found by the credit code or citizen id alone, on one line of
    stdin; never by a name.

    Example: hub subject show < code.txt
    """
    from hub.cli.output import print_facts
    from hub.line import open_hub
    from hub.line.subject_register import show

    if sys.stdin.isatty():
        talk("credit code or citizen id:")
    found = show(open_hub(), sys.stdin.readline())
    if as_json:
        print_json(found)
        return
    columns = [(name, name) for name in ("name", "since", "until", "dataset")]
    if found["names"]:
        print_table(found["names"], columns)
    if found["other_names"]:
        talk("under other names in other datasets:")
        print_table(found["other_names"], columns)
    told = ("kind", "state", "ended", "successors")
    print_facts({name: found[name] if name == "kind" else "、".join(filter(None, found[name])) for name in told})
    print_facts(found["records"])
