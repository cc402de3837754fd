"""Credit-service bodies ask about subjects (信用服务市场): decided at the moment of the answer, logged before it.

Nothing is prepared and nothing is kept that could be shown again. What a body was shown is noted; of that alone it is
told when it changes or is withdrawn, so that it can delete it. Who asks about a subject that is unknown, or of whom
nothing may be seen, gets the same answer in both cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.contract.model import Contract
from hub.errors import HubError, NotFound
from hub.ledger import checks, frames, service_keys, service_log
from hub.ledger.connect import reading
from hub.ledger.service_keys import Body, Key
from hub.ledger.service_log import Held, Turn
from hub.line.checking import subject_key
from hub.line.circumstances import Standing
from hub.line.service_door import NotGiven, Question, Said, admit, log, outlet
from hub.outlets import services
from hub.outlets.services import Fact as Fact

if TYPE_CHECKING:
    from hub.line.hub import Hub


AT_ONCE = 5_000  # changes of what a body holds that one transaction enters


class NoCode(HubError):
    """What was asked for is no unified social credit code."""


class TooOld(HubError):
    """Withdrawals since this cursor are told no more, or it is from before a restore: the body begins anew."""


class Withdrawn(HubError):
    """The body was shown this record, and may hold it no longer."""


@dataclass(frozen=True, slots=True)
class Page:
    """Facts in the order of their ids; ``after``: from where the next page goes on."""

    facts: Sequence[Fact]
    after: str | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What a body holds otherwise: rows with ``record_id``, ``dataset``, ``operation``; where to go on, and when."""

    rows: Sequence[Mapping[str, Any]]
    cursor: str
    more: bool
    as_of: datetime


def contracts(hub: Hub, body: Body) -> list[Contract]:
    """What a body may ask for: of its scope what a contract gives to the outlet."""
    name = outlet(hub).id
    known = (hub.contracts[one] for one in body.datasets if one in hub.contracts)
    return [one for one in known if services.given(one, name)]


def facts(hub: Hub, key: Key, purpose: str, code: str, dataset: str | None, after: str | None, limit: int) -> Page:
    """What may be seen of one subject, found by its code alone."""
    question = Question(key, "facts", purpose)
    admit(hub, question)
    chosen = contracts(hub, key.body)
    if not services.is_code(code, hub.contracts.values()):
        raise NoCode("this is no unified social credit code")
    if dataset is not None:
        chosen = [one for one in chosen if one.dataset == dataset]
        if not chosen:
            raise NotGiven("the body may not ask for this dataset")
    found: dict[str, pl.Series] = {}
    with reading(hub.ledger) as connection:
        for contract in chosen:
            if (column := contract.subject.organisation_id) is not None:
                codes = pl.Series([code], dtype=pl.String)
                found[contract.dataset] = checks.records_of(connection, hub.shape(contract), column, codes)
    told = [one for one in _decided(hub, found) if one.subject == code and one.record_id > (after or "")]
    told.sort(key=lambda one: one.record_id)
    page, subject = told[:limit], subject_key(hub, code)
    turns = [Turn(one.record_id, one.dataset, subject, one.digest) for one in page]
    outcome = service_log.SHOWN if page else service_log.NOTHING
    now = log(hub, question, turns, Said(outcome, _shown(page), subject))
    return Page(page, page[-1].record_id if len(told) > limit else None, now)


def record(hub: Hub, key: Key, purpose: str, record_id: str) -> tuple[Fact, datetime]:
    """One record that the body was shown before, as it may be seen now; ``Withdrawn`` when it may not any more.

    ``NotFound`` for every other id, whether there is such a record or not.
    """
    question = Question(key, "record", purpose)
    admit(hub, question)
    with reading(hub.ledger) as connection:
        mine = service_log.held(connection, key.body.id, [record_id]).get(record_id)
    if mine is None:
        log(hub, question, (), Said(service_log.NOTHING))
        raise NotFound("the body was shown no such record")
    seen = _seen(hub, key.body, [mine])
    turns = [_turn(mine, seen)]
    if record_id not in seen:
        log(hub, question, turns, Said(service_log.GONE, (), mine.subject))
        raise Withdrawn("the record may be seen no longer")
    fact = seen[record_id]
    return fact, log(hub, question, turns, Said(service_log.SHOWN, _shown([fact]), mine.subject))


