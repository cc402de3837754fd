"""Rows that came too late are asked about, once, by the calendar of working days and the day of receipt."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.line.prechecking import precheck
from hub.receipts.console import lines
from hub.settings import settings

SMALL = Path(__file__).parents[1] / "small"
PROMISE = """  - {property: latency, value: 7, unit: workingDays, element: shop.rq}
"""


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    """The small schemas with a promise of 7 working days from rq, and the county's calendar."""
    folder = tmp_path / "schemas"
    shutil.copytree(SMALL / "schemas", folder)
    shutil.copytree(Path("schemas") / "calendar", folder / "calendar")
    contract = folder / "market" / "shop.odcs.yaml"
    contract.write_text(
        contract.read_text(encoding="utf-8").replace("slaProperties:\n", f"slaProperties:\n{PROMISE}"), encoding="utf-8"
    )
    return folder


@pytest.fixture
def prompt(make_line: Callable[..., Any], schemas: Path) -> Any:
    """Its line. The clock stands on Monday 2026-11-23 at 10:00 in Shanghai."""
    return make_line(schemas=schemas)


@pytest.fixture
def prompt_anywhere(make_line: Callable[..., Any], schemas: Path, ledger_url: str) -> Any:
    """The same on both databases."""
    return make_line(ledger_url, schemas=schemas)


def handed_in(line: Any, *rows: str, name: str = "店铺.csv") -> dict[str, Any]:
    """Drop a file and take it to its end; the receipt that came of it."""
    before = set(line.outbox())
    line.drop(line.file(*rows), name=name)
    line.run()
    (receipt,) = [
        json.loads(content)
        for file, content in line.outbox().items()
        if file.endswith(".json") and file not in before and json.loads(content)["stage"] == "validation"
    ]
    return receipt


def late_rows(receipt: dict[str, Any]) -> list[int]:
    return [row["row"] for found in receipt["findings"] if found["rule"] == "TIM-LATE" for row in found["rows"]]


def test_a_row_is_late_from_the_eighth_working_day_after_its_decision(prompt: Any) -> None:
    # Seven working days back from Monday the 23rd are the 12th: 20, 19, 18, 17, 16, 13, 12.
    receipt = handed_in(prompt, prompt.shop(1, rq="2026-11-12"), prompt.shop(2, rq="2026-11-11"), prompt.shop(3))
    assert late_rows(receipt) == [3]
    assert receipt["timeliness"] == {"on_time": 2, "late": 1}
    assert (receipt["verdict"]["code"], receipt["counts"]["of_which_query"]) == ("ACCEPTED_QUERY", 1)
    assert receipt["counts"]["accepted"] == 3  # it is taken all the same
    assert "按时 2，超过时限 1" in lines(receipt)
    assert prompt.violations() == []


def test_the_day_of_receipt_is_the_county_s_and_not_that_of_utc(prompt: Any) -> None:
    prompt.clock.now = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # Monday, one in the morning
    assert late_rows(handed_in(prompt, prompt.shop(1, rq="2026-11-11"))) == [2]


def test_holidays_and_worked_weekends_are_counted(prompt: Any) -> None:
    prompt.clock.now = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)  # 8, 9, 10 (a Saturday), 12, 13, 14, 15
    assert late_rows(handed_in(prompt, prompt.shop(1, rq="2026-09-30"), prompt.shop(2, rq="2026-09-29"))) == [3]


def test_a_year_without_a_notice_is_judged_by_weekdays(prompt: Any) -> None:
    prompt.clock.now = datetime(2027, 1, 5, 2, 0, tzinfo=UTC)
    assert late_rows(handed_in(prompt, prompt.shop(1, rq="2026-12-25"), prompt.shop(2, rq="2026-12-24"))) == [3]


