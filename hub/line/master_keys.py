"""Master keys (主密钥) in files outside the database: the newest, and beside it those that it has replaced.

``HUB_MASTER_KEY_FILE`` (``master.key`` in home) holds 64 hexadecimal characters. A rotation lays it beside itself as
``<name>.<id>`` before the new one takes its place, so that no moment lacks a key. The id follows from the key.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from hub.errors import FixConfiguration, disk_faults
from hub.failpoints import reached
from hub.ledger.ciphers import pseudonym_key
from hub.ledger.data_keys import Vault
from hub.line import secret
from hub.settings import Settings
from hub.store import sync_folder

FILE = "master.key"
LEDGER = "ledger"  # the purpose of the pseudonyms that join inside the ledger
_BYTES = 32
_OPEN_TO_OTHERS = 0o077


def id_of(key: bytes) -> str:
    """What a key is called: 16 hex that tell nothing of it."""
    return hashlib.blake2b(b"id", key=key, digest_size=8, person=b"master-key").hexdigest()


def vault(settings: Settings, home: Path, record_key: bytes) -> Vault:
    """The keys of a ledger. Pseudonyms follow from the record key, which no rotation changes."""
    cipher = None if settings.cipher == "none" else settings.cipher
    return Vault(MasterKeys(settings, home), pseudonym_key(record_key, LEDGER), cipher)


def kept(settings: Settings, home: Path) -> dict[str, bytes]:
    """What a backup with keys takes along: the newest as ``master.key``, the others with their ids behind it."""
    masters = MasterKeys(settings, home)
    keys = masters.read() if masters.file.exists() else {}
    names = (FILE if place == 0 else f"{FILE}.{one}" for place, one in enumerate(keys))
    return {name: key.hex().encode() for name, key in zip(names, keys.values(), strict=True)}


class MasterKeys:
    """The master keys of one hub."""

    def __init__(self, settings: Settings, home: Path) -> None:
        self.given = settings.master_key_file is not None
        self.file = (settings.master_key_file or home / FILE).absolute()

    def read(self, *, make: bool = False) -> dict[str, bytes]:
        """All of them by id, the newest first; ``make``: where there is none, the first one is made.

        ``FixConfiguration`` when there is none, or one cannot be used. A file that the settings name is never made.
        """
        if not self.file.is_file():
            if self.given:
                raise FixConfiguration(
                    f"HUB_MASTER_KEY_FILE: there is no file {self.file.name}; `openssl rand -hex 32` makes one"
                )
            if not make:
                raise FixConfiguration(
                    f"identifiers are sealed, and their master key is missing: put {self.file.name} back into home"
                )
            secret.own(self.file)
        newest = _read(self.file)  # before the others: one that is replaced meanwhile is found among them
        found = {id_of(newest): newest}
        for file in self.former():
            key = _read(file)
            found.setdefault(id_of(key), key)
        return found

    def former(self) -> list[Path]:
        """The files of keys that were replaced."""
        return sorted(one for one in self.file.parent.glob(f"{self.file.name}.*") if one.is_file())

    @disk_faults("rotate")
    def rotate(self) -> str:
        """Put a new key in the place of the newest, which stays beside it; gives the new one's id."""
        old = _read(self.file)
        kept = self.file.with_name(f"{self.file.name}.{id_of(old)}")
        try:
            if not kept.exists():
                reached("master_key.before_link")
                kept.hardlink_to(self.file)
                sync_folder(self.file.parent)
            temporary = self.file.with_name(f".{self.file.name}.{secrets.token_hex(4)}")
            new = secrets.token_bytes(_BYTES)
            reached("master_key.before_write")
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
                target.write(new.hex())
                target.flush()
                os.fsync(target.fileno())
            reached("master_key.before_rename")
            temporary.replace(self.file)
        except PermissionError:
            raise FixConfiguration(
                f"{self.file.name} lies where the hub may not write: put the new key there yourself, "
                f"the old one beside it as {kept.name}, and give --rewrap"
            ) from None
        sync_folder(self.file.parent)
        return id_of(new)


def _read(file: Path) -> bytes:
    if file.stat().st_mode & _OPEN_TO_OTHERS:
        raise FixConfiguration(f"{file.name} is open to others: chmod 600")
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise FixConfiguration(f"{file.name} holds no master key: 64 hexadecimal characters, `openssl rand -hex 32`")
    return key