def changes(hub: Hub, key: Key, purpose: str, after: str | None, limit: int) -> Changes:
    """What has become of that which the body was shown; ``after``: the cursor of the answer before."""
    question = Question(key, "changes", purpose)
    admit(hub, question)
    with reading(hub.ledger) as connection:
        mine = service_log.held(connection, key.body.id)
    seen = _seen(hub, key.body, mine.values())
    turns = [_turn(one, seen) for one in mine.values()]
    # What must be deleted first: a transaction takes a part, and the body asks on.
    turned = sorted(
        (one for one in turns if one.digest != mine[one.record_id].digest), key=lambda one: one.digest != ""
    )
    told: list[Changes] = []

    def tell(connection: sa.Connection, body: Body) -> Said:
        start = _position(body, after)
        if start is None:
            return Said(service_log.GONE)
        if start > body.confirmed:
            service_keys.change_body(connection, body.id, confirmed=start, confirmed_at=hub.now())
        rows = service_log.changes(connection, body.id, start, limit + 1)
        last = rows[:limit][-1]["sequence"] if rows else start
        more = len(rows) > limit or len(turned) > AT_ONCE
        told.append(Changes(rows[:limit], f"{body.epoch}-{last}", more, hub.now()))
        return Said(service_log.TOLD, [(one["dataset"], one["record_id"], one["operation"]) for one in rows[:limit]])

    log(hub, question, turned[:AT_ONCE], tell)
    if not told:
        raise TooOld("the cursor is too old")
    return told[0]


def datasets(hub: Hub, key: Key) -> tuple[list[dict[str, Any]], datetime]:
    """What the body may ask for, with legal basis and fields."""
    question, way = Question(key, "datasets", None), outlet(hub)
    admit(hub, question)
    told = [services.described(one, way, hub.county.department(one.owner).name) for one in contracts(hub, key.body)]
    return told, log(hub, question, (), Said(service_log.TOLD))


def _decided(hub: Hub, ids: Mapping[str, pl.Series]) -> Iterable[Fact]:
    """What may be seen of the named current records, by dataset.

    Where there is nothing it is decided all the same: what was repaired must not be told apart by the time it takes.
    """
    name, today = outlet(hub).id, hub.today()
    read = []
    for dataset, records in ids.items():
        contract = hub.contracts[dataset]
        columns = services.wanted(contract, name)
        read.append((contract, frames.of_records(hub.ledger, hub.shape(contract), columns, records)))
    standing = Standing(hub, today)  # read last: what came meanwhile counts
    for contract, rows in read:
        yield from services.facts(rows, contract, name, today, standing.of(contract, name), hub.record_key)


def _seen(hub: Hub, body: Body, mine: Iterable[Held]) -> dict[str, Fact]:
    """Of what a body was shown that which it may still see, by record."""
    allowed = {one.dataset for one in contracts(hub, body)}
    of: dict[str, list[str]] = {}
    for one in mine:
        if one.dataset in allowed:
            of.setdefault(one.dataset, []).append(one.record_id)
    ids = {dataset: pl.Series(records, dtype=pl.String) for dataset, records in of.items()}
    return {one.record_id: one for one in _decided(hub, ids)}


def _turn(mine: Held, seen: Mapping[str, Fact]) -> Turn:
    digest = seen[mine.record_id].digest if mine.record_id in seen else ""
    return Turn(mine.record_id, mine.dataset, mine.subject, digest, mine.sequence)


def _shown(page: Iterable[Fact]) -> list[tuple[str, str, int | str]]:
    return [(one.dataset, one.record_id, one.version) for one in page]


def _position(body: Body, cursor: str | None) -> int | None:
    """The sequence of a cursor; None when not everything since then is told any more."""
    if cursor is None:
        return 0
    epoch, _, sequence = cursor.partition("-")
    return int(sequence) if epoch == body.epoch and body.forgotten <= int(sequence) <= body.sequence else None
