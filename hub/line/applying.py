"""The record tables are brought to what the contracts say, before a delivery needs it (契约落表)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.ledger import evidence, records
from hub.ledger.connect import reading, writing

if TYPE_CHECKING:
    from hub.line.hub import Hub


def apply(hub: Hub, *, dry_run: bool = False) -> list[str]:
    """Add what the record tables lack, all or nothing; gives every change in words.

    ``FixConfiguration`` when a column changed its kind: that cannot be done without losing what the table holds.
    """
    shapes = [hub.shape(contract) for contract in hub.contracts.values()]
    if dry_run:
        with reading(hub.ledger) as connection:
            return [change.told for shape in shapes for change in records.missing(connection, shape)]
    done: list[str] = []
    with writing(hub.ledger, "apply") as connection:
        for shape in shapes:
            for change in records.missing(connection, shape):
                change.make(connection)
                done.append(change.told)
        if done:
            now = hub.now()
            evidence.append(connection, "applied", now, changes=done)
            evidence.seal(connection, now)
    return done
