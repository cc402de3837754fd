"""Commands for credit-service bodies: service-key new, list, revoke."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli.output import AsJson, print_json, print_table, talk

key_app = typer.Typer(help="Keys of credit-service bodies 信用服务机构密钥: list, new, revoke.", no_args_is_help=True)
SHOWN = ("id", "body", "name", "filing_no", "datasets", "per_minute", "per_day", "expires_at", "state", "queries")


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(key_app, name="service-key")


@key_app.command("new")
def key_new(
    filing_no: Annotated[str, typer.Argument(help="The body's filing number 备案号; it tells the body.")],
    name: Annotated[str, typer.Option("--name", help="The body's registered name 机构名称.")],
    dataset: Annotated[
        list[str] | None, typer.Option("--dataset", "-d", help="What it may ask for; a new body has to be told.")
    ] = None,
    per_minute: Annotated[int | None, typer.Option("--per-minute", help="Queries; 60 for a new body.")] = None,
    per_day: Annotated[int | None, typer.Option("--per-day", help="Queries; 5000 for a new body.")] = None,
    days: Annotated[int, typer.Option("--days", help="How long the key is good for.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Make a key of a credit-service body and print it: this once.

    A body has two keys at most, so that it can change from one to the next. Terms that are given hold for both.

    Example: hub service-key new XF-001 --name 某征信 -d market/admin_penalty
    """
    from hub.line import open_hub
    from hub.line.service_keys import Licence, issue

    licence = Licence(name, filing_no, dataset or [], per_minute, per_day)
    number, secret = issue(open_hub(), licence, days)
    if as_json:
        print_json({"id": number, "key": secret})
    else:
        typer.echo(secret)
        talk(f"key {number}; it is not shown again")


@key_app.command("list")
def key_list(as_json: AsJson = False) -> None:
    """All keys and their bodies, without the keys themselves.

    Example: hub service-key list
    """
    from dataclasses import asdict

    from hub.ledger import service_keys, service_log
    from hub.ledger.connect import reading
    from hub.line import open_hub

    hub = open_hub()
    with reading(hub.ledger) as connection:
        found, counts = service_keys.listed(connection), service_log.counts(connection)
    rows: list[dict[str, Any]] = []
    for one in found:
        state = "revoked" if one.revoked_at else "good" if one.holds(hub.now()) else "expired"
        key = {name: value for name, value in asdict(one).items() if name != "body"}
        body = {name: getattr(one.body, name) for name in ("name", "filing_no", "datasets", "per_minute", "per_day")}
        rows.append(key | {"body": one.body.id} | body | {"state": state, "queries": counts.get(one.id, 0)})
    if as_json:
        print_json(rows)
    elif rows:
        print_table([row | {"datasets": " ".join(row["datasets"])} for row in rows], [(name, name) for name in SHOWN])
    else:
        talk("no keys yet")


@key_app.command("revoke")
def key_revoke(
    number: Annotated[int, typer.Argument(help="As `hub service-key list` shows it.", min=1)],
) -> None:
    """End a key: the next request with it is refused.

    Example: hub service-key revoke 3
    """
    from hub.line import open_hub
    from hub.line.service_keys import revoke

    talk("revoked" if revoke(open_hub(), number) else "it was revoked before")
