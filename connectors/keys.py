"""Key pairs for SSH: ed25519, OpenSSH format, private file 0600."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)


def make_key_pair(private_file: Path) -> str:
    """Make ``private_file`` and ``private_file.pub`` unless they exist; return the public line "ssh-ed25519 AAAA...".

    An existing private key is kept, its file closed to others (OpenSSH refuses one that others may read), and its
    public file written anew when missing. Two processes at once end with one key. Raises ValueError when the file is
    no key.
    """
    private_file.parent.mkdir(parents=True, exist_ok=True)
    if not private_file.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        _create(private_file, pem)
    private_file.chmod(0o600)
    key = load_ssh_private_key(private_file.read_bytes(), password=None)
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")
    public_file = private_file.with_name(private_file.name + ".pub")
    if not public_file.exists():
        _create(public_file, f"{public}\n".encode("ascii"))
        public_file.chmod(0o644)
    return public


def _create(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link, unlike a rename, never replaces the key that another process made meanwhile.
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        temporary.unlink()
