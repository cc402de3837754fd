"""What is due at an outlet (待办): the question that every clock asks before it rings one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.contract.model import Outlet
from hub.ledger import outbox
from hub.ledger.connect import reading
from hub.line import recalling, restoring, sweeping, ways_out

if TYPE_CHECKING:
    from hub.line.hub import Hub


def due(hub: Hub, outlet: Outlet) -> int:
    """Entries of an outlet without a final state; a feed of another day is one more: windows end by clock.

    Reports that were called back and still lie there count for every outlet: whichever runs takes them away.
    """
    if outlet.kind in ways_out.OPTIONAL and ways_out.unset(hub, outlet):
        return 0  # nobody has set it up; hub doctor says so
    with reading(hub.ledger) as connection:
        if (first := restoring.waits(connection, outlet.id)) is None:
            return 0  # closed since a restore
        count = outbox.open_count(connection, outlet.id) + first + recalling.due(connection)
    if outlet.kind == "open_feed":
        from hub.outlets import open_feed

        shown = open_feed.as_of(hub.home / "feed")
        return count + (shown is None or shown < hub.today())
    chosen = [one for one in hub.contracts.values() if outlet.id in hub.receiving(one)]
    return count + sweeping.due(hub, outlet.id, chosen)
