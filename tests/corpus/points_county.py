"""A hub with the county's own contracts, and rows of household points for it; people are born in the 1880s."""

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from hub.ledger import deliveries
from hub.ledger.connect import reading
from hub.line import Hub, scoring

ROOT = Path(__file__).resolve().parents[2]
EVENTS, REVIEWS, DISPUTES = scoring.EVENTS, scoring.REVIEWS, "credit/dispute"
TOWN, CREDIT = "town_320830101", "credit"
VILLAGE, HOME, OTHER = "320830101201", "320830101201-0007", "320830101202-0001"
GROWN = "320830188001010002"
serials = count(1)


def schemas(folder: Path) -> dict[str, Path]:
    """The county's own rules with these datasets and those of disputes alone, so that a hub opens quickly."""
    given = folder / "schemas"
    shutil.copytree(ROOT / "schemas", given)
    kept = {EVENTS, REVIEWS, DISPUTES, "market/admin_licence", "market/admin_penalty", "court/judgment_defaulter"}
    steered = given / "codes" / "steered_dataset.csv"
    header, *codes = steered.read_text(encoding="utf-8").splitlines(keepends=True)
    steered.write_text(header + "".join(one for one in codes if one.partition(",")[0] in kept), encoding="utf-8")
    for contract in given.glob("*/*.odcs.yaml"):
        if contract.relative_to(given).as_posix().removesuffix(".odcs.yaml") not in kept:
            contract.unlink()
    return {"schemas": given, "expectations": ROOT / "expectations"}


@dataclass
class PointsCounty:
    """Deliveries by hand, and what the points are then."""

    hub: Hub
    folder: Path

    def send(self, dataset: str, *rows: dict[str, str], department: str = TOWN, mode: str | None = None) -> None:
        """One file; every row of it must be taken."""
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
        file = self.folder / f"报送{next(serials)}.csv"
        file.write_text(text.getvalue(), encoding="utf-8")
        delivery = self.hub.submit(file, department, dataset, mode, "填错了" if mode else None)
        with reading(self.hub.ledger) as connection:
            told = deliveries.show(connection, delivery)
            findings = deliveries.findings(connection, delivery)
        assert told["verdict"] in ("ACCEPTED", "ACCEPTED_QUERY"), [(one["code"], one["column"]) for one in findings]

    def lines(self, household: str = HOME, at: Any = None) -> dict[str, tuple[str, list[str]]]:
        """By event: what it counts, and why not more."""
        told = scoring.household(self.hub, household, at)
        return {one["event"]: (str(one["counted"]), one["reasons"]) for one in told["lines"]}

    def total(self, household: str = HOME, at: Any = None) -> str:
        (sums,) = scoring.household(self.hub, household, at)["totals"]
        return str(sums["total"])


def event(number: int, **changed: str) -> dict[str, str]:
    """One help among neighbours, on 2026-11-02."""
    plain = {
        "事件编号": f"JTJF-20261102-{number:04d}",
        "家庭编号": HOME,
        "村（居）": "双马村委会",
        "发生日期": "2026-11-02",
        "积分项目": "邻里互助",
        "数量": "1",
        "行为人身份证号码": GROWN,
        "凭证编号": f"PZ{number}",
        "记录人编号": "WG0101",
    }
    return plain | changed


def review(number: int, **changed: str) -> dict[str, str]:
    """The panel's yes of 2026-11-04, in public notice from the 5th to the 11th."""
    plain = {
        "评议编号": f"JTPY-20261104-{number:04d}",
        "事件编号": f"JTJF-20261102-{number:04d}",
        "家庭编号": HOME,
        "村（居）": "双马村委会",
        "评议日期": "2026-11-04",
        "到会人数": "7",
        "同意人数": "6",
        "评议结果": "通过",
        "公示开始日期": "2026-11-05",
        "公示结束日期": "2026-11-11",
        "公示期异议": "无异议",
    }
    return plain | changed


def appeal(number: int, **changed: str) -> dict[str, str]:
    """An appeal against an event, taken up on 2026-11-20."""
    plain = {
        "异议编号": f"SX2026{number:04d}",
        "主体名称": "本户",
        "主体类别": "自然人",
        "证件类型": "身份证",
        "证件号码": GROWN,
        "数据集": EVENTS,
        "决定书文号": f"JTJF-20261102-{number:04d}",
        "受理日期": "2026-11-20",
    }
    return plain | changed
