"""XLSX: what is particular to it is found in its XML before the reader lays it out; the rest is as in any workbook."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from python_calamine import CalamineWorkbook

from hub.contract.model import Contract, Intake
from hub.stages.formats import workbook
from hub.stages.formats.outcome import Read
from hub.stages.formats.sheet_facts import Facts
from hub.stages.formats.workbook_limits import inspect


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read a workbook into ``target``; file findings instead of an artefact when it must be refused."""
    return workbook.read(source, "xlsx", _look, contract, target, chunk_rows)


def _look(source: Path) -> tuple[CalamineWorkbook, Sequence[Facts]]:
    """Measure the sheets while the reader, in another thread, opens the rest: it takes the shared texts into memory."""
    opening: list[Future[CalamineWorkbook]] = []
    with ThreadPoolExecutor(1, "workbook") as pool:
        facts = inspect(source, lambda: opening.append(pool.submit(CalamineWorkbook.from_path, str(source))))
    return opening[0].result(), facts
