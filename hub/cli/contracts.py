"""Commands about contracts: lint, apply, new, template, publish, kit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, print_facts, print_json, talk

contract_app = typer.Typer(help="Contracts 数据契约: lint, apply, new, template, publish, kit.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(contract_app, name="contract")


@contract_app.command("lint")
def contract_lint(
    dataset: Annotated[str | None, typer.Argument(help="One dataset; all when it is not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell every mistake in the contracts, each with file and line.

    Example: hub contract lint market/admin_licence
    """
    from hub.contract import load
    from hub.errors import FixConfiguration
    from hub.settings import settings

    here = settings()
    names = load.dataset_names(here.schemas)
    if not names:
        raise FixConfiguration(f"there is no contract in {here.schemas}; set HUB_SCHEMAS")
    try:
        if dataset is None:
            load.contracts(here.schemas, here.expectations)
            load.points(here.schemas)
        else:
            load.contract(dataset, here.schemas, here.expectations)
    except FixConfiguration as error:
        if as_json:
            print_json([{"file": one.file, "line": one.line, "message": one.message} for one in error.problems])
        else:
            for one in error.problems:
                typer.echo(str(one))
            talk(f"{len(error.problems)} mistake{'s' * (len(error.problems) != 1)}")
        raise typer.Exit(error.exit_code) from None
    if as_json:
        print_json([])
    else:
        talk(f"{dataset or f'{len(names)} contracts'}: no mistakes")


@contract_app.command("apply")
def contract_apply(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the record tables to what the contracts say.

    Adds tables, columns and indexes; nothing is dropped or retyped. Deliveries do the same when they first need it.

    Example: hub contract apply --dry-run
    """
    from hub.line import open_hub
    from hub.line.applying import apply

    done = apply(open_hub(), dry_run=dry_run)
    if as_json:
        print_json(done)
        return
    for change in done:
        typer.echo(f"{'would ' if dry_run else ''}{change}")
    if not done:
        talk("every table is as its contract says")


@contract_app.command("new")
def contract_new(
    dataset: Annotated[str, typer.Argument(help="Its address, for example market/food_inspection.")],
    sample: Annotated[Path, typer.Option("--from", help="A workbook or CSV file with a header row.")],
    department: Annotated[str, typer.Option("--department", "-p", help="Who sends it; else as the address says.")] = "",
    title: Annotated[str, typer.Option("--title", help="Its Chinese name; else that of the file.")] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file, not to stdout.")] = None,
) -> None:
    """Draft a contract from a sample.

    Names, kinds, gaps and key are guessed and marked as guesses; nothing is shared. No value of a person is copied.

    Example: hub contract new market/food_inspection --from 食品抽检.xlsx -p market
    """
    from hub.line.drafting import draft_contract
    from hub.settings import settings

    text = draft_contract(settings(), dataset, sample, department, title)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        talk(f"{output}: fill in what is marked 待填写, then hub contract lint {dataset}")


@contract_app.command("template")
def contract_template(
    dataset: Annotated[str, typer.Argument(help="For example market/admin_licence.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file, not to stdout.")] = None,
) -> None:
    """Write a blank form for a dataset.

    A workbook with lists and notes where the file ends in .xlsx; else CSV with one example row, UTF-8 with BOM.

    Example: hub contract template market/admin_licence -o 模板.xlsx
    """
    import sys

    from hub.contract.template import blank_csv
    from hub.line import open_hub

    hub = open_hub()
    contract = hub.contract(dataset)
    if output is not None and output.suffix.lower() == ".xlsx":
        from hub.receipts.form import form

        content = form(contract, hub.today())
    else:
        content = blank_csv(contract)
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        output.write_bytes(content)


@contract_app.command("publish")
def contract_publish(as_json: AsJson = False) -> None:
    """Put forms into the templates folders.

    With explanations and a README, for each department and dataset. Every folder is compared; what is as it
    should be is not written. A run does the same when a contract has changed.

    Example: hub contract publish --json
    """
    from hub.line import open_hub
    from hub.line.publishing import publish

    (print_json if as_json else print_facts)(publish(open_hub()))


@contract_app.command("kit")
def contract_kit(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write, for example 试报工具.pyz.")],
    department: Annotated[
        str | None, typer.Option("--department", "-p", help="For whom; for every department when not given.")
    ] = None,
    wheels: Annotated[
        Path | None, typer.Option("--wheels", help="Folder of wheels, for another platform or Python than this one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the offline pre-check kit, one file.

    Any Python of the same version judges files with it as the hub would: no hub, no network, no installation.
    The file's SHA-256 is written beside it.

    Example: hub contract kit -p market -o 试报工具.pyz
    """
    from hub.kit.making import checksum, make
    from hub.line import open_hub

    content, listed = make(open_hub(), department, wheels)
    output.write_bytes(content)
    output.chmod(0o755)
    beside = output.with_name(f"{output.name}.sha256")
    beside.write_text(checksum(content, output.name), encoding="utf-8")
    facts = {name: listed[name] for name in ("made", "department", "python", "platform", "contracts", "calendar_end")}
    if as_json:
        print_json(facts | {"file": str(output), "bytes": len(content), "sha256": checksum(content, "").strip()})
    else:
        talk(
            f"{output}: {len(content) >> 20} MB, Python {facts['python']} on {facts['platform']}; {beside.name} beside"
        )
