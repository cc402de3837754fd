"""Where bytes lie: a content-addressed store behind an fsspec URL, ``file://`` by default, ``s3://`` in production.

A blob is named by the SHA-256 (64 hex) of what was landed and lies under its first two characters, sealed where there
is a key (``hub.sealed_blobs``). It is written under a temporary name, flushed to the disk and renamed, so that a reader
sees the whole blob or none; the ledger's row comes after it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import fsspec

from hub import sealed_blobs
from hub.errors import NotFound, VerificationFailed, disk_faults
from hub.failpoints import reached
from hub.sealed_blobs import Damaged, KeyGone, Keys, UnknownKey

BLOCK = 1 << 20
SCRAP_SECONDS = 86_400.0
BLOB = re.compile(r"/([0-9a-f]{2})/(\1[0-9a-f]{62})$")


def digest(stream: BinaryIO) -> str:
    """SHA-256 (64 hex, lower case) of what remains in ``stream``."""
    return sealed_blobs.sha256_of(sealed_blobs.pieces(stream))


@disk_faults("flush a folder")
def sync_folder(folder: Path) -> None:
    """Flush a local folder's entries to the disk, so that a rename in it survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Store:
    """Blobs by content. ``keys``: under which they are sealed; without any they lie open, and sealed ones stay shut."""

    def __init__(self, url: str, keys: Keys | None = None) -> None:
        self.keys = keys
        self.files, self.root = fsspec.url_to_fs(url)
        self.local = "file" in (
            self.files.protocol if isinstance(self.files.protocol, tuple) else (self.files.protocol,)
        )
        self.files.makedirs(f"{self.root}/tmp", exist_ok=True)
        if self.local:
            self._sweep()

    def _sweep(self) -> None:
        """Remove what killed runs left in ``tmp``: whatever nobody has written to for a day."""
        oldest = time.time() - SCRAP_SECONDS
        for scrap in Path(self.root, "tmp").iterdir():
            with suppress(FileNotFoundError):  # another process may sweep, too
                if scrap.stat().st_mtime < oldest:
                    scrap.unlink()

    def place(self, sha256: str) -> str:
        """Path of a blob inside the file system of the store."""
        return f"{self.root}/{sha256[:2]}/{sha256}"

    @disk_faults("store")
    def land(self, source: Path) -> str:
        """Copy the local file ``source`` into the store and give its SHA-256.

        What lies in the store is hashed again; ``VerificationFailed`` when it is not what was read.
        Landing the same bytes twice changes nothing.
        """
        with source.open("rb") as stream:
            sha256 = digest(stream)
        if not self.has(sha256) or self.lost(sha256):
            key = self.keys.current() if self.keys is not None else None
            with source.open("rb") as stream:
                self._write(self.place(sha256), lambda target: sealed_blobs.write(stream, target, key))
        self._settle(self.place(sha256))
        if self.rehash(sha256) != sha256:
            raise VerificationFailed(f"blob {sha256} is not what was landed")
        return sha256

    def _write(self, place: str, fill: Callable[[BinaryIO], None]) -> None:
        temporary = f"{self.root}/tmp/{uuid.uuid4().hex}"
        self.files.makedirs(place.rpartition("/")[0], exist_ok=True)
        try:
            with self.files.open(temporary, "wb") as target:
                fill(target)
                if self.local:
                    target.flush()
                    os.fsync(target.fileno())
            reached("store.before_rename")
            self.files.mv(temporary, place)
        finally:
            if self.files.exists(temporary):
                self.files.rm_file(temporary)

    def _settle(self, place: str) -> None:
        if self.local:  # also when the blob was there: whoever renamed it may have ended before this
            sync_folder(Path(place).parent)
            sync_folder(Path(self.root))  # the folder of the blob may be new, too

    def _opening(self, sha256: str) -> Callable[[], BinaryIO]:
        return lambda: self.files.open(self.place(sha256), "rb")

    def _plain(self, sha256: str) -> Iterator[bytes]:
        return sealed_blobs.plain(self._opening(sha256), sha256, self.keys)

    @disk_faults("store")
    def lost(self, sha256: str) -> bool:
        """Whether a blob lies there whose key was destroyed or was never this ledger's; False when none does."""
        try:
            return sealed_blobs.is_lost(self._opening(sha256), sha256, self.keys)
        except FileNotFoundError:
            return False

    def seal_of(self, sha256: str) -> bytes | None:
        """What a sealed blob begins with, another one for each sealing; None where it lies open."""
        with self._opening(sha256)() as stream:
            return sealed_blobs.header_of(stream)

    @disk_faults("store")
    def keys_in_use(self) -> set[str]:
        """Ids of the keys under which a blob of the store is sealed. Every blob is looked at."""
        self.files.invalidate_cache()
        found = set[str]()
        for path in self.files.find(self.root):
            if (named := BLOB.search(str(path))) is None:
                continue
            with suppress(FileNotFoundError):  # erased meanwhile
                header = self.seal_of(named[2])
                found |= {key for key in (sealed_blobs.key_of(header or b""),) if key is not None}
        return found

    @disk_faults("store")
    def rehash(self, sha256: str) -> str | None:
        """SHA-256 of what was landed where this blob lies; None when nothing lies there, or its key was destroyed.

        What does not open gives the hash of its bytes as they lie, which is another one.
        """
        try:
            return sealed_blobs.sha256_of(self._plain(sha256))
        except (FileNotFoundError, KeyGone):
            return None
        except (Damaged, UnknownKey):
            with self._opening(sha256)() as stream:
                return digest(stream)

    @disk_faults("store")
    def take(self, sha256: str, target: Path) -> None:
        """Copy a blob as it lies, sealed or not, into a new local file; what a key opens is hashed."""
        with self._opening(sha256)() as stream, target.open("xb") as copy:
            shutil.copyfileobj(stream, copy, BLOCK)
        self._proven(sha256, target)

    @disk_faults("store")
    def give(self, sha256: str, source: Path) -> None:
        """Put in a blob as ``take`` gave it, in place of one that is lost."""
        self._proven(sha256, source)
        place = self.place(sha256)
        with source.open("rb") as stream:
            self._write(place, lambda target: shutil.copyfileobj(stream, target, BLOCK))
        self._settle(place)
        with source.open("rb") as was, self._opening(sha256)() as stream:
            if digest(stream) != digest(was):
                raise VerificationFailed(f"blob {sha256} is not what was put in")

    def _proven(self, sha256: str, file: Path) -> None:
        try:
            same = sealed_blobs.sha256_of(sealed_blobs.plain(lambda: file.open("rb"), sha256, self.keys)) == sha256
        except KeyGone:
            return  # nobody can tell any more
        if not same:
            raise VerificationFailed(f"blob {sha256} has changed in the store")

    def has(self, sha256: str) -> bool:
        """Whether a blob lies in the store; its bytes are not looked at."""
        return bool(self.files.exists(self.place(sha256)))

    def has_file(self, name: str) -> bool:
        """Whether a small file lies beside the blobs."""
        return bool(self.files.exists(f"{self.root}/{name}"))

    @disk_faults("store")
    def erase(self, sha256: str) -> None:
        """Remove a blob whose time is over; one that is not there is no error."""
        place = self.place(sha256)
        if self.files.exists(place):
            reached("store.before_erase")
            self.files.rm_file(place)
            if self.local:
                sync_folder(Path(place).parent)

    @disk_faults("store")
    def put(self, name: str, content: bytes) -> None:
        """Write a small file ``<folder>/<file>`` beside the blobs, whole or not at all; it survives a power cut."""
        place, temporary = f"{self.root}/{name}", f"{self.root}/tmp/{uuid.uuid4().hex}"
        self.files.makedirs(place.rpartition("/")[0], exist_ok=True)
        try:
            with self.files.open(temporary, "wb") as target:
                target.write(content)
                if self.local:
                    target.flush()
                    os.fsync(target.fileno())
            reached("store.before_put")
            self.files.mv(temporary, place)
        finally:
            if self.files.exists(temporary):
                self.files.rm_file(temporary)
        if self.local:
            sync_folder(Path(place).parent)
            sync_folder(Path(self.root))

    def names(self, folder: str) -> list[str]:
        """Names of the small files in a folder beside the blobs, sorted; none when there is no such folder."""
        if not self.files.exists(f"{self.root}/{folder}"):
            return []
        self.files.invalidate_cache()
        return sorted(str(one).rpartition("/")[2] for one in self.files.ls(f"{self.root}/{folder}", detail=False))

    @disk_faults("store")
    def get(self, name: str) -> bytes:
        """A small file beside the blobs; ``NotFound`` when there is none."""
        try:
            with self.files.open(f"{self.root}/{name}", "rb") as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            raise NotFound(f"{name} is not in the store") from None

    @disk_faults("store")
    def copy_out(self, sha256: str, target: Path) -> None:
        """Copy a blob to the local path ``target``, hashing it on the way.

        Raises ``NotFound`` when there is no such blob, or its key was destroyed, and ``VerificationFailed`` when its
        bytes have changed.
        """
        if not self.files.exists(self.place(sha256)):
            raise NotFound(f"blob {sha256} is not in the store")
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with temporary.open("wb") as copy:
                self.pour(sha256, copy)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def pour(self, sha256: str, target: BinaryIO) -> None:
        """Write a blob into an open file; ``VerificationFailed`` when its bytes have changed."""
        sha = hashlib.sha256()
        for piece in self._plain(sha256):
            sha.update(piece)
            target.write(piece)
        if sha.hexdigest() != sha256:
            raise VerificationFailed(f"blob {sha256} has changed in the store")
