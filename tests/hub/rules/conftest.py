"""Stock Great Expectations on pandas, as the authority to compare with, and short ways to say a rule and a suite."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import polars as pl
import pytest

from hub.contract.model import Rule, Suite
from hub.rules.compile import compile_suite
from hub.rules.verdict import Verdict, judge


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
