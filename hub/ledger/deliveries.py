"""Deliveries (报送批次): arrival, stages, the accepting transaction's bookkeeping, receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import CallOperator, NotFound
from hub.findings import UNOPENED, Finding
from hub.ledger import reopening
from hub.ledger.tables import delivery, fate, finding, receipt, stage, tombstone

ENDED = ("answered",)
STAGES = {"received": 1, "validation": 2, "province": 3, "publication": 4}  # of receipts, in their order
COUNTS = ("rows", "accepted", "of_which_query", "rejected", "duplicate", "blank", "inserted", "updated", "unchanged")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a delivery when its bytes have landed."""

    department: str
    dataset: str | None
    channel: str
    server: str | None
    path: str | None
    file_name: str
    size: int
    modified: int | None
    sha256: str
    received_at: datetime
    day: str
    mode: str = "original"
    slot: str = ""
    reason: str | None = None
    declared: int | None = None  # rows, as the sender counts them


def same_arrival(connection: sa.Connection, server: str, path: str, size: int, modified: int) -> int | None:
    """The delivery that was already opened for this very file in the inbox, while the file has not left it."""
    query = sa.select(delivery.c.id).where(
        delivery.c.server == server,
        delivery.c.path == path,
        delivery.c.size == size,
        delivery.c.modified == modified,
        delivery.c.cleared_at.is_(None),
    )
    return connection.scalar(query)


def open_delivery(connection: sa.Connection, arrival: Arrival, batch_prefix: str, fingerprint: str | None) -> int:
    """Enter an arrival. ``batch_prefix`` is the batch number without its three-digit count; gives the delivery's id.

    Identical bytes of the same department and dataset make it a duplicate of the first, unless they ask for something
    else now (the rows of a file are withdrawn by the same file) or declare another number of rows, the first was judged
    by another contract (``fingerprint``: then the new rules have to be asked), it was never opened, or a withdrawal was
    taken back since (what was kept out may come in).
    """
    if connection.dialect.name == "postgresql":
        # Two arrivals at once would take the same number; SQLite has one writer anyway.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(batch_prefix))))
    whose = (
        delivery.c.department == arrival.department,
        delivery.c.dataset == arrival.dataset if arrival.dataset else delivery.c.dataset.is_(None),
    )
    highest = sa.select(sa.func.max(delivery.c.number)).where(*whose, delivery.c.day == arrival.day)
    number = max(1 + (connection.scalar(highest) or 0), reopening.first_number(connection, arrival.day))
    first = connection.scalar(
        sa.select(sa.func.min(delivery.c.id)).where(
            *whose,
            delivery.c.sha256 == arrival.sha256,
            delivery.c.duplicate_of.is_(None),
            delivery.c.mode == arrival.mode,
            delivery.c.declared.is_not_distinct_from(arrival.declared),
            sa.or_(delivery.c.contract_fingerprint.is_(None), delivery.c.contract_fingerprint == fingerprint),
            ~sa.exists().where(finding.c.delivery_id == delivery.c.id, finding.c.code.in_(UNOPENED)),
            ~sa.exists().where(tombstone.c.dataset == arrival.dataset, tombstone.c.lifted_after >= delivery.c.id),
        )
    )
    told = {"number": number, "batch_no": f"{batch_prefix}-{number:03d}", "state": "landed", "duplicate_of": first}
    entry = delivery.insert().values(**asdict(arrival), **told)
    return int(connection.execute(entry.returning(delivery.c.id)).scalar_one())


def lock(connection: sa.Connection, delivery_id: int) -> dict[str, Any]:
    """The delivery's row, locked until the transaction ends; ``NotFound`` when there is none."""
    row = connection.execute(sa.select(delivery).where(delivery.c.id == delivery_id).with_for_update()).first()
    if row is None:
        raise NotFound(f"there is no delivery {delivery_id}")
    return dict(row._mapping)


def show(connection: sa.Connection, delivery_id: int) -> dict[str, Any]:
    """The delivery's row; ``NotFound`` when there is none."""
    row = connection.execute(sa.select(delivery).where(delivery.c.id == delivery_id)).first()
    if row is None:
        raise NotFound(f"there is no delivery {delivery_id}")
    return dict(row._mapping)


