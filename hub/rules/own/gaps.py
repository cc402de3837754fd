"""Numbers of a series run on without gaps (编号连续)."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, ClassVar

from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnAggregateExpectation
from great_expectations.expectations.metrics.column_aggregate_metric_provider import (
    ColumnAggregateMetricProvider,
    column_aggregate_value,
)


class ColumnSequenceGaps(ColumnAggregateMetricProvider):
    """How many numbers are absent between the first and the last of their series.

    The number is the last run of digits of a text, of at most 15; the text around it is the series.
    """

    metric_name = "column.sequence_gaps"

    @column_aggregate_value(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, **kwargs: Any) -> int:
        series: dict[tuple[str, str], set[int]] = defaultdict(set)
        for text in column.dropna():
            last = re.search("[0-9]{1,15}(?=[^0-9]*$)", text)
            if last is not None:
                series[text[: last.start()], text[last.end() :]].add(int(last.group()))
        return sum(max(numbers) - min(numbers) + 1 - len(numbers) for numbers in series.values())


class ExpectColumnSequenceGapsToBeBetween(ColumnAggregateExpectation):
    """So many numbers are absent from the series in the column: ``max_value: 0`` for none."""

    min_value: int | dict[str, Any] | None = None
    max_value: int | dict[str, Any] | None = None
    strict_min: bool = False
    strict_max: bool = False
    metric_dependencies: ClassVar[tuple[str, ...]] = ("column.sequence_gaps",)
    success_keys: ClassVar[tuple[str, ...]] = ("min_value", "max_value", "strict_min", "strict_max")

    def _validate(self, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None) -> Any:
        return self._validate_metric_value_between(
            "column.sequence_gaps", metrics, runtime_configuration, execution_engine
        )
