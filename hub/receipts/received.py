"""The receipt of stage 1 (收讫): the file was taken, with this size and this hash; what follows, and by when.

Nothing was looked into yet: it says nothing of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.contract.model import Contract
from hub.receipts.names import people_name
from hub.receipts.origin import contract_of, moment, package, submission_of
from hub.receipts.parts import Counts, Submission
from hub.receipts.wording import quoted

MINUTES = 15  # within which a delivery of 100,000 rows is judged


def compose_received(
    *,
    receipt_no: str,
    batch_no: str,
    generated_at: datetime,
    submission: Submission,
    contract: Contract | None,
) -> dict[str, Any]:
    """The receipt object; the same facts give the same bytes."""
    contact = contract.contact if contract else ""
    ask = (
        f"超过一小时没有看到的，请联系：{contact}，并报回执号。"
        if contact
        else "超过一小时没有看到的，请联系信用中心。"
    )
    return {
        "schema": "receipt.v1",
        "receipt_no": receipt_no,
        "stage": "received",
        "batch_no": batch_no,
        "package_id": package(submission, batch_no),
        "supersedes": None,
        "amends": None,
        "duplicate_of": None,
        "contract": None if contract is None else contract_of(contract),
        "submission": submission_of(submission),
        "verdict": {"code": "RECEIVED", "text": "已收讫：文件已经收到，还没有校验，不表示已经接收。"},
        "counts": {"declared": None, **dict.fromkeys(Counts.__dataclass_fields__), "refused_by_province": 0},
        "resend": None,
        "causes": [],
        "findings": [],
        "corrections": [],
        "timeliness": None,
        "next": {
            "action": "WAIT",
            "steps": [f"系统会逐行校验，一般{MINUTES}分钟内出校验回执，文件名上写着结论。", "请不要重复报送。", ask],
            "template": None,
            "respond_by": None,
            "next_cutoff": None,
            "contact": contact,
        },
        "generated_at": moment(generated_at),
    }


def file_names(receipt: Mapping[str, Any], original_name: str) -> tuple[str, str]:
    """Names of the JSON file and of the text for people. There is no marker: each is whole when it is there."""
    number = receipt["receipt_no"]
    return f"{number}.json", people_name(original_name, f"__{number}__已收讫.txt")


def text(receipt: Mapping[str, Any]) -> bytes:
    """The text for people, as the old editor of Windows reads it, too."""
    sent, contract = receipt["submission"], receipt["contract"]
    lines = [
        receipt["verdict"]["text"],
        "",
        f"回执号：{receipt['receipt_no']}",
        f"批次号：{receipt['batch_no']}",
        f"文件名：{quoted(sent['file_name'])}",
        f"数据集：{contract['title'] if contract else '没有认出，校验回执会说明'}",
        f"大小：{sent['size']:,} 字节",
        f"文件指纹：SHA-256 {sent['sha256']}",
        f"收到时间：{sent['received_at'][:19].replace('T', ' ')}",
        "",
        "接下来：",
        *(f"  {place}. {step}" for place, step in enumerate(receipt["next"]["steps"], start=1)),
    ]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")
