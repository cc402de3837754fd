"""What of the read API is past its time (到期查询记录): its log, and withdrawals that were told long enough."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hub.contract.retention import Period
from hub.ledger import evidence, service_log
from hub.ledger.connect import reading, writing
from hub.ledger.locks import Hold
from hub.line.service_keys import outlet_of

if TYPE_CHECKING:
    from hub.line.hub import Hub

AT_ONCE = 5_000
COUNTED = 1_000_000  # by a dry run


def expire(hub: Hub, now: datetime, hold: Hold | None) -> list[dict[str, Any]]:
    """Erase it and tell how much, in the form of ``hub.line.expiring``; without ``hold`` only tell."""
    way = outlet_of(hub)
    if way is None or way.conditions is None:
        return []
    before = Period(hub.settings.service_log_years, "y").before(now)
    told: dict[str, Any] = {"dataset": way.id, "class": "queries", "before": before}
    if hold is None:
        with reading(hub.ledger) as connection:
            count = len(service_log.expired(connection, before, COUNTED))
        return [told | {"count": count}] if count else []
    count = 0
    while True:
        with writing(hub.ledger, "expire_queries") as connection:
            hold.check(connection)
            service_log.forget(connection, now - timedelta(days=way.conditions.changes_days))
            chosen = service_log.expired(connection, before, AT_ONCE)
            if chosen:
                service_log.erase(connection, chosen)
                facts: dict[str, Any] = {
                    "class": "queries",
                    "dataset": way.id,
                    "before": evidence.moment(before),
                    "reason": "retention",
                }
                sha256 = hashlib.sha256(",".join(map(str, chosen)).encode()).hexdigest()
                evidence.append(connection, "erased", now, **facts, count=len(chosen), sha256=sha256)
                evidence.seal(connection, now)
        count += len(chosen)
        if len(chosen) < AT_ONCE:
            return [told | {"count": count}] if count else []
