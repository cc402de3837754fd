"""Sealed blobs (密文原件): a landed file in chunks under a data key, so that a copy of the store tells nothing.

``HUBSEAL1``, the data key's id (12), a random prefix (7); then chunks of 1 MiB, each with its tag (the STREAM
construction): nonce = prefix, number of the chunk (4 bytes), 1 for the last chunk, else 0; associated data = all that
stands before the chunks. What is changed, moved, cut off or put behind does not open. ``HUBSEAL1`` with 12 hyphens in
place of a key's id: what follows lies open; so lies a file that begins with the mark itself where nothing is sealed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag

from hub.errors import NotFound, VerificationFailed

MARK = b"HUBSEAL1"
KEY_ID, PREFIX, TAG = 12, 7, 16
OPEN = MARK + b"-" * KEY_ID
HEADER = len(MARK) + KEY_ID + PREFIX
CHUNK = 1 << 20


class Aead(Protocol):
    """What seals and opens; as ``AESGCM`` of ``cryptography`` has it."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """The ciphertext with its tag behind it."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """The plaintext; ``InvalidTag`` when anything is not what was sealed."""


class Keys(Protocol):
    """Where a store's keys come from."""

    def current(self) -> tuple[str, Aead] | None:
        """Id and cipher under which a blob is sealed now; None: it lies open."""

    def opened(self, key_id: str) -> Aead | None:
        """The cipher of an id, None for a destroyed key; ``LookupError`` when there is none of this id."""


class Damaged(VerificationFailed):
    """The bytes are not what was sealed."""


class UnknownKey(VerificationFailed):
    """No key of the id in the header is known: of another ledger, or the bytes only look sealed."""


class KeyGone(NotFound):
    """The key was destroyed, and the bytes with it."""


def write(source: BinaryIO, target: BinaryIO, key: tuple[str, Aead] | None) -> None:
    """Write what remains in ``source`` as a blob: sealed where there is a key."""
    if key is None:
        mark = source.read(len(MARK)) == MARK
        source.seek(0)
        if mark:
            target.write(OPEN)
        shutil.copyfileobj(source, target, CHUNK)
        return
    key_id, cipher = key
    header = MARK + key_id.encode("ascii") + os.urandom(PREFIX)
    target.write(header)
    number, chunk = 0, _exactly(source, CHUNK)
    while True:
        following = _exactly(source, CHUNK)
        target.write(cipher.encrypt(_nonce(header, number, last=not following), chunk, header))
        if not following:
            return
        number, chunk = number + 1, following


def plain(opening: Callable[[], BinaryIO], name: str, keys: Keys | None) -> Iterator[bytes]:
    """What was landed as blob ``name``, in pieces; ``Damaged``, or one of the other two before the first piece.

    A file from before sealing may begin with the mark: it is known by its name, which is the hash of its own bytes.
    """
    trouble: UnknownKey | KeyGone | None = None
    with opening() as stream:
        header = _exactly(stream, HEADER)
        if not header.startswith(MARK):
            yield header
            yield from pieces(stream)
            return
        try:
            cipher = None if header.startswith(OPEN) else _cipher(header, keys)
        except (UnknownKey, KeyGone) as error:
            cipher, trouble = None, error
        if cipher is not None:
            yield from _opened(stream, header, cipher)
            return
    from_before = _raw(opening) == name
    if trouble is not None and not from_before:
        raise trouble
    with opening() as stream:
        if not from_before:
            _exactly(stream, len(OPEN))
        yield from pieces(stream)


def is_lost(opening: Callable[[], BinaryIO], name: str, keys: Keys | None) -> bool:
    """Whether the key of a blob was destroyed, or is not known."""
    with opening() as stream:
        header = _exactly(stream, HEADER)
    try:
        if header.startswith(MARK) and not header.startswith(OPEN):
            _cipher(header, keys)
    except (UnknownKey, KeyGone):
        return _raw(opening) != name
    return False


def header_of(stream: BinaryIO) -> bytes | None:
    """What a sealed blob begins with, another one for each sealing; None where the blob lies open."""
    header = _exactly(stream, HEADER)
    return header if header.startswith(MARK) else None


def key_of(header: bytes) -> str | None:
    """Id of the key under which a blob that begins so seems to be sealed; None: it lies open."""
    body = header[len(MARK) : len(OPEN)]
    sealed = len(header) == HEADER and header.startswith(MARK) and not header.startswith(OPEN)
    return body.decode("ascii") if sealed and body.isascii() else None


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """What remains in a stream."""
    while piece := stream.read(CHUNK):
        yield piece


def sha256_of(content: Iterable[bytes]) -> str:
    """SHA-256 (64 hex, lower case) of pieces."""
    sha = hashlib.sha256()
    for piece in content:
        sha.update(piece)
    return sha.hexdigest()


def _raw(opening: Callable[[], BinaryIO]) -> str:
    with opening() as stream:
        return sha256_of(pieces(stream))


def _cipher(header: bytes, keys: Keys | None) -> Aead:
    key_id = key_of(header)
    if key_id is None or keys is None:
        raise UnknownKey("a blob looks sealed, and nothing is known of its key")
    try:
        cipher = keys.opened(key_id)
    except LookupError:
        raise UnknownKey("a blob is sealed under a key that the ledger does not have") from None
    if cipher is None:
        raise KeyGone(f"data key {key_id} was destroyed: what was sealed under it is gone")
    return cipher


def _opened(stream: BinaryIO, header: bytes, cipher: Aead) -> Iterator[bytes]:
    number, chunk = 0, _exactly(stream, CHUNK + TAG)
    while True:
        following = _exactly(stream, CHUNK + TAG)
        try:
            yield cipher.decrypt(_nonce(header, number, last=not following), chunk, header)
        except (InvalidTag, ValueError):
            raise Damaged("a sealed blob is not what was sealed") from None
        if not following:
            return
        number, chunk = number + 1, following


def _nonce(header: bytes, number: int, *, last: bool) -> bytes:
    return header[-PREFIX:] + number.to_bytes(4, "big") + bytes([last])


def _exactly(stream: BinaryIO, size: int) -> bytes:
    """So many bytes, fewer only at the end; a stream may give them in parts."""
    found = stream.read(size)
    while 0 < len(found) < size and (more := stream.read(size - len(found))):
        found += more
    return found
