"""Stage 4 (公示/撤回): a department learns what a release of the open feed did with the rows that it sent.

Told are the records whose outbox entries the release closes: what is shown for the first time or anew, what is withheld
and why, what was taken down. A record goes to the delivery that brought the version in question. One receipt for a
delivery and release; a release that closes nothing tells nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.contract.model import Contract
from hub.ledger import deliveries, evidence, frames, outbox, published, reopening
from hub.ledger.connect import reading
from hub.ledger.records import RecordTable
from hub.line import answering
from hub.line.circumstances import Standing
from hub.line.receipting import digest
from hub.outlets import open_feed, reasons, sharing
from hub.receipts.compose import to_bytes
from hub.receipts.number import receipt_no
from hub.receipts.parts import PublicationRow, PublicationTold
from hub.receipts.published import compose_publication

if TYPE_CHECKING:
    from hub.line.hub import Hub

STAGE = "publication"
SHOWN = 1_000  # rows that a receipt lists; its counts are exact
REASONS = {code: words.no for code, words in reasons.WORDS.items()}
PUBLISHED, WITHHELD, WITHDRAWN = "published", "withheld", "withdrawn"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a release does with the rows of one delivery: ``record_id``, ``state``, ``reason``."""

    delivery_id: int
    shape: RecordTable  # of its dataset
    rows: pl.DataFrame


def changes(
    hub: Hub, contents: open_feed.Contents, marks: Mapping[str, int], today: date, standing: Standing
) -> list[Changes]:
    """By delivery, what closing the entries up to the marks tells; ``contents`` is what the release shows."""
    found = list[Changes]()
    for content in contents:
        contract = content.contract
        if marks.get(contract.dataset) and sharing.columns(contract, open_feed.OUTLET):
            found += _of_dataset(hub, contract, content, marks[contract.dataset], today, standing)
    return sorted(found, key=lambda one: one.delivery_id)


def _of_dataset(
    hub: Hub,
    contract: Contract,
    content: open_feed.Content | open_feed.Update,
    mark: int,
    today: date,
    standing: Standing,
) -> Iterator[Changes]:
    shape = hub.shape(contract)
    with reading(hub.ledger) as connection:
        entries = published.closing(connection, open_feed.OUTLET, contract.dataset, mark)
        gone = entries.filter(pl.col("operation") == outbox.DELETE)
        brought = published.brought_by(connection, shape, gone.select("record_id", "version"))
    kept = entries.filter(pl.col("operation") != outbox.DELETE)
    shown = content.table["id"] if content.table.width else pl.Series(dtype=pl.String)
    # What is not current any more has another entry, or is gone: it is told with that.
    columns = sharing.needed(contract, open_feed.OUTLET)
    current = frames.of_records(hub.ledger, shape, columns, kept["record_id"])
    circumstances = standing.of(contract, open_feed.OUTLET)
    refused = sharing.decide(current, contract, open_feed.OUTLET, today, circumstances).replace(REASONS)
    told = current.select("record_id", "delivery_id").with_columns(refused.alias("reason"))
    told = told.with_columns(
        pl.when(pl.col("record_id").is_in(shown.implode()))
        .then(pl.lit(PUBLISHED))
        .otherwise(pl.lit(WITHHELD))
        .alias("state")
    )
    told = told.filter((pl.col("state") == PUBLISHED) == pl.col("reason").is_null())
    down = brought.with_columns(pl.lit(None, pl.String).alias("reason"), pl.lit(WITHDRAWN).alias("state"))
    whole = pl.concat([told, down.select(told.columns)]).sort("record_id")
    for (delivery_id,), rows in whole.partition_by("delivery_id", as_dict=True).items():
        yield Changes(int(str(delivery_id)), shape, rows.select("record_id", "state", "reason"))


def issue(
    hub: Hub, connection: sa.Connection, told: Sequence[Changes], release: str, as_of: date, now: datetime
) -> None:
    """Enter the receipts, in the transaction that closes the entries."""
    for one in told:
        receipts = deliveries.receipts(connection, one.delivery_id)
        first = next((each for each in reversed(receipts) if each["stage"] == "validation"), None)
        if first is None or not first["body"]:  # its time was over
            continue
        delivery = deliveries.show(connection, one.delivery_id)
        earlier = [each["ordinal"] for each in receipts if each["stage"] == STAGE]
        ordinal = reopening.next_ordinal(connection, delivery["received_at"], earlier)
        number = receipt_no(delivery["batch_no"], 4, ordinal)
        told_rows = _told(connection, one, release, as_of)
        receipt = compose_publication(json.loads(first["body"]), told_rows, number, now)
        receipt["checkpoint"] = evidence.latest_checkpoint(connection)
        body = to_bytes(receipt).decode("utf-8")
        deliveries.issue_receipt(connection, one.delivery_id, number, STAGE, ordinal, body, now)
        counts = {name: receipt["publication"][name] for name in (PUBLISHED, WITHHELD, WITHDRAWN)}
        facts: dict[str, Any] = {"receipt_no": number, "receipt_sha256": digest(receipt), "release": release}
        evidence.append(connection, "published_rows", now, one.delivery_id, **facts, **counts)


def _told(connection: sa.Connection, one: Changes, release: str, as_of: date) -> PublicationTold:
    counts = dict(one.rows["state"].value_counts().iter_rows())
    withheld = one.rows.filter(pl.col("state") == WITHHELD)["reason"]
    why = sorted(withheld.value_counts().iter_rows(), key=lambda each: (-each[1], each[0]))
    places = published.rows_of(connection, one.shape, one.delivery_id, one.rows["record_id"].head(SHOWN).to_list())
    rows = [
        PublicationRow(*places[record_id], record_id, state, reason)
        for record_id, state, reason in one.rows.head(SHOWN).iter_rows()
        if record_id in places
    ]
    return PublicationTold(
        release=release,
        as_of=as_of,
        published=counts.get(PUBLISHED, 0),
        withheld=counts.get(WITHHELD, 0),
        withdrawn=counts.get(WITHDRAWN, 0),
        reasons=tuple(why),
        rows=tuple(sorted(rows, key=lambda row: (row.record, row.record_id))),
    )


def put(hub: Hub) -> None:
    """Put the receipts, those that an earlier run left included."""
    with reading(hub.ledger) as connection:
        unsent = deliveries.unsent(connection, STAGE)
    answering.answer_all(hub, unsent)
