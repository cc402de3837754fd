"""Where a receipt comes from (来源): bytes that were sent, contract, moment, in the words of ``receipt.v1``."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.contract.model import Contract
from hub.errors import CallOperator
from hub.receipts.parts import Submission

ZONE = ZoneInfo("Asia/Shanghai")


def contract_of(contract: Contract) -> dict[str, Any]:
    """The contract, as receipts name it."""
    return {
        "id": contract.dataset,
        "title": contract.title,
        "version": contract.version,
        "ruleset": contract.fingerprint,  # contract, code lists and expectations together are the set of rules
    }


def submission_of(submission: Submission) -> dict[str, Any]:
    """The bytes that came, as receipts name them."""
    return {
        **asdict(submission),
        "file_name": submission.file_name.encode("utf-8", "replace").decode("utf-8"),  # a name of broken bytes
        "received_at": moment(submission.received_at),
    }


def package(submission: Submission, batch_no: str | None) -> str:
    """A name for machines that a second run gives again."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{batch_no or ''} {submission.sha256}").urn


def moment(at: datetime) -> str:
    """A moment in the county's zone; ``CallOperator`` when it has no zone."""
    if at.tzinfo is None:
        raise CallOperator("a moment on a receipt needs a zone")
    return at.astimezone(ZONE).isoformat(timespec="seconds")
