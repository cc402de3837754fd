"""Records that count no more, whatever came later under their key (已经终止的): consents that were taken back."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from hub.ledger.connect import reading
from hub.ledger.records import RecordTable, exists
from hub.ledger.tables import tombstone


def ids(ledger: sa.Engine, shape: RecordTable, column: str, known: datetime | None = None) -> set[str]:
    """Records of which any version, also one that was corrected since, has something in ``column``.

    ``known``: as the ledger knew it at a moment.
    """
    table = shape.table()
    with reading(ledger) as connection:
        if not exists(connection, shape):
            return set()
        there = {str(each["name"]) for each in sa.inspect(connection).get_columns(shape.name)}
        if column not in there:  # the next delivery will add it
            return set()
        query = sa.select(table.c.record_id).where(table.c[column].is_not(None)).distinct()
        if known is not None:
            query = query.where(table.c.known_from <= known)
        return set(connection.scalars(query))


def withdrawn(ledger: sa.Engine, dataset: str, known: datetime | None = None, *, by_a_person: bool = False) -> set[str]:
    """Records of a dataset with a tombstone that nobody has lifted; ``by_a_person``: that no delivery has set."""
    query = sa.select(tombstone.c.record_id).where(tombstone.c.dataset == dataset).distinct()
    if by_a_person:
        query = query.where(tombstone.c.delivery_id.is_(None))
    if known is None:
        query = query.where(tombstone.c.lifted_at.is_(None))
    else:
        query = query.where(
            tombstone.c.at <= known, sa.or_(tombstone.c.lifted_at.is_(None), tombstone.c.lifted_at > known)
        )
    with reading(ledger) as connection:
        return set(connection.scalars(query))
