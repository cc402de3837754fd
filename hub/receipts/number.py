"""Batch and receipt numbers that can be read out by telephone.

``R-<division6>-<department>-<dataset>-<yyyymmdd>-<nnn>-<stage>-<check>``; no letter O or I anywhere, so that nobody
writes a zero or a one for it. The last character is a Luhn mod N check over the 34 characters that are left: it finds
every wrong character and nearly every pair of neighbours that changed places.
"""

from __future__ import annotations

import re
from datetime import date

from hub.errors import FixConfiguration

ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # an even number of characters, as the algorithm needs
UNKNOWN_DATASET = "WZSJ"  # 未知数据: the file name did not say which dataset

_CODE = re.compile(r"[0-9A-HJ-NP-Z]{2,12}")
_BATCH = re.compile(r"\d{6}-[0-9A-HJ-NP-Z]{2,12}-[0-9A-HJ-NP-Z]{2,12}-\d{8}-\d{3,}")
_RECEIPT = re.compile(rf"R-{_BATCH.pattern}-[1-4](?:\d{{2,}})?-[0-9A-HJ-NP-Z]")


def batch_no(division: str, department_code: str, dataset_code: str, day: date, nnn: int) -> str:
    """Number of one delivery: ``320830-SCJG-XZXK-20261123-007``.

    ``division`` six digits (GB/T 2260), ``day`` of receipt in Asia/Shanghai, ``nnn`` from 1 within department, dataset
    and day; above 999 it grows. ``FixConfiguration`` when a code is not 2 to 12 capitals or digits without O and I.
    """
    for what, code in (("department", department_code), ("dataset", dataset_code)):
        if not _CODE.fullmatch(code):
            raise FixConfiguration(f"the {what} code {code!r} must be 2 to 12 capitals or digits without O and I")
    if not re.fullmatch(r"\d{6}", division):
        raise FixConfiguration(f"the division {division!r} must be six digits")
    if nnn < 1:
        raise ValueError("deliveries are numbered from 1")
    return f"{division}-{department_code}-{dataset_code}-{day:%Y%m%d}-{nnn:03d}"


def receipt_no(batch_no: str, stage: int, ordinal: int = 1) -> str:
    """Number of one receipt of the batch. ``stage`` 1 received, 2 judged, 3 province, 4 published or withdrawn.

    A later receipt of the same stage (``ordinal`` from 2) has the ordinal behind the stage: ``302`` is the second
    answer of stage 3.
    """
    if not _BATCH.fullmatch(batch_no):
        raise ValueError("not a batch number")
    if stage not in (1, 2, 3, 4) or ordinal < 1:
        raise ValueError("stages are 1 to 4, ordinals start at 1")
    body = f"R-{batch_no}-{stage}" + (f"{ordinal:02d}" if ordinal > 1 else "")
    return f"{body}-{_check(body)}"


def valid(receipt_no: str) -> bool:
    """Whether the text has the form of a receipt number and its check character fits."""
    return bool(_RECEIPT.fullmatch(receipt_no)) and _check(receipt_no[:-2]) == receipt_no[-1]


def _check(body: str) -> str:
    """Luhn mod N over the characters without the hyphens, from right to left, every other one doubled."""
    base = len(ALPHABET)
    total = 0
    for place, letter in enumerate(reversed(body.replace("-", ""))):
        addend = ALPHABET.index(letter) * (2 if place % 2 == 0 else 1)
        total += addend // base + addend % base
    return ALPHABET[-total % base]
