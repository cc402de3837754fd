"""A file sealed with SM4-GCM (GB/T 32907), as ``hub seal`` writes it: a header, then frames.

| Bytes | Hold |
|---|---|
| 6 | ``HUBSM4`` |
| 1 | version, 1 |
| 1 | length of the key's id |
| n | the id, ASCII |
| 16 | salt |
| then | frames of 65536 bytes of content and 16 of tag; the last one may be shorter |

The agreed key seals nothing itself: HKDF with SM3 makes a key of 16 bytes for each file, from the salt and the whole
header, so that no two files share one. The nonce of a frame is its number from 0 (11 bytes, big-endian) and a byte that
is 1 for the last one (the construction STREAM, as age has it): a frame that is changed, lost, doubled, moved, or comes
from another file does not open, nor does a file that ends early. Nothing is written before its tag was verified.
"""

from __future__ import annotations

import secrets
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"HUBSM4"
VERSION = 1
FRAME = 65_536
TAG = 16
_SALT = 16
_KEY = 16  # bytes: SM4 has no other


class Damaged(Exception):
    """The bytes are not what was sealed with this key."""


def header_of(source: BinaryIO) -> tuple[str, bytes]:
    """The key's id and the whole header, read from the beginning; ``Damaged`` when it is none."""
    start = source.read(len(MAGIC) + 2)
    if len(start) < len(MAGIC) + 2 or not start.startswith(MAGIC) or start[-2] != VERSION:
        raise Damaged
    rest = source.read(start[-1] + _SALT)
    if len(rest) != start[-1] + _SALT or not start[-1]:
        raise Damaged
    try:
        return rest[: start[-1]].decode("ascii"), start + rest
    except UnicodeDecodeError:
        raise Damaged from None


def seal(source: BinaryIO, target: BinaryIO, key_id: str, key: bytes) -> None:
    """Seal a stream under an agreed key; memory is bounded by a frame."""
    name = key_id.encode("ascii")
    header = MAGIC + bytes((VERSION, len(name))) + name + secrets.token_bytes(_SALT)
    target.write(header)
    file_key, number, frame = _file_key(key, header), 0, source.read(FRAME)
    while True:
        following = source.read(FRAME) if len(frame) == FRAME else b""
        sealing = Cipher(SM4(file_key), modes.GCM(_nonce(number, not following))).encryptor()
        target.write(sealing.update(frame) + sealing.finalize() + sealing.tag)
        if not following:
            return
        number, frame = number + 1, following


def unseal(source: BinaryIO, target: BinaryIO, header: bytes, key: bytes) -> None:
    """Open what stands behind the header; ``Damaged`` at the first frame that does not fit."""
    file_key, number, frame = _file_key(key, header), 0, source.read(FRAME + TAG)
    while True:
        following = source.read(FRAME + TAG) if len(frame) == FRAME + TAG else b""
        content, tag = frame[:-TAG], frame[-TAG:]
        if len(tag) < TAG or (not content and number):
            raise Damaged
        opening = Cipher(SM4(file_key), modes.GCM(_nonce(number, not following), tag)).decryptor()
        try:
            content = opening.update(content) + opening.finalize()
        except InvalidTag:
            raise Damaged from None
        target.write(content)
        if not following:
            return
        number, frame = number + 1, following


def _file_key(key: bytes, header: bytes) -> bytes:
    return HKDF(SM3(), _KEY, salt=header[-_SALT:], info=header).derive(key)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((last,))
