"""What the API answers with (应答)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from hub.ledger.deliveries import COUNTS
from hub.web.problems import TITLES

ROOT = "/api/deliveries"


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str = Field(description="In English")
    status: int = Field(examples=sorted(TITLES)[:3])
    detail: str = Field(description="中文说明")


class Taken(BaseModel):
    """The bytes have landed and are being judged."""

    batch_no: str
    status: Literal["landed"]
    delivery: str = Field(description="Its address")
    receipts: str = Field(description="The address of its receipts")


class Delivery(BaseModel):
    """A delivery; ``verdict`` and ``counts`` are null while it is being judged."""

    batch_no: str
    dataset: str
    mode: str
    file_name: str
    sha256: str
    received_at: datetime
    state: str
    verdict: str | None
    counts: dict[str, int | None] | None
    receipts: str


class ReceiptEntry(BaseModel):
    """One receipt of a list."""

    receipt_no: str
    stage: str
    verdict: str
    created_at: datetime
    receipt: str
    workbook: str


class Receipts(BaseModel):
    """The receipts of a delivery in the order of issue."""

    batch_no: str
    receipts: list[ReceiptEntry]


def taken(batch_no: str) -> Taken:
    """The answer to a post."""
    place = f"{ROOT}/{batch_no}"
    return Taken(batch_no=batch_no, status="landed", delivery=place, receipts=f"{place}/receipts")


def delivery(row: dict[str, Any]) -> Delivery:
    """One delivery of the ledger."""
    counts = {name: row[name] for name in COUNTS} if row["rows"] is not None else None
    names = ("batch_no", "dataset", "mode", "file_name", "sha256", "received_at", "state", "verdict")
    return Delivery(**{name: row[name] for name in names}, counts=counts, receipts=f"{ROOT}/{row['batch_no']}/receipts")


def receipts(batch_no: str, rows: Sequence[dict[str, Any]]) -> Receipts:
    """Receipts of the ledger."""
    place = f"{ROOT}/{batch_no}/receipts"
    return Receipts(
        batch_no=batch_no,
        receipts=[
            ReceiptEntry(
                receipt_no=row["receipt_no"],
                stage=row["stage"],
                verdict=json.loads(row["body"])["verdict"]["code"],
                created_at=row["created_at"],
                receipt=f"{place}/{row['receipt_no']}",
                workbook=f"{place}/{row['receipt_no']}.xlsx",
            )
            for row in rows
        ],
    )
