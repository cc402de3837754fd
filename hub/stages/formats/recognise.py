"""Which format a file has, told by its content: names and declarations of senders are often wrong."""

from __future__ import annotations

import mmap
import zipfile
from pathlib import Path

from hub.contract.model import Format
from hub.findings import Finding
from hub.stages.formats.outcome import Refused

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # MS-CFB: old .xls, or the wrapping of an encrypted .xlsx
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # MS-OFFCRYPTO: the stream that holds the real workbook
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OTHERS = (
    (b"%PDF", "PDF 文档"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"BM", "图片"),
    (b"II*\x00", "图片"),
    (b"MM\x00*", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"{\\rtf", "RTF 文档"),
    (b"SQLite format 3", "数据库文件"),
)
_MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<table", b"<meta", b"<head")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 1 << 16


def recognise(source: Path) -> Format:
    """Say how ``source`` is to be read; ``Refused`` with FIL-EMPTY, -FORMAT, -PASSWORD, -PARTIAL or -ENCODING."""
    with source.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise Refused(Finding("FIL-EMPTY"))
    if head.startswith(_OLE):
        raise Refused(_of_compound_file(source))
    if head.startswith(_ZIP):
        _look_into_zip(source)
        return "xlsx"
    if head.startswith(_UTF16):
        raise Refused(Finding("FIL-ENCODING", row=1, detail="文件是 UTF-16 编码（Excel 的“Unicode 文本”）。"))
    _refuse_other_formats(head)
    return "csv"


def _of_compound_file(source: Path) -> Finding:
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(_ENCRYPTED) >= 0:
            return Finding("FIL-PASSWORD")
    return Finding("FIL-FORMAT", detail="收到的是旧版 .xls 或其他 Office 文件。")


def _look_into_zip(source: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError):
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿的压缩目录缺失或损坏。")) from None
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Refused(Finding("FIL-PASSWORD"))
    if "xl/workbook.bin" in names:
        raise Refused(Finding("FIL-FORMAT", detail="收到的是 .xlsb 工作簿。"))
    if "xl/workbook.xml" not in names:
        raise Refused(Finding("FIL-FORMAT", detail="收到的是压缩包，里面不是 Excel 工作簿。"))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused(Finding("FIL-FORMAT", detail="工作簿带有宏。"))
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise Refused(Finding("FIL-FORMAT", detail="工作簿里有不安全的路径。"))


def _refuse_other_formats(head: bytes) -> None:
    for magic, what in _OTHERS:
        # "BM" may begin a header of Latin letters: only with binary bytes behind it is it a picture
        if head.startswith(magic) and (magic != b"BM" or b"\x00" in head[:64]):
            raise Refused(Finding("FIL-FORMAT", detail=f"收到的是{what}。"))
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if start.startswith(_MARKUP):
        raise Refused(Finding("FIL-FORMAT", detail="收到的是网页或 XML，只是扩展名像表格。"))
    # A NUL in a cell is the kernels' business, but no header has one: then the bytes are not text at all.
    lines = head.splitlines()
    if lines and b"\x00" in lines[0]:
        raise Refused(Finding("FIL-FORMAT", detail="内容是二进制，不是文本。"))
