"""A table as a department prints it, with titles above and totals below, through the whole line."""

from __future__ import annotations

from hub.receipts.console import lines

TITLE = ["演示县店铺登记表", "填报单位：市场监督管理局,,,,2026年11月", ""]
FOOT = ["合计,,,,,300000", "", "填表人：张某甲,,,审核人：李某乙,,联系电话：000"]


def printed(line, *rows: str) -> bytes:
    header, *data = line.file(*rows).decode().splitlines()
    return ("\r\n".join([*TITLE, header, *data, *FOOT]) + "\r\n").encode("gb18030")


def test_titles_are_no_rows_and_footers_are_blank_ones_that_the_receipt_lists(line):
    line.drop(printed(line, line.shop(1), line.shop(2), line.shop(3, rq="不详")))
    line.run()
    (receipt,) = line.receipts()
    counts = receipt["counts"]
    assert (counts["rows"], counts["accepted"], counts["rejected"], counts["blank"]) == (6, 2, 1, 3)
    assert receipt["submission"]["header_row"] == 4
    assert [row["row"] for found in receipt["findings"] for row in found["rows"]] == [7]
    (footer,) = (change for change in receipt["corrections"] if change["code"] == "CHG-FOOTER")
    assert (footer["column"], footer["name"], footer["count"]) == (None, None, 2)
    assert footer["examples"] == [
        {"row": 8, "before": "合计 300000", "after": None},
        {"row": 10, "before": "填表人…", "after": None},
    ]
    assert "表尾的合计、签名等行没有当作数据（2 处）" in lines(receipt)
    assert line.violations() == []


def test_the_people_who_signed_a_table_stand_in_no_receipt(line):
    line.drop(printed(line, line.shop(1)))
    line.run()
    (receipt,) = (content for name, content in line.outbox().items() if name.endswith(".json"))
    assert "张某甲" not in receipt.decode() and "李某乙" not in receipt.decode()


def test_a_file_refused_below_its_titles_counts_every_row_from_the_header_on(line):
    content = printed(line, line.shop(1), '"' + line.shop(2), line.shop(3))
    line.drop(content)
    line.run()
    (receipt,) = line.receipts()
    assert [(found["rule"], found["rows"][0]["row"]) for found in receipt["findings"]] == [("FIL-LINES", 6)]
    assert receipt["counts"]["rows"] == receipt["counts"]["rejected"] == 6
    assert line.violations() == []