def listed(connection: sa.Connection, dataset: str | None = None) -> list[dict[str, Any]]:
    """All deliveries, oldest first, of one dataset or of all."""
    chosen = sa.true() if dataset is None else delivery.c.dataset == dataset
    query = sa.select(delivery).where(chosen).order_by(delivery.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]


def waiting(connection: sa.Connection) -> list[tuple[int, str | None]]:
    """Deliveries for which the line has something to do, a receipt to put included: id and dataset, oldest first.

    A held one waits for a person, not for the line.
    """
    unsent = sa.exists().where(receipt.c.delivery_id == delivery.c.id, receipt.c.put_at.is_(None))
    query = (
        sa.select(delivery.c.id, delivery.c.dataset)
        .where(
            sa.or_(
                delivery.c.state.not_in((*ENDED, "held")),
                sa.and_(delivery.c.channel == "sftp", delivery.c.cleared_at.is_(None)),
                unsent,
            )
        )
        .order_by(delivery.c.id)
    )
    return [(row.id, row.dataset) for row in connection.execute(query)]


def enter(
    connection: sa.Connection,
    delivery_id: int,
    stage_name: str,
    state: str,
    outcome: Mapping[str, Any],
    seconds: float,
    now: datetime,
    **values: Any,
) -> None:
    """Enter a finished stage and the state that it leads to. Entering it again replaces the earlier entry."""
    connection.execute(stage.delete().where(stage.c.delivery_id == delivery_id, stage.c.stage == stage_name))
    connection.execute(
        stage.insert().values(
            delivery_id=delivery_id, stage=stage_name, seconds=round(seconds, 3), outcome=dict(outcome), at=now
        )
    )
    connection.execute(delivery.update().where(delivery.c.id == delivery_id).values(state=state, **values))


def stages(connection: sa.Connection, delivery_id: int) -> dict[str, dict[str, Any]]:
    """Outcome of every finished stage by name, with ``seconds`` and ``at``."""
    rows = connection.execute(sa.select(stage).where(stage.c.delivery_id == delivery_id))
    return {row.stage: {**row.outcome, "seconds": row.seconds, "at": row.at} for row in rows}


def note_findings(connection: sa.Connection, delivery_id: int, stage_name: str, found: Sequence[Finding]) -> None:
    """Write the findings of one stage, replacing those of an earlier run of it."""
    connection.execute(finding.delete().where(finding.c.delivery_id == delivery_id, finding.c.stage == stage_name))
    names = ("code", "record", "row", "column", "value", "detail")
    rows = [
        {"delivery_id": delivery_id, "stage": stage_name} | {name: getattr(one, name) for name in names}
        for one in found
    ]
    for start in range(0, len(rows), 5_000):
        connection.execute(finding.insert(), rows[start : start + 5_000])


