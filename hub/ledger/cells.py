"""Sealed cells (密文): a nonce for each, bound to the place where the cell stands.

A sealed cell is ``1:<data key>:<base64 of nonce, ciphertext and tag>``. Dataset, column and record id are associated
data: a cell that was moved to another record does not open.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping

import polars as pl
from cryptography.exceptions import InvalidTag

from hub.errors import VerificationFailed
from hub.ledger.ciphers import KEY_ID, NONCE, SEPARATOR, Aead

SEALED = f"^1:[0-9a-f]{{{KEY_ID}}}:"
_BODY = len("1:") + KEY_ID + len(":")
_PSEUDONYM = 16  # bytes


def seal(cells: pl.Series, ids: pl.Series, place: str, key_id: str, cipher: Aead) -> pl.Series:
    """Seal the texts of a column; an empty cell stays empty. ``place``: dataset and column; ``ids``: of the records."""
    bound, nonces, encrypt = f"{place}{SEPARATOR}".encode(), os.urandom(NONCE * len(cells)), cipher.encrypt
    sealed = list[bytes | None]()
    for number, (text, record) in enumerate(zip(_bytes(cells), _bytes(ids.fill_null("")), strict=True)):
        if text is None or record is None:
            sealed.append(None)
            continue
        nonce = nonces[NONCE * number : NONCE * (number + 1)]
        sealed.append(nonce + encrypt(nonce, text, bound + record))
    told = pl.Series(sealed, dtype=pl.Binary).bin.encode("base64")
    return (pl.Series([f"1:{key_id}:"]) + told).alias(cells.name)


def keys_of(cells: pl.Series) -> list[str]:
    """Ids of the data keys under which cells are sealed."""
    sealed = cells.filter(cells.str.contains(SEALED))
    return sealed.str.slice(len("1:"), KEY_ID).unique().sort().to_list()


def open_cells(cells: pl.Series, ids: pl.Series, place: str, ciphers: Mapping[str, Aead | None]) -> pl.Series:
    """The texts of a column, those that are not sealed as they are. A destroyed key (None) leaves its cells empty.

    ``VerificationFailed`` when a cell is not what was sealed, or not for this record and column.
    """
    sealed = cells.str.contains(SEALED).fill_null(value=False)
    if not sealed.any():
        return cells
    try:
        bodies = cells.filter(sealed).str.slice(_BODY).str.decode("base64").to_list()
    except pl.exceptions.PolarsError:
        raise VerificationFailed(f"{_named(place)}: a sealed cell is no base64") from None
    bound, opened = f"{place}{SEPARATOR}".encode(), list[bytes | None]()
    ways: dict[str, Callable[[bytes, bytes, bytes | None], bytes] | None] = {
        one: None if cipher is None else cipher.decrypt for one, cipher in ciphers.items()
    }
    keys = cells.filter(sealed).str.slice(len("1:"), KEY_ID).to_list()
    for body, key, record in zip(bodies, keys, _bytes(ids.filter(sealed)), strict=True):
        decrypt = ways[key]
        if decrypt is None:
            opened.append(None)
            continue
        try:
            opened.append(decrypt(body[:NONCE], body[NONCE:], bound + (record or b"")))
        except (InvalidTag, ValueError):
            told = f"{_named(place)}: record {(record or b'').decode()}: a cell is not what was sealed"
            raise VerificationFailed(told) from None
    texts = pl.Series(opened, dtype=pl.Binary).cast(pl.String)
    if sealed.all():
        return texts.alias(cells.name)
    return cells.clone().scatter(sealed.arg_true(), texts)  # it writes where it stands


def _named(place: str) -> str:
    return place.replace(SEPARATOR, ", column ")


def _bytes(texts: pl.Series) -> list[bytes | None]:
    return texts.cast(pl.Binary).to_list()


def pseudonyms(values: pl.Series, key: bytes) -> pl.Series:
    """The keyed BLAKE2b of every text, 32 hex; equal texts have equal ones."""
    made = [
        None if text is None else hashlib.blake2b(text, key=key, digest_size=_PSEUDONYM).hexdigest()
        for text in _bytes(values)
    ]
    return pl.Series(values.name, made, dtype=pl.String)
