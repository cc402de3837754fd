"""Mistakes in a dataset that asks for reports, in the purposes, and in the outlet; each is told with its line."""

from __future__ import annotations

from typing import Any

import pytest

from hub.contract import load
from hub.errors import FixConfiguration

REQUEST, CONTRACT = "credit/check_request", "schemas/credit/check_request.odcs.yaml"
PURPOSES = "schemas/checks/purposes.yaml"


def test_what_is_asked_for_is_seen_through_an_outlet_that_nothing_is_sent_to(copy: Any) -> None:
    asked = copy.load(REQUEST)
    assert asked.lawful == () and not any(column.disclosure for column in asked.columns)
    assert asked.answers is not None and asked.answers.outlet == "credit_check"
    assert {one.id for one in load.outlets(copy.schemas) if not one.fed} == {"credit_check", "services"}
    assert asked.subject.name is None, "names on lists are nobody's registered name"


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        (CONTRACT, "outlet: credit_check", "outlet: province", "of the kind reports"),
        (CONTRACT, "authoriser: spr", "authoriser: nobody", "authoriser must be a required column"),
        (CONTRACT, "authoriser: spr", "authoriser: xdr_zjhm", "authoriser must be a required column"),
        (CONTRACT, "purpose: yt", "purpose: xdr_lb", "must be those of checks/purposes.yaml"),
        (PURPOSES, "code: 评优评先", "code: 看看", "must be those of checks/purposes.yaml"),
        (PURPOSES, "other: [honour/honest_person", "other: [market/wedding", "is no dataset"),
        (PURPOSES, "code: 招标投标", "code: 资金补贴", "stands twice"),
        (PURPOSES, "status: unverified", "status: maybe", "status must be one of"),
    ],
)
def test_a_mistake_is_told(copy: Any, file: str, before: str, after: str, said: str) -> None:
    copy.change(file, before, after)
    assert any(said in problem.message for problem in copy.problems(REQUEST))


def test_a_purpose_names_its_legal_basis(copy: Any) -> None:
    copy.change(PURPOSES, "legalBasis: 《江苏省社会信用条例》\n", "legalBasis: ''\n")
    with pytest.raises(FixConfiguration):
        load.purposes(copy.schemas)


def test_reports_are_for_supervision_only(copy: Any) -> None:
    copy.change("schemas/outlets.yaml", "kind: reports\n    use: supervision", "kind: reports\n    use: public")
    with pytest.raises(FixConfiguration) as told:
        load.outlets(copy.schemas)
    assert "the use of reports is supervision" in str(told.value.problems)


def test_the_fingerprint_follows_the_purposes(copy: Any) -> None:
    before = copy.load(REQUEST).fingerprint
    copy.change(PURPOSES, "第二十二条", "第二十三条")
    assert copy.load(REQUEST).fingerprint != before


def test_a_check_shows_no_number_or_name_but_the_subjects_own(copy: Any) -> None:
    for dataset in ("market/admin_licence", "market/admin_penalty", "court/judgment_defaulter"):
        contract = copy.load(dataset)
        shown = [column for column in contract.columns if "credit_check" in column.disclosure]
        assert {column.classification for column in shown} <= {"public", "internal"}
        assert not {column.kernel for column in shown} & {"citizen_id", "uscc", "phone", "bank_card"}
        assert contract.subject.name in {column.name for column in shown}
        (published,) = (each for each in contract.lawful if each.outlet == "open_feed")
        (checked,) = (each for each in contract.lawful if each.outlet == "credit_check")
        assert (checked.window, checked.when) == (published.window, published.when), "never longer than published"