def findings(connection: sa.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """All findings of a delivery in the order of code, record and column."""
    query = sa.select(finding).where(finding.c.delivery_id == delivery_id).order_by(finding.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]


def enter_fates(connection: sa.Connection, delivery_id: int, staged: str) -> None:
    """One fate for every staged row."""
    names = 'record, "row", state, code, record_id, content_hash'
    rows = f"SELECT {int(delivery_id)}, {names} FROM {staged} WHERE true"
    connection.exec_driver_sql(f"INSERT INTO fate (delivery_id, {names}) {rows}")


def assert_conserved(connection: sa.Connection, delivery_id: int, rows: int) -> dict[str, int]:
    """Counts of fates; ``CallOperator`` unless every received row has exactly one fate (invariant I1)."""
    query = sa.select(fate.c.state, sa.func.count()).where(fate.c.delivery_id == delivery_id).group_by(fate.c.state)
    found = {state: count for state, count in connection.execute(query)}
    accepted = found.pop("accepted", 0) + (query_count := found.pop("accepted_query", 0))
    counts = {
        "rows": rows,
        "accepted": accepted,
        "of_which_query": query_count,
        "rejected": found.pop("rejected", 0),
        "duplicate": found.pop("duplicate", 0),
        "blank": found.pop("blank", 0),
    }
    if found or rows != accepted + counts["rejected"] + counts["duplicate"] + counts["blank"]:
        raise CallOperator(f"delivery {delivery_id}: stage accept: rows and fates do not balance")
    return counts


def issue_receipt(
    connection: sa.Connection,
    delivery_id: int,
    receipt_no: str,
    stage_name: str,
    ordinal: int,
    body: str,
    now: datetime,
) -> None:
    """Write a receipt; a second one for the same delivery, stage and ordinal is refused by the database."""
    connection.execute(
        receipt.insert().values(
            receipt_no=receipt_no, delivery_id=delivery_id, stage=stage_name, ordinal=ordinal, body=body, created_at=now
        )
    )


def receipts(connection: sa.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """Receipts of a delivery in the order of issue, whatever the clock said meanwhile."""
    query = sa.select(receipt).where(receipt.c.delivery_id == delivery_id)
    ordered = query.order_by(sa.case(STAGES, value=receipt.c.stage), receipt.c.ordinal)
    return [dict(row._mapping) for row in connection.execute(ordered)]


def receipt_by_no(connection: sa.Connection, receipt_no: str) -> dict[str, Any]:
    """One receipt; ``NotFound`` when there is none."""
    row = connection.execute(sa.select(receipt).where(receipt.c.receipt_no == receipt_no)).first()
    if row is None:
        raise NotFound(f"there is no receipt {receipt_no}")
    return dict(row._mapping)


def unsent(connection: sa.Connection, stage_name: str) -> list[int]:
    """Deliveries with a receipt of a stage that their department has not got, oldest first."""
    query = sa.select(receipt.c.delivery_id).where(receipt.c.stage == stage_name, receipt.c.put_at.is_(None)).distinct()
    return sorted(connection.scalars(query))


def receipt_put(connection: sa.Connection, receipt_no: str, now: datetime) -> None:
    """The receipt lies where its sender looks."""
    connection.execute(receipt.update().where(receipt.c.receipt_no == receipt_no).values(put_at=now))


def update(connection: sa.Connection, delivery_id: int, **values: Any) -> None:
    """Set columns of a delivery that no stage entry carries (``cleared_at``, ``state`` after a decision)."""
    connection.execute(delivery.update().where(delivery.c.id == delivery_id).values(**values))


def fate_of(connection: sa.Connection, delivery_id: int, row: int) -> dict[str, Any]:
    """The fate of the row that the sender sees as number ``row``; ``NotFound`` when the delivery has no such row."""
    found = connection.execute(sa.select(fate).where(fate.c.delivery_id == delivery_id, fate.c.row == row)).first()
    if found is None:
        raise NotFound(f"delivery {delivery_id} has no row {row}")
    return dict(found._mapping)


def records_in(connection: sa.Connection, delivery_id: int, state: str, limit: int) -> list[int]:
    """The first records of a delivery in a state."""
    query = (
        sa.select(fate.c.record)
        .where(fate.c.delivery_id == delivery_id, fate.c.state == state)
        .order_by(fate.c.record)
        .limit(limit)
    )
    return list(connection.scalars(query))


def repeat_fates(connection: sa.Connection, delivery_id: int, first_id: int) -> None:
    """The rows of a repeated file: every one a duplicate of the same row of the first delivery."""
    names = ["delivery_id", "record", "row", "state", "code", "record_id", "content_hash"]
    chosen = sa.select(
        sa.literal(delivery_id),
        fate.c.record,
        fate.c.row,
        sa.literal("duplicate"),
        sa.literal("DUP-FILE"),
        fate.c.record_id,
        fate.c.content_hash,
    ).where(fate.c.delivery_id == first_id)
    connection.execute(fate.insert().from_select(names, chosen))


def problems_of(
    connection: sa.Connection, delivery_id: int, records: Sequence[int]
) -> list[tuple[int, str, str | None]]:
    """Findings of some records of a delivery: record, code, column; in order of record."""
    found: list[tuple[int, str, str | None]] = []
    for start in range(0, len(records), 900):
        query = (
            sa.select(finding.c.record, finding.c.code, finding.c.column)
            .where(finding.c.delivery_id == delivery_id, finding.c.record.in_(records[start : start + 900]))
            .order_by(finding.c.record, finding.c.id)
        )
        found += [(row.record, row.code, row.column) for row in connection.execute(query)]
    return found
