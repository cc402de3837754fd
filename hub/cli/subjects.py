"""Commands about a subject: subject report."""

from __future__ import annotations

import sys

import typer

from hub.cli.output import AsJson, print_json, print_table, talk

subject_app = typer.Typer(help="Subjects 信用主体: report.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(subject_app, name="subject")


@subject_app.command("report")
def subject_report(as_json: AsJson = False) -> None:
    """Who asked about a subject, when and why; stdin has its code.

    The credit code or citizen id comes on one line of stdin, for the words of a command can be seen by others.

    Example: hub subject report < code.txt
    """
    from hub.line import open_hub
    from hub.line.subject_access import queries

    if sys.stdin.isatty():
        talk("credit code or citizen id:")
    found = queries(open_hub(), sys.stdin.readline())
    if as_json:
        print_json(found)
    elif found:
        names = ("at", "department", "purpose", "authority", "person", "authoriser", "verdict", "records", "left")
        print_table(found, [(name, name) for name in names])
    else:
        talk("nobody has asked about this subject")
