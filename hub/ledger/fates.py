"""The fates of a delivery as a Merkle tree: the evidence binds every row, and proves one without showing the others.

A leaf is the text of 256 fates, one a line in the order of record: ``record,row,state,code,record_id,content_hash``,
nothing for null. Made twice in the same way: from the frames that are accepted, and from what the ledger holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa

from hub.errors import CallOperator
from hub.ledger import merkle
from hub.ledger.tables import fate, fate_block

BLOCK = 256
COLUMNS = ("record", "row", "state", "code", "record_id", "content_hash")


@dataclass(slots=True)
class Tree:
    """Grows with the frames of a delivery."""

    leaves: list[bytes] = field(default_factory=list)
    rows: int = 0
    states: dict[str, int] = field(default_factory=dict)
    _rest: bytes = b""
    _last: int = 0

    def passing(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The frames as they are, entered on the way."""
        for frame in frames:
            self.add(frame)
            yield frame

    def add(self, frame: pl.DataFrame) -> None:
        """Enter the next rows; ``CallOperator`` when they do not come in the order of their records."""
        if frame.is_empty():
            return
        records = frame["record"]
        if int(records[0]) <= self._last or not records.is_sorted():
            raise CallOperator("fates do not come in the order of their records")
        self._last = int(records[-1])
        self.rows += frame.height
        for state, count in frame["state"].value_counts().iter_rows():
            self.states[state] = self.states.get(state, 0) + count
        lines = self._rest + frame.select(COLUMNS).write_csv(include_header=False, quote_style="never").encode("utf-8")
        ends = np.flatnonzero(np.frombuffer(lines, dtype=np.uint8) == ord("\n"))[BLOCK - 1 :: BLOCK] + 1
        start = 0
        for end in ends.tolist():
            self.leaves.append(merkle.leaf_hash(lines[start:end]))
            start = end
        self._rest = lines[start:]

    def end(self) -> bytes:
        """The root, once all rows are entered."""
        if self._rest:
            self.leaves.append(merkle.leaf_hash(self._rest))
            self._rest = b""
        return merkle.root_of(self.leaves)


def bind(connection: sa.Connection, delivery_id: int, tree: Tree | None = None) -> str:
    """Root (hex) over the fates that the ledger holds of a delivery, for its event; the leaves are noted beside.

    ``tree`` has grown with the same rows and saves reading them again, unless the transaction gave some of them
    another fate since: then what the ledger holds is told.
    """
    root = tree.end() if tree is not None else b""
    if tree is None or not _is_of(connection, delivery_id, tree):
        leaves = [merkle.leaf_hash(text) for text in blocks(connection, delivery_id)]
        root = merkle.root_of(leaves)
    else:
        leaves = tree.leaves
    _keep(connection, delivery_id, leaves)
    return root.hex()


def _is_of(connection: sa.Connection, delivery_id: int, tree: Tree) -> bool:
    """Whether the ledger has as many fates of each state, and the same first and last block."""
    query = sa.select(fate.c.state, sa.func.count()).where(fate.c.delivery_id == delivery_id).group_by(fate.c.state)
    if {state: count for state, count in connection.execute(query)} != tree.states:
        return False
    ends = {0, len(tree.leaves) - 1} if tree.leaves else set()
    return all(merkle.leaf_hash(block_of(connection, delivery_id, one)) == tree.leaves[one] for one in ends)


def _keep(connection: sa.Connection, delivery_id: int, leaves: Sequence[bytes]) -> None:
    """The leaves stay noted, so that a wrong row is found by its block."""
    rows = [{"delivery_id": delivery_id, "block": block, "leaf": leaf.hex()} for block, leaf in enumerate(leaves)]
    for start in range(0, len(rows), 5_000):
        connection.execute(fate_block.insert(), rows[start : start + 5_000])


def kept(connection: sa.Connection, delivery_id: int) -> list[bytes]:
    """The leaves that were noted for a delivery."""
    query = sa.select(fate_block.c.leaf).where(fate_block.c.delivery_id == delivery_id).order_by(fate_block.c.block)
    return [bytes.fromhex(leaf) for leaf in connection.scalars(query)]


def blocks(connection: sa.Connection, delivery_id: int) -> Iterator[bytes]:
    """The leaves' texts as the ledger's fates tell them."""
    found = connection.execute(_lines(delivery_id), execution_options={"yield_per": 64 * BLOCK})
    for part in found.scalars().partitions():
        for start in range(0, len(part), BLOCK):
            yield _text(part[start : start + BLOCK])


def block_of(connection: sa.Connection, delivery_id: int, number: int) -> bytes:
    """One leaf's text."""
    query = _lines(delivery_id).offset(number * BLOCK).limit(BLOCK)
    return _text(connection.scalars(query).all())


def block_with(connection: sa.Connection, delivery_id: int, record: int) -> tuple[int, bytes]:
    """Number and text of the leaf in which a record stands."""
    before = sa.select(sa.func.count()).where(fate.c.delivery_id == delivery_id, fate.c.record < record)
    number = (connection.scalar(before) or 0) // BLOCK
    return number, block_of(connection, delivery_id, number)


def _lines(delivery_id: int) -> sa.Select[Any]:
    cells = [sa.func.coalesce(sa.cast(fate.c[name], sa.Text), "") for name in COLUMNS]
    line: sa.ColumnElement[str] = cells[0]
    for cell in cells[1:]:
        line = line + "," + cell
    return sa.select(line).where(fate.c.delivery_id == delivery_id).order_by(fate.c.record)


def _text(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8")
