"""Commands for deliveries over HTTP: api, token."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli.output import AsJson, print_json, print_table, talk

token_app = typer.Typer(help="Tokens for HTTP 令牌: issue, list, revoke.", no_args_is_help=True)
SHOWN = ("id", "department", "datasets", "label", "issued_at", "expires_at", "state")


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command()(api)
    app.add_typer(token_app, name="token")


def api(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port; 0 takes a free one.", min=0, max=65535)] = 8480,
    run: Annotated[bool, typer.Option("--run", help="Run the line here, too: no Airflow is needed.")] = False,
) -> None:
    """Serve the API and the pages for phones.

    Speaks plain HTTP: a reverse proxy on this machine does TLS. Ctrl-C ends it.

    Example: hub api --port 8480 --run
    """
    from hub.line import open_hub
    from hub.web.serving import serve

    talk(f"http://{host}:{port}/m/ and /api/openapi.json" if port else f"http://{host}/, on a free port")
    serve(open_hub(), host, port, run=run)


@token_app.command("issue")
def token_issue(
    department: Annotated[str, typer.Option("--department", "-p", help="Whose it is, for example market.")],
    dataset: Annotated[
        list[str] | None, typer.Option("--dataset", "-d", help="What it may send; all of the department's by default.")
    ] = None,
    label: Annotated[str, typer.Option("--for", help="Who uses it: a system, a number of a person.")] = "",
    days: Annotated[int, typer.Option("--days", help="How long it is good for.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it: this once, for it is kept nowhere.

    Example: hub token issue -p market -d market/admin_licence --for "OA"
    """
    from hub.line import open_hub
    from hub.line.tokens import issue

    number, secret = issue(open_hub(), department, dataset or [], label, days)
    if as_json:
        print_json({"id": number, "token": secret})
    else:
        typer.echo(secret)
        talk(f"token {number}; it is not shown again")


@token_app.command("list")
def token_list(
    department: Annotated[str | None, typer.Option("--department", "-p", help="Only this department's.")] = None,
    as_json: AsJson = False,
) -> None:
    """All tokens, without the tokens themselves.

    Example: hub token list -p market
    """
    from dataclasses import asdict

    from hub.ledger import tokens
    from hub.ledger.connect import reading
    from hub.line import open_hub

    hub = open_hub()
    with reading(hub.ledger) as connection:
        found = tokens.listed(connection, department)
    rows: list[dict[str, Any]] = []
    for one in found:
        state = "revoked" if one.revoked_at else "good" if one.holds(hub.now()) else "expired"
        rows.append(asdict(one) | {"state": state})
    if as_json:
        print_json(rows)
    elif rows:
        shown = [row | {"datasets": " ".join(row["datasets"]) or "all"} for row in rows]
        print_table(shown, [(name, name) for name in SHOWN])
    else:
        talk("no tokens yet")


@token_app.command("revoke")
def token_revoke(
    number: Annotated[int, typer.Argument(help="As `hub token list` shows it.", min=1)],
) -> None:
    """End a token at once.

    A phone that is logged in with it is logged out.

    Example: hub token revoke 3
    """
    from hub.line import open_hub
    from hub.line.tokens import revoke

    talk("revoked" if revoke(open_hub(), number) else "it was revoked before")
