"""Archives and workbooks that are made to hurt: bombs, foreign paths, passwords, macros, entities, damage."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
import zlib
from collections.abc import Sequence

from corpus.case import Case
from corpus.sheets import GOOD, ROWS, SECRETS, in_sheet, rewritten, sheet
from corpus.shops import csv

CSV = csv(ROWS)
BOOK = sheet(ROWS)
PLAIN = "店铺.csv"
Entry = tuple[str | zipfile.ZipInfo, bytes]


def zipped(entries: Sequence[Entry], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive with these entries, in order; a name may stand twice."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", method) as archive:
        warnings.simplefilter("ignore")  # of names that stand twice
        for name, content in entries:
            archive.writestr(name, content)
    return stream.getvalue()


def zeros(size: int) -> bytes:
    """Deflated zeros that unpack to ``size`` bytes, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = bytes(1 << 20)
    return b"".join(packer.compress(piece) for _ in range(size >> 20)) + packer.flush()


def stored_bomb(name: str, size: int) -> bytes:
    """An archive of one entry that unpacks to ``size`` zeros, about a thousandth of that in the file."""
    packed, crc, piece = zeros(size), 0, bytes(1 << 20)
    for _ in range(size >> 20):
        crc = zlib.crc32(piece, crc)
    raw = name.encode()
    facts = struct.pack("<HHHHHIIIHH", 20, 0x800, 8, 0, 0x21, crc, len(packed), size, len(raw), 0)
    local = b"PK\x03\x04" + facts + raw + packed
    central = b"PK\x01\x02\x14\x00" + facts + struct.pack("<HHHII", 0, 0, 0, 0, 0) + raw
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def twice(book: bytes) -> bytes:
    """A workbook whose sheet stands in it a second time, with one row only: readers differ in which one they take."""
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(io.BytesIO(sheet(ROWS[:1]))) as other:
        part = "xl/worksheets/sheet1.xml"
        return zipped([*((name, old.read(name)) for name in old.namelist()), (part, other.read(part))])


def nested(depth: int) -> bytes:
    """A table within archives within archives."""
    content, name = CSV, PLAIN
    for level in range(depth):
        content, name = zipped([(name, content)]), f"{level}.zip"
    return content


def _link() -> bytes:
    entry = zipfile.ZipInfo(PLAIN)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped([(entry, b"/etc/passwd")])


def _encrypted() -> bytes:
    """The flag that the entry is encrypted, in both headers, as every packer sets it."""
    content = bytearray(zipped([(PLAIN, CSV)]))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 0x1
    return bytes(content)


def _lying() -> bytes:
    """A bomb whose headers say that it is small."""
    content = stored_bomb("xl/media/image1.bin", 64 << 20)
    return content.replace(struct.pack("<I", 64 << 20), struct.pack("<I", 1000))


ENTITY = b'<!DOCTYPE x [<!ENTITY out SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]>"
)


