"""Files that must be refused as a whole, and what the refusal says."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from hub.contract.model import Intake
from hub.errors import FixConfiguration

HEADER = "行政相对人名称,统一社会信用代码,许可决定日期,金额,备注"


def refusal(read, content, *args):
    outcome, table = read(content, *args)
    assert table is None
    return outcome, next(finding for finding in outcome.findings)


@pytest.mark.parametrize(
    "content", [b"", b"\xef\xbb\xbf", b"\n", HEADER.encode(), HEADER.encode() + b"\r\n"], ids=range(5)
)
def test_a_file_without_data_is_refused_as_empty(read, content):
    outcome, finding = refusal(read, content)
    assert (finding.code, outcome.rows) == ("FIL-EMPTY", 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7\n...", "FIL-FORMAT"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "FIL-FORMAT"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "FIL-FORMAT"),
        (b"\xef\xbb\xbf<html><table><tr><td>1</td></tr></table>", "FIL-FORMAT"),
        (b"a\x00,\x00b\x00\n\x00", "FIL-FORMAT"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "FIL-FORMAT"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 99, "FIL-PASSWORD"),
        (b"PK\x03\x04 and nothing of a directory", "FIL-PARTIAL"),
        ((HEADER + "\n甲,乙,,,\n").encode("utf-16"), "FIL-ENCODING"),
        ((HEADER + "\n甲,乙,,,\n").encode("utf-16-le"), "FIL-ENCODING"),
        ((HEADER + ",列" * 19_995 + "\n甲,乙,,,\n").encode(), "FIL-TOOBIG"),
        ((HEADER + "\n" + ("甲," * 20_000 + "\n") * 3).encode(), "HDR-SHIFT"),
    ],
)
def test_what_is_not_text_or_a_workbook_is_refused_by_its_content(read, content, code):
    assert refusal(read, content)[1].code == code


def test_a_package_of_an_office_program_that_is_no_workbook_is_refused(read):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("word/document.xml", "x")
    assert refusal(read, memory.getvalue())[1].code == "FIL-FORMAT"


def test_a_bad_byte_is_named_by_line_and_offset(read):
    good = (HEADER + "\n甲,乙,,,\n").encode()
    content = good + b"\xe7\x94,x,,,\n" + "丙,丁,,,\n".encode()
    outcome, finding = refusal(read, content)
    assert (finding.code, finding.row, outcome.rows) == ("FIL-ENCODING", 3, 3)
    assert f"第{len(good)}字节" in finding.detail


def test_a_bad_byte_in_gb18030_is_named_by_line_and_offset(read):
    good = (HEADER + "\n甲,乙,,,\n").encode("gb18030")
    outcome, finding = refusal(read, good + b"\xff,x,,,\n")
    assert (finding.code, finding.row, outcome.rows) == ("FIL-ENCODING", 3, 2)
    assert f"第{len(good)}字节" in finding.detail and "GB18030" in finding.detail


def test_a_character_that_lost_its_second_byte_is_named_by_line(read):
    content = (HEADER + "\n甲,乙,,,\n甲,乙丙,,,丁\n").encode("gb18030")
    for lost in (
        content.rfind("甲".encode("gb18030")) + 1,
        content.rfind("丙".encode("gb18030")) + 1,
        len(content) - 2,
    ):
        _, finding = refusal(read, content[:lost] + content[lost + 1 :])
        assert (finding.code, finding.row) == ("FIL-ENCODING", 3)


def test_a_mixed_file_is_not_read_as_nonsense(read):
    content = (HEADER + "\n" + "盱眙,乙,,,\n" * 2000).encode() + "盱眙,乙,,,\n".encode("gb18030")
    outcome, finding = refusal(read, content)
    assert (finding.code, finding.row, outcome.rows) == ("FIL-ENCODING", 2002, 2001)


def test_a_file_with_a_byte_order_mark_is_read_as_utf8_or_not_at_all(read):
    content = b"\xef\xbb\xbf" + (HEADER + "\n甲,乙,,,\n").encode("gb18030")
    assert refusal(read, content)[1].code == "FIL-ENCODING"


def test_a_declared_encoding_wins_strictly(read, contract_with):
    content = (HEADER + "\n甲,乙,,,\n").encode("gb18030")
    assert read(content, contract_with(Intake("market", ("*",), encoding="GBK")))[0].rows == 1
    assert refusal(read, content, contract_with(Intake("market", ("*",), encoding="utf-8")))[1].code == "FIL-ENCODING"


def test_a_declared_encoding_that_the_byte_order_mark_denies_refuses_the_file(read, contract_with):
    content = (HEADER + "\n甲,乙,,,\n").encode("utf-8-sig")
    assert refusal(read, content, contract_with(Intake("market", ("*",), encoding="gb18030")))[1].code == "FIL-ENCODING"


def test_an_encoding_that_does_not_exist_is_a_mistake_in_the_contract(read, contract_with):
    with pytest.raises(FixConfiguration):
        read(b"a,b\n1,2\n", contract_with(Intake("market", ("*",), encoding="gb99999")))


def test_a_stray_quote_refuses_the_file_and_names_the_line(read):
    rows = ["甲,乙,,,丙"] * 1000
    rows[611] = '甲,"乙,,,丙'
    outcome, finding = refusal(read, "\n".join([HEADER, *rows]).encode())
    assert (finding.code, finding.row, outcome.rows) == ("FIL-LINES", 613, 1000)


def test_a_quote_that_closes_hundreds_of_lines_later_refuses_the_file(read):
    rows = ["甲,乙,,,丙"] * 1000
    rows[10], rows[500] = '甲,乙,,,"丙', '甲",乙,,,丙'
    outcome, finding = refusal(read, "\r\n".join([HEADER, *rows]).encode("gb18030"))
    assert (finding.code, finding.row, outcome.rows) == ("FIL-LINES", 12, 1000)


def test_a_quote_left_open_on_the_very_last_line_refuses_the_file(read):
    outcome, finding = refusal(read, f'{HEADER}\n甲,乙,,,丙\n甲,乙,,,"丙'.encode())
    assert (finding.code, finding.row, outcome.rows) == ("FIL-LINES", 3, 2)


def test_a_line_break_inside_a_cell_refuses_the_file_and_names_the_line(read):
    outcome, finding = refusal(read, f'{HEADER}\n甲,乙,,,丙\n甲,乙,,,"丙\n丁"\n甲,乙,,,丙\n'.encode())
    assert (finding.code, finding.row, outcome.rows) == ("FIL-LINES", 3, 4)


def test_an_open_quote_in_the_header_refuses_the_file(read):
    outcome, finding = refusal(read, f'"{HEADER}\n甲,乙,,,丙\n'.encode())
    assert (finding.code, finding.row, outcome.rows) == ("FIL-LINES", 1, 1)


@pytest.mark.parametrize("seed", range(300))
def test_one_stray_quote_anywhere_never_swallows_a_row(read, seed, monkeypatch):
    draw = random.Random(seed)
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", draw.choice([4 << 20, 30_000]))
    end, delimiter = draw.choice(["\n", "\r\n", "\r"]), draw.choice([",", "\t", "|"])
    plain = [[draw.choice(["甲", "公司", '5"管', "a b", ""]) + str(n), "代码", "", "1", "完"] for n in range(2000)]
    quoting = draw.random() * draw.choice([0, 1])
    rows = [
        delimiter.join(f'"{cell}{delimiter}"' if draw.random() < quoting and '"' not in cell else cell for cell in row)
        for row in plain
    ]
    struck = draw.randrange(2000)
    at = draw.randrange(len(rows[struck]) + 1)
    sound = read(_joined(rows, end, delimiter, draw))[1]
    broken = rows.copy()
    broken[struck] = rows[struck][:at] + '"' + rows[struck][at:]
    outcome, table = read(_joined(broken, end, delimiter, draw))
    assert outcome.rows == 2000
    if table is None:
        assert [(finding.code, finding.row) for finding in outcome.findings] == [("FIL-LINES", struck + 2)]
    else:
        others = table["record"] != struck + 1
        assert table.filter(others).equals(sound.filter(others))
        assert table["row"].to_list() == list(range(2, 2002))


def _joined(rows: list[str], end: str, delimiter: str, draw: random.Random) -> bytes:
    return (end.join([HEADER.replace(",", delimiter), *rows]) + draw.choice(["", end])).encode(
        draw.choice(["utf-8", "gb18030"])
    )


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_line_of_more_than_sixteen_megabytes_is_refused_and_named(read, place):
    rows = [HEADER, "甲,乙,,,", "甲,乙,,,", "甲,乙,,,"]
    rows[place] = "a" * (17 << 20)
    outcome, finding = refusal(read, "\n".join(rows).encode())
    assert (finding.code, finding.row, outcome.rows) == ("FIL-TOOBIG", place + 1, 3)
