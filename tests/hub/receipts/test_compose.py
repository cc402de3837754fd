from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from hub.errors import CallOperator
from hub.findings import catalogue
from hub.receipts.compose import (
    Counts,
    FindingRow,
    Judged,
    Refusal,
    RuleFindings,
    compose_amendment,
    to_bytes,
)
from hub.receipts.number import receipt_no

Make = Callable[..., dict[str, Any]]
PROVINCE = receipt_no("320830-SCJG-XZXK-20261123-007", 3)
LATER = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def _valid(receipt: dict[str, Any]) -> dict[str, Any]:
    schema = json.loads(files("hub.receipts").joinpath("receipt.v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(to_bytes(receipt)))
    return receipt


def test_the_usual_receipt_follows_the_schema_and_says_the_verdict(made: Make):
    receipt = _valid(made())
    assert receipt["verdict"] == {
        "code": "PARTIAL",
        "text": "部分接收：312行已入库，3行退回，2行请核实，2行重复。",
    }
    assert receipt["submission"]["received_at"] == "2026-11-23T09:15:02+08:00"
    assert receipt["next"]["action"] == "FIX_ROWS"
    assert receipt["next"]["template"].endswith("__部分接收_退回3行.xlsx")


def test_findings_stand_by_rows_affected_what_asks_nothing_last(made: Make):
    found = made()["findings"]
    assert [finding["rule"] for finding in found] == ["ID-USCC-CHECK", "ID-USCC-ORG", "CMP-REQUIRED", "DUP-ROW"]
    assert [row["row"] for row in found[0]["rows"]] == [17, 21, 30]
    assert found[0]["why"].startswith("第17行“统一社会信用代码”（913208300000000161）")
    assert found[1]["rows_truncated"] and not found[0]["rows_truncated"]


def test_what_refuses_the_file_stands_first(made: Make, findings: tuple[RuleFindings, ...]):
    gate = RuleFindings("GATE-SHARE", None, None, 1, detail="95%")
    receipt = _valid(made(findings=(*findings, gate), judged=Judged("refuse"), counts=Counts(317, 0, 0, 315, 2, 0)))
    assert receipt["findings"][0]["rule"] == "GATE-SHARE"
    assert receipt["verdict"]["text"] == "整体退回：问题行超过规定比例，没有数据入库。"


def test_the_order_of_the_facts_does_not_change_a_byte(made: Make, findings: tuple[RuleFindings, ...]):
    first = to_bytes(made())
    assert first.endswith(b"}\n")
    for order in itertools.permutations(findings):
        shuffled = tuple(dataclasses.replace(group, rows=group.rows[::-1]) for group in order)
        assert to_bytes(made(findings=shuffled)) == first


@pytest.mark.parametrize(
    "counts",
    [
        Counts(318, 312, 2, 3, 2, 0, 300, 10, 2),
        Counts(317, 312, 2, 3, 2, 0, 300, 10, 3),
        Counts(317, 312, 313, 3, 2, 0, 300, 10, 2),
        Counts(317, 312, 2, 3, 2, 0, 300, None, 12),
        Counts(317, 312, 2, 3, 2, 0),
        Counts(317, 310, 2, 5, 2, 0, 300, 10, 0),
    ],
    ids=["rows", "stored", "queries", "half known", "nothing stored", "unexplained"],
)
def test_counts_that_do_not_balance_never_become_a_receipt(made: Make, counts: Counts):
    with pytest.raises(CallOperator):
        made(counts=counts)


def test_rejected_rows_without_a_finding_never_become_a_receipt(made: Make):
    with pytest.raises(CallOperator):
        made(findings=())


def test_a_moment_without_a_zone_is_refused(made: Make):
    with pytest.raises(CallOperator):
        made(generated_at=datetime(2026, 11, 23, 9, 20))


def test_a_clean_delivery_is_accepted_whole(made: Make):
    receipt = _valid(made(findings=(), counts=Counts(300, 300, 0, 0, 0, 0, 300, 0, 0)))
    assert receipt["verdict"] == {"code": "ACCEPTED", "text": "全部接收：300行已入库。"}
    assert receipt["next"]["action"] == "NONE" and receipt["next"]["template"] is None


def test_an_accepted_delivery_with_queries_asks_for_an_answer(made: Make, findings: tuple[RuleFindings, ...]):
    receipt = _valid(made(findings=findings[2:3], counts=Counts(300, 300, 2, 0, 0, 0, 300, 0, 0)))
    assert receipt["verdict"]["code"] == "ACCEPTED_QUERY" and receipt["next"]["action"] == "ANSWER"


def test_a_delivery_whose_every_row_is_bad_is_returned_whole(made: Make, findings: tuple[RuleFindings, ...]):
    receipt = _valid(made(findings=findings[:2], counts=Counts(3, 0, 0, 3, 0, 0, 0, 0, 0)))
    assert receipt["verdict"]["text"] == "整体退回：3行全部有问题，没有数据入库。"


def test_an_unreadable_file_of_an_unknown_dataset_gets_an_answer_too(made: Make):
    group = RuleFindings("FIL-ENCODING", None, None, 1)
    receipt = _valid(made(findings=(group,), judged=Judged("refuse"), counts=None, contract=None, contact="0517-1"))
    assert receipt["verdict"]["code"] == "REJECTED" and receipt["counts"]["rows"] is None
    assert receipt["findings"][0]["why"] == "文件编码不是 UTF-8 或 GB18030，或者与约定不符。"
    assert "0517-1" in receipt["next"]["steps"][-1]


def test_a_refused_file_whose_rows_were_not_looked_at_names_no_sheet_of_rows(made: Make):
    group = RuleFindings("FIL-ENCODING", None, None, 1, (FindingRow(21, None),))
    receipt = _valid(made(findings=(group,), judged=Judged("refuse"), counts=Counts(40, 0, 0, 40, 0, 0, 0, 0, 0)))
    assert receipt["next"]["template"] is None and "待更正" not in "".join(receipt["next"]["steps"])


def test_a_second_delivery_of_the_same_bytes_quotes_the_first_receipt(made: Make):
    first = made()["receipt_no"]
    group = RuleFindings("DUP-FILE", None, None, 1, detail=first)
    receipt = _valid(made(findings=(group,), judged=Judged("duplicate", duplicate_of=first), counts=None))
    assert receipt["verdict"]["code"] == "DUPLICATE" and first in receipt["verdict"]["text"]
    assert receipt["duplicate_of"] == first and receipt["next"]["action"] == "NONE"


def test_a_held_delivery_says_wait(made: Make, findings: tuple[RuleFindings, ...]):
    receipt = _valid(made(judged=Judged("hold"), counts=Counts(317, 312, 2, 3, 2, 0)))
    assert receipt["verdict"]["code"] == "PENDING" and receipt["next"]["action"] == "WAIT"


def test_a_precheck_has_no_numbers_and_stores_nothing(made: Make):
    facts = {"receipt_no": None, "batch_no": None, "judged": Judged("accept", precheck=True)}
    receipt = _valid(made(**facts, counts=Counts(317, 312, 2, 3, 2, 0)))
    assert receipt["verdict"]["code"] == "PRECHECK_PARTIAL" and receipt["verdict"]["text"].endswith("数据没有入库。")
    with pytest.raises(CallOperator):
        made(**facts, counts=Counts(317, 312, 2, 3, 2, 0, 300, 10, 2))


def test_an_amendment_gives_the_provinces_cause_row_by_row(made: Make):
    first = made()
    causes = (
        Refusal(9, 8, "法人名称与代码不一致"),
        Refusal(4, 3, "决定日期晚于公示日期"),
        Refusal(5, 4, "法人名称与代码不一致。"),
    )
    amended = _valid(compose_amendment(first, causes, PROVINCE, LATER))
    assert amended["stage"] == "province" and amended["amends"] == first["receipt_no"]
    assert {row["row"]: row["detail"] for finding in amended["findings"] for row in finding["rows"]} == {
        9: "法人名称与代码不一致",
        4: "决定日期晚于公示日期",
        5: "法人名称与代码不一致。",
    }
    assert amended["counts"] == first["counts"] | {"refused_by_province": 3}
    assert "。。" not in to_bytes(amended).decode()
    assert to_bytes(amended) == to_bytes(compose_amendment(first, causes[::-1], PROVINCE, LATER))


def test_an_amendment_without_a_refusal_is_refused(made: Make):
    with pytest.raises(CallOperator):
        compose_amendment(made(), (), PROVINCE, LATER)


def test_blanks_in_a_quoted_value_can_be_seen(made: Make, findings: tuple[RuleFindings, ...]):
    group = dataclasses.replace(findings[1], rows=(FindingRow(30, 29, "9132\u30008300 29A\x00"),))
    assert "（9132［全角空格］8300␣29A［控制符］）" in made(findings=(group,))["findings"][0]["why"]


def test_braces_in_a_value_are_not_fields(made: Make, findings: tuple[RuleFindings, ...]):
    group = dataclasses.replace(findings[1], rows=(FindingRow(30, 29, "{detail}{0}"),))
    assert "（{detail}{0}）" in made(findings=(group,))["findings"][0]["why"]


@pytest.mark.parametrize("code", [code for code, entry in catalogue().items() if entry.cls != "C"])
@pytest.mark.parametrize("known", [True, False], ids=["all known", "nothing known"])
def test_every_code_of_the_catalogue_reads_as_plain_chinese(made: Make, code: str, known: bool):
    rows = (FindingRow(17, 16, "某值", detail="甲、乙") if known else FindingRow(None, None),)
    group = RuleFindings(code, "xk_wsh" if known else None, "行政许可决定文书号" if known else None, 1, rows)
    told = made(findings=(group,), counts=Counts(1, 1, 0, 0, 0, 0, 1, 0, 0), judged=Judged("accept"))["findings"][0]
    for text in (told["title"], told["why"], told["fix"]):
        assert not re.search(r"[{}]|None|“”|（）|，。|：。", text), text
        assert not re.search(r"非法|异常|[A-Za-z]*(?:Error|Exception)|null|NaN", text), text
        names = {"CSV", "UTF-8", "GB18030", "Excel", "xlsx", "part", "sig"}
        english = set(re.findall(r"[A-Za-z][A-Za-z0-9-]+", text)) - names
        assert not {word for word in english if not re.fullmatch(r"[0-9A-Z]+", word)}, text
        assert all(len(re.findall(r"[\u4e00-\u9fff]", sentence)) <= 40 for sentence in re.split("[。；]", text)), text


def test_the_due_day_stands_in_the_next_steps(made: Make):
    receipt = made(judged=Judged("accept", respond_by=date(2026, 12, 2)))
    assert receipt["next"]["respond_by"] == "2026-12-02" and "在 2026-12-02 前" in receipt["next"]["steps"][1]
