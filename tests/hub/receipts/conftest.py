"""A small contract and the facts of one delivery, all synthetic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hub.contract.model import Code, Column, Contract, Subject
from hub.receipts import compose
from hub.receipts.number import batch_no, receipt_no

BATCH = batch_no("320830", "SCJG", "XZXK", date(2026, 11, 23), 7)
NUMBER = receipt_no(BATCH, 2)
PROVINCE = receipt_no(BATCH, 3)


def _column(name: str, label: str, kernel: str = "text", **more: Any) -> Column:
    facts: dict[str, Any] = {
        "physical_name": name.upper(),
        "synonyms": (),
        "storage": "text",
        "options": {},
        "codes": (),
        "required": True,
        "primary_key": False,
        "max_length": None,
        "pattern": None,
        "classification": "public",
        "disclosure": {},
    }
    return Column(name=name, label=label, kernel=kernel, **(facts | more))


@pytest.fixture
def contract() -> Contract:
    """Five columns: a key, a name, a code list, a long code list, a credit code."""
    return Contract(
        dataset="market/admin_licence",
        code="XZXK",
        version="3.2.0",
        title="行政许可",
        description="",
        owner="market",
        contact="县信用中心 0517-8800 0000",
        columns=(
            _column("xk_wsh", "行政许可决定文书号", primary_key=True),
            _column("xk_xdr_mc", "行政相对人名称"),
            _column("xk_xdr_shxym", "统一社会信用代码", "uscc"),
            _column("xk_xdr_lb", "行政相对人类别", "code", codes=(Code("1", "法人及非法人组织"), Code("3", "自然人"))),
            _column(
                "xk_jg", "许可机关", "code", codes=tuple(Code(f"{n:03d}", f"某某行政审批机关{n}") for n in range(60))
            ),
            _column("xk_jdrq", "许可决定日期", "date", storage="date"),
        ),
        intakes=(),
        subject=Subject("xk_xdr_lb", ("1",), (), ("3",), None, "xk_xdr_shxym", None, "xk_xdr_mc"),
        order_by=None,
        refuse_above=0.5,
        lawful=(),
        aggregates=(),
        working_days=7,
        frequency="daily",
        quality=(),
        file="market/admin_licence.odcs.yaml",
        fingerprint="ab" * 32,
    )


@pytest.fixture
def submission() -> compose.Submission:
    """An XLSX that came by SFTP at a quarter past nine."""
    return compose.Submission(
        file_name="市监局_行政许可.xlsx",
        size=48213,
        sha256="0f" * 32,
        received_at=datetime(2026, 11, 23, 1, 15, 2, tzinfo=UTC),
        channel="sftp",
        account="scjg01",
        sheet="Sheet1",
        header_row=1,
    )


@pytest.fixture
def findings() -> tuple[compose.RuleFindings, ...]:
    """Three rejected rows by two rules, two queries, one duplicate."""
    row = compose.FindingRow
    return (
        compose.RuleFindings(
            "CMP-REQUIRED", "xk_jdrq", "许可决定日期", 1, (row(30, 29, None, "许〔2026〕29号"),), letter="F"
        ),
        compose.RuleFindings(
            "ID-USCC-CHECK",
            "xk_xdr_shxym",
            "统一社会信用代码",
            3,
            (row(30, 29, "91320830000000 29A"), row(17, 16, "913208300000000161"), row(21, 20, "91320830000000020A")),
            letter="C",
        ),
        compose.RuleFindings("ID-USCC-ORG", "xk_xdr_shxym", "统一社会信用代码", 2, (row(5, 4, "9132"),)),
        compose.RuleFindings("DUP-ROW", None, None, 2, (row(8, 7), row(9, 8))),
    )


@pytest.fixture
def made(
    contract: Contract, submission: compose.Submission, findings: tuple[compose.RuleFindings, ...]
) -> Callable[..., dict[str, Any]]:
    """Compose the usual receipt with some facts replaced."""

    def make(**other: Any) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "receipt_no": NUMBER,
            "batch_no": BATCH,
            "generated_at": datetime(2026, 11, 23, 1, 20, tzinfo=UTC),
            "submission": submission,
            "judged": compose.Judged("accept", timeliness=(309, 3), respond_by=date(2026, 12, 2)),
            "counts": compose.Counts(317, 312, 2, 3, 2, 0, 300, 10, 2),
            "contract": contract,
            "findings": findings,
            "corrections": (
                compose.Correction(
                    "CHG-TEXT", "xk_xdr_mc", "行政相对人名称", 4, (compose.Example(3, " 某某公司", "某某公司"),)
                ),
            ),
        }
        return compose.compose(**(facts | other))

    return make