def test_what_is_known_already_is_not_late_again_and_not_counted_again(prompt_anywhere: Any) -> None:
    prompt = prompt_anywhere
    first = handed_in(prompt, prompt.shop(1, rq="2026-11-12"), prompt.shop(2, rq="2026-11-02"), name="店铺一.csv")
    assert first["timeliness"] == {"on_time": 1, "late": 1}
    prompt.clock.now = datetime(2026, 12, 14, 2, 0, tzinfo=UTC)
    again = handed_in(
        prompt,
        prompt.shop(1, rq="2026-11-12", bz="更正"),
        prompt.shop(2, rq="2026-11-02"),
        prompt.shop(3, rq="2026-11-12"),
        name="店铺二.csv",
    )
    assert late_rows(again) == [4]
    assert again["timeliness"] == {"on_time": 0, "late": 1}


def test_a_row_that_was_rejected_in_time_and_mended_late_keeps_its_first_day(prompt_anywhere: Any) -> None:
    prompt = prompt_anywhere
    good = [prompt.shop(serial) for serial in (5, 6, 7)]
    spoilt = [prompt.shop(1, rq="2026-11-12", mc=""), prompt.shop(2, rq="2026-11-11", mc="")]
    first = handed_in(prompt, *spoilt, *good, name="店铺一.csv")
    assert first["timeliness"] == {"on_time": 3, "late": 0}  # a rejected row counts when it is taken
    assert late_rows(first) == [3]
    prompt.clock.now = datetime(2026, 12, 14, 2, 0, tzinfo=UTC)
    still = handed_in(prompt, spoilt[0], prompt.shop(4, rq="2026-12-11"), name="店铺二.csv")
    assert late_rows(still) == []
    prompt.clock.now = datetime(2026, 12, 28, 2, 0, tzinfo=UTC)
    mended = handed_in(prompt, prompt.shop(1, rq="2026-11-12"), prompt.shop(2, rq="2026-11-11"), name="店铺三.csv")
    assert late_rows(mended) == [3]
    assert mended["timeliness"] == {"on_time": 1, "late": 1}


def test_nothing_is_told_of_time_where_nothing_is_stored(prompt: Any) -> None:
    refused = handed_in(prompt, prompt.shop(1, mc="", rq="2026-11-02"), prompt.shop(2, mc="", rq="2026-11-02"))
    assert (refused["verdict"]["code"], refused["timeliness"]) == ("REJECTED", None)


def test_a_contract_without_a_promise_has_no_figures_of_time(line: Any) -> None:
    receipt = handed_in(line, line.shop(1, rq="2020-01-02"))
    assert receipt["timeliness"] is None and late_rows(receipt) == []


def test_a_precheck_says_what_is_late_without_any_ledger(
    schemas: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: Any
) -> None:
    home = tmp_path / "clerk"
    monkeypatch.setenv("HUB_HOME", str(home))
    monkeypatch.setenv("HUB_SCHEMAS", str(schemas))
    monkeypatch.setenv("HUB_EXPECTATIONS", str(SMALL / "expectations"))
    settings.cache_clear()
    file = tmp_path / "店铺.csv"
    file.write_bytes(line.file(line.shop(1, rq="2026-11-12"), line.shop(2, rq="2026-11-11")))
    receipt = precheck(file, "market/shop", "market")
    settings.cache_clear()
    assert late_rows(receipt) == [3]
    assert receipt["timeliness"] == {"on_time": 1, "late": 1}
    assert not home.exists()


def test_the_auditors_page_shows_the_share_in_time(prompt: Any) -> None:
    handed_in(prompt, prompt.shop(1, rq="2026-11-12"), prompt.shop(2, rq="2026-11-11"), prompt.shop(3), prompt.shop(4))
    prompt.hub.report()
    page = (prompt.hub.home / "reports" / "market" / "shop" / "index.html").read_text(encoding="utf-8")
    assert "及时率" in page and "75.00%" in page and "迟报率" in page and "25.00%" in page


def test_without_a_calendar_a_promise_is_a_mistake_of_the_configuration(prompt: Any, schemas: Path) -> None:
    from hub.errors import FixConfiguration

    shutil.rmtree(schemas / "calendar")
    with pytest.raises(FixConfiguration, match="calendar"):
        handed_in(prompt, prompt.shop(1))
