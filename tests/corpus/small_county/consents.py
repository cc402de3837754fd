"""Consents (信用信息授权) of the synthetic county: companies that ask the bank for credit let it see what is public."""

from __future__ import annotations

from datetime import date, timedelta

from corpus.small_county.mess import Spoil, put

from hub.county.identities import Place, company, uscc
from hub.county.record import Row

HEADER = (
    *("授权编号", "主体名称", "主体类别", "统一社会信用代码", "证件类型", "证件号码", "家庭编号", "授权的数据集"),
    *("授权的接收方", "授权用途", "授权方式", "授权书编号", "授权起始日期", "授权截止日期", "撤回日期", "登记日期"),
)


def consent(place: Place, serial: int, today: date) -> Row:
    """A company's consent for a year; one in twenty has taken it back."""
    given = today - timedelta(days=serial % 20 + 1)
    withdrawn = today.isoformat() if serial % 20 == 7 else ""
    return {
        "授权编号": f"SQ{given.year}{serial:06d}",
        "主体名称": company(place, serial),
        "主体类别": "企业",
        "统一社会信用代码": uscc(place, serial),
        "授权的数据集": "行政许可、行政处罚、失信被执行人",
        "授权的接收方": "信易贷",
        "授权用途": "申请信易贷",
        "授权方式": "书面",
        "授权书编号": f"XYSQ{given.year}{serial:08d}",
        "授权起始日期": given.isoformat(),
        "授权截止日期": (given + timedelta(days=365)).isoformat(),
        "撤回日期": withdrawn,
        "登记日期": withdrawn or given.isoformat(),
    }


def spoils() -> tuple[Spoil, ...]:
    """The mess of a file of consents: one without its written authorisation, one to somebody who is no receiver."""
    return (
        Spoil(1, put("授权书编号", "", "无"), "rejected", "CMP-REQUIRED"),
        Spoil(1, put("授权的接收方", "开放目录"), "rejected", "COD-UNKNOWN"),
    )
