"""Reading JSON and JSON Lines: every object one record, every number its own text, nothing swallowed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.contract.model import Intake
from hub.stages.formats.json_scan import scan

ROW = {"xk_xdr_mc": "盱眙甲有限公司", "xk_xdr_shxym": "91320830000000019L", "bz": "一"}


def text(*rows: object, end: str = "\n") -> bytes:
    """A list of objects, one on each line from line 2 on."""
    return (
        "[" + end + ("," + end).join(json.dumps(row, ensure_ascii=False) for row in rows) + end + "]" + end
    ).encode()


def lines(*rows: object) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_object_is_a_record_on_the_line_where_it_begins(read, end, encoding):
    outcome, table = read(text(ROW, ROW | {"bz": "完"}, end=end).decode().encode(encoding))
    assert (outcome.rows, outcome.format, outcome.header_row, outcome.findings) == (2, "json", 0, ())
    assert outcome.encoding == ("gb18030" if encoding == "gb18030" else "utf-8")
    assert table["bz"].to_list() == ["一", "完"]
    assert table["row"].to_list() == [2, 3]


def test_objects_that_share_a_line_are_counted(read):
    _, table = read(json.dumps([ROW, ROW, ROW]).encode())
    assert table["row"].to_list() == [1, 2, 3]


def test_an_object_over_several_lines_stands_on_its_first(read):
    _, table = read(json.dumps([ROW, ROW], indent=1).encode())
    assert table["row"].to_list() == [2, 7]


def test_numbers_keep_their_text_and_say_that_they_were_numbers(read):
    content = b'[{"xk_xdr_mc": "x", "xk_xdr_shxym": 913208300000000190, "xk_je": 1.50, "bz": 1E+2, "xk_jdrq": -0}]'
    _, table = read(content)
    assert table.row(0)[2:7] == ("x", "913208300000000190", "-0", "1.50", "1E+2")
    assert table["row__types"][0] == "snnnn"


def test_words_and_empty_texts_are_cells_as_in_a_workbook(read):
    content = b'[{"xk_xdr_mc": true, "xk_xdr_shxym": false, "xk_je": null, "bz": ""}]'
    _, table = read(content)
    assert table.row(0)[2:7] == ("TRUE", "FALSE", None, None, None)
    assert table["row__types"][0] == "bb---"


@pytest.mark.parametrize(
    "around",
    ['{"rows": %s}', '{"code": 0, "data": {"total": 1, "list": %s, "more": [1, 2], "none": []}, "msg": "[{"}'],
)
def test_the_list_may_stand_one_or_two_keys_below_the_top(read, around):
    outcome, table = read((around % json.dumps([ROW])).encode())
    assert (outcome.rows, codes(outcome)) == (1, [])
    assert table["bz"].to_list() == ["一"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"[]", "FIL-EMPTY"),
        (b'{"rows": []}', "FIL-EMPTY"),
        (b"[{}, {}]", "FIL-EMPTY"),
        (b'["a", 1]', "FIL-FORMAT"),
        (b'{"a": {"b": {"c": [{"bz": 1}]}}}', "FIL-FORMAT"),
        (b'{"a": [{"bz": 1}], "b": [{"bz": 1}]}', "FIL-FORMAT"),
        (b'[{"bz": 1}] [{"bz": 1}]', "FIL-FORMAT"),
        (b'[{"bz": 1}', "FIL-PARTIAL"),
        (b'{"rows": [{"bz": 1}]', "FIL-PARTIAL"),
        (b'{"rows": ', "FIL-PARTIAL"),
        (b'[{"bz": 1}, {"bz":', "FIL-PARTIAL"),
        (b'[{"bz": 1}, 5]', "FIL-LINES"),
        (b'[{"bz": 1} {"bz": 1}]', "FIL-LINES"),
        (b'[{"bz": 1},]', "FIL-LINES"),
        (b'[{"bz": 1}}, {"bz": 1}]', "FIL-LINES"),
        (b'[{"bz": 1, {"bz": 1}]', "FIL-LINES"),
        (b'[{"bz": ' + b"[" * 200_000, "FIL-FORMAT"),
        (b"[" * 200_000, "FIL-PARTIAL"),
    ],
)
def test_what_is_no_list_of_objects_is_refused(read, content, code):
    assert codes(read(content)[0]) == [code]


def test_a_column_that_no_object_has_is_missing_and_one_that_some_have_is_empty(read):
    short = {key: ROW[key] for key in ("xk_xdr_mc", "bz")}
    assert codes(read(text(short, short))[0]) == ["HDR-MISSING"]
    outcome, table = read(text(ROW, short))
    assert codes(outcome) == []
    assert table["xk_xdr_shxym"].to_list() == ["91320830000000019L", None]


def test_unknown_names_are_told_or_refuse_the_file_as_the_contract_says(read, contract):
    content = text(ROW | {"内部编号": 1}, ROW | {"其他": {"a": [1]}})
    outcome, table = read(content)
    assert codes(outcome) == ["HDR-UNKNOWN"]
    assert "内部编号" in outcome.findings[0].detail and "其他" in outcome.findings[0].detail
    assert table["row__mark"].null_count() == 2
    assert codes(read(content, replace(contract, unknown_columns="refuse"))[0]) == ["HDR-REFUSED"]


def test_names_are_matched_like_headers_and_may_differ_from_object_to_object(read):
    other = {"企业名称": "乙", " XK_XDR_SHXYM ": "91", "备注": "二"}
    _, table = read(text(ROW, other))
    assert table.row(1)[2:7] == ("乙", "91", None, None, "二")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('{"xk_xdr_mc": "x", "xk_xdr_mc": "y"}', "行政相对人名称"),
        ('{"备注": "x", "bz": "y"}', "备注"),
        ('{"bz": {"a": 1}}', "备注"),
        ('{"bz": [1]}', "备注"),
        ('{"bz": NaN}', "NaN"),
        ('{"bz": -Infinity}', "Infinity"),
        ('{"bz": "\\ud800"}', "字符"),
        ('{"bz": 01}', "JSON"),
        ('{"bz": "x",}', "JSON"),
        ('{"bz" "x"}', "JSON"),
    ],
)
def test_a_broken_object_is_one_broken_row_and_touches_no_other(read, broken, reason):
    good = json.dumps(ROW)
    for content in (f"[\n{good},\n{broken},\n{good}\n]", f"{good}\n{broken}\n{good}\n"):
        outcome, table = read(content.encode())
        assert (outcome.rows, codes(outcome)) == (3, [])
        assert table["row__mark"].to_list() == [None, "ROW-BROKEN", None]
        assert reason in table["row__text"][1] and broken in table["row__text"][1]
        assert table["bz"].to_list() == ["一", None, "一"]


@pytest.mark.parametrize("struck", [0, 1, 2])
def test_a_stray_quote_refuses_the_file_and_names_the_line(read, struck):
    rows = [json.dumps(ROW, ensure_ascii=False)] * 3
    rows[struck] = rows[struck].replace("甲", '"甲')
    outcome, _ = read(("[\n" + ",\n".join(rows) + "\n]").encode())
    assert [(finding.code, finding.row) for finding in outcome.findings] == [("FIL-LINES", struck + 2)]
    assert outcome.rows == struck


def test_two_quotes_that_are_missing_never_join_two_objects_into_one(read):
    rows = [json.dumps(ROW, ensure_ascii=False).replace('公司"', "公司")] * 2
    outcome, _ = read(("[" + ",".join(rows) + "]").encode())
    assert codes(outcome) == ["FIL-LINES"]


def test_escapes_do_not_hide_the_end_of_a_text(read):
    odd = ['"', "\\", '\\"', "\\\\", '}],{"', "\n\t"]
    _, table = read(json.dumps([ROW | {"bz": bz} for bz in odd]).encode())
    assert table["bz"].to_list() == odd


def test_an_object_beyond_the_limit_is_refused(read, monkeypatch):
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", 1 << 14)
    monkeypatch.setattr("hub.stages.formats.json_text.LONGEST", 1 << 16)
    monkeypatch.setattr("hub.stages.formats.json_envelope.LONGEST", 1 << 10)
    outcome, _ = read(text(ROW, ROW | {"bz": "x" * (1 << 17)}))
    assert codes(outcome) == ["FIL-TOOBIG"]


def test_a_bad_byte_is_named_by_line(read):
    outcome, _ = read(text(ROW, ROW).replace("盱".encode(), b"\xe7\x9b", 1))
    assert [(finding.code, finding.row) for finding in outcome.findings] == [("FIL-ENCODING", 2)]


TEXT = st.text('"\\{}[],:\n甲x', max_size=6)
VALUES = TEXT | st.lists(TEXT, max_size=2) | st.dictionaries(TEXT, TEXT, max_size=2)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.dictionaries(TEXT, VALUES, max_size=3), max_size=4),
    indent=st.none() | st.just(1),
    ascii=st.booleans(),
)
def test_brackets_of_a_text_are_told_from_those_of_a_list(rows, indent, ascii):
    content = json.dumps(rows, indent=indent, ensure_ascii=ascii).encode("utf-8", "surrogatepass")[1:]
    found = scan(content)
    ends = found.brackets[found.depth == 0] + 1
    starts = [0, *ends[:-1].tolist()]
    parts = [content[start:end].lstrip(b", \n") for start, end in zip(starts, ends.tolist(), strict=False)]
    assert [json.loads(part) for part in parts] == rows
    assert (found.open, found.broken, found.depth[-1]) == (False, None, -1)


@pytest.mark.parametrize("size", [97, 1000])
def test_rows_stay_right_across_many_chunks(read, monkeypatch, size):
    rows = [{"xk_xdr_mc": f"公司{n}", "xk_xdr_shxym": str(n), "bz": '甲"\\{[' * (n % 5)} for n in range(300)]
    whole = read(text(*rows))[1]
    by_line = read(lines(*rows))[1]
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", size)
    for encoding in ("utf-8", "gb18030"):
        for content, expected in ((text(*rows), whole), (lines(*rows), by_line)):
            assert read(content.decode().encode(encoding))[1].equals(expected)
    assert whole["bz"].to_list() == [row["bz"] or None for row in rows]


def test_json_lines_count_every_physical_line(read):
    content = lines(ROW) + b"\n" + b'{"xk_xdr_mc": "x\n' + b"[1]\n" + lines(ROW).rstrip()
    outcome, table = read(content)
    assert (outcome.rows, outcome.format, outcome.header_row) == (5, "jsonl", 0)
    assert table["row"].to_list() == [1, 2, 3, 4, 5]
    assert table["row__mark"].to_list() == [None, None, "ROW-BROKEN", "ROW-BROKEN", None]
    assert table["xk_xdr_mc"].is_null().to_list() == [False, True, True, True, False]


def test_json_lines_of_which_none_can_be_read_are_refused(read, contract_with):
    under = contract_with(Intake("market", ("*",), "jsonl"))
    outcome, _ = read(b'{"a": 1\n{"b": 2\n', under)
    assert (codes(outcome), outcome.rows) == (["FIL-FORMAT"], 2)
