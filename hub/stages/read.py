"""Read: bytes as they landed become a table of text with the sender's row numbers, or a refusal that says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from hub.contract.model import Contract, Format, Intake
from hub.stages import sealing
from hub.stages.formats import csv_text, dbf, extract, fixed_width, json_lines, json_text, ods, xls, xlsx, xml_text
from hub.stages.formats.archive import alone
from hub.stages.formats.outcome import Read, Refused
from hub.stages.formats.recognise import recognise

__all__ = ["Read", "run"]

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
}


def run(
    source: Path, contract: Contract, target: Path, *, chunk_rows: int = 200_000, intake: Intake | None = None
) -> Read:
    """Read ``source`` (a local file) and write the artefact ``target`` (read.parquet).

    The format is told by content, and must be the declared one where one is declared. A ZIP with one file in it is read
    as that file. ``intake`` is the way in by which the file came; without it, a declaration counts only where all ways
    in of the contract agree. A file that is refused leaves no artefact: its ``Read`` has findings
    of class S, and as many rows as the file has data lines. ``FixConfiguration`` for an encoding that Python lacks.
    """
    intake = intake or _agreed(contract)
    try:
        with alone(source, target) as file:
            format = recognise(file, intake.format if intake else None)
            found = READERS[format](file, contract, intake, target, chunk_rows)
            return found if found.refused else replace(found, seal=sealing.of_file(target))
    except Refused as refusal:
        return Read(0, refusal.findings)


def _agreed(contract: Contract) -> Intake | None:
    files = [each for each in contract.intakes if each.pull is None]
    declared = {(each.format, each.encoding, each.delimiter, each.layout) for each in files}
    return files[0] if len(declared) == 1 else None
