"""Which format a file has, told by its content: names and declarations of senders are often wrong."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from connectors.http_pages import MIMETYPE
from hub.contract.model import Format
from hub.findings import Finding
from hub.stages.formats import compound_file, dbf_header, ods, text_shape, xls
from hub.stages.formats.outcome import Refused

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
_PARQUET = b"PAR1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 1 << 16
_MACROS = re.compile(r".*vbaproject\.bin|xl/macrosheets/.*|(?:basic|scripts)/.*", re.IGNORECASE)


NAMES: Mapping[Format, str] = {
    "csv": "CSV 文本",
    "xlsx": "Excel 的 .xlsx 工作簿",
    "xls": "旧版 .xls 工作簿",
    "ods": "ODS 工作簿",
    "json": "JSON",
    "jsonl": "JSON Lines（一行一个对象）",
    "xml": "XML",
    "fixed": "定长文本",
    "dbf": "DBF 数据库文件",
    "extract": "数据库取数",
    "pages": "接口取数",
}


def recognise(source: Path, agreed: Format | None = None) -> Format:
    """Say how ``source`` is to be read; ``Refused`` with FIL-EMPTY, -FORMAT, -PASSWORD, -PARTIAL or -ENCODING.

    ``agreed`` is the format that the contract declares: content that is clearly another one is refused, not read.
    """
    found = _by_content(source, agreed)
    if agreed is None or found == agreed:
        return found
    if agreed == "fixed" and found == "csv":
        return "fixed"  # text is text: only the agreement tells where its columns stand
    raise Refused(Finding("FIL-FORMAT", detail=f"约定的格式是{NAMES[agreed]}，收到的是{NAMES[found]}。"))


def _by_content(source: Path, agreed: Format | None) -> Format:
    with source.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise Refused(Finding("FIL-EMPTY"))
    if head.startswith(_PARQUET):
        if agreed != "extract":  # only the hub itself writes one: no sender's is opened
            raise Refused(Finding("FIL-FORMAT", detail="收到的是 Parquet 文件。"))
        return "extract"
    if head.startswith(compound_file.MAGIC):
        xls.refuse_others(source)
        return "xls"
    if head.startswith(_ZIP):
        return _look_into_zip(source, agreed)
    if head.startswith(_UTF16):
        raise Refused(Finding("FIL-ENCODING", row=1, detail="文件是 UTF-16 编码（Excel 的“Unicode 文本”）。"))
    if dbf_header.is_dbf(head, source.stat().st_size):
        return "dbf"
    _refuse_other_formats(head)
    return text_shape.tell(head, agreed)


def _look_into_zip(source: Path, agreed: Format | None) -> Format:
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            mimetype = _mimetype(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, EOFError, OSError):
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿的压缩目录缺失或损坏。")) from None
    if mimetype == MIMETYPE and agreed == "pages":  # as with an extract
        return "pages"
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Refused(Finding("FIL-PASSWORD"))
    if "xl/workbook.bin" in names:
        raise Refused(Finding("FIL-FORMAT", detail="收到的是 .xlsb 工作簿。"))
    if mimetype != ods.MIMETYPE and "xl/workbook.xml" not in names:
        raise Refused(Finding("FIL-FORMAT", detail="收到的是压缩包，里面不是工作簿。"))
    if any(_MACROS.fullmatch(name) for name in names):
        raise Refused(Finding("FIL-MACRO"))
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise Refused(Finding("FIL-FORMAT", detail="工作簿里有不安全的路径。"))
    return "ods" if mimetype == ods.MIMETYPE else "xlsx"


def _mimetype(archive: zipfile.ZipFile) -> bytes:
    """The kind of an OpenDocument package, which stands in its first part."""
    if "mimetype" not in archive.namelist() or archive.getinfo("mimetype").flag_bits & 0x1:
        return b""
    with archive.open("mimetype") as file:
        return file.read(100).strip()


def _refuse_other_formats(head: bytes) -> None:
    for magic, what in _OTHERS:
        # "BM" may begin a header of Latin letters: only with binary bytes behind it is it a picture
        if head.startswith(magic) and (magic != b"BM" or b"\x00" in head[:64]):
            raise Refused(Finding("FIL-FORMAT", detail=f"收到的是{what}。"))
    # A NUL in a cell is the kernels' business, but no header has one: then the bytes are not text at all.
    lines = head.splitlines()
    if lines and b"\x00" in lines[0]:
        raise Refused(Finding("FIL-FORMAT", detail="内容是二进制，不是文本。"))
