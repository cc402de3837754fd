"""A rebuilt ledger beside the one that it was rebuilt from (比对): every difference by dataset, delivery and record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.contract.model import Contract
from hub.errors import VerificationFailed
from hub.ledger import fates, outbox, records, released, sealed
from hub.ledger.connect import reading
from hub.ledger.tables import delivery, event, fate, receipt, tombstone
from hub.ledger.tables import outbox as outbox_table
from hub.line import sending
from hub.line.circumstances import Standing
from hub.outlets import aggregates, open_feed

if TYPE_CHECKING:
    from hub.ledger.records import RecordTable
    from hub.line.hub import Hub
    from hub.line.rebuilding import Rebuilt

PIECE = 1_000
TOMBSTONE = tuple(tombstone.c[name] for name in ("dataset", "record_id", "floor", "at", "lifted_at", "delivery_id"))
SENT = tuple(outbox_table.c[name] for name in ("dataset", "outlet", "record_id", "version", "operation"))


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that came out otherwise."""

    dataset: str
    what: str
    delivery: int | None = None
    record: str | None = None

    def __str__(self) -> str:
        place = [self.dataset]
        place += [f"delivery {self.delivery}"] if self.delivery is not None else []
        place += [f"record {self.record}"] if self.record is not None else []
        return f"{', '.join(place)}: {self.what}"


def carried(body: str) -> int:
    """Size of the checkpoint that a receipt took along; 0 for none."""
    kept = json.loads(body).get("checkpoint")
    return 0 if kept is None else int(kept["size"])


def compare(hub: Hub, again: Hub, source: sa.Connection, rebuilt: Rebuilt) -> None:
    """Everything that is a function of blobs and events; what hangs on lost deliveries is left out."""
    with reading(again.ledger) as target:
        tainted = _tainted(source, target, rebuilt)
        _fates_and_receipts(source, target, rebuilt)
        for contract in again.contracts.values():
            _records(again, contract, source, target, rebuilt, tainted)
        _rows("tombstones", TOMBSTONE, source, target, rebuilt, tainted)
        _outbox(source, target, rebuilt, tainted)
    if not rebuilt.lost:
        _feed(hub, again, source, rebuilt)


def _tainted(source: sa.Connection, target: sa.Connection, rebuilt: Rebuilt) -> set[str]:
    found: set[str] = set()
    for one in sorted(rebuilt.lost.keys() | rebuilt.unsure):
        for connection in (source, target):
            query = sa.select(fate.c.record_id).where(fate.c.delivery_id == one, fate.c.record_id.is_not(None))
            found |= set(connection.scalars(query))
    return found


def _fates_and_receipts(source: sa.Connection, target: sa.Connection, rebuilt: Rebuilt) -> None:
    for row in source.execute(sa.select(delivery.c.id, delivery.c.dataset).order_by(delivery.c.id)).all():
        if row.id in rebuilt.lost or row.id in rebuilt.unsure:
            continue
        made = 0
        for block, (was, now) in enumerate(zip_longest(fates.blocks(source, row.id), fates.blocks(target, row.id))):
            made += (was or b"").count(b"\n")
            if was != now:
                told = f"fates of records {block * fates.BLOCK + 1} to {(block + 1) * fates.BLOCK} differ"
                rebuilt.different.append(Difference(row.dataset or "?", told, delivery=row.id))
                break
        _count(rebuilt, "fates", made)
        query = sa.select(receipt.c.receipt_no, receipt.c.body).where(receipt.c.delivery_id == row.id)
        was_told, now_told = (
            {one.receipt_no: one.body for one in connection.execute(query)} for connection in (source, target)
        )
        for number in sorted(was_told.keys() | now_told.keys()):
            _count(rebuilt, "receipts", 1)
            if was_told.get(number) != now_told.get(number):
                rebuilt.different.append(Difference(row.dataset or "?", f"receipt {number} differs", delivery=row.id))


def _records(
    again: Hub, contract: Contract, source: sa.Connection, target: sa.Connection, rebuilt: Rebuilt, tainted: set[str]
) -> None:
    shape = again.shape(contract)
    if not records.exists(source, shape):
        if target.scalar(sa.select(sa.exists().select_from(shape.table()))):
            rebuilt.different.append(Difference(contract.dataset, "the ledger has no record, and some came out"))
        return
    there = {str(column["name"]) for column in sa.inspect(source).get_columns(shape.name)} - {"sequence"}
    table = shape.table()
    there -= {sealed.companion(name) for name in shape.pseudonymous}  # they follow from what stands beside them
    names = [column.name for column in table.columns if column.name in there]
    query = sa.select(*(table.c[name] for name in names)).order_by(table.c.record_id, table.c.version)
    place = (names.index("record_id"), names.index("version"))
    for was, now in _side_by_side(_stream(source, shape, query), _stream(target, shape, query), place):
        one = was or now
        assert one is not None
        record = one[place[0]]
        if record in tainted:
            continue
        _count(rebuilt, "versions", 1)
        if was == now or _destroyed(shape, names, was, now):
            continue
        whose = int(one[names.index("delivery_id")])
        version = f"version {one[place[1]]}"
        if was is None or now is None:
            told = f"{version} {'came out and is not there' if was is None else 'is there and did not come out'}"
        else:
            told = f"{version} differs in {', '.join(n for n, a, b in zip(names, was, now, strict=True) if a != b)}"
        rebuilt.different.append(Difference(contract.dataset, told, delivery=whose, record=record))


