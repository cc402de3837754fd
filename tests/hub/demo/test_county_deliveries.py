"""The synthetic county: each file can be what it says, and holds exactly the mess that was planted."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from corpus.small_county.county import FATES, TODAY, Drop, deliveries

from hub.contract.load import contract, county, dataset_names
from hub.contract.model import Contract
from hub.findings import catalogue
from hub.kernels import KERNELS, Options

SCHEMAS = Path("schemas")
EXPECTATIONS = Path("expectations")
COUNTY = county(SCHEMAS)
DROPS = deliveries(COUNTY)
READABLE = [drop for drop in DROPS if drop.refused is None]
# Troubles that only a rule over several cells or rows can see; the kernels see the others.
BEYOND_KERNELS = {"DAT-ORDER", "DUP-ROW", "DUP-CONFLICT", "MON-UNIT", "CHG-TEXT", "CHG-NULL", "TIM-LATE"}


def by_name(drop: Drop) -> str:
    return drop.file_name


def table(drop: Drop) -> tuple[list[str], list[list[str]], list[str]]:
    """Header, records (blank ones too) and one string of cell types per record."""
    if drop.file_name.endswith(".xlsx"):
        sheet = openpyxl.load_workbook(io.BytesIO(drop.content)).active
        assert sheet is not None
        lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
        types = ["".join("n" if isinstance(value, (int, float)) else "s" for value in line) for line in lines]
        cells = [["" if value is None else format(value, "") for value in line] for line in lines]
        return cells[0], cells[1:], types[1:]
    encoding = "gb18030" if not _is_utf8(drop.content) else "utf-8-sig"
    text = drop.content.decode(encoding)
    lines = list(csv.reader(io.StringIO(text, newline="")))
    width = len(lines[0])
    return lines[0], [line or [""] * width for line in lines[1:]], ["s" * width] * (len(lines) - 1)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def of_dataset(drop: Drop) -> Contract:
    return contract(drop.dataset, SCHEMAS, EXPECTATIONS)


def found_by_kernels(drop: Drop) -> Counter[str]:
    """Codes that kernels and required columns give, over the records that are neither blank nor a repetition."""
    header, records, types = table(drop)
    kept: list[tuple[list[str], str]] = []
    seen: set[tuple[str, ...]] = set()
    for record, letters in zip(records, types, strict=True):
        if any(record) and tuple(record) not in seen:
            seen.add(tuple(record))
            kept.append((record, letters))
    found: Counter[str] = Counter()
    for column in of_dataset(drop).columns:
        place = header.index(column.label)
        options = Options(column.options, column.codes, _types(drop, [letters[place] for _, letters in kept]))
        cells = pl.Series([record[place] or None for record, _ in kept], dtype=pl.String)
        marks = KERNELS[column.kernel].read(cells, options).marks
        found.update(mark for mark in marks.drop_nulls() if mark)
        if column.required:
            found["CMP-REQUIRED"] += marks.null_count()
    return +found


def _types(drop: Drop, letters: Sequence[str]) -> pl.Series | None:
    return pl.Series(letters, dtype=pl.String) if drop.file_name.endswith(".xlsx") else None


def test_the_same_day_and_seed_give_the_same_bytes() -> None:
    assert deliveries(COUNTY) == DROPS
    assert deliveries(COUNTY, seed=7) != DROPS


@pytest.mark.parametrize("today", [date(2028, 2, 29), date(2027, 1, 1), date(2026, 3, 31)])
def test_the_county_can_live_on_any_day(today: date) -> None:
    assert [drop.planted for drop in deliveries(COUNTY, today)] == [drop.planted for drop in DROPS]


@pytest.mark.parametrize("drop", DROPS, ids=by_name)
def test_the_fates_add_up_to_the_rows(drop: Drop) -> None:
    assert sum(drop.planted[fate] for fate in FATES) == drop.planted["rows"]
    assert set(drop.codes) <= set(catalogue())


def test_the_county_has_about_four_thousand_rows_and_every_fate() -> None:
    assert 3_500 <= sum(drop.planted["rows"] for drop in DROPS) <= 4_500
    assert all(sum(drop.planted[fate] for drop in DROPS) for fate in FATES)
    daily = {"market/admin_licence", "market/admin_penalty", "court/judgment_defaulter", "bank/credit_line"}
    assert daily <= {drop.dataset for drop in DROPS} <= set(dataset_names(SCHEMAS))
    assert len({(drop.department, drop.file_name) for drop in DROPS}) == len(DROPS)


@pytest.mark.parametrize("drop", DROPS, ids=by_name)
def test_the_sender_may_send_the_dataset(drop: Drop) -> None:
    assert drop.department in {department.id for department in COUNTY.departments}
    assert drop.department in {intake.department for intake in of_dataset(drop).intakes}


@pytest.mark.parametrize("drop", READABLE, ids=by_name)
def test_headers_are_those_of_the_contract(drop: Drop) -> None:
    header, records, _ = table(drop)
    assert sorted(header) == sorted(column.label for column in of_dataset(drop).columns)
    assert len(records) == drop.planted["rows"]
    assert sum(not any(record) for record in records) == drop.planted["blank"]


@pytest.mark.parametrize("drop", READABLE, ids=by_name)
def test_kernels_find_the_planted_troubles_and_nothing_else(drop: Drop) -> None:
    planted = {code: count for code, count in drop.codes.items() if code not in BEYOND_KERNELS}
    assert found_by_kernels(drop) == planted


@pytest.mark.parametrize("drop", READABLE, ids=by_name)
def test_repeated_rows_are_repeated_whole(drop: Drop) -> None:
    _, records, _ = table(drop)
    rows = [tuple(record) for record in records if any(record)]
    assert len(rows) - len(set(rows)) == drop.planted["duplicate"]


def test_no_file_is_bad_enough_to_be_refused_for_its_share_of_bad_rows() -> None:
    for drop in READABLE:
        assert drop.planted["rejected"] < 0.5 * (drop.planted["rows"] - drop.planted["blank"])


def test_files_that_cannot_be_read_are_what_they_say() -> None:
    refused = {drop.refused: drop.content for drop in DROPS if drop.refused}
    assert refused["FIL-EMPTY"] == b""
    for encoding in ("utf-8", "gb18030"):
        with pytest.raises(UnicodeDecodeError):
            refused["FIL-ENCODING"].decode(encoding)
    lines = refused["FIL-LINES"].decode("utf-8").split("\r\n")
    assert [number for number, line in enumerate(lines, start=1) if line.count('"') % 2] == [18]


def test_some_towns_have_too_few_credit_lines_in_a_month_to_be_shown() -> None:
    drop = next(drop for drop in DROPS if drop.dataset == "bank/credit_line")
    header, records, _ = table(drop)
    town, begun = header.index("所在镇街"), header.index("授信起始日期")
    groups = Counter((record[town], record[begun][:6]) for record in records)
    assert min(groups.values()) < 10 <= max(groups.values())
    assert max(month for _, month in groups) < f"{TODAY:%Y%m}"


def test_the_correction_repeats_keys_of_the_first_file_with_other_content() -> None:
    first, corrected = (
        {record[header.index("行政许可决定文书号")]: record[header.index("许可内容")] for record in records}
        for header, records, _ in (table(DROPS[0]), table(DROPS[2]))
    )
    assert len(corrected) == 3
    assert all(first[key] != content for key, content in corrected.items())
