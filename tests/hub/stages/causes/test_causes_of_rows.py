"""One planted cause in a file that can be read: exactly that cause is told first, with the rows that it would mend."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from hub.county.record import Written
from hub.county.sheets import xlsx_bytes
from hub.findings import notice
from hub.stages import check, normalise, read
from hub.stages.causes.bench import Bench, Judge

SIZES = (40, 300)


@pytest.mark.parametrize("rows", SIZES)
def test_a_healthy_file_has_no_cause(county, written, rows):
    assert county.causes(written(county.table(rows))) == ()


@pytest.mark.parametrize(("rows", "each"), [(300, 1), (1_000, 4)])
def test_three_in_a_hundred_with_many_faults_have_no_cause(county, rows, each):
    assert county.causes(county.messy(rows, each)) == ()


def test_many_different_faults_have_no_cause_either(county):
    assert county.causes(county.messy(300, 6)) == ()


@pytest.mark.parametrize("place", [2, 9, 18, -6])
def test_cells_moved_to_the_right_by_an_empty_one(county, written, sheet, place):
    table = county.table(SIZES[place == 9])
    moved = [table[0], *([*row[:place], "", *row[place:-1]] for row in table[1:])]
    cause = county.first(sheet(moved) if place == 9 else written(moved))
    assert cause.code == "CAU-SHIFT" and cause.would_pass == cause.of == len(table) - 1
    assert f"从第{table[0].index(table[0][place]) + 1}列“{table[0][place]}”起左移一格后" in cause.detail
    assert county.contract.column(cause.columns[0]).label == table[0][place]


@pytest.mark.parametrize("place", [2, 9, 18, -6])
def test_cells_moved_to_the_left_over_a_lost_one(county, written, place):
    table = county.table(SIZES[0])
    cause = county.first(written([table[0], *([*row[:place], *row[place + 1 :], ""] for row in table[1:])]))
    assert cause.code == "CAU-SHIFT" and cause.would_pass == cause.of == len(table) - 1
    assert "起右移一格后" in cause.detail


def test_an_unquoted_comma_in_the_text_of_many_rows(county, written):
    table = county.table(SIZES[1])
    place = table[0].index(county.text)
    torn = [[*row[:place], "其一", "其二", *row[place + 1 :]] if line % 3 else row for line, row in enumerate(table)]
    cause = county.first(written([table[0], *torn[1:]]))
    assert cause.code == "CAU-SHIFT" and cause.would_pass == cause.of


@pytest.mark.parametrize(
    "pair",
    [
        ("行政相对人名称", "统一社会信用代码"),
        ("行政相对人类别", "法定代表人证件类型"),
        ("统一社会信用代码", "数据来源单位统一社会信用代码"),
    ],
)
def test_two_headers_the_wrong_way_round(county, written, pair):
    cause = county.first(written(county.swapped(county.table(SIZES[1]), *pair)))
    assert cause.code == "CAU-SWAP" and cause.would_pass == cause.of
    assert {county.contract.column(name).label for name in cause.columns} == set(pair)


@pytest.mark.parametrize("step", [1, -1])
def test_names_that_slipped_by_a_row(county, written, step):
    header, *rows = county.table(SIZES[1])
    slipped = [[*rows[(line + step) % len(rows)][:2], *row[2:]] for line, row in enumerate(rows)]
    cause = county.first(written([header, *slipped]))
    assert cause.code == "CAU-OFFSET" and cause.would_pass >= cause.of - 2
    assert ("下移一行" if step > 0 else "上移一行") in cause.detail


@pytest.mark.parametrize(("style", "rows"), [("%d/%m/%Y", 40), ("%m/%d/%Y", 300), ("%Y-%d-%m", 300), ("%Y%d%m", 40)])
def test_days_and_months_in_another_order(county, written, rows, style):
    cause = county.first(written(county.table(rows, style)))
    assert cause.code == "CAU-DATES" and cause.would_pass == cause.of == rows
    order = {"%d": "日", "%m": "月", "%Y": "年"}
    marks = [word for word in "日月年" if word in cause.detail.partition("“")[2].partition("”")[0]]
    said = sorted(marks, key=cause.detail.partition("“")[2].index)
    assert said == [order[part] for part in sorted(order, key=style.index)]


def test_dates_that_can_be_read_both_ways_are_told_as_such(penalty, written):
    table = penalty.with_column(penalty.table(60), "处罚决定日期", lambda day: "03/04/2026")
    cause = penalty.first(written(table))
    assert cause.code == "CAU-DATES" and "看不出来" in cause.detail


def test_rows_that_pass_with_day_and_month_exchanged_are_counted(penalty, written):
    days = iter([*["2026-23-11"] * 40, *["2026-05-11"] * 20])
    table = penalty.with_column(penalty.table(60), "处罚决定日期", lambda day: next(days))
    cause = penalty.first(written(table))
    assert cause.code == "CAU-DATES" and "另有 20 行现在能通过，月和日也可能写反了。" in cause.detail


def test_dates_as_serial_numbers(county, written):
    def serial(day: str) -> str:
        return str((date.fromisoformat(day) - date(1899, 12, 30)).days)

    cause = county.first(written(county.with_column(county.table(SIZES[0]), county.decided, serial)))
    assert cause.code == "CAU-SERIAL" and cause.would_pass == cause.of


@pytest.mark.parametrize("rows", SIZES)
def test_amounts_in_yuan_where_ten_thousands_are_agreed(penalty, written, rows):
    fine = "罚款金额（万元）"
    table = penalty.with_column(penalty.table(rows), fine, lambda cell: cell and f"{Decimal(cell) * 10_000:f}")
    cause = penalty.first(written(table))
    assert cause.code == "CAU-UNIT" and cause.would_pass == cause.of == rows
    assert f"“{fine}”的数字按“元”换算成“万元”后" in cause.detail


@pytest.mark.parametrize("rows", SIZES)
def test_another_code_table(county, written, rows):
    numbers: dict[str, str] = {}
    table = county.with_column(
        county.table(rows), county.coded, lambda cell: numbers.setdefault(cell, f"C{len(numbers)}")
    )
    cause = county.first(written(table))
    assert cause.code == "CAU-CODES" and cause.would_pass == cause.of == rows
    assert f"用了另一套取值（{len(numbers)} 种）" in cause.detail


def test_the_code_table_of_another_column(county, written):
    kinds = iter(["身份证", "护照号", "其他证件", "护照"] * 75)
    table = county.with_column(county.table(300), county.coded, lambda cell: next(kinds).replace("其他证件", "身份证"))
    cause = county.first(written(table))
    assert cause.code == "CAU-CODES" and "填的像是“法定代表人证件类型”的代码" in cause.detail


@pytest.mark.parametrize(
    "damage", [lambda text: text[:15] + "000", lambda text: f"{float(text):.5E}"], ids=["000", "E"]
)
def test_identifiers_that_excel_has_damaged_in_a_text_file(county, written, damage):
    table = county.with_column(
        county.table(SIZES[1]), "法定代表人证件号码", lambda cell: damage(cell) if cell.isdigit() else cell
    )
    cause = county.first(written(table))
    assert cause.code == "CAU-EXCEL" and cause.would_pass == cause.of
    assert cause.columns == tuple(one.name for one in county.contract.columns if one.label == "法定代表人证件号码")


def test_identifiers_in_numeric_cells_of_a_sheet(county):
    records = [Written(row, "accepted") for row in county.rows(SIZES[1])]
    cause = county.first(xlsx_bytes(county.header, records, numeric=["统一社会信用代码"]))
    assert cause.code == "CAU-EXCEL" and cause.would_pass == cause.of


@pytest.mark.parametrize(
    ("name", "length"), [("数据来源单位统一社会信用代码", 12), ("统一社会信用代码", 15), ("行政相对人类别", 5)]
)
def test_a_column_cut_at_one_length(county, written, name, length):
    table = [row[:-1] for row in county.table(SIZES[1])]  # the last column is the source's code then
    cause = county.first(written(county.with_column(table, name, lambda cell: cell[:length])))
    assert cause.code == "CAU-CUT" and f"停在第 {length} 个字" in cause.detail and cause.would_pass == cause.of


def test_a_required_column_without_a_cell(county, written):
    cause = county.first(written(county.with_column(county.table(SIZES[0]), county.text, lambda cell: "")))
    assert cause.code == "CAU-EMPTY" and county.text in cause.detail


def test_texts_garbled_below_a_header_of_latin_letters(county, written):
    table = county.table(SIZES[0])
    names = {column.label: column.physical_name for column in county.contract.columns}
    body = [[cell.encode().decode("latin-1") for cell in row] for row in table[1:]]
    cause = county.first(written([[names[label] for label in table[0]], *body]))
    assert cause.code == "CAU-ENCODING" and cause.would_pass == cause.of


def test_a_cause_is_found_beside_other_faults(county):
    content = county.messy(300, 1).decode()
    header, *lines = content.split("\r\n")
    shifted = [
        ",".join([*line.split(",")[:2], "", *line.split(",")[2:-1]]) if line.strip(",") else line for line in lines
    ]
    cause = county.first("\r\n".join([header, *shifted]).encode())
    assert cause.code == "CAU-SHIFT" and cause.of * 0.94 < cause.would_pass < cause.of


def test_a_large_file_is_judged_on_a_sample(penalty, written):
    table = penalty.with_column(penalty.table(6_000), "处罚类别", lambda cell: f"K{len(cell)}")
    cause = penalty.first(written(table))
    assert cause.code == "CAU-CODES" and cause.would_pass == cause.of == 4_000
    assert cause.detail.endswith("换成规定的取值后，抽查的 4000 行中 4000 行可通过。")


def test_a_bench_judges_rows_as_the_line_does(county):
    job = county.job(county.messy(400, 4))
    outcome = read.run(job.source, county.contract, job.read)
    normalise.run(job)
    states = check.run(job).states
    rows = pl.read_parquet(job.read)
    apart = states.filter(pl.col("state").is_in(["blank", "duplicate"]))["record"]
    rejected = states.filter((pl.col("state") == "rejected") & (pl.col("code") != "DUP-CONFLICT"))["record"]
    bench = Bench(Judge(county.contract, county.suite), rows.filter(~pl.col("record").is_in(apart.implode())))
    critical = bench.faults.filter(pl.Series([notice(code).cls == "V" for code in bench.faults["code"]]))
    assert outcome.rows == rows.height and rejected.len() > 20
    assert sorted(critical["record"].unique()) == sorted(rejected)
