"""The defects that real exchange platforms are known for, each as a file that this hub must answer rightly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from corpus import sheets, trees
from corpus.shops import HEADER, csv, lines, shop, shops, text

FORMATS = {"csv": csv, "xlsx": sheets.sheet, "json": trees.as_json, "xml": trees.as_xml}


@pytest.fixture
def answer(checking, tmp_path: Path):
    """``answer(content, kind)``: the receipt of a file with this content."""

    def of(content: bytes, kind: str = "csv") -> dict[str, Any]:
        file = tmp_path / f"店铺.{kind}"
        file.write_bytes(content)
        return checking.file(file)

    return of


def finding(receipt: dict[str, Any], code: str) -> dict[str, Any]:
    (one,) = [found for found in receipt["findings"] if found["rule"] == code]
    return one


@pytest.mark.parametrize("count", [1, 2, 100])
@pytest.mark.parametrize("kind", FORMATS)
def test_the_last_row_is_not_lost(answer, kind: str, count: int):
    receipt = answer(FORMATS[kind](shops(count)), kind)
    assert receipt["counts"]["rows"] == receipt["counts"]["accepted"] == count


@pytest.mark.parametrize("kind", FORMATS)
def test_a_fault_in_the_last_row_is_seen(answer, kind: str):
    receipt = answer(FORMATS[kind]([*shops(9), shop(10, zt="9")]), kind)
    assert (receipt["counts"]["accepted"], receipt["counts"]["rejected"]) == (9, 1)
    assert finding(receipt, "COD-UNKNOWN")["rows"][0]["record"] == 10


@pytest.mark.parametrize("kind", FORMATS)
def test_one_empty_mandatory_cell_rejects_its_row_and_no_other(answer, kind: str):
    receipt = answer(FORMATS[kind]([*shops(4), shop(5, mc=""), *shops(4, 6)]), kind)
    assert receipt["verdict"]["code"] == "PRECHECK_PARTIAL"
    assert (receipt["counts"]["accepted"], receipt["counts"]["rejected"]) == (8, 1)
    assert [row["record"] for row in finding(receipt, "CMP-REQUIRED")["rows"]] == [5]


@pytest.mark.parametrize("bad", [2, 3, 50, 101])
def test_the_row_in_the_message_is_the_row_that_the_sender_sees(answer, bad: int):
    rows = [shop(n, zt="9") if n + 1 == bad else shop(n) for n in range(1, 101)]
    for kind in ("csv", "xlsx"):
        found = finding(answer(FORMATS[kind](rows), kind), "COD-UNKNOWN")
        assert [(row["row"], row["record"]) for row in found["rows"]] == [(bad, bad - 1)]
        assert f"第{bad}行" in found["why"]


def test_below_title_lines_the_row_is_still_the_one_that_the_sender_sees(answer):
    made = ["某县店铺登记表", "2026年11月", *lines([*shops(3), shop(4, zt="9"), shop(5)])]
    found = finding(answer(text(made).encode("gb18030")), "COD-UNKNOWN")
    assert [(row["row"], row["record"]) for row in found["rows"]] == [(7, 4)]


def test_values_shifted_by_one_column_are_not_stored(answer):
    shifted = [",".join(["", *part.split(",")[:-1]]) for part in lines(shops(6))[1:]]
    receipt = answer(text([",".join(HEADER), *shifted]).encode())
    assert (receipt["counts"]["accepted"], receipt["counts"]["rejected"]) == (0, 6)


def test_names_against_codes_shifted_by_one_row_are_asked_about_or_left_but_never_changed(answer):
    rows = shops(6)
    names = [row["mc"] for row in rows]
    receipt = answer(csv([row | {"mc": names[place - 1]} for place, row in enumerate(rows)]))
    assert receipt["counts"]["rejected"] == 0 and receipt["corrections"] == []


def test_a_state_of_null_is_an_empty_cell(answer):
    receipt = answer(csv([*shops(3), shop(4, zt="null")]))
    assert [row["row"] for row in finding(receipt, "CMP-REQUIRED")["rows"]] == [5]


@pytest.mark.parametrize("kind", FORMATS)
def test_text_that_would_be_a_statement_or_markup_elsewhere_is_text(answer, kind: str):
    name = '甲\'; DROP TABLE record;-- <b>&amp; "乙"'
    rows = [shop(1, mc=name), *shops(3, 2)]
    content = csv(rows, quoted=True) if kind == "csv" else FORMATS[kind](rows)
    receipt = answer(content, kind)
    assert (receipt["verdict"]["code"], receipt["counts"]["accepted"]) == ("PRECHECK_ACCEPTED", 4)


@pytest.mark.parametrize(
    "content",
    [b"", (",".join(HEADER) + "\r\n").encode(), csv(["", "", ""]), csv([",,,,,,,"] * 3), csv([shop(1, zt="9")])],
    ids=["nothing", "header", "blank lines", "separators", "bad row"],
)
def test_success_is_never_said_over_nothing(answer, content: bytes):
    receipt = answer(content)
    assert receipt["counts"]["accepted"] == 0
    assert receipt["verdict"]["code"] == "PRECHECK_REJECTED"
    assert receipt["next"]["action"] == "FIX_THEN_DELIVER"


def test_every_bad_row_is_listed_with_row_field_and_reason(answer):
    rows = [*shops(6), shop(7, zt="9"), shop(8, rq="昨天", je="二千"), shop(9, mc="")]
    listed = {
        (row["row"], found["field"], found["rule"])
        for found in answer(csv(rows))["findings"]
        for row in found["rows"]
        if found["name"] and found["why"]
    }
    assert listed == {
        (8, "zt", "COD-UNKNOWN"),
        (9, "rq", "DAT-FORMAT"),
        (9, "je", "MON-FORMAT"),
        (10, "mc", "CMP-REQUIRED"),
    }


def test_every_one_of_many_bad_rows_counts_though_not_all_are_listed(answer):
    rows = [shop(n, zt="9") if n % 3 == 0 else shop(n) for n in range(1, 901)]
    found = finding(answer(csv(rows)), "COD-UNKNOWN")
    assert found["count"] == 300 and found["rows_truncated"] is (len(found["rows"]) < 300)
