"""Reading old .xls workbooks: the same table as from .xlsx, and nothing that is damaged, locked or hostile."""

from __future__ import annotations

import struct
from datetime import date

import pytest
from corpus.biff import Error, Formula, Page, book, cell, compound, record, stream

HEADER = ["行政相对人名称", "统一社会信用代码", "许可决定日期", "金额", "备注"]
ROW = ["盱眙甲有限公司", "91320830000000019L", date(2026, 1, 5), 12.5, "无"]


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def page(*rows: list[object], **more: object) -> Page:
    return Page("行政许可", [HEADER, *rows], **more)


@pytest.mark.parametrize("rows", [1, 500], ids=["in small sectors", "in large sectors"])
def test_values_become_text_and_keep_their_type(read, rows):
    outcome, table = read(book(page(*[ROW] * rows, ["乙", 913208300000000190, "", 0.1 + 0.2, True])))
    assert (outcome.format, outcome.sheet, outcome.rows, outcome.findings) == ("xls", "行政许可", rows + 1, ())
    assert table.row(0)[2:7] == ("盱眙甲有限公司", "91320830000000019L", "2026-01-05", "12.5", "无")
    assert table.row(rows)[2:7] == ("乙", "913208300000000000", None, "0.3", "TRUE")
    assert table["row__types"].to_list() == ["ssdns"] * rows + ["sn-nb"]


def test_a_workbook_whose_table_of_sectors_goes_beyond_its_header_is_read(read):
    content = stream([page(ROW, ROW)]) + bytes(24 << 20)
    assert read(compound({"Other": content, "Workbook": content}))[0].rows == 2


def test_dates_follow_the_epoch_of_the_workbook(read):
    _, table = read(book(page(ROW), since_1904=True))
    assert table["xk_jdrq"].to_list() == ["2030-01-06"]  # 1,462 days later than since 1900


def test_errors_and_results_of_formulas_are_told_apart(read):
    row = [Error("#REF!"), Formula(Error("#N/A")), "", Formula(3.5), Formula("文字")]
    _, table = read(book(page(row)))
    assert table.row(0)[2:7] == ("#REF!", "#N/A", None, "3.5", "文字")
    assert table["row__types"].to_list() == ["ee-ns"]


def test_a_formula_that_was_never_calculated_marks_its_row(read):
    rows = [
        [*ROW[:3], Formula(0, flags=3), "无"],
        [*ROW[:4], Formula("x", text_follows=False)],
        [*ROW[:3], Formula(0), "无"],
    ]
    outcome, table = read(book(page(*rows)))
    assert table["row__mark"].to_list() == ["ROW-FORMULA", "ROW-FORMULA", None]
    assert table["row__text"].to_list() == ["第2行：金额", "第3行：备注", None]
    assert outcome.findings == ()


def test_a_formula_with_an_empty_result_is_asked_about(read):
    nothing = Formula(bytes((3, 0, 0, 0, 0, 0, 255, 255)))
    outcome, table = read(book(page([*ROW[:4], nothing], ROW)))
    assert [(f.code, f.detail) for f in outcome.findings] == [("SHT-FORMULA", "E2")]
    assert table["row__mark"].to_list() == [None, None]


def test_rows_are_numbered_as_excel_shows_them(read):
    outcome, table = read(book(Page("表", [HEADER, ROW, [], ROW], first=6)))
    assert (outcome.header_row, outcome.rows) == (7, 3)
    assert table["row"].to_list() == [8, 9, 10]
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲有限公司", None, "盱眙甲有限公司"]


def test_what_is_merged_or_hidden_is_told(read):
    content = page(
        ROW, ROW, ROW, merged=[(2, 3, 0, 0), (0, 0, 0, 4)], hidden_rows=[3], hidden_columns=[(3, 3), (7, 255)]
    )
    outcome, _ = read(book(content))
    assert [(f.code, f.detail) for f in outcome.findings] == [
        ("SHT-MERGED", "A3:A4"),
        ("SHT-HIDDEN", "第4行；D列“金额”"),
    ]


def test_a_link_to_another_file_is_told(read):
    far = record(0x01AE, struct.pack("<HH", 1, 5) + b"\x00other")
    own = record(0x01AE, struct.pack("<HH", 1, 0x0401))
    assert codes(read(book(page(ROW), more=far))[0]) == ["SHT-EXTERNAL"]
    assert codes(read(book(page(ROW), more=own))[0]) == []


def test_hidden_sheets_are_ignored(read):
    outcome, _ = read(book(Page("旧", [HEADER, ROW, ROW], state=1), page(ROW)))
    assert (outcome.sheet, outcome.rows, outcome.findings) == ("行政许可", 1, ())


