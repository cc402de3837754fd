"""What is lost and must be exported again: digits that Excel took, texts cut at one length, columns without a cell."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from hub.stages.causes.attempt import Attempt, Case

_IDENTIFIERS = ("uscc", "citizen_id", "org_code", "business_registration", "bank_card")
_POWER = r"^\s*[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{1,2}\s*$"
_ROUNDED = r"^\s*[0-9]{15}0{2,4}\s*$"
_LENGTHS = {"uscc": 18, "citizen_id": 18, "org_code": 9}
_CUTTABLE = (*_LENGTHS, "case_number", "document_number", "date", "code", "region")
_SAME = 0.9  # share of the troubled cells that have one length
_MUCH = 0.2  # share of a column's filled cells that must be in trouble
_EMPTY = 0.95  # share of rows without a cell
_FEWEST = 5


def by_excel(case: Case) -> Iterator[Attempt]:
    """Identifiers that Excel took for numbers: the rows whose only faults lie in such cells."""
    bench = case.failing
    lost = []
    for column in case.contract.columns:
        if column.kernel not in _IDENTIFIERS:
            continue
        text, marks = bench.cells[column.name].text, bench.marks(column.name)
        rounded = text.str.contains(_ROUNDED).fill_null(False) & (marks != "").fill_null(False)
        damaged = (marks == "ID-EXCEL15").fill_null(False) | text.str.contains(_POWER).fill_null(False) | rounded
        if damaged.any():
            lost.append(bench.rows.filter(damaged).select("record", column=pl.lit(column.name)))
    if lost:
        names = [part["column"][0] for part in lost]
        said = f"{case.labels(names)}设为文本、从原系统重新导出后"
        yield case.tried("CAU-EXCEL", said, {}, excused=pl.concat(lost), columns=names)


def cut(case: Case) -> Iterator[Attempt]:
    """Columns whose troubled cells all end after the same number of characters, which no cell there exceeds."""
    for column in case.contract.columns:
        if column.kernel not in _CUTTABLE and column.pattern is None:
            continue
        cells = case.whole.cells[column.name].text
        broken = case.whole.faults.filter(pl.col("column") == column.name)["record"]
        troubled = case.whole.rows["record"].is_in(broken.implode()) & cells.is_not_null()
        filled = len(cells) - cells.null_count()
        if int(troubled.sum()) < max(_FEWEST, _MUCH * filled):
            continue
        lengths = cells.str.strip_chars().str.len_chars()
        longest = lengths.max()
        at_end = troubled & (lengths == longest).fill_null(False)
        if not isinstance(longest, int) or int(at_end.sum()) < _SAME * int(troubled.sum()):
            continue
        if not _could_be_cut(case, column.name, cells.filter(at_end), longest):
            continue
        records = case.whole.rows.filter(at_end).select("record", column=pl.lit(column.name))
        said = f"{case.label(column.name)}停在第 {longest} 个字，补全以后"
        yield case.tried("CAU-CUT", said, {}, excused=records, columns=[column.name])


def _could_be_cut(case: Case, name: str, cells: pl.Series, longest: int) -> bool:
    """Whether whole cells would be longer, as far as the kernel says it."""
    column = case.contract.column(name)
    if cells.str.contains(_POWER).any():
        return False
    if column.kernel in _LENGTHS:
        return longest < _LENGTHS[column.kernel]
    if column.kernel == "date":
        return longest < len("2026-01-05") and bool(cells.str.contains("^[0-9]{4}[-/.年]").all())
    if column.codes:
        known = {spelling for code in column.codes for spelling in (code.code, code.label, *code.synonyms)}
        return all(any(whole.startswith(cell) for whole in known) for cell in cells.str.strip_chars().unique())
    return True


def empty(case: Case) -> Iterator[Attempt]:
    """Required columns without a cell."""
    for column in case.contract.columns:
        marks = case.whole.marks(column.name)
        if column.required and marks.null_count() >= _EMPTY * case.whole.height:
            records = case.failing.rows.select("record", column=pl.lit(column.name))
            said = f"{case.label(column.name)}这一列补填以后"
            yield case.tried("CAU-EMPTY", said, {}, excused=records, columns=[column.name])
