"""Commands about household points: points show, points list, points rules, points issue."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.output import AsJson, print_facts, print_json, print_table, talk

points_app = typer.Typer(help="Household points 家庭信用积分: show, list, rules, issue.", no_args_is_help=True)
At = Annotated[str | None, typer.Option("--at", help="A moment, like 2026-11-26 or 2026-11-26T09:00.")]


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(points_app, name="points")


@points_app.command("show")
def points_show(
    household: Annotated[str, typer.Argument(help="Number of the household: village of 12 digits, dash, 4 digits.")],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """The points of one household, line by line with the reasons.

    With --at as they were known at that moment, by the rule book of that moment.

    Example: hub points show 320830101201-0007
    """
    from hub.line import open_hub, scoring
    from hub.line.disclosing import moment_of

    told = scoring.household(open_hub(), household, moment_of(at) if at is not None else None)
    if as_json:
        print_json(told)
        return
    print_table(
        told["totals"], [(name, name) for name in ("year", "edition", "base", "earned", "lost", "total", "grade")]
    )
    typer.echo()
    names = ("day", "event", "rule", "raw", "counted", "words")
    print_table(told["lines"], [(name, name) for name in names])
    for one in told["rule_book"]:
        talk(f"{one['title']}，SHA-256 {one['sha256'][:16]}" + ("" if one["verified"] else "，未经核实"))


@points_app.command("list")
def points_list(
    village: Annotated[str, typer.Option("--village", "-v", help="The village's 12 digits.")],
    year: Annotated[int | None, typer.Option("--year", help="This year when it is not given.", min=2000)] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """The totals of a village's households, by their numbers; no names.

    Example: hub points list --village 320830101201 --year 2026
    """
    from hub.line import open_hub, scoring
    from hub.line.disclosing import moment_of

    found = scoring.village(open_hub(), village, year, moment_of(at) if at is not None else None)
    if as_json:
        print_json(found)
    elif found:
        print_table(found, [(name, name) for name in found[0]])
    else:
        talk("no household of this village has an event in that year")


@points_app.command("rules")
def points_rules(at: At = None, as_json: AsJson = False) -> None:
    """The rule book that is known, rule by rule.

    Example: hub points rules --at 2026-11-26
    """
    from hub.line import open_hub, scoring
    from hub.line.disclosing import moment_of

    rows = scoring.rules(open_hub(), moment_of(at) if at is not None else None)
    if as_json:
        print_json(rows)
    elif rows:
        print_table(rows, [(name, name) for name in rows[0]])
    else:
        talk("there is no rule book: schemas/points/ holds no edition that was issued by then")


@points_app.command("issue")
def points_issue(
    at: Annotated[str | None, typer.Option("--at", help="An earlier day that was missed, like 2026-11-26.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compute all totals and enter what has changed.

    From there they go to whom a household has consented. Run it as often as you like; `hub run` does it, too.

    Example: hub points issue
    """
    from hub.line import issuing, open_hub
    from hub.line.disclosing import moment_of
    from hub.line.hub import ZONE

    day = moment_of(at).astimezone(ZONE).date() if at is not None else None
    (print_json if as_json else print_facts)(issuing.issue(open_hub(), day))
