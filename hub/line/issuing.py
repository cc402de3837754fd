"""Household totals are entered (积分汇总): computed, compared with the ledger, handed in as a file like any other.

The dataset takes no file from anybody else. A total that has not changed keeps its day, so that the same day twice, or
a day on which nothing counts anew, writes nothing. What is not computed any more leaves with the next file, which
replaces the one before; where that would be too much at once a person is asked, and until then the totals that have
changed go on as corrections: an appeal waits for nobody.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from hub.contract import load
from hub.contract.model import Contract
from hub.errors import CallOperator, WrongUsage
from hub.ledger import deliveries, ended, frames
from hub.ledger.connect import reading
from hub.ledger.locks import exclusive
from hub.line import scoring, sweeping
from hub.line.hub import PATIENCE, ZONE
from hub.stages.file_names import Mode
from hub.stages.identity import ids_and_salts

if TYPE_CHECKING:
    from hub.line.hub import Hub

DATASET = "household/points"
COLUMNS = ("jtbh", "nd", "jzrq", "zf", "dj", "jfqk")
YEARS = 3  # calendar years whose totals are kept
FILE = "家庭积分汇总.csv"  # always the same name: each file replaces the one before
_KEY, _SAID = ["jtbh", "nd"], ("zf", "dj", "jfqk")


def issue(hub: Hub, day: date | None = None) -> dict[str, int]:
    """Enter the totals as they stand today, or on an earlier ``day`` that was missed; gives counts for the log.

    ``WrongUsage`` for a day to come, or before one that was entered. ``CallOperator`` when all totals are gone, or a
    row of them is not taken.
    """
    counts = {"totals": 0, "changed": 0, "gone": 0, "held": 0}
    if not {DATASET, scoring.EVENTS, scoring.REVIEWS} <= set(load.dataset_names(hub.settings.schemas)):
        return counts
    contract, stands = hub.contract(DATASET), day or hub.today()
    if stands > hub.today():
        raise WrongUsage("nobody knows yet what will count on a day to come")
    with exclusive(hub.ledger, "points", PATIENCE, hub.settings.lease_seconds):
        known = frames.current(hub.ledger, hub.shape(contract), COLUMNS).select(COLUMNS)
        if known.filter(pl.col("jzrq") > stands).height:
            raise WrongUsage("totals of a later day were entered already")
        rows = _dated(_allowed(hub, contract, _totals(hub, stands)), known, stands)
        changed = rows.join(known, on=COLUMNS, how="anti")
        gone = known.join(rows, on=_KEY, how="anti")
        counts |= {"totals": rows.height, "changed": changed.height, "gone": gone.height}
        if known.height and rows.is_empty():  # a file without rows asks nobody
            raise CallOperator("no household has a total any more: look at events, reviews and the rule book")
        held = _held(hub)
        if not held and (changed.height or gone.height):
            _hand_in(hub, contract, rows, "replacement" if known.height else "original")
            held = _held(hub)
        if held:
            # New households wait with the rest: what a correction brings, no later replacement would take away.
            moved = changed.join(frames.current(hub.ledger, hub.shape(contract), COLUMNS), on=_KEY, how="semi")
            if moved.height:
                _hand_in(hub, contract, moved, "correction")
    return counts | {"held": held}


def due(hub: Hub, outlet: str) -> bool:
    """Whether an outlet takes totals and today's sweep of them is still to come."""
    contract = hub.contracts.get(DATASET)
    return contract is not None and outlet in hub.receiving(contract) and sweeping.due(hub, outlet, [contract]) > 0


def _totals(hub: Hub, day: date) -> pl.DataFrame:
    """The columns of the contract but the day, of the years that are kept."""
    totals = scoring.everybody(hub, day).totals.filter(pl.col("year").is_between(day.year - YEARS + 1, day.year))
    above = pl.when(pl.col("total") > pl.col("base")).then(pl.lit("有")).otherwise(pl.lit("无"))
    return totals.select(jtbh="household", nd=pl.col("year").cast(pl.String), zf="total", dj="grade", jfqk=above)


def _allowed(hub: Hub, contract: Contract, totals: pl.DataFrame) -> pl.DataFrame:
    """Without what a person has withdrawn: it comes again when a person lets it."""
    kept = ended.withdrawn(hub.ledger, DATASET, by_a_person=True)
    if not kept or totals.is_empty():
        return totals
    ids, _ = ids_and_salts(contract, hub.record_key, totals.with_columns(row__mark=pl.lit(None, pl.String)))
    return totals.filter(~ids.is_in(sorted(kept)))


def _dated(totals: pl.DataFrame, known: pl.DataFrame, day: date) -> pl.DataFrame:
    """With the day from which it is this total: of one that has not changed the day that it has."""
    totals = totals.with_columns(pl.col("zf").cast(known.schema["zf"]))
    before = known.select(*_KEY, *_SAID, since="jzrq")
    dated = totals.join(before, on=[*_KEY, *_SAID], how="left").with_columns(
        jzrq=pl.coalesce("since", pl.lit(day, pl.Date))
    )
    return dated.select(COLUMNS).sort(_KEY)


def _hand_in(hub: Hub, contract: Contract, rows: pl.DataFrame, mode: Mode) -> None:
    """The title tells the moment, so that no file is taken for an earlier one of the same content."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([f"{contract.title}（{hub.now().astimezone(ZONE).isoformat()}）"])
    writer.writerow(contract.column(name).label for name in COLUMNS)
    writer.writerows(rows.rows())
    file = hub.home / "points" / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        file.write_text(text.getvalue(), encoding="utf-8")  # over what a run that was killed has left
        delivery_id = hub.submit(file, contract.intakes[0].department, DATASET, mode, "积分按规则重新计算")
    finally:
        file.unlink(missing_ok=True)
    with reading(hub.ledger) as connection:
        told = deliveries.show(connection, delivery_id)
    if told["state"] != "held" and told["verdict"] not in ("ACCEPTED", "ACCEPTED_QUERY"):
        raise CallOperator(f"delivery {delivery_id}: not every computed total was taken")


def _held(hub: Hub) -> int:
    """How many deliveries of totals wait for a person."""
    with reading(hub.ledger) as connection:
        return sum(1 for one in deliveries.listed(connection, DATASET) if one["state"] == "held")
