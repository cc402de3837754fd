"""What a subject may know of the queries about it (主体查询记录), from the log of credit checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.errors import WrongUsage
from hub.ledger import checks
from hub.ledger.connect import reading
from hub.line.checking import subject_key
from hub.line.hub import ZONE
from hub.outlets.credit_check import VERDICTS

if TYPE_CHECKING:
    from hub.line.hub import Hub


def queries(hub: Hub, code: str) -> list[dict[str, Any]]:
    """Every query about the subject with this credit code or citizen id, oldest first; the code is kept nowhere."""
    if not code.strip():
        raise WrongUsage("a credit code or a citizen id is needed, on one line of stdin")
    with reading(hub.ledger) as connection:
        found = checks.about(connection, subject_key(hub, code))
    return [
        {
            "at": one["at"].astimezone(ZONE).isoformat(timespec="minutes"),
            "department": hub.county.department(one["department"]).name,
            "purpose": one["purpose"],
            "authority": one["authority"],
            "person": one["person"],
            "authoriser": one["authoriser"],
            "verdict": VERDICTS[one["verdict"]],
            "records": len(one["shown"]),
            "shown": one["shown"],
            "left": one["put_at"] is not None,
        }
        for one in found
    ]
