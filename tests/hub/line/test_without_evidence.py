"""If evidence cannot be written, nothing is accepted and nothing leaves; once it can, everything goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.demo.province import SimulatedProvince
from hub.errors import FixConfiguration, HubError
from hub.ledger.connect import writing
from hub.ledger.tables import fate, outbox, receipt
from hub.line import Hub


def test_without_evidence_nothing_is_accepted_and_nothing_leaves(either_line: Any) -> None:
    line = either_line
    line.drop(line.file(line.shop(1)))
    line.hub.collect()
    _refuse_events(line.hub)
    with pytest.raises(HubError):
        line.hub.run_dataset("market/shop")
    assert [one["state"] for one in line.deliveries()] == ["landed"]
    assert line.rows(sa.select(fate.c.record)) == line.rows(sa.select(receipt.c.receipt_no)) == line.versions() == []
    assert line.outbox() == {}
    with pytest.raises(HubError):
        line.hub.drain("open_feed")
    assert not (line.hub.home / "feed" / "current").exists()
    _refuse_events(line.hub, ends=True)
    line.run()
    assert line.counts() == [("ACCEPTED", 1, 1, 0, 0, 0, 0)]
    line.hub.drain("open_feed")
    assert (line.hub.home / "feed" / "current" / "index.json").exists()
    assert line.violations() == []


def _refuse_events(hub: Hub, ends: bool = False) -> None:
    """As a full disk would: no event can be written."""
    postgresql = hub.ledger.dialect.name == "postgresql"
    with writing(hub.ledger) as connection:
        if ends:
            connection.exec_driver_sql("DROP TRIGGER full_disk" + (" ON event" if postgresql else ""))
        elif postgresql:
            connection.exec_driver_sql(
                "CREATE TRIGGER full_disk BEFORE INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        else:
            connection.exec_driver_sql(
                "CREATE TRIGGER full_disk BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'full'); END"
            )


def test_without_evidence_no_row_reaches_the_province(make_line: Callable[..., Any], tmp_path: Path) -> None:
    line = make_line(province_url=f"sqlite:///{tmp_path / 'province.db'}")
    outlet, contracts = line.hub.outlet("province"), line.hub.contracts.values()
    province = SimulatedProvince(line.hub.settings.province_url, outlet, contracts, delay=0, refuse_every=0)
    province.create()
    line.drop(line.file(line.shop(1)))
    line.run()
    (table,) = province.tables

    def arrived() -> int:
        with province.engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    def waiting() -> list[tuple[Any, ...]]:
        return line.rows(sa.select(outbox.c.state).where(outbox.c.outlet == "province"))

    _refuse_events(line.hub)
    with pytest.raises(HubError):
        line.hub.drain("province")
    assert (arrived(), waiting()) == (0, [("waiting",)])
    _refuse_events(line.hub, ends=True)
    line.hub.drain("province")
    assert (arrived(), waiting()) == (1, [("sent",)])
    assert line.violations() == []
    province.stop()


def test_a_hub_without_a_usable_key_takes_nothing_in(make_line: Callable[..., Any]) -> None:
    line = make_line(checkpoint_key="short")
    line.drop(line.file(line.shop(1)))
    with pytest.raises(FixConfiguration, match="key"):
        line.hub.collect()
    assert line.deliveries() == []
    assert line.inbox() == ["店铺.csv"]
