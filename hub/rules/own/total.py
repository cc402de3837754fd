"""A total equals the sum of its parts (合计等于各分项之和), exactly."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (
    MulticolumnMapMetricProvider,
)


class MulticolumnTotalOfParts(MulticolumnMapMetricProvider):
    """Rows in which the first column of the list is the sum of the others."""

    condition_metric_name = "multicolumn_total.of_parts"
    condition_value_keys = ()

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: Any, **kwargs: Any) -> Any:
        rows = column_list.itertuples(index=False, name=None)
        return pd.Series([total == sum(parts) for total, *parts in rows], index=column_list.index, dtype=bool)


class ExpectMulticolumnTotalToEqualSumOfParts(MulticolumnMapExpectation):
    """The first of the columns, decimals all, is the sum of the others. A row that lacks one of them is not judged."""

    map_metric = "multicolumn_total.of_parts"
    ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = "any_value_is_missing"
