"""The receipt of stage 4 (公示/撤回): what a release of the open feed did with the rows of a delivery."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.receipts import wording
from hub.receipts.compose import finished
from hub.receipts.origin import moment
from hub.receipts.parts import PublicationTold


def compose_publication(
    first_receipt: Mapping[str, Any], told: PublicationTold, receipt_no: str, generated_at: datetime
) -> dict[str, Any]:
    """The receipt of stage 4 (公示/撤回): what a release of the open feed did with the rows of a delivery.

    It adds to the first receipt, whose counts stay true. ``CallOperator`` when it tells of nothing, or its reasons do
    not add up.
    """
    told.check()
    receipt: dict[str, Any] = {
        **first_receipt,
        "receipt_no": receipt_no,
        "stage": "publication",
        "supersedes": None,
        "amends": first_receipt["receipt_no"],
        "verdict": {"code": "PUBLICATION", "text": wording.publication(told)},
        "resend": None,
        "causes": [],
        "findings": [],
        "corrections": [],
        "timeliness": None,
        "publication": told.as_json(),
        "next": {**first_receipt["next"], "action": "NONE", "template": None, "respond_by": None},
        "generated_at": moment(generated_at),
    }
    receipt.pop("returned", None)
    return finished(receipt, template=False)
