"""A workbook of ours that comes back (回执工作簿交回): recognised by its sheet ``_meta``, read as corrections and answers.

The rows of 待更正, and those of 请核实 that are answered with 更正, are the records of the delivery. Every line that says
something is written beside the artefact, into ``returned.parquet``:

| Column | Holds |
|---|---|
| ``record`` | data record of this delivery; null for a line that is an answer alone |
| ``sheet``, ``row`` | where the line stands |
| ``of_row``, ``of_record``, ``of_id``, ``code`` | the row that it is about (原行号, record and record id of then), or the code of a question about the batch; null where it is a new row |
| ``answer`` | ``mended`` \\| ``confirmed`` \\| ``corrected`` \\| ``withdrawn`` \\| ``unclear`` \\| ``no_reason`` |
| ``said`` | the sender's words |
"""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from hub.contract.model import Contract
from hub.findings import Finding
from hub.receipts import meta as marks
from hub.receipts.meta import Meta
from hub.stages.formats import cells, headers, ods, sheet_rows, workbook_limits
from hub.stages.formats.artefact import Artefact, artefact
from hub.stages.formats.outcome import Read, Refused
from hub.stages.formats.reader_faults import is_fault
from hub.stages.formats.sheet_facts import Facts
from hub.stages.returned import NAME

ROW, ANSWER, WORDS = "原行号", "核实结果", "说明"
OURS = (ROW, "整行原文", "问题说明", "核实的问题", ANSWER, WORDS)  # columns that are no data
ANSWERS = {"无误": "confirmed", "更正": "corrected", "撤回": "withdrawn"}
LONGEST_WORDS = 500  # characters of the sender's explanation
SCHEMA = pa.schema(
    [
        ("record", pa.int64()),
        ("sheet", pa.string()),
        ("row", pa.int64()),
        ("of_row", pa.string()),
        ("of_record", pa.int64()),
        ("of_id", pa.string()),
        ("code", pa.string()),
        ("answer", pa.string()),
        ("said", pa.string()),
    ]
)


def mark(source: Path) -> list[marks.Line] | None:
    """The lines of ``_meta``, not believed; None when there is no such sheet, none at all when they are too long."""
    try:
        book, _ = _opened(source)
        if marks.SHEET not in book.sheet_names:
            return None
        rows = book.get_sheet_by_name(marks.SHEET).to_python()
    except Refused:
        return None
    except BaseException as trouble:
        if not is_fault(trouble):
            raise
        return None
    said = [tuple(text or "" for text in cells.row_texts(row[:4])) for row in islice(rows, marks.MOST + 1)]
    said = [line for line in said if any(line)]
    too_long = len(said) > marks.MOST or any(len(text) > marks.LONGEST for line in said for text in line)
    return [] if too_long else said


def read(source: Path, contract: Contract, target: Path, chunk_rows: int, meta: Meta) -> Read:
    """Read a workbook whose ``_meta`` is the hub's; ``Read`` with findings instead of an artefact when refused."""
    try:
        return _read(source, contract, target, chunk_rows, meta)
    except Refused as refusal:
        return Read(0, refusal.findings, "xlsx", sheet=marks.MEND)
    except BaseException as trouble:
        if not is_fault(trouble):
            raise
        return Read(0, (Finding("FIL-PARTIAL", detail="工作簿的内容损坏。"),), "xlsx")


def _read(source: Path, contract: Contract, target: Path, chunk_rows: int, meta: Meta) -> Read:
    book, facts = _opened(source)
    by_name = dict(zip(book.sheet_names, facts, strict=True))
    told: list[dict[str, Any]] = []
    findings: list[Finding] = []
    with artefact(target, contract, 1, chunk_rows) as out:
        for name, keys in ((marks.MEND, meta.by_row(marks.MEND)), (marks.QUERY, meta.by_row(marks.QUERY, marks.BATCH))):
            if name in by_name:
                rows = list(sheet_rows.whole(book.get_sheet_by_name(name), by_name[name]))
                findings += _sheet(name, rows, by_name[name], contract, keys, out, told)
        if not told:
            raise Refused(Finding("RET-NOTHING"))
        rows_read = out.rows
    pq.write_table(pa.Table.from_pylist(told, SCHEMA), target.with_name(NAME), compression="lz4")
    return Read(rows_read, tuple(dict.fromkeys(findings)), "xlsx", sheet=marks.MEND, header_row=1)


