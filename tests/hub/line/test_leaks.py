"""Neither an error nor a log nor an output holds an identifier, whatever breaks."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from hub.county.identities import Place, citizen_id, company, uscc
from hub.errors import CallOperator, HubError
from hub.ledger import staging
from hub.ledger.tables import event, event_body, finding, validation

PLACE = Place()
PLANTED = [plant(PLACE, number) for plant in (citizen_id, company, uscc) for number in (1, 2, 3)] + ["绝密备注"]


@pytest.fixture
def silent(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """``silent(error)``: nothing planted stands in the error as a log would print it, in a log, on an output."""
    caplog.set_level(logging.DEBUG)

    def check(error: BaseException) -> None:
        printed = "".join(traceback.format_exception(error, chain=True)) + str(error) + repr(error.args)
        out, err = capfd.readouterr()
        for word in PLANTED:
            for place in (printed, caplog.text, out, err):
                assert word not in place

    return check


def _accepted(line: Any) -> None:
    line.drop(line.file(line.shop(1, bz="绝密备注"), line.shop(2)))
    line.run()


def _table(line: Any) -> str:
    return str(line.hub.shape(line.hub.contract("market/shop")).name)


def test_a_lost_column_of_the_record_table(either_line: Any, silent: Any) -> None:
    line = either_line
    _accepted(line)
    with line.hub.ledger.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {_table(line)} DROP COLUMN content_hash")
    line.drop(line.file(line.shop(1, bz="绝密备注", je="5"), line.shop(2)))
    with pytest.raises(HubError) as error:
        line.run()
    silent(error.value)


def test_a_row_that_a_constraint_refuses(either_line: Any, silent: Any) -> None:
    line = either_line
    _accepted(line)
    with line.hub.ledger.begin() as connection:
        connection.exec_driver_sql(f"CREATE UNIQUE INDEX no_two ON {_table(line)} (bz)")
    line.drop(line.file(line.shop(3, bz="绝密备注")))
    with pytest.raises(CallOperator) as error:
        line.run()
    silent(error.value)


def test_a_cell_that_is_not_of_its_columns_kind(line: Any, silent: Any) -> None:
    # On SQLite: PostgreSQL's columns hold nothing else.
    _accepted(line)
    with line.hub.ledger.begin() as connection:
        connection.execute(sa.text(f"UPDATE {_table(line)} SET rq = sfzh"))
    with pytest.raises(CallOperator) as error:
        line.hub.drain("open_feed")
    silent(error.value)


def test_rows_that_the_bulk_way_refuses(either_line: Any, silent: Any, tmp_path: Any) -> None:
    line = either_line
    shape = line.hub.shape(line.hub.contract("market/shop"))
    columns = {name: [PLANTED[0]] for name in ("state", "code", "record_id", "content_hash", "operation")}
    frame = pl.DataFrame({"record": [1], "row": [2]} | columns | {name: ["绝密备注"] for name, _ in shape.columns})
    wrong = frame if line.hub.ledger.dialect.name == "postgresql" else frame.with_columns(pl.lit(1).alias("mc"))
    with (
        pytest.raises(HubError) as error,
        staging.staged(line.hub.ledger, shape, [frame, wrong], tmp_path) as (c, name),
    ):
        c.exec_driver_sql(f"SELECT nothing_like_it FROM {name}")
    silent(error.value)


def test_bad_rows_leave_no_whole_identifier_in_receipts_findings_or_validation(either_line: Any) -> None:
    line = either_line
    right = citizen_id(PLACE, 1)
    wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
    line.drop(line.file(line.shop(1, sfzh=wrong), line.shop(2), line.shop(3)))
    line.run()
    assert line.counts()[0][4] == 1
    said = next(content for name, content in line.outbox().items() if name.endswith(".json")).decode()
    rows = str([line.rows(sa.select(table)) for table in (event, event_body, finding, validation)])
    for place in (said, rows):
        assert wrong not in place
        assert wrong[:14] not in place
