"""What the tests of deadlines share: the small county with a schedule, its clock, and what can be seen of it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.ledger import dues
from hub.ledger.connect import reading
from hub.ledger.tables import event

SMALL = Path(__file__).parents[1] / "hub" / "small"
COUNTY = Path(__file__).parents[2] / "schemas"
FREQUENCY = "  - {property: frequency, value: 每日}\n"
SHOP = Path("market") / "shop.odcs.yaml"


def with_schedule(schemas: Path, unit: str = "d", due: int = 0, due_in: str = "workingDays", grace: int = 1) -> None:
    """Write the small schemas: shops are due every period, the market has an address, the county's calendar holds."""
    shutil.copytree(SMALL / "schemas", schemas)
    shutil.copytree(COUNTY / "calendar", schemas / "calendar")
    lines = (
        f"  - {{property: frequency, value: 1, unit: {unit}}}\n"
        f"  - {{property: due, value: {due}, unit: {due_in}}}\n"
        f"  - {{property: grace, value: {grace}, unit: workingDays}}\n"
    )
    text = (schemas / SHOP).read_text(encoding="utf-8")
    assert FREQUENCY in text
    (schemas / SHOP).write_text(text.replace(FREQUENCY, lines), encoding="utf-8")
    departments = schemas / "departments.yaml"
    told = departments.read_text(encoding="utf-8")
    told = told.replace("contact: 演示联络员}", "contact: 演示联络员, email: bgs@example.cn}", 1)
    departments.write_text(told, encoding="utf-8")


def on(line: Any, day: str, hour: int = 9) -> None:
    """Set the clock, in Shanghai."""
    line.clock.now = datetime.fromisoformat(f"{day}T{hour - 8:02}:00:00").replace(tzinfo=UTC)


def states(line: Any) -> dict[str, str]:
    """State by period."""
    with reading(line.hub.ledger) as connection:
        return {one["period"]: one["state"] for one in dues.listed(connection)}


def sent(line: Any, serial: int, mc: str | None = None) -> None:
    """Hand in a file with one new row; one without a name (``mc=""``) is refused as a whole."""
    row = line.shop(serial) if mc is None else line.shop(serial, mc=mc)
    line.drop(line.file(row), name=f"店铺{serial}.csv")
    line.run()


def reminders(line: Any) -> dict[str, str]:
    """Texts of the reminders in the outbox, by name."""
    return {name: content.decode("utf-8-sig") for name, content in line.outbox().items() if name.startswith("提醒")}


def events(line: Any, kind: str) -> int:
    """How many events of a kind the log has."""
    return int(line.rows(sa.select(sa.func.count()).where(event.c.kind == kind))[0][0])