def _sheet(
    name: str,
    rows: list[sheet_rows.Row],
    facts: Facts,
    contract: Contract,
    keys: Mapping[str, marks.Key],
    out: Artefact,
    told: list[dict[str, Any]],
) -> tuple[Finding, ...]:
    """Take one sheet: its lines into ``told``, those that are rows of data into ``out``."""
    while rows and sheet_rows.blank(rows[-1]):
        rows.pop()
    top = [[text or "" for text in cells.row_texts(row)] for row in rows[: headers.TITLES + 1]]
    found = headers.locate(top, contract)
    if found is None:
        if not rows:
            return ()
        raise Refused(Finding("HDR-MISSING", row=1, detail=f"工作表“{name}”的列名"))
    places = {text.strip(): place for place, text in enumerate(top[found]) if text.strip() in OURS}
    header = headers.match(
        ["" if place in places.values() else text for place, text in enumerate(top[found])], contract, found + 1
    )
    taken: list[tuple[int, sheet_rows.Row, dict[str, Any]]] = []
    for number, row in enumerate(rows[found + 1 :], found + 2):
        line = _line(name, number, row, places, keys, set(header.places.values()))
        if line is None:
            continue
        told.append(line)
        if line["answer"] in ("mended", "corrected") and line["code"] is None:
            taken.append((number, row, line))
    for place, (_, _, line) in enumerate(taken, out.rows + 1):
        line["record"] = place
    body = sheet_rows.Body(contract, header, facts)
    body.add([row for _, row, _ in taken], [number for number, _, _ in taken], out)
    return header.findings(())


def _line(
    sheet: str,
    number: int,
    row: sheet_rows.Row,
    places: Mapping[str, int],
    keys: Mapping[str, marks.Key],
    data: set[int],
) -> dict[str, Any] | None:
    """What one line of a sheet says; None when it says nothing."""

    def text(column: str) -> str:
        place = places.get(column)
        return "" if place is None else (cells.row_texts([row[place]])[0] or "").strip()

    key = keys.get(re.sub(r"\.0$", "", text(ROW)))
    line: dict[str, Any] = {"sheet": sheet, "row": number, "of_row": None if key is None else key.row, "said": None}
    line |= {"of_record": None, "of_id": None, "code": None, "record": None, "answer": "mended"}
    if key is not None:
        line |= {"of_record": key.record, "of_id": key.record_id, "code": key.code}
    if sheet == marks.MEND:
        return line
    word, said = text(ANSWER), text(WORDS)[:LONGEST_WORDS]
    if not word:
        return None
    line |= {"said": said or None, "answer": ANSWERS.get(word, "unclear")}
    filled = any(row[place] != "" for place in data if place < len(row))
    if key is None and line["answer"] == "corrected" and filled:
        return line  # a row that the sender has added
    if key is None or (key.code is not None and line["answer"] == "withdrawn"):
        line["answer"] = "unclear"
    elif line["answer"] == "withdrawn" and not said:
        line["answer"] = "no_reason"
    return line


def _opened(source: Path) -> tuple[CalamineWorkbook, Sequence[Facts]]:
    """The workbook, and facts of its sheets; ``Refused`` where it cannot be laid out safely."""
    with source.open("rb") as file:
        head = file.read(200)
    facts = ods.inspect(source) if ods.MIMETYPE in head else workbook_limits.inspect(source, lambda: None)
    return CalamineWorkbook.from_path(str(source)), facts
