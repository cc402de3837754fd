"""A precheck says what the hub would say: the same files through both doors, finding by finding."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from corpus.small_county.county import Drop, deliveries

from hub.contract import load
from hub.errors import NotFound, WrongUsage
from hub.ledger import deliveries as ledger
from hub.ledger.connect import reading
from hub.line import Hub, open_hub
from hub.line.prechecking import precheck
from hub.settings import Settings, settings

ROOT = Path(__file__).resolve().parents[3]
COUNTY = load.county(ROOT / "schemas")
DROPS = deliveries(COUNTY, datetime.now(ZoneInfo("Asia/Shanghai")).date())
SMALL = [drop for drop in DROPS if len(drop.content) < 60_000]  # every kind of file is among them


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that takes files of up to 60 000 bytes."""
    home = tmp_path_factory.mktemp("precheck") / "home"
    here = Settings(
        home=home, schemas=ROOT / "schemas", expectations=ROOT / "expectations", max_file_bytes=60_000, chunk_rows=150
    )
    opened = open_hub(here)
    yield opened
    opened.ledger.dispose()


@pytest.fixture(autouse=True)
def environment(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings that a precheck finds: those of the hub, but for its home."""
    for name in ("schemas", "expectations", "max_file_bytes", "chunk_rows"):
        monkeypatch.setenv(f"HUB_{name.upper()}", str(getattr(hub.settings, name)))
    monkeypatch.setenv("HUB_HOME", str(hub.home.with_name("nowhere")))
    settings.cache_clear()
    yield
    settings.cache_clear()


def _submitted(hub: Hub, file: Path, drop: Drop) -> Mapping[str, Any]:
    delivery = hub.submit(file, drop.department, drop.dataset)
    with reading(hub.ledger) as connection:
        receipt: dict[str, Any] = json.loads(ledger.receipts(connection, delivery)[-1]["body"])
    return receipt


@pytest.mark.parametrize("drop", SMALL, ids=lambda drop: drop.file_name)
def test_check_and_submit_say_the_same_of_a_file(hub: Hub, tmp_path: Path, drop: Drop):
    file = tmp_path / drop.file_name
    file.write_bytes(drop.content)
    before, after = precheck(file, drop.dataset, drop.department), _submitted(hub, file, drop)
    for part in ("causes", "findings", "corrections", "contract", "timeliness", "stage"):
        assert before[part] == after[part], part
    stored = dict.fromkeys(("inserted", "updated", "unchanged"))
    assert before["counts"] == after["counts"] | stored
    assert before["verdict"]["code"] == "PRECHECK_" + after["verdict"]["code"]
    for part in ("file_name", "size", "sha256", "sheet", "header_row", "encoding"):
        assert before["submission"][part] == after["submission"][part], part
    assert before["receipt_no"] is before["batch_no"] is None


def test_every_way_to_end_is_among_the_files():
    assert {drop.refused for drop in SMALL} == {None, "FIL-LINES", "FIL-ENCODING", "FIL-EMPTY"}
    assert {drop.dataset.partition("/")[0] for drop in SMALL} == {"market", "bank", "court", "credit"}
    assert {Path(drop.file_name).suffix for drop in SMALL} == {".csv", ".xlsx"}


def test_who_sends_a_file_need_not_be_said(tmp_path: Path):
    drop = next(one for one in SMALL if one.department == "urban")  # one of two departments that send this dataset
    file = tmp_path / drop.file_name
    file.write_bytes(drop.content)
    named, unnamed = precheck(file, drop.dataset, "urban"), precheck(file, drop.dataset)
    for part in ("findings", "corrections", "counts", "verdict"):
        assert named[part] == unnamed[part], part


def test_a_file_that_the_hub_would_not_open_is_not_opened_by_a_precheck(hub: Hub, tmp_path: Path):
    big = Drop("market", "market/admin_licence", "行政许可_大.csv", b"x" * 60_001, {}, {})
    (tmp_path / big.file_name).write_bytes(big.content)
    before = precheck(tmp_path / big.file_name, big.dataset)
    after = _submitted(hub, tmp_path / big.file_name, big)
    assert before["findings"] == after["findings"] and before["findings"][0]["rule"] == "FIL-TOOBIG"
    assert before["counts"]["rows"] == after["counts"]["rows"] == 0


def test_a_precheck_leaves_no_home_and_no_copy(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    drop = next(one for one in SMALL if one.refused is None)
    (tmp_path / drop.file_name).write_bytes(drop.content)
    precheck(tmp_path / drop.file_name, drop.dataset)
    assert list((tmp_path / "scratch").iterdir()) == [] and not hub.home.with_name("nowhere").exists()


def test_what_does_not_fit_together_is_told(tmp_path: Path):
    file = tmp_path / "行政许可.csv"
    file.write_bytes(b"a\r\n")
    with pytest.raises(NotFound):
        precheck(file, "office/paper")
    with pytest.raises(NotFound):
        precheck(tmp_path / "nowhere.csv", "market/admin_licence")
    with pytest.raises(NotFound):
        precheck(tmp_path, "market/admin_licence")
    with pytest.raises(WrongUsage):
        precheck(file, "market/admin_licence", "court")
