"""Headers: any name that the contract knows, in any order, and a clear word about the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.stages.formats.headers import locate

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


def test_a_file_without_any_known_header_is_told_clearly(read):
    outcome, _ = read("盱眙县行政许可信息表,,\n名字,代码,说明\n甲,乙,丙\n".encode())
    (finding,) = outcome.findings
    assert finding.code == "HDR-MISSING"
    assert "前21行没有一个认得的列名" in finding.detail
    assert outcome.rows == 2


def test_a_doubled_column_refuses_the_file_and_names_both_places(read):
    outcome, _ = read("行政相对人名称,统一社会信用代码,企业名称\n甲,乙,丙\n".encode())
    assert [(finding.code, finding.detail) for finding in outcome.findings] == [
        ("HDR-DUP", "行政相对人名称（第1、3列）")
    ]


def test_an_unknown_column_is_named_and_not_read(read):
    outcome, table = read("行政相对人名称,统一社会信用代码,电话\n甲,乙,丙\n".encode())
    assert [(finding.code, finding.detail) for finding in outcome.findings] == [("HDR-UNKNOWN", "“电话”")]
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


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("许可决定日其", "许可决定日期"),
        ("许可 决定日期", "许可决定日期"),
        ("XK_JDRO", "许可决定日期"),
        ("备注栏", "备注"),
    ],
)
def test_a_misspelt_column_is_told_with_the_missing_one_that_it_is_like(read, wrong, right):
    outcome, _ = read(f"行政相对人名称,统一社会信用代码,{wrong}\n甲,乙,丙\n".encode())
    assert [(finding.code, finding.detail) for finding in outcome.findings] == [
        ("HDR-UNKNOWN", f"“{wrong}”（像“{right}”）")
    ]


def test_a_column_that_is_there_is_no_suggestion_for_another(read):
    outcome, _ = read("行政相对人名称,统一社会信用代码,行政相对人名称2\n甲,乙,丙\n".encode())
    assert [finding.detail for finding in outcome.findings] == ["“行政相对人名称2”"]


def test_a_missing_required_column_is_told_beside_the_misspelt_one(read):
    outcome, _ = read("行政相对人名称,统一社会信用代玛\n甲,乙\n".encode())
    assert [(finding.code, finding.detail) for finding in outcome.findings] == [
        ("HDR-MISSING", "统一社会信用代码"),
        ("HDR-UNKNOWN", "“统一社会信用代玛”（像“统一社会信用代码”）"),
    ]


def test_a_contract_may_refuse_unknown_columns(read, contract):
    strict = replace(contract, unknown_columns="refuse")
    outcome, _ = read("标题,,,\n行政相对人名称,统一社会信用代码,电话\n甲,乙,丙\n".encode(), strict)
    assert [(finding.code, finding.row, finding.detail) for finding in outcome.findings] == [
        ("HDR-REFUSED", 2, "“电话”")
    ]
    assert (outcome.rows, outcome.header_row) == (1, 2)
    assert read("行政相对人名称,统一社会信用代码,\n甲,乙,\n".encode(), strict)[0].findings == ()
    outcome, _ = read("行政相对人名称,统一社会信用代码,\n甲,乙,丙\n".encode(), strict)
    assert [finding.code for finding in outcome.findings] == ["HDR-REFUSED"]


NAMES = ["行政相对人名称", "统一社会信用代码", "许可决定日期", "金额", "备注"]


def test_the_header_is_the_first_row_that_has_every_required_column(contract):
    assert locate([["公示表"], [], NAMES, ["甲", "乙"], NAMES], contract) == 2
    assert locate([NAMES[:2], NAMES], contract) == 0


def test_without_a_whole_header_the_row_with_most_names_is_meant_and_the_first_of_equals(contract):
    assert locate([["备注"], ["备注", "金额"], ["行政相对人名称", "金额", "备注"]], contract) == 2
    assert locate([["备注", "金额"], ["金额", "备注"]], contract) == 0


def test_half_of_the_required_columns_go_before_a_row_of_other_names(contract):
    assert locate([["备注", "金额"], ["行政相对人名称"]], contract) == 1


@pytest.mark.parametrize("rows", [[], [[]], [["公示表", ""], ["甲", "乙"]]])
def test_without_any_name_there_is_no_header(contract, rows):
    assert locate(rows, contract) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the contract is frozen
@given(rows=st.lists(st.lists(st.sampled_from([*NAMES, "甲", ""]), max_size=6), max_size=6))
def test_a_located_header_always_has_a_name_and_no_complete_one_stands_before_it(contract, rows):
    index = locate(rows, contract)
    assert (index is None) is not any(set(row) & set(NAMES) for row in rows)
    if index is not None:
        assert set(rows[index]) & set(NAMES)
        assert not any({*NAMES[:2]} <= set(row) for row in rows[:index])
