"""Files that wait in an inbox for too long (久等的文件): their sender is told once, by a text in the outbox.

Nothing is done to the file. A sender whose upload broke off, or whose manifest does not fit, would else hear nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hub.ledger import notices, sightings
from hub.ledger.connect import reading, writing
from hub.ledger.locks import exclusive
from hub.line.hub import PATIENCE, ZONE
from hub.receipts import reminder, waiting_files
from hub.stages.collect import Seen, Wait

if TYPE_CHECKING:
    from hub.line.hub import Hub

LOCK = "waiting files"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that was not taken, its path as the ledger knows it, and why."""

    path: str
    seen: Seen
    why: Wait


def tell(hub: Hub, server: str, waiting: Sequence[Waiting]) -> int:
    """Enter a notice for each department with files that have stood still for too long; gives how many notices.

    A file that still moves is not among them: it is taken when patience ends.
    """
    stuck = {one.path: one for one in waiting if one.why is not Wait.MOVES}
    now = hub.now()
    with reading(hub.ledger) as connection:
        before = now - timedelta(seconds=hub.settings.tell_waiting_seconds)
        late = [path for path in sightings.untold(connection, server, before) if path in stuck] if stuck else []
    if not late:
        return 0
    today = now.astimezone(ZONE).date()
    # Two servers at once would give their notices the same number.
    with (
        exclusive(hub.ledger, LOCK, PATIENCE, hub.settings.lease_seconds),
        writing(hub.ledger, "lingering") as connection,
    ):
        groups: dict[str, list[Waiting]] = {}
        for path in late:
            if sightings.tell(connection, server, path, now):
                groups.setdefault(stuck[path].seen.department, []).append(stuck[path])
        for department, files in groups.items():
            number = notices.number_of(connection, department, waiting_files.INBOX, today.isoformat())
            named = [(one.seen.entry.name, one.why.value) for one in files]
            name = hub.county.department(department).name
            notices.enter(
                connection,
                ["file"],  # a file's name may say more than a mail or another program should know
                department=department,
                dataset=waiting_files.INBOX,
                day=today.isoformat(),
                number=number,
                name=reminder.name_of(waiting_files.TITLE, today, number),
                body=waiting_files.text(hub.county.name, name, named, today),
                about=[{"server": server, "waiting": why} for _, why in named],
                at=now,
            )
    return len(groups)
