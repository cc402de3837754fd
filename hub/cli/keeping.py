"""Commands that keep: expire, erase, backup, restore, rebuild."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, print_facts, print_json, print_table, talk

VERIFICATION_FAILED = 5
SHOWN = 50


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    for command in (expire, erase, backup, restore, rebuild):
        app.command()(command)


def expire(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase what is past its time by its contract.

    Blobs, quarantine, versions that no longer hold, receipts, events; each in the open, and every proof still holds.

    Example: hub expire --dry-run
    """
    from hub.line import open_hub
    from hub.line.expiring import expire as run

    found = run(open_hub(), dry_run=dry_run)
    if as_json:
        print_json(found)
    elif found:
        print_table(found, [(name, name) for name in ("dataset", "class", "before", "count")])
    else:
        talk("nothing is past its time")


def erase(
    record: Annotated[str, typer.Argument(help="The 32 characters of a record id, as `hub trace` shows it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the evidence log. No name in it.")],
    as_json: AsJson = False,
) -> None:
    """Erase what the hub holds of a person's record.

    Every version goes, every outlet is told, it stays out when it is sent again, and the proofs stay valid.

    Example: hub erase 0123456789abcdef0123456789abcdef --reason "Art. 47"
    """
    from hub.line import open_hub
    from hub.line.erasing import erase as run

    facts = run(open_hub(), record, reason)
    if as_json:
        print_json(facts)
        return
    numbers = ", ".join(str(one) for one in facts["deliveries"])
    talk(f"erased from {facts['dataset']}: {facts['versions']} versions; the outlets follow with their next run")
    talk(f"the files of deliveries {numbers} still hold its rows, with those of others, until their time is over")


def backup(
    folder: Annotated[Path, typer.Argument(help="The folder to write; it must not be there yet.")],
    base: Annotated[
        Path | None, typer.Option("--base", help="An earlier backup: blobs that it has are linked, not copied.")
    ] = None,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Put the keys in: whoever has the backup has them, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Back up ledger and store as of one moment.

    It runs beside a working hub. Its manifest holds the hash of every file and the latest checkpoint.

    Example: hub backup /backup/20261124 --base /backup/20261123
    """
    from hub.line import open_hub
    from hub.line.backing_up import backup as run

    facts = run(open_hub(), folder, base, with_keys=with_keys)
    if as_json:
        print_json(facts)
        return
    talk(f"{folder}: {facts['events']} events, {facts['blobs']} blobs, as of {facts['at']}")
    if not with_keys:
        talk("to restore it you also need master.key, record.key and checkpoint.key of this hub, which are not in it")


def restore(
    folder: Annotated[Path | None, typer.Argument(help="The backup.")] = None,
    tombstones: Annotated[
        list[Path] | None,
        typer.Option("--tombstones", help="A store, a newer backup or a folder that holds withdrawals; repeatable."),
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Every withdrawal since the backup is known: open the outlets.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="With --confirm: why that is sure.")] = "",
    as_json: AsJson = False,
) -> None:
    """Restore a backup into an empty ledger.

    Newer withdrawals are carried out again first. The outlets stay closed until a person confirms.

    Example: hub restore /backup/20261124 --tombstones /old/store
    """
    from hub.errors import WrongUsage
    from hub.line import open_hub, restoring

    if confirm == (folder is not None):
        raise WrongUsage("give either a backup, or --confirm with --reason")
    if folder is None:
        outlets = restoring.confirm(open_hub(), reason)
        print_json(outlets) if as_json else talk(f"open with their next run: {', '.join(outlets)}")
        return
    facts = restoring.restore(open_hub(), folder, tombstones or ())
    if as_json:
        print_json(facts)
        return
    print_facts(facts)
    talk("the outlets are closed: hub restore --confirm --reason … when every withdrawal since the backup is known")


def rebuild(
    to: Annotated[Path | None, typer.Option("--to", help="Keep what was rebuilt in this new folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute records and outlets, and compare.

    From the landed blobs and the evidence log, each by the rules of its day.

    Changes nothing of the hub. Names every difference and ends with 5; ends with 0 when all came out the same.

    Example: hub rebuild
    """
    from dataclasses import asdict

    from hub.line import open_hub
    from hub.line.rebuilding import rebuild as run

    done = run(open_hub(), to)
    if as_json:
        print_json(asdict(done) | {"unsure": sorted(done.unsure)})
    else:
        for one in done.different[:SHOWN]:
            typer.echo(str(one))
        if len(done.different) > SHOWN:
            talk(f"… {len(done.different) - SHOWN} more differences: --json shows all")
        for number, why in done.lost.items():
            talk(f"delivery {number} cannot be judged again: {why}")
        for number in sorted(done.unsure):
            talk(f"delivery {number} cannot be compared: it hangs on one that cannot be judged again")
        counts = {"verdicts": done.judged} | done.compared
        talk("compared: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
        talk("DIFFERENCES" if done.different else "everything that can be recomputed came out the same")
    raise typer.Exit(VERIFICATION_FAILED if done.different else 0)
