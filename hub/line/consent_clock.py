"""Consents that ended (授权的终止): which records at which outlet that takes down, and since when.

A consent ends when its subject takes it back, when a person withdraws its record, or on the day that it says. Where
another consent of the same subject still covers outlet and dataset, nothing is taken down.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.contract.model import Contract
from hub.contract.steering import Steers
from hub.ledger import frames, records, sealed
from hub.ledger.records import current_of
from hub.ledger.tables import tombstone
from hub.line.circumstances import Standing
from hub.line.hub import ZONE
from hub.outlets import clauses, sharing
from hub.stages import steered

if TYPE_CHECKING:
    from hub.line.hub import Hub

_AT_ONCE = 500  # values in one statement


def ended(hub: Hub, connection: sa.Connection, since: datetime) -> Iterator[tuple[Contract, str, str, datetime]]:
    """Dataset, record, outlet and moment of everything that a consent which ended since then had let out."""
    standing: Standing | None = None
    for contract in hub.contracts.values():
        steers = contract.steers
        if steers is None or steers.reason is not None or not records.exists(connection, hub.shape(contract)):
            continue
        asked = _asked(hub, connection, contract, steers, since)
        if not asked:
            continue
        standing = standing or Standing(hub, hub.today())
        said = _said(hub, connection, contract, steers, sorted(asked))
        for target in hub.contracts.values():
            for outlet in hub.receiving(target):
                basis = sharing.basis(target, outlet)
                if basis is None or not basis.consent:
                    continue
                covered = steered.names(steers.dataset, target.dataset) & steered.names(steers.outlets, outlet)
                moments = _by_code(said.filter(covered), steers, asked)
                for code in standing.of(target, outlet).consenting.to_list():
                    moments.pop(code, None)
                for record, code in _records(hub, connection, target, sorted(moments)):
                    yield target, record, outlet, moments[code]


def _asked(
    hub: Hub, connection: sa.Connection, contract: Contract, steers: Steers, since: datetime
) -> dict[str, datetime]:
    """By consent the first moment at which its end was known and due."""
    table, found = hub.shape(contract).table(), dict[str, datetime]()
    told: list[sa.Select[Any]] = [
        sa.select(tombstone.c.record_id, tombstone.c.at).where(
            tombstone.c.dataset == contract.dataset, tombstone.c.lifted_at.is_(None)
        )
    ]
    if steers.withdrawn is not None:
        told.append(sa.select(table.c.record_id, table.c.known_from).where(table.c[steers.withdrawn].is_not(None)))
    for query in told:
        for record, moment in connection.execute(query):
            found[record] = min(moment, found.get(record, moment))
    if steers.until is not None:
        until = table.c[steers.until]
        query = sa.select(table.c.record_id, table.c.known_from, until).where(current_of(table), until <= hub.today())
        for row in connection.execute(query):
            begins = datetime.combine(row[2], time(), ZONE)
            found.setdefault(row[0], max(row[1], begins))
    return {record: moment for record, moment in found.items() if moment >= since}


def _said(hub: Hub, connection: sa.Connection, contract: Contract, steers: Steers, chosen: list[str]) -> pl.DataFrame:
    """What these consents said in any version: whom they are of, and what they covered."""
    shape, rows = hub.shape(contract), list[dict[str, Any]]()
    table, names = shape.table(), ["record_id", steers.dataset, steers.outlets or "", *steers.parts.values()]
    for start in range(0, len(chosen), _AT_ONCE):
        part = table.c.record_id.in_(chosen[start : start + _AT_ONCE])
        query = sa.select(*(table.c[name] for name in names)).where(part).distinct()
        rows += sealed.open_rows(connection, shape, [dict(row._mapping) for row in connection.execute(query)])
    return pl.DataFrame([[row[name] for name in names] for row in rows], dict.fromkeys(names, pl.String), orient="row")


def _by_code(said: pl.DataFrame, steers: Steers, asked: dict[str, datetime]) -> dict[str, datetime]:
    """By code of the subject the last moment at which one of its consents ended."""
    found: dict[str, datetime] = {}
    for row in said.iter_rows(named=True):
        for code in (row[column] for column in steers.parts.values()):
            if code is not None:
                found[code] = max(asked[row["record_id"]], found.get(code, asked[row["record_id"]]))
    return found


def _records(hub: Hub, connection: sa.Connection, target: Contract, codes: list[str]) -> Iterator[tuple[str, str]]:
    """Current records of these subjects, each with the code."""
    shape, subject = hub.shape(target), target.subject
    if not codes or not records.exists(connection, shape):
        return
    asked, ids = pl.Series(codes, dtype=pl.String), list[str]()
    columns = [one for one in (subject.organisation_id, subject.person_id, subject.household_id) if one is not None]
    for column in columns:
        for start in range(0, len(codes), _AT_ONCE):
            ids += sealed.having(connection, shape, column, asked[start : start + _AT_ONCE]).to_list()
    wanted = tuple(dict.fromkeys((*columns, *((subject.category,) if subject.category is not None else ()))))
    rows = frames.of_records(hub.ledger, shape, wanted, pl.Series(sorted(set(ids)), dtype=pl.String))
    named = rows.select("record_id", code=clauses.subject_id(subject)).filter(pl.col("code").is_in(asked.implode()))
    yield from named.iter_rows()
