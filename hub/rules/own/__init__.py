"""Expectations that Great Expectations does not have, in its own terms, so that stock GX on pandas runs them, too.

Importing this package registers them; do it before a suite is built. What ``hub.rules`` makes of each stands in
``of_columns`` and ``of_batch``; the pandas code here is written apart from that, so that a test can compare the two.
"""

from hub.rules.own.filled import ExpectMulticolumnValuesToNotBeAllNull
from hub.rules.own.gaps import ExpectColumnSequenceGapsToBeBetween
from hub.rules.own.repeated import ExpectTableRepeatedRowShareToBeBetween
from hub.rules.own.total import ExpectMulticolumnTotalToEqualSumOfParts

__all__ = [
    "ExpectColumnSequenceGapsToBeBetween",
    "ExpectMulticolumnTotalToEqualSumOfParts",
    "ExpectMulticolumnValuesToNotBeAllNull",
    "ExpectTableRepeatedRowShareToBeBetween",
]
