"""Facts of deliveries as a ledger query would give them, all synthetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.reports.facts import Balance, DatasetFacts, DeliveryFacts, DeliveryLine, Hit, HitRow

RECEIVED = datetime(2026, 11, 23, 1, 15, 2, tzinfo=UTC)
LABELS = {
    "xk_wsh": "行政许可决定文书号",
    "xk_xdr_shxym": "统一社会信用代码",
    "xk_xdr_mc": "行政相对人名称",
    "xk_jdrq": "许可决定日期",
}


def entry(
    number: int, code: str, column: str | None, dimension: str, failed: int | None, **more: Any
) -> dict[str, Any]:
    """One result as Great Expectations writes it with ``result_format`` BASIC."""
    result: dict[str, Any] = (
        {}
        if failed is None
        else {
            "element_count": 315,
            "unexpected_count": failed,
            "unexpected_percent": 100 * failed / 315,
            "missing_count": 15,
            "partial_unexpected_list": [],
        }
    )
    meta = {"code": code, "column": column, "dimension": dimension, "source": "contract", "rule": number}
    return {
        "success": not failed,
        "expectation_config": {
            "type": "expect_column_values_to_not_be_in_set",
            "kwargs": {"column": f"{column}__mark", "value_set": [code]},
            "meta": meta,
            "severity": "critical",
        },
        "result": result,
        "meta": {},
        "exception_info": {"raised_exception": False, "exception_traceback": None, "exception_message": None},
    } | more


@pytest.fixture
def validation() -> dict[str, Any]:
    """Six rules: three failed, one could not be judged, one is about the table."""
    raised = {"MetricConfigurationID(...)": {"raised_exception": True, "exception_message": "no such column"}}
    return {
        "success": False,
        "results": [
            entry(0, "CMP-REQUIRED", "xk_wsh", "完整性", 0),
            entry(1, "CMP-REQUIRED", "xk_jdrq", "完整性", 1),
            entry(2, "ID-USCC-CHECK", "xk_xdr_shxym", "准确性", 3),
            entry(3, "ID-USCC-ORG", "xk_xdr_shxym", "准确性", 2),
            entry(4, "DAT-ORDER", "xk_jdrq", "一致性", None, success=False, exception_info=raised),
            entry(5, "MAC-ROWS", None, "完整性", None, success=True, result={"observed_value": 315}),
            entry(6, "TXT-CONTROL", "xk_xdr_mc", "规范性", 0),
            entry(7, "DAT-FORMAT", "xk_jdrq", "规范性", 0),
        ],
    }


@pytest.fixture
def delivery(validation: dict[str, Any]) -> DeliveryFacts:
    """A delivery of 317 rows that was accepted in part."""
    return DeliveryFacts(
        batch_no="320830-SCJG-XZXK-20261123-007",
        receipt_no="R-320830-SCJG-XZXK-20261123-007-2-R",
        county="盱眙县",
        department="县市场监督管理局",
        dataset="market/admin_licence",
        title="行政许可",
        file_name="市监局_行政许可.xlsx",
        size=48213,
        sha256="0f" * 32,
        channel="sftp",
        received_at=RECEIVED,
        judged_at=RECEIVED + timedelta(seconds=41),
        contract_version="3.2.0",
        contract_fingerprint="ab" * 32,
        verdict="PARTIAL",
        verdict_text="部分接收：312行已入库，3行退回，2行请核实，2行重复。",
        balance=Balance(317, 312, 2, 3, 2, 0, 300, 10, 2),
        generated_at=RECEIVED + timedelta(hours=8),
        labels=LABELS,
        validation=validation,
        hits=(
            Hit("CMP-REQUIRED", "xk_jdrq", 1, (HitRow(30, 29, None),)),
            Hit("DUP-ROW", None, 2, (HitRow(8, 7), HitRow(9, 8))),
            Hit(
                "ID-USCC-CHECK",
                "xk_xdr_shxym",
                3,
                (HitRow(17, 16, "913208******0161"), HitRow(21, 20, "91320 ******020A")),
            ),
            Hit(
                "ID-USCC-ORG",
                "xk_xdr_shxym",
                2,
                (HitRow(5, 4, "913208******0171", "应为 5"), HitRow(6, 5, "913208******0191")),
            ),
        ),
        dataset_page="../market_admin_licence.html",
    )


@pytest.fixture
def dataset() -> DatasetFacts:
    """Fourteen deliveries: usual ones, one unreadable, one repeated, one that waits."""

    def line(number: int, verdict: str, balance: Balance | None, **hits: int) -> DeliveryLine:
        day = RECEIVED + timedelta(days=number)
        batch = f"320830-SCJG-XZXK-{day:%Y%m%d}-001"
        times = (balance.accepted - 3, 3) if balance and balance.accepted else (None, None)
        named = {code.replace("_", "-"): rows for code, rows in hits.items()}
        name = f"行政许可_{day:%Y%m%d}.xlsx"
        return DeliveryLine(batch, f"{batch}.html", "县市场监督管理局", name, day, verdict, balance, *times, named)

    lines = []
    for number in range(11):
        bad = number * 7 % 5
        rows = 280 + number * 13
        balance = Balance(rows, rows - bad - 2, number % 3, bad, 1, 1, rows - bad - 2, 0, 0)
        verdict = "PARTIAL" if bad else "ACCEPTED_QUERY" if number % 3 else "ACCEPTED"
        lines.append(line(number, verdict, balance, ID_USCC_CHECK=bad, ID_USCC_ORG=number % 3, DUP_ROW=1))
    lines.append(line(11, "REJECTED", None, FIL_ENCODING=0))
    lines.append(line(12, "DUPLICATE", Balance(410, 0, 0, 0, 410, 0, 0, 0, 0), DUP_FILE=0))
    lines.append(line(13, "PENDING", Balance(40, 38, 0, 2, 0, 0), CMP_REQUIRED=2, GATE_HOLD=1))
    return DatasetFacts(
        dataset="market/admin_licence",
        title="行政许可",
        county="盱眙县",
        owner="县市场监督管理局",
        contact="县信用中心 0517-8800 0000",
        contract_version="3.2.0",
        contract_fingerprint="ab" * 32,
        working_days=7,
        deliveries=tuple(lines),
        generated_at=RECEIVED + timedelta(days=14),
    )
