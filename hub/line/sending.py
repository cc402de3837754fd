"""The open feed is brought up to date with the ledger, and its outbox entries are closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.model import Contract
from hub.ledger import evidence, frames, outbox
from hub.ledger.connect import reading, writing
from hub.ledger.locks import Hold, exclusive
from hub.line import publication, restoring
from hub.line.circumstances import Standing
from hub.outlets import open_feed, sharing

if TYPE_CHECKING:
    from hub.line.hub import Hub


def publish(hub: Hub) -> dict[str, int]:
    """Bring the open feed up to what the ledger holds now; entries that wait are in it afterwards."""
    with exclusive(hub.ledger, "outlet/open_feed", lease_seconds=hub.settings.lease_seconds) as hold:
        chosen = [one for one in hub.contracts.values() if open_feed.OUTLET in hub.receiving(one)]
        with reading(hub.ledger) as connection:
            marks = {one.dataset: outbox.last_sequence(connection, open_feed.OUTLET, one.dataset) for one in chosen}
        # A clock that was set back must not show again what has been taken down since.
        today = max(hub.today(), open_feed.as_of(hub.home / "feed") or date.min)
        standing = Standing(
            hub, today
        )  # read after the marks: what steers a record was accepted with an entry of its own
        shown = contents(hub, today, standing)
        told = publication.changes(hub, shown, marks, today, standing)
        index = open_feed.publish(hub.home / "feed", hub.county, shown, today, partial(_announce, hub, hold))
        with writing(hub.ledger, "published") as connection:
            hold.check(connection)
            restoring.opened(connection, open_feed.OUTLET)  # a feed is made anew each time
            now = hub.now()
            publication.issue(hub, connection, told, index["version"], today, now)
            for dataset, mark in marks.items():
                if mark:
                    outbox.mark_all(connection, open_feed.OUTLET, dataset, mark, now)
            before = evidence.latest(connection, "published")
            if before is None or before["body"]["version"] != index["version"]:
                counts = {entry["dataset"]: entry["records"] for entry in index["datasets"]}
                evidence.append(connection, "published", now, version=index["version"], records=counts)
            evidence.seal(connection, now)
    publication.put(hub)
    answered = sum(1 for mark in marks.values() if mark)
    return {"sent": sum(entry["records"] for entry in index["datasets"]), "answered": answered, "pending": 0}


def contents(hub: Hub, today: date, standing: Standing) -> tuple[open_feed.Content, ...]:
    """What the public may see on a day, by dataset."""
    chosen = [one for one in hub.contracts.values() if open_feed.OUTLET in hub.receiving(one)]
    return tuple(
        open_feed.select(_current(hub, one, open_feed.OUTLET), one, today, standing.of(one, open_feed.OUTLET))
        for one in chosen
    )


def _announce(hub: Hub, hold: Hold, index: Mapping[str, Any]) -> None:
    """Nothing leaves without evidence: what is about to be seen is entered and signed first."""
    with writing(hub.ledger, "announce") as connection:
        hold.check(connection)
        now, told = hub.now(), {"version": index["version"], "as_of": index["as_of"]}
        before = evidence.latest(connection, "publishing")
        if before is not None and before["body"] == told:
            return  # by a run that was broken off before the switch
        evidence.append(connection, "publishing", now, **told)
        evidence.seal(connection, now)


def _current(hub: Hub, contract: Contract, outlet: str) -> pl.DataFrame:
    """The current records of a dataset with the columns on which the decision and the show depend."""
    return frames.current(hub.ledger, hub.shape(contract), sharing.needed(contract, outlet))
