"""Rules on the batch in the stages check and gate: they ask, hold or refuse, and the sender is told numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from hub.contract import derive
from hub.contract.model import Contract, Rule
from hub.county.identities import Place, company, uscc
from hub.findings import notice
from hub.stages import check, gate, known, normalise, read
from hub.stages.gate import Gated
from hub.stages.job import Job

HEADER = "名称,统一社会信用代码,文书号,负责人身份证号,登记日期,注册资本（元）,状态,备注"
PLACE = Place()
EXPECTATIONS = Path(__file__).parents[1] / "small" / "expectations"


def row(serial: int, **changed: str) -> str:
    cells = {"mc": company(PLACE, serial), "dm": uscc(PLACE, serial), "wsh": f"演〔2026〕{serial}号", "sfzh": ""}
    return ",".join((cells | {"rq": "2026-11-20", "je": "100", "zt": "1", "bz": ""} | changed).values())


def rule(kind: str, code: str, severity: str | None = None, owner: str | None = None, /, **kwargs: object) -> Rule:
    """``owner`` is the contract column at fault."""
    meta = {"code": code, "column": owner, "dimension": "", "source": "expectations/try.yaml"}
    return Rule(f"expect_{kind}", kwargs, severity or notice(code).severity, meta)  # type: ignore[arg-type]


@pytest.fixture
def job(small: Contract, tmp_path: Path) -> Callable[..., Job]:
    """``job(lines, *rules)``: rows of the small dataset, normalised; its suite and ``rules``."""

    def make(lines: list[str], *rules: Rule, **changed: Any) -> Job:
        (tmp_path / "source").write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        whole = derive.suite(small, EXPECTATIONS)
        suite = replace(whole, rules=(*whole.rules, *rules))
        made = replace(Job(1, small, suite, tmp_path / "source", tmp_path, b"one key"), **changed)
        assert not read.run(made.source, small, made.read, chunk_rows=made.chunk_rows).refused
        normalise.run(made)
        return made

    return make


def gated(job: Job) -> tuple[check.Checked, Gated]:
    checked = check.run(job)
    return checked, gate.run(job, checked.verdict, int((checked.states["state"] == "rejected").sum()))


def details(found: Gated) -> dict[str, str | None]:
    return {finding.code: finding.detail for finding in found.findings}


VOLUME = {"min_value": {"$PARAMETER": "round(recent_rows_median * 0.5)"}}


def test_a_batch_far_smaller_than_usual_is_asked_about_and_told_both_numbers(job: Any) -> None:
    asked = rule("table_row_count_to_be_between", "MAC-VOLUME", **VOLUME)
    lines = [row(serial) for serial in range(3)]
    checked, found = gated(job(lines, asked, facts={"recent_rows_median": 200.0}))
    assert (found.decision, details(found)) == ("accept", {"MAC-VOLUME": "本批3行，往常约200行"})
    assert checked.left_out == ("CON-NAME-USCC: mc__known",)
    assert details(gated(job(lines, asked, facts={"recent_rows_median": 6.0}))[1]) == {}


def test_a_rule_without_its_fact_is_left_out_of_the_suite_and_named(job: Any) -> None:
    checked, found = gated(job([row(1)], rule("table_row_count_to_be_between", "MAC-VOLUME", **VOLUME)))
    assert (found.decision, found.findings) == ("accept", ())
    assert "MAC-VOLUME: recent_rows_median" in checked.left_out
    assert len(found.result["results"]) == len(checked.verdict.suite.rules)
    assert "MAC-VOLUME" not in str(found.result)


@pytest.mark.parametrize(("severity", "decision"), [("warning", "accept"), ("critical", "hold")])
def test_the_suite_decides_whether_a_batch_is_asked_about_or_waits_for_a_person(
    job: Any, severity: str, decision: str
) -> None:
    few = rule("table_row_count_to_be_between", "MAC-VOLUME", severity, min_value=5)
    _, found = gated(job([row(1), row(2)], few))
    assert found.decision == decision
    assert details(found)["MAC-VOLUME"] == "本批2行，应至少5行"
    assert details(found).get("GATE-HOLD") == ("行数和往常差得多" if severity == "critical" else None)


def test_repeated_rows_count_against_the_whole_file(job: Any) -> None:
    share = rule(
        "table_repeated_row_share_to_be_between",
        "MAC-DUP",
        repeated_rows={"$PARAMETER": "repeated_rows"},
        max_value=0.2,
    )
    _, found = gated(job([row(1), row(1), row(2), ",,,,,,,", row(3)], share))
    assert details(found) == {"MAC-DUP": "重复行占25.0%，应至多20.0%"}
    assert details(gated(job([row(1), row(1), row(2), row(3), row(4)], share))[1]) == {}


def test_gaps_nulls_and_values_that_do_not_occur_are_told_with_their_column(job: Any) -> None:
    gaps = rule("column_sequence_gaps_to_be_between", "MAC-GAP", None, "wsh", column="wsh", max_value=0)
    kind = "column_proportion_of_non_null_values_to_be_between"
    nulls = rule(kind, "MAC-NULLS", None, "bz", column="bz__mark", min_value=0.5)
    codes = {"$PARAMETER": "codes_of_zt"}
    cover = rule("column_distinct_values_to_contain_set", "MAC-COVER", None, "zt", column="zt", value_set=codes)
    _, found = gated(job([row(1), row(2, bz="补"), row(5), row(7)], gaps, nulls, cover))
    assert [(each.code, each.column, each.detail) for each in found.findings] == [
        ("MAC-GAP", "wsh", "共3个，例如演〔2026〕3至4号、演〔2026〕6号"),
        ("MAC-NULLS", "bz", "填了25.0%，应至少50.0%"),
        ("MAC-COVER", "zt", "共1个，无效"),
    ]
    assert found.decision == "accept"


def test_a_rule_on_the_share_of_rows_asks_about_the_batch_and_of_no_row(job: Any) -> None:
    mostly = rule("column_values_to_not_be_null", "MAC-NULLS", None, "bz", column="bz__mark", mostly=0.9)
    checked, found = gated(job([row(1), row(2, bz="补")], mostly))
    assert checked.states.is_empty() and checked.rule_counts == ()
    assert details(found) == {"MAC-NULLS": "50.0%的行符合，应至少90.0%"}


def test_only_the_structure_and_the_share_of_bad_rows_refuse_a_delivery(job: Any) -> None:
    few = rule("table_row_count_to_be_between", "MAC-VOLUME", "critical", min_value=500)
    empty = gated(job([",,,,,,,"], few))[1]
    assert (empty.decision, [finding.code for finding in empty.findings]) == ("refuse", ["MAC-ROWS"])
    bad = gated(job([row(1, je="x"), row(2)], few))[1]
    assert bad.decision == "hold"
    worse = gated(job([row(1, je="x"), row(2, je="x"), row(3)], few))[1]
    assert (worse.decision, details(worse)) == ("refuse", {"GATE-SHARE": "66.7%"})


def test_a_number_that_leaked_into_a_text_is_not_quoted_by_its_finding(job: Any) -> None:
    checked, _ = gated(job([row(1, bz="电话13800000000"), row(2, mc="某某公司 卡号6222020000000000"), row(3)]))
    found = {(finding.code, finding.column): finding.value for finding in checked.findings}
    assert found == {("PHN-ON-PUBLIC", "bz"): None, ("CRD-ON-PUBLIC", "mc"): None}
    assert checked.states.rows() == [(1, "rejected", "PHN-ON-PUBLIC"), (2, "rejected", "CRD-ON-PUBLIC")]


@pytest.mark.parametrize("rows", [1, 200_000])
def test_marks_of_the_ledger_are_judged_like_those_of_kernels(job: Any, tmp_path: Path, rows: int) -> None:
    path = tmp_path / "references.parquet"
    known.write(
        path, {"mc": ("CON-NAME-USCC", pl.Series([3, 1])), "bz": ("REF-UNKNOWN", pl.Series([], dtype=pl.Int64))}
    )
    kind = "column_values_to_not_be_in_set"
    asked = rule(kind, "REF-UNKNOWN", None, "bz", column="bz__known", value_set=["REF-UNKNOWN"])
    made = job([row(1), row(2, bz="甲"), row(3, dm="")], asked, references=path, chunk_rows=rows)
    checked, _ = gated(made)
    assert checked.states.rows() == [(1, "accepted_query", "CON-NAME-USCC"), (3, "rejected", "CMP-REQUIRED")]
    counts = checked.verdict.counts[-1]
    assert (counts.inside, counts.considered, counts.violated) == (3, 1, 0)
    assert checked.left_out == ()
