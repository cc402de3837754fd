"""The sender's side (加密): seal and sign a file as the hub expects it, and make the keys for that."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hub.errors import FixConfiguration, WrongUsage
from hub.line import secret
from hub.stages import key_files, signatures, sm4_container
from hub.stages.key_files import KEY_ID, KeyFolder
from hub.stages.markers import SIGNATURE

KINDS = ("age", "sm4", "ed25519", "sm2")


def seal_for(file: Path, recipient: str) -> Path:
    """``<file>.age`` for a recipient ``age1…``; ``WrongUsage`` when it is none."""
    try:
        known = pyrage.x25519.Recipient.from_str(recipient.strip())
    except pyrage.RecipientError:
        raise WrongUsage("--for takes the hub's public key, which begins with age1, or a file that holds it") from None
    return _sealed(file, ".age", lambda source, target: pyrage.encrypt_io(source, target, [known]))


def seal_with(file: Path, key: Path) -> Path:
    """``<file>.sm4`` under an agreed key, whose file is named by the id of the key."""
    if not KEY_ID.fullmatch(key.stem):
        raise WrongUsage("the name of an SM4 key file is the key's id: letters, digits, _ and -")
    agreed = key_files.sm4_key_in(key)
    return _sealed(file, ".sm4", lambda source, target: sm4_container.seal(source, target, key.stem, agreed))


def sign(file: Path, key: Path, openssl: str) -> Path:
    """``<file>.sig`` with a private key in PEM."""
    target = file.with_name(file.name + SIGNATURE)
    target.write_bytes(signatures.sign(file, key, openssl))
    return target


def _sealed(file: Path, ending: str, write: Callable[[BinaryIO, BinaryIO], object]) -> Path:
    """Under a temporary name until it is whole: half a file must not be taken for one."""
    target = file.with_name(file.name + ending)
    temporary = target.with_name(f".{target.name}.part")
    try:
        with file.open("rb") as source, temporary.open("wb") as stream:
            write(source, stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def new_key(keys: KeyFolder, kind: str, name: str, folder: Path) -> dict[str, str]:
    """Make a key; gives where it lies and what may be told of it. An earlier one stays valid; none is overwritten.

    Of ``age`` and ``sm4`` the key goes into the hub's folder; the two of a signature go into ``folder``.
    """
    if kind not in KINDS:
        raise WrongUsage(f"a key is one of {', '.join(KINDS)}")
    if not KEY_ID.fullmatch(name):
        raise WrongUsage("the name of a key has letters, digits, _ and - only")
    now = f"# created: {datetime.now(UTC).isoformat(timespec='seconds')}\n"
    if kind == "age":
        identity = pyrage.x25519.Identity.generate()
        public = str(identity.to_public())
        file = _made(keys.folder / key_files.AGE / f"{name}.key", f"{now}# public key: {public}\n{identity}\n")
        return {"key": str(file), "public_key": public}
    if kind == "sm4":
        text = f"{now}{os.urandom(16).hex()}\n"
        return {"key": str(_made(keys.folder / key_files.SM4 / f"{name}.key", text)), "id": name}
    private, public = _ed25519() if kind == "ed25519" else signatures.new_sm2(keys.openssl)
    file = _made(folder / f"{name}.{kind}.key", private)
    shown = folder / f"{name}.{kind}.pem"
    shown.write_text(public, encoding="ascii")
    shown.chmod(0o644)
    return {"key": str(file), "public_key": str(shown)}


def _ed25519() -> tuple[str, str]:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode("ascii"), public.decode("ascii")


def _made(file: Path, text: str) -> Path:
    if file.exists():
        raise FixConfiguration(f"{file.name} is there already: give the new key another name")
    secret.own(file, text)
    return file
