"""The manifest of a backup (备份清单): every file with its hash, the latest checkpoint, and what a restore needs."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rfc8785

from hub.errors import NotFound, VerificationFailed
from hub.failpoints import reached
from hub.store import digest

if TYPE_CHECKING:
    from hub.line.hub import Hub

SCHEMA = "backup.v1"
FILE, SEAL = "manifest.json", "manifest.sha256"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    facts: Mapping[str, Any]
    sha256: str  # of the manifest's own bytes

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of every file by its path in the backup."""
        return {str(one["path"]): str(one["sha256"]) for one in self.facts["files"]}


def write(folder: Path, facts: Mapping[str, Any]) -> None:
    """Hash everything that lies in the folder and say so in its manifest."""
    files: list[Any] = [
        {"path": file.relative_to(folder).as_posix(), "bytes": file.stat().st_size, "sha256": _hash(file)}
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    ]
    content = rfc8785.dumps({"schema": SCHEMA, "files": files, **facts})
    reached("manifest.before_write")
    (folder / FILE).write_bytes(content)
    reached("manifest.before_seal")
    (folder / SEAL).write_text(f"{hashlib.sha256(content).hexdigest()}  {FILE}\n", encoding="ascii")


def verified(folder: Path) -> Manifest:
    """The manifest of a backup whose every byte is as it was written; ``VerificationFailed`` names the first other."""
    if not (folder / FILE).is_file():
        raise NotFound("there is no backup in this folder: it has no manifest")
    content = (folder / FILE).read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    seal = folder / SEAL
    if not seal.is_file() or seal.read_bytes() != f"{sha256}  {FILE}\n".encode("ascii"):
        raise VerificationFailed("the manifest of the backup is not what was written")
    facts = json.loads(content)
    if facts["schema"] != SCHEMA:
        raise VerificationFailed("the backup has a form that this hub does not know")
    made = Manifest(facts, sha256)
    expected = made.files
    there = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*")) if file.is_file()}
    for path in sorted(expected.keys() | there.keys() - {FILE, SEAL}):
        if path not in there:
            raise VerificationFailed(f"the backup lacks {path}")
        if path not in expected:
            raise VerificationFailed(f"{path} does not belong to the backup")
        if there[path].is_symlink() or _hash(there[path]) != expected[path]:
            raise VerificationFailed(f"{path} of the backup is not what was written")
    return made


def key_mark(key: bytes) -> str:
    """Tells whether a key is the same, and nothing of it."""
    return hmac.new(key, b"backup", hashlib.sha256).hexdigest()[:32]


def marks(hub: Hub) -> dict[str, str]:
    """By what a restore knows that it has the right keys."""
    return {"record_key": key_mark(hub.record_key), "checkpoint_vkey": hub.signer.vkey}


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return digest(stream)
