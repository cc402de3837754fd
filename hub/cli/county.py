"""Commands about the synthetic county: county, county replay, county check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import talk

county_app = typer.Typer(help="A synthetic county 合成县: generate (no word), replay, check.")
Folder = Annotated[Path, typer.Argument(help="The folder that `hub county` wrote.", exists=True, file_okay=False)]


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(county_app, name="county")


@county_app.callback(invoke_without_command=True)
def county(
    context: typer.Context,
    seed: Annotated[int, typer.Option("--seed", help="Another number is another county.")] = 1,
    scale: Annotated[float, typer.Option("--scale", help="1 has the size of the real county.")] = 0.01,
    since: Annotated[str | None, typer.Option("--since", help="Day of the first collection; a month ago.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="The last day; today.")] = None,
    into: Annotated[Path, typer.Option("--into", help="A folder that is not there yet.")] = Path("county"),
) -> None:
    """Generate a synthetic county with its answer key.

    Its deliveries day by day, with the mess of real ones. Nothing goes to the hub: `hub county replay` sends them,
    `hub county check` compares.

    Example: hub county --seed 1 --scale 0.01 --into county
    """
    if context.invoked_subcommand is not None:
        return
    from datetime import date, timedelta

    from hub.county import opened
    from hub.county.generate import write
    from hub.errors import WrongUsage
    from hub.line import open_hub

    hub = open_hub()
    try:
        last = date.fromisoformat(until) if until else hub.today()
        first = date.fromisoformat(since) if since else last - timedelta(days=30)
    except ValueError as error:
        raise WrongUsage("a day is written like 2026-11-26") from error
    if first > last:
        raise WrongUsage("--since lies after --until")
    if into.exists():
        raise WrongUsage(f"{into} is there already; nothing was written")
    schemas, expectations = hub.settings.schemas, hub.settings.expectations
    world = opened.world(schemas, expectations, seed=seed, scale=scale, until=last)
    files, rows = write(into, opened.files(world, schemas, expectations, first))
    talk(f"{into}: {files} files, {rows} rows, {world.households} households, {world.organisations} organisations")


@county_app.command("replay")
def replay(
    folder: Folder,
    home: Annotated[Path, typer.Option("--home", help="State folder of the replay; must be new.")] = Path("replay"),
) -> None:
    """Send a generated county through the line, day by day.

    With a clock that stands on each day, in a state folder of its own; the other sides are simulated.

    Example: hub county replay county --home replay
    """
    from hub.demo.grounds import Grounds
    from hub.demo.replay import apart
    from hub.demo.replay import replay as run_replay
    from hub.settings import settings

    troubles = 0
    for done in run_replay(Grounds(home.absolute(), Path.cwd(), apart(settings(), home.absolute())), folder):
        talk(f"{done.day}  {done.files} files  {done.seconds:.1f} s")
        for trouble in done.troubles:
            talk(f"hub: {trouble}")
        troubles += len(done.troubles)
    raise typer.Exit(1 if troubles else 0)


@county_app.command("check")
def check(
    folder: Folder,
    home: Annotated[Path | None, typer.Option("--home", help="State folder of the replay.")] = None,
) -> None:
    """Hold the hub's verdicts against the answer key.

    Every planted fault must be found with its code, and nothing else.

    Example: hub county check county --home replay
    """
    from hub.demo.agreement import disagreements
    from hub.demo.replay import apart
    from hub.line import open_hub
    from hub.settings import settings

    given = settings() if home is None else apart(settings(), home.absolute())
    count = 0
    for words in disagreements(open_hub(given), folder):
        typer.echo(words)
        count += 1
    talk(f"{count} disagreements")
    raise typer.Exit(1 if count else 0)
