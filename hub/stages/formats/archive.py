"""A ZIP archive with exactly one file in it: the file is unpacked and read as if it had come alone.

Nothing is unpacked by its name, and the sizes that the archive declares are not believed.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.findings import Finding
from hub.stages.formats.outcome import Refused

ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
MOST_UNPACKED = 4 << 30  # bytes
MOST_RATIO = 100  # unpacked to packed
RATIO_FROM = 1 << 20  # bytes unpacked below which no ratio can hurt
_CHUNK = 1 << 20
_LONGEST_DIRECTORY = 8 << 20  # bytes of the list of entries, which is read whole
_TRAILER = 22 + (1 << 16)  # bytes in which the end of the directory stands
# Parts by which a package of an office program is known; those are files, not archives.
_PACKAGE = ("[content_types].xml", "mimetype", "meta-inf/manifest.xml")
# Folders, and what operating systems put beside the files.
_BYSTANDERS = re.compile(r"(?:.*/)?(?:__macosx/.*|\.ds_store|\._[^/]*|thumbs\.db|desktop\.ini)|.*/", re.DOTALL)
_DRIVE = re.compile(r"[A-Za-z]:")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


@contextmanager
def alone(source: Path, target: Path) -> Iterator[Path]:
    """The file to be read: ``source`` itself, or what is packed in it, which lies beside ``target`` meanwhile.

    ``Refused``: FIL-ARCHIVE, FIL-PASSWORD, FIL-TOOBIG, FIL-PARTIAL.
    """
    if not is_archive(source):
        yield source
        return
    unpacked = target.with_name(f".{target.name}.{os.getpid()}.unpacked.part")
    try:
        _unpack(source, unpacked)
        if is_archive(unpacked):
            raise _refused("压缩包里还是压缩包。")
        yield unpacked
    finally:
        unpacked.unlink(missing_ok=True)


def is_archive(source: Path) -> bool:
    """Whether ``source`` is a ZIP that can be listed, and no workbook or other package of an office program."""
    with source.open("rb") as file:
        if file.read(4) not in ZIP:
            return False
    if _directory_bytes(source) > _LONGEST_DIRECTORY:
        raise _refused("压缩包里的文件太多。")
    try:
        with zipfile.ZipFile(source) as archive:
            names = {name.lower() for name in archive.namelist()}
    except _DAMAGE:
        return False  # damaged; what it should have been is not told by it
    return not names.intersection(_PACKAGE) and not any(name.startswith("xl/") for name in names)


def _directory_bytes(source: Path) -> int:
    """Size of the list of entries, as its end record says; 0 where there is none (then the archive is damaged)."""
    size = source.stat().st_size
    with source.open("rb") as file:
        file.seek(max(size - _TRAILER, 0))
        trailer = file.read()
    at = trailer.rfind(b"PK\x05\x06")
    large = trailer.rfind(b"PK\x06\x06")  # the record of ZIP64, which stands before it
    if large >= 0:
        return int.from_bytes(trailer[large + 40 : large + 48], "little")
    return int.from_bytes(trailer[at + 12 : at + 16], "little") if at >= 0 else 0


def _unpack(source: Path, unpacked: Path) -> None:
    most = max(RATIO_FROM, MOST_RATIO * source.stat().st_size)
    written = 0
    with unpacked.open("wb") as file:
        for piece in _pieces(source):
            written += len(piece)
            if written > MOST_UNPACKED:
                raise Refused(Finding("FIL-TOOBIG", detail=f"解开后超过 {MOST_UNPACKED >> 30} GB。"))
            if written > most:
                detail = f"解开后是原来的 {MOST_RATIO} 倍以上，不像正常的数据。"
                raise Refused(Finding("FIL-TOOBIG", detail=detail))
            file.write(piece)


def _pieces(source: Path) -> Iterator[bytes]:
    """The content of the one entry, by stream; its end checks the CRC."""
    try:
        with zipfile.ZipFile(source) as archive, archive.open(_only(archive.infolist())) as packed:
            while piece := packed.read(_CHUNK):
                yield piece
    except NotImplementedError:
        raise _refused("压缩方式不支持。") from None
    except _DAMAGE:
        raise Refused(Finding("FIL-PARTIAL", detail="压缩包的内容损坏。")) from None


def _only(entries: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    """The one file among the entries."""
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/") or "\0" in name:
            raise _refused("压缩包里有不安全的路径。")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise _refused("压缩包里有链接，不是真正的文件。")
    files = [entry for entry in entries if not _BYSTANDERS.fullmatch(entry.filename.replace("\\", "/").lower())]
    if len(files) != 1:
        raise _refused(f"压缩包里有{len(files)}个文件。" if files else "压缩包里没有文件。")
    if files[0].flag_bits & 0x41:  # encrypted; strongly encrypted
        raise Refused(Finding("FIL-PASSWORD"))
    return files[0]


def _refused(detail: str) -> Refused:
    return Refused(Finding("FIL-ARCHIVE", detail=detail))
