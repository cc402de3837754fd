"""Read: bytes as they landed become a table of text with the sender's row numbers, or a refusal that says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from hub.contract.model import Contract, Format, Intake
from hub.receipts.meta import Meta
from hub.stages import sealing
from hub.stages.formats import (
    csv_text,
    dbf,
    extract,
    fixed_width,
    json_lines,
    json_text,
    ods,
    pages,
    returned_workbook,
    totals_line,
    xls,
    xlsx,
    xml_text,
)
from hub.stages.formats.archive import alone
from hub.stages.formats.outcome import Read, Refused
from hub.stages.formats.recognise import recognise

__all__ = ["Read", "agreed", "run"]

Reader = Callable[[Path, Contract, Intake | None, Path, int], Read]  # source, contract, way in, target, chunk of rows

READERS: Mapping[Format, Reader] = {
    "csv": csv_text.read,
    "xlsx": xlsx.read,
    "xls": xls.read,
    "ods": ods.read,
    "json": json_text.read,
    "jsonl": json_lines.read,
    "xml": xml_text.read,
    "fixed": fixed_width.read,
    "dbf": dbf.read,
    "extract": extract.read,
    "pages": pages.read,
}


def run(
    source: Path,
    contract: Contract,
    target: Path,
    *,
    chunk_rows: int = 200_000,
    intake: Intake | None = None,
    meta: Meta | None = None,
) -> Read:
    """Read ``source`` (a local file) and write the artefact ``target`` (read.parquet).

    The format is told by content, and must be the declared one where one is declared. A ZIP with one file in it is read
    as that file. ``intake`` is the way in by which the file came; without it, a declaration counts only where all ways
    in of the contract agree. A file that is refused leaves no artefact: its ``Read`` has findings
    of class S, and as many rows as the file has data lines. ``FixConfiguration`` for an encoding that Python lacks.
    ``meta``: what a workbook of the hub that comes back says of itself; then it is read as one.
    """
    if meta is not None:
        found = returned_workbook.read(source, contract, target, chunk_rows, meta)
        return found if found.refused else replace(found, seal=sealing.of_file(target))
    intake = intake or agreed(contract)
    try:
        with alone(source, target) as file:
            format = recognise(file, intake.format if intake else None)
            with totals_line.apart(file, target, intake, format) as (data, totals):
                found = replace(READERS[format](data, contract, intake, target, chunk_rows), totals=totals)
            return found if found.refused else replace(found, seal=sealing.of_file(target))
    except Refused as refusal:
        return Read(0, refusal.findings)


def agreed(contract: Contract) -> Intake | None:
    """The declaration in which all ways in of the contract agree, databases aside; None where they do not."""
    files = [each for each in contract.intakes if each.pull is None and each.api is None]
    declared = [(each.format, each.encoding, each.delimiter, each.layout, each.over) for each in files]
    return files[0] if declared and all(each == declared[0] for each in declared) else None
