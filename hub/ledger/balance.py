"""What must always hold, as queries that find nothing (conservation, one receipt, one current version)."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from hub.ledger.records import RecordTable, current_of
from hub.ledger.tables import delivery, fate, outbox, receipt, tombstone

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
            found += _named(
                connection, f"{shape.dataset}: two versions of record {{}} hold at once", _overlapping(table)
            )
            found += _named(
                connection, f"{shape.dataset}: record {{}} came back after its withdrawal", _risen(table, shape.dataset)
            )
            found += _named(
                connection, f"{shape.dataset}: an outlet was not told to remove record {{}}", _still_out(shape.dataset)
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
    return sa.select(table.c.record_id).where(current_of(table)).group_by(table.c.record_id).having(sa.func.count() > 1)


def _lost(table: sa.Table) -> sa.Select[tuple[object]]:
    dataset = table.name.removeprefix("record_")
    return (
        sa.select(fate.c.delivery_id)
        .join(delivery, delivery.c.id == fate.c.delivery_id)
        .where(
            sa.func.replace(delivery.c.dataset, "/", "_") == dataset,
            fate.c.state.in_(("accepted", "accepted_query")),
            ~sa.exists().where(table.c.record_id == fate.c.record_id),
            ~sa.exists().where(tombstone.c.record_id == fate.c.record_id),
        )
        .distinct()
    )


def _unsent(table: sa.Table, dataset: str) -> sa.Select[tuple[object]]:
    """A current version that nobody was told of, in a dataset that goes somewhere."""
    goes = sa.exists().where(outbox.c.dataset == dataset)
    told = sa.select(outbox.c.record_id, outbox.c.version).where(outbox.c.dataset == dataset).distinct().subquery()
    same = sa.and_(told.c.record_id == table.c.record_id, told.c.version == table.c.version)
    return (
        sa.select(table.c.record_id)
        .select_from(table.outerjoin(told, same))
        .where(goes, current_of(table), told.c.record_id.is_(None))
    )


def _overlapping(table: sa.Table) -> sa.Select[tuple[object]]:
    """Two versions that are both taken for true, and the later begins before the earlier ends."""
    after = sa.func.lead(table.c.valid_from).over(partition_by=table.c.record_id, order_by=table.c.valid_from)
    known = (
        sa.select(table.c.record_id, table.c.valid_to, after.label("after"))
        .where(table.c.known_to.is_(None))
        .subquery()
    )
    open_or_late = sa.or_(known.c.valid_to.is_(None), known.c.valid_to > known.c.after)
    return sa.select(known.c.record_id).where(known.c.after.is_not(None), open_or_late)


def _risen(table: sa.Table, dataset: str) -> sa.Select[tuple[object]]:
    """A record that is current although a withdrawal of it stands, and its order value is not above the floor."""
    standing = sa.and_(tombstone.c.dataset == dataset, tombstone.c.lifted_at.is_(None))
    return (
        sa.select(table.c.record_id)
        .join(tombstone, sa.and_(tombstone.c.record_id == table.c.record_id, standing))
        .where(current_of(table), table.c.valid_from <= tombstone.c.floor)
    )


def _still_out(dataset: str) -> sa.Select[tuple[object]]:
    """A withdrawn record of which some outlet was last told that it is there."""
    last = sa.func.row_number().over(
        partition_by=(outbox.c.outlet, outbox.c.record_id), order_by=outbox.c.sequence.desc()
    )
    standing = (tombstone.c.dataset == dataset, tombstone.c.lifted_at.is_(None))
    latest = (
        sa.select(outbox.c.record_id, outbox.c.operation, outbox.c.delivery_id, last.label("place"))
        .where(outbox.c.dataset == dataset, outbox.c.record_id.in_(sa.select(tombstone.c.record_id).where(*standing)))
        .subquery()
    )
    newest = sa.select(sa.func.max(tombstone.c.delivery_id)).where(
        tombstone.c.record_id == latest.c.record_id, *standing
    )
    return sa.select(latest.c.record_id).where(
        latest.c.place == 1, latest.c.operation != "delete", latest.c.delivery_id <= newest.scalar_subquery()
    )