def _destroyed(shape: RecordTable, names: list[str], was: tuple[Any, ...] | None, now: tuple[Any, ...] | None) -> bool:
    """Whether rows differ only in sealed cells whose key is gone; that they said the same the content hash tells."""
    if was is None or now is None:
        return False
    return all(a == b or (a is None and name in shape.sealed) for name, a, b in zip(names, was, now, strict=True))


def _stream(connection: sa.Connection, shape: RecordTable, query: sa.Select[Any]) -> Iterator[tuple[Any, ...]]:
    found = connection.execute(query, execution_options={"yield_per": PIECE})
    for part in found.partitions():
        rows = [dict(row._mapping) for row in part]
        try:
            opened = sealed.open_rows(connection, shape, rows)
        except VerificationFailed:  # one of them; which one is told as a difference
            opened = [one for row in rows for one in _one(connection, shape, row)]
        for row in opened:
            yield tuple(row.values())


def _one(connection: sa.Connection, shape: RecordTable, row: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        return sealed.open_rows(connection, shape, [row])
    except VerificationFailed:
        return [row]


def _side_by_side(
    left: Iterator[tuple[Any, ...]], right: Iterator[tuple[Any, ...]], place: tuple[int, int]
) -> Iterator[tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]]:
    """Rows of two sorted streams by their key."""
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        mine = None if one is None else (one[place[0]], one[place[1]])
        yours = None if other is None else (other[place[0]], other[place[1]])
        if mine == yours:
            yield one, other
            one, other = next(left, None), next(right, None)
        elif yours is None or (mine is not None and mine < yours):
            yield one, None
            one = next(left, None)
        else:
            yield None, other
            other = next(right, None)


def _rows(
    what: str, columns: tuple[Any, ...], source: sa.Connection, target: sa.Connection, rebuilt: Rebuilt, out: set[str]
) -> None:
    was, now = ({tuple(row) for row in connection.execute(sa.select(*columns))} for connection in (source, target))
    _count(rebuilt, what, len(was))
    for row in sorted(was ^ now, key=repr):
        if row[1] not in out:
            told = f"{what}: {'one came out that is not there' if row in now else 'one did not come out'}"
            rebuilt.different.append(Difference(str(row[0]), told, record=str(row[1])))


def _outbox(source: sa.Connection, target: sa.Connection, rebuilt: Rebuilt, tainted: set[str]) -> None:
    """What was to leave; after a restore the outlets' own tables added to it."""
    was, now = ({tuple(row) for row in connection.execute(sa.select(*SENT))} for connection in (source, target))
    reconciled = bool(source.scalar(sa.select(sa.exists().where(event.c.kind == "reconciled"))))
    _count(rebuilt, "outbox entries", len(was))
    for row in sorted((now - was) | (set() if reconciled else was - now)):
        if row[2] not in tainted:
            came = "was to leave and did not come out" if row in was else "came out and was not to leave"
            told = f"outlet {row[1]}: {row[4]} of version {row[3]} {came}"
            rebuilt.different.append(Difference(str(row[0]), told, record=str(row[2])))


def _feed(hub: Hub, again: Hub, source: sa.Connection, rebuilt: Rebuilt) -> None:
    """The public files byte for byte, unless something waits that they do not show yet."""
    day = open_feed.as_of(hub.home / "feed")
    if day is None or outbox.open_count(source, open_feed.OUTLET):
        return
    if day < hub.today() and any(contract.aggregates for contract in hub.contracts.values()):
        return  # another outlet may have released today what the feed does not show yet
    # What was released of aggregates by and by cannot be told from the records as they are now.
    memories = {name: released.remembered(source, name, aggregates.MEMORY) for name in again.contracts}
    contents = sending.contents(again, day, Standing(again, day), memories)
    open_feed.publish(again.home / "feed", again.county, contents, day)
    was, now = (_files(one.home / "feed" / "current") for one in (hub, again))
    for name in sorted(was.keys() | now.keys()):
        _count(rebuilt, "feed files", 1)
        if was.get(name) != now.get(name):
            dataset = "/".join(name.split("/")[:2])
            rebuilt.different.append(Difference(dataset, f"{name} of the open feed differs"))


def _files(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def _count(rebuilt: Rebuilt, what: str, number: int) -> None:
    rebuilt.compared[what] = rebuilt.compared.get(what, 0) + number