def declared(part: str, kind: bytes, reference: bytes) -> bytes:
    """A good workbook of which one part declares entities and refers to one in the first text that it has."""

    def change(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        head, mark, rest = content.partition(b"?>\n")
        assert mark
        return head + mark + kind + rest.replace(b"<t>", b"<t>" + reference, 1)

    return rewritten(BOOK, change)


def _refused(name: str, content: bytes, code: str) -> Case:
    return Case(name, content, "REJECTED", None, (code,), secrets=SECRETS)


CORNER = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
UNSAFE = "FIL-ARCHIVE|FIL-FORMAT"
SAME = lambda _, part: part  # noqa: E731

CASES = (
    Case("压缩_一个表.zip", zipped([(PLAIN, CSV)]), "ACCEPTED", GOOD, secrets=SECRETS),
    _refused("压缩_炸弹.zip", stored_bomb(PLAIN, 256 << 20), "FIL-TOOBIG"),
    _refused("压缩_套两层.zip", nested(2), UNSAFE),
    _refused("压缩_套很多层.zip", nested(20), UNSAFE),
    _refused("压缩_两万个.zip", zipped([(f"{n}.csv", b"") for n in range(20_000)]), "FIL-TOOBIG|FIL-ARCHIVE"),
    _refused("压缩_上级目录.zip", zipped([("../../etc/cron.d/店铺.csv", CSV)]), UNSAFE),
    _refused("压缩_反斜线.zip", zipped([("..\\..\\店铺.csv", CSV)]), UNSAFE),
    _refused("压缩_绝对路径.zip", zipped([("/etc/店铺.csv", CSV)]), UNSAFE),
    _refused("压缩_链接.zip", _link(), UNSAFE),
    _refused("压缩_加密.zip", _encrypted(), "FIL-PASSWORD"),
    _refused("压缩_两个表.zip", zipped([("店铺1.csv", CSV), ("店铺2.csv", CSV)]), UNSAFE),
    _refused("压缩_同名两个.zip", zipped([(PLAIN, CSV), (PLAIN, csv(ROWS[:1]))]), UNSAFE),
    _refused("压缩_没有.zip", zipped([]), "FIL-ARCHIVE|FIL-EMPTY|FIL-FORMAT"),
    _refused("压缩_只有目录.zip", zipped([("店铺/", b"")]), "FIL-ARCHIVE|FIL-EMPTY|FIL-FORMAT"),
    _refused("压缩_截断.zip", zipped([(PLAIN, csv(ROWS * 50))])[:-200], "FIL-PARTIAL"),
    _refused("压缩_里面是程序.zip", zipped([("店铺.exe", b"MZ" + bytes(500))]), UNSAFE),
    _refused(
        "工作簿_炸弹.xlsx",
        rewritten(BOOK, in_sheet(b"</sheetData>", b" " * (64 << 20) + b"</sheetData>")),
        "FIL-TOOBIG",
    ),
    _refused("工作簿_谎报大小.xlsx", _lying(), "FIL-FORMAT|FIL-PARTIAL|FIL-TOOBIG"),
    _refused(
        "工作簿_部件太多.xlsx", rewritten(BOOK, SAME, [(f"xl/media/{n}", b"") for n in range(10_001)]), "FIL-TOOBIG"
    ),
    _refused("工作簿_同名部件.xlsx", twice(BOOK), "FIL-FORMAT|FIL-PARTIAL"),
    _refused("工作簿_最远的格.xlsx", rewritten(BOOK, in_sheet(b"</sheetData>", CORNER)), "FIL-TOOBIG"),
    _refused("工作簿_宏.xlsm", rewritten(BOOK, SAME, [("xl/vbaProject.bin", b"x")]), "FIL-FORMAT|FIL-MACRO"),
    _refused("工作簿_上级目录.xlsx", rewritten(BOOK, SAME, [("../../x", b"x")]), UNSAFE),
    _refused("工作簿_外部实体.xlsx", declared("xl/sharedStrings.xml", ENTITY, b"&out;"), "FIL-FORMAT|FIL-PARTIAL"),
    _refused("工作簿_实体爆炸.xlsx", declared("xl/sharedStrings.xml", LAUGHS, b"&a9;"), "FIL-FORMAT|FIL-PARTIAL"),
    _refused("工作簿_目录里的实体.xlsx", declared("xl/workbook.xml", LAUGHS, b""), "FIL-FORMAT|FIL-PARTIAL"),
    _refused("工作簿_表里的实体.xlsx", declared("xl/worksheets/sheet1.xml", ENTITY, b""), "FIL-FORMAT|FIL-PARTIAL"),
    _refused("工作簿_截断.xlsx", BOOK[: len(BOOK) // 2], "FIL-PARTIAL"),
    _refused("工作簿_少一个字节.xlsx", BOOK[:-1], "FIL-PARTIAL"),
    _refused(
        "工作簿_没有表.xlsx", rewritten(BOOK, lambda name, part: None if "worksheets" in name else part), "FIL-PARTIAL"
    ),
    _refused(
        "工作簿_文字编号越界.xlsx",
        rewritten(BOOK, in_sheet(rb'(<c r="A3" t="s"><v>)\d+', rb"\g<1>999999")),
        "FIL-PARTIAL|FIL-FORMAT",
    ),
)
