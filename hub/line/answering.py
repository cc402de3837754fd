"""Receipts go back the way the data came: into an outbox, or onto the rows of a database. Then the inbox is cleared."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.model import Contract
from hub.ledger import deliveries, evidence
from hub.ledger.connect import reading, writing
from hub.ledger.locks import exclusive
from hub.line import fetching, listing, receiving, writing_back
from hub.line.hub import PATIENCE, ZONE
from hub.stages import acknowledge, archive, markers
from hub.stages.file_names import from_stored
from hub.stages.link import session

if TYPE_CHECKING:
    from hub.line.hub import Hub


def answer(hub: Hub, delivery_id: int, over: Any = None) -> None:
    """Put every receipt of the delivery that its sender has not got, then clear the inbox of its file.

    ``over``: a session with its server that is open already.
    """
    with reading(hub.ledger) as connection:
        dataset = deliveries.show(connection, delivery_id)["dataset"]
    # The line and the outlet may come to one delivery at the same time, and would share its work folder.
    with exclusive(hub.ledger, f"answers/{dataset or 'none'}", PATIENCE, hub.settings.lease_seconds):
        _answer(hub, delivery_id, over)


def answer_all(hub: Hub, delivery_ids: Sequence[int]) -> None:
    """The same for many deliveries, with one session per server."""
    by_server: dict[str | None, list[int]] = {}
    with reading(hub.ledger) as connection:
        for delivery_id in delivery_ids:
            delivery = deliveries.show(connection, delivery_id)
            server = delivery["server"] if delivery["channel"] == "sftp" else None
            by_server.setdefault(server, []).append(delivery_id)
    for server, numbers in by_server.items():
        with ExitStack() as stack:
            over = None if server is None else stack.enter_context(session(hub.settings.sftp[server]))
            for delivery_id in numbers:
                answer(hub, delivery_id, over)


def _answer(hub: Hub, delivery_id: int, over: Any) -> None:
    with reading(hub.ledger) as connection:
        delivery = deliveries.show(connection, delivery_id)
        receipts = [one for one in deliveries.receipts(connection, delivery_id) if one["put_at"] is None]
    if not receipts and (delivery["cleared_at"] is not None or delivery["channel"] != "sftp"):
        return
    contract = hub.contract(delivery["dataset"]) if delivery["dataset"] else None
    with ExitStack() as stack:
        open_session = over
        if open_session is None and delivery["channel"] == "sftp":
            open_session = stack.enter_context(session(hub.settings.sftp[delivery["server"]]))
        for receipt in receipts:
            _put(hub, delivery, contract, receipt, open_session)
        if open_session is not None and delivery["cleared_at"] is None and delivery["state"] != "landed":
            _clear(hub, delivery, open_session)


def target_of(hub: Hub, delivery: Mapping[str, Any], open_session: Any) -> acknowledge.Outbox:
    """Where the sender of a delivery looks for what comes back."""
    if open_session is not None:
        root = hub.settings.sftp[delivery["server"]].root.rstrip("/")
        return acknowledge.SftpOutbox(open_session, f"{root}/{delivery['department']}/outbox")
    return acknowledge.FolderOutbox(hub.home / "outbox" / delivery["department"])


def _put(
    hub: Hub, delivery: dict[str, Any], contract: Contract | None, receipt: dict[str, Any], open_session: Any
) -> None:
    target = target_of(hub, delivery, open_session)
    if receipt["stage"] == receiving.STAGE:
        _put_received(hub, target, delivery, receipt)
        return
    onto_rows = receipt["stage"] in ("validation", "province")
    if delivery["channel"] == "database" and onto_rows:
        writing_back.write(hub, delivery, contract, receipt)
    if delivery["channel"] == "api" and onto_rows:
        fetching.answer(hub, delivery, contract, receipt)
    body = json.loads(receipt["body"])
    raw = _raw_rows(hub, delivery, contract, body)
    detail = listing.detail(hub, delivery, contract, body, raw)
    listed = [raw["record"], *([detail.queried["record"]] if detail is not None and detail.queried is not None else [])]
    with reading(hub.ledger) as connection:
        found = deliveries.problems_of(connection, delivery["id"], pl.concat(listed).to_list())
    problems = pl.DataFrame(found, schema={"record": pl.Int64, "code": pl.String, "column": pl.String}, orient="row")
    put = acknowledge.run(target, receipt["body"], contract, raw, problems, delivery["file_name"], detail)
    # Before the entry, for nobody comes back after it. What is left to do can be read again from the landed bytes.
    shutil.rmtree(hub.work_folder(delivery["id"]))
    with writing(hub.ledger, "acknowledge") as connection:
        now = hub.now()
        if not _still_open(connection, delivery["id"], receipt["receipt_no"]):
            return  # this worker slept, and another has put the receipt
        deliveries.receipt_put(connection, receipt["receipt_no"], now)
        if receipt["stage"] == "validation" and deliveries.lock(connection, delivery["id"])["state"] == "accepted":
            deliveries.enter(
                connection, delivery["id"], "acknowledge", "answered", {"files": len(put)}, 0.0, now, answered_at=now
            )
        evidence.append(connection, "acknowledged", now, delivery["id"], receipt_no=receipt["receipt_no"])


def _put_received(hub: Hub, target: acknowledge.Outbox, delivery: dict[str, Any], receipt: dict[str, Any]) -> None:
    """The receipt of stage 1, where a crash has kept the sender from getting it at once."""
    acknowledge.run_received(target, receipt["body"], delivery["file_name"])
    receiving.enter(hub, [receipt["receipt_no"]])


def _still_open(connection: Any, delivery_id: int, number: str) -> bool:
    """Whether a receipt has not been put yet; the delivery stays locked until the transaction ends."""
    deliveries.lock(connection, delivery_id)
    return any(
        one["receipt_no"] == number and one["put_at"] is None for one in deliveries.receipts(connection, delivery_id)
    )


def _raw_rows(hub: Hub, delivery: dict[str, Any], contract: Contract | None, receipt: dict[str, Any]) -> pl.DataFrame:
    """The sender's own rows that have to be mended: rejected ones, or those that the province refused."""
    if contract is None or receipt["stage"] == "publication":
        return acknowledge.no_rows(contract)
    if receipt["stage"] == "validation":
        with reading(hub.ledger) as connection:
            wanted = deliveries.records_in(connection, delivery["id"], "rejected", acknowledge.SHEET_ROWS)
        if receipt["counts"]["rejected"] in (0, None) or receipt["verdict"]["code"] == "PENDING":
            return acknowledge.no_rows(contract)
    else:
        wanted = sorted({row["record"] for group in receipt["findings"] for row in group["rows"]})
    return listing.raw_rows(hub, delivery, contract, wanted)


def _clear(hub: Hub, delivery: dict[str, Any], open_session: Any) -> None:
    """Move the file to the department's archive, if it is still the one that was taken."""
    path = from_stored(delivery["path"])
    over = markers.ways_of(tuple(hub.contracts.values()))(delivery["department"], path.rpartition("/")[2])
    root = hub.settings.sftp[delivery["server"]].root.rstrip("/")
    month = delivery["received_at"].astimezone(ZONE).strftime("%Y%m")
    archive.clear(
        open_session,
        path,
        delivery["size"],
        delivery["modified"],
        f"{root}/{delivery['department']}/archive/{month}",
        delivery["batch_no"],
        markers.companions(path, over),
    )
    with writing(hub.ledger, "clear") as connection:
        if deliveries.lock(connection, delivery["id"])["cleared_at"] is None:
            deliveries.update(connection, delivery["id"], cleared_at=hub.now())
