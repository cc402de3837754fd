"""Headers: any name that the contract knows, in any order, and a clear word about the rest."""

from __future__ import annotations

import pytest

ROW = "盱眙甲有限公司,91320830000000019L,2026-01-05"


def test_shuffled_columns_land_where_they_belong(read):
    _, table = read("备注,统一社会信用代码,许可决定日期,行政相对人名称\nb,c,d,n\n".encode())
    assert table.row(0)[2:7] == ("n", "c", "d", None, "b")


@pytest.mark.parametrize(
    "header",
    [
        "xk_xdr_mc,xk_xdr_shxym,xk_jdrq",
        "XK_XDR_MC,Xk_Xdr_Shxym,XK_JDRQ",
        "企业名称,统一社会信用代码,许可决定日期",
        " 行政相对人名称\u3000,统一社会信用代码 ,许可决定日期",
        "ＸＫ_ＸＤＲ_ＭＣ,XK_XDR_SHXYM,XK_JDRQ",
        '\ufeff"行政相对人名称","统一社会信用代码","许可决定日期"',
        '"\ufeff行政相对人名称","统一社会信用代码","许可决定日期"',
    ],
)
def test_a_column_is_known_by_each_of_its_names(read, header):
    outcome, table = read(f"{header}\n{ROW}\n".encode())
    assert outcome.findings == ()
    assert table.row(0)[2:5] == ("盱眙甲有限公司", "91320830000000019L", "2026-01-05")


def test_a_missing_required_column_refuses_the_file_and_is_named(read):
    outcome, _ = read("行政相对人名称,备注\n甲,乙\n丙,丁\n".encode())
    (finding,) = outcome.findings
    assert (finding.code, finding.row, finding.detail, outcome.rows) == ("HDR-MISSING", 1, "统一社会信用代码", 2)


def test_a_missing_optional_column_becomes_empty_cells(read):
    _, table = read("行政相对人名称,统一社会信用代码\n甲,乙\n".encode())
    assert table["xk_je"].to_list() == [None]


def test_a_title_above_the_header_is_told_clearly(read):
    outcome, _ = read("盱眙县行政许可信息表,,\n行政相对人名称,统一社会信用代码,备注\n甲,乙,丙\n".encode())
    (finding,) = outcome.findings
    assert finding.code == "HDR-MISSING"
    assert "第1行没有一个认得的列名" in finding.detail
    assert outcome.rows == 2


def test_a_doubled_column_refuses_the_file_and_names_both_places(read):
    outcome, _ = read("行政相对人名称,统一社会信用代码,企业名称\n甲,乙,丙\n".encode())
    assert [(finding.code, finding.detail) for finding in outcome.findings] == [
        ("HDR-DUP", "行政相对人名称（第1、3列）")
    ]


def test_an_unknown_column_is_named_and_not_read(read):
    outcome, table = read("行政相对人名称,统一社会信用代码,电话\n甲,乙,丙\n".encode())
    assert [(finding.code, finding.detail) for finding in outcome.findings] == [("HDR-UNKNOWN", "电话")]
    assert "丙" not in table.row(0)


def test_a_column_without_a_header_is_told_only_when_something_stands_in_it(read):
    assert read("行政相对人名称,统一社会信用代码,,\n甲,乙,,\n".encode())[0].findings == ()
    (finding,) = read("行政相对人名称,统一社会信用代码,,\n甲,乙,,丙\n".encode())[0].findings
    assert (finding.code, finding.detail) == ("HDR-UNKNOWN", "第4列（没有列名）")


def test_data_in_the_place_of_the_header_is_not_repeated_to_anybody(read):
    outcome, _ = read("行政相对人名称,320830188001010002\n甲,乙\n".encode())
    assert all("320830" not in (finding.detail or "") for finding in outcome.findings)
    assert [finding.code for finding in outcome.findings] == ["HDR-MISSING", "HDR-UNKNOWN"]


def test_a_header_of_thousands_of_columns_is_refused(read):
    outcome, _ = read((",".join(["行政相对人名称"] * 16_384) + "\n甲\n").encode())
    assert [finding.code for finding in outcome.findings] == ["FIL-TOOBIG"]
