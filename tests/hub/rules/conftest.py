"""Stock Great Expectations on pandas, as the authority to compare with, and short ways to say a rule and a suite."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import polars as pl
import pytest

from hub.contract.model import Rule, Suite
from hub.rules.compile import compile_suite
from hub.rules.engine import read_result, validate
from hub.rules.verdict import Verdict, judge

FIGURES = ("element_count", "unexpected_count", "unexpected_percent", "unexpected_percent_nonmissing")
SHARES = ("unexpected_percent_total", "missing_count", "missing_percent", "observed_value")


@pytest.fixture(scope="session")
def stock() -> Callable[[Suite, pl.DataFrame], dict[int, dict[str, Any]]]:
    """``stock(suite, frame)``: what GX's own pandas engine says, by number of the rule, row numbers included.

    The frame goes through Arrow, not ``to_pandas`` of polars: dates must arrive as ``datetime.date``, otherwise
    ``between`` raises and "not judged" looks like a failure.
    """

    def validate(suite: Suite, frame: pl.DataFrame) -> dict[int, dict[str, Any]]:
        from great_expectations.data_context.types.base import ProgressBarsConfig

        from hub.rules.gx import expectation, gx

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        source = context.data_sources.add_pandas("stock").add_dataframe_asset("rows")
        pandas = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).to_pandas()
        batch = source.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": pandas})
        expectations = [expectation(rule, number) for number, rule in enumerate(suite.rules)]
        result = batch.validate(
            gx.ExpectationSuite(name=suite.name, expectations=expectations),
            result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["record"]},
        )
        # not to_json_dict(): with 200 amounts in a list that alone takes minutes
        return {
            entry.expectation_config.meta["rule"]: {
                "success": entry.success,
                "result": entry.result,
                "exception_info": entry.exception_info,
                "expectation_config": {"meta": entry.expectation_config.meta},
            }
            for entry in result.results
        }

    return validate


@pytest.fixture(scope="session")
def rule() -> Callable[..., Rule]:
    """``rule("column_values_to_be_null", column="a")``: a critical rule without the word ``expect_``."""

    def make(kind: str, severity: str = "critical", **kwargs: object) -> Rule:
        meta = {"code": "TRY", "column": kwargs.get("column"), "dimension": "规范性", "source": "expectations/try.yaml"}
        return Rule(f"expect_{kind}", kwargs, severity, meta)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def judged() -> Callable[..., Verdict]:
    """``judged(rules, frame, rows=37)``: the verdict over ``frame``, streamed in slices of ``rows``."""

    def make(rules: Iterable[Rule], frame: pl.DataFrame, rows: int = 37) -> Verdict:
        plan = compile_suite(Suite("try", tuple(rules)), frame.schema)
        return judge(plan, lambda columns: (part.select(columns) for part in frame.iter_slices(rows)))

    return make


@pytest.fixture(scope="session")
def differences() -> Callable[[Suite, Verdict, dict[int, dict[str, Any]]], list[str]]:
    """``differences(suite, verdict, stock(...))``: where the compiled verdict and stock GX disagree."""

    def compare(of: Suite, verdict: Verdict, authority: dict[int, dict[str, Any]]) -> list[str]:
        """Where the compiled verdict and stock GX disagree; rules at which stock GX raised are named as such."""
        result = validate(of, verdict)
        found = [f"{number}: ours raised" for number in read_result(result).not_judged]
        for number, ours in enumerate(result["results"]):
            theirs, name = authority[number], f"{number} {of.rules[number].type} {dict(of.rules[number].kwargs)}"
            if read_result({"results": [theirs]}).not_judged:
                found.append(f"{name}: stock raised")
                continue
            said = [
                (entry["success"], *(entry["result"].get(figure) for figure in (*FIGURES, *SHARES)))
                for entry in (ours, theirs)
            ]
            if said[0] != said[1]:
                found.append(f"{name}: {said}")
            listed = [place["record"] for place in theirs["result"].get("unexpected_index_list") or []]
            if sorted(listed) != verdict.records(number).sort().to_list():
                found.append(f"{name}: other rows")
        return found

    return compare
