"""The open feed is brought up to date with the ledger, and its outbox entries are closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.model import Contract
from hub.ledger import evidence, frames, outbox, published
from hub.ledger.connect import reading, writing
from hub.ledger.locks import Hold, exclusive
from hub.line import feed_basis, publication, releasing, restoring
from hub.line.circumstances import Standing
from hub.line.feed_basis import Basis
from hub.outlets import open_feed, sharing
from hub.outlets.open_feed import OUTLET

if TYPE_CHECKING:
    from hub.line.hub import Hub

Marks = Mapping[str, int]  # by dataset the last entry that waited when the release was begun; 0 for none


def publish(hub: Hub) -> dict[str, int]:
    """Bring the open feed up to what the ledger holds now; entries that wait are in it afterwards."""
    with exclusive(hub.ledger, "outlet/open_feed", lease_seconds=hub.settings.lease_seconds) as hold:
        chosen = _chosen(hub)
        with reading(hub.ledger) as connection:
            marks = {one.dataset: outbox.last_sequence(connection, OUTLET, one.dataset) for one in chosen}
            basis = None if restoring.waits(connection, OUTLET) else feed_basis.read(hub, connection)
        # A clock that was set back must not show again what has been taken down since.
        today = max(hub.today(), open_feed.as_of(hub.home / "feed") or date.min)
        # Read after the marks: what steers a record was accepted with an entry of its own.
        standing = Standing(hub, today)
        shown = [_content(hub, one, today, standing, basis, marks[one.dataset]) for one in chosen]
        told = publication.changes(hub, shown, marks, today, standing)
        index = open_feed.shown_index(hub.home / "feed")
        if index is None or basis is None or not feed_basis.same_datasets(basis, chosen) or any(map(_changes, shown)):
            index = open_feed.publish(hub.home / "feed", hub.county, shown, today, partial(_announce, hub, hold))
        event = _close(hub, hold, told, index, marks, today)
        feed_basis.keep(hub, index, event, {one.dataset: (one, standing.of(one, OUTLET)) for one in chosen})
    publication.put(hub)
    answered = sum(1 for mark in marks.values() if mark)
    return {"sent": sum(entry["records"] for entry in index["datasets"]), "answered": answered, "pending": 0}


def contents(
    hub: Hub, today: date, standing: Standing, memories: Mapping[str, pl.DataFrame | None]
) -> tuple[open_feed.Content, ...]:
    """All that the public may see on a day, by dataset; ``memories``: what of its aggregates was released by then."""
    return tuple(_selected(hub, one, today, standing, memories.get(one.dataset)) for one in _chosen(hub))


def _chosen(hub: Hub) -> list[Contract]:
    return [one for one in hub.contracts.values() if OUTLET in hub.receiving(one)]


def _whole(hub: Hub, contract: Contract, today: date, standing: Standing) -> open_feed.Content:
    summed = any(rule.outlet == OUTLET for rule in contract.aggregates)
    memory = releasing.bring_up_to_date(hub, contract, today) if summed else None
    return _selected(hub, contract, today, standing, memory)


def _selected(
    hub: Hub, contract: Contract, today: date, standing: Standing, memory: pl.DataFrame | None
) -> open_feed.Content:
    records = frames.current(hub.ledger, hub.shape(contract), sharing.needed(contract, OUTLET))
    return open_feed.select(records, contract, today, standing.of(contract, OUTLET), memory)


def _content(
    hub: Hub, contract: Contract, today: date, standing: Standing, basis: Basis | None, mark: int
) -> open_feed.Content | open_feed.Update:
    """What a dataset shows: only what changed, where it is known from what the current release was decided."""
    whole = partial(_whole, hub, contract, today, standing)
    known = basis is not None and basis.as_of == today.isoformat()
    if basis is None or not known or basis.rules.get(contract.dataset) != feed_basis.rules(hub, contract):
        return whole()
    circumstances = standing.of(contract, OUTLET)
    ids = feed_basis.changed(basis, contract, circumstances)
    if mark and ids is not None:
        with reading(hub.ledger) as connection:
            waiting = published.closing(connection, OUTLET, contract.dataset, mark)["record_id"]
        ids = pl.concat([ids, waiting]).unique().sort()
    if ids is None or (contract.aggregates and len(ids)):
        return whole()
    records = frames.of_records(hub.ledger, hub.shape(contract), sharing.needed(contract, OUTLET), ids)
    return open_feed.select_of(records, ids, contract, today, circumstances, whole)


def _changes(content: open_feed.Content | open_feed.Update) -> bool:
    return isinstance(content, open_feed.Content) or not content.decided.is_empty()


def _close(
    hub: Hub,
    hold: Hold,
    told: Sequence[publication.Changes],
    index: Mapping[str, Any],
    marks: Marks,
    today: date,
) -> int:
    """Enter what was shown, close its entries; gives the sequence of the event that tells of the release."""
    with writing(hub.ledger, "published") as connection:
        hold.check(connection)
        restoring.opened(connection, OUTLET)  # a feed is made anew each time
        now = hub.now()
        publication.issue(hub, connection, told, index["version"], today, now)
        for dataset, mark in marks.items():
            if mark:
                outbox.mark_all(connection, OUTLET, dataset, mark, now)
        before = evidence.latest(connection, "published")
        if before is not None and before["body"]["version"] == index["version"]:
            event = int(before["sequence"])
        else:
            counts = {entry["dataset"]: entry["records"] for entry in index["datasets"]}
            event = evidence.append(connection, "published", now, version=index["version"], records=counts)
        evidence.seal(connection, now)
    return event


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
