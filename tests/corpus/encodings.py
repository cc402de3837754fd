"""The encodings of text files: those that departments use, and what damaged or foreign ones look like."""

from __future__ import annotations

from random import Random

from corpus.case import Case, all_rows
from corpus.shops import HEADER, csv, lines, secrets, shop, shops, text

ROWS = shops(6)
RARE = [shop(1, mc="𠀀㐂㙟商行"), *shops(3, 2)]  # four bytes each in GB18030
BARE = text(lines(ROWS)).encode("gb18030")


def _healthy(name: str, content: bytes, count: int = 6) -> Case:
    return Case(name, content, "ACCEPTED", all_rows("accepted", count), secrets=secrets(ROWS))


def _refused(
    name: str, content: bytes, row: int | None = None, code: str = "FIL-ENCODING", rows: int | None = 6
) -> Case:
    fates = None if rows is None else all_rows("rejected", rows)
    return Case(name, content, "REJECTED", fates, (code,), {} if row is None else {code: (row,)}, secrets=secrets(ROWS))


def _broken(content: bytes, line: int, old: bytes, new: bytes) -> bytes:
    """``content`` with the first ``old`` on a line (from 1) replaced."""
    parts = content.split(b"\r\n")
    assert old in parts[line - 1]
    parts[line - 1] = parts[line - 1].replace(old, new, 1)
    return b"\r\n".join(parts)


def _lost_byte(delimiter: str) -> bytes:
    """GB18030 in which the name on line 4 has lost its very last byte, just before the delimiter."""
    content = csv(ROWS, "gb18030", delimiter=delimiter)
    end = "有限公司".encode("gb18030") + delimiter.encode()
    return _broken(content, 4, end, end[:-2] + delimiter.encode())


def _latin() -> bytes:
    rows = [shop(1, mc="Café", bz="é"), shop(2, mc="Zürich")]
    made = lines(rows, ("mc", "dm", "wsh", "sfzh", "rq", "je", "zt", "bz"))
    return text(made).replace("演市监〔2026〕", "").replace("号", "").encode("latin-1")


def _noise() -> bytes:
    """High bytes of which no text is made, behind a good header."""
    return ",".join(HEADER).encode() + b"\r\n" + bytes(Random(7).choices(range(0x80, 0x100), k=4000)) + b"\r\n"


CASES = (
    _healthy("编码_utf8.csv", csv(ROWS)),
    _healthy("编码_utf8_bom.csv", csv(ROWS, "utf-8-sig")),
    _healthy("编码_gb18030.csv", csv(ROWS, "gb18030")),
    _healthy("编码_gbk.csv", csv(ROWS, "gbk")),
    Case("编码_四字节.csv", csv(RARE, "gb18030"), "ACCEPTED", all_rows("accepted", 4), secrets=secrets(RARE)),
    _refused("编码_utf16le.csv", b"\xff\xfe" + text(lines(ROWS)).encode("utf-16-le"), rows=None),
    _refused("编码_utf16be.csv", b"\xfe\xff" + text(lines(ROWS)).encode("utf-16-be"), rows=None),
    _refused("编码_utf16无标记.csv", text(lines(ROWS)).encode("utf-16-le"), code="FIL-ENCODING|FIL-FORMAT", rows=None),
    _refused("编码_utf32.csv", text(lines(ROWS)).encode("utf-32"), code="FIL-ENCODING|FIL-FORMAT", rows=None),
    _refused("编码_latin1.csv", _latin(), 2, rows=2),
    _refused("编码_杂讯.csv", _noise(), 2, rows=1),
    _refused("编码_一个坏字节.csv", _broken(csv(ROWS), 4, b"2026-11", b"2026\xff11"), 4),
    _refused("编码_半个汉字.csv", _broken(csv(ROWS), 7, "有限公司,".encode(), "有限公司".encode()[:-1] + b","), 7),
    _refused("编码_混合.csv", csv(ROWS[:3]) + text(lines(ROWS[3:])[1:]).encode("gb18030"), 5),
    _refused("编码_bom后是gbk.csv", b"\xef\xbb\xbf" + BARE, 1),
    _refused("编码_丢字节.csv", _lost_byte(","), 4),
    _refused("编码_丢字节_tab.csv", _lost_byte("\t"), 4),
    Case(  # 0x7C can be the second byte of a character: the delimiter is swallowed, and the row has a cell too few
        "编码_丢字节_竖线.csv",
        _lost_byte("|"),
        "PARTIAL",
        all_rows("accepted", 6) | {4: "rejected"},
        ("ROW-RAGGED",),
        {"ROW-RAGGED": (4,)},
        secrets=secrets(ROWS),
    ),
    Case(  # 84 31 A4 37 is U+FFFD, decoded strictly: what stood there is lost already
        "编码_替换符.csv",
        _broken(csv(ROWS, "gb18030"), 5, "演示".encode("gb18030"), bytes.fromhex("8431A437")),
        "PARTIAL",
        all_rows("accepted", 6) | {5: "rejected"},
        ("TXT-REPLACEMENT",),
        {"TXT-REPLACEMENT": (5,)},
        secrets=secrets(ROWS),
    ),
)
