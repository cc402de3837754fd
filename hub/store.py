"""Where bytes lie: a content-addressed store behind an fsspec URL, ``file://`` by default, ``s3://`` in production.

A blob is named by its SHA-256 (64 hex) and lies under its first two characters. It is written under a temporary name,
flushed to the disk and renamed, so that a reader sees the whole blob or none; the ledger's row comes after it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from pathlib import Path
from typing import BinaryIO

import fsspec

from hub.errors import NotFound, VerificationFailed

BLOCK = 1 << 20


def digest(stream: BinaryIO) -> str:
    """SHA-256 (64 hex, lower case) of what remains in ``stream``."""
    sha = hashlib.sha256()
    while block := stream.read(BLOCK):
        sha.update(block)
    return sha.hexdigest()


def sync_folder(folder: Path) -> None:
    """Flush a local folder's entries to the disk, so that a rename in it survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Store:
    """Blobs by content."""

    def __init__(self, url: str) -> None:
        self.files, self.root = fsspec.url_to_fs(url)
        self.local = "file" in (
            self.files.protocol if isinstance(self.files.protocol, tuple) else (self.files.protocol,)
        )
        self.files.makedirs(f"{self.root}/tmp", exist_ok=True)

    def place(self, sha256: str) -> str:
        """Path of a blob inside the file system of the store."""
        return f"{self.root}/{sha256[:2]}/{sha256}"

    def land(self, source: Path) -> str:
        """Copy the local file ``source`` into the store and give its SHA-256.

        What lies in the store is hashed again; ``VerificationFailed`` when it is not what was read.
        Landing the same bytes twice changes nothing.
        """
        with source.open("rb") as stream:
            sha256 = digest(stream)
        place = self.place(sha256)
        if not self.files.exists(place):
            temporary = f"{self.root}/tmp/{uuid.uuid4().hex}"
            self.files.makedirs(place.rpartition("/")[0], exist_ok=True)
            try:
                with source.open("rb") as stream, self.files.open(temporary, "wb") as target:
                    shutil.copyfileobj(stream, target, BLOCK)
                    if self.local:
                        target.flush()
                        os.fsync(target.fileno())
                self.files.mv(temporary, place)
            finally:
                if self.files.exists(temporary):
                    self.files.rm_file(temporary)
            if self.local:
                sync_folder(Path(place).parent)
                sync_folder(Path(self.root))  # the folder of the blob may be new, too
        with self.files.open(place, "rb") as stream:
            if digest(stream) != sha256:
                raise VerificationFailed(f"blob {sha256} is not what was landed")
        return sha256

    def copy_out(self, sha256: str, target: Path) -> None:
        """Copy a blob to the local path ``target``, hashing it on the way.

        Raises ``NotFound`` when there is no such blob and ``VerificationFailed`` when its bytes have changed.
        """
        if not self.files.exists(self.place(sha256)):
            raise NotFound(f"blob {sha256} is not in the store")
        sha = hashlib.sha256()
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with self.files.open(self.place(sha256), "rb") as stream, temporary.open("wb") as copy:
                while block := stream.read(BLOCK):
                    sha.update(block)
                    copy.write(block)
            if sha.hexdigest() != sha256:
                raise VerificationFailed(f"blob {sha256} has changed in the store")
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
