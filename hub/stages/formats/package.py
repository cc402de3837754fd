"""The ZIP package in which an .xlsx or .ods comes, unpacked by stream: bombs, damage and entities are met here.

Sizes that the package declares are not believed.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.findings import Finding
from hub.stages.formats.outcome import Refused
from hub.stages.formats.sheet_facts import Facts

MOST_UNPACKED = 1 << 30  # bytes, all entries together
MOST_RATIO = 100  # unpacked to packed, whole file
RATIO_FROM = 1 << 20  # bytes unpacked below which no ratio can hurt
MOST_ENTRIES = 10_000
MOST_COLUMNS = 256
MOST_CELLS = 30_000_000  # rows x columns of one sheet
_CHUNK = 1 << 20  # small enough for the caches of a processor
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others are read by some programs only
_XML = (".xml", ".rels", ".vml", ".rdf")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_DECLARATION = re.compile(rb"<!(?!--|\[CDATA\[)|<\x00!\x00(?!-)|\x00<\x00!\x00(?!-)")
_OVERLAP = 24  # bytes in which a declaration that begins in one piece is told in the next


class Package:
    """An open package. ``names``: of its parts, in lower case with forward strokes, as readers look them up."""

    def __init__(self, archive: zipfile.ZipFile, packed: int) -> None:
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise too_big(f"工作簿里有{len(entries)}个部件。")
        self._entries = {entry.filename.lower().replace("\\", "/"): entry for entry in entries}
        self.names = self._entries.keys()
        if len(self.names) < len(entries):  # which of two parts of one name counts, readers do not agree upon
            raise Refused(Finding("FIL-FORMAT", detail="工作簿里有重名的部件。"))
        if any(entry.compress_type not in _METHODS for entry in entries):
            raise NotImplementedError
        self._archive, self._packed, self._unpacked = archive, packed, 0

    def pieces(self, name: str, looked_into: bool = False) -> Iterator[bytes]:
        """The unpacked bytes of the part ``name``; ``Refused`` beyond the limits or when it declares entities.

        ``looked_into``: the caller looks for declarations itself.
        """
        with self._archive.open(self._entries[name]) as file:
            before = b""
            while piece := file.read(_CHUNK):
                self._spend(len(piece))
                if name.endswith(_XML) and not looked_into:
                    _refuse_declarations(before + piece if before else piece)
                    before = piece[-_OVERLAP:]
                yield piece

    def text(self, name: str) -> bytes:
        """One small part whole. ``Refused`` with FIL-PARTIAL when it is not there."""
        if name not in self.names:
            raise Refused(Finding("FIL-PARTIAL", detail="工作簿缺少目录部件。"))
        return b"".join(self.pieces(name))

    def drain(self, name: str) -> None:
        """Unpack a part for nothing but its check sum and size."""
        deque(self.pieces(name), maxlen=0)

    def _spend(self, size: int) -> None:
        self._unpacked += size
        if self._unpacked > MOST_UNPACKED:
            raise too_big(f"工作簿解开后超过 {MOST_UNPACKED >> 20} MB。")
        if self._unpacked > max(RATIO_FROM, MOST_RATIO * self._packed):
            raise too_big(f"工作簿解开后是原来的 {MOST_RATIO} 倍以上，不像正常的表格。")


@contextmanager
def opened(source: Path) -> Iterator[Package]:
    """Open a package; whatever is damaged in it is ``Refused`` with FIL-PARTIAL."""
    try:
        with zipfile.ZipFile(source) as archive:
            yield Package(archive, source.stat().st_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿的内容损坏。")) from None


def _refuse_declarations(text: bytes) -> None:
    """No spreadsheet program writes a document type; entities that read files or swell hide there."""
    if (b"<!" in text or text[:2] in _WIDE or b"\x00" in text[:64]) and _DECLARATION.search(text):
        raise Refused(Finding("FIL-FORMAT", detail="工作簿的内部结构不正常。"))


def too_big(detail: str) -> Refused:
    """FIL-TOOBIG with its reason."""
    return Refused(Finding("FIL-TOOBIG", detail=detail))


def refuse_extent(rows: int, columns: int) -> None:
    """``Refused`` with FIL-TOOBIG where a sheet laid out as a rectangle would take the memory."""
    if columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        raise too_big(f"工作表有{rows}行、{columns}列。")


def refuse_all(sheets: Iterable[Facts]) -> None:
    """The same for sheets that are laid out together."""
    cells = 0
    for facts in sheets:
        refuse_extent(facts.rows, facts.columns)
        cells += facts.rows * facts.columns
        if cells > MOST_CELLS:
            raise too_big(f"工作簿里的表合起来超过{MOST_CELLS // 10_000}万格。")
