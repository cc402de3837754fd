"""``hub points`` as a village clerk uses it, and as docs/points.md shows it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from corpus.points_county import EVENTS, HOME, REVIEWS, ROOT, VILLAGE, PointsCounty, event, review, schemas
from typer.testing import CliRunner

from hub.cli.app import app
from hub.errors import NotFound, WrongUsage


@pytest.fixture
def county(make_hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PointsCounty:
    made = PointsCounty(make_hub(**schemas(tmp_path)), tmp_path)
    monkeypatch.setattr("hub.line.open_hub", lambda *_: made.hub)
    made.send(EVENTS, event(1), event(2), event(3, 家庭编号=f"{VILLAGE}-0001"))
    made.send(REVIEWS, review(1), review(3, 家庭编号=f"{VILLAGE}-0001"))
    return made


def ask(*words: str) -> str:
    told = CliRunner().invoke(app, list(words))
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    assert told.exit_code == 0
    return told.stdout


def test_a_household_is_told_every_line_with_its_reason(county: PointsCounty) -> None:
    said = ask("points", "show", HOME)
    assert "JTJF-20261102-0001  邻里互助  1.00  1.00     全部计分" in said
    assert "JTJF-20261102-0002  邻里互助  1.00  0.00     信用评议团还没有评议，暂不计分" in said
    assert re.search(r"2026 +2026 +100.00 +1.00 +0.00 +101.00 +信用家庭", said)
    told = json.loads(ask("points", "show", HOME, "--json"))
    assert [line["event"] for line in told["lines"]] == ["JTJF-20261102-0001", "JTJF-20261102-0002"]
    assert told["totals"][0]["total"] == "101.00" and "320830188001010002" not in said + json.dumps(told)
    with pytest.raises(NotFound):
        ask("points", "show", HOME, "--at", "2026-11-01")
    with pytest.raises(WrongUsage):
        ask("points", "show", HOME, "--at", "yesterday")


def test_a_village_is_listed_by_numbers_without_a_name(county: PointsCounty) -> None:
    listed = json.loads(ask("points", "list", "--village", VILLAGE, "--year", "2026", "--json"))
    assert [(one["household"], one["total"]) for one in listed] == [(f"{VILLAGE}-0001", "101.00"), (HOME, "101.00")]
    assert HOME in ask("points", "list", "-v", VILLAGE)
    assert json.loads(ask("points", "list", "-v", VILLAGE, "--year", "2025", "--json")) == []


def test_the_rule_book_is_told_as_it_was_known(county: PointsCounty) -> None:
    rules = json.loads(ask("points", "rules", "--json"))
    assert {"2025", "2026"} == {one["edition"] for one in rules}
    helping = next(one for one in rules if (one["edition"], one["rule"]) == ("2026", "邻里互助"))
    assert (helping["points"], helping["caps"]) == ("每满1计1分", "一次2分，一人一年10分，一月4分，一年20分")
    assert {one["edition"] for one in json.loads(ask("points", "rules", "--at", "2025-06-01", "--json"))} == {"2025"}
    assert "加" in ask("points", "rules")


def test_lint_tells_the_mistakes_of_the_rule_book(run: Any, tmp_path: Path) -> None:
    given = tmp_path / "schemas"
    shutil.copytree(ROOT / "schemas", given)
    book = given / "points" / "2026.yaml"
    text = book.read_text(encoding="utf-8")
    book.write_text(text.replace("label: 参加公益捐助，每次，不看金额", "label: 一年没有上访"), encoding="utf-8")
    done = run("contract", "lint", HUB_SCHEMAS=given)
    line = text[: text.index("label: 参加公益捐助")].count("\n")  # told at the rule
    assert done.returncode == 3
    assert f"{book}:{line}: '上访' is about petitions" in done.stdout


def test_the_page_shows_no_command_that_there_is_not() -> None:
    page = (ROOT / "docs" / "points.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\$ hub (.+?)(?: +#.*)?$", page, re.MULTILINE)
    assert {" ".join(line.split()[:2]) for line in shown} >= {"points show", "points list", "points rules"}
    for line in shown:
        words = line.split()
        known = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*words[:2], "--help"])
        assert known.exit_code == 0, line
        assert all(word.partition("=")[0] in known.output for word in words if word.startswith("-")), line
