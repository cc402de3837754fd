"""What was seen in the inboxes and since when it has not moved, on our clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from hub.ledger.tables import sighting


def look(
    connection: sa.Connection, server: str, seen: Iterable[tuple[str, int, int]], now: datetime
) -> dict[str, float]:
    """Enter what a server shows now (path, size, time of change); gives for each path the seconds it has stood still.

    Paths that are gone are forgotten.
    """
    known = {row.path: row for row in connection.execute(sa.select(sighting).where(sighting.c.server == server))}
    still: dict[str, float] = {}
    for path, size, modified in seen:
        before = known.pop(path, None)
        # A clock that was set back would let the file wait for a day that it has seen already.
        if before is not None and (before.size, before.modified) == (size, modified) and before.since <= now:
            still[path] = (now - before.since).total_seconds()
            continue
        still[path] = 0.0
        connection.execute(sighting.delete().where(sighting.c.server == server, sighting.c.path == path))
        connection.execute(sighting.insert().values(server=server, path=path, size=size, modified=modified, since=now))
    for path in known:
        connection.execute(sighting.delete().where(sighting.c.server == server, sighting.c.path == path))
    return still


def untold(connection: sa.Connection, server: str, before: datetime) -> list[str]:
    """Paths that have not moved since a moment or longer, and whose sender was not told so."""
    query = sa.select(sighting.c.path).where(
        sighting.c.server == server, sighting.c.since <= before, sighting.c.told_at.is_(None)
    )
    return list(connection.scalars(query.order_by(sighting.c.path)))


def tell(connection: sa.Connection, server: str, path: str, now: datetime) -> bool:
    """Note that the sender is told of a file; False when that was done before."""
    mine = (sighting.c.server == server, sighting.c.path == path, sighting.c.told_at.is_(None))
    return connection.execute(sighting.update().where(*mine).values(told_at=now)).rowcount == 1


def told(connection: sa.Connection, server: str) -> int:
    """How many files lie there whose senders were told that they wait."""
    query = sa.select(sa.func.count()).where(sighting.c.server == server, sighting.c.told_at.is_not(None))
    return int(connection.scalar(query) or 0)
