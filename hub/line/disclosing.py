"""Why a record may be seen in an outlet, or may not (为什么能共享): every clause of the decision, for one record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.model import Column, Contract, Disclosure
from hub.errors import NotFound, WrongUsage
from hub.ledger import records
from hub.ledger.connect import reading
from hub.line.circumstances import Standing
from hub.line.hub import ZONE
from hub.outlets import sharing

if TYPE_CHECKING:
    from hub.line.hub import Hub

_KINDS: Mapping[str, Any] = {"text": pl.String(), "date": pl.Date(), "decimal": pl.Decimal(18, 6)}
_WAYS = {"keep": "原样", "pseudonym": "化名", "withhold": "不给"}
_COARSE = {"month": "只到月份", "year": "只到年份", "town": "只到镇街", "county": "只到县"}
NEVER = "不给：契约没有写明向这里共享这一列"


def explain(hub: Hub, record_id: str, outlet: str, at: datetime | None = None) -> dict[str, Any]:
    """The decision about one record at one outlet, now or as the ledger knew it ``at`` a moment.

    ``NotFound`` for an outlet or a record that there is not, or that was not there at that moment.
    """
    hub.outlet(outlet)
    contract = _contract_of(hub, record_id)
    moment = at if at is not None else hub.now()
    day = moment.astimezone(ZONE).date()
    with reading(hub.ledger) as connection:
        version = records.as_of(connection, hub.shape(contract), record_id, known=moment)
    if version is None:
        raise NotFound(f"record {record_id} was not there, or was withdrawn")
    clauses = decided(hub, contract, outlet, version, day, at)
    return {
        "record_id": record_id,
        "dataset": contract.dataset,
        "version": version["version"],
        "outlet": outlet,
        "day": day.isoformat(),
        "may_leave": all(clause.met for clause in clauses),
        "clauses": [{"code": one.code, "met": one.met, "words": one.words} for one in clauses],
        "fields": [
            {"name": column.name, "label": column.label, "how": _way(column, outlet)} for column in contract.columns
        ],
    }


def moment_of(written: str) -> datetime:
    """A moment in the county's zone; a day means its end. ``WrongUsage`` when it is neither."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise WrongUsage("a moment is written like 2026-11-26 or 2026-11-26T09:00") from None
    if len(written) == len("2026-11-26"):
        moment = moment.replace(hour=23, minute=59, second=59)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZONE)


def in_words(told: Mapping[str, Any]) -> str:
    """The answer of ``explain`` for a person."""
    may = "可以共享" if told["may_leave"] else "不能共享"
    lines = [f"{told['day']} 向 {told['outlet']}：{may}（{told['dataset']} 第{told['version']}版）", ""]
    lines += [f"{'✓' if one['met'] else '✗'} {one['words']}" for one in told["clauses"]]
    lines += ["", "各列"]
    lines += [f"  {one['label']}：{one['how']}" for one in told["fields"]]
    return "\n".join(lines)


def decided(
    hub: Hub,
    contract: Contract,
    outlet: str,
    version: Mapping[str, Any],
    day: date,
    known: datetime | None = None,
) -> list[sharing.Clause]:
    """Every clause about one version of a record on a day."""
    shape = {"record_id": pl.String(), **{column.name: _KINDS[column.storage] for column in contract.content}}
    row = pl.DataFrame([{name: version[name] for name in shape}], schema=shape)
    return sharing.explain(row, contract, outlet, day, Standing(hub, day, known).of(contract, outlet))


def _way(column: Column, outlet: str) -> str:
    disclosure = column.disclosure.get(outlet)
    return NEVER if disclosure is None else _said(disclosure)


def _said(disclosure: Disclosure) -> str:
    if disclosure.how == "mask":
        return f"遮盖，只留前{disclosure.left}个、后{disclosure.right}个字符"
    return _COARSE[disclosure.to] if disclosure.how == "generalise" else _WAYS[disclosure.how]


def _contract_of(hub: Hub, record_id: str) -> Contract:
    with reading(hub.ledger) as connection:
        for contract in hub.contracts.values():
            shape = hub.shape(contract)
            if records.exists(connection, shape) and records.bookkeeping(connection, shape, record_id):
                return contract
    raise NotFound(f"there is no record {record_id}")
