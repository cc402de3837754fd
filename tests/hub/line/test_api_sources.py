"""A department's API as the way in, over the whole line: pulled page by page, judged, answered where it came from."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus import court_api
from corpus.court_api import CourtApi, row
from corpus.front_end_table import receipts, rules, run

from hub.errors import FixConfiguration, TryAgain
from hub.ledger.connect import reading
from hub.ledger.tables import delivery
from hub.line import Hub
from hub.line.rebuilding import rebuild
from hub.line.verifying import verify
from hub.settings import ApiSource

SMALL = Path(__file__).parents[1] / "small"
MakePull = Callable[..., Hub]


@pytest.fixture
def court() -> Iterator[CourtApi]:
    with court_api.running(CourtApi([row(serial) for serial in range(1, 6)], token="t")) as made:
        yield made


@pytest.fixture
def pulling(tmp_path: Path, make_hub: Any, court: CourtApi) -> MakePull:
    """``pulling(paging, pull, more, **settings of the API)``: the small dataset's hub, which pulls from that API."""

    def make(paging: str = court_api.NUMBER, pull: str = court_api.WATERMARK, more: str = "", **settings: Any) -> Hub:
        given: dict[str, Any] = {"url": court.url, "token": "t", "tries": 2, "longest_pause_seconds": 0.01} | settings
        hub: Hub = make_hub(
            schemas=court_api.schemas(SMALL, tmp_path, paging, pull, more),
            apis={"county_api": ApiSource(**given)},
        )
        return hub

    return make


def records(hub: Hub) -> int:
    """Versions of records that the ledger holds."""
    table = hub.shape(hub.contract("market/shop")).table()
    with reading(hub.ledger) as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def packages(hub: Hub) -> list[zipfile.ZipFile]:
    """What has landed, oldest first."""
    with reading(hub.ledger) as connection:
        found = connection.execute(sa.select(delivery.c.sha256).order_by(delivery.c.id)).scalars().all()
    return [zipfile.ZipFile(blob(hub, sha256)) for sha256 in found]


def blob(hub: Hub, sha256: str) -> io.BytesIO:
    hub.store.pour(sha256, found := io.BytesIO())
    return found


@pytest.mark.parametrize("kind", ["number", "offset", "cursor", "link"])
def test_all_pages_become_one_delivery_of_untouched_bytes(pulling: MakePull, court: CourtApi, kind: str) -> None:
    court.rows[2]["wsh"] = ""
    hub = pulling(court_api.PAGINGS[kind])
    assert run(hub) == {"market/shop": 1}
    (receipt,) = receipts(hub)
    assert receipt["submission"]["channel"] == "api"
    assert receipt["counts"]["rows"] == 5 and receipt["counts"]["rejected"] == 1
    assert [one["row"] for group in receipt["findings"] for one in group["rows"]] == [3]
    (package,) = packages(hub)
    shown = [json.loads(package.read(name)) for name in package.namelist() if name.startswith("pages/")]
    assert [one["id"] for page in shown for one in page["data"]["list"]] == [1, 2, 3, 4, 5]
    assert run(hub) == {} and list((hub.home / "incoming").iterdir()) == []
    assert not verify(hub).wrong
    assert not rebuild(hub).different


def test_only_what_is_new_is_asked_for_and_the_overlap_brings_what_came_late(
    pulling: MakePull, court: CourtApi
) -> None:
    hub = pulling()
    run(hub)
    assert "updated_since" not in court.asked[0]
    court.asked.clear()
    assert run(hub) == {}
    assert {one["updated_since"] for one in court.asked} == {"2026-11-20T07:55:00"}
    court.rows.insert(0, row(9, gxsj="2026-11-20T07:58:00"))  # its transaction was long
    assert run(hub) == {"market/shop": 1}
    assert records(hub) == 6
    court.rows.append(row(10))
    assert run(hub) == {"market/shop": 1}
    assert receipts(hub)[-1]["counts"]["rows"] < 8 and "SRC-BACK" not in rules(receipts(hub)[-1])
    assert run(hub) == {}


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("overlap", [0, 600])
def test_it_does_not_matter_whether_the_api_counts_the_moment_itself(
    pulling: MakePull, court: CourtApi, inclusive: bool, overlap: int
) -> None:
    court.inclusive = inclusive
    hub = pulling(pull=court_api.WATERMARK.replace("600", str(overlap)))
    run(hub)
    run(hub)
    landed = len(receipts(hub))
    assert landed <= 2
    assert run(hub) == {}
    court.rows.append(row(6))
    assert run(hub) == {"market/shop": 1}
    assert run(hub) == {} or overlap
    assert records(hub) == 6
    assert all(set(rules(one)) == set() for one in receipts(hub))


