"""Signed checkpoints (存证检查点): what the log was at a size, in the text format of C2SP tlog-checkpoint.

A checkpoint is a signed note: origin, size, root in base64, an empty line, a line with the signature. It fits on
paper. Whoever keeps one is a witness: a log that does not begin with it has been changed.

    credit-hub/320830
    12
    qUzJ4yF…=

    — credit-hub/320830 5VZ…=
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.errors import FixConfiguration, VerificationFailed

ED25519 = b"\x01"
SIGNATURE = re.compile(r"— (\S+) (\S+)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log of one origin with ``size`` events has this root. ``note`` is the signed text that says so."""

    origin: str
    size: int
    root: bytes
    note: str


class Signer:
    """Who signs the checkpoints of one log, and who salts its events. ``name`` is the origin, too."""

    def __init__(self, name: str, key: bytes) -> None:
        if not name or re.search(r"[\s+]", name):
            raise FixConfiguration("the name of the log may hold neither spaces nor a plus sign")
        if len(key) < 16:
            raise FixConfiguration("the checkpoint key has fewer than 16 characters")
        self.name = name
        seed = hmac.new(key, b"checkpoint", hashlib.sha256).digest()
        self._salting = hmac.new(key, b"salt", hashlib.sha256).digest()
        self._private = Ed25519PrivateKey.from_private_bytes(seed)

    def __repr__(self) -> str:
        return f"Signer({self.name})"

    @property
    def vkey(self) -> str:
        """The public key as the signed note's format writes it: name, hash of the key, key."""
        public = self._private.public_key().public_bytes_raw()
        return f"{self.name}+{_key_hash(self.name, public).hex()}+{_base64(ED25519 + public)}"

    def salt(self, sequence: int) -> bytes:
        """The salt of an event: the same again after a crash, and nobody's guess."""
        return hmac.new(self._salting, sequence.to_bytes(8, "big"), hashlib.sha256).digest()

    def sign(self, size: int, root: bytes) -> Checkpoint:
        """The checkpoint of a log with this size and root."""
        text = f"{self.name}\n{size}\n{_base64(root)}\n"
        public = self._private.public_key().public_bytes_raw()
        signature = _key_hash(self.name, public) + self._private.sign(text.encode("utf-8"))
        return Checkpoint(self.name, size, root, f"{text}\n— {self.name} {_base64(signature)}\n")


def opened(note: str, vkeys: Iterable[str]) -> Checkpoint:
    """The checkpoint that a note tells, if one of the keys has signed it; else ``VerificationFailed``."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    try:
        origin, size, root = text.split("\n")[:3]
        if not re.fullmatch(r"0|[1-9][0-9]{0,18}", size):
            raise VerificationFailed("the checkpoint tells no size")
        found = Checkpoint(origin, int(size), base64.b64decode(root, validate=True), note)
    except ValueError:
        raise VerificationFailed("this is not the text of a checkpoint") from None
    if len(found.root) != 32:
        raise VerificationFailed("the checkpoint tells no root")
    for vkey in vkeys:
        name, key_hash, public = read_vkey(vkey)
        if name == origin and _signed(text, signatures, name, key_hash, public):
            return found
    raise VerificationFailed("the checkpoint is not signed by this log")


def _signed(text: str, signatures: str, name: str, key_hash: bytes, public: bytes) -> bool:
    for line in signatures.splitlines():
        if (signed := SIGNATURE.fullmatch(line)) is None or signed[1] != name:
            continue
        try:
            content = base64.b64decode(signed[2], validate=True)
            if content[:4] == key_hash:
                Ed25519PublicKey.from_public_bytes(public).verify(content[4:], text.encode("utf-8"))
                return True
        except (InvalidSignature, ValueError):
            continue
    return False


def read_vkey(vkey: str) -> tuple[str, bytes, bytes]:
    """Name, hash and Ed25519 public key of a verifier key; ``FixConfiguration`` when it is none."""
    name, _, rest = vkey.strip().partition("+")
    key_hash, _, key = rest.partition("+")
    try:
        kind, public = base64.b64decode(key, validate=True)[:1], base64.b64decode(key, validate=True)[1:]
        if kind == ED25519 and len(public) == 32 and _key_hash(name, public).hex() == key_hash:
            return name, bytes.fromhex(key_hash), public
    except ValueError:
        pass
    raise FixConfiguration("this is not a verifier key (name+hash+key)")


def note_in(content: str) -> str:
    """The note of a file that somebody has kept: a checkpoint as it is, or a receipt that carries one."""
    if not content.lstrip().startswith("{"):
        return content.replace("\r\n", "\n")
    try:
        note = json.loads(content)["checkpoint"]["note"]
    except (ValueError, KeyError, TypeError):
        raise VerificationFailed("the receipt carries no checkpoint") from None
    return str(note)


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode("utf-8") + b"\n" + ED25519 + public).digest()[:4]


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