def test_a_chart_inside_a_sheet_ends_neither_the_sheet_nor_its_facts(read):
    chart = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0020, 0, 0, 0, 0)) + record(0x000A)
    merged = record(0x00E5, struct.pack("<HHHHH", 1, 1, 2, 0, 0))
    outcome, _ = read(book(page(ROW, ROW, extra=chart + merged)))
    assert (outcome.rows, codes(outcome)) == (2, ["SHT-MERGED"])


def test_a_workbook_with_a_password_is_refused(read):
    assert codes(read(book(page(ROW), more=record(0x002F, b"\x01\x00" + bytes(52))))[0]) == ["FIL-PASSWORD"]
    assert codes(read(compound({"EncryptedPackage": bytes(5000), "EncryptionInfo": bytes(200)}))[0]) == ["FIL-PASSWORD"]


def test_macros_are_refused(read):
    whole = {"Workbook": stream([page(ROW)])}
    assert codes(read(compound(whole, ["_VBA_PROJECT_CUR"]))[0]) == ["FIL-MACRO"]
    assert codes(read(book(page(ROW), Page("宏", [["=EXEC()"]], kind=1)))[0]) == ["FIL-MACRO"]


@pytest.mark.parametrize("name", ["WordDocument", "PowerPoint Document", "__properties_version1.0"])
def test_other_office_files_are_refused(read, name):
    assert codes(read(compound({name: bytes(5000)}))[0]) == ["FIL-FORMAT"]


def test_a_truncated_workbook_is_refused_as_partial(read):
    content = book(page(*[ROW] * 300))
    for length in (len(content) - 512, len(content) // 2, 1000, 100):
        assert codes(read(content[:length])[0]) == ["FIL-PARTIAL"], length


def test_a_stream_that_ends_too_early_is_refused_as_partial(read):
    whole = stream([page(*[ROW] * 300)])
    for length in (len(whole) - 4, len(whole) // 2, 20, 2):
        assert codes(read(compound({"Workbook": whole[:length]}))[0]) == ["FIL-PARTIAL"], length


def test_a_chain_of_sectors_that_bites_its_tail_is_refused_as_partial(read):
    content = bytearray(book(page(*[ROW] * 300)))
    table = int.from_bytes(content[76:80], "little")
    content[(table + 1) * 512 + 40 : (table + 1) * 512 + 44] = (3).to_bytes(4, "little")
    assert codes(read(bytes(content))[0]) == ["FIL-PARTIAL"]


def test_a_workbook_with_a_flipped_bit_is_refused_or_read_whole(read):
    content = book(page(*[ROW] * 60))
    for at in range(24, len(content), 997):
        outcome, _ = read(content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :])
        assert outcome.refused or outcome.rows >= 60, at


def test_a_declared_extent_that_no_workbook_can_have_is_refused(read):
    for extent in ((0, 4_000_000_000, 0, 5), (9, 3, 0, 5), (0, 9, 0, 60_000)):
        assert codes(read(book(page(ROW, dimensions=extent)))[0]) == ["FIL-PARTIAL"]
    assert read(book(page(ROW, dimensions=(0, 65_536, 0, 256))))[0].rows == 1


def test_cells_in_the_last_corner_of_many_sheets_are_refused_before_they_take_the_memory(read):
    pages = [Page(f"表{n}", [HEADER, ROW], extra=cell(65_535, 255, 1.0)) for n in range(3)]
    assert codes(read(book(*pages))[0]) == ["FIL-TOOBIG"]
    far = record(0x00BD, struct.pack("<HH", 1, 250) + bytes(12) + struct.pack("<H", 300))
    assert codes(read(book(page(ROW, extra=far)))[0]) == ["FIL-TOOBIG"]


def test_a_workbook_inside_another_one_is_never_read_in_its_place(read):
    inner, outer = stream([page(ROW)]), stream([page(ROW, ROW)])
    content = bytearray(compound({"Workbook": outer.ljust(5000, b"\0"), "Workbook2": inner.ljust(5000, b"\0")}))
    at = content.index("Workbook2".encode("utf-16-le"))
    assert read(bytes(content))[0].rows == 2
    content[at + 16 : at + 18], content[at + 64 : at + 66] = b"\0\0", (18).to_bytes(2, "little")
    assert codes(read(bytes(content))[0]) == ["FIL-FORMAT"]


def test_a_sheet_without_data_is_refused_as_empty(read):
    assert codes(read(book(page()))[0]) == ["FIL-EMPTY"]
    assert codes(read(book(Page("空", [])))[0]) == ["FIL-EMPTY"]
