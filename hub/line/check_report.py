"""The files of a credit check's report (核查报告文件): workbook and PDF, and the hash by which two are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import rfc8785

from hub.contract.checks import Purpose
from hub.contract.model import Contract
from hub.line.hub import ZONE
from hub.outlets.credit_check import VERDICTS, Applicant
from hub.receipts.check_workbook import check_workbook
from hub.receipts.names import report_name

if TYPE_CHECKING:
    from hub.line.hub import Hub

TITLE = "信用核查报告"
NOTES = (
    "只按统一社会信用代码和证件号码查找，从不按名称查找。",
    "依法不能使用的不列出；“没有查到可用的信息”不表示没有记录。",
    "不作评价，不给建议；只用于本次用途，不得转给他人。",
)
NO_PDF = "这次没有生成PDF，以这份工作簿为准。"


def digest(purpose: Purpose, applicants: Sequence[Applicant]) -> str:
    """SHA-256 (hex) of what a report says, without its moment and number."""
    asked = applicants[0].asked.group
    said: dict[str, Any] = {"asked": asked, "basis": purpose.legal_basis, "applicants": _told(applicants)}
    return hashlib.sha256(rfc8785.dumps(said)).hexdigest()


def made(
    hub: Hub,
    contract: Contract,
    purpose: Purpose,
    applicants: Sequence[Applicant],
    numbered: tuple[str, int, int],
    checkpoint: Mapping[str, Any] | None,
    now: datetime,
) -> dict[str, Any]:
    """Names, bytes and hashes of a report. ``numbered``: receipt number, place (0: the only one), round."""
    from hub.reports import page, printing  # templates, which no other delivery needs

    batch, use, authority, asker, authoriser = applicants[0].asked.group
    number, place, turn = numbered
    at = now.astimezone(ZONE)
    issuer = hub.county.department(contract.owner).name
    titles = [hub.contract(dataset).title for dataset in purpose.datasets]
    facts = [
        ("核查批次", batch),
        ("用途", use),
        ("依据文号", authority),
        ("经办人、审批人工号", f"{asker}、{authoriser}"),
        ("数据截至", f"{at:%Y-%m-%d %H:%M}"),
        ("法律依据", purpose.legal_basis),
        ("可以使用的数据", "、".join(titles)),
        ("出具", f"{hub.county.name}{issuer}"),
        ("规则版本", f"{contract.version}（{contract.fingerprint[:12]}）"),
    ]
    if checkpoint is not None:
        facts.append(("存证检查点", f"第 {checkpoint['size']:,} 条，校验值 {checkpoint['root']}"))
    report: dict[str, Any] = {
        "title": TITLE,
        "number": number,
        "at": at.isoformat(),
        "told": f"批次 {batch}　用途 {use}　依据 {authority}　数据截至 {at:%Y-%m-%d %H:%M}",
        "facts": facts,
        "notes": NOTES,
        "applicants": _told(applicants),
    }
    program = printing.program(hub.settings.pdf_program)
    printed = printing.pdf(page.render("credit_check.html.jinja", report=report), program) if program else None
    book = check_workbook(report if printed is not None else report | {"notes": (*NOTES, NO_PDF)})
    return {
        "name": report_name(batch, number, place, turn, "xlsx"),
        "workbook": book,
        "sha256": hashlib.sha256(book).hexdigest(),
        "pdf_name": report_name(batch, number, place, turn, "pdf") if printed is not None else None,
        "pdf": printed,
        "pdf_sha256": hashlib.sha256(printed).hexdigest() if printed is not None else None,
    }


def _told(applicants: Sequence[Applicant]) -> list[dict[str, Any]]:
    """What a report says of each applicant, as plain values."""
    return [
        {
            "row": one.asked.row,
            "name": one.asked.name,
            "category": one.asked.category,
            "person": one.asked.kind == "person",
            "code": one.asked.shown_code,
            "verdict": one.verdict,
            "words": VERDICTS[one.verdict],
            "notes": list(one.notes),
            "minded": one.minded,
            "parts": [
                {**part, "labels": list(part["labels"]), "rows": [*map(list, part["rows"])]} for part in one.parts
            ],
        }
        for one in applicants
    ]
