"""What a hub keeps and loses in a tiny county: time runs out, a person is erased, a backup is restored and rebuilt.

Each act can be cut off anywhere and done again. A restore is ended before anything else is done (``end_restore``).
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.errors import CallOperator, NotFound
from hub.ledger import data_keys, deliveries, evidence, sealed
from hub.ledger.connect import reading
from hub.line import Hub, keeping_keys
from hub.line.backing_up import backup
from hub.line.erasing import erase
from hub.line.expiring import expire
from hub.line.rebuilding import rebuild
from hub.line.restoring import confirm, restore

REASON = "已核实"
STALLS = "urban/stall"
Order = dict[str, Any]


def time_runs_out(told: Hub, order: Order) -> None:
    """For the stalls, which are kept for thirty days; their pages go with their receipts."""
    told.report()
    now = told.now() + timedelta(days=40)
    told.now = lambda: now  # type: ignore[method-assign]
    try:
        expire(told)
    finally:
        del told.now  # type: ignore[method-assign]
    told.report()


def turn_keys(told: Hub, order: Order) -> None:
    """A cell from before sealing is sealed, the master key rotated, and two months lose their keys: one by a person."""
    with reading(told.ledger) as connection:
        if evidence.latest(connection, "keys_rotated") is not None:
            return
        destroyed = evidence.latest(connection, "key_destroyed")
    shape = told.shape(told.contract(STALLS))
    with told.ledger.begin() as connection:
        table = shape.table()
        first = connection.scalar(sa.select(sa.func.min(table.c.sequence)))
        row = connection.execute(sa.select(table).where(table.c.sequence == first)).one()
        (plain,) = sealed.open_rows(connection, shape, [dict(row._mapping)])
        connection.execute(table.update().where(table.c.sequence == first).values(sfzh=plain["sfzh"]))
    keeping_keys.seal(told)
    for month in ("2026-01", "2026-02"):  # of which nothing is left; the first goes when time runs out
        data_keys.current(told.ledger, STALLS, month, told.now())
    if destroyed is None:
        keeping_keys.destroy(told, STALLS, "2026-02", REASON)
    keeping_keys.rotate(told)


def erase_a_person(told: Hub, order: Order) -> None:
    """Always the same one."""
    with reading(told.ledger) as connection:
        (first, *_) = [one for one in deliveries.listed(connection) if one["file_name"] == "摊位_1.csv"]
        record = deliveries.fate_of(connection, first["id"], 3)["record_id"]
    with suppress(NotFound):
        erase(told, record, REASON)


def back_up_and_restore(told: Hub, order: Order) -> None:
    """The ledger, the keys and the store are lost; a backup brings all of it back."""
    folder = _folder(told)
    if not folder.exists():
        earlier = folder.with_name(f"{folder.name}.earlier")
        if not earlier.exists():
            backup(told, earlier)
        backup(told, folder, earlier, with_keys=True)
    with reading(told.ledger) as connection:
        if evidence.latest(connection, "restored") is not None:
            return
    _sign(told).touch()
    end_restore(told)


def end_restore(told: Hub) -> None:
    """A restore that has begun goes on to its end."""
    if not _sign(told).exists():
        return
    if not (told.home / "restoring.json").exists():
        if _restored(told):
            with suppress(NotFound):
                confirm(told, REASON)
            _sign(told).unlink()
            return
        _lose(told)
    told.__dict__.pop("ledger", None)
    restore(told, _folder(told))
    end_restore(told)


def rebuild_all(told: Hub, order: Order) -> None:
    """Nothing comes out otherwise; a delivery that this machine could not judge on the way is told, not compared."""
    rebuilt = rebuild(told)
    for number, why in rebuilt.lost.items():
        if "cannot be judged again" in why:
            raise CallOperator(f"rebuild: delivery {number}: {why}")
    if rebuilt.different:
        raise RuntimeError(f"rebuilt otherwise: {rebuilt.different[0]}")


def _restored(told: Hub) -> bool:
    with reading(told.ledger) as connection:
        return evidence.latest(connection, "restored") is not None


def _lose(told: Hub) -> None:
    """Of the keys the one that signs: what names the records is in the settings of some counties."""
    url = told.ledger.url
    told.ledger.dispose()
    if url.get_backend_name() == "sqlite":
        for file in told.home.glob("ledger.db*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
    else:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        engine.dispose()
    (told.home / "checkpoint.key").unlink(missing_ok=True)
    told.__dict__.pop("signer", None)


def _folder(told: Hub) -> Path:
    return told.home.with_name(f"{told.home.name}.backup")


def _sign(told: Hub) -> Path:
    return told.home / "restore_begun"
