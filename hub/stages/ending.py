"""Whether a file ends where its structure should, told without reading it: by its first and its last bytes.

| begins with | is whole when |
|---|---|
| ``PK`` (a ZIP, a workbook) | the directory of its entries is there |
| the header of a DBF | its size is what the header says |
| ``<root``, ``<?xml`` | its last tag closes the root |
| ``[{`` · ``{"`` | the last character is ``]`` · ``}``, and the size is no whole number of KiB |
| other text (CSV, lines of fixed width) | its last byte ends a line, and the same of its size |

A list of lines or objects may be cut behind one, and no structure shows it: that is what a manifest is for. But a
writer that pauses does so between two packets, whose sizes are whole KiB (OpenSSH's sftp and lftp, tried); a finished
file has such a size once in a thousand, and then waits until patience ends.
"""

from __future__ import annotations

import os
import re
import struct
import zipfile
from pathlib import Path

_HEAD = 4096
_TAIL = 4096
_PACKET = 1024
_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
_DBF = frozenset(b"\x02\x03\x30\x31\x32\x43\x63\x83\x8b\x8e\xcb\xf5\xfb")
_LIST = re.compile(rb"\[\s*[\[{\]\"]")
_OBJECT = re.compile(rb"\{\s*[\"}]")
_ROOT = re.compile(
    rb"(?:<\?.*?\?>|<!--.*?-->|\s+)*"  # what may stand before it
    rb"(?P<tag><(?P<name>[^\s<>/!?=\"',]+)(?:\s[^<>]*)?/?>)\s*(?:<|$)",
    re.DOTALL,
)


def ends_well(file: Path) -> bool:
    """Whether ``file`` looks whole; an empty file does not."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
        if not head:
            return False
        if head.startswith(b"PK"):
            return zipfile.is_zipfile(stream)
        stream.seek(-min(_TAIL, size), os.SEEK_END)
        tail = stream.read()
    if _is_dbf(head):
        records, length, record_length = struct.unpack_from("<IHH", head, 4)
        return size - length - records * record_length in (0, 1)
    start, end = head.removeprefix(_BOM).lstrip(_BLANKS), tail.rstrip(_BLANKS)
    if root := _ROOT.match(start):
        return end.endswith(root["tag"]) if root["tag"].endswith(b"/>") else _closes(root["name"], end)
    if start.startswith(b"<?xml"):
        return False
    if _LIST.match(start):
        whole = end.endswith(b"]")
    elif _OBJECT.match(start):
        whole = end.endswith(b"}")
    else:
        whole = tail.endswith(b"\n") or (tail.endswith(b"\r") and b"\n" not in tail)  # else CR LF was cut
    return whole and size % _PACKET != 0


def _is_dbf(head: bytes) -> bool:
    # No text has such small numbers where the date stands, and zeros where room is kept.
    return len(head) >= 32 and head[0] in _DBF and head[2] <= 12 and head[3] <= 31 and not any(head[12:14])


def _closes(root: bytes, end: bytes) -> bool:
    end = re.sub(rb"(?:\s*<!--[^>]*-->)+$", b"", end)
    return re.search(rb"</" + re.escape(root) + rb"\s*>$", end) is not None
