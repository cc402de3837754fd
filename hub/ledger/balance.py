"""What must always hold, as queries that find nothing (conservation, one receipt, one current version)."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from hub.ledger.records import RecordTable
from hub.ledger.tables import delivery, fate, outbox, receipt

JUDGED = delivery.c.rows.is_not(None)


def violations(connection: sa.Connection, shapes: Iterable[RecordTable]) -> list[str]:
    """Every violated invariant in words, with the delivery or record at fault; an empty list when all is well."""
    found = [
        *_named(connection, "delivery {}: rows are not accepted + rejected + duplicate + blank", _unbalanced()),
        *_named(connection, "delivery {}: not every row has exactly one fate", _without_fate()),
        *_named(connection, "delivery {}: counts by state are not those of its fates", _miscounted()),
        *_named(connection, "delivery {}: not exactly one receipt of its verdict", _receipts()),
    ]
    for shape in shapes:
        table = shape.table()
        if sa.inspect(connection).has_table(shape.name):
            found += _named(
                connection, f"{shape.dataset}: record {{}} has more than one current version", _current(table)
            )
            found += _named(
                connection, f"{shape.dataset}: an accepted row of delivery {{}} has no record", _lost(table)
            )
            found += _named(
                connection, f"{shape.dataset}: record {{}} waits in no outbox", _unsent(table, shape.dataset)
            )
    return found


def _named(connection: sa.Connection, words: str, query: sa.Select[tuple[object]]) -> list[str]:
    return [words.format(value) for value in connection.scalars(query.limit(20))]


def _unbalanced() -> sa.Select[tuple[object]]:
    parts = delivery.c.accepted + delivery.c.rejected + delivery.c.duplicate + delivery.c.blank
    return sa.select(delivery.c.id).where(JUDGED, delivery.c.rows != parts)


def _without_fate() -> sa.Select[tuple[object]]:
    count = sa.select(sa.func.count()).where(fate.c.delivery_id == delivery.c.id).scalar_subquery()
    return sa.select(delivery.c.id).where(JUDGED, delivery.c.rows != count)


def _miscounted() -> sa.Select[tuple[object]]:
    def count(*states: str) -> sa.ScalarSelect[int]:
        where = (fate.c.delivery_id == delivery.c.id, fate.c.state.in_(states))
        return sa.select(sa.func.count()).where(*where).scalar_subquery()

    return sa.select(delivery.c.id).where(
        JUDGED,
        sa.or_(
            delivery.c.accepted != count("accepted", "accepted_query"),
            delivery.c.of_which_query != count("accepted_query"),
            delivery.c.rejected != count("rejected"),
            delivery.c.duplicate != count("duplicate"),
            delivery.c.blank != count("blank"),
        ),
    )


def _receipts() -> sa.Select[tuple[object]]:
    """A verdict has one receipt; one that was held before has a second, which supersedes the first."""
    final = sa.select(sa.func.count()).where(receipt.c.delivery_id == delivery.c.id, receipt.c.stage == "validation")
    allowed = sa.case((delivery.c.state == "held", 1), else_=0)
    return sa.select(delivery.c.id).where(
        sa.or_(
            sa.and_(JUDGED, final.scalar_subquery() < 1),
            sa.and_(JUDGED, final.scalar_subquery() > 2),
            sa.and_(~JUDGED, final.scalar_subquery() > allowed),
        )
    )


def _current(table: sa.Table) -> sa.Select[tuple[object]]:
    return (
        sa.select(table.c.record_id)
        .where(table.c.known_to.is_(None))
        .group_by(table.c.record_id)
        .having(sa.func.count() > 1)
    )


def _lost(table: sa.Table) -> sa.Select[tuple[object]]:
    dataset = table.name.removeprefix("record_")
    return (
        sa.select(fate.c.delivery_id)
        .join(delivery, delivery.c.id == fate.c.delivery_id)
        .where(
            sa.func.replace(delivery.c.dataset, "/", "_") == dataset,
            fate.c.state.in_(("accepted", "accepted_query")),
            ~sa.exists().where(table.c.record_id == fate.c.record_id),
        )
        .distinct()
    )


def _unsent(table: sa.Table, dataset: str) -> sa.Select[tuple[object]]:
    """A version that nobody was told of, in a dataset that goes somewhere."""
    goes = sa.exists().where(outbox.c.dataset == dataset)
    told = sa.exists().where(
        outbox.c.dataset == dataset, outbox.c.record_id == table.c.record_id, outbox.c.version == table.c.version
    )
    return sa.select(table.c.record_id).where(goes, ~told)
