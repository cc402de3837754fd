"""A workbook of ours may have come back (回执工作簿交回): a short look, before anything is opened.

What it says is read in the confined process (``hub.stages.formats.returned_workbook``).
"""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path

from hub.receipts import meta as marks

NAME = "returned.parquet"  # the artefact, beside that of the stage that reads
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_DIRECTORY, _DIRECTORY_BYTES = "xl/workbook.xml", 1 << 20
_TAIL = 65_600  # bytes in which the end of a ZIP stands
_BROKEN = (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, zlib.error, ValueError)


def suspect(source: Path) -> bool:
    """Whether a file may be a workbook of ours, by a short look at a list of its sheets. No format, no promise."""
    if not _small_directory(source):
        return False
    try:
        with zipfile.ZipFile(source) as archive:
            if "mimetype" in archive.namelist():  # ODS: its sheets are listed nowhere
                with archive.open("mimetype") as kind:
                    return kind.read(100) == _ODS
            with archive.open(_DIRECTORY) as directory:
                return f'name="{marks.SHEET}"'.encode() in directory.read(_DIRECTORY_BYTES)
    except _BROKEN:
        return False


def _small_directory(source: Path) -> bool:
    """Whether it is a ZIP whose list of parts may be taken into memory here, outside the confined process."""
    with source.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return False
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22 or tail[max(0, end - 20) : end].startswith(b"PK\x06\x07"):  # none, or ZIP64
        return False
    return int.from_bytes(tail[end + 12 : end + 16], "little") <= _DIRECTORY_BYTES
