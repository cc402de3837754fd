"""Numbers and sums as senders tell them of a whole file, in totals lines and markers: exactly, or not at all."""

from __future__ import annotations

import re
from decimal import Decimal

from hub.contract.handing_over import Amount

_COUNT = re.compile(r"[0-9]{1,12}")
_SUM = re.compile(r"[+-]?(?:[0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.[0-9]{1,6})?")
_BARE = re.compile(r"[+-]?[0-9]{1,24}")


def count(text: str) -> int | None:
    """A number of rows.

    >>> count("00000317"), count("317笔")
    (317, None)
    """
    return int(text) if _COUNT.fullmatch(text.strip()) else None


def amount(text: str, written: Amount) -> str | None:
    """A sum as a plain decimal number in its own unit.

    >>> amount("000000020000000", Amount("je", 2, 100)), amount("200,000.5", Amount("je", 0, 100))
    ('200000.00', '200000.5')
    >>> amount("200000.00", Amount("je", 2, 100)) is None
    True
    """
    bare = text.strip()
    if not (_BARE if written.decimals else _SUM).fullmatch(bare):
        return None
    return f"{Decimal(bare.replace(',', '')).scaleb(-written.decimals):f}"
