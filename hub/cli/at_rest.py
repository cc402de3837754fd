"""Commands for the keys of what is sealed at rest: keys at-rest, rotate, seal, destroy."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.output import AsJson, print_facts, print_json, print_table, talk


def register(keys_app: typer.Typer) -> None:
    """Hang the commands beside those for sealed files."""
    keys_app.command("at-rest")(at_rest)
    keys_app.command("rotate")(rotate)
    keys_app.command("seal")(seal_rows)
    keys_app.command("destroy")(destroy)


def at_rest(as_json: AsJson = False) -> None:
    """The keys of sealed identifiers 静态加密密钥.

    Master keys, and data keys by month; never a key itself. A former master key that wraps nothing may be removed.

    Example: hub keys at-rest
    """
    from hub.line import open_hub
    from hub.line.keeping_keys import listed

    found = listed(open_hub())
    names = ("kind", "id", "state", "wraps", "wrapped_by", "dataset", "month", "cipher", "made_at", "destroyed_at")
    if as_json:
        print_json(found)
    else:
        print_table(found, [(name, name) for name in names])


def rotate(
    rewrap: Annotated[
        bool, typer.Option("--rewrap", help="Make no new key: go on with the newest that is there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a new master key and wrap every data key by it 轮换主密钥.

    Deliveries may run meanwhile; no cell changes. The old file stays until you remove it.

    Example: hub keys rotate
    """
    from hub.line import open_hub
    from hub.line.keeping_keys import rotate as run

    facts = run(open_hub(), new=not rewrap)
    (print_json if as_json else print_facts)(facts)


def seal_rows(as_json: AsJson = False) -> None:
    """Seal identifiers that still lie open in the record tables 补加密.

    Rows from before sealing, some thousand at a time; deliveries may run meanwhile. Doing it again changes nothing.

    Example: hub keys seal
    """
    from hub.line import open_hub
    from hub.line.keeping_keys import seal

    found = seal(open_hub())
    if as_json:
        print_json(found)
    elif found:
        print_facts(found)
    else:
        talk("nothing lies open")


def destroy(
    dataset: Annotated[str, typer.Argument(help="Whose: market/admin_licence; store: of landed files.")],
    month: Annotated[str, typer.Argument(help="Of arrival: 2021-03.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the evidence log. No name in it.")],
    as_json: AsJson = False,
) -> None:
    """Destroy the data keys of a month that is past its time 销毁密钥.

    What was sealed under them cannot be read again, here and in later restores. `hub expire` does it by itself,
    not for the store: its keys are destroyed here, once no file that landed in the month is kept.

    Example: hub keys destroy court/shielding 2021-03 --reason "time is over"
    """
    from hub.line import open_hub
    from hub.line.keeping_keys import destroy as run

    gone = run(open_hub(), dataset, month, reason)
    if as_json:
        print_json(gone)
        return
    talk(f"destroyed: {', '.join(gone)}")
    talk("copies of the database from before can be read with the master key of then: rotate, and remove the old one")
