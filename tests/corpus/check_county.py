"""The real contracts with a few penalties, and a department that asks about applicants (信用核查)."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
from corpus.small_county import penalties
from corpus.small_county.county import place_of

from hub.county.agencies import market
from hub.line import Hub
from hub.line.hub import ZONE

PENALTY, REQUEST = "market/admin_penalty", "credit/check_request"
NUMBERS = {
    "credit/repair": ("修复编号", "修复日期"),
    "credit/dispute": ("异议编号", "受理日期"),
    "credit/annulment": ("撤销编号", "撤销日期"),
}
Row = dict[str, str]


class CheckCounty:
    """``ask`` hands a list in; ``workbooks`` and ``pdfs`` are what came back to the department."""

    def __init__(self, hub: Hub, folder: Path, clock: Any) -> None:
        self.hub, self.folder, self.clock, self._files = hub, folder, clock, 0
        self.place = place_of(hub.county)

    @property
    def today(self) -> date:
        day: date = self.clock().astimezone(ZONE).date()
        return day

    def penalty(self, serial: int, **changed: str) -> Row:
        """A general penalty of three days ago; serials by 10: 0 and 5 persons, 1 and 6 companies."""
        cases = penalties.Cases(self.place, market(self.place), penalties.AT_MARKET, "%Y-%m-%d")
        row = cases.penalty(serial, self.today - timedelta(days=3), Random(serial))
        return row | {"处罚类别": "罚款", "罚款金额（万元）": "1", "公示截止期": ""} | changed

    def applicant(self, row: Mapping[str, str], **changed: str) -> Row:
        """A row of a list about the subject of a penalty's row."""
        asked = {
            "核查批次": "NYBT-2026-01",
            "用途": "资金补贴",
            "依据文号": "盱政办发〔2026〕12号",
            "经办人工号": "CZ0012",
            "审批人工号": "CZ0001",
            "申请人名称": row["行政相对人名称"],
            "申请人类别": row["行政相对人类别"],
            "统一社会信用代码": row.get("统一社会信用代码", ""),
            "证件类型": row.get("证件类型", ""),
            "证件号码": row.get("证件号码", ""),
        }
        return asked | changed

    def consent(self, row: Mapping[str, str]) -> Row:
        """The subject of a penalty's row, a company, agrees that the bank sees its penalties for a year."""
        number = row["统一社会信用代码"][-8:]
        return {
            "授权编号": f"SQ{number}",
            "主体名称": row["行政相对人名称"],
            "主体类别": "法人及非法人组织",
            "统一社会信用代码": row["统一社会信用代码"],
            "证件类型": "",
            "证件号码": "",
            "家庭编号": "",
            "授权的数据集": "行政处罚",
            "授权的接收方": "信易贷",
            "授权用途": "申请信易贷",
            "授权方式": "书面",
            "授权书编号": f"XYSQ{number}",
            "授权起始日期": self.today.isoformat(),
            "授权截止日期": (self.today + timedelta(days=365)).isoformat(),
            "撤回日期": "",
            "登记日期": self.today.isoformat(),
        }

    def write(self, rows: list[Row], title: str) -> Path:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
        self._files += 1
        file = self.folder / f"{title}_{self._files}.csv"
        file.write_text(text.getvalue(), encoding="utf-8")
        return file

    def submit(self, dataset: str, rows: list[Row], department: str) -> dict[str, Any]:
        """Hand a file in; gives the receipt."""
        self.clock.sleep(5)
        before = set((self.hub.home / "outbox" / department).glob("*-2-*.json"))
        self.hub.submit(self.write(rows, dataset.rpartition("/")[2]), department, dataset)
        (latest,) = set((self.hub.home / "outbox" / department).glob("*-2-*.json")) - before
        receipt: dict[str, Any] = json.loads(latest.read_text(encoding="utf-8"))
        return receipt

    def punish(self, *rows: Row) -> None:
        receipt = self.submit(PENALTY, list(rows), "market")
        assert receipt["counts"]["accepted"] == len(rows), json.dumps(receipt["findings"], ensure_ascii=False)

    def ask(self, *rows: Row) -> dict[str, Any]:
        return self.submit(REQUEST, list(rows), "credit")

    def steer(self, dataset: str, row: Mapping[str, str], **more: str) -> None:
        """A steering row about the record of a penalty's row."""
        number, since = NUMBERS[dataset]
        written = {
            number: f"SX{self._files}",
            "主体名称": row["行政相对人名称"],
            "主体类别": row["行政相对人类别"],
            "统一社会信用代码": row.get("统一社会信用代码", ""),
            "证件类型": row.get("证件类型", ""),
            "证件号码": row.get("证件号码", ""),
            "数据集": "行政处罚",
            "文书号": row["行政处罚决定书文号"],
            "作出机关统一社会信用代码": row["处罚机关统一社会信用代码"],
            since: self.today.isoformat(),
        }
        receipt = self.submit(dataset, [written | more], "credit")
        assert receipt["counts"]["accepted"] == 1, json.dumps(receipt["findings"], ensure_ascii=False)

    def workbooks(self) -> list[Path]:
        return sorted((self.hub.home / "outbox" / "credit").glob("*__信用核查__*.xlsx"))

    def pdfs(self) -> list[Path]:
        return sorted((self.hub.home / "outbox" / "credit").glob("*__信用核查__*.pdf"))

    def summary(self) -> list[tuple[str, str, str]]:
        """Name, verdict and remark of every applicant in all workbooks."""
        found = []
        for file in self.workbooks():
            for row in openpyxl.load_workbook(file)["汇总"].iter_rows(min_row=6, values_only=True):
                found.append((str(row[1]), str(row[4]), str(row[6] or "")))
        return found

    def said(self) -> str:
        """All text of all workbooks and PDFs."""
        texts = [
            str(cell)
            for file in self.workbooks()
            for sheet in openpyxl.load_workbook(file)
            for row in sheet.iter_rows(values_only=True)
            for cell in row
            if cell is not None
        ]
        texts += [pdf_text(file) for file in self.pdfs()]
        return "\n".join(texts)


def pdf_text(file: Path) -> str:
    """What ``pdftotext`` reads, without breaks of lines, for cells wrap."""
    program = shutil.which("pdftotext")
    assert program is not None, "scripts/system_packages.sh installs poppler-utils"
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "text"
        subprocess.run([program, "-raw", str(file), str(target)], check=True, timeout=60)
        return target.read_text(encoding="utf-8").replace("\n", "")
