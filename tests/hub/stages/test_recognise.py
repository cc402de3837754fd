"""The format is told by the content; what was agreed is kept to."""

from __future__ import annotations

import pytest

from hub.contract.model import Intake, Slice

CSV = "行政相对人名称,统一社会信用代码,备注\n盱眙甲有限公司,x,\n"
OBJECT = '{"行政相对人名称": "甲", "统一社会信用代码": "x"}'
XML = "<R><ROW><XK_XDR_MC>甲</XK_XDR_MC><XK_XDR_SHXYM>x</XK_XDR_SHXYM></ROW></R>"
FIELDS = [("XK_XDR_MC", "C", 20), ("XK_XDR_SHXYM", "C", 18)]


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (CSV, "csv"),
        ("[行政相对人名称],[统一社会信用代码]\n甲,x\n", "csv"),
        ("<行政相对人名称>,统一社会信用代码\n甲,x\n", "csv"),
        (f"[{OBJECT}]", "json"),
        (f"\n\n [\n  {OBJECT}\n]", "json"),
        (f'{{"rows": [\n{OBJECT}\n]}}', "json"),
        (f'{{"rows": [{OBJECT}]}}', "json"),
        (f'{{\n"total": 1,\n"rows":\n[\n{OBJECT}\n]\n}}', "json"),
        (OBJECT, "jsonl"),
        (f"{OBJECT}\n{OBJECT}\n", "jsonl"),
        (f"{OBJECT}\r\n\r\n{OBJECT}", "jsonl"),
        (f"{OBJECT[:20]}\n{OBJECT}\n{OBJECT}\n", "jsonl"),
        (XML, "xml"),
        (f'<?xml version="1.0"?>\n<!-- 注 -->\n{XML}', "xml"),
        (f"<!-- 注 -->{XML}", "xml"),
        ("<R a='1'>\n <ROW xk_xdr_mc='甲' xk_xdr_shxym='x'/>\n</R>", "xml"),
    ],
    ids=range(16),
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_content_tells_the_format(read, content, format, encoding):
    assert read(content.encode(encoding))[0].format == format


def test_a_dbf_is_known_by_its_whole_header(read, make_dbf):
    content = make_dbf(FIELDS, [["甲", "x"]])
    assert read(content)[0].format == "dbf"
    assert read(b"\x03" + content[1:32] + b"x" * 100)[0].format is None
    text = CSV.replace("行政", "0~\t\n行政", 1).encode()
    assert read(text)[0].format == "csv"


@pytest.mark.parametrize(
    ("agreed", "content", "said"),
    [
        ("csv", XML, "XML"),
        ("csv", f"[{OBJECT}]", "JSON"),
        ("xml", CSV, "CSV"),
        ("json", CSV, "CSV"),
        ("json", f"{OBJECT}\n{OBJECT}", "JSON Lines"),
        ("jsonl", f"[{OBJECT}]", "JSON"),
        ("jsonl", CSV, "CSV"),
        ("dbf", CSV, "CSV"),
        ("xlsx", CSV, "CSV"),
        ("fixed", XML, "XML"),
    ],
)
def test_another_format_than_the_agreed_one_is_refused_and_both_are_named(read, agreed, content, said):
    layout = (Slice("xk_xdr_mc", 1, 20),) if agreed == "fixed" else ()
    outcome, _ = read(content.encode(), intake=Intake("market", ("*",), agreed, layout=layout))
    assert [finding.code for finding in outcome.findings] == ["FIL-FORMAT"]
    assert "约定的格式是" in outcome.findings[0].detail and said in outcome.findings[0].detail


def test_the_agreement_decides_what_the_content_leaves_open(read):
    broken = '"a": 1}\n' + OBJECT + "\n"
    assert read(broken.encode(), intake=Intake("market", ("*",), "jsonl"))[0].rows == 2
    one = f'{{"rows": [{OBJECT}]}}'
    assert read(one.encode(), intake=Intake("market", ("*",), "jsonl"))[0].format == "jsonl"


def test_a_declaration_counts_without_a_way_in_only_where_all_agree(read, contract_with):
    assert read(CSV.encode(), contract_with(Intake("market", ("*",), "xml")))[0].refused
