"""Reading a ZIP: exactly one file, unpacked by stream and never by its name."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest
import xlsxwriter

CSV = "行政相对人名称,统一社会信用代码,备注\n盱眙甲有限公司,91320830000000019L,\n".encode()
JSON = '[{"行政相对人名称": "盱眙甲有限公司", "统一社会信用代码": "91320830000000019L"}]'.encode()


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return memory.getvalue()


def workbook() -> bytes:
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(CSV.decode().splitlines()):
            sheet.write_row(number, 0, line.split(","))
    return memory.getvalue()


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


@pytest.mark.parametrize(
    ("name", "content", "format"), [("a.csv", CSV, "csv"), ("甲.txt", JSON, "json"), ("a.xlsx", workbook(), "xlsx")]
)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_the_one_file_is_read_as_if_it_had_come_alone(read, name, content, format, method):
    alone, expected = read(content)
    outcome, table = read(zipped((name, content), method=method))
    assert outcome == alone and outcome.format == format
    assert table.equals(expected)


def test_folders_and_what_systems_leave_beside_files_do_not_count(read):
    beside = ["data/", "data/.DS_Store", "__MACOSX/data/._a.csv", "data/._a.csv", "Thumbs.db", "data/desktop.ini"]
    outcome, _ = read(zipped(*((name, b"") for name in beside), ("data/a.csv", CSV)))
    assert (outcome.rows, codes(outcome)) == (1, [])


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([], "没有文件"),
        ([("a/", b"")], "没有文件"),
        ([("a.csv", CSV), ("b.csv", CSV)], "2个文件"),
        ([("a.csv", CSV), ("b.txt", b"")], "2个文件"),
        ([("a.zip", zipped(("a.csv", CSV)))], "还是压缩包"),
        ([("../a.csv", CSV)], "路径"),
        ([("x/../../a.csv", CSV)], "路径"),
        ([("/a.csv", CSV)], "路径"),
        ([("..\\a.csv", CSV)], "路径"),
        ([("C:\\a.csv", CSV)], "路径"),
        ([(f"{number}.csv", b"") for number in range(3000)], "3000个文件"),
    ],
    ids=range(11),
)
def test_anything_but_one_plain_file_is_refused_with_the_reason(read, entries, said):
    outcome, _ = read(zipped(*entries))
    assert codes(outcome) == ["FIL-ARCHIVE"]
    assert said in outcome.findings[0].detail


def test_a_link_is_refused(read):
    entry = zipfile.ZipInfo("a.csv")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    assert codes(read(zipped((entry, b"/etc/passwd")))[0]) == ["FIL-ARCHIVE"]


def test_a_list_of_entries_that_would_fill_the_memory_is_refused_unread(read):
    content = bytearray(zipped(("a.csv", CSV)))
    content[-10:-6] = struct.pack("<I", 9 << 20)
    assert codes(read(bytes(content))[0]) == ["FIL-ARCHIVE"]


def test_an_encrypted_entry_is_refused_as_such(read):
    content = bytearray(zipped(("a.csv", CSV)))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    assert codes(read(bytes(content))[0]) == ["FIL-PASSWORD"]


@pytest.mark.parametrize("method", [9, 98, 99])
def test_a_method_that_nobody_unpacks_here_is_refused(read, method):
    content = bytearray(zipped(("a.csv", CSV)))
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(mark) + place] = method
    assert codes(read(bytes(content))[0]) == ["FIL-ARCHIVE"]


def test_a_bomb_is_refused_by_what_really_comes_out_of_it(read, monkeypatch):
    content = zipped(("a.csv", CSV + b"\n" * (8 << 20)))
    lying = content.replace(struct.pack("<I", len(CSV) + (8 << 20)), struct.pack("<I", 99))
    assert codes(read(content)[0]) == ["FIL-TOOBIG"]
    assert codes(read(lying)[0]) in (["FIL-TOOBIG"], ["FIL-PARTIAL"])
    monkeypatch.setattr("hub.stages.formats.archive.MOST_UNPACKED", 10)
    assert codes(read(zipped(("a.csv", CSV)))[0]) == ["FIL-TOOBIG"]


def test_damage_is_told(read):
    content = zipped(("a.csv", CSV * 100))
    assert codes(read(content[:-30])[0]) == ["FIL-PARTIAL"]
    flipped = bytearray(content)
    flipped[60] ^= 0xFF
    assert codes(read(bytes(flipped))[0]) == ["FIL-PARTIAL"]


def test_what_is_refused_inside_is_refused_for_its_own_reason(read):
    assert codes(read(zipped(("a.csv", b"%PDF-1.7")))[0]) == ["FIL-FORMAT"]
    assert codes(read(zipped(("a.gz", b"\x1f\x8b\x08")))[0]) == ["FIL-FORMAT"]
    assert codes(read(zipped(("a.csv", b"")))[0]) == ["FIL-EMPTY"]
