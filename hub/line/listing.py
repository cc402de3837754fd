"""The rows that a workbook lists (工作簿明细): the sender's own, as landed, with their records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.model import Contract
from hub.ledger import deliveries, returns
from hub.ledger.connect import reading
from hub.line import returning
from hub.receipts.workbook import Detail
from hub.stages import acknowledge

if TYPE_CHECKING:
    from hub.line.hub import Hub


def raw_rows(hub: Hub, delivery: dict[str, Any], contract: Contract, records: Sequence[int]) -> pl.DataFrame:
    """Raw text of some records of a delivery; none where its file cannot be read any more."""
    from hub.line.course import intake_of, make_job, read_in

    if not records:
        return acknowledge.no_rows(contract)
    job = make_job(hub, delivery, contract)
    if not job.read.exists():
        if not job.source.exists():
            hub.store.copy_out(delivery["sha256"], job.source)
        if read_in(job, intake_of(contract, delivery["department"], delivery["channel"])).refused:
            return acknowledge.no_rows(contract)
    return acknowledge.rejected_rows(job, pl.Series(records, dtype=pl.Int64))


def detail(
    hub: Hub,
    delivery: dict[str, Any],
    contract: Contract | None,
    receipt: Mapping[str, Any],
    rejected: pl.DataFrame,
) -> Detail | None:
    """What the workbook of a receipt holds beside the rejected rows; None where nothing is to come back."""
    if contract is None or receipt["stage"] == "publication" or receipt["verdict"]["code"] in ("PENDING", "DUPLICATE"):
        return None
    limit, delivery_id, listed = acknowledge.SHEET_ROWS, delivery["id"], rejected["record"].to_list()
    asked, taken = list[int](), list[tuple[int, int, str | None, str]]()
    if receipt["stage"] == "validation" and receipt["counts"]["accepted"]:
        with reading(hub.ledger) as connection:
            asked = deliveries.records_in(connection, delivery_id, "accepted_query", limit)
            taken = returns.accepted(connection, delivery_id, limit)
    queried = raw_rows(hub, delivery, contract, asked)
    with reading(hub.ledger) as connection:
        ids = returns.ids_of(connection, delivery_id, [*listed, *queried["record"].to_list()])
    return Detail(
        department=delivery["department"],
        key=returning.key(hub),
        queried=queried,
        accepted=[(row, record_id, state) for _, row, record_id, state in taken],
        ids=ids,
    )
