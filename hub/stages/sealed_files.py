"""Sealed files (加密文件): one door for every way in which a file may be encrypted and signed.

What landed stays the sealed file as it came. On the way to reading it is opened into a file without a name in the work
folder: it is gone when it is closed, however the process ends, so no plain copy is left behind.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import pyrage

from hub.contract.handing_over import Encryption, HandingOver
from hub.contract.model import Intake
from hub.findings import Finding
from hub.stages import key_files, signatures, sm4_container
from hub.stages.job import Job
from hub.stages.key_files import KeyFolder
from hub.stages.sm4_container import Damaged

_AGE = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")
_NAMES = {"age": "age", "sm4": "SM4", None: "不加密"}
_NO_KEY = "No matching keys found"  # what age says when the file was sealed for somebody else


@dataclass(frozen=True, slots=True)
class Opener:
    """What opening a delivery needs to know of it. ``signature``: what came beside it, if anything did."""

    keys: KeyFolder
    department: str | None
    signature: bytes | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """The job with its ``source`` opened, or the findings of class S for which it stays shut."""

    job: Job
    findings: tuple[Finding, ...] = ()
    sha256: str | None = None  # of the plain file, where one was made

    @property
    def shut(self) -> bool:
        """Whether the file cannot be read."""
        return self.job.opener is not None


class Shut(Exception):
    """The file cannot be opened; never leaves this module but as a finding."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.code)


@contextmanager
def opened(job: Job, intake: Intake | None) -> Iterator[Door]:
    """The job with a plain ``source`` for as long as the context is open.

    ``FixConfiguration`` when a key that the contract needs is missing here, or lies open to others.
    """
    if job.opener is None:  # open already
        yield Door(job)
        return
    over = intake.over if intake is not None else HandingOver()
    try:
        department = job.opener.department or (intake.department if intake is not None else None)
        asked = _verify(job.source, job.opener, over, department)
        kind = kind_of(job.source)
        if kind != over.encryption:
            raise Shut(_disagreement(over.encryption, kind))
        if kind is None:
            yield Door(replace(job, opener=None), asked)
            return
        with tempfile.TemporaryFile(dir=job.folder) as plain:
            open_sealed(job.source, plain, job.opener.keys)
            plain.flush()
            plain.seek(0)
            sha256 = hashlib.file_digest(plain, "sha256").hexdigest()
            path = Path(f"/proc/{os.getpid()}/fd/{plain.fileno()}")
            yield Door(replace(job, source=path, opener=None), asked, sha256)
    except Shut as shut:
        yield Door(job, (shut.finding,))


def _disagreement(agreed: Encryption | None, found: Encryption | None) -> Finding:
    if agreed is None:
        return Finding("SEA-UNASKED", detail=f"收到的是 {_NAMES[found]} 加密的文件。")
    came = "没有加密" if found is None else f"是 {_NAMES[found]} 加密的"
    return Finding("SEA-PLAIN", detail=f"约定用 {_NAMES[agreed]} 加密，收到的文件{came}。")


def _verify(source: Path, opener: Opener, over: HandingOver, department: str | None) -> tuple[Finding, ...]:
    """What is to be said of the signature of a file that may be opened; ``Shut`` when it may not."""
    if over.signature is None:
        return () if opener.signature is None else (Finding("SIG-UNASKED"),)
    if opener.signature is None or department is None:
        raise Shut(Finding("SIG-MISSING"))
    if not signatures.fits(source, opener.signature, over.signature, opener.keys, department):
        raise Shut(Finding("SIG-WRONG"))
    return ()


def kind_of(source: Path) -> Encryption | None:
    """How a file is encrypted, told by its first bytes; None when it is not."""
    with source.open("rb") as file:
        head = file.read(64)
    if head.startswith(_AGE):
        return "age"
    return "sm4" if head.startswith(sm4_container.MAGIC) else None


def open_sealed(source: Path, target: BinaryIO, keys: KeyFolder) -> None:
    """Write the plain content of a sealed file; ``Shut`` with SEA-KEY or SEA-DAMAGED. Memory is bounded."""
    with source.open("rb") as stream:
        if kind_of(source) == "age":
            _open_age(stream, target, keys)
        else:
            _open_sm4(stream, target, keys)


def _open_age(source: BinaryIO, target: BinaryIO, keys: KeyFolder) -> None:
    try:
        pyrage.decrypt_io(source, target, key_files.identities(keys))
    except pyrage.DecryptError as error:
        code = "SEA-KEY" if str(error) == _NO_KEY else "SEA-DAMAGED"
        raise Shut(Finding(code)) from None
    except OSError as error:
        if error.errno is not None:  # of this machine's disk
            raise
        raise Shut(Finding("SEA-DAMAGED")) from None


def _open_sm4(source: BinaryIO, target: BinaryIO, keys: KeyFolder) -> None:
    try:
        key_id, header = sm4_container.header_of(source)
        key = key_files.sm4_key(keys, key_id)
        if key is None:
            raise Shut(Finding("SEA-KEY"))
        sm4_container.unseal(source, target, header, key)
    except Damaged:
        raise Shut(Finding("SEA-DAMAGED")) from None
