"""The command as people run it: a process of its own, on a small county that the test session makes once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from corpus.small_county import credit_lines, licences
from corpus.small_county.county import place_of

from hub.cli import main
from hub.contract import load
from hub.county.identities import Place
from hub.county.record import Written
from hub.county.sheets import csv_bytes
from hub.demo.province import SimulatedProvince
from hub.line import Hub, open_hub
from hub.settings import Settings
from hub.settings import settings as environment_settings

ROOT = Path(__file__).resolve().parents[3]
HUB = Path(sys.executable).with_name("hub")
Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(**settings: object) -> dict[str, str]:
    """What a shell would hand on: nothing of this one's settings, the repository's contracts."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    ours = {"HUB_SCHEMAS": ROOT / "schemas", "HUB_EXPECTATIONS": ROOT / "expectations", "COLUMNS": 100}
    return clean | {name: str(value) for name, value in (ours | settings).items()}


@pytest.fixture
def process(tmp_path: Path) -> Run:
    """Run ``hub`` as a process in an empty folder; keywords are settings. ``HUB_HOME`` does not exist yet."""

    def call(*words: object, **settings: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [HUB, *map(str, words)],
            cwd=tmp_path,
            env=environment(**({"HUB_HOME": tmp_path / "home"} | settings)),
            capture_output=True,
            text=True,
            timeout=120,
        )

    return call


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The same through the entry point in this process: nothing is imported anew, so it takes no second."""

    def call(*words: object, **settings: object) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("HUB_")]:
                patch.delenv(name)
            for name, value in environment(**({"HUB_HOME": tmp_path / "home"} | settings)).items():
                patch.setenv(name, value)
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["hub", *map(str, words)])
            environment_settings.cache_clear()
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
        environment_settings.cache_clear()
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(sys.argv, int(ended.value.code or 0), out, err)

    return call


@dataclass(frozen=True)
class County:
    """A hub with five deliveries, and the settings by which a process finds it."""

    hub: Hub
    files: Mapping[str, Path]
    settings: Mapping[str, str]


GOOD, BAD, PERSON = 2, 8, 9  # rows of the licence file: a company's, one without content, a natural person's


def _licences(place: Place, today: datetime) -> list[Written]:
    rows = [licences.licence(place, serial, today.date(), Random(serial), "%Y/%m/%d") for serial in range(3, 33)]
    rows[BAD - 2]["许可内容"] = "无"
    return [Written(row, "accepted") for row in rows]


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """Delivery 1 has good and bad rows, 2 repeats it, 3 has a stray quote, 4 is the bank's, 5 is empty."""
    folder = tmp_path_factory.mktemp("county")
    today = datetime.now(ZoneInfo("Asia/Shanghai"))
    place = place_of(load.county(ROOT / "schemas"))
    content = csv_bytes(licences.HEADER, _licences(place, today), "gb18030")
    lines = content.split(b"\r\n")
    lines[17] = b'"' + lines[17]
    bank = [credit_lines.credit_line(place, serial, today.date(), Random(serial)) for serial in range(1, 81)]
    files = {
        "行政许可.csv": content,
        "行政许可_引号.csv": b"\r\n".join(lines),
        "授信.csv": csv_bytes(credit_lines.HEADER, [Written(row, "accepted") for row in bank], "utf-8"),
        "行政许可_空.csv": b"",
        "行政许可_好.csv": csv_bytes(licences.HEADER, _licences(place, today - timedelta(days=1))[:5], "utf-8-sig"),
    }
    for name, each in files.items():
        (folder / name).write_bytes(each)
    url = f"sqlite:///{folder / 'province.db'}"
    hub = open_hub(
        Settings(home=folder / "home", schemas=ROOT / "schemas", expectations=ROOT / "expectations", province_url=url)
    )
    simulated = SimulatedProvince(url, hub.outlet("province"), hub.contracts.values(), delay=0, refuse_every=0)
    simulated.create()
    for name in ("行政许可.csv", "行政许可.csv", "行政许可_引号.csv", "授信.csv", "行政许可_空.csv"):
        bank_file = name == "授信.csv"
        hub.submit(folder / name, "bank" if bank_file else "market", "bank/credit_line" if bank_file else MARKET)
    hub.drain("province")
    simulated.answer()
    hub.drain("province")
    hub.drain("open_feed")
    hub.report()
    yield County(
        hub, {name: folder / name for name in files}, {"HUB_HOME": str(folder / "home"), "HUB_PROVINCE_URL": url}
    )
    simulated.stop()
    hub.ledger.dispose()


MARKET = "market/admin_licence"


@pytest.fixture
def ask_process(county: County, process: Run) -> Run:
    """Run ``hub`` as a process on the small county."""

    def call(*words: object, **settings: object) -> subprocess.CompletedProcess[str]:
        return process(*words, **(dict(county.settings) | settings))

    return call


@pytest.fixture
def ask(county: County, run: Run) -> Run:
    """Run ``hub`` on the small county."""

    def call(*words: object, **settings: object) -> subprocess.CompletedProcess[str]:
        return run(*words, **(dict(county.settings) | settings))

    return call
