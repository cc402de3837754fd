"""Verify what the log binds: the arrival of every delivery, its receipts, the fate of each row, the records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from hub.ledger import evidence, expiry, fates, merkle
from hub.ledger.deliveries import COUNTS
from hub.ledger.records import RecordTable, exists
from hub.ledger.tables import checkpoint, delivery, fate, receipt
from hub.ledger.verifying import PIECE, Found

RECEIPTED = ("landed", "judged", "held", "amended", "published_rows")  # events that bind a receipt

Events = list[dict[str, Any]]


def verify_deliveries(connection: sa.Connection, found: Found) -> Iterator[tuple[str, bool]]:
    """Check delivery by delivery; gives the hash of each blob, and whether its bytes were ever kept."""
    gone = expiry.told(connection, "receipts")
    for row in _each(connection, sa.select(delivery).order_by(delivery.c.id), delivery.c.id):
        found.count("delivery")
        events = evidence.of_delivery(connection, row.id)
        _verify_receipts(connection, row.id, events, gone, found)
        judged = next((one for one in reversed(events) if one["kind"] == "judged"), None)
        if judged is None and row.rows is not None:
            found.add("fate", f"of delivery {row.id}", "no event tells of the verdict")
        elif judged is not None and judged["body"] is not None:
            _verify_fates(connection, row, judged["body"], found)
        landed = next((one for one in events if one["kind"] == "landed"), None)
        if landed is None:
            found.add("blob", row.sha256, f"no event tells that delivery {row.id} came")
        elif landed["body"] is not None:
            told = {name: landed["body"][name] for name in ("sha256", "size", "department", "dataset")}
            if any(row._mapping[name] != fact for name, fact in told.items()):
                found.add("blob", told["sha256"], f"delivery {row.id} names another one, or another sender")
            yield landed["body"]["sha256"], landed["body"].get("stored", True)


def _each(connection: sa.Connection, query: sa.Select[Any], key: Any) -> Iterator[Any]:
    """Rows in pieces by their key: other questions are asked between them."""
    last: Any = None
    while True:
        piece = connection.execute((query if last is None else query.where(key > last)).limit(PIECE)).all()
        yield from piece
        if len(piece) < PIECE:
            return
        last = piece[-1]._mapping[key.name]


def _verify_receipts(connection: sa.Connection, delivery_id: int, events: Events, gone: set[str], found: Found) -> None:
    """Each receipt is the one that its event binds; each that an event tells of is there, or erased (``gone``)."""
    bound = {
        one["body"]["receipt_no"]: one["body"].get("receipt_sha256")
        for one in events
        if one["kind"] in RECEIPTED and one["body"] is not None and "receipt_no" in one["body"]
    }
    erased = any(one["body"] is None for one in events)
    query = sa.select(receipt).where(receipt.c.delivery_id == delivery_id).order_by(receipt.c.receipt_no)
    for row in connection.execute(query):
        found.count("receipt")
        if row.receipt_no not in bound:
            if not erased:
                found.add("receipt", row.receipt_no, "no event tells of it")
            continue
        expected = bound.pop(row.receipt_no)
        if row.body == "" and row.receipt_no in gone:
            continue
        # Events of before the evidence name the receipt and do not hash it.
        if expected is not None and hashlib.sha256(row.body.encode("utf-8")).hexdigest() != expected:
            found.add("receipt", row.receipt_no, "is not what was issued")
        elif expected is not None:
            _verify_witness(connection, row.receipt_no, json.loads(row.body), found)
    for number in sorted(bound):
        found.add("receipt", number, "is missing")


def _verify_witness(connection: sa.Connection, number: str, body: Mapping[str, Any], found: Found) -> None:
    """The checkpoint that the receipt took along is still there."""
    if (kept := body.get("checkpoint")) is None:
        return
    note = connection.scalar(sa.select(checkpoint.c.note).where(checkpoint.c.size == kept["size"]))
    if note != kept["note"]:
        found.add("checkpoint", str(kept["size"]), f"is not the one that receipt {number} carries")


def _verify_fates(connection: sa.Connection, row: Any, judged: Mapping[str, Any], found: Found) -> None:
    """The counts and the fate of every row are what the verdict's event says; names the first wrong block."""
    place = f"of delivery {row.id}"
    if any(row._mapping[name] != judged["counts"].get(name) for name in COUNTS):
        found.add("fate", place, "the delivery's counts are not those of the verdict")
        return
    if judged.get("fates_root") is None:
        return
    kept, wrong, made = fates.kept(connection, row.id), None, 0
    frontier: list[bytes] = []
    for text in fates.blocks(connection, row.id):
        leaf = merkle.leaf_hash(text)
        if wrong is None and (made >= len(kept) or kept[made] != leaf):
            wrong = made
        merkle.append(frontier, made, leaf)
        made += 1
        found.count("fate", text.count(b"\n"))
    if wrong is None and made < len(kept):
        wrong = made
    right = merkle.root(frontier).hex() == judged["fates_root"]
    if not right and wrong is not None and merkle.root_of(kept).hex() == judged["fates_root"]:
        first, last = wrong * fates.BLOCK + 1, (wrong + 1) * fates.BLOCK
        found.add("fate", f"{place}, records {first} to {last}", "a row's fate is not what was told")
    elif not right:
        found.add("fate", place, "the fates of its rows are not what was told")
    elif wrong is not None:
        found.add("fate", place, f"the noted hash of block {wrong + 1} is wrong; the fates themselves are right")


def verify_records(connection: sa.Connection, shape: RecordTable, found: Found) -> None:
    """Every version of a record has the content hash of the row that it came from."""
    if not exists(connection, shape):
        return
    table = shape.table()
    joined = table.outerjoin(fate, sa.and_(fate.c.delivery_id == table.c.delivery_id, fate.c.record == table.c.record))
    same = sa.and_(fate.c.record_id == table.c.record_id, fate.c.content_hash == table.c.content_hash)
    # Fates of before the evidence have no content hash.
    lost = sa.or_(fate.c.record_id.is_(None), sa.and_(fate.c.content_hash.is_not(None), ~same))
    query = sa.select(table.c.record_id, table.c.version).select_from(joined).where(lost)
    for row in connection.execute(query.order_by(table.c.sequence).limit(1)):
        place = f"{row.record_id}, version {row.version}"
        found.add("record", place, f"{shape.dataset}: its content is not that of the row it came from")
    found.count("record", connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
