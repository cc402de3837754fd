"""The tree of commands. Nothing heavy is imported here: each command imports what it needs when it runs."""

from __future__ import annotations

import typer

from hub.cli import (
    contracts,
    county,
    deadlines,
    keeping,
    looking,
    points,
    proving,
    requests,
    sealing,
    service_keys,
    settling,
    subjects,
    web,
    working,
)

app = typer.Typer(
    name="hub",
    help="County credit-data exchange hub 县级公共信用数据交换枢纽。Start with `hub demo`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
working.register(app)
looking.register(app)
proving.register(app)
contracts.register(app)
settling.register(app)
keeping.register(app)
deadlines.register(app)
web.register(app)
sealing.register(app)
subjects.register(app)
points.register(app)
county.register(app)
requests.register(app)
service_keys.register(app)
