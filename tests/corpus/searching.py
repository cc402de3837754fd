"""Look for words in whatever lies in a folder: in packed sheets, in what a PDF says, in tables, in other spellings."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import polars as pl

PDF = b"%PDF-"
SHORTEST = 6  # bytes of what is looked for


def spellings(word: str) -> dict[str, bytes]:
    """A word as it may stand somewhere: plain, reversed, in base64 at any offset, in hex, as a hash without a key."""
    raw = word.encode()
    found = {
        "plain": raw,
        "reversed": word[::-1].encode(),
        "gb18030": word.encode("gb18030"),
        "utf-16": word.encode("utf-16-le"),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "json": json.dumps(word)[1:-1].encode(),
        "url": quote(word).encode(),
        "references": "".join(f"&#{ord(one)};" for one in word).encode(),
    }
    for offset in range(3):
        # Only the characters that no neighbour changes.
        whole = base64.b64encode(b"\0" * offset + raw)
        start, end = (0, 2, 3)[offset], len(whole) - (0, 4, 4)[(offset + len(raw)) % 3]
        found[f"base64 at {offset}"] = whole[start:end]
    for name in ("md5", "sha1", "sha256", "sm3"):
        for written in {word, word.upper(), word.lower()}:
            digest = hashlib.new(name, written.encode())
            found[f"{name} of {'the word' if written == word else 'its other case'}"] = digest.hexdigest().encode()
            found[f"{name} in base64"] = base64.b64encode(digest.digest()).rstrip(b"=")
    return found


class Search:
    """Searches for words by what they are called; tells only the names, so that no word comes into a message."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._needles: dict[bytes, str] = {}
        for name, word in words.items():
            for spelling, needle in spellings(word).items():
                if len(needle) >= SHORTEST:
                    self._needles.setdefault(needle, f"{name}: {spelling}")

    def content(self, content: bytes) -> set[str]:
        """What stands in some bytes, as ``<word>: <spelling>``."""
        return {told for part in parts(content) for needle, told in self._needles.items() if needle in part}

    def files(self, files: Iterable[Path], root: Path) -> dict[str, set[str]]:
        """By path below ``root`` what stands in a file or in its name; files with nothing are left out."""
        found = {}
        for file in files:
            place = str(file.relative_to(root))
            if hits := self.content(place.encode()) | self.content(file.read_bytes()):
                found[place] = hits
        return found

    def below(self, *roots: Path) -> dict[str, set[str]]:
        """The same for all files below some folders."""
        found = {}
        for root in roots:
            found |= self.files((one for one in sorted(root.rglob("*")) if one.is_file()), root)
        return found


def parts(content: bytes) -> Iterator[bytes]:
    """Some bytes, and what is packed in them."""
    yield content
    if content.startswith(b"PK"):
        yield from _members(content)
    elif content.startswith(PDF):
        yield from _said(content)
    elif content.startswith(b"PAR1"):
        yield pl.read_parquet(io.BytesIO(content)).write_csv().encode()


def _members(content: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield name.encode()
                yield from parts(packed.read(name))
    except zipfile.BadZipFile:
        return  # its bytes have been looked at


def _said(content: bytes) -> Iterator[bytes]:
    """What ``pdftotext`` reads, without breaks of lines, for cells wrap; and what ``pdfinfo`` does."""
    for program, words in (("pdftotext", ("-raw", "-", "-")), ("pdfinfo", ("-",))):
        assert shutil.which(program) is not None, "scripts/system_packages.sh installs poppler-utils"
        said = subprocess.run((program, *words), input=content, capture_output=True, check=True, timeout=60).stdout
        yield said.replace(b"\n", b"")


def tables(file: Path) -> dict[str, bytes]:
    """All rows of an SQLite database by table."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: "\n".join(repr(row) for row in database.execute(f'SELECT * FROM "{name}"')).encode() for name in names
        }
