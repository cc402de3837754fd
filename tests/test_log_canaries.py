"""The listener that guards every test against what belongs to persons in logs hears what it should, nothing else."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from corpus.log_canaries import KINDS

log = logging.getLogger("hub.probe")


HEARD = {
    "citizen_id": ("320830188001010002", "32083018850104003X", "32083018850104003x"),
    "organisation_name": ("演示青禾商贸（演示1）有限公司", "演示县云岭演示2号小吃店"),
    "person_name": ("赵某甲乙",),
    "document_number": ("演市监〔2026〕0001号", "（2026）00012号"),
    "mobile": ("13800000000", "19900001234"),
    "bank_card": ("6222021234567890000", "6222020000000000"),
    "token": ("hub_" + "a1-_" * 10 + "xyz", "svc_" + "a1-_" * 10 + "xyz", "a-token-that-nobody-may-see"),
}


@pytest.mark.parametrize(("kind", "word"), [(kind, word) for kind, words in HEARD.items() for word in words])
def test_what_belongs_to_a_person_is_heard_in_a_log_and_not_repeated(canaries: Any, kind: str, word: str) -> None:
    log.debug("row of %s.", word)
    (told,) = canaries.found
    assert told.startswith(f"{kind}: hub.probe") and word not in told
    canaries.found.clear()


def test_every_kind_of_canary_is_tried() -> None:
    assert HEARD.keys() == KINDS.keys()


def test_a_citizen_id_in_the_text_of_an_exception_is_heard(canaries: Any) -> None:
    try:
        raise ValueError("not 320830188001010002")
    except ValueError:
        log.exception("broken")
    assert canaries.found
    canaries.found.clear()


SILENT = (
    *("91320830000000019L", "320830198001010002", "a1320830188001010002", "20261126", "16106127360", "1795000000000"),
    *("演示县", "行政处罚_20261123.csv", "hub_airflow.tasks", "R-320830-SCJG-SHP-20261123-001-2"),
)


@pytest.mark.parametrize("text", SILENT)
def test_what_is_no_canary_is_not_heard(canaries: Any, text: str) -> None:
    log.warning("%s", text)
    assert canaries.found == []
