"""A receipt in English: every sentence anew from the facts; the Chinese one stays what it is."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from hub.findings import catalogue, texts
from hub.receipts.console import lines
from hub.receipts.parts import (
    Cause,
    Correction,
    Counts,
    FindingRow,
    Judged,
    ResendTold,
    RuleFindings,
)
from hub.receipts.translating import filled, translated

CHINESE = re.compile(r"[\u4e00-\u9fff]")
DETAIL = "甲、乙"


@pytest.mark.parametrize("code", [code for code, entry in catalogue().items() if entry.cls != "C"])
@pytest.mark.parametrize("known", [True, False], ids=["all known", "nothing known"])
def test_every_code_reads_as_plain_english(made, code: str, known: bool):
    rows = (FindingRow(17, 16, "V1", detail=DETAIL) if known else FindingRow(None, None),)
    group = RuleFindings(code, "xk_wsh" if known else None, "COLUMN" if known else None, 1, rows)
    receipt = made(findings=(group,), counts=Counts(1, 1, 0, 0, 0, 0, 1, 0, 0), judged=Judged("accept"))
    (told,) = translated(receipt, "en")["findings"]
    wanted = texts(code, "en")
    assert told["title"] == wanted.title
    for field in ("why", "fix"):
        said, template = told[field], getattr(wanted, field)
        assert not re.search(r"[{}]|None|“”|\(\)|⟦| ,|,\.|:\.|\.\.|  ", said), said
        assert said[0] == said[0].upper() and said.endswith((".", "!", "?", "。"))
        assert not known or "{row}" not in template or "17" in said
        assert not known or "{name}" not in template or "COLUMN" in said
        assert not known or "{value}" not in template or "V1" in said
        assert not known or "{detail}" not in template or DETAIL in said
        if "{" not in template:
            assert said == template


def test_the_whole_receipt_is_told_in_english_and_the_facts_stay(made, findings):
    receipt = made(
        findings=findings,
        corrections=(Correction("CHG-DATE", "xk_jdrq", "许可决定日期", 3),),
        causes=(Cause("CAU-DATES", "", "日期不是按年、月、日的顺序写的。按日读后 9 行中 8 行可通过。", "", 8, 9),),
        resend=ResendTold("B-1", "correction", 1, 2, 0, 1, 0),
    )
    before = copy.deepcopy(receipt)
    english = translated(receipt, "en")
    assert receipt == before and translated(receipt, "zh_CN") == receipt
    said = [english["verdict"]["text"], english["resend"]["text"], *english["next"]["steps"]]
    said += [english["corrections"][0]["title"], english["causes"][0]["title"], english["causes"][0]["fix"]]
    quoted = re.compile(r"“[^”]*”|Questions: [^;]*;|无误|更正|撤回")
    assert not [one for one in said if CHINESE.search(quoted.sub("", one))]
    assert english["causes"][0]["detail"].endswith("as year, month, day. 按日读后 9 行中 8 行可通过。")
    assert _without_texts(english) == _without_texts(receipt)


def test_the_console_speaks_english_too(made, findings):
    said = lines(made(findings=findings), "en")
    assert "What to do" in said and "Rows " in said
    assert "下一步" in lines(made(findings=findings))


def test_a_sentence_of_an_older_catalogue_is_shown_as_it_was_written(made, findings):
    receipt = made(findings=findings)
    receipt["findings"][0]["why"] = "以前的说法。"
    assert translated(receipt, "en")["findings"][0]["why"] == "以前的说法。"


def test_what_is_not_known_leaves_no_trace():
    assert filled("Row {row}, “{name}” ({value}): not a date.") == "Not a date."
    assert filled("Missing: {detail}.") == "Missing."
    assert filled("Near row {row} a quote is open. {detail}", row=3, detail="x。") == "Near row 3 a quote is open. x。"


def _without_texts(receipt: dict[str, Any]) -> Any:
    """Everything that is no text for people."""
    if isinstance(receipt, dict):
        texts_of = ("text", "title", "why", "fix", "steps")
        kept = {name: value for name, value in receipt.items() if name not in texts_of}
        if "would_pass" in kept:
            kept.pop("detail")
        return {name: _without_texts(value) for name, value in kept.items()}
    return [_without_texts(one) for one in receipt] if isinstance(receipt, list) else receipt
