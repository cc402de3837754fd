"""Commands that look: delivery, receipt, trace, dataset."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from hub.cli.output import AsJson, Lang, inline, print_facts, print_json, print_table, talk

# Numbers that the ledger can hold; a larger one is a slip of the hand.
Number = Annotated[int, typer.Argument(help="Its number in `hub delivery list`.", min=1, max=2**63 - 1)]
COURSE = ("read", "normalise", "check", "gate", "accept", "acknowledge")
SHOWN = 20
FEW_NAMES = 3  # of departments in a line

delivery_app = typer.Typer(help="Deliveries 报送批次: list, show, release or refuse a held one.", no_args_is_help=True)
receipt_app = typer.Typer(help="Receipts 回执: show.", no_args_is_help=True)
dataset_app = typer.Typer(help="Datasets 数据集: list.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(delivery_app, name="delivery")
    app.add_typer(receipt_app, name="receipt")
    app.add_typer(dataset_app, name="dataset")
    app.command()(trace)
    app.command()(explain)


@delivery_app.command("list")
def delivery_list(
    dataset: Annotated[str | None, typer.Option("--dataset", "-d", help="Only this dataset.")] = None,
    as_json: AsJson = False,
) -> None:
    """All deliveries, oldest first.

    Example: hub delivery list --dataset market/admin_licence
    """
    from hub.ledger import deliveries
    from hub.ledger.connect import reading
    from hub.line import open_hub

    hub = open_hub()
    with reading(hub.ledger) as connection:
        found = deliveries.listed(connection, dataset)
    if not found and dataset is not None:
        hub.contract(dataset)  # nothing there, or a slip of the pen?
    if as_json:
        print_json(found)
        return
    if not found:
        talk("no deliveries yet")
        return
    names = ("id", "batch_no", "dataset", "file_name", "state", "verdict", "rows", "accepted", "rejected", "duplicate")
    print_table(found, [(name, name) for name in (*names, "blank", "received_at")])


@delivery_app.command("show")
def delivery_show(number: Number, as_json: AsJson = False) -> None:
    """One delivery with its stages, findings and receipts.

    Example: hub delivery show 7
    """
    from hub.findings import notice
    from hub.ledger import deliveries
    from hub.ledger.connect import reading
    from hub.line import open_hub

    with reading(open_hub().ledger) as connection:
        facts = deliveries.show(connection, number)
        done = deliveries.stages(connection, number)
        facts["stages"] = {name: done[name] for name in sorted(done, key=COURSE.index)}
        facts["findings"] = deliveries.findings(connection, number)
        facts["receipts"] = [one["receipt_no"] for one in deliveries.receipts(connection, number)]
    if as_json:
        print_json(facts)
        return
    shown, stages = facts.pop("findings"), facts.pop("stages")
    print_facts(facts)
    if stages:
        typer.echo()
        lines = [{"stage": name} | _apart(outcome) for name, outcome in stages.items()]
        print_table(lines, [(name, name) for name in ("stage", "seconds", "outcome")])
    if shown:
        typer.echo()
        rows = [one | {"title": notice(one["code"]).title} for one in shown[:SHOWN]]
        print_table(rows, [(name, name) for name in ("code", "title", "row", "column", "value", "detail")])
    if len(shown) > SHOWN:
        talk(f"… {len(shown) - SHOWN} more findings: --json shows all")


def _apart(outcome: dict[str, Any]) -> dict[str, Any]:
    """The outcome of a stage as cells of a table."""
    return {
        "seconds": outcome["seconds"],
        "outcome": inline({name: fact for name, fact in outcome.items() if name not in ("seconds", "at")}),
    }


@delivery_app.command("release")
def delivery_release(
    number: Number, reason: Annotated[str, typer.Option("--reason", help="Why; kept in the evidence log.")]
) -> None:
    """Let a held delivery through, as a person who answers for it.

    Example: hub delivery release 7 --reason "checked with the sender"
    """
    from hub.line import open_hub
    from hub.line.deciding import release

    release(open_hub(), number, reason)


@delivery_app.command("refuse")
def delivery_refuse(
    number: Number, reason: Annotated[str, typer.Option("--reason", help="Why; kept in the evidence log.")]
) -> None:
    """Refuse a held delivery, as a person who answers for it.

    Example: hub delivery refuse 7 --reason "the sender asked for it"
    """
    from hub.line import open_hub
    from hub.line.deciding import refuse

    refuse(open_hub(), number, reason)


@receipt_app.command("show")
def receipt_show(
    receipt_no: Annotated[str, typer.Argument(help="Of the receipt, or of its delivery.")],
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Show a receipt, by its own number or the latest of a delivery.

    In another language it is a translation; what was sent and is kept is Chinese.

    Example: hub receipt show 7 --lang en
    """
    import json

    from hub.errors import NotFound
    from hub.ledger import deliveries
    from hub.ledger.connect import reading
    from hub.line import open_hub
    from hub.receipts.console import lines
    from hub.receipts.translating import translated

    hub = open_hub()
    language = lang or hub.settings.language
    with reading(hub.ledger) as connection:
        if re.fullmatch(r"[0-9]{1,18}", receipt_no):
            deliveries.show(connection, int(receipt_no))
            found = deliveries.receipts(connection, int(receipt_no))
            if not found:
                raise NotFound(f"delivery {receipt_no} has no receipt yet")
            verdicts = [one for one in found if one["stage"] in ("validation", "province")]
            last = (verdicts or found)[-1]
        else:
            last = deliveries.receipt_by_no(connection, receipt_no)
    body, number = last["body"], last["receipt_no"]
    if not body:
        talk("what this receipt says was erased: its time was over; its number and its hash stay in the evidence log")
        if as_json:
            print_json({"receipt_no": number, "erased": True})
        return
    receipt = json.loads(body)
    if as_json:
        print_json(translated(receipt, language))
    else:
        typer.echo(lines(receipt, language))


