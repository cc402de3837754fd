"""Rows into the province's front-end tables, and its verdicts read back from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from connectors.database import FrontEnd
from hub.contract import load
from hub.contract.model import Column, Contract, Outlet
from hub.demo.province import CAUSE, SimulatedProvince
from hub.errors import FixConfiguration, TryAgain
from hub.outlets import province, sharing

TODAY = date(2026, 11, 23)
DATASET = "market/admin_licence"


@pytest.fixture(scope="module")
def outlet() -> Outlet:
    schemas = Path(__file__).resolve().parents[3] / "schemas"
    return next(one for one in load.outlets(schemas) if one.id == "province")


@pytest.fixture
def other_side(tmp_path: Path, outlet: Outlet, contracts: Mapping[str, Contract]) -> Iterator[SimulatedProvince]:
    """A simulated province that answers when it is told to and refuses nothing."""
    url = f"sqlite:///{tmp_path / 'province.db'}"
    simulated = SimulatedProvince(url, outlet, contracts.values(), delay=0, refuse_every=0)
    simulated.create()
    yield simulated
    simulated.stop()


@pytest.fixture
def front_end(other_side: SimulatedProvince, tmp_path: Path) -> Iterator[FrontEnd]:
    with province.door(f"sqlite:///{tmp_path / 'province.db'}") as opened:
        yield opened


@pytest.fixture
def licences(lived: Any) -> pl.DataFrame:
    """Twenty licences as they wait in the outbox: persons, sole traders and companies."""
    table: pl.DataFrame = lived.records[DATASET].head(20)
    return table.with_columns(pl.int_range(101, 121).alias("outbox_sequence"))


def _table(simulated: SimulatedProvince, outlet: Outlet) -> list[dict[str, Any]]:
    name = province.table_of(outlet, DATASET)
    with simulated.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(sa.text(f'SELECT * FROM "{name}" ORDER BY SJXH'))]


def _push(
    front_end: FrontEnd, outlet: Outlet, contract: Contract, records: pl.DataFrame, today: date
) -> dict[int, str | None]:
    """Prepare and put; by sequence why a record was kept back, or None."""
    ready = province.prepare(outlet, contract, records, today, sharing.NOTHING_STANDS)
    assert province.put(front_end, outlet, ready) == {}
    return dict.fromkeys(ready.rows) | {sequence: why for sequence, (_, why) in ready.hidden.items()}


def test_the_province_gets_every_kind_of_subject_under_its_own_column_names(
    front_end: FrontEnd,
    other_side: SimulatedProvince,
    outlet: Outlet,
    contracts: Mapping[str, Contract],
    licences: pl.DataFrame,
):
    withheld = _push(front_end, outlet, contracts[DATASET], licences, TODAY)
    assert withheld == dict.fromkeys(range(101, 121))
    there = _table(other_side, outlet)
    assert [row["SJXH"] for row in there] == list(range(101, 121))
    assert {row["XK_XDR_LB"] for row in there} == {"法人及非法人组织", "个体工商户", "自然人"}
    first = licences.row(0, named=True)
    assert there[0]["RECID"] == first["record_id"] and there[0]["XK_XDR_MC"] == first["xk_xdr_mc"]
    assert there[0]["XK_JDRQ"] == f"{first['xk_jdrq']:%Y/%m/%d}"
    assert {row["CHECK_SIGN"] for row in there} == {None} == {row["SYNC_SIGN"] for row in there}


def test_pushing_again_changes_nothing_and_an_older_version_never_overtakes(
    front_end: FrontEnd,
    other_side: SimulatedProvince,
    outlet: Outlet,
    contracts: Mapping[str, Contract],
    licences: pl.DataFrame,
):
    contract = contracts[DATASET]
    _push(front_end, outlet, contract, licences, TODAY)
    other_side.answer()
    answered = _table(other_side, outlet)
    _push(front_end, outlet, contract, licences, TODAY)
    older = licences.with_columns(pl.col("outbox_sequence") - 50, pl.lit("旧").alias("xk_nr"))
    _push(front_end, outlet, contract, older, TODAY)
    assert _table(other_side, outlet) == answered
    newer = licences.head(1).with_columns(pl.col("outbox_sequence") + 50, pl.lit("新").alias("xk_nr"))
    _push(front_end, outlet, contract, newer, TODAY)
    changed = _table(other_side, outlet)[-1]
    assert (changed["SJXH"], changed["XK_NR"], changed["CHECK_SIGN"], changed["SYNC_SIGN"]) == (151, "新", None, None)


def test_what_may_no_longer_be_seen_is_taken_out_and_the_reason_told(
    front_end: FrontEnd,
    other_side: SimulatedProvince,
    outlet: Outlet,
    contracts: Mapping[str, Contract],
    licences: pl.DataFrame,
):
    contract = contracts[DATASET]
    _push(front_end, outlet, contract, licences, TODAY)
    both = licences.head(1).with_columns(
        pl.col("outbox_sequence") + 50, pl.lit("320830188001010002").alias("xk_xdr_zjhm")
    )
    assert _push(front_end, outlet, contract, both, TODAY) == {151: sharing.NO_SUBJECT}
    assert [row["SJXH"] for row in _table(other_side, outlet)] == list(range(102, 121))


def test_a_column_that_is_not_disclosed_to_the_province_does_not_go_there(
    front_end: FrontEnd,
    other_side: SimulatedProvince,
    outlet: Outlet,
    contracts: Mapping[str, Contract],
    licences: pl.DataFrame,
    column: Callable[..., Column],
):
    contract = contracts[DATASET]
    closed = [dataclasses.replace(one, disclosure={}) if one.name == "bz" else one for one in contract.columns]
    wider = dataclasses.replace(contract, columns=(*closed, column("fresh", to={})))
    table = licences.with_columns(pl.lit("内部").alias("bz"), pl.lit("新").alias("fresh"))
    _push(front_end, outlet, wider, table, TODAY)
    assert {row["BZ"] for row in _table(other_side, outlet)} == {None}


def test_no_verdict_means_pending_and_a_refusal_carries_its_cause(
    front_end: FrontEnd,
    other_side: SimulatedProvince,
    outlet: Outlet,
    contracts: Mapping[str, Contract],
    licences: pl.DataFrame,
):
    _push(front_end, outlet, contracts[DATASET], licences, TODAY)
    keys = licences["record_id"].to_list()

    def states() -> dict[str, tuple[str, str | None]]:
        found = province.answers(front_end, outlet, DATASET, keys)
        return {one.record_id: (one.state, one.cause) for one in found}

    assert set(states().values()) == {("sent", None)}
    other_side.refuse_every = 2
    other_side.answer()
    expected = {key: ("rejected", CAUSE) if int(key[:8], 16) % 2 == 0 else ("acknowledged", None) for key in keys}
    assert states() == expected and len(set(expected.values())) == 2
    assert province.answers(front_end, outlet, DATASET, ["f" * 32]) == []
    assert province.answers(front_end, outlet, "bank/credit_line", keys) == []


def test_a_dataset_without_a_table_or_a_database_without_it_is_a_mistake_of_the_configuration(
    tmp_path: Path, front_end: FrontEnd, outlet: Outlet, contracts: Mapping[str, Contract], licences: pl.DataFrame
):
    with pytest.raises(FixConfiguration, match="names no table for bank/credit_line"):
        _push(front_end, outlet, contracts["bank/credit_line"], licences, TODAY)
    with province.door(f"sqlite:///{tmp_path / 'empty.db'}") as empty:
        with pytest.raises(FixConfiguration, match="no such table"):
            _push(empty, outlet, contracts[DATASET], licences, TODAY)
        with pytest.raises(FixConfiguration, match="no such table"):
            province.answers(empty, outlet, DATASET, ["f" * 32])
    with pytest.raises(FixConfiguration), province.door("no address"):
        pass
    with pytest.raises(FixConfiguration, match="lack failed"):
        named = dict(outlet.options["columns"])  # type: ignore[call-overload]
        named.pop("failed")
        province.Names.of(dataclasses.replace(outlet, options={"columns": named}))


def test_a_province_that_does_not_answer_is_asked_again_later(
    outlet: Outlet, contracts: Mapping[str, Contract], licences: pl.DataFrame
):
    with province.door("postgresql+psycopg://hub:hub@127.0.0.1:1/province") as closed:
        with pytest.raises(TryAgain):
            _push(closed, outlet, contracts[DATASET], licences, TODAY)
        with pytest.raises(TryAgain):
            province.answers(closed, outlet, DATASET, ["f" * 32])
