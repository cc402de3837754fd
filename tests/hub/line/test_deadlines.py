"""What is due is entered and settled once; a missing delivery is one record, whatever runs twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.due import FREQUENCY, SHOP, SMALL, events, on, reminders, sent, states

from hub.errors import NotFound, WrongUsage
from hub.ledger import dues
from hub.ledger.connect import reading
from hub.ledger.due_tables import notice
from hub.line import deciding
from hub.line.deadlines import waive
from hub.line.verifying import ordered, verify

Make = Callable[..., Any]


def test_a_daily_delivery_is_due_late_and_missing_by_working_days(watched: Make, ledger_url: str) -> None:
    line = watched(url=ledger_url)
    on(line, "2026-11-27")  # a Friday
    line.hub.remind()
    sent(line, 1)
    on(line, "2026-11-28")
    assert line.hub.remind()["settled"] == 1
    on(line, "2026-11-29")
    line.hub.remind()
    assert states(line) == {"2026-11-27": "accepted"}  # nothing is due on a weekend
    on(line, "2026-12-01")
    line.hub.remind()
    assert states(line) == {"2026-11-27": "accepted", "2026-11-30": "due", "2026-12-01": "due"}
    sent(line, 2)  # on the day of grace: it fulfils the day before, late, and its own day
    line.hub.remind()
    assert states(line) == {"2026-11-27": "accepted", "2026-11-30": "late", "2026-12-01": "accepted"}
    on(line, "2026-12-04")
    line.hub.remind()
    assert states(line) | {"2026-12-02": "missing", "2026-12-03": "due", "2026-12-04": "due"} == states(line)
    sent(line, 3)
    line.hub.remind()
    assert states(line)["2026-12-02"] == "missing"  # what comes after the days of grace does not mend the record
    assert events(line, "missed") == 1
    assert [str(one) for one in ordered(verify(line.hub))] == []


def test_however_often_it_runs_everything_is_written_and_told_once(watched: Make) -> None:
    line = watched()
    line.hub.remind()
    for day in ("2026-11-24", "2026-11-24", "2026-11-25", "2026-11-25", "2026-11-26"):
        on(line, day)
        for _ in range(3):
            line.restart()
            line.hub.remind()
    assert states(line) == {
        "2026-11-23": "missing", "2026-11-24": "missing", "2026-11-25": "due", "2026-11-26": "due",
    }  # fmt: skip
    assert events(line, "missed") == 2
    assert sorted(reminders(line)) == [f"提醒_店铺登记_2026112{day}.txt" for day in (4, 5, 6)]
    assert line.rows(sa.select(sa.func.count()).select_from(notice)) == [(3,)]
    assert line.hub.remind() == {"opened": 0, "settled": 0, "notices": 0}


def test_days_on_which_nothing_ran_are_caught_up(watched: Make) -> None:
    line = watched()
    line.hub.remind()
    on(line, "2026-11-30")
    assert line.hub.remind() == {"opened": 5, "settled": 4, "notices": 1, "sent_file": 1}
    assert list(states(line).values()) == ["missing"] * 4 + ["due"] * 2
    (text,) = reminders(line).values()
    assert text.count("已登记为漏报") == 4 and "2026-11-27 一期：应于2026-11-27前报送" in text


def test_nobody_is_blamed_for_what_was_before_the_first_run(watched: Make) -> None:
    line = watched("m", due=10, due_in="d")
    on(line, "2026-12-03")
    line.hub.remind()
    assert states(line) == {"2026-11": "due", "2026-12": "due"}


def test_a_month_is_told_ahead_and_afterwards(watched: Make) -> None:
    line = watched("m", due=10, due_in="d", grace=2)
    for day in ("2026-12-03", "2026-12-07", "2026-12-08", "2026-12-09", "2026-12-11", "2026-12-14", "2026-12-15"):
        on(line, day)
        line.hub.remind()
    found = reminders(line)
    assert sorted(found) == [f"提醒_店铺登记_202612{day}.txt" for day in ("08", "11", "15")]
    ahead, overdue, missing = (found[name] for name in sorted(found))
    assert "即将到期" in ahead and "请于2026-12-10前报送" in ahead
    assert "已过期" in overdue and "2026-12-14前收到的按迟报登记" in overdue
    assert "已登记为漏报" in missing
    assert "暂定" not in ahead


def test_a_delivery_before_the_reminder_makes_it_needless(watched: Make) -> None:
    line = watched("m", due=10, due_in="d")
    on(line, "2026-12-03")
    line.hub.remind()
    sent(line, 1)
    on(line, "2026-12-09")
    line.hub.remind()
    assert states(line)["2026-11"] == "accepted" and reminders(line) == {}


def test_a_refused_delivery_is_received_and_does_not_count(watched: Make) -> None:
    line = watched()
    line.hub.remind()
    sent(line, 1, mc="")
    line.hub.remind()
    assert states(line) == {"2026-11-23": "received"}
    on(line, "2026-11-25")
    line.hub.remind()
    assert states(line)["2026-11-23"] == "missing"
    with reading(line.hub.ledger) as connection:
        assert dues.listed(connection)[0]["batch_no"] is not None  # it says which delivery was refused


def test_a_delivery_that_waits_for_a_person_here_is_not_the_sender_s_fault(watched: Make, tmp_path: Path) -> None:
    expectations = tmp_path / "expectations"
    shutil.copytree(SMALL / "expectations", expectations)
    (expectations / "market").mkdir()
    (expectations / "market" / "shop.yaml").write_text(
        "- type: expect_table_row_count_to_be_between\n  kwargs: {min_value: 3}\n  severity: critical\n"
        "  meta: {code: MAC-VOLUME, notes: 少于三行的要有人看一看。}\n",
        encoding="utf-8",
    )
    line = watched(expectations=expectations)
    line.hub.remind()
    sent(line, 1)
    on(line, "2026-11-27")
    line.hub.remind()
    assert states(line)["2026-11-23"] == "received" and not [
        text for text in reminders(line).values() if "2026-11-23 一期" in text
    ]
    (held,) = line.deliveries()
    deciding.release(line.hub, held["id"], "已核实")
    line.run()
    line.hub.remind()
    assert states(line)["2026-11-23"] == "accepted"  # the day of receipt counts


def test_the_same_file_again_says_that_nothing_has_changed(watched: Make) -> None:
    line = watched()
    line.hub.remind()
    sent(line, 1)
    on(line, "2026-11-24")
    sent(line, 1)
    line.hub.remind()
    assert states(line) == {"2026-11-23": "accepted", "2026-11-24": "accepted"}


def test_a_person_can_waive_what_is_open_or_missing_and_nothing_else(watched: Make, ledger_url: str) -> None:
    line = watched(url=ledger_url)
    line.hub.remind()
    on(line, "2026-11-24")
    sent(line, 1)
    on(line, "2026-11-25")
    line.hub.remind()
    first = ("market", "market/shop", "2026-11-23")
    assert states(line)["2026-11-23"] == "late"
    with pytest.raises(WrongUsage, match="it is late"):
        waive(line.hub, first, "电话说明")
    with pytest.raises(WrongUsage, match="reason"):
        waive(line.hub, ("market", "market/shop", "2026-11-25"), " ")
    with pytest.raises(NotFound):
        waive(line.hub, ("market", "market/shop", "2026-11-22"), "电话说明")
    assert waive(line.hub, ("market", "market/shop", "2026-11-25"), "本日没有决定，电话说明") == "due"
    on(line, "2026-11-30")
    line.hub.remind()
    assert states(line)["2026-11-25"] == "waived" and states(line)["2026-11-26"] == "missing"
    assert waive(line.hub, ("market", "market/shop", "2026-11-26"), "系统停机") == "missing"
    assert events(line, "waived") == 2
    assert [str(one) for one in ordered(verify(line.hub))] == []


def test_a_contract_that_asks_no_more_lets_its_open_periods_be(watched: Make, tmp_path: Path) -> None:
    line = watched()
    line.hub.remind()
    contract = tmp_path / "schemas" / SHOP
    lines = contract.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [each for each in lines if "property: due" not in each and "property: grace" not in each]
    text = "".join(kept).replace("  - {property: frequency, value: 1, unit: d}\n", FREQUENCY)
    contract.write_text(text, encoding="utf-8")
    on(line, "2026-11-27")
    line.restart()
    line.hub.remind()
    assert states(line) == {"2026-11-23": "waived"} and reminders(line) == {}


def test_a_provisional_day_moves_when_the_notice_comes(watched: Make, tmp_path: Path) -> None:
    from hub.contract.calendar import Notice
    from hub.contract.calendar_files import bring_in

    line = watched("m", due=1, grace=1)
    on(line, "2026-12-30")
    line.hub.remind()

    def due_day() -> tuple[Any, ...]:
        with reading(line.hub.ledger) as connection:
            (row,) = [one for one in dues.listed(connection) if one["period"] == "2026-12"]
        return row["due"], row["closes"], row["provisional"]

    assert due_day() == ("2027-01-01", "2027-01-04", True)
    (text,) = reminders(line).values()
    assert "暂定" in text
    year = tmp_path / "2027.csv"
    days = "2027-01-01,holiday,元旦\n2027-05-01,holiday,劳动节\n2027-10-01,holiday,国庆节\n"
    year.write_text(f"date,kind,name\n{days}", encoding="utf-8")
    bring_in(tmp_path / "schemas", year, Notice("号", datetime(2026, 12, 31).date(), "试"), "none")
    line.restart()
    line.hub.remind()
    assert due_day() == ("2027-01-04", "2027-01-05", False)
    assert len(reminders(line)) == 1  # what was told is not told again


def test_the_auditors_see_what_is_missing_by_department(watched: Make) -> None:
    line = watched()
    line.hub.remind()
    sent(line, 1)
    on(line, "2026-11-26")
    line.hub.remind()
    waive(line.hub, ("market", "market/shop", "2026-11-26"), "本日没有决定")
    line.hub.report()
    folder = line.hub.home / "reports"
    page = (folder / "deadlines.html").read_text(encoding="utf-8")
    row = page[page.index('<th scope="row">市场监督管理局') :].partition("</tr>")[0]
    assert row.count("<td") == 6 and "50.00%" in row  # one accepted, one missing; the waived and the open do not count
    assert "2026-11-24" in page and "漏报" in page and "本日没有决定" in page and "2026-12-31" in page
    assert 'href="deadlines.html"' in (folder / "index.html").read_text(encoding="utf-8")
    assert line.hub.report() == {"pages_written": 0}
