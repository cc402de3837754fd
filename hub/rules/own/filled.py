"""At least one cell of a group is filled (几项至少填一项)."""

from __future__ import annotations

from typing import Any, Literal

from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (
    MulticolumnMapMetricProvider,
)


class MulticolumnValuesNotAllNull(MulticolumnMapMetricProvider):
    """Rows in which a column of the list has a value."""

    condition_metric_name = "multicolumn_values.not_all_null"
    condition_value_keys = ()

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: Any, **kwargs: Any) -> Any:
        return column_list.notnull().any(axis=1)


class ExpectMulticolumnValuesToNotBeAllNull(MulticolumnMapExpectation):
    """In every row at least one of the columns has a value. Unlike its kin it ignores no row by default."""

    map_metric = "multicolumn_values.not_all_null"
    ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = "never"
