"""Files as departments print them: titles above the header, totals and signatures below the data."""

from __future__ import annotations

import random

import pytest

HEADER = "行政相对人名称,统一社会信用代码,许可决定日期,金额,备注"
ROW = "盱眙甲有限公司,91320830000000019L,2026-01-05,12.50,"
TITLES = ["盱眙县行政许可公示表", ",,,", "", "填报单位：市监局,,,2026年11月"]
FOOTERS = ["合计,,,25.00,", "", "填表人：张某,,,审核人：李某", "注：金额单位为元"]


def text(*lines: str, end: str = "\n", last: bool = True) -> bytes:
    return (end.join(lines) + (end if last else "")).encode()


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("quoted", [False, True], ids=["plain", "quoted"])
def test_titles_above_the_header_are_no_records_and_rows_keep_their_line(read, delimiter, quoted):
    header, row = HEADER, ROW
    if quoted:
        header, row = (",".join(f'"{cell}"' for cell in line.split(",")) for line in (header, row))
    content = text(*(line.replace(",", delimiter) for line in [*TITLES, header, row, row]))
    outcome, table = read(content)
    assert (outcome.header_row, outcome.rows, outcome.delimiter, outcome.findings) == (5, 2, delimiter, ())
    assert table["row"].to_list() == [6, 7]
    assert table["record"].to_list() == [1, 2]
    assert table["xk_jdrq"].to_list() == ["2026-01-05"] * 2


@pytest.mark.parametrize(("above", "found"), [(20, True), (21, False)])
def test_twenty_lines_may_stand_above_the_header(read, above, found):
    outcome, _ = read(text(*["公示"] * above, HEADER, ROW))
    assert codes(outcome) == ([] if found else ["HDR-MISSING"])
    assert outcome.rows == (1 if found else above + 1)


def test_blank_lines_above_the_header_are_counted_as_lines(read):
    outcome, table = read(text("", "  ", ",,", HEADER, ROW, end="\r"))
    assert (outcome.header_row, table["row"].to_list()) == (4, [5])


def test_titles_are_found_however_the_file_is_cut_into_blocks(read, monkeypatch):
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", 13)
    outcome, table = read(text(*TITLES, HEADER, *[ROW] * 30, *FOOTERS, end="\r\n", last=False))
    assert (outcome.header_row, outcome.rows, table["row"].to_list()) == (5, 34, list(range(6, 40)))
    assert outcome.footers == ((36, "合计 25.00"), (38, "填表人…"), (39, "注…"))


@pytest.mark.parametrize("title", ['"公示表', '公示"表,,,,', '"公示\n表",,,'])
def test_a_title_with_a_quote_that_does_not_pair_refuses_the_file(read, title):
    outcome, _ = read(text("盱眙县", title, HEADER, ROW))
    assert [(finding.code, finding.row) for finding in outcome.findings] == [("FIL-LINES", 2)]


def test_a_title_with_quotes_that_pair_is_a_title(read):
    assert read(text('"公示表","",', '关于"双公示"的表', HEADER, ROW))[0].findings == ()


def test_data_above_the_header_refuses_the_file_instead_of_being_lost(read):
    outcome, _ = read(text("公示表", ROW, HEADER, ROW, ROW))
    assert [(finding.code, finding.row, finding.detail) for finding in outcome.findings] == [
        ("HDR-PLACE", 2, "表头在第3行。")
    ]


def test_a_missing_column_is_told_on_the_line_of_the_header_and_data_is_counted_from_there(read):
    outcome, _ = read(text("公示表", "", "行政相对人名称,许可决定日期,备注", "甲,2026-01-05,", "乙,,"))
    assert [(finding.code, finding.row) for finding in outcome.findings] == [("HDR-MISSING", 3)]
    assert (outcome.header_row, outcome.rows) == (3, 2)


