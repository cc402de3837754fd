"""The workbook face of a receipt, for people: 回执, 待更正, 请核实, 已接收, 规则说明, and ``_meta`` for the way back.

Made from the receipt object and the sender's own raw rows. Every cell is written as text, so that no value turns into a
number, a date or a formula. The same receipt gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
import xlsxwriter

from hub.contract.model import Contract
from hub.receipts import accepted_sheet, meta, publication_sheet, queries_sheet, rows_sheet, summary_sheet
from hub.receipts.names import names
from hub.receipts.wording import base

__all__ = ["DETAIL_ROWS", "Detail", "names", "workbook"]

DETAIL_ROWS = 5_000  # rows that a sheet lists at most; a clerk with more of them has one cause, not 5,000
_FONT = {"font_name": "Microsoft YaHei", "font_size": 11, "valign": "vcenter"}


@dataclass(frozen=True, slots=True)
class Detail:
    """What a workbook that can come back holds beside the rejected rows.

    ``queried``: raw rows that were taken with a question; ``accepted``: row, record id and state of those that were
    taken; both may be cut already. ``ids``: record ids by record. ``key`` signs ``_meta``.
    """

    department: str
    key: bytes
    queried: pl.DataFrame | None = None
    accepted: Sequence[tuple[int, str | None, str]] = ()
    ids: Mapping[int, str | None] = field(default_factory=dict)


def workbook(
    receipt: Mapping[str, Any],
    contract: Contract | None,
    rejected: pl.DataFrame | None,
    problems: pl.DataFrame | None = None,
    limit: int = DETAIL_ROWS,
    detail: Detail | None = None,
) -> bytes:
    """The XLSX file.

    ``rejected``: raw rows of the rejected records (``record``, ``row``, contract columns as String, ``row__text``), any
    order, None when no row could be read; may be cut already to what is to be listed. ``problems``: ``record``,
    ``code``, ``column`` (contract column or null) of every finding of the rows that are listed; None takes the rows of
    the receipt's findings, which may be capped. Lists at most ``limit`` rows a sheet and says so; the counts are those
    of the receipt and never cut. Without ``detail`` (试报) nothing is to come back.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties(
        {
            "title": f"回执 {receipt['receipt_no'] or '试报'}",
            "created": datetime.fromisoformat(receipt["generated_at"]).replace(tzinfo=None),
        }
    )
    book.formats[0].set_font_name(_FONT["font_name"])
    rows = _listed(contract, rejected, limit)
    queried = None if detail is None else _listed(contract, detail.queried, limit)
    asks = contract is not None and detail is not None and _asks(receipt, queried)
    summary_sheet.write_summary(book, _FONT, receipt, cut=_cut(receipt, rows, queried if asks else None))
    lists = rows_sheet.Lists(book)
    if rows is not None and contract is not None:
        rows_sheet.write_rows(book, _FONT, receipt, contract, rows, problems, lists)
    if asks and contract is not None:
        shown = _nothing(contract) if queried is None else queried
        queries_sheet.write_queries(book, _FONT, receipt, contract, shown, problems, lists)
    if receipt.get("publication"):
        publication_sheet.write_publication(book, _FONT, receipt)
    elif detail is not None and detail.accepted:
        accepted = list(detail.accepted)[:limit]
        accepted_sheet.write_accepted(book, _FONT, accepted, receipt["counts"]["accepted"] or 0)
    summary_sheet.write_rules(book, _FONT, receipt)
    if detail is not None and (rows is not None or asks):
        accepted_sheet.write_meta(book, meta.lines(_meta(receipt, detail, rows, queried, asks=asks), detail.key))
    book.close()
    return out.getvalue()


def _listed(contract: Contract | None, rows: pl.DataFrame | None, limit: int) -> pl.DataFrame | None:
    if contract is None or rows is None or not rows.height:
        return None
    return rows.sort("record").head(limit)


def _nothing(contract: Contract) -> pl.DataFrame:
    kinds = {"record": pl.Int64(), "row": pl.Int64(), **{one.name: pl.String() for one in contract.columns}}
    return pl.DataFrame(schema=kinds)


def _asks(receipt: Mapping[str, Any], queried: pl.DataFrame | None) -> bool:
    """Whether there is something to answer: rows with a question, or a question about a batch that was taken."""
    if receipt["stage"] != "validation" or base(receipt["verdict"]["code"]) not in queries_sheet.TAKEN:
        return False
    return queried is not None or bool(queries_sheet.batch_questions(receipt))


def _cut(
    receipt: Mapping[str, Any], rows: pl.DataFrame | None, queried: pl.DataFrame | None
) -> list[tuple[str, str, int, int]]:
    """Sheets that do not list all: name, what the rows are, listed, total."""
    counts, found = receipt["counts"], []
    if rows is not None:
        total = (counts["refused_by_province"] if receipt["stage"] == "province" else counts["rejected"]) or 0
        found.append((rows_sheet.SHEET, "退回", rows.height, total))
    if queried is not None:
        found.append((queries_sheet.SHEET, "请核实", queried.height, counts["of_which_query"] or 0))
    return [one for one in found if one[2] < one[3]]


def _meta(
    receipt: Mapping[str, Any], detail: Detail, rows: pl.DataFrame | None, queried: pl.DataFrame | None, *, asks: bool
) -> meta.Meta:
    keys = [
        meta.Key(sheet, str(row), record, detail.ids.get(record))
        for sheet, frame in ((meta.MEND, rows), (meta.QUERY, queried if asks else None))
        if frame is not None
        for row, record in frame.select("row", "record").iter_rows()
    ]
    if asks:
        keys += [meta.Key(meta.BATCH, one.row, None, None, one.code) for one in queries_sheet.batch_questions(receipt)]
    contract = receipt["contract"]
    return meta.Meta(
        receipt=receipt["receipt_no"],
        batch=receipt["batch_no"],
        dataset=contract["id"],
        contract=contract["version"],
        ruleset=contract["ruleset"],
        department=detail.department,
        keys=tuple(keys),
    )
