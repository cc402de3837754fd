"""The end of the demonstration: one table, and where everything lies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from hub.ledger import balance as invariants
from hub.ledger import deliveries, outbox
from hub.ledger.connect import reading

if TYPE_CHECKING:
    from hub.demo.grounds import Grounds
    from hub.line import Hub

COLUMNS = ("rows", "accepted", "of_which_query", "rejected", "duplicate", "blank")
HEADINGS = ("rows", "accepted", "with query", "rejected", "duplicate", "blank", "to province", "to bank", "in the feed")


def balance(hub: Hub) -> list[str]:
    """Every count that does not balance, in words: ledger, province, feed."""
    with reading(hub.ledger) as connection:
        found = invariants.violations(connection, [hub.shape(contract) for contract in hub.contracts.values()])
        unanswered = [one["batch_no"] for one in deliveries.listed(connection) if one["state"] != "answered"]
        open_entries = {outlet: outbox.open_count(connection, outlet) for outlet in hub.outlets()}
    found += [f"{batch}: not answered" for batch in unanswered]
    found += [f"{outlet} has not answered {count} rows" for outlet, count in open_entries.items() if count]
    return found


def feed_counts(hub: Hub) -> dict[str, int]:
    """Records of the current feed by dataset; a dataset that shows only aggregates counts their groups."""
    file = hub.home / "feed" / "current" / "index.json"
    if not file.exists():
        return {}
    index = json.loads(file.read_text(encoding="utf-8"))
    return {
        entry["dataset"]: entry["records"]
        or sum(one["records"] for one in entry["resources"] if one["format"] == "csv")
        for entry in index["datasets"]
    }


def print_summary(hub: Hub, grounds: Grounds, seconds: float) -> None:
    """The table on stdout, then the places."""
    with reading(hub.ledger) as connection:
        listed = deliveries.listed(connection)
        sent = [outbox.counts(connection, outlet) for outlet in ("province", "bank")]
    feed = feed_counts(hub)
    console = Console(width=None if Console().is_terminal else 148, highlight=False)
    table = Table(title=f"{hub.county.name} · {seconds:.0f} s", title_justify="left")
    table.add_column("dataset", no_wrap=True)
    for heading in ("deliveries", *HEADINGS):
        table.add_column(heading, justify="right")
    names: list[str | None] = [*hub.contracts, None]
    totals = [0] * (len(COLUMNS) + 4)
    for name in names:
        mine = [one for one in listed if one["dataset"] == name]
        if not mine:
            continue
        cells = [len(mine), *(sum(one[column] or 0 for one in mine) for column in COLUMNS)]
        for counts in sent:
            states = counts.get(name or "", {})
            cells.append(sum(states.get(state, 0) for state in ("sent", "acknowledged", "rejected")))
        cells.append(feed.get(name or "", 0))
        totals = [a + b for a, b in zip(totals, cells, strict=True)]
        table.add_row(name or "(not told by the file name)", *map(str, cells))
    table.add_section()
    table.add_row("total", *map(str, totals))
    console.print(table)
    home = grounds.home
    for what, place in (
        ("receipts", grounds.root / "*" / "outbox"),
        ("reports", home / "reports" / "index.html"),
        ("feed", home / "feed" / "current" / "index.json"),
    ):
        console.print(f"{what:9} {place}", soft_wrap=True)
