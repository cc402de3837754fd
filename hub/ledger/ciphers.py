"""Ciphers for what is sealed at rest (静态加密): AES-256-GCM or SM4-GCM of ``cryptography``, and keys of pseudonyms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Name = Literal["aes-256-gcm", "sm4-gcm"]
KEY_BYTES: Mapping[Name, int] = {"aes-256-gcm": 32, "sm4-gcm": 16}
NONCE, TAG = 12, 16
KEY_ID = 12  # characters of a data key's id
PSEUDONYM = "__pseudonym"
SEPARATOR = "\x1f"


class Aead(Protocol):
    """What seals and opens; as ``AESGCM`` of ``cryptography`` has it."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """The ciphertext with its tag behind it."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """The plaintext; ``InvalidTag`` when anything is not what was sealed."""


class Sm4Gcm:
    """SM4-GCM (GB/T 32907) in the form of ``AESGCM``."""

    def __init__(self, key: bytes) -> None:
        self._key = SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """The ciphertext with its tag behind it."""
        sealing = Cipher(self._key, modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(associated_data or b"")
        return sealing.update(data) + sealing.finalize() + sealing.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """The plaintext; ``InvalidTag`` when anything is not what was sealed."""
        if len(data) < TAG:
            raise InvalidTag
        opening = Cipher(self._key, modes.GCM(nonce, data[-TAG:])).decryptor()
        opening.authenticate_additional_data(associated_data or b"")
        return opening.update(data[:-TAG]) + opening.finalize()


def aead(name: str, key: bytes) -> Aead:
    """The cipher of a name with a key."""
    return Sm4Gcm(key) if name == "sm4-gcm" else AESGCM(key)


def companion(column: str) -> str:
    """The column by which a sealed one is searched."""
    return f"{column}{PSEUDONYM}"


def pseudonym_key(root: bytes, purpose: str) -> bytes:
    """The key of one purpose (化名密钥): who has that of another one cannot join by it."""
    return HKDF(SHA256(), 32, salt=None, info=f"credit-hub pseudonym {purpose}".encode()).derive(root)
