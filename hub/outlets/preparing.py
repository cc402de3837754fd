"""What of the records goes to a receiver of single rows, and under which names (备数)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

import polars as pl

from hub.contract.model import Contract
from hub.errors import FixConfiguration
from hub.outlets import sharing
from hub.outlets.receiver import Parcel

Around = Callable[[Mapping[str, Any], str, int], Mapping[str, Any]]


def prepare(
    outlet: str,
    table: str,
    names: Mapping[str, str],
    contract: Contract,
    records: pl.DataFrame,
    today: date,
    circumstances: sharing.Circumstances,
    around: Around,
    reserved: Collection[str] = (),
    key: bytes | None = None,
) -> Parcel:
    """Decide what may leave and make it ready.

    ``names``: the receiver's own for some columns, else the physical ones hold. ``around`` gets a row under these
    names, its record id and its sequence, and gives the row as it goes; ``reserved``: the names that it adds;
    ``key`` keys pseudonyms.
    ``FixConfiguration`` when two columns have one name, or a reserved one.
    """
    reasons = sharing.decide(records, contract, outlet, today, circumstances)
    allowed = records.filter(reasons.is_null())
    shown = sharing.show(allowed, contract, outlet, key)
    called = {column.name: names.get(column.name, column.physical_name) for column in contract.columns}
    taken = [called[column.name] for column in sharing.columns(contract, outlet)] + list(reserved)
    if len(set(taken)) != len(taken):
        raise FixConfiguration(f"two columns of {contract.dataset} have the same name at the outlet {outlet}")
    rows = {
        sequence: around({called[name]: cell for name, cell in row.items()}, record_id, sequence)
        for row, record_id, sequence in zip(
            shown.iter_rows(named=True), allowed["record_id"], allowed["outbox_sequence"], strict=True
        )
    }
    kept = records.filter(reasons.is_not_null())
    hidden = zip(kept["outbox_sequence"], kept["record_id"], reasons.drop_nulls(), strict=True)
    return Parcel(table, rows, {sequence: (record_id, why) for sequence, record_id, why in hidden}, tuple(taken))
