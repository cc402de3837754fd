"""Re-sends (重报): which earlier delivery a delivery sends again, and what became of that one's rows.

An earlier delivery is told by its slot, the name of the file without date-like marks of a second try, or by what the
sender says; never by content alone, because two days' files of one list may share most rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from hub.ledger.merging import TAKEN, staged_table
from hub.ledger.records import RecordTable, current_of
from hub.ledger.tables import delivery, fate

Kind = Literal["correction", "extension", "replacement", "truncation", "same"]
_ENTERED = ("ACCEPTED", "ACCEPTED_QUERY", "PARTIAL")


@dataclass(frozen=True, slots=True)
class Resend:
    """How a delivery compares with the one that it sends again, in rows."""

    of: int  # id of the earlier delivery
    kind: Kind
    corrected: int
    unchanged: int
    new: int
    mended: int  # rejected then, accepted now
    vanished: int  # accepted then and still current, not in this delivery
    removed: bool = False  # the vanished rows were withdrawn


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier delivery of the same slot."""

    id: int
    mode: str
    accepted: int


def predecessors(connection: sa.Connection, department: str, dataset: str, slot: str, before: int) -> list[Earlier]:
    """Earlier entered deliveries of the same slot, newest first."""
    query = (
        sa.select(delivery.c.id, delivery.c.mode, delivery.c.accepted)
        .where(
            delivery.c.department == department,
            delivery.c.dataset == dataset,
            delivery.c.slot == slot,
            delivery.c.id < before,
            delivery.c.mode != "withdrawal",
            delivery.c.verdict.in_(_ENTERED),
        )
        .order_by(delivery.c.id.desc())
    )
    return [Earlier(*row) for row in connection.execute(query)]


def vanished(shape: RecordTable, stage: str, earlier: list[int]) -> sa.Select[tuple[str]]:
    """Records that the earlier deliveries brought, that are current, and that the staging table does not hold."""
    table, staged = shape.table(), staged_table(stage, shape)
    here = sa.select(staged.c.record_id).where(staged.c.record_id.is_not(None))
    return (
        sa.select(fate.c.record_id)
        .join(table, sa.and_(table.c.record_id == fate.c.record_id, current_of(table)))
        .where(fate.c.delivery_id.in_(earlier), fate.c.state.in_(TAKEN), fate.c.record_id.not_in(here))
        .distinct()
    )


def count(connection: sa.Connection, query: sa.Select[Any]) -> int:
    """Rows of a query."""
    return connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def kind_of(*, corrected: int, new: int, mended: int, gone: int) -> Kind:
    """What a delivery looks like beside the one that it sends again.

    >>> kind_of(corrected=3, new=0, mended=1, gone=0), kind_of(corrected=0, new=0, mended=0, gone=7)
    ('correction', 'truncation')
    """
    if gone:
        return "replacement" if corrected or new or mended else "truncation"
    if new > mended:
        return "extension"
    return "correction" if corrected or mended else "same"
