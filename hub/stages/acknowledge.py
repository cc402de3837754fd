"""Stage acknowledge (回执): the receipt's three files, put where the sender looks, the marker last."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from connectors.sftp import Session
from hub.contract.model import Contract
from hub.errors import CallOperator
from hub.failpoints import reached
from hub.receipts import received
from hub.receipts.names import names
from hub.receipts.workbook import Detail, workbook
from hub.stages.job import Job, chunks
from hub.store import sync_folder

SHEET_ROWS = 5_000  # rejected rows shown in the workbook


class Outbox(Protocol):
    """Where receipts are put: a department's outbox over SFTP, or a folder of this machine."""

    def put(self, name: str, content: bytes) -> None:
        """Write a file that was not there; writing the same again is done already."""

    def take_away(self, name: str) -> None:
        """Remove a file of the hub's own; one that is not there any more is none's trouble."""


class SftpOutbox:
    """The outbox of one department on an SFTP server."""

    def __init__(self, session: Session, folder: str) -> None:
        self.session, self.folder = session, folder

    def put(self, name: str, content: bytes) -> None:
        """Raises the connector's faults, which the link turns into the hub's errors."""
        self.session.put(f"{self.folder}/{name}", content)

    def take_away(self, name: str) -> None:
        """See ``Outbox``."""
        self.session.remove(f"{self.folder}/{name}")


class FolderOutbox:
    """A folder of this machine, for deliveries that were handed in here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, content: bytes) -> None:
        """``CallOperator`` when another file has the name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / name
        if target.exists():
            if target.read_bytes() != content:
                raise CallOperator("another receipt has this name")
            return
        temporary = self.folder / f".{name}.part"
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        reached("receipt.before_rename")
        temporary.replace(target)
        sync_folder(self.folder)

    def take_away(self, name: str) -> None:
        """See ``Outbox``."""
        (self.folder / name).unlink(missing_ok=True)
        sync_folder(self.folder)


def run(
    outbox: Outbox,
    body: str,
    contract: Contract | None,
    rejected: pl.DataFrame,
    problems: pl.DataFrame,
    file_name: str,
    detail: Detail | None = None,
) -> tuple[str, ...]:
    """Put JSON, workbook and zero-byte marker, in this order; gives their names.

    ``rejected`` has the raw rows of rejected records, from ``rejected_rows``; ``problems`` (``record, code, column``)
    says what is wrong with the rows that are listed. ``detail``: what a workbook that can come back holds beside them.
    Running it again writes the same bytes.
    """
    receipt: Mapping[str, Any] = json.loads(body)
    machine, people, marker = names(receipt, file_name)
    book = workbook(receipt, contract, rejected, problems, detail=detail)
    for name, content in ((machine, body.encode("utf-8")), (people, book), (marker, b"")):
        reached("receipt.before_put")
        outbox.put(name, content)
    return machine, people, marker


def run_received(outbox: Outbox, body: str, file_name: str) -> tuple[str, ...]:
    """Put the receipt of stage 1: JSON, then a text for people; gives their names."""
    receipt: Mapping[str, Any] = json.loads(body)
    machine, people = received.file_names(receipt, file_name)
    for name, content in ((machine, body.encode("utf-8")), (people, received.text(receipt))):
        reached("receipt.before_received")
        outbox.put(name, content)
    return machine, people


def rejected_rows(job: Job, records: pl.Series) -> pl.DataFrame:
    """Raw text of rejected records (``record, row``, the contract's columns, ``row__text``), at most ``SHEET_ROWS``."""
    chosen = records.sort().head(SHEET_ROWS).implode()
    parts = [chunk.filter(pl.col("record").is_in(chosen)) for chunk in chunks(job.read, job.chunk_rows)]
    return pl.concat(parts, rechunk=True) if parts else no_rows(job.contract)


def no_rows(contract: Contract | None) -> pl.DataFrame:
    """The empty table of ``rejected_rows``."""
    names = [] if contract is None else [column.name for column in contract.columns]
    kinds: dict[str, Any] = {
        "record": pl.Int64,
        "row": pl.Int64,
        **dict.fromkeys(names, pl.String),
        "row__text": pl.String,
    }
    return pl.DataFrame(schema=kinds)
