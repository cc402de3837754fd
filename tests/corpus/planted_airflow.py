"""A copy of the project whose stages make mistakes that quote the data, and deliveries that wait for them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from corpus.small_county.county import deliveries

from hub.contract import load
from hub.line import intake, open_hub
from hub.settings import Settings

PARTS = ("hub", "connectors", "dags", "plugins", "config")
READ, JUDGED = "market/admin_penalty", "court/judgment_defaulter"  # fail in normalise and at Great Expectations
SECRET = "a-password-that-nobody-may-see"
WORDS = {"person": "赵某甲乙", "citizen id": "320830188001010002", "mobile": "13800001234", "secret": SECRET}
# By file of the program: what is written behind it.
MISTAKES: Mapping[str, str] = {
    "hub/stages/normalise.py": """
_right = run
def run(job, *words, **more):
    if job.contract.dataset == "market/admin_penalty":
        said = job.source.read_bytes().decode("utf-8", "replace") + job.source.read_bytes().decode("gb18030", "replace")
        raise ValueError(said) from KeyError(said)
    return _right(job, *words, **more)
""",
    "hub/stages/gate.py": """
def validate(*words, **more):
    raise ValueError("赵某甲乙 320830188001010002") from KeyError("13800001234")
""",
    "hub/line/exchanging.py": """
def exchange(hub, *words, **more):
    raise ValueError("赵某甲乙 320830188001010002 " + hub.settings.province_url)
""",
    "hub/line/reporting.py": """
def write(hub, *words, **more):
    raise ValueError("赵某甲乙 320830188001010002 " + repr([one for one in hub.home.rglob("*")]))
""",
}


def project(root: Path, folder: Path) -> Path:
    """The copy; its programs are found before the installed ones."""
    for part in PARTS:
        shutil.copytree(root / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name, mistake in MISTAKES.items():
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(mistake)
    return folder


def land(told: Mapping[str, str], folder: Path) -> None:
    """A file of each of the datasets waits in the ledger, under a name that names a person."""
    hub = open_hub(
        Settings(
            home=Path(told["HUB_HOME"]),
            schemas=Path(told["HUB_SCHEMAS"]),
            expectations=Path(told["HUB_EXPECTATIONS"]),
            record_key=SECRET,
        )
    )
    county = load.county(Path(told["HUB_SCHEMAS"]))
    for drop in deliveries(county, date(2026, 11, 23)):
        for dataset, title in ((READ, "行政处罚_2"), (JUDGED, "失信被执行人")):
            if drop.file_name.startswith(title) and drop.content:
                file = folder / f"{title}_赵某甲乙_320830188001010002{Path(drop.file_name).suffix}"
                file.write_bytes(drop.content)
                intake.submit(hub, file, drop.department, dataset)
    hub.ledger.dispose()