@pytest.mark.parametrize("last", [True, False], ids=["with-final-break", "without"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_footers_are_blank_records_and_told(read, end, last):
    outcome, table = read(text(HEADER, ROW, ROW, *FOOTERS, end=end, last=last))
    assert (outcome.rows, outcome.findings) == (6, ())
    assert outcome.footers == ((4, "合计 25.00"), (6, "填表人…"), (7, "注…"))
    assert table["row"].to_list() == list(range(2, 8))
    assert table["row__mark"].null_count() == table["row__text"].null_count() == 6
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲有限公司"] * 2 + [None] * 4
    assert table["xk_je"].to_list() == ["12.50"] * 2 + [None] * 4


def test_a_footer_may_have_more_or_fewer_cells_than_the_header(read):
    outcome, table = read(text(HEADER, ROW, "合计：1户", "合计,,,12.50,,,,1"))
    assert outcome.footers == ((3, "合计：1户"), (4, "合计 12.50 1"))
    assert table["row__mark"].null_count() == 3


def test_only_the_last_ten_filled_lines_may_be_footers(read, monkeypatch):
    for size in (1 << 20, 50):
        monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", size)
        rows = [ROW] * 40
        rows[20] = rows[30] = rows[31] = "小计,,,12.50,"
        outcome, table = read(text(HEADER, *rows[:36], ",,,,", "", *rows[36:], ",,,,", "  ", last=False))
        assert outcome.footers == ((32, "小计 12.50"), (33, "小计 12.50"))
        assert table.filter(table["xk_xdr_mc"] == "小计")["row"].to_list() == [22]
        assert outcome.rows == 44


def test_footers_are_found_above_any_number_of_blank_lines(read, monkeypatch):
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", 1 << 12)
    outcome, table = read(text(HEADER, ROW, "合计,,,12.50,", *[",,,,,"] * 20_000))
    assert outcome.footers == ((3, "合计 12.50"),)
    assert (outcome.rows, table.height, table["xk_xdr_mc"].null_count()) == (20_002, 20_002, 20_001)
    assert table["row__mark"].null_count() == 20_002


def test_a_row_of_data_with_the_name_of_a_total_is_data(read):
    outcome, table = read(text(HEADER, "合计,91320830000000019L,2026-01-05,1,"))
    assert outcome.footers == ()
    assert table["xk_xdr_mc"].to_list() == ["合计"]


def test_a_footer_with_a_stray_quote_hides_nothing(read):
    outcome, _ = read(text(HEADER, ROW, '盱眙乙,"代码', '注："备注'))
    assert [(finding.code, finding.row) for finding in outcome.findings] == [("FIL-LINES", 3)]


def test_a_footer_is_never_looked_for_inside_a_cell_that_spans_lines(read):
    outcome, _ = read(text(HEADER, ROW, '盱眙乙,代码,,,"见下', "合计,,,1,", '完"'))
    assert [(finding.code, finding.row) for finding in outcome.findings] == [("FIL-LINES", 3)]


@pytest.mark.parametrize("seed", range(200))
def test_one_stray_quote_anywhere_in_a_printed_table_never_swallows_a_row(read, seed):
    draw = random.Random(seed)
    names = [f"公司{number}" for number in range(200)]
    lines = [*TITLES, HEADER, *(f"{name},代码,,1,完" for name in names), *FOOTERS]
    struck = draw.choice([draw.randrange(len(lines)), draw.choice([0, 3, 4, 5, 204, 205, 207, 208])])
    at = draw.randrange(len(lines[struck]) + 1)
    lines[struck] = lines[struck][:at] + '"' + lines[struck][at:]
    outcome, table = read(text(*lines, last=draw.random() < 0.5, end=draw.choice(["\n", "\r\n", "\r"])))
    assert outcome.rows + outcome.header_row == len(lines) == 209
    if table is None:
        assert [(finding.code, finding.row) for finding in outcome.findings] == [("FIL-LINES", struck + 1)]
    else:
        assert table["row"].to_list() == list(range(6, 210))
        kept = table["xk_xdr_mc"].to_list()
        assert [name for row, name in enumerate(kept) if row + 5 != struck] == [
            name for row, name in enumerate([*names, *[None] * 4]) if row + 5 != struck
        ]
