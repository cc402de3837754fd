"""How a front-end database is reached: rights, passwords, silence; what an error may say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus import front_end_table
from corpus.front_end_table import FrontEndTable, run

from hub.errors import FixConfiguration, HubError, TryAgain
from hub.line import Hub
from hub.settings import DatabaseSource

SMALL = Path(__file__).parents[1] / "small"
MakePull = Callable[..., Hub]


def test_an_account_needs_no_more_than_it_is_documented_to(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1)
    kept = ", gxsj" if front.engine.dialect.name == "mysql" else ""
    with front.account("SELECT", f"UPDATE (hub_status, hub_reason{kept})") as url:
        hub = pulling(sources={"county_market": DatabaseSource(url=url, timeout_seconds=5)})
        run(hub)
    assert front.told()[1] == ("1", None)


def test_a_source_that_is_down_keeps_no_inbox_waiting(make_line: Any, tmp_path: Path) -> None:
    down = DatabaseSource(url="mysql+pymysql://hub:x@127.0.0.1:1/x", timeout_seconds=2)
    schemas = front_end_table.schemas(SMALL, tmp_path)
    line = make_line(schemas=schemas, sources={"county_market": down})
    line.drop(line.file(line.shop(1)))
    collected = line.hub.collect()
    assert (dict(collected.landed), collected.waiting) == ({"market/shop": 1}, 1)


def test_a_source_that_is_down_is_tried_again(pulling: MakePull, front: FrontEndTable) -> None:
    hub = pulling(sources={"county_market": DatabaseSource(url=_elsewhere(front.url, port=1), timeout_seconds=2)})
    with pytest.raises(TryAgain, match="source county_market"):
        hub.collect()


def test_a_wrong_password_asks_for_the_configuration_and_says_no_address(
    pulling: MakePull, front: FrontEndTable, caplog: pytest.LogCaptureFixture
) -> None:
    front.create()
    wrong = _elsewhere(front.url, password="320830188001010002")
    hub = pulling(sources={"county_market": DatabaseSource(url=wrong, timeout_seconds=2)})
    with pytest.raises(FixConfiguration, match="source county_market") as caught:
        hub.collect()
    told = str(caught.value) + caplog.text + repr(hub.settings)
    for secret in ("320830188001010002", "127.0.0.1", str(sa.make_url(front.url).database)):
        assert secret not in told


def test_no_identifier_of_a_row_stands_in_an_error_or_a_log(
    pulling: MakePull, front: FrontEndTable, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "320830188001010002"
    front.create(sa.Column("hub_reason", sa.Integer), without=("hub_reason",))
    front.add(1, bz=canary, sfzh=canary, wsh="")
    hub = pulling()
    hub.collect()
    with pytest.raises(HubError) as caught:
        hub.run_dataset("market/shop")
    assert isinstance(caught.value, FixConfiguration)
    assert canary not in str(caught.value) + caplog.text and caught.value.__cause__ is None


def test_doctor_says_whether_a_source_answers(pulling: MakePull, front: FrontEndTable, tmp_path: Path) -> None:
    from hub.line.doctor import examine

    front.create()
    found = {one["what"]: one for one in examine(pulling())}
    assert found["source county_market"]["ok"], found["source county_market"]
    missing = {one["what"]: one for one in examine(pulling(home=tmp_path / "other", sources={}))}
    assert missing["source county_market"]["exit_code"] == 3


def _elsewhere(url: str, **changed: Any) -> str:
    return sa.make_url(url).set(**changed).render_as_string(hide_password=False)
