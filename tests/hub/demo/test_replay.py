"""A county replayed through the whole line agrees with its answer key, and the comparison sees when it does not."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.demo.replay import apart
from hub.ledger import balance
from hub.ledger.connect import reading
from hub.ledger.tables import delivery, outbox
from hub.line import Hub, open_hub
from hub.settings import Settings

PROJECT = Path(__file__).resolve().parents[3]
DAYS = ("2026-11-24", "2026-11-26")


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """``hub county …`` as somebody types it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "GX_"))}
    told = {"HUB_SCHEMAS": str(PROJECT / "schemas"), "HUB_EXPECTATIONS": str(PROJECT / "expectations")}
    told |= {
        "HUB_LEDGER_URL": f"sqlite:///{home}/real_ledger.db",
        "HUB_PROVINCE_URL": f"sqlite:///{home}/real_province.db",
    }
    told["HUB_STORE_URL"] = f"file://{home}/real_store"
    told["HUB_WEBHOOK_URL"] = "http://127.0.0.1:9/reminders"  # nobody listens there
    return subprocess.run(
        (str(Path(sys.executable).with_name("hub")), "county", *words),
        cwd=home,
        env=kept | told,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a county of three days, and the state folder in which it was replayed."""
    folder = tmp_path_factory.mktemp("replayed")
    since, until = DAYS
    made = run(folder, "--seed", "3", "--scale", "0.002", "--since", since, "--until", until, "--into", "county")
    assert made.returncode == 0, made.stderr
    done = run(folder, "replay", "county", "--home", "home")
    assert done.returncode == 0, done.stderr[-3000:]
    assert len(done.stderr.splitlines()) == 3
    return folder


@pytest.fixture
def hub(place: Path) -> Iterator[Hub]:
    made = Settings(home=place / "home", schemas=PROJECT / "schemas", expectations=PROJECT / "expectations")
    opened = open_hub(made)
    yield opened
    opened.ledger.dispose()


@pytest.mark.timeout(900)
def test_every_verdict_agrees_with_the_answer_key(place: Path) -> None:
    checked = run(place, "check", "county", "--home", "home")
    assert (checked.returncode, checked.stdout) == (0, "")
    assert "0 disagreements" in checked.stderr


def test_the_settings_of_a_replay_name_nobody() -> None:
    given = Settings(home=Path("state"), webhook_url="https://example.org/x", province_url="sqlite:///p.db")
    made = apart(given, Path("home"))
    assert (made.home, made.schemas) == (Path("home"), given.schemas)
    named = ("province_url", "ledger_url", "store_url", "mail", "webhook_url", "sources", "apis", "sftp", "governance")
    assert not any(getattr(made, name) for name in named)


def test_a_replay_touches_no_ledger_store_or_province_that_is_configured(place: Path) -> None:
    assert {one.name for one in place.iterdir()} == {"county", "home"}


def test_every_dataset_has_gone_the_whole_way(hub: Hub) -> None:
    with reading(hub.ledger) as connection:
        seen = set(connection.scalars(sa.select(delivery.c.dataset).where(delivery.c.accepted > 0)))
        assert seen == set(hub.contracts)
        shapes = [hub.shape(contract) for contract in hub.contracts.values()]
        assert balance.violations(connection, shapes) == []


def test_what_is_shared_goes_to_every_outlet_that_is_fed(hub: Hub) -> None:
    with reading(hub.ledger) as connection:
        sent = set(connection.scalars(sa.select(outbox.c.outlet).where(outbox.c.state == "sent").distinct()))
        sent |= set(connection.scalars(sa.select(outbox.c.outlet).where(outbox.c.state == "acknowledged").distinct()))
    assert {"province", "bank", "governance"} <= sent
    assert (hub.home / "feed" / "current" / "index.json").exists()


def test_deliveries_carry_the_day_on_which_they_came(hub: Hub) -> None:
    with reading(hub.ledger) as connection:
        days = {str(moment)[:10] for moment in connection.scalars(sa.select(delivery.c.received_at))}
    assert days == {"2026-11-24", "2026-11-25", "2026-11-26"}


def test_a_county_is_not_replayed_into_a_state_folder_in_use(place: Path) -> None:
    again = run(place, "replay", "county", "--home", "home")
    assert again.returncode == 2
    assert "empty state folder" in again.stderr


def test_a_county_is_not_written_over(place: Path) -> None:
    again = run(place, "--into", "county")
    assert again.returncode == 2
    assert "nothing was written" in again.stderr


@pytest.mark.parametrize("lie", ["count", "fate", "code", "forgotten", "invented", "refusal", "lost"])
def test_the_comparison_sees_every_kind_of_difference(lie: str, place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "county" / "answers", tmp_path / "county" / "answers")
    changed = tmp_path / "county" / "answers" / ("faults.csv" if lie in FAULTS else "deliveries.csv")
    with changed.open(encoding="utf-8", newline="") as source:
        lines = list(csv.DictReader(source))
    one = next(line for line in lines if SUITS[lie](line))
    LIES[lie](one, lines)
    with changed.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    checked = run(tmp_path, "check", "county", "--home", str(place / "home"))
    assert checked.returncode == 1
    assert one["file"] in checked.stdout


FAULTS = ("fate", "code", "forgotten", "invented")
SUITS = {
    "count": lambda line: line["habit"] == "first",
    "fate": lambda line: line["fate"] == "rejected",
    "code": lambda line: line["fate"] == "rejected" and line["column"],
    "forgotten": lambda line: line["fate"] == "rejected",
    "invented": lambda line: line["fate"] == "rejected",
    "refusal": lambda line: line["refused"],
    "lost": lambda line: line["habit"] == "first",
}
LIES = {
    "count": lambda line, lines: line.update(accepted=str(int(line["accepted"]) + 1)),
    "fate": lambda line, lines: line.update(fate="accepted_query"),
    "code": lambda line, lines: line.update(code="COD-UNKNOWN" if line["code"] != "COD-UNKNOWN" else "MON-FORMAT"),
    "forgotten": lambda line, lines: lines.remove(line),
    "invented": lambda line, lines: lines.append({**line, "row": "2" if line["row"] != "2" else "3"}),
    "refusal": lambda line, lines: line.update(refused="FIL-PASSWORD"),
    "lost": lambda line, lines: line.update(file=f"另一个{line['file']}"),
}