def trace(
    what: Annotated[str, typer.Argument(help="DELIVERY:ROW as the sender counts rows, or a record id.")],
    as_json: AsJson = False,
) -> None:
    """Follow a row or a record through the line.

    Shows source, changes, findings, fate, versions and outlets; cells are masked by classification.

    Example: hub trace 7:18
    """
    from hub.line import open_hub, tracing

    facts = tracing.trace(open_hub(), what)
    (print_json if as_json else print_facts)(facts)


def explain(
    record: Annotated[str, typer.Argument(help="The 32 characters of a record id, as `hub trace` shows it.")],
    outlet: Annotated[str, typer.Option("--outlet", "-o", help="An outlet of outlets.yaml.")],
    at: Annotated[str | None, typer.Option("--at", help="A moment, like 2026-11-26 or 2026-11-26T09:00.")] = None,
    as_json: AsJson = False,
) -> None:
    """Why a record may leave through an outlet, or may not 能不能共享.

    Tells every clause of the decision and how each column leaves; ends with 1 when the record may not leave.

    Example: hub explain 0123456789abcdef0123456789abcdef --outlet open_feed
    """
    from hub.line import disclosing, open_hub

    told = disclosing.explain(open_hub(), record, outlet, disclosing.moment_of(at) if at is not None else None)
    if as_json:
        print_json(told)
    else:
        typer.echo(disclosing.in_words(told))
    raise typer.Exit(0 if told["may_leave"] else 1)


@dataset_app.command("list")
def dataset_list(as_json: AsJson = False) -> None:
    """Every dataset: who sends it, how often, who may see it.

    The class of disclosure is 社会公开, 政务共享, 授权查询, 只出汇总 or 不共享. The legal basis stands in --json and
    in docs/catalogue.md.

    Example: hub dataset list
    """
    from hub.errors import FixConfiguration
    from hub.line import open_hub
    from hub.reports.dataset_catalogue import classes_of, outlets_of

    hub = open_hub()
    rows = [
        {
            "dataset": contract.dataset,
            "title": contract.title,
            "version": contract.version,
            "departments": "、".join(hub.county.department(one.department).name for one in contract.intakes),
            "frequency": contract.frequency,
            "columns": len(contract.columns),
            "sharing": "、".join(classes_of(contract)),
            "outlets": " ".join(outlet.id for outlet in outlets_of(contract, hub.outlet_list)),
            "legal_basis": contract.legal_basis,
        }
        for contract in hub.contracts.values()
    ]
    if not rows:
        raise FixConfiguration(f"there is no contract in {hub.settings.schemas}; set HUB_SCHEMAS")
    if as_json:
        print_json(rows)
    else:
        shown = [row | {"departments": _few(str(row["departments"]).split("、"))} for row in rows]
        print_table(shown, [(name, name) for name in rows[0] if name != "legal_basis"])


def _few(names: list[str]) -> str:
    """As many names as a line has room for."""
    return "、".join(names) if len(names) <= FEW_NAMES else f"{names[0]}等 {len(names)} 个"