def test_everything_is_pulled_where_nothing_says_what_is_new(pulling: MakePull, court: CourtApi) -> None:
    hub = pulling(pull="{by: all, onlyGrows: true}")
    assert run(hub) == {"market/shop": 1}
    assert run(hub) == {}
    court.rows[1]["zt"] = 2
    assert run(hub) == {"market/shop": 1}
    del court.rows[3:]
    assert run(hub) == {"market/shop": 1}
    assert rules(receipts(hub)[-1])["SRC-LOST"].startswith("前置库或接口的行数对不上：上次有5行，现在只有3行。")
    court.rows.clear()
    assert run(hub) == {"market/shop": 1}
    assert {"FIL-EMPTY", "SRC-LOST"} <= set(rules(receipts(hub)[-1]))
    assert run(hub) == {}


def test_an_api_that_goes_back_in_time_is_told_and_pulled_whole(pulling: MakePull, court: CourtApi) -> None:
    hub = pulling()
    run(hub)
    del court.rows[3:]
    court.rows[0]["zt"] = 2
    assert run(hub) == {"market/shop": 1}
    told = receipts(hub)[-1]
    assert "上次取到2026-11-20T08:05:00，现在最大是2026-11-20T08:03:00。" in rules(told)["SRC-BACK"]
    assert told["counts"]["rows"] == 3
    assert run(hub) == {}


def test_the_api_s_own_moment_may_be_the_watermark(pulling: MakePull, court: CourtApi) -> None:
    page, now = court.page, ["2026-11-20T09:00:00"]

    def timed(asked: dict[str, str]) -> Any:
        content, more = page(asked)
        return content | {"now": now[0]}, more

    court.page = timed  # type: ignore[method-assign]
    hub = pulling(pull="{by: watermark, column: gxsj, parameter: updated_since, overlap: 60, asOf: /now}")
    run(hub)
    now[0] = "2026-11-20T09:10:00"
    court.rows.append(row(1, gxsj="2026-11-20T09:05:00", zt=2))
    assert run(hub) == {"market/shop": 1}
    assert court.asked[-1]["updated_since"] == "2026-11-20T08:59:00"
    now[0] = "2026-11-20T08:30:00"
    assert run(hub) == {"market/shop": 1}
    assert "SRC-BACK" in rules(receipts(hub)[-1])


def test_a_required_column_that_is_gone_refuses_once_and_rows_come_when_it_is_mended(
    pulling: MakePull, court: CourtApi
) -> None:
    hub = pulling()
    for one in court.rows:
        one["number"] = one.pop("wsh")
    assert run(hub) == {"market/shop": 1}
    assert "“文书号”不见了" in rules(receipts(hub)[-1])["SRC-UNREAD"]
    court.rows.append(row(6) | {"number": "1"})
    del court.rows[-1]["wsh"]
    assert run(hub) == {}
    for one in court.rows:
        one["wsh"] = one.pop("number")
    assert run(hub) == {"market/shop": 1}
    assert receipts(hub)[-1]["counts"]["rows"] == 6


def test_the_receipt_goes_where_the_rows_came_from_at_least_once_under_its_number(
    pulling: MakePull, court: CourtApi
) -> None:
    court.receipt_troubles.extend([503, 500, 503])
    hub = pulling(more=court_api.ANSWER)
    hub.collect()
    with pytest.raises(TryAgain):
        hub.run_dataset("market/shop")
    hub.run_dataset("market/shop")
    (receipt,) = receipts(hub)
    method, key, body = court.receipts[-1]
    assert (method, key, body) == ("PUT", receipt["receipt_no"], receipt)
    assert {key for _, key, _ in court.receipts} == {receipt["receipt_no"]} and len(court.receipts) == 4
    assert run(hub) == {} and len(court.receipts) == 4


def test_an_api_that_fails_keeps_nobody_waiting_and_is_told(pulling: MakePull, court: CourtApi) -> None:
    hub = pulling()
    court.always = "403"
    with pytest.raises(FixConfiguration, match="api county_api: it answers 403"):
        hub.collect()
    court.always = "503"
    with pytest.raises(TryAgain, match="api county_api: it answers 503"):
        hub.collect()
    court.always = None
    assert run(hub) == {"market/shop": 1}
