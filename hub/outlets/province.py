"""Outlet province (省平台): rows into the front-end tables, the verdict read back from the same rows.

The key is the record id, the sequence that of the outbox, so that sending again changes nothing and an older version
never overtakes a newer one. What the province has not answered is pending, never sent-ok.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from connectors.database import FrontEnd
from connectors.faults import Refused, RowRefused, Unreachable
from hub.contract.model import Contract, Outlet
from hub.errors import FixConfiguration, TryAgain
from hub.failpoints import reached
from hub.outlets import preparing, sharing
from hub.outlets.receiver import Answer, Parcel

OUTLET = "province"


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the province's bookkeeping columns, from ``outlets.yaml``."""

    key: str
    sequence: str
    check: str
    cause: str
    synced: str
    synced_at: str
    failed: str  # value of ``check`` that means refused
    done: str  # value of ``synced`` that means taken

    @classmethod
    def of(cls, outlet: Outlet) -> Names:
        """``FixConfiguration`` when one is missing."""
        given = outlet.options.get("columns")
        missing = [name for name in cls.__slots__ if not isinstance(given, Mapping) or name not in given]
        if missing or not isinstance(given, Mapping):
            raise FixConfiguration(f"outlets.yaml: {outlet.id}: columns lack {', '.join(missing)}")
        return cls(**{name: str(given[name]) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class FrontEndTables:
    """The province, reached by its front-end database."""

    outlet: Outlet
    front_end: FrontEnd
    removes_at_once = True
    only_sent = False

    def takes(self, dataset: str) -> bool:
        """Whether a table is named for it."""
        return table_of(self.outlet, dataset) is not None

    def prepare(
        self, contract: Contract, records: pl.DataFrame, today: date, circumstances: sharing.Circumstances
    ) -> Parcel:
        """See ``Receiver``."""
        return prepare(self.outlet, contract, records, today, circumstances)

    def put(self, parcel: Parcel) -> dict[int, str]:
        """See ``Receiver``."""
        return put(self.front_end, self.outlet, parcel)

    def answers(self, dataset: str, waiting: Mapping[str, int]) -> list[Answer]:
        """See ``Receiver``."""
        return answers(self.front_end, self.outlet, dataset, list(waiting))

    def can_be_asked(self, dataset: str) -> bool:
        """See ``Receiver``."""
        return True

    def shown(self, dataset: str, record_ids: Sequence[str]) -> set[str]:
        """See ``Receiver``."""
        return shown(self.front_end, self.outlet, dataset, record_ids)

    def sequences(self, dataset: str) -> dict[str, int]:
        """See ``Receiver``."""
        return sequences(self.front_end, self.outlet, dataset)

    def as_of(self, dataset: str) -> date | None:
        """See ``Receiver``."""
        return None


@contextmanager
def door(url: str) -> Iterator[FrontEnd]:
    """An open front-end database; ``FixConfiguration`` for an address that is none."""
    try:
        front_end = FrontEnd(url)
    except Refused as error:
        raise FixConfiguration(f"the provincial front end refuses: {error}") from None
    with front_end:
        yield front_end


def table_of(outlet: Outlet, dataset: str) -> str | None:
    """The front-end table of a dataset, or None when the province takes none."""
    tables = outlet.options.get("tables")
    return str(tables[dataset]) if isinstance(tables, Mapping) and dataset in tables else None


def prepare(
    outlet: Outlet, contract: Contract, records: pl.DataFrame, today: date, circumstances: sharing.Circumstances
) -> Parcel:
    """Decide what of ``records`` may leave and make it ready.

    ``records``: ``record_id``, ``outbox_sequence`` and the contract's columns. ``FixConfiguration`` when the outlet
    names no table.
    """
    names, table = Names.of(outlet), table_of(outlet, contract.dataset)
    if table is None:
        raise FixConfiguration(f"outlets.yaml: {outlet.id} names no table for {contract.dataset}")
    # A new version asks for a new verdict.
    unanswered = {names.check: None, names.cause: None, names.synced: None, names.synced_at: None}

    def around(row: Mapping[str, Any], record_id: str, sequence: int) -> Mapping[str, Any]:
        cells = {name: _value(cell) for name, cell in row.items()}
        return cells | {names.key: record_id, names.sequence: sequence} | unanswered

    return preparing.prepare(outlet.id, table, {}, contract, records, today, circumstances, around)


def put(front_end: FrontEnd, outlet: Outlet, parcel: Parcel) -> dict[int, str]:
    """Remove what must not be seen, write the rows; gives by sequence what the front end refuses for itself.

    ``TryAgain`` when the front end does not answer or still shows a removed record, ``FixConfiguration`` when it
    refuses the table, a column or the login.
    """
    names = Names.of(outlet)
    with _answering():
        gone = [record_id for record_id, _ in parcel.hidden.values()]
        reached("province.before_delete")
        front_end.delete(parcel.table, names.key, gone)
        if gone and front_end.read(parcel.table, (names.key,), key_column=names.key, keys=gone):
            raise TryAgain("the provincial front end still shows a record that was removed")
        reached("province.before_push")
        refused = _upsert(front_end, parcel.table, names, list(parcel.rows.items()))
        reached("province.after_push")
    return refused


def _upsert(
    front_end: FrontEnd, table: str, names: Names, rows: Sequence[tuple[int, Mapping[str, Any]]]
) -> dict[int, str]:
    """Write rows together; where they are refused, find those that are at fault by halves."""
    try:
        front_end.upsert(table, (names.key,), [row for _, row in rows], names.sequence)
    except RowRefused as error:
        if len(rows) == 1:
            return {rows[0][0]: str(error)}
        half = len(rows) // 2
        return _upsert(front_end, table, names, rows[:half]) | _upsert(front_end, table, names, rows[half:])
    return {}


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except Unreachable:
        raise TryAgain("the provincial front end does not answer") from None
    except Refused as error:
        raise FixConfiguration(f"the provincial front end refuses: {error}") from None


def shown(front_end: FrontEnd, outlet: Outlet, dataset: str, record_ids: Sequence[str]) -> set[str]:
    """Those of the records that stand in the province's table now."""
    names, table = Names.of(outlet), table_of(outlet, dataset)
    if table is None or not record_ids:
        return set()
    with _answering():
        rows = front_end.read(table, (names.key,), key_column=names.key, keys=record_ids)
    return {str(row[names.key]) for row in rows}


def sequences(front_end: FrontEnd, outlet: Outlet, dataset: str) -> dict[str, int]:
    """Every record that the province's table holds, with the sequence of its row."""
    names, table = Names.of(outlet), table_of(outlet, dataset)
    if table is None:
        return {}
    with _answering():
        rows = front_end.read(table, (names.key, names.sequence), key_column=names.key)
    return {str(row[names.key]): int(row[names.sequence]) for row in rows}


def answers(front_end: FrontEnd, outlet: Outlet, dataset: str, record_ids: Sequence[str]) -> list[Answer]:
    """Read the verdicts that the province wrote back on the rows; a row without one is still ``sent``."""
    names, table = Names.of(outlet), table_of(outlet, dataset)
    if table is None:
        return []
    columns = (names.key, names.sequence, names.check, names.cause, names.synced)
    with _answering():
        rows = front_end.read(table, columns, key_column=names.key, keys=record_ids)
    return [_answer(row, names) for row in rows]


def _answer(row: Mapping[str, Any], names: Names) -> Answer:
    check, synced = row[names.check], row[names.synced]
    state: Literal["acknowledged", "rejected", "sent"] = "sent"
    if check is not None and str(check).strip() == names.failed:
        state = "rejected"
    elif synced is not None and str(synced).strip() == names.done:
        state = "acknowledged"
    cause = row[names.cause] if state == "rejected" else None
    return Answer(row[names.key], int(row[names.sequence]), state, cause and str(cause))


def _value(cell: object) -> object:
    # The front-end tables hold dates as text YYYY/MM/DD.
    if isinstance(cell, date):
        return cell.strftime("%Y/%m/%d")
    return cell
