"""The commands about time, as a person types them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    """A copy of the county's own, so that a year can be brought in."""
    shutil.copytree("schemas", tmp_path / "schemas")
    return tmp_path / "schemas"


def test_a_day_and_a_year_of_the_calendar_are_shown(run: Run) -> None:
    day = json.loads(run("calendar", "show", "2026-10-10", "--json").stdout)
    assert (day["weekday"], day["working"], day["name"]) == ("星期六", True, "国庆节")
    assert (day["working_day_before"], day["working_day_after"]) == ("2026-10-09", "2026-10-12")
    year = json.loads(run("calendar", "show", "2026", "--json").stdout)
    assert year["working_days"] == 248 and "国办发明电〔2025〕7号" in year["notices"][0]
    assert "2026-10-10 国庆节" in run("calendar", "show", "2026").stdout
    assert json.loads(run("calendar", "show", "2027-01-01", "--json").stdout)["provisional"] is True
    assert run("calendar", "show", "2027").returncode == 7
    assert run("calendar", "show", "soon").returncode == 2


def test_a_year_is_brought_in_and_one_with_a_mistake_is_refused(run: Run, schemas: Path, tmp_path: Path) -> None:
    file = tmp_path / "2027.csv"
    notice = ("--notice", "国办发明电〔2026〕1号", "--dated", "2026-11-05")
    days = "2027-01-01,holiday,元旦\n2027-05-01,holiday,劳动节\n"
    file.write_text(f"date,kind,name\n{days}", encoding="utf-8")
    refused = run("calendar", "import", file, *notice, HUB_SCHEMAS=schemas)
    assert refused.returncode == 3 and "2027-10-01" in refused.stderr
    assert run("calendar", "show", "2027", HUB_SCHEMAS=schemas).returncode == 7
    file.write_text(f"date,kind,name\n{days}2027-10-01,holiday,国庆节\n", encoding="utf-8")
    assert run("calendar", "import", file, *notice[:3], "soon", HUB_SCHEMAS=schemas).returncode == 2
    assert run("calendar", "import", file, *notice, HUB_SCHEMAS=schemas).returncode == 0
    shown = json.loads(run("calendar", "show", "2027", "--json", HUB_SCHEMAS=schemas).stdout)
    assert shown["checked"] == "none" and shown["holidays"][0] == "2027-01-01 元旦"
    assert run("calendar", "import", tmp_path / "2028.csv", *notice, HUB_SCHEMAS=schemas).returncode == 7


def test_what_is_due_is_listed_and_waived(run: Run) -> None:
    assert run("due", "list").stderr == "no delivery is due\n"
    assert json.loads(run("remind", "--json").stdout)["settled"] == 0
    due = json.loads(run("due", "list", "--json", "--department", "bank").stdout)
    assert {one["state"] for one in due} == {"due"}
    found = [one for one in due if one["dataset"] == "bank/credit_line"]
    assert "bank/credit_line" in run("due", "list").stdout
    period = found[0]["period"]
    done = run("due", "waive", "bank", "bank/credit_line", period, "--reason", "本期没有授信")
    assert done.returncode == 0 and "it was due" in done.stderr
    assert run("due", "waive", "bank", "bank/credit_line", period, "--reason", "再来").returncode == 2
    assert run("due", "waive", "bank", "bank/credit_line", "1999-01", "--reason", "再来").returncode == 7
    due = json.loads(run("due", "list", "--json", "--department", "bank").stdout)
    (first, *_) = (one for one in due if one["dataset"] == "bank/credit_line")
    assert (first["state"], first["reason"]) == ("waived", "本期没有授信")
    assert run("due", "list", "--missing").stderr == "no delivery is missing\n"
    assert run("due", "list", "--department", "nobody").returncode == 7


def test_the_doctor_warns_sixty_days_before_the_calendar_ends(county: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import date

    from hub.line import Hub, open_hub
    from hub.line.doctor import examine

    def seen(day: str) -> dict[str, object]:
        monkeypatch.setattr(Hub, "today", lambda _: date.fromisoformat(day))
        return next(one for one in examine(open_hub()) if one["what"] == "calendar")

    assert seen("2026-11-01") == {
        "what": "calendar", "ok": True, "detail": "working days are known up to 2026-12-31", "exit_code": 0,
    }  # fmt: skip
    assert seen("2026-11-02")["ok"] and seen("2026-11-02")["warning"]  # 59 days are left
    assert "14 days" in str(seen("2026-12-17")["detail"]) and seen("2026-12-17")["exit_code"] == 0
    assert (seen("2027-01-01")["ok"], seen("2027-01-01")["exit_code"]) == (False, 3)
