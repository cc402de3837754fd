"""The keys of landed files (原件密钥): data keys of the ledger, one for each month of landing, handed to the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from hub.ledger import data_keys
from hub.ledger.ciphers import Aead
from hub.ledger.connect import reading
from hub.ledger.data_keys import data_key
from hub.line.keeping_keys import STORE, month_of


class BlobKeys:
    """As ``hub.sealed_blobs.Keys``. The ledger is asked for when the first key is."""

    def __init__(self, ledger: Callable[[], sa.Engine], now: Callable[[], datetime]) -> None:
        self._ledger, self._now = ledger, now

    def current(self) -> tuple[str, Aead] | None:
        """Id and cipher of the present month's key, made when there is none; None: nothing is sealed."""
        now = self._now()
        key = data_keys.current(self._ledger(), STORE, month_of(now), now)
        return None if key is None else (key.id, key.cipher)

    def opened(self, key_id: str) -> Aead | None:
        """The cipher of an id, None for a destroyed key; ``LookupError`` when the ledger has none of this id."""
        mine = sa.select(data_key.c.id).where(data_key.c.id == key_id, data_key.c.dataset == STORE)
        with reading(self._ledger()) as connection:
            if connection.scalar(mine) is None:
                raise LookupError
            return data_keys.opened(connection, [key_id])[key_id]
