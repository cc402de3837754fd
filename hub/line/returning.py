"""A workbook of the hub's comes back (回执工作簿交回): recognised by what it says of itself, taken as a correction.

Policy: its rows are corrections, whatever the file is called; a row that was rejected for its form keeps the day on
which it first came. What is not ours, or was changed, is an ordinary file, and the receipt says so.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.findings import Finding
from hub.ledger import outbox, returns, withdrawals
from hub.ledger.merging import TAKEN, staged_table
from hub.ledger.records import RecordTable, current_of
from hub.receipts import meta as marks
from hub.receipts.meta import Meta
from hub.receipts.parts import ReturnTold
from hub.stages import confined, returned
from hub.stages.job import Job

if TYPE_CHECKING:
    from hub.line.hub import Hub

SHOWN = 20  # lines named in one finding
SETTLED = ("confirmed", "corrected", "withdrawn")
ASKED_AGAIN = {"unclear": "RET-UNCLEAR", "no_reason": "RET-REASON"}
KEY_CHANGED = "更正时改了业务主键"


def key(hub: Hub) -> bytes:
    """The key that signs workbooks."""
    return marks.key_of(hub.record_key)


def key_of_trial(hub: Hub) -> bytes | None:
    """The same where nothing may be left behind: None where the hub has no key yet."""
    if hub.settings.record_key is None and not (hub.home / "record.key").exists():
        return None
    return key(hub)


def recognised(job: Job) -> tuple[Meta | None, tuple[Finding, ...]]:
    """What the source of a job says of itself, if the hub wrote it for this sender and dataset; else a finding."""
    if job.mode == "withdrawal" or not returned.suspect(job.source):
        return None, ()
    said = confined.mark(job.source, job.limits)
    if said is None:
        return None, ()
    meta = marks.read(said, job.workbook_key)
    fits = meta is not None and meta.dataset == job.contract.dataset and job.department in (None, meta.department)
    return (meta, ()) if fits else (None, (Finding("RET-UNKNOWN"),))


def dataset_of(hub: Hub, file: Path, department: str, signing: bytes | None) -> str | None:
    """The dataset of a workbook that the hub wrote for a department; None where it is none."""
    if not returned.suspect(file):
        return None
    said = confined.mark(file, hub.limits)
    meta = None if said is None else marks.read(said, signing)
    return (
        meta.dataset if meta is not None and meta.department == department and meta.dataset in hub.contracts else None
    )


def as_correction(job: Job) -> Job:
    """The job of a workbook that came back: every row is a correction, and none refuses the others."""
    if not job.returned.exists():
        return job
    return replace(job, mode="correction", contract=replace(job.contract, refuse_above=1.0))


@dataclass(frozen=True, slots=True)
class Return:
    """What came back with a workbook."""

    meta: Meta
    lines: tuple[dict[str, Any], ...]

    @property
    def findings(self) -> list[Finding]:
        """Answers that are asked for again."""
        found = []
        for answer, code in ASKED_AGAIN.items():
            rows = [line["row"] for line in self.lines if line["answer"] == answer]
            if rows:
                more = f"等{len(rows)}行" if len(rows) > SHOWN else ""
                detail = f"“请核实”第{'、'.join(str(row) for row in rows[:SHOWN])}行{more}"
                found.append(Finding(code, row=rows[0], detail=detail))
        return found

    @property
    def told(self) -> ReturnTold:
        """For the receipt."""
        counts = Counter(str(line["answer"]) for line in self.lines)
        again = sum(counts[answer] for answer in ASKED_AGAIN)
        taken = {name: counts[name] for name in ("mended", *SETTLED)}
        return ReturnTold(receipt=self.meta.receipt, batch=self.meta.batch, asked_again=again, **taken)

    @property
    def places(self) -> dict[int, tuple[str, int | None]]:
        """Sheet and original row of each record."""
        return {line["record"]: (line["sheet"], _number(line["of_row"])) for line in self.lines if line["record"]}

    def digest(self) -> str:
        """SHA-256 (hex) of the answers, as the verdict's event binds them."""
        names = ("of_record", "code", "answer", "said")
        said = [[line[name] for name in names] for line in self.lines if line["answer"] in SETTLED]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def _number(row: str | None) -> int | None:
    return int(row) if row is not None and row.isdecimal() else None


def of_job(job: Job) -> Return | None:
    """What came back, from the artefact; None when the delivery is an ordinary one."""
    if not job.returned.exists():
        return None
    meta, _ = recognised(job)
    return None if meta is None else Return(meta, tuple(pl.read_parquet(job.returned).to_dicts()))


def enter(
    hub: Hub,
    connection: sa.Connection,
    shape: RecordTable,
    staged: str,
    delivery: dict[str, Any],
    came: Return,
    receiving: tuple[str, ...],
    now: datetime,
) -> int:
    """In the accepting transaction: ties, answers, withdrawals that were asked for; gives how many rows were mended.

    A row that was taken with a question and comes corrected under another key leaves its record: what it said was
    wrong.
    """
    of = returns.batch(connection, came.meta.batch, delivery["department"], shape.dataset)
    if of is None:  # a ledger that was restored does not know it
        return 0
    delivery_id = delivery["id"]
    pairs = [(one["record"], one["of_record"]) for one in came.lines if one["record"] and one["of_record"]]
    returns.tie(connection, delivery_id, of, pairs)
    mended = returns.close(connection, shape, staged, delivery_id)
    states = _states(connection, shape, staged)
    settled = []
    for line in came.lines:
        if line["answer"] not in SETTLED or (line["of_record"] is None and line["code"] is None):
            continue
        state, record_id = states.get(line["record"], (None, None))
        if line["answer"] == "corrected" and line["code"] is None and state not in (*TAKEN, "duplicate"):
            continue  # the question stays open until the row is mended
        settled.append({**line, "record": line["of_record"]})
        if line["answer"] == "withdrawn" and line["of_id"]:
            _withdraw(connection, shape, receiving, line["of_id"], line["said"], delivery_id, now, None)
        elif line["answer"] == "corrected" and line["of_id"] and record_id not in (None, line["of_id"]):
            _withdraw(connection, shape, receiving, line["of_id"], KEY_CHANGED, delivery_id, now, of)
    returns.answered(connection, of, settled, delivery_id, now)
    return mended


def _withdraw(
    connection: sa.Connection,
    shape: RecordTable,
    receiving: tuple[str, ...],
    record_id: str,
    reason: str,
    delivery_id: int,
    now: datetime,
    brought_by: int | None,
) -> None:
    """Withdraw a current record from everywhere; with ``brought_by`` only what that delivery brought."""
    table = shape.table()
    chosen: sa.Select[Any] = sa.select(table.c.record_id).where(table.c.record_id == record_id, current_of(table))
    if brought_by is not None:
        chosen = chosen.where(table.c.delivery_id == brought_by)
    gone = withdrawals.withdraw_records(connection, shape, chosen, now, reason, delivery_id)
    outbox.enqueue_deletes(connection, receiving, shape.dataset, gone, delivery_id)


def _states(connection: sa.Connection, shape: RecordTable, staged: str) -> dict[int, tuple[str, str | None]]:
    table = staged_table(staged, shape)
    rows = connection.execute(sa.select(table.c.record, table.c.state, table.c.record_id))
    return {row.record: (row.state, row.record_id) for row in rows}
