"""Mistakes in the outlet that credit-service bodies ask, and in what a contract gives to it; each with its line."""

from __future__ import annotations

from typing import Any

import pytest

from hub.contract import load
from hub.errors import FixConfiguration

OUTLETS, PENALTY = "schemas/outlets.yaml", "schemas/market/admin_penalty.odcs.yaml"


def test_the_outlet_is_asked_and_names_its_terms(copy: Any) -> None:
    (way,) = [one for one in load.outlets(copy.schemas) if one.kind == "read_api"]
    assert (way.id, way.use, way.fed) == ("services", "public", False)
    assert way.conditions is not None and way.conditions.delete_days == 3 and not way.conditions.verified


def test_every_contract_gives_it_organisations_and_what_is_open_alone(copy: Any) -> None:
    given = [one for one in load.contracts(copy.schemas, copy.expectations) if _basis(one) is not None]
    assert {"market/admin_licence", "market/admin_penalty", "court/judgment_defaulter"} <= {
        one.dataset for one in given
    }
    for one in given:
        basis = _basis(one)
        assert basis.subjects == ("organisation",) and {item.sharing for item in basis.items} == {"open"}
        for column in one.columns:
            if "services" in column.disclosure:
                assert column.classification in ("public", "internal") and "open_feed" in column.disclosure


def _basis(contract: Any) -> Any:
    """Its basis for the outlet, or None."""
    return next((one for one in contract.lawful if one.outlet == "services"), None)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("kind: read_api\n    use: public", "kind: read_api\n    use: finance", "the use of a read API is public"),
        ("deleteDays: 3", "deleteDays: 0", "deleteDays must be a whole number"),
        ("changesDays: 180", "changesDays: soon", "must be a number"),
        ("credit_rating: 信用评级", "Rating: 信用评级", "must be lower-case letters"),
        ("      deleteDays: 3\n", "      deletedays: 3\n", "unknown key"),
        ("status: unverified\n      source: 用途", "status: maybe\n      source: 用途", "status must be one of"),
    ],
)
def test_a_mistake_in_the_terms_is_told(copy: Any, before: str, after: str, said: str) -> None:
    copy.change(OUTLETS, before, after)
    with pytest.raises(FixConfiguration) as told:
        load.outlets(copy.schemas)
    assert any(said in problem.message for problem in told.value.problems), told.value.problems


def test_one_outlet_is_a_read_api_and_no_more(copy: Any) -> None:
    text = (copy.schemas / "outlets.yaml").read_text(encoding="utf-8")
    start = text.index("  - id: services\n")
    end = text.find("\n  - id:", start + 5)
    again = text[start : end + 1 if end > 0 else None].replace("id: services", "id: services_again")
    (copy.schemas / "outlets.yaml").write_text(text.rstrip() + "\n" + again, encoding="utf-8")
    with pytest.raises(FixConfiguration) as told:
        load.outlets(copy.schemas)
    assert "only one outlet can be a read API" in str(told.value.problems)


def test_natural_persons_are_never_given_to_it(copy: Any) -> None:
    text = (copy.schemas / "market" / "admin_penalty.odcs.yaml").read_text(encoding="utf-8")
    head, mark, rest = text.partition("      - outlet: services\n")
    changed = rest.replace("subjects: [organisation]", "subjects: [organisation, person]", 1)
    (copy.schemas / "market" / "admin_penalty.odcs.yaml").write_text(head + mark + changed, encoding="utf-8")
    assert any("shows no natural persons" in one.message for one in copy.problems("market/admin_penalty"))
